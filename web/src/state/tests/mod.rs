//! Every sequence of events that the tests in a real browser play, and random ones, without a browser.

mod adjust;
mod axis;
mod bank;
mod capturing;
mod control;
mod deciding;
mod learn;
mod models;
mod player;
mod random;
mod recordings;
mod rest;
mod runs;
mod several;
mod sharing;
mod why;

use std::rc::Rc;

use spectnet_core::audio::Downmix;
use spectnet_core::model::Task;
use spectnet_core::package::{Package, Provenance};
use spectnet_core::prediction::assessment::{Assessment, Scored};
use spectnet_core::prediction::decision::Figures;
use spectnet_core::prediction::{Prediction, Probabilities, WindowPrediction};

use super::*;
use crate::failure::Failure;
use crate::menu::Entry;

/// How an effect ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Well,
    /// The graphics device failed.
    Device,
    Badly,
}

/// A page whose effects are played by hand.
#[derive(Default)]
struct Play {
    state: State,
    /// What was asked for and neither answered nor was stopped.
    outstanding: Vec<Effect>,
    /// What was stopped before it answered.
    stopped: Vec<Effect>,
    /// All that was asked for.
    asked: Vec<Effect>,
    /// Things of the browser so far: each is its number.
    things: u64,
    /// What the next model file holds.
    package: Option<Rc<Package>>,
    /// How often something answered that had been stopped, in random events.
    late: usize,
    /// What the next list of labels holds.
    list: String,
    /// The probability that the next run gives the positive class, or else the first one.
    probability: f64,
}

impl Play {
    /// A page that was just opened.
    fn opened(address: Option<&str>) -> Self {
        let mut play = Self { package: Some(heart()), probability: 0.9, ..Self::default() };
        play.send(Event::Opened { model: address.map(String::from) });
        play
    }

    /// A page with the model of heart sounds on the CPU, or on a graphics device.
    fn ready(on_gpu: bool) -> Self {
        let mut play = Self::opened(None);
        play.answer(if on_gpu { End::Well } else { End::Badly });
        play.all_well();
        assert_eq!(play.phase(), Phase::Ready, "{:?}", play.state.status);
        play
    }

    /// The same with the result on a recording.
    fn done() -> Self {
        let mut play = Self::ready(false);
        play.give(&["first.wav"]).all_well();
        assert_eq!(play.phase(), Phase::Done, "{:?}", play.state.status);
        play
    }

    /// An event, its effects, and what must hold after every one.
    fn send(&mut self, event: Event) -> &mut Self {
        let (state, effects) = update(std::mem::take(&mut self.state), event);
        self.state = state;
        for effect in effects {
            self.asked.push(effect.clone());
            match effect {
                Effect::Stop(ticket) => {
                    let (stopped, others): (Vec<_>, Vec<_>) =
                        self.outstanding.drain(..).partition(|it| ticket_of(it) == Some(ticket));
                    self.outstanding = others;
                    self.stopped.extend(stopped);
                }
                Effect::RevealResult
                | Effect::FocusFilter(_)
                | Effect::Save(_)
                | Effect::Bank(_)
                | Effect::Player(_)
                | Effect::Microphone(microphone::Effect::Focus(_))
                | Effect::Share(_)
                | Effect::KeepTheme(_)
                | Effect::LoadNewVersion
                | Effect::Learn(
                    super::learn::Effect::AskToStop | super::learn::Effect::End | super::learn::Effect::Save { .. },
                )
                | Effect::Many(many::Effect::Save(_) | many::Effect::Focus(_))
                | Effect::Control(super::control::Effect::KeepFocus) => {}
                effect => self.outstanding.push(effect),
            }
        }
        random::check(self);
        self
    }

    /// The first outstanding effect answers.
    fn answer(&mut self, end: End) -> &mut Self {
        assert!(!self.outstanding.is_empty(), "nothing is outstanding");
        let effect = self.outstanding.remove(0);
        let event = self.answer_of(&effect, end);
        self.send(event)
    }

