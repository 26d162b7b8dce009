//! Teaching a model one's own sounds.

use spectnet_learn::message::{Computer, Figures, Learns, Order, Part, Report, Step as Made};

use super::super::learn::{
    BACKGROUND, Effect as Asked, Event as Happens, MOST_CLASSES, MOST_EXAMPLES, Material, Mode, OpenedExample, Origins,
    Prepared, Side, Stage, Standing, Work,
};
use super::super::microphone::{Event as OfMicrophone, Processing};
use super::super::{adjust as filters, axis as view};
use super::*;
use crate::plot::response::Responses;

/// What an effect answers in the end.
pub(super) fn answer(play: &mut Play, effect: &Asked, end: End, failure: Failure) -> Event {
    let well = end == End::Well;
    Event::Learn(match effect {
        Asked::LookForGpu(ticket) => Happens::GpuLookedFor { ticket: *ticket, found: well },
        Asked::Open { ticket, .. } => {
            play.things += 1;
            let identity = Some(play.things);
            let opened = OpenedExample { sample_rate: 16_000, channels: 1, length_s: Some(2.0), identity };
            Happens::Opened { ticket: *ticket, answer: if well { Ok(opened) } else { Err(failure) } }
        }
        Asked::Record { ticket, .. } => return capturing::answer(*ticket, end),
        Asked::Run(work) if end == End::Device => Happens::Died { ticket: work.ticket, why: "it is gone".into() },
        Asked::Run(work) if well => {
            let report = Report::Ended { why: "Time is over".into(), last: made(90) };
            let model = Some(play.thing());
            Happens::Reported { ticket: work.ticket, at_s: 1e3, report: Box::new(report), model, kept: None }
        }
        Asked::Run(work) => {
            let report = Box::new(Report::Failed { why: "all of it is silent".into() });
            Happens::Reported { ticket: work.ticket, at_s: 1e3, report, model: None, kept: None }
        }
        Asked::Prepare { ticket, .. } => {
            let package = play.package.clone().unwrap_or_else(heart);
            let front_end = &package.config.front_end;
            let responses = Rc::new(Responses::new(front_end, &package.initial_filters, &package.filters));
            let (file, engine) = (play.thing(), play.thing());
            let prepared = Prepared { package, file, engine, responses, sha256: Some("ab".into()), took_s: 0.1 };
            Happens::Prepared { ticket: *ticket, answer: if well { Ok(Box::new(prepared)) } else { Err(failure) } }
        }
        other => panic!("{other:?} does not answer"),
    })
}

/// The request that an effect belongs to.
pub(super) fn ticket_of(effect: &Asked) -> Option<Ticket> {
    match effect {
        Asked::LookForGpu(ticket)
        | Asked::Open { ticket, .. }
        | Asked::Record { ticket, .. }
        | Asked::Prepare { ticket, .. } => Some(*ticket),
        Asked::Run(work) => Some(work.ticket),
        Asked::AskToStop | Asked::End | Asked::Save { .. } => None,
    }
}

/// What must hold after every event.
pub(super) fn check(play: &Play) {
    let (state, learn) = (&play.state, &play.state.learn);
    let count = |kind: fn(&Effect) -> bool| play.outstanding.iter().filter(|effect| kind(effect)).count();
    assert_eq!(count(|it| matches!(it, Effect::Learn(Asked::Run(_)))), usize::from(learn.is_learning()));
    assert_eq!(count(|it| matches!(it, Effect::Learn(Asked::Record { .. }))), usize::from(learn.is_recording()));
    assert!(count(|it| matches!(it, Effect::Learn(Asked::Open { .. }))) <= 1, "one after the other");
    assert!(count(|it| matches!(it, Effect::Judge { .. })) <= 1, "two runs at once");
    assert!(!learn.is_trying() || (state.run.is_none() && state.opening.is_none()), "it gives way");
    assert!(!learn.is_recording() || !state.microphone.is_on(), "one microphone");
    let origin = state.model.as_ref().map(|model| &state.sources[model.source].origin);
    let learned = learn.learned.as_ref().map(|learned| learned.run);
    let is_learned = matches!(origin, Some(Origin::Learned { run, .. }) if learned == Some(*run));
    assert_eq!(learn.shows() == Some(Side::After), is_learned, "{origin:?}");
    assert!(learn.before.is_some() || !learn.is_learning(), "nothing to go back to");
    assert!(learn.classes.last().is_some_and(|class| class.id == BACKGROUND));
}

