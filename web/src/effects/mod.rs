//! What takes time, or touches more of the browser than its document: files, the network, the device. Nothing else on
//! the page is asynchronous.
//!
//! An effect answers with events, and only as long as its ticket has not been [stopped](Effect::Stop). Work in steps
//! asks after each whether it is still wanted.

mod adjust;
mod backend;
mod bank;
mod decode;
mod decoder;
mod engine;
mod fetch;
mod focus;
mod imager;
mod judge;
mod learn;
mod many;
mod microphone;
mod player;
mod reading;
mod save;
mod share;
mod slice;
mod sound;
mod task;
mod theme;
mod why;

use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use crate::capture::{Capture, Excerpt};
use crate::failure::{Failure, Result};
use crate::gpu::Gpu;
use crate::state::{
    Effect, Event, Handle, Judged, ModelFile, OpenedRecording, Options, RecordingSource, Source, Ticket, Warm, control,
};
use crate::{dom, pause, state};
pub use backend::asked as asked_device;
use engine::{Engine, Model};
use sound::Sound;
use task::{Task, Wanted};
pub use theme::kept as kept_theme;

/// What takes the events that effects answer with.
pub type Sender = Rc<dyn Fn(Event)>;

/// Carries out effects.
pub struct Effects {
    send: Sender,
    wanted: Wanted,
    player: player::Player,
    learner: learn::Held,
}

impl Effects {
    /// They answer to `send`.
    pub fn new(send: Sender) -> Self {
        let (wanted, player, learner) = Default::default();
        Self { send, wanted, player, learner }
    }

    /// Carries out an effect, or begins to.
    pub fn start(&self, effect: Effect) {
        match effect {
            Effect::ChooseBackend => {
                let send = self.send.clone();
                spawn_local(async move { send(Event::BackendChosen(backend::choose(backend::asked()).await)) });
            }
            Effect::FetchMenu => {
                let send = self.send.clone();
                spawn_local(async move { send(Event::MenuFetched(fetch::menu().await)) });
            }
            Effect::ReadModel { ticket, source } => self.begin(ticket, async move |task| {
                let answer = read_model(task, &source).await;
                Event::ModelRead { ticket, answer }
            }),
            Effect::WarmUp { ticket, model, gpu } => self.begin(ticket, async move |_| {
                // What is being done shall be seen before it keeps the page from answering.
                pause::breathe().await;
                let began_s = dom::now();
                let answer = warm_up(&model, gpu.as_ref()).await;
                // What comes of it is drawn beside no other work.
                pause::turn().await;
                Event::WarmedUp { ticket, began_s, answer }
            }),
            Effect::OpenRecording { ticket, source } => self.begin(ticket, async move |_| {
                let answer = open_recording(source).await.map(opened);
                Event::RecordingOpened { ticket, answer }
            }),
            Effect::Judge { ticket, sound, engine, options } => self.begin(ticket, async move |task| {
                let answer = judge(task, &sound, &engine, &options).await;
                Event::JudgingEnded { ticket, answer: answer.map(Box::new) }
            }),
            Effect::Adjust(wanted) => self.begin(wanted.ticket, async move |task| {
                let answer = adjust::follow(task, &wanted).await.map(Box::new);
                Event::Adjust(state::adjust::Event::Followed { ticket: wanted.ticket, answer })
            }),
            Effect::Stop(ticket) => {
                self.wanted.stop(ticket);
            }
            Effect::Control(control::Effect::FindDevice { ticket, choice }) => self.begin(ticket, async move |_| {
                let backend = backend::choose(choice).await;
                Event::Control(control::Event::DeviceFound { ticket, backend })
            }),
            Effect::Control(control::Effect::KeepFocus) => focus::keep(),
            // On a phone it lies below what was just touched.
            Effect::RevealResult => spawn_local(async {
                // Where things are is asked when the browser finds it out by itself.
                pause::frame().await;
                dom::reveal("result-title");
            }),
            Effect::FocusFilter(index) => focus::filter(index, false),
            Effect::Bank(effect) => bank::begin(effect, &self.send),
            Effect::Player(effect) => self.player(effect),
            Effect::Microphone(effect) => microphone::start(self, effect),
            Effect::Why(effect) => why::start(self, effect),
            Effect::Many(effect) => many::start(self, effect),
            Effect::Save(document) => {
                if let Err(why) = save::download(&document) {
                    (self.send)(Event::SavingFailed(why));
                }
            }
            Effect::Share(effect) => share::start(effect, self.send.clone()),
            Effect::KeepTheme(theme) => theme::keep(theme),
            Effect::LoadNewVersion => share::load_new_version(),
            Effect::Learn(effect) => learn::start(self, effect),
        }
    }

