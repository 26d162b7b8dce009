//! What happens when: the one owner of the page's state.
//!
//! Two counters keep results apart. `model` counts the models asked for and `recording` the recordings; whoever has waited
//! for something compares the [`Ticket`] taken before with the counters now, and stops when a newer one took its place.

mod events;
mod shown;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Promise;
use spectnet_core::audio::{ChannelChoice, Downmix};
use spectnet_core::model::Task;
use spectnet_core::prediction::assessment::positive_of_two;
use spectnet_core::prediction::decision::{Decision, OperatingPoint};
use spectnet_core::prediction::{Elsewhere, Note, Prepared, Tally};
use spectnet_core::text::plain;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use web_sys::{File, HtmlInputElement};

use crate::backend::Backend;
use crate::classify::{self, Imager};
use crate::engine::{Engine, Model};
use crate::example::{Recorded, Synthesised};
use crate::failure::{Failure, Result};
use crate::model_source::{self, Source};
use crate::outcome::Outcome;
use crate::sound::Sound;
use crate::view::status::{self, State};
use crate::view::{self, threshold, verdict};
use crate::{decode, dom, format, pause, worth};
use shown::Shown;

/// A recording and what it is called.
#[derive(Debug)]
struct Input {
    name: String,
    sound: Sound,
    /// What must be said of it.
    note: &'static str,
}

/// The model and the recording that were asked for last when something began.
#[derive(Clone, Copy, Debug)]
struct Ticket {
    model: u64,
    recording: u64,
}

/// The page.
pub struct App {
    backend: RefCell<Backend>,
    /// Settles when the backend is known; the model is fetched meanwhile.
    choosing: RefCell<Option<Promise>>,
    sources: RefCell<Vec<Source>>,
    /// The model in use; none before the first is loaded.
    engine: RefCell<Option<Rc<Engine>>>,
    /// Its place among the sources.
    engine_source: Cell<Option<usize>>,
    /// What is shown while a model is on its way; then a recording waits for it.
    opening: RefCell<Option<(State, String)>>,
    input: RefCell<Option<Rc<Input>>>,
    /// What went wrong with the last recording, and why: it outlives the model that is still on its way.
    unreadable: RefCell<Option<(String, String)>>,
    shown: RefCell<Shown>,
    /// Which channels of the recording are to be judged; none: as the model does.
    channel: Cell<Option<ChannelChoice>>,
    /// Whether all of the recording is to be judged, and not only the beginning that the model asks for.
    whole: Cell<bool>,
    /// Where the line between the classes shall be.
    wanted: Cell<OperatingPoint>,
    /// How many of the recordings that are judged here are positive; none: as many as where the model was measured.
    prevalence: Cell<Option<f64>>,
    model: Cell<u64>,
    recording: Cell<u64>,
}

/// Starts the page.
pub fn start() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        events::panicked(info);
    }));
    let app = Rc::new(App {
        backend: RefCell::new(Backend::cpu("")),
        choosing: RefCell::default(),
        sources: RefCell::default(),
        engine: RefCell::default(),
        engine_source: Cell::default(),
        opening: RefCell::default(),
        input: RefCell::default(),
        unreadable: RefCell::default(),
        shown: RefCell::default(),
        channel: Cell::default(),
        whole: Cell::default(),
        wanted: Cell::default(),
        prevalence: Cell::default(),
        model: Cell::default(),
        recording: Cell::default(),
    });
    events::listen(&app);
    spawn_local(app.boot());
}

impl App {
    /// Takes a device and the model that the address or the menu names, both at once.
    async fn boot(self: Rc<Self>) {
        self.opening("Looking for a graphics device");
        let app = self.clone();
        let choosing = future_to_promise(async move {
            let backend = Backend::choose().await;
            status::backend(&backend);
            app.backend.replace(backend);
            Ok(JsValue::UNDEFINED)
        });
        self.choosing.replace(Some(choosing));
        let shipped = model_source::shipped().await;
        let asked = dom::query("model").filter(|address| !address.is_empty()).map(|address| Source::address(&address));
        let first = if asked.is_some() { shipped.as_ref().map_or(0, Vec::len) } else { 0 };
        let (mut sources, problem) = match shipped {
            Ok(sources) => (sources, "no model is shipped with this page".into()),
            Err(failure) => (Vec::new(), failure.to_string()),
        };
        sources.extend(asked);
        // Someone may have dropped a model while the menu was on its way.
        sources.append(&mut self.sources.borrow_mut());
        let nothing = sources.is_empty();
        self.sources.replace(sources);
        events::fill_menu(&self);
        if self.model.get() > 0 {
            return;
        }
        if nothing {
            self.opening.replace(None);
            status::fail("No model", &format!("{problem}: choose or drop a model file (.safetensors)"));
        } else {
            self.use_model(first);
        }
    }

