//! Links, copies, versions, and how to cite the program.

use web_sys::{Element, HtmlInputElement};

use crate::state::State;
use crate::{about, dom};

/// Shows what is to be said of a link or a copy, and the link that was last asked for.
pub fn draw(state: &State) {
    let share = &state.share;
    dom::set_text("share-note", &share.note);
    dom::element::<HtmlInputElement>("link").set_value(&share.link);
    dom::show("link-shown", !share.link.is_empty());
}

/// Shows versions, a link to the source where somebody said where that is, and citation, which never change.
pub fn draw_about(_: &State) {
    dom::set_text("versions", &about::versions());
    if let Some(address) = about::source() {
        dom::set(&dom::element::<Element>("source-link"), "href", address);
        dom::show("source", true);
    }
    dom::set_text("citation", &about::citation());
}