    /// All outstanding effects answer well, and those that come of it.
    fn all_well(&mut self) -> &mut Self {
        while !self.outstanding.is_empty() {
            self.answer(End::Well);
        }
        self
    }

    /// What an effect answers in the end.
    fn answer_of(&mut self, effect: &Effect, end: End) -> Event {
        let failure = match end {
            End::Device => Failure::Device("lost".into()),
            _ => Failure::reason("it is broken"),
        };
        let well = end == End::Well;
        match effect.clone() {
            Effect::ChooseBackend if well => {
                Event::BackendChosen(Backend { gpu: Some(self.thing()), why: "a graphics device".into() })
            }
            Effect::ChooseBackend => Event::BackendChosen(Backend::cpu("there is none")),
            Effect::FetchMenu => {
                let entry = |(file, name): (&str, &str)| Entry { file: file.into(), name: name.into() };
                let entries = [("heart.safetensors", "Heart sounds"), ("scene.safetensors", "Scenes")].map(entry);
                Event::MenuFetched(if well { Ok(entries.into()) } else { Err(failure) })
            }
            Effect::ReadModel { ticket, .. } => {
                let package = self.package.clone().unwrap_or_else(heart);
                let file = ModelFile { package, handle: self.thing(), asked_s: 1.0 };
                Event::ModelRead { ticket, answer: if well { Ok(file) } else { Err(failure) } }
            }
            Effect::WarmUp { ticket, .. } => {
                let warm = Warm { engine: self.thing(), warm_up_s: 0.5 };
                Event::WarmedUp { ticket, began_s: 3.0, answer: if well { Ok(warm) } else { Err(failure) } }
            }
            Effect::OpenRecording { ticket, .. } => {
                let opened =
                    OpenedRecording { sound: self.thing(), sample_rate: 2000, channels: 2, length_s: Some(100.0) };
                Event::RecordingOpened { ticket, answer: if well { Ok(opened) } else { Err(failure) } }
            }
            Effect::Judge { ticket, sound, engine, .. } => {
                let judged = self.judged(&sound, &engine);
                Event::JudgingEnded { ticket, answer: if well { Ok(Box::new(judged)) } else { Err(failure) } }
            }
            Effect::Control(super::control::Effect::FindDevice { ticket, choice }) => {
                let gpu = (well && choice != DeviceChoice::Cpu).then(|| self.thing());
                let backend = Backend { gpu, why: "it was chosen".into() };
                Event::Control(super::control::Event::DeviceFound { ticket, backend })
            }
            Effect::Adjust(follow) => {
                let answer = if well { Ok(Box::new(adjust::followed(self, &follow))) } else { Err(failure) };
                Event::Adjust(super::adjust::Event::Followed { ticket: follow.ticket, answer })
            }
            Effect::Microphone(microphone::Effect::Record { ticket, .. }) => capturing::answer(ticket, end),
            Effect::Why(effect) => why::answer(&effect, (!well).then_some(failure)),
            Effect::Many(many::Effect::ReadLabels { ticket, name, .. }) => {
                let answer = if well { Ok(self.list.clone().into_bytes()) } else { Err(failure) };
                Event::Many(many::Event::LabelsRead { ticket, name, answer })
            }
            Effect::Learn(effect) => learn::answer(self, &effect, end, failure),
            other => panic!("{other:?} does not answer"),
        }
    }

    /// What comes out of a run: its one window says which model and which recording it was.
    fn judged(&self, sound: &Handle, engine: &Handle) -> Judged {
        let labels = self.state.model.as_ref().map_or(&[][..], |model| model.package.config.labels.as_slice());
        let rest = (1.0 - self.probability) / (labels.len().max(2) - 1) as f64;
        let named = |(index, label): (usize, &String)| {
            let first = usize::from(labels.len() == 2);
            (label.clone(), if index == first { self.probability } else { rest })
        };
        let probabilities: Probabilities = labels.iter().enumerate().map(named).collect();
        let window = WindowPrediction {
            start_s: number(engine) as f64,
            end_s: number(sound) as f64,
            downmix: Downmix::Mean,
            cycle: false,
            weight: 1.0,
            probabilities: probabilities.clone(),
        };
        let prediction = Prediction {
            label: Some("not yet".into()),
            abstained: None,
            probabilities,
            threshold: None,
            figures: Figures::default(),
            calibrated: false,
            quality: None,
            rhythm: None,
            openness: None,
            blanked_fraction: None,
            notes: Vec::new(),
            windows: vec![window],
            cycles: Vec::new(),
        };
        Judged { prediction, states: Vec::new(), windows: 4, run_s: 2.0, length_s: Some(100.0) }
    }