/// Something that a person or the learner does.
pub(super) fn act(play: &mut Play, pick: u8) -> &mut Play {
    let seconds = f64::from(pick);
    let example = play.state.learn.examples.get(usize::from(pick / 16)).map_or(0, |example| example.id);
    let run = play.outstanding.iter().find_map(|effect| match effect {
        Effect::Learn(Asked::Run(work)) => Some(work.ticket),
        _ => None,
    });
    let recorder = play.outstanding.iter().find_map(|effect| match effect {
        Effect::Learn(Asked::Record { ticket, .. }) => Some(*ticket),
        _ => None,
    });
    let capture = play.thing();
    let event = match pick % 16 {
        0 => Happens::Unfolded(pick > 99),
        1 => Happens::ModePicked(if pick > 150 { Mode::New } else { Mode::Adapt }),
        2 | 3 => {
            return play.give_examples(&[
                "normal/a.wav",
                "abnormal/b.wav",
                "beach/c.wav",
                "rain/d.wav",
                "background/e.wav",
            ]);
        }
        4 | 5 => Happens::Pressed,
        6 | 7 if run.is_some() => return play.learner_steps(u32::from(pick), seconds, pick.is_multiple_of(2)),
        8 => Happens::SidePicked(if pick > 128 { Side::Before } else { Side::After }),
        9 if pick > 60 => Happens::Undone,
        10 if pick > 60 => Happens::Used,
        11 => Happens::RecordPressed,
        12 => match recorder {
            Some(ticket) if pick < 128 => {
                let (at, processing) = ("now".into(), Processing::default());
                return play.send(Event::Microphone(OfMicrophone::Began {
                    ticket,
                    at,
                    capture,
                    sample_rate: 48_000,
                    processing,
                }));
            }
            Some(ticket) => {
                return play.send(Event::Microphone(OfMicrophone::Measured {
                    ticket,
                    seconds: seconds / 64.0,
                    peak: 0.1,
                }));
            }
            None => Happens::OpenRecordingGiven,
        },
        13 => [
            Happens::ClassAdded,
            Happens::ClassRemoved(u64::from(pick / 64)),
            Happens::ClassRenamed { class: 1, name: format!("sound {pick}") },
        ][usize::from(pick / 16) % 3]
            .clone(),
        14 if pick > 128 => Happens::Removed(example),
        14 => Happens::ClassPicked { example, class: Some(u64::from(pick % 3)) },
        15 if pick > 128 => Happens::SaveAsked,
        15 => Happens::ComputerPicked(if pick > 60 { Computer::Webgpu } else { Computer::Cpu }),
        _ => Happens::StopPressed,
    };
    play.teach(event)
}

/// How far it is after so many steps.
fn made(step: u32) -> Made {
    let learned = Figures { loss: Some(1.0 / f64::from(step.max(1))), right: 3, of: 4, held_out_loss: Some(0.5) };
    Made { step, seconds: f64::from(step) / 10.0, learned, frozen: None, filters: vec![(100.0, 20.0); 4] }
}

impl Play {
    fn teach(&mut self, event: Happens) -> &mut Self {
        self.send(Event::Learn(event))
    }

    /// A person gives files as examples.
    fn give_examples(&mut self, names: &[&str]) -> &mut Self {
        let files = names.iter().map(|name| GivenFile { name: (*name).into(), handle: self.thing() }).collect();
        self.teach(Happens::FilesGiven(files))
    }

    /// All examples are opened, and what else is outstanding stays so.
    fn opened_all(&mut self) -> &mut Self {
        let opens = |effect: &Effect| matches!(effect, Effect::Learn(Asked::Open { .. }));
        while let Some(place) = self.outstanding.iter().position(opens) {
            let effect = self.outstanding.remove(place);
            let event = self.answer_of(&effect, End::Well);
            self.send(event);
        }
        self
    }

    /// What is outstanding of the learner.
    fn learner_work(&self) -> Work {
        let work = |effect: &Effect| match effect {
            Effect::Learn(Asked::Run(work)) => Some((**work).clone()),
            _ => None,
        };
        self.outstanding.iter().find_map(work).expect("something is being learned")
    }

    fn learner_order(&self) -> Rc<Order> {
        self.learner_work().order
    }

    /// The learner says something.
    fn learner_reports(&mut self, at_s: f64, report: Report, with_model: bool) -> &mut Self {
        let ticket = self.learner_work().ticket;
        let last = matches!(report, Report::Ended { .. } | Report::Failed { .. } | Report::Lost { .. });
        if last {
            self.outstanding.retain(|effect| super::ticket_of(effect) != Some(ticket));
        }
        let model = with_model.then(|| self.thing());
        self.learner_says(ticket, at_s, report, model, None)
    }

    fn learner_says(
        &mut self,
        ticket: Ticket,
        at_s: f64,
        report: Report,
        model: Option<Handle>,
        kept: Option<Handle>,
    ) -> &mut Self {
        self.teach(Happens::Reported { ticket, at_s, report: Box::new(report), model, kept })
    }

