//! The keyboard's focus, where what had it is not there any more.

use web_sys::{Element, HtmlElement};

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