    /// A person chooses or drops files.
    fn give(&mut self, names: &[&str]) -> &mut Self {
        let files = names.iter().map(|name| GivenFile { name: (*name).into(), handle: self.thing() }).collect();
        self.send(Event::FilesGiven(files))
    }

    /// Something of the browser.
    fn thing(&mut self) -> Handle {
        self.things += 1;
        Handle::new(self.things)
    }

    fn phase(&self) -> Phase {
        self.state.status.phase
    }

    fn text(&self) -> &str {
        &self.state.status.text
    }

    fn error(&self) -> &str {
        &self.state.status.error
    }

    /// The result's file and label.
    fn result(&self) -> (&str, Option<&str>) {
        let result = self.state.result.as_ref().expect("a result");
        (result.file.as_str(), result.prediction.label.as_deref())
    }

    /// The run that is outstanding.
    fn run(&self) -> (Ticket, &Options) {
        let run = self.outstanding.iter().find_map(|effect| match effect {
            Effect::Judge { ticket, options, .. } => Some((*ticket, options.as_ref())),
            _ => None,
        });
        run.unwrap_or_else(|| panic!("nothing is being judged: {:?}", self.outstanding))
    }

    /// How many effects of a kind were asked for.
    fn count(&self, kind: impl Fn(&Effect) -> bool) -> usize {
        self.asked.iter().filter(|effect| kind(effect)).count()
    }
}

/// The request that an effect belongs to.
fn ticket_of(effect: &Effect) -> Option<Ticket> {
    match effect {
        Effect::ReadModel { ticket, .. }
        | Effect::WarmUp { ticket, .. }
        | Effect::OpenRecording { ticket, .. }
        | Effect::Judge { ticket, .. }
        | Effect::Control(super::control::Effect::FindDevice { ticket, .. })
        | Effect::Many(many::Effect::ReadLabels { ticket, .. })
        | Effect::Microphone(microphone::Effect::Record { ticket, .. })
        | Effect::Stop(ticket) => Some(*ticket),
        Effect::Adjust(follow) => Some(follow.ticket),
        Effect::Why(effect) => Some(effect.ticket()),
        Effect::Learn(effect) => learn::ticket_of(effect),
        _ => None,
    }
}

/// The number of a thing.
fn number(handle: &Handle) -> u64 {
    *handle.get::<u64>().expect("a thing of these tests")
}

/// A model of heart sounds that was measured.
fn heart() -> Rc<Package> {
    let scored = |i: u32| Scored { probability: f64::from(i) / 20.0, positive: i.is_multiple_of(3) || i > 14 };
    let scored: Vec<Scored> = (0..20).map(scored).collect();
    let assessment = Assessment::measure(&scored, "20 made-up recordings").expect("both classes");
    package(Task::Heart, &["normal", "abnormal"], Some(assessment))
}

/// A model of three scenes.
fn scenes() -> Rc<Package> {
    package(Task::Scene, &["beach", "park", "rain"], None)
}

fn package(task: Task, labels: &[&str], assessment: Option<Assessment>) -> Rc<Package> {
    let mut config = task.model(labels.iter().map(|label| (*label).to_string()).collect(), 4, 2);
    // Short kernels, whose responses take no time.
    config.front_end.taps = 81;
    let filters = config.front_end.initial_filters().expect("a bank that exists");
    Rc::new(Package {
        config,
        weights: Default::default(),
        initial_filters: filters.clone(),
        filters,
        provenance: Provenance::default(),
        assessment,
        recordings: None,
        openness: None,
        scope: None,
    })
}