    /// The learner stops while the graphics device computes.
    fn learner_is_lost(&mut self, at_s: f64) -> &mut Self {
        self.learner_reports(at_s, Report::Lost { why: "it has stopped".into() }, false)
    }

    fn learner_steps(&mut self, step: u32, at_s: f64, with_model: bool) -> &mut Self {
        self.learner_reports(at_s, Report::Step(made(step)), with_model)
    }

    fn comes_to_end(&mut self, at_s: f64) -> &mut Self {
        self.learner_reports(at_s, Report::Ended { why: "Time is over".into(), last: made(100) }, true)
    }

    /// The model on trial takes the place of the one in use: what is outstanding beside the learner answers.
    fn trial_ends(&mut self) -> &mut Self {
        let learner = |effect: &Effect| matches!(effect, Effect::Learn(Asked::Run(_)));
        while let Some(place) = self.outstanding.iter().position(|effect| !learner(effect)) {
            let effect = self.outstanding.remove(place);
            let event = self.answer_of(&effect, End::Well);
            self.send(event);
        }
        self
    }

    /// A heart sound with its result, four examples of both classes, and Learn was pressed.
    fn teaching() -> Self {
        let mut play = Self::done();
        play.teach(Happens::Unfolded(true)).all_well();
        play.give_examples(&["normal/a.wav", "normal/b.wav", "abnormal/c.wav", "abnormal/d.wav"]).all_well();
        play.teach(Happens::Pressed);
        assert!(play.state.learn.is_learning(), "{:?}", play.state.learn_lacks());
        play
    }

    fn trials(&self) -> usize {
        self.count(|effect| matches!(effect, Effect::Learn(Asked::Prepare { .. })))
    }

    fn side_shown(&self) -> Option<Side> {
        self.state.learn.shows()
    }
}

#[test]
fn nothing_is_asked_for_before_the_panel_is_unfolded() {
    let mut play = Play::done();
    assert_eq!(play.count(|effect| matches!(effect, Effect::Learn(_))), 0);
    play.teach(Happens::Unfolded(true));
    assert!(matches!(play.outstanding[..], [Effect::Learn(Asked::LookForGpu(_))]));
    play.all_well();
    assert_eq!(play.state.learn.offers_gpu, Some(true));
    play.teach(Happens::Unfolded(false)).teach(Happens::Unfolded(true));
    assert!(!play.state.is_busy(), "it is known already");
}

#[test]
fn examples_are_opened_one_after_the_other_and_have_the_class_of_their_folder() {
    let mut play = Play::ready(false);
    play.give_examples(&["x/Normal/a.wav", "abnormal/b.wav", "other/c.wav", "d.wav", ".hidden"]);
    assert_eq!(play.outstanding.len(), 1);
    play.opened_all();
    let classes: Vec<_> = play.state.learn.examples.iter().map(|example| play.state.class_of(example)).collect();
    assert_eq!(classes, [Some(0), Some(1), None, Some(0)], "without a folder the class that is chosen");
    play.teach(Happens::IntoPicked(1)).give_examples(&["e.wav"]).opened_all();
    assert_eq!(play.state.class_of(&play.state.learn.examples[4]), Some(1));
    let third = play.state.learn.examples[2].id;
    play.teach(Happens::ClassPicked { example: third, class: Some(1) });
    assert_eq!(play.state.class_of(&play.state.learn.examples[2]), Some(1));
    play.teach(Happens::Removed(third));
    assert_eq!(play.state.learn.examples.len(), 4);
}

#[test]
fn the_same_sound_twice_is_told_and_left_out() {
    let mut play = Play::ready(false);
    play.give_examples(&["a.wav", "b.wav"]);
    for identity in [Some(7), Some(7)] {
        let Effect::Learn(Asked::Open { ticket, .. }) = play.outstanding.remove(0) else { panic!("an example") };
        let opened = OpenedExample { sample_rate: 8000, channels: 2, length_s: None, identity };
        play.teach(Happens::Opened { ticket, answer: Ok(opened) });
    }
    assert_eq!(play.state.learn.examples.len(), 1);
    assert_eq!(play.state.learn.note, "“b.wav” holds the same sound as “a.wav” and was not added.");
}

#[test]
fn what_is_no_recording_says_so_in_its_row() {
    let mut play = Play::ready(false);
    play.give_examples(&["a.wav"]).answer(End::Badly);
    assert_eq!(play.state.learn.examples[0].standing, Standing::Failed("it is broken".into()));
    assert!(play.state.learn_lacks().is_some() && play.phase() == Phase::Ready, "nothing else is disturbed");
}