    /// Begins some work, which answers with the event that it ends in unless it was stopped meanwhile.
    fn begin(&self, ticket: Ticket, work: impl AsyncFnOnce(&Task) -> Event + 'static) {
        let task = Task::begin(ticket, &self.wanted, &self.send);
        spawn_local(async move {
            let answer = work(&task).await;
            task.end(answer);
        });
    }
}

/// Fetches a model and reads it.
async fn read_model(task: &Task, source: &Source) -> Result<ModelFile> {
    let asked_s = dom::now();
    let bytes =
        fetch::model(source, |received, total| task.tell(Event::Received { ticket: task.ticket(), received, total }));
    let bytes = Uint8Array::from(bytes.await?.as_slice());
    task.check()?;
    let model = Model::read(bytes).await?;
    if let Some(sha256) = share::sha256(model.bytes()).await {
        task.tell(Event::Share(state::share::Event::Digested { ticket: task.ticket(), sha256 }))?;
    }
    Ok(ModelFile { package: model.package.clone(), handle: Handle::new(model), asked_s })
}

/// Puts a model on a device and runs it once.
async fn warm_up(model: &Handle, gpu: Option<&Handle>) -> Result<Warm> {
    let gpu = gpu.map(inside::<Gpu>).transpose()?;
    let engine = Engine::new(inside(model)?, gpu)?;
    let warm_up_s = engine.warm_up().await?;
    Ok(Warm { engine: Handle::new(engine), warm_up_s })
}

/// Opens a recording, wherever it comes from.
async fn open_recording(source: RecordingSource) -> Result<Sound> {
    match source {
        RecordingSource::File(file) => {
            let file = inside::<File>(&file)?;
            decode::open(&file).await
        }
        RecordingSource::Recorded(recorded) => {
            let bytes = fetch::bytes(&format!("examples/{}", recorded.file), |_, _| Ok(())).await?;
            decode::open(&decode::blob(&bytes)?).await
        }
        RecordingSource::Synthesised(sound, seed) => {
            pause::breathe().await;
            Ok(Sound::Memory(sound.recording(seed)?))
        }
        RecordingSource::Captured(capture) => Ok(Sound::Captured(Excerpt::all(&inside::<Capture>(&capture)?))),
    }
}

fn opened(sound: Sound) -> OpenedRecording {
    OpenedRecording {
        sample_rate: sound.sample_rate(),
        channels: sound.channels(),
        length_s: sound.duration_s(),
        sound: Handle::new(sound),
    }
}

/// One recording through one model.
async fn judge(task: &Task, sound: &Handle, engine: &Handle, options: &Options) -> Result<Judged> {
    let (sound, engine) = (inside::<Sound>(sound)?, inside::<Engine>(engine)?);
    let progress = |step| task.tell(Event::Judging { ticket: task.ticket(), step });
    judge::judge(&sound, &engine, options, progress).await
}

/// What is in a handle. Another kind of thing in there is a mistake in the page.
fn inside<T: 'static>(handle: &Handle) -> Result<Rc<T>> {
    handle.get().ok_or_else(|| Failure::reason("the page has mixed up its own things: reload it"))
}