    /// Loads a model of the menu; the one in use stays until the new one works.
    fn use_model(self: &Rc<Self>, index: usize) {
        let Some(source) = self.sources.borrow().get(index).cloned() else { return };
        self.model.set(self.model.get() + 1);
        let (app, ticket) = (self.clone(), self.ticket());
        events::choose_in_menu(index);
        self.opening(&format!("Loading {}", source.name));
        spawn_local(async move {
            match app.open(&source, ticket).await {
                Ok(engine) => {
                    app.opening.replace(None);
                    app.engine_source.set(Some(index));
                    app.install(engine);
                    app.clone().classify().await;
                }
                Err(Failure::Stale) => {}
                Err(failure) => {
                    app.opening.replace(None);
                    app.forget_source(index);
                    events::choose_in_menu(app.engine_source.get().unwrap_or(0));
                    let stays =
                        app.engine.borrow().as_ref().map(|engine| format!(". Still in use: {}", engine.model.name));
                    let why = format!("“{}”: {failure}{}", source.name, stays.unwrap_or_default());
                    status::fail("The model could not be loaded", &why);
                }
            }
        });
    }

    /// Takes what is no model out of the menu again, unless it is shipped: that may have been the network.
    fn forget_source(&self, index: usize) {
        let mut sources = self.sources.borrow_mut();
        let last = index + 1 == sources.len() && self.engine_source.get() != Some(index);
        if last && sources.pop_if(|source| !source.shipped).is_some() {
            drop(sources);
            events::fill_menu(self);
        }
    }

    /// Fetches a model and runs it once; on the CPU where the graphics device fails.
    async fn open(&self, source: &Source, ticket: Ticket) -> Result<Engine> {
        let started = dom::now();
        let bytes = source
            .bytes(|received, total| {
                self.check_model(ticket)?;
                let share = total.map(|total| received / total);
                status::progress(Some((share, &format::received(received as u64, total.map(|total| total as u64)))));
                Ok(())
            })
            .await?;
        self.check_model(ticket)?;
        let model = Rc::new(Model::read(&source.name, &bytes)?);
        drop(bytes);
        let choosing = self.choosing.borrow().clone();
        if let Some(choosing) = choosing {
            // It never fails: without a graphics device there is the CPU.
            let _ = JsFuture::from(choosing).await;
            self.check_model(ticket)?;
        }
        self.shown.borrow_mut().load_s = dom::now() - started;
        loop {
            let backend = self.backend.borrow().clone();
            let on_gpu = backend.gpu.is_some();
            match self.warm_up(&model, backend).await {
                Err(Failure::Device(why)) if on_gpu => self.fall_back(&why),
                other => {
                    self.check_model(ticket)?;
                    return other;
                }
            }
        }
    }

    async fn warm_up(&self, model: &Rc<Model>, backend: Backend) -> Result<Engine> {
        let what = if backend.gpu.is_some() { "Compiling the model's shaders" } else { "Warming up the model" };
        self.opening.replace(Some((State::Compiling, what.into())));
        status::set(State::Compiling, what);
        pause::breathe().await;
        let engine = Engine::new(model.clone(), backend)?;
        engine.warm_up().await?;
        Ok(engine)
    }

    /// The same model on the device that is left.
    async fn reopen(&self, engine: &Engine) -> Result<Engine> {
        status::set(State::Compiling, "The graphics device failed: starting again on the CPU");
        pause::breathe().await;
        let engine = Engine::new(engine.model.clone(), self.backend.borrow().clone())?;
        engine.warm_up().await?;
        Ok(engine)
    }

    /// From now on the CPU computes.
    fn fall_back(&self, why: &str) {
        let backend = Backend::cpu(format!("WebGPU failed ({why})"));
        status::backend(&backend);
        self.backend.replace(backend);
    }

