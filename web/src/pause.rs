//! Waiting without blocking the page.

use js_sys::Promise;
use spectnet_core::before;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

use crate::dom;

/// Comes back after this many milliseconds; the page paints and takes input meanwhile.
pub async fn sleep(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        let _ = dom::window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    });
    // A timer does not fail.
    let _ = JsFuture::from(promise).await;
}

/// Lets the page paint and take input.
pub async fn breathe() {
    sleep(0).await;
}

/// Lets the page paint and take input, and comes back right behind that. Browsers hold timers back by some milliseconds,
/// and in a tab that is not seen by seconds; messages they deliver in their turn.
pub async fn turn() {
    let Ok(channel) = MessageChannel::new() else { return breathe().await };
    let (here, there) = (channel.port1(), channel.port2());
    let promise = Promise::new(&mut |resolve, _| here.set_onmessage(Some(&resolve)));
    if there.post_message(&JsValue::NULL).is_err() {
        return breathe().await;
    }
    // A message that was posted arrives.
    let _ = JsFuture::from(promise).await;
    // An open port is never forgotten.
    here.close();
}

/// The result of `work`, or `None` if it takes longer than this.
pub async fn within<T>(milliseconds: i32, work: impl Future<Output = T>) -> Option<T> {
    before(work, sleep(milliseconds)).await
}
