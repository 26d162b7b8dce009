//! The worker: the page's order in, reports out.

use std::cell::Cell;
use std::panic;

use burn::tensor::Device;
use js_sys::{Array, Float32Array, Object, Reflect, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::MessageEvent;

use crate::browser::{clock, field, scope, turn, within};
use crate::course::{Preparing, Told};
#[cfg(feature = "webgpu")]
use crate::graphics;
use crate::message::{Computer, Order, Report};
use crate::recordings::Samples;

/// Seconds between two model files that are sent while it learns, with what another worker goes on from: each is as large as
/// the model.
const MODEL_EVERY_S: f64 = 1.0;
/// Longest wait for what a step comes to, the compilation of the shaders included: as long as the page waits for its own.
const ANSWER_TIMEOUT_MS: i32 = 180_000;
/// What computes where no graphics processor does.
const CPU: &str = "CPU, WebAssembly, one thread";
thread_local! {
    /// Whether the page has asked for the end.
    static STOPPED: Cell<bool> = const { Cell::new(false) };
    /// Whether a graphics processor computes, or is being started: what stops the program then need not stop the CPU.
    static ON_GRAPHICS: Cell<bool> = const { Cell::new(false) };
}

/// What came of something, or why nothing did, in a sentence.
type Outcome<T> = Result<T, String>;

/// Waits for the page's order, and does it.
pub fn start() {
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        if ON_GRAPHICS.get() {
            return send(&Report::Lost { why: format!("the learner has stopped: {info}") }, &[]);
        }
        let why = format!("The learner has a mistake in it and has stopped: {info}. What was saved is not touched.");
        send(&Report::Failed { why }, &[]);
    }));
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| {
        let message = event.data();
        if field(&message, "stop").is_some() {
            STOPPED.set(true);
        } else {
            spawn_local(async move {
                if let Err(why) = learn(&message).await {
                    send(&Report::Failed { why }, &[]);
                }
            });
        }
    });
    scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // It listens as long as the worker lives.
    listener.forget();
    send(&Report::Ready, &[]);
}

/// Does an order, and tells the page how far it is.
async fn learn(message: &JsValue) -> Outcome<()> {
    let Wanted { order, model, samples, kept } = read(message)?;
    let mut preparing = Preparing::new(&order, &model, samples).map_err(|error| sentence(&error))?;
    send(&Report::Preparing { done: 0 }, &[]);
    while let Some(done) = preparing.prepare_next() {
        send(&Report::Preparing { done }, &[]);
        turn().await;
    }
    let (device, name) = device(&order).await;
    let mut course = preparing.course(&device, &name, clock()).map_err(|error| sentence(&error))?;
    if let Some(kept) = kept {
        course.go_on(&kept, &device).map_err(|error| sentence(&error))?;
    }
    send(&Report::Prepared { parts: course.parts().to_vec(), device: name }, &[]);
    let now = clock();
    let mut sent = f64::NEG_INFINITY;
    loop {
        if STOPPED.get() {
            course.stop();
        }
        let answer = within(ANSWER_TIMEOUT_MS, course.step()).await;
        let silent = || course.lost(&format!("no answer within {} s", ANSWER_TIMEOUT_MS / 1000));
        let told = answer.unwrap_or_else(silent).map_err(|error| sentence(&error))?;
        ON_GRAPHICS.set(course.is_on_graphics());
        for text in course.notes() {
            send(&Report::Note { text }, &[]);
        }
        match told {
            Told::Going(None) => {}
            Told::Going(Some(step)) => {
                let is_due = now() - sent >= MODEL_EVERY_S;
                // What cannot be written yet may be later: the curves go on.
                let model = if is_due { course.model().ok() } else { None };
                // The CPU stops the program for no reason that another worker would not meet again.
                let kept = model.as_ref().and_then(|_| if course.is_on_graphics() { course.kept() } else { None });
                if model.is_some() {
                    sent = now();
                }
                let files = [("model", model), ("kept", kept)];
                let files = files.iter().filter_map(|(name, bytes)| Some((*name, bytes.as_deref()?)));
                send(&Report::Step(step), &files.collect::<Vec<_>>());
            }
            Told::Ended { why, last } => {
                let model = course.model().map_err(|error| sentence(&error))?;
                send(&Report::Ended { why, last }, &[("model", model.as_slice())]);
                return Ok(());
            }
        }
        turn().await;
    }
}

/// What the page has sent.
struct Wanted {
    order: Order,
    /// The model file.
    model: Vec<u8>,
    /// The samples of every channel of every recording.
    samples: Samples,
    /// What another worker kept of the same run.
    kept: Option<Vec<u8>>,
}

fn read(message: &JsValue) -> Outcome<Wanted> {
    let unknown = || "The learner was asked for nothing that it knows. Reload the page.".to_owned();
    let order = field(message, "order").and_then(|order| order.as_string()).ok_or_else(unknown)?;
    let order = serde_json::from_str(&order).map_err(|error| format!("The order cannot be read: {error}."))?;
    let bytes = |name: &str| field(message, name).and_then(|bytes| bytes.dyn_into::<Uint8Array>().ok());
    let (model, kept) = (bytes("model").ok_or_else(unknown)?.to_vec(), bytes("kept").map(|kept| kept.to_vec()));
    let recordings =
        field(message, "samples").and_then(|samples| samples.dyn_into::<Array>().ok()).ok_or_else(unknown)?;
    let channel = |channel: JsValue| channel.dyn_into::<Float32Array>().map(|samples| samples.to_vec()).ok();
    let channels = |recording: JsValue| -> Option<Vec<Vec<f32>>> {
        recording.dyn_into::<Array>().ok()?.iter().map(channel).collect()
    };
    let samples: Option<Vec<_>> = recordings.iter().map(channels).collect();
    Ok(Wanted { order, model, samples: samples.ok_or_else(unknown)?, kept })
}

/// What computes, and its name. Where no graphics processor can be had it is the CPU, and the page is told.
async fn device(order: &Order) -> (Device, String) {
    if order.device == Computer::Webgpu {
        ON_GRAPHICS.set(true);
        match graphics().await {
            Ok(found) => return found,
            Err(why) => {
                ON_GRAPHICS.set(false);
                let text = format!("The graphics processor cannot be used ({why}), so the processor computes.");
                send(&Report::Note { text }, &[]);
            }
        }
    }
    (Device::flex(), CPU.to_owned())
}

#[cfg(feature = "webgpu")]
async fn graphics() -> Outcome<(Device, String)> {
    graphics::open().await
}

#[cfg(not(feature = "webgpu"))]
async fn graphics() -> Outcome<(Device, String)> {
    Err("this learner was built without it".to_owned())
}

/// Posts a report, with the files that belong to it, by name. A page that is gone needs none.
fn send(report: &Report, files: &[(&str, &[u8])]) {
    // Numbers, texts and lists can always be written.
    let Ok(report) = serde_json::to_string(report) else { return };
    let (message, transfer) = (Object::new(), Array::new());
    // A plain object takes every field.
    let _ = Reflect::set(&message, &"report".into(), &report.into());
    for (name, bytes) in files {
        let bytes = Uint8Array::from(*bytes);
        transfer.push(&bytes.buffer().into());
        let _ = Reflect::set(&message, &(*name).into(), &bytes.into());
    }
    // Plain values and an array can always be sent.
    let _ = scope().post_message_with_transfer(&message, &transfer);
}

/// An error as a sentence of its own.
fn sentence(error: &spectnet_core::Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let begin = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{begin}{}{end}", letters.as_str())
}
