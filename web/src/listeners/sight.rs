//! What a person sees, or is about to see: plots that take time are drawn for that.

use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit, KeyboardEvent};

use crate::dom;
use crate::page::Page;

/// So far beyond the upper and lower edge of the window something is near.
const NEAR: &str = "200px 0px";

/// Has plots drawn that come near what is seen, and all of them before the tab key looks for its next stop. The page has
/// drawn for the first time.
pub fn follow(page: &Rc<Page>) {
    let places = page.places();
    match observer(page) {
        Some(observer) => places.iter().for_each(|place| observer.observe(&dom::element::<Element>(place))),
        // A browser that does not say what is seen has all of it drawn.
        None => places.iter().for_each(|place| page.comes(place, true)),
    }
    let page = page.clone();
    dom::listen(&dom::document(), "keydown", move |key: KeyboardEvent| {
        if key.key() == "Tab" {
            page.draw_all();
        }
    });
}

/// What the browser tells of places that come near or leave. It tells of each as soon as it knows.
fn observer(page: &Rc<Page>) -> Option<IntersectionObserver> {
    let page = page.clone();
    let tell = Closure::<dyn FnMut(Array)>::new(move |entries: Array| {
        for entry in entries.iter().filter_map(|entry| entry.dyn_into::<IntersectionObserverEntry>().ok()) {
            page.comes(&entry.target().id(), entry.is_intersecting());
        }
    });
    let options = IntersectionObserverInit::new();
    options.set_root_margin(NEAR);
    let observer = IntersectionObserver::new_with_options(tell.as_ref().unchecked_ref(), &options).ok();
    // It is told as long as the page lives.
    tell.forget();
    observer
}