    /// Puts a model that works to use.
    fn install(self: &Rc<Self>, engine: Engine) -> Rc<Engine> {
        let package = &engine.model.package;
        view::model_card::show(package);
        events::show_examples(self, &package.config);
        let task = package.config.task;
        dom::show("notice-heart", task == Task::Heart);
        dom::show("notice-scene", task == Task::Scene);
        self.shown.borrow_mut().model(&engine);
        let engine = Rc::new(engine);
        let before = self.engine.replace(Some(engine.clone()));
        // The same model on another device keeps the line where it was put.
        if before.is_none_or(|before| !Rc::ptr_eq(&before.model, &engine.model)) {
            self.wanted.set(OperatingPoint::Usual);
            self.prevalence.set(None);
            if let Some(prevalence) = self.decision(&engine).figures().prevalence {
                threshold::set_prevalence(prevalence);
            }
        }
        self.draw_line(&engine);
        self.shown.borrow().draw();
        engine
    }

    /// Shows where the line between the classes is.
    fn draw_line(&self, engine: &Engine) -> Decision {
        let (package, decision) = (&engine.model.package, self.decision(engine));
        let labels = positive_of_two(&package.config).zip(package.config.labels.first_chunk::<2>());
        let measured = labels.zip(package.assessment.as_ref()).map(|((positive, labels), assessment)| {
            threshold::Measured { assessment, positive: &labels[positive], other: &labels[1 - positive] }
        });
        threshold::show(measured.as_ref(), &decision);
        decision
    }

    /// How the model at hand decides.
    fn decision(&self, engine: &Engine) -> Decision {
        let package = &engine.model.package;
        let decision = Decision::new(&package.config, package.assessment.as_ref(), self.wanted.get());
        let decision = decision.and_then(|decision| match self.prevalence.get() {
            Some(prevalence) => decision.at_prevalence(prevalence),
            None => Ok(decision),
        });
        // Slider and field are shown only where there is a line to move, and give nothing but 0 to 1.
        decision.unwrap_or_else(|_| Decision::largest(&package.config))
    }

    /// Moves the line between the classes.
    fn draw_the_line_at(&self, wanted: OperatingPoint) {
        self.wanted.set(wanted);
        self.decide_again();
    }

    /// Takes the share of positives that was typed in per cent; where it is none, the last one stays and that is said.
    fn judge_among(&self, typed: f64) {
        let Some(engine) = self.engine.borrow().clone() else { return };
        match worth::prevalence(typed) {
            Some(prevalence) => {
                threshold::prevalence_is(Ok(()));
                self.prevalence.set(Some(prevalence));
                self.decide_again();
            }
            None => threshold::prevalence_is(Err(self.decision(&engine).figures().prevalence.unwrap_or_default())),
        }
    }

    /// The same probabilities, with the label, the colours and the figures that follow from threshold and prevalence.
    fn decide_again(&self) {
        let Some(engine) = self.engine.borrow().clone() else { return };
        let (decision, config) = (self.draw_line(&engine), &engine.model.package.config);
        if let Some(outcome) = &mut self.shown.borrow_mut().outcome {
            outcome.verdict.relabel(&config.labels, &decision);
            verdict::show(outcome, config, &decision);
        }
        self.shown.borrow().draw_windows();
    }

    /// Reads a file and classifies it.
    fn use_file(self: &Rc<Self>, file: File) {
        let name = plain(&file.name()).into_owned();
        let reading = format!("Reading {name}");
        self.use_input(name, reading, "", async move { decode::open(&file).await });
    }

    /// Fetches one of the page's own recordings and classifies it.
    fn use_recorded(self: &Rc<Self>, recorded: Recorded) {
        let name = recorded.file.to_string();
        self.use_input(name, format!("Fetching {}", recorded.file), recorded.note, async move {
            let bytes = model_source::fetch(&format!("examples/{}", recorded.file), |_, _| Ok(())).await?;
            decode::open(&decode::blob(&bytes)?).await
        });
    }

    /// Synthesises a sound and classifies it.
    fn use_synthesised(self: &Rc<Self>, sound: Synthesised) {
        let seed = (js_sys::Math::random() * 1e6) as u64;
        let name = format!("{} (synthesised, seed {seed})", sound.name());
        self.use_input(name, "Synthesising a sound".into(), sound.note(), async move {
            pause::breathe().await;
            Ok(Sound::Memory(sound.recording(seed)?))
        });
    }

