//! A line through all plots over time, with the time under the pointer and the window there.

use web_sys::HtmlElement;

use super::time;
use crate::state::State;
use crate::{dom, format};

/// Shows the line under the pointer where that is within the recording, and what the window there says: of the positive
/// class, or else of the most probable one.
pub fn draw(state: &State) {
    // Without a pointer nobody asks where the plots are: that takes time.
    let at = state.cursor.and_then(|client_x| Some((client_x, time::in_window(state)?)));
    let Some((client_x, (left, axis))) = at else { return hide() };
    let config = state.model.as_ref().map(|model| &model.package.config);
    let positive = config.and_then(|config| config.labels.get(config.positive()?)).map(String::as_str);
    let windows = state.result.as_ref().map_or(&[][..], |result| result.prediction.windows.as_slice());
    let x = client_x - left;
    if !(axis.start..=axis.end).contains(&x) {
        return hide();
    }
    let at = axis.value(x);
    let mut text = time::text(state, at, 2);
    let window = windows.iter().rev().find(|window| (window.start_s..window.end_s).contains(&at));
    let said = window.and_then(|window| match positive {
        Some(label) => window.probabilities.get_key_value(label),
        None => window.probabilities.iter().max_by(|a, b| a.1.total_cmp(b.1)),
    });
    if let Some((label, probability)) = said {
        text.push_str(&format!(": {} {}", format::label(label), format::percent(*probability)));
    }
    let cursor: HtmlElement = dom::element("cursor");
    let _ = cursor.style().set_property("left", &format!("{x:.1}px"));
    // The words stand where there is room for them.
    let _ = cursor.class_list().toggle_with_force("flipped", x > (axis.start + axis.end) / 2.0);
    dom::set_text("cursor-text", &text);
    dom::show("cursor", true);
}

/// No line.
fn hide() {
    dom::show("cursor", false);
}
