//! What the device needs of a browser: waiting without blocking the page, and the adapter's name.

use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wgpu::{Adapter, Buffer, Device, MapMode};

use crate::dom;
pub use crate::pause::within;

/// Whether the first `bytes` bytes of a buffer can be read, once everything that was submitted is done.
pub async fn mapped(_: &Device, buffer: &Buffer, bytes: u64) -> bool {
    let mapped = Promise::new(&mut |resolve, reject| {
        buffer.map_async(MapMode::Read, ..bytes, move |result| {
            let settle = if result.is_ok() { resolve } else { reject };
            // Settling a promise does not fail.
            let _ = settle.call0(&JsValue::UNDEFINED);
        });
    });
    JsFuture::from(mapped).await.is_ok()
}

/// What the browser tells about its adapter: for privacy often no more than maker and family, `nvidia ampere`.
pub async fn name(adapter: &Adapter) -> String {
    let name = adapter.get_info().name;
    if !name.is_empty() {
        return name;
    }
    family().await.unwrap_or_else(|| "the browser's adapter".into())
}

async fn family() -> Option<String> {
    let gpu = dom::property(&dom::window().navigator(), "gpu")?;
    let request: Function = dom::property(&gpu, "requestAdapter")?.dyn_into().ok()?;
    let promise: Promise = request.call0(&gpu).ok()?.dyn_into().ok()?;
    let info = dom::property(&JsFuture::from(promise).await.ok()?, "info")?;
    let words = ["vendor", "architecture"].map(|name| dom::property(&info, name).and_then(|word| word.as_string()));
    let name: Vec<String> = words.into_iter().flatten().filter(|word| !word.is_empty()).collect();
    (!name.is_empty()).then(|| name.join(" "))
}