    fn use_input(
        self: &Rc<Self>,
        name: String,
        what: String,
        note: &'static str,
        sound: impl Future<Output = Result<Sound>> + 'static,
    ) {
        self.recording.set(self.recording.get() + 1);
        self.input.replace(None);
        self.unreadable.replace(None);
        self.whole.set(false);
        dom::element::<HtmlInputElement>("whole").set_checked(false);
        dom::show("channel-choice", false);
        self.shown.borrow_mut().forget();
        status::set(State::Running, &what);
        // On a phone the verdict lies below what was just touched.
        dom::reveal("result-title");
        let (app, ticket) = (self.clone(), self.ticket());
        spawn_local(async move {
            let sound = sound.await;
            if app.recording.get() != ticket.recording {
                return;
            }
            match sound {
                Ok(sound) => {
                    app.channel.set(None);
                    view::channels::show(sound.channels());
                    app.input.replace(Some(Rc::new(Input { name, sound, note })));
                    app.classify().await;
                }
                Err(failure) => {
                    app.unreadable.replace(Some((format!("{name} could not be read"), failure.to_string())));
                    app.classify().await;
                }
            }
        });
    }

    /// Classifies the recording at hand with the model at hand, as soon as there are both.
    async fn classify(self: Rc<Self>) {
        let (engine, input) = (self.engine.borrow().clone(), self.input.borrow().clone());
        if let Some((state, text)) = self.opening.borrow().as_ref() {
            return status::set(*state, text);
        }
        if let Some((what, why)) = self.unreadable.borrow().as_ref() {
            return status::fail(what, why);
        }
        let (Some(mut engine), Some(input)) = (engine, input) else {
            return match self.engine.borrow().is_some() {
                true => status::set(State::Ready, "Ready: choose or drop a recording"),
                false => status::fail("No model", "choose or drop a model file (.safetensors) first"),
            };
        };
        let ticket = self.ticket();
        loop {
            match self.run(&engine, &input, ticket).await {
                Ok(()) | Err(Failure::Stale) => return,
                // Whatever became of it, a newer one took its place.
                Err(_) if self.check(ticket).is_err() => return,
                Err(Failure::Device(why)) if engine.backend.gpu.is_some() => {
                    self.fall_back(&why);
                    let on_cpu = self.reopen(&engine).await;
                    if self.check(ticket).is_err() {
                        return;
                    }
                    match on_cpu {
                        Ok(on_cpu) => engine = self.install(on_cpu),
                        Err(failure) => return status::fail("The model stopped", &failure.to_string()),
                    }
                }
                Err(failure) => {
                    return status::fail(&format!("{} could not be classified", input.name), &failure.to_string());
                }
            }
        }
    }

    /// Judges the recording at hand again, all of it or its beginning.
    fn judge_whole(self: &Rc<Self>, whole: bool) {
        self.whole.set(whole);
        self.judge_again();
    }

    /// Judges the recording at hand by these of its channels.
    fn judge_channel(self: &Rc<Self>, channel: Option<ChannelChoice>) {
        self.channel.set(channel);
        self.judge_again();
    }

    fn judge_again(self: &Rc<Self>) {
        self.recording.set(self.recording.get() + 1);
        spawn_local(self.clone().classify());
    }

