//! What the plots of the filterbank ask for: the next picture of a film, and the focus on a filter.

use js_sys::Promise;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::{Sender, focus};
use crate::dom;
use crate::state::{Event, Ticket, bank};

/// Carries out an effect, or begins to.
pub fn begin(effect: bank::Effect, send: &Sender) {
    match effect {
        bank::Effect::AwaitPicture(ticket) => await_picture(ticket, send.clone()),
        // The row may lie out of sight while a mark of another plot was dragged: the page stays where it is.
        bank::Effect::Focus(filter) => focus::filter(filter, true),
    }
}

/// Answers when the browser is about to draw. In a tab that nobody sees it does not, and the film waits.
fn await_picture(ticket: Ticket, send: Sender) {
    spawn_local(async move {
        let promise = Promise::new(&mut |resolve, _| {
            let _ = dom::window().request_animation_frame(&resolve);
        });
        // A frame does not fail.
        let _ = JsFuture::from(promise).await;
        send(Event::Bank(bank::Event::Picture { ticket, at_s: dom::now() }));
    });
}
