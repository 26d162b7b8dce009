//! Waiting without blocking the page.

use js_sys::Promise;
use spectnet_core::before;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

use crate::dom;

/// In a tab that is not seen nothing is painted: there it is gone on after so many milliseconds.
const UNSEEN_MS: i32 = 100;
/// So long, in milliseconds, is waited until the browser has nothing to do; then it goes on all the same.
const BUSY_MS: i32 = 500;
/// A browser that does not say when it has nothing to do is given so many milliseconds.
const UNSAID_MS: i32 = 50;

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

/// Comes back before the page is painted again; where it is not seen, a tenth of a second later.
pub async fn frame() {
    let promise = Promise::new(&mut |resolve, _| {
        let window = dom::window();
        // Whichever comes first; the other one then does nothing.
        let _ = window.request_animation_frame(&resolve);
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, UNSEEN_MS);
    });
    // Neither fails.
    let _ = JsFuture::from(promise).await;
}

/// Comes back right behind the next time that the page is painted. Everything has its place then, and asking for places and
/// sizes takes no time.
pub async fn picture() {
    frame().await;
    turn().await;
}

/// Comes back when the browser has nothing else to do, or does not come to an end.
pub async fn idle() {
    let promise = Promise::new(&mut |resolve, _| {
        if dom::window().request_idle_callback(&resolve).is_err() {
            let _ = dom::window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, UNSAID_MS);
        }
    });
    // Neither fails.
    let _ = within(BUSY_MS, JsFuture::from(promise)).await;
}

/// The result of `work`, or `None` if it takes longer than this.
pub async fn within<T>(milliseconds: i32, work: impl Future<Output = T>) -> Option<T> {
    before(work, sleep(milliseconds)).await
}