#[test]
fn there_are_only_so_many_examples() {
    let mut play = Play::ready(false);
    let names: Vec<String> = (0..MOST_EXAMPLES + 3).map(|number| format!("{number}.wav")).collect();
    play.give_examples(&names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(play.state.learn.examples.len(), MOST_EXAMPLES);
    assert!(play.state.learn.note.contains("No more than"));
}

#[test]
fn each_new_class_needs_an_example_and_what_lacks_is_said() {
    let mut play = Play::ready(false);
    play.teach(Happens::ModePicked(Mode::New));
    assert!(play.state.learn_lacks().unwrap().contains("no examples yet"));
    play.give_examples(&["yes/a.wav", "no/b.wav", "maybe/c.wav"]).opened_all();
    let names: Vec<String> = play.state.taught().into_iter().map(|(_, name)| name).collect();
    assert_eq!(
        names,
        ["yes", "no", "maybe", "background"],
        "folders name classes that have no name yet, and make others"
    );
    let lacks = play.state.learn_lacks().unwrap();
    assert!(lacks.starts_with("No example yet of “background”.") && lacks.contains("record some seconds"), "{lacks}");
    play.teach(Happens::Pressed);
    assert!(!play.state.learn.is_learning());
    play.give_examples(&["Background/d.wav"]).opened_all().teach(Happens::Pressed);
    let order = play.learner_order();
    assert_eq!(order.labels, ["yes", "no", "maybe", "background"]);
    assert_eq!(order.recordings.iter().map(|it| it.label).collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[test]
fn the_background_stays_and_names_are_not_empty_or_twice() {
    let mut play = Play::ready(false);
    play.teach(Happens::ModePicked(Mode::New)).teach(Happens::ClassRemoved(BACKGROUND));
    play.teach(Happens::ClassRenamed { class: BACKGROUND, name: "other".into() });
    assert_eq!(play.state.learn.classes.last().unwrap().name, "background");
    let first = play.state.learn.classes[0].id;
    play.teach(Happens::ClassRemoved(first));
    assert_eq!(play.state.learn.classes.len(), 3, "two of one's own are the fewest");
    play.teach(Happens::ClassRenamed { class: first, name: "  ".into() });
    assert!(play.state.learn_lacks().unwrap().contains("no name"));
    play.teach(Happens::ClassRenamed { class: first, name: "Background".into() });
    assert!(play.state.learn_lacks().unwrap().contains("Two classes"));
    for _ in 0..20 {
        play.teach(Happens::ClassAdded);
    }
    assert_eq!(play.state.learn.classes.len(), MOST_CLASSES + 1);
    // A class goes with its examples.
    play.teach(Happens::ClassRenamed { class: first, name: "bell".into() });
    play.give_examples(&["bell/a.wav"]).opened_all().teach(Happens::ClassRemoved(first));
    assert!(play.state.learn.examples.is_empty());
}

#[test]
fn the_order_says_what_a_person_has_set() {
    let mut play = Play::done();
    play.give_examples(&["normal/a.wav", "abnormal/b.wav"]).opened_all();
    play.teach(Happens::OpenRecordingGiven).opened_all();
    play.teach(Happens::ComparePicked(true)).teach(Happens::SecondsPicked(20)).teach(Happens::SecondsPicked(7));
    assert!(!play.state.can_compare(), "with the last layer alone the filters are frozen anyway");
    play.teach(Happens::LearnsPicked(Learns::Filters)).teach(Happens::Pressed);
    let work = play.learner_work();
    let order = &work.order;
    assert_eq!((order.learns, order.compare, order.seconds, order.steps), (Learns::Filters, true, 20.0, None));
    assert_eq!((&order.labels[..], order.device), (&["normal".to_owned(), "abnormal".into()][..], Computer::Cpu));
    assert_eq!(order.recordings.len(), 3);
    assert!(matches!(work.materials[2], Material::Open(_)), "the recording at hand is open already");
    let file = play.state.model.as_ref().unwrap().file.clone();
    assert_eq!(work.from, Origins::Model(file));
    // New classes have nothing that could be calibrated.
    let mut play = Play::ready(false);
    play.teach(Happens::ModePicked(Mode::New)).teach(Happens::LearnsPicked(Learns::Calibration));
    assert_eq!(play.state.learns(), Learns::Head);
}

#[test]
fn reports_say_how_far_it_is_and_what_examples_are_used_for() {
    let mut play = Play::teaching();
    assert_eq!((play.state.learn_progress().as_str(), play.state.learn_part()), ("Loading the learner.", None));
    play.learner_reports(9.0, Report::Loading { received: 1_200_000, total: None }, false);
    assert_eq!(play.state.learn_progress(), "Loading the learner: 1.2 MB.");
    assert_eq!(play.state.learn_part(), None);
    play.learner_reports(9.5, Report::Loading { received: 2_000_000, total: Some(4_000_000) }, false);
    assert_eq!(play.state.learn_progress(), "Loading the learner: 2.0 MB of 4.0 MB.");
    assert_eq!(play.state.learn_part(), Some(0.5));
    play.learner_reports(10.0, Report::Ready, false);
    let ticket = play.learner_work().ticket;
    play.teach(Happens::Read { ticket, done: 2 });
    assert_eq!(play.state.learn_progress(), "Reading the examples: 2 of 4.");
    play.learner_reports(11.0, Report::Preparing { done: 3 }, false);
    assert_eq!(play.state.learn_progress(), "Preparing the examples: 3 of 4.");
    let left_out = Part::LeftOut { why: "it is silent".into() };
    let parts = vec![Part::Learned, Part::HeldOut, Part::Both, left_out.clone()];
    play.learner_reports(12.0, Report::Prepared { parts, device: "CPU".into() }, false);
    let used: Vec<_> = play.state.learn.examples.iter().map(|example| example.part.clone().unwrap()).collect();
    assert_eq!(
        (used, play.state.learn.device.as_str()),
        (vec![Part::Learned, Part::HeldOut, Part::Both, left_out], "CPU")
    );
    play.learner_steps(5, 13.0, false).learner_reports(13.0, Report::Note { text: "few examples".into() }, false);
    let progress = play.state.learn_progress();
    assert!(progress.contains("step 5") && progress.contains("3 of 4 held-out windows right"), "{progress}");
    assert_eq!(play.state.learn.remarks, "few examples.\n");
    assert!(play.state.learn_part().is_some_and(|part| part > 0.0));
}

#[test]
fn what_is_learned_follows_in_all_panels_and_the_view_stays() {
    let mut play = Play::teaching();
    play.send(Event::FilterSelected(2)).send(Event::ThresholdMoved(0.25));
    play.send(Event::Axis(view::Event::Zoomed { by: 4.0, about: Some(0.5) }));
    let (before, seen, phase) = (play.result().0.to_owned(), play.state.visible_s(), play.phase());
    let engine = play.state.model.as_ref().unwrap().engine.clone();
    play.learner_steps(10, 20.0, true);
    assert!(play.state.result.is_some() && play.state.model.as_ref().unwrap().engine == engine, "nothing disappears");
    play.trial_ends();
    let model = play.state.model.as_ref().unwrap();
    assert!(model.engine != engine && play.side_shown() == Some(Side::After));
    assert_eq!((play.result().0, play.phase(), play.state.selected), (before.as_str(), phase, 2));
    assert_eq!((play.state.visible_s(), play.state.decision().unwrap().threshold()), (seen, Some(0.25)));
    assert_eq!(play.state.share.sha256.as_deref(), Some("ab"));
    assert!(play.state.sources[model.source].name.starts_with("Own model 1"));
    assert_eq!((play.state.chosen, play.state.announcement()), (model.source, String::new()));
}

#[test]
fn a_model_goes_on_trial_once_a_second_at_most_and_never_two_at_once() {
    let mut play = Play::teaching();
    play.learner_steps(1, 20.0, true).learner_steps(2, 20.3, true).learner_steps(3, 25.0, true);
    assert_eq!(play.trials(), 1, "the first is still on trial");
    play.trial_ends();
    assert_eq!(play.trials(), 2, "5 s later the newest is next");
    play.learner_steps(4, 25.5, true);
    assert_eq!(play.trials(), 2);
    play.learner_steps(5, 26.1, false);
    assert_eq!(play.trials(), 3);
    // The last one waits for nothing.
    play.trial_ends().comes_to_end(26.2);
    assert_eq!(play.trials(), 4);
}

#[test]
fn a_trial_gives_way_to_what_a_person_begins_and_comes_again() {
    let mut play = Play::teaching();
    play.learner_steps(1, 20.0, true);
    assert!(play.state.learn.is_trying());
    play.give(&["second.wav"]);
    assert!(!play.state.learn.is_trying());
    play.trial_ends();
    assert_eq!((play.result().0, play.side_shown()), ("second.wav", Some(Side::After)));
}

#[test]
fn while_filters_are_moved_by_hand_what_is_learned_waits() {
    let mut play = Play::teaching();
    let moved = filters::Event::Moved { filter: 1, centre_hz: 150.0, bandwidth_hz: 30.0 };
    play.send(Event::Adjust(moved)).learner_steps(1, 20.0, true);
    assert!(play.state.is_held() && play.trials() == 0 && play.state.live_filters().is_none());
    play.send(Event::Adjust(filters::Event::Reset)).learner_steps(2, 22.0, false);
    assert_eq!(play.trials(), 1);
}

#[test]
fn filters_stand_where_the_learner_says() {
    let mut play = Play::teaching();
    let before = play.state.mark(1).unwrap();
    play.learner_steps(1, 20.0, false);
    let mark = play.state.mark(1).unwrap();
    assert!((mark.now.centre_hz - 100.0).abs() < 1e-9 && (mark.width_hz[1] - 20.0).abs() < 1e-9 && !mark.moved);
    play.teach(Happens::SidePicked(Side::Before)).send(Event::Bank(super::super::bank::Event::ProgressMoved(0.5)));
    assert_eq!(play.state.mark(1).unwrap().start, before.start);
    assert!(play.state.live_filters().is_none(), "the way from the start is looked at");
}

#[test]
fn before_and_after_can_be_compared() {
    let mut play = Play::teaching();
    let package = play.state.model.as_ref().unwrap().package.clone();
    play.comes_to_end(30.0).trial_ends();
    assert!(
        !play.state.learn.is_learning() && play.state.learn.offers_both() && play.side_shown() == Some(Side::After)
    );
    play.teach(Happens::SidePicked(Side::Before)).trial_ends();
    let model = play.state.model.as_ref().unwrap();
    assert_eq!((play.side_shown(), model.source, model.name.as_str()), (Some(Side::Before), 0, "Heart sounds"));
    play.teach(Happens::SidePicked(Side::After)).trial_ends();
    assert_eq!(play.side_shown(), Some(Side::After));
    // Another model of the menu is neither.
    play.send(Event::ModelPicked(1)).trial_ends();
    assert_eq!((play.side_shown(), play.state.learn.side), (None, None));
    play.send(Event::ModelPicked(0)).trial_ends();
    assert_eq!(play.side_shown(), Some(Side::Before), "chosen in the menu");
    assert_eq!(play.state.model.as_ref().unwrap().package, package);
}

#[test]
fn undo_brings_back_the_model_from_before_as_it_was_looked_at() {
    let mut play = Play::done();
    play.send(Event::ThresholdMoved(0.3)).give_examples(&["normal/a.wav", "abnormal/b.wav"]).all_well();
    let (before, count) = (play.state.model.clone().unwrap(), play.state.sources.len());
    play.teach(Happens::Pressed).comes_to_end(30.0).trial_ends();
    assert_eq!(play.state.sources.len(), count + 1);
    play.send(Event::ThresholdMoved(0.8)).teach(Happens::Undone).trial_ends();
    let model = play.state.model.as_ref().unwrap();
    assert_eq!((model.source, &model.name), (before.source, &before.name));
    assert_eq!((play.state.decision().unwrap().threshold(), play.phase()), (Some(0.3), Phase::Done));
    assert!(play.state.learn.learned.is_none() && play.state.learn.before.is_none() && !play.state.learn.would_lose());
    assert_eq!((play.state.sources.len(), play.state.chosen), (count, before.source), "it leaves the menu");
}

#[test]
fn undo_in_the_middle_ends_the_learner() {
    let mut play = Play::teaching();
    play.learner_steps(3, 20.0, true).trial_ends().teach(Happens::Undone);
    assert!(!play.state.learn.is_learning());
    assert_eq!(play.count(|effect| matches!(effect, Effect::Learn(Asked::End))), 1);
    play.all_well();
    assert_eq!((play.side_shown(), play.state.learn.side, play.state.model.as_ref().unwrap().source), (None, None, 0));
}

#[test]
fn what_is_used_stays_in_the_menu() {
    let mut play = Play::teaching();
    play.comes_to_end(30.0).trial_ends().teach(Happens::SidePicked(Side::Before)).trial_ends();
    play.teach(Happens::Used).trial_ends();
    let model = play.state.model.as_ref().unwrap();
    assert!(matches!(play.state.sources[model.source].origin, Origin::Learned { .. }));
    assert!(play.state.learn.before.is_none() && !play.state.learn.offers_both());
    assert!(play.state.learn.would_lose(), "it is no file yet");
    let source = model.source;
    play.send(Event::ModelPicked(0)).all_well().send(Event::ModelPicked(source)).all_well();
    assert_eq!(play.state.model.as_ref().unwrap().source, source);
    // It can be taught further.
    play.teach(Happens::Pressed).comes_to_end(90.0).trial_ends();
    assert!(play.state.model.as_ref().unwrap().name.starts_with("Own model 2"));
}

#[test]
fn what_was_saved_is_not_lost() {
    let mut play = Play::teaching();
    assert!(play.state.learn.would_lose());
    play.comes_to_end(30.0).trial_ends().teach(Happens::SaveAsked);
    let saved = play.asked.iter().find_map(|effect| match effect {
        Effect::Learn(Asked::Save { run, name, .. }) => Some((*run, name.clone())),
        _ => None,
    });
    let (run, name) = saved.unwrap();
    assert_eq!(name, "own-model-1.safetensors");
    play.teach(Happens::Saved { run, answer: Err("no room".into()) });
    assert!(play.state.learn.problem.as_ref().unwrap().text.contains("no room") && play.state.learn.would_lose());
    play.teach(Happens::Saved { run, answer: Ok(()) });
    assert!(!play.state.learn.would_lose());
}

#[test]
fn stopping_asks_first_and_then_ends() {
    let mut play = Play::teaching();
    play.learner_steps(5, 20.0, true).trial_ends().teach(Happens::StopPressed);
    assert_eq!(play.state.learn.run.as_ref().unwrap().stage, Stage::Stopping);
    assert_eq!(play.count(|effect| matches!(effect, Effect::Learn(Asked::AskToStop))), 1);
    play.teach(Happens::StopPressed).all_well();
    assert!(!play.state.learn.is_learning() && play.state.learn.learned.is_some(), "what was learned is kept");
    // While nothing is learned yet there is nothing to wait for.
    let mut play = Play::teaching();
    play.teach(Happens::StopPressed);
    assert!(!play.state.learn.is_learning() && play.state.learn.before.is_none() && !play.state.is_busy());
}

#[test]
fn a_learner_that_fails_says_why_and_can_be_tried_again() {
    let mut play = Play::teaching();
    let learner = play.learner_work().ticket;
    play.outstanding.retain(|effect| super::ticket_of(effect) != Some(learner));
    play.teach(Happens::Died { ticket: learner, why: "its program cannot be loaded".into() });
    let problem = play.state.learn.problem.clone().unwrap();
    assert!(problem.again && problem.text.contains("its program cannot be loaded. Try again."), "{problem:?}");
    assert_eq!((play.side_shown(), play.phase()), (None, Phase::Done));
    play.teach(Happens::Pressed);
    assert!(play.state.learn.is_learning() && play.state.learn.problem.is_none());
    play.learner_steps(4, 20.0, true).trial_ends().learner_reports(
        25.0,
        Report::Failed { why: "not a number".into() },
        false,
    );
    assert!(play.state.learn.problem.as_ref().unwrap().text.contains("is kept") && play.state.learn.learned.is_some());
}

/// Examples of both classes, a graphics device and frozen filters beside it, and Learn was pressed.
fn on_graphics() -> Play {
    let mut play = Play::done();
    play.give_examples(&["normal/a.wav", "abnormal/b.wav"]).all_well();
    play.teach(Happens::LearnsPicked(Learns::Filters)).teach(Happens::ComparePicked(true));
    play.teach(Happens::ComputerPicked(Computer::Webgpu)).teach(Happens::Pressed);
    assert_eq!(play.learner_order().device, Computer::Webgpu);
    play
}

#[test]
fn where_the_graphics_device_fails_the_cpu_goes_on_with_what_was_kept() {
    let mut play = on_graphics();
    let asked = play.learner_work();
    let (model, kept) = (play.thing(), play.thing());
    play.learner_says(asked.ticket, 20.0, Report::Step(made(40)), Some(model), Some(kept.clone())).trial_ends();
    play.learner_steps(41, 20.2, false).learner_steps(44, 20.6, false).learner_is_lost(20.7);
    let work = play.learner_work();
    let order = Order { device: Computer::Cpu, ..Order::clone(&asked.order) };
    assert_eq!(*work.order, order, "the same, twin and time included");
    assert_eq!((work.from, work.kept, &work.materials), (asked.from, Some(kept.clone()), &asked.materials));
    assert!(play.state.learn.remarks.contains("(it has stopped): the CPU goes on from the last step that was kept."));
    assert!(play.state.learn.learned.is_some() && play.state.learn.problem.is_none());
    // It says first from where it goes on: what came after is made once more.
    play.learner_steps(40, 30.0, false).learner_steps(42, 30.5, true);
    let steps: Vec<u32> = play.state.learn.curve.iter().map(|point| point.step).collect();
    assert_eq!(steps, [40, 42]);
    // Where the CPU fails too nothing is left that could go on.
    let ticket = play.learner_work().ticket;
    play.outstanding.retain(|effect| super::ticket_of(effect) != Some(ticket));
    play.teach(Happens::Died { ticket, why: "it is gone".into() });
    assert!(!play.state.learn.is_learning() && play.state.learn.problem.as_ref().unwrap().text.contains("is kept"));
}

#[test]
fn a_learner_that_stops_before_the_first_step_on_the_graphics_device_is_followed_by_the_cpu() {
    let device = "WebGPU".to_owned();
    let before = [
        Report::Loading { received: 10, total: None },
        Report::Ready,
        Report::Preparing { done: 2 },
        Report::Prepared { parts: vec![Part::Learned, Part::Learned], device },
    ];
    for count in 0..=before.len() {
        let mut play = on_graphics();
        let asked = play.learner_work();
        for report in &before[..count] {
            play.learner_reports(10.0, report.clone(), false);
        }
        play.learner_is_lost(11.0);
        let work = play.learner_work();
        assert_eq!((work.order.device, work.order.compare, work.kept), (Computer::Cpu, true, None), "{count}");
        assert!(work.ticket != asked.ticket && work.materials == asked.materials);
        assert!(play.state.learn.remarks.contains("the CPU learns instead of it"), "{}", play.state.learn.remarks);
        assert!(play.state.learn.problem.is_none());
        play.comes_to_end(30.0).trial_ends();
        assert_eq!(play.side_shown(), Some(Side::After));
    }
    // A person who wants no more is not given more.
    let mut play = on_graphics();
    play.learner_steps(5, 20.0, true).trial_ends().teach(Happens::StopPressed).learner_is_lost(21.0);
    assert!(!play.state.learn.is_learning() && play.state.learn.learned.is_some());
}

#[test]
fn a_model_that_cannot_be_shown_is_not_tried_again() {
    let mut play = Play::teaching();
    play.learner_steps(1, 20.0, true);
    let place = play.outstanding.iter().position(|it| matches!(it, Effect::Learn(Asked::Prepare { .. }))).unwrap();
    let effect = play.outstanding.remove(place);
    let event = play.answer_of(&effect, End::Badly);
    play.send(event).learner_steps(2, 29.0, false);
    assert_eq!(play.trials(), 1);
    assert!(play.state.learn.problem.as_ref().unwrap().text.contains("cannot be shown"));
    play.learner_steps(3, 30.0, true);
    assert_eq!(play.trials(), 2, "the next one is another");
}

#[test]
fn some_seconds_from_the_microphone_become_an_example_and_are_not_judged() {
    let mut play = Play::done();
    let (before, runs) = (play.state.result.clone(), play.count(|it| matches!(it, Effect::Judge { .. })));
    play.teach(Happens::LengthPicked(2)).teach(Happens::RecordPressed);
    let Some(Effect::Learn(Asked::Record { ticket, most_s })) = play.outstanding.first().cloned() else {
        panic!("{:?}", play.outstanding)
    };
    assert_eq!(most_s, 2.0);
    let capture = play.thing();
    let (at, processing) = ("2026-11-29 10-40-12".into(), Processing::default());
    play.send(Event::Microphone(OfMicrophone::Began { ticket, at, capture, sample_rate: 48_000, processing }));
    play.send(Event::Microphone(OfMicrophone::Measured { ticket, seconds: 1.5, peak: 0.2 }));
    assert_eq!(play.state.learn.recorder.as_ref().unwrap().seconds, Some(1.5));
    play.send(Event::Microphone(OfMicrophone::Measured { ticket, seconds: 2.0, peak: 0.2 })).opened_all();
    assert_eq!(play.state.learn.examples[0].name, "microphone 2026-11-29 10-40-12");
    assert!(!play.state.is_busy() && play.state.result == before);
    assert_eq!(play.count(|it| matches!(it, Effect::Judge { .. })), runs);
    // A slip of the finger is none.
    play.teach(Happens::RecordPressed).teach(Happens::RecordPressed);
    assert_eq!((play.state.learn.examples.len(), play.state.learn.note.as_str()), (1, "Nothing was recorded."));
}

#[test]
fn progress_is_read_out_rarely() {
    let mut play = Play::teaching();
    assert_eq!(play.state.learn.said, "Learning begins.");
    for step in 0..19 {
        play.learner_steps(step, 100.0 + f64::from(step), false);
    }
    assert_eq!(play.state.learn.said, "Learning begins.");
    play.learner_steps(20, 120.5, false);
    assert!(play.state.learn.said.starts_with("Learning the last layer: step 20"), "{}", play.state.learn.said);
    let said = play.state.learn.said.clone();
    play.learner_steps(21, 130.0, false);
    assert_eq!(play.state.learn.said, said);
    play.comes_to_end(131.0);
    let over = &play.state.learn.said;
    assert!(over.starts_with("Time is over. With all that learns: loss"), "{over}");
}

#[test]
fn a_long_course_keeps_its_first_and_last_point() {
    let mut play = Play::teaching();
    for step in 0..3000 {
        play.learner_steps(step, 20.0, false);
    }
    let curve = &play.state.learn.curve;
    assert!(curve.len() < 1000 && curve[0].step == 0 && curve.last().unwrap().step == 2999, "{}", curve.len());
    assert!(curve.windows(2).all(|pair| pair[0].step < pair[1].step));
}

#[test]
fn without_a_recording_what_is_learned_takes_its_place_at_once() {
    let mut play = Play::ready(false);
    play.give_examples(&["normal/a.wav", "abnormal/b.wav"])
        .all_well()
        .teach(Happens::Pressed)
        .comes_to_end(30.0)
        .trial_ends();
    assert_eq!((play.side_shown(), play.phase()), (Some(Side::After), Phase::Ready));
    play.give(&["a.wav"]).all_well();
    assert_eq!(play.result().0, "a.wav");
}
