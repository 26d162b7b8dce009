//! The graphics processor: whether Burn can train on the browser's adapter, and the device on it.

use burn::tensor::Device;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::browser::{field, scope, within};

/// Longest wait for an adapter and a device: a driver that hangs must not keep the processor from learning.
const DEVICE_TIMEOUT_MS: i32 = 15_000;
/// The feature with which Burn's runtime measures times in a browser. Without it the runtime stops the whole program.
const TIMES: &str = "timestamp-query";

/// A device on the browser's fastest adapter, and its name.
///
/// # Errors
/// Why there is none that can be trained on, without a full stop.
pub(crate) async fn open() -> Result<(Device, String), String> {
    let silent = || format!("WebGPU did not answer within {} s", DEVICE_TIMEOUT_MS / 1000);
    within(DEVICE_TIMEOUT_MS, start()).await.ok_or_else(silent)?
}

async fn start() -> Result<(Device, String), String> {
    let called = adapter().await?;
    let (device, _) = Device::wgpu_options().init_with_setup_async().await.map_err(|error| error.to_string())?;
    Ok((device, if called.is_empty() { "WebGPU".to_owned() } else { format!("WebGPU, {called}") }))
}

/// What the browser tells of the adapter that the runtime will get: for privacy often no more than maker and family.
///
/// # Errors
/// Why nothing can be trained on it.
async fn adapter() -> Result<String, String> {
    let gpu = field(&scope(), "navigator").and_then(|navigator| field(&navigator, "gpu"));
    let gpu = gpu.ok_or("this browser has no WebGPU in workers")?;
    let wanted: JsValue = Object::new().into();
    // A plain object takes every field. The runtime asks for the same.
    let _ = Reflect::set(&wanted, &"powerPreference".into(), &"high-performance".into());
    let adapter = match called(&gpu, "requestAdapter", &wanted).and_then(|promise| promise.dyn_into::<Promise>().ok()) {
        Some(promise) => JsFuture::from(promise).await.unwrap_or(JsValue::NULL),
        None => JsValue::NULL,
    };
    // Where there is none the browser gives null, which has no fields.
    let features = field(&adapter, "features").ok_or("WebGPU finds no graphics adapter")?;
    if !called(&features, "has", &JsValue::from_str(TIMES)).is_some_and(|has| has.is_truthy()) {
        return Err(format!("its WebGPU lacks {TIMES}"));
    }
    let info = field(&adapter, "info").unwrap_or(JsValue::NULL);
    let words = ["vendor", "architecture"].map(|name| field(&info, name).and_then(|word| word.as_string()));
    let words: Vec<String> = words.into_iter().flatten().filter(|word| !word.is_empty()).collect();
    Ok(words.join(" "))
}

/// What a method of an object gives; none where it has no such method, or that throws.
fn called(object: &JsValue, method: &str, with: &JsValue) -> Option<JsValue> {
    let method: Function = field(object, method)?.dyn_into().ok()?;
    method.call1(object, with).ok()
}
