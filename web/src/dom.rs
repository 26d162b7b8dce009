//! The few things that are asked of the page, in short.

use js_sys::Promise;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Document, Element, Event, EventTarget, Window};

/// The window.
pub fn window() -> Window {
    web_sys::window().expect("the page has a window")
}

/// The document.
pub fn document() -> Document {
    window().document().expect("the page has a document")
}

/// An element of `index.html`. One that is missing there is a mistake in the page, not something that can happen to a
/// person who uses it.
pub fn element<T: JsCast>(id: &str) -> T {
    let found = document().get_element_by_id(id).and_then(|element| element.dyn_into().ok());
    found.unwrap_or_else(|| panic!("index.html has no #{id} of the expected kind"))
}

/// Sets the text of an element.
pub fn set_text(id: &str, text: &str) {
    element::<Element>(id).set_text_content(Some(text));
}

/// Shows or hides an element.
pub fn show(id: &str, visible: bool) {
    let element = element::<Element>(id);
    // Neither can fail for this attribute.
    let _ = if visible { element.remove_attribute("hidden") } else { element.set_attribute("hidden", "") };
}

/// Scrolls an element into view, unless it is there already.
pub fn reveal(id: &str) {
    let (element, height) = (element::<Element>(id), window().inner_height().ok().and_then(|height| height.as_f64()));
    let place = element.get_bounding_client_rect();
    if place.top() < 0.0 || place.bottom() > height.unwrap_or(f64::MAX) {
        element.scroll_into_view();
    }
}

/// Sets an attribute; names and values are the page's own, so it cannot fail.
pub fn set(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

/// Appends a new HTML element with a class and a text.
pub fn append(parent: &Element, tag: &str, class: &str, text: &str) -> Element {
    let child = document().create_element(tag).expect("a valid tag");
    if !class.is_empty() {
        child.set_class_name(class);
    }
    if !text.is_empty() {
        child.set_text_content(Some(text));
    }
    let _ = parent.append_child(&child);
    child
}

/// Calls `handler` on every such event, as long as the page lives.
pub fn listen<E: JsCast>(target: &EventTarget, event: &str, mut handler: impl FnMut(E) + 'static) {
    let closure = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        if let Ok(event) = event.dyn_into::<E>() {
            handler(event);
        }
    });
    let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    // The page's listeners live as long as the page.
    closure.forget();
}

/// The value of a key of the address, `?key=value`.
pub fn query(key: &str) -> Option<String> {
    let search = window().location().search().unwrap_or_default();
    web_sys::UrlSearchParams::new_with_str(&search).ok()?.get(key)
}

/// Seconds since the page was opened.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now() / 1000.0)
}

/// Marks the start of some work in the browser's timeline.
pub fn mark(work: &str) {
    if let Some(performance) = window().performance() {
        // A timeline without this entry does no harm.
        let _ = performance.mark(work);
    }
}

/// Enters what has lasted since the last [`mark`] of this name in the browser's timeline, where its tools and
/// `bench/browser.sh` find it.
pub fn measure(work: &str) {
    if let Some(performance) = window().performance() {
        let _ = performance.measure_with_start_mark(work, work);
        performance.clear_marks_with_mark_name(work);
    }
}

/// A property of a JavaScript object, unless it is missing or null.
pub fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = js_sys::Reflect::get(object, &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// Lets something come to its end. Nobody waits for it, and where it fails that is seen elsewhere: by the state of a
/// loudspeaker, or by samples that do not come.
pub fn settle(promise: Result<Promise, JsValue>) {
    if let Ok(promise) = promise {
        spawn_local(async move { drop(JsFuture::from(promise).await) });
    }
}
