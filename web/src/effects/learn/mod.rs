//! What teaching wants done: examples opened, the learner loaded and fed, models put on a device.

mod examples;
mod learner;

use js_sys::{Array, Object, Reflect, Uint8Array};
use spectnet_learn::message::{Order, Report};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, Element};

use super::engine::{Engine, Model};
use super::slice::Slice;
use super::task::Task;
use super::{Effects, backend, inside, microphone, save, share};
use crate::failure::{Failure, Result, message};
use crate::gpu::Gpu;
use crate::plot::response::Responses;
use crate::state::learn::{Effect, Event, Origins, Prepared, Work};
use crate::state::microphone::Effect as MicrophoneEffect;
use crate::state::{Event as PageEvent, Handle};
use crate::{dom, pause};
pub use learner::Held;
use learner::Learner;

/// Carries out an effect, or begins to.
pub fn start(effects: &Effects, effect: Effect) {
    match effect {
        Effect::LookForGpu(ticket) => effects
            .begin(ticket, async move |_| PageEvent::Learn(Event::GpuLookedFor { ticket, found: has_gpu().await })),
        Effect::Open { ticket, material } => effects.begin(ticket, async move |_| {
            let answer = examples::open(&material).await;
            PageEvent::Learn(Event::Opened { ticket, answer })
        }),
        Effect::Record { ticket, most_s } => microphone::start(effects, MicrophoneEffect::Record { ticket, most_s }),
        Effect::Run(work) => {
            let held = effects.learner.clone();
            effects.begin(work.ticket, async move |task| {
                let ticket = work.ticket;
                let died = |failure: Failure| PageEvent::Learn(Event::Died { ticket, why: failure.to_string() });
                run(task, &held, &work).await.unwrap_or_else(died)
            });
        }
        Effect::AskToStop => effects.learner.ask_to_stop(),
        Effect::End => effects.learner.end(),
        Effect::Prepare { ticket, from, gpu, like } => effects.begin(ticket, async move |task| {
            let answer = prepare(task, &from, gpu.as_ref(), &like).await.map(Box::new);
            PageEvent::Learn(Event::Prepared { ticket, answer })
        }),
        Effect::Save { run, bytes, name } => {
            let answer = download(&bytes, &name);
            (effects.send)(PageEvent::Learn(Event::Saved { run, answer }));
        }
    }
}

/// Whether there is a graphics device and a learner for it. One in software counts only where the address asks for it, and none
/// does where the address wants the CPU.
async fn has_gpu() -> bool {
    let there = dom::element::<Element>("learner").get_attribute("data-webgpu").as_deref() == Some("yes");
    there && backend::choose(backend::asked()).await.gpu.is_some()
}

/// Loads the learner and has it learn; what it says last.
async fn run(task: &Task, held: &Held, work: &Work) -> Result<PageEvent> {
    let learner = held.begin(work.order.device)?;
    let last = converse(task, &learner, work).await;
    held.let_go(&learner);
    last
}

async fn converse(task: &Task, learner: &Learner, work: &Work) -> Result<PageEvent> {
    // Unasked it says how much of it is loaded, and then that it is ready.
    loop {
        match relay(task, learner).await? {
            Relayed::Going => {}
            Relayed::Ready => break,
            Relayed::Last(last) => return Ok(last),
        }
    }
    let samples = Array::new();
    let transfer = Array::new();
    let mut slice = Slice::begin();
    for (done, (material, recording)) in work.materials.iter().zip(&work.order.recordings).enumerate() {
        task.tell(PageEvent::Learn(Event::Read { ticket: work.ticket, done }))?;
        let channels = examples::samples(material, &mut slice).await;
        let unreadable = |failure| Failure::Reason(format!("“{}” cannot be read: {failure}", recording.name));
        let channels = channels.map_err(unreadable)?;
        for channel in channels.iter() {
            transfer.push(&Reflect::get(&channel, &"buffer".into()).unwrap_or(JsValue::NULL));
        }
        samples.push(&channels.into());
        slice.turn().await;
    }
    learner.post(&order(work, &samples, &transfer)?, &transfer)?;
    loop {
        if let Relayed::Last(last) = relay(task, learner).await? {
            return Ok(last);
        }
    }
}

/// What the learner says, where it matters for what it is told next.
enum Relayed {
    /// How far it is.
    Going,
    /// It waits for the order.
    Ready,
    /// Nothing comes behind it.
    Last(PageEvent),
}

