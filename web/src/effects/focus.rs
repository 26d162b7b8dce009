//! The keyboard's focus: on a filter, and where what had it is not there any more.

use wasm_bindgen::JsCast;
use web_sys::{Element, FocusOptions, HtmlElement, SvgElement};

use crate::dom;

/// The buttons that go when they have done their work.
const PASSING: [&str; 2] = ["cancel", "retry"];

/// Moves the focus from such a button to the title of the panel around it.
pub fn keep() {
    let focused: Option<Element> = dom::document().active_element();
    if focused.is_some_and(|focused| PASSING.contains(&focused.id().as_str())) {
        let title = dom::element::<HtmlElement>("result-title");
        dom::set(&title, "tabindex", "-1");
        // An element that cannot have the focus leaves it where it is.
        let _ = title.focus();
    }
}

/// Moves the focus to the row of a filter; where the page `stays`, it does not scroll there.
pub fn filter(index: usize, stays: bool) {
    let found = dom::element::<Element>("filters").query_selector(&format!("[data-filter=\"{index}\"]"));
    if let Ok(Some(row)) = found {
        let options = FocusOptions::new();
        options.set_prevent_scroll(stays);
        // An element that cannot have the focus keeps it where it is.
        let _ = row.unchecked_ref::<SvgElement>().focus_with_options(&options);
    }
}
