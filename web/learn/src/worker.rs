//! The worker: the page's order in, reports out.

use std::cell::Cell;
use std::panic;

use burn::tensor::Device;
use js_sys::{Array, Float32Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent};

use crate::course::{Clock, Preparing, Told};
use crate::message::{Computer, Order, Report};
use crate::recordings::Samples;

/// Seconds between two model files that are sent while it learns: each is as large as the model.
const MODEL_EVERY_S: f64 = 1.0;
/// What computes where no graphics processor does.
const CPU: &str = "CPU, WebAssembly, one thread";

thread_local! {
    /// Whether the page has asked for the end.
    static STOPPED: Cell<bool> = const { Cell::new(false) };
}

/// What came of something, or why nothing did, in a sentence.
type Outcome<T> = Result<T, String>;

/// Waits for the page's order, and does it.
pub fn start() {
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        let why = format!("The learner has a mistake in it and has stopped: {info}. What was saved is not touched.");
        send(&Report::Failed { why }, None);
    }));
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| {
        let message = event.data();
        if field(&message, "stop").is_some() {
            STOPPED.set(true);
        } else {
            spawn_local(async move {
                if let Err(why) = learn(&message).await {
                    send(&Report::Failed { why }, None);
                }
            });
        }
    });
    scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // It listens as long as the worker lives.
    listener.forget();
    send(&Report::Ready, None);
}

/// Does an order, and tells the page how far it is.
async fn learn(message: &JsValue) -> Outcome<()> {
    let (order, model, samples) = read(message)?;
    let mut preparing = Preparing::new(&order, &model, samples).map_err(|error| sentence(&error))?;
    send(&Report::Preparing { done: 0 }, None);
    while let Some(done) = preparing.prepare_next() {
        send(&Report::Preparing { done }, None);
        turn().await;
    }
    let (device, name) = device(order.device).await;
    let mut course = preparing.course(&device, &name, clock()).map_err(|error| sentence(&error))?;
    send(&Report::Prepared { parts: course.parts().to_vec(), device: name }, None);
    let now = clock();
    let mut sent = f64::NEG_INFINITY;
    loop {
        if STOPPED.get() {
            course.stop();
        }
        let told = course.step().await.map_err(|error| sentence(&error))?;
        for text in course.notes() {
            send(&Report::Note { text }, None);
        }
        match told {
            Told::Going(None) => {}
            Told::Going(Some(step)) => {
                let is_due = now() - sent >= MODEL_EVERY_S;
                // What cannot be written yet may be later: the curves go on.
                let model = if is_due { course.model().ok() } else { None };
                if model.is_some() {
                    sent = now();
                }
                send(&Report::Step(step), model.as_deref());
            }
            Told::Ended { why, last } => {
                let model = course.model().map_err(|error| sentence(&error))?;
                send(&Report::Ended { why, last }, Some(&model));
                return Ok(());
            }
        }
        turn().await;
    }
}

/// What the page has sent: the order, the model file, and the samples of every channel of every recording.
fn read(message: &JsValue) -> Outcome<(Order, Vec<u8>, Samples)> {
    let unknown = || "The learner was asked for nothing that it knows. Reload the page.".to_owned();
    let order = field(message, "order").and_then(|order| order.as_string()).ok_or_else(unknown)?;
    let order = serde_json::from_str(&order).map_err(|error| format!("The order cannot be read: {error}."))?;
    let model = field(message, "model").and_then(|model| model.dyn_into::<Uint8Array>().ok()).ok_or_else(unknown)?;
    let recordings =
        field(message, "samples").and_then(|samples| samples.dyn_into::<Array>().ok()).ok_or_else(unknown)?;
    let channel = |channel: JsValue| channel.dyn_into::<Float32Array>().map(|samples| samples.to_vec()).ok();
    let channels = |recording: JsValue| -> Option<Vec<Vec<f32>>> {
        recording.dyn_into::<Array>().ok()?.iter().map(channel).collect()
    };
    let samples: Option<Vec<_>> = recordings.iter().map(channels).collect();
    Ok((order, model.to_vec(), samples.ok_or_else(unknown)?))
}

/// What computes, and its name. Where no graphics processor can be had it is the CPU, and the page is told.
async fn device(wanted: Computer) -> (Device, String) {
    if wanted == Computer::Webgpu {
        match graphics().await {
            Ok(found) => return found,
            Err(why) => {
                let text = format!("The graphics processor cannot be used ({why}), so the processor computes.");
                send(&Report::Note { text }, None);
            }
        }
    }
    (Device::flex(), CPU.to_owned())
}

#[cfg(feature = "webgpu")]
async fn graphics() -> Outcome<(Device, String)> {
    let options = Device::wgpu_options();
    let (device, setup) = options.init_with_setup_async().await.map_err(|error| error.to_string())?;
    let name = setup.adapter.get_info().name;
    Ok((device, if name.trim().is_empty() { "WebGPU".to_owned() } else { format!("WebGPU, {}", name.trim()) }))
}

#[cfg(not(feature = "webgpu"))]
async fn graphics() -> Outcome<(Device, String)> {
    Err("this learner was built without it".to_owned())
}

/// Lets messages of the page arrive. Browsers hold timers back by some milliseconds; messages they deliver in their turn.
async fn turn() {
    let Ok(channel) = MessageChannel::new() else { return };
    let (here, there) = (channel.port1(), channel.port2());
    let promise = Promise::new(&mut |resolve, _| here.set_onmessage(Some(&resolve)));
    if there.post_message(&JsValue::NULL).is_err() {
        return;
    }
    // A message that was posted arrives.
    let _ = JsFuture::from(promise).await;
    // An open port is never forgotten.
    here.close();
}

/// Posts a report, with the model file that belongs to it. A page that is gone needs none.
fn send(report: &Report, model: Option<&[u8]>) {
    // Numbers, texts and lists can always be written.
    let Ok(report) = serde_json::to_string(report) else { return };
    let message = Object::new();
    // A plain object takes every field.
    let _ = Reflect::set(&message, &"report".into(), &report.into());
    let model = model.map(Uint8Array::from);
    let transfer = model.as_ref().map_or_else(Array::new, |model| Array::of1(&model.buffer()));
    if let Some(model) = model {
        let _ = Reflect::set(&message, &"model".into(), &model.into());
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

/// A clock in seconds. A worker without one ends its runs by steps.
fn clock() -> Clock {
    let performance = scope().performance();
    Box::new(move || performance.as_ref().map_or(0.0, |performance| performance.now() / 1000.0))
}

/// A field of a message, unless it is missing or null.
fn field(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