/// The message with all that is to be learned. The model's bytes are copied, for what is transferred is gone from here.
fn order(work: &Work, samples: &Array, transfer: &Array) -> Result<Object> {
    let browser = dom::window().navigator().user_agent().unwrap_or_default();
    let order = Order { browser, ..Order::clone(&work.order) };
    let text = serde_json::to_string(&order).map_err(|error| Failure::reason(error.to_string()))?;
    let bytes = match &work.from {
        Origins::Model(file) => inside::<Model>(file)?.bytes().clone(),
        Origins::Bytes(bytes) => inside::<Uint8Array>(bytes)?.as_ref().clone(),
    };
    let copy = bytes.slice(0, bytes.length());
    transfer.push(&copy.buffer().into());
    let message = Object::new();
    let mut fields: Vec<(&str, JsValue)> =
        vec![("order", text.into()), ("model", copy.into()), ("samples", samples.clone().into())];
    if let Some(kept) = &work.kept {
        let kept = inside::<Uint8Array>(kept)?;
        let copy = kept.slice(0, kept.length());
        transfer.push(&copy.buffer().into());
        fields.push(("kept", copy.into()));
    }
    for (name, value) in fields {
        // A plain object takes every field.
        let _ = Reflect::set(&message, &name.into(), &value);
    }
    Ok(message)
}

/// Takes the next thing that the learner says, and tells it, but for what it says last.
async fn relay(task: &Task, learner: &Learner) -> Result<Relayed> {
    let said = learner.next().await?;
    let text = |name: &str| dom::property(&said, name).and_then(|text| text.as_string());
    if let Some(why) = text("failed") {
        return Err(Failure::Reason(why));
    }
    let report = text("report").and_then(|report| serde_json::from_str::<Report>(&report).ok());
    let unknown = || Failure::reason("the learner says what this page does not understand: reload the page");
    let report = Box::new(report.ok_or_else(unknown)?);
    let bytes = |name: &str| dom::property(&said, name).and_then(|bytes| bytes.dyn_into::<Uint8Array>().ok());
    let [model, kept] = ["model", "kept"].map(|name| bytes(name).map(Handle::new));
    let is_ready = *report == Report::Ready;
    let is_last = matches!(*report, Report::Ended { .. } | Report::Failed { .. } | Report::Lost { .. });
    let event = PageEvent::Learn(Event::Reported { ticket: task.ticket(), at_s: dom::now(), report, model, kept });
    if is_last {
        return Ok(Relayed::Last(event));
    }
    task.tell(event)?;
    Ok(if is_ready { Relayed::Ready } else { Relayed::Going })
}

/// Puts a model on a device. Between the parts of that work the page answers.
async fn prepare(task: &Task, from: &Origins, gpu: Option<&Handle>, like: &Handle) -> Result<Prepared> {
    let began_s = dom::now();
    let (file, sha256) = match from {
        Origins::Model(file) => (file.clone(), None),
        Origins::Bytes(bytes) => {
            let bytes = inside::<Uint8Array>(bytes)?;
            let sha256 = share::sha256(&bytes).await;
            task.check()?;
            (Handle::new(Model::read(bytes.as_ref().clone()).await?), sha256)
        }
    };
    task.check()?;
    pause::turn().await;
    let model = inside::<Model>(&file)?;
    let engine = Engine::new(model.clone(), gpu.map(inside::<Gpu>).transpose()?)?;
    if !engine.measured_as(inside::<Engine>(like)?.as_ref()) {
        pause::turn().await;
        engine.warm_up().await?;
    }
    pause::turn().await;
    let package = model.package.clone();
    let responses = Responses::new(&package.config.front_end, &package.initial_filters, &package.filters);
    let (engine, responses, took_s) = (Handle::new(engine), responses.into(), dom::now() - began_s);
    Ok(Prepared { package, file, engine, responses, sha256, took_s })
}

/// Downloads a model file.
fn download(bytes: &Handle, name: &str) -> std::result::Result<(), String> {
    let bytes = inside::<Uint8Array>(bytes).map_err(|failure| failure.to_string())?;
    let blob = Blob::new_with_u8_array_sequence(&Array::of1(&bytes));
    blob.and_then(|blob| save::offer(&blob, name)).map_err(|error| message(&error))
}