    /// One recording through one model, piece by piece, with everything shown on the way.
    async fn run(&self, engine: &Engine, input: &Input, ticket: Ticket) -> Result<()> {
        let started = dom::now();
        let config = &engine.model.package.config;
        status::set(State::Running, &format!("Preparing {}", input.name));
        verdict::clear();
        let seconds = if self.whole.get() { None } else { config.conditioning.max_seconds };
        self.shown.borrow_mut().recording(input, config, seconds);
        let channels = self.channel.get().unwrap_or(ChannelChoice::All(config.conditioning.channels));
        let views = channels.downmixes(input.sound.channels())?;
        // The seconds that are done of one of the views.
        let progress = |view: usize, done: f64| match self.shown.borrow().extent.total_s() {
            Some(total) => {
                let done = (view as f64 * total + done) / views.len() as f64;
                status::progress(Some((Some(done / total.max(1e-3)), &format!("{done:.0} of {total:.0} s"))));
            }
            None => status::progress(Some((None, &format!("{done:.0} s")))),
        };
        progress(0, 0.0);
        pause::breathe().await;

        let openness = engine.model.package.openness.as_ref();
        let (mut tally, mut imager) = (Tally::new(config).with_openness(openness)?, Imager::new(engine));
        let (mut windows, mut judged_s, mut notes) = (0, 0.0, Vec::new());
        for (number, view) in views.iter().enumerate() {
            tally.begin(*view);
            let mut pieces = input.sound.pieces(*view, 0.0, seconds)?;
            judged_s = 0.0;
            while let Some(piece) = pieces.next().await? {
                self.check(ticket)?;
                let prepared = Prepared::piece(config, &piece)?;
                status::set(State::Running, &format!("Classifying {}", input.name));
                // What is shown of a recording of which there are several views is the first one.
                if number == 0 {
                    self.shown.borrow_mut().piece(&piece, input, config);
                    let image = imager.add(prepared.recording.samples(), |image| {
                        self.check(ticket)?;
                        self.shown.borrow_mut().image = image.clone();
                        self.shown.borrow().draw_image();
                        Ok(())
                    });
                    image.await?;
                }
                let count = prepared.spans.len();
                let probabilities = classify::probabilities(engine, &prepared, |done| {
                    self.check(ticket)?;
                    progress(number, judged_s + piece.duration_s() * done as f64 / count as f64);
                    Ok(())
                });
                let probabilities = probabilities.await?;
                if tally.sees_images() {
                    let images = classify::images(engine, &prepared, || self.check(ticket)).await?;
                    tally.see(&prepared, &images)?;
                }
                tally.add(&prepared, &probabilities)?;
                if tally.is_at_first_downmix() {
                    let cycles = classify::cycles(engine, &prepared, |_| self.check(ticket)).await?;
                    tally.add_cycles(&prepared, &cycles)?;
                }
                judged_s += piece.duration_s();
                windows += count;
            }
            notes = pieces.notes();
        }
        let image = imager.end().await?;
        self.check(ticket)?;
        self.shown.borrow_mut().image = image;
        self.shown.borrow().draw_image();
        let run_s = dom::now() - started;
        let verdict = tally.prediction(&self.decision(engine))?;
        let elsewhere = seconds.and_then(|_| Elsewhere::after(config, &verdict, judged_s));
        let mut outcome = Outcome { file: input.name.clone(), verdict };
        outcome.verdict.notes.extend(notes);
        if let (Some(elsewhere), Some(view)) = (elsewhere, views.first()) {
            let note = self.look_through(elsewhere, input, *view, judged_s, ticket).await?;
            outcome.verdict.notes.extend(note);
            // Threshold and prevalence may have been moved meanwhile.
            outcome.verdict.relabel(&config.labels, &self.decision(engine));
        }

        verdict::show(&outcome, config, &self.decision(engine));
        let said = match outcome.verdict.label {
            Some(_) => format!("Done: {}", input.name),
            None => format!("Done: {}. {}", input.name, outcome.headline()),
        };
        self.shown.borrow_mut().outcome = Some(outcome);
        self.shown.borrow_mut().states = tally.states();
        self.shown.borrow().draw_windows();
        status::elapsed(&self.shown.borrow().timing(engine, run_s, windows));
        status::set(State::Done, &said);
        Ok(())
    }

    /// What there is to note of a recording behind its judged beginning, in which nothing could be said of a heart.
    async fn look_through(
        &self,
        mut elsewhere: Elsewhere<'_>,
        input: &Input,
        downmix: Downmix,
        judged_s: f64,
        ticket: Ticket,
    ) -> Result<Option<Note>> {
        // Half a sample is no sound.
        let sample_s = 1.0 / f64::from(input.sound.sample_rate());
        if input.sound.duration_s().is_some_and(|given_s| given_s - judged_s < sample_s) {
            return Ok(None);
        }
        status::set(State::Running, &format!("Looking for a heart in the rest of {}", input.name));
        status::progress(None);
        let mut pieces = input.sound.pieces(downmix, judged_s, Some(Elsewhere::SECONDS))?;
        while let Some(piece) = pieces.next().await? {
            pause::breathe().await;
            self.check(ticket)?;
            if let Some(note) = elsewhere.look(&piece, "tick “Judge all of it”")? {
                return Ok(Some(note));
            }
        }
        self.check(ticket)?;
        Ok(None)
    }

    /// Shows that a model is on its way.
    fn opening(&self, what: &str) {
        self.opening.replace(Some((State::Loading, what.into())));
        status::set(State::Loading, what);
    }

    fn ticket(&self) -> Ticket {
        Ticket { model: self.model.get(), recording: self.recording.get() }
    }

    fn check_model(&self, ticket: Ticket) -> Result<()> {
        if ticket.model == self.model.get() { Ok(()) } else { Err(Failure::Stale) }
    }

    fn check(&self, ticket: Ticket) -> Result<()> {
        self.check_model(ticket)?;
        if ticket.recording == self.recording.get() { Ok(()) } else { Err(Failure::Stale) }
    }
}
