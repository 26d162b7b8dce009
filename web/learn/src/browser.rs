//! What the worker needs of a browser: waiting without standing still, the time, and fields of its messages.

use js_sys::{Promise, Reflect};
use spectnet_core::before;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel};

use crate::course::Clock;

/// The worker itself.
pub(crate) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// A field of an object, unless it is missing or null.
pub(crate) fn field(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// A clock in seconds. A worker without one ends its runs by steps.
pub(crate) fn clock() -> Clock {
    let performance = scope().performance();
    Box::new(move || performance.as_ref().map_or(0.0, |performance| performance.now() / 1000.0))
}

/// Lets messages of the page arrive. Browsers hold timers back by some milliseconds; messages they deliver in their turn.
pub(crate) async fn turn() {
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

/// The result of `work`, or `None` if it takes longer than so many milliseconds. Work that waits for nothing has no limit.
pub(crate) async fn within<T>(milliseconds: i32, work: impl Future<Output = T>) -> Option<T> {
    before(work, sleep(milliseconds)).await
}

/// Comes back after so many milliseconds.
async fn sleep(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        // Every worker has timers.
        let _ = scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    });
    // A timer does not fail.
    let _ = JsFuture::from(promise).await;
}
