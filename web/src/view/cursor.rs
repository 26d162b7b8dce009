//! A line through all plots over time, with the time under the pointer and the window there.

use spectnet_core::prediction::WindowPrediction;
use web_sys::{Element, HtmlElement};

use super::{LEFT, RIGHT};
use crate::plot::axis::Axis;
use crate::{dom, format};

/// Shows the line under a pointer at `client_x`, if that is within the recording of `seconds`, and what the window there
/// says: of one class, or else its most probable one.
pub fn show(client_x: f64, seconds: f64, windows: &[WindowPrediction], label: Option<&str>) {
    let place = dom::element::<Element>("plots").get_bounding_client_rect();
    let time = Axis { low: 0.0, high: seconds, start: LEFT, end: place.width() - RIGHT };
    let x = client_x - place.left();
    if seconds <= 0.0 || !(time.start..=time.end).contains(&x) {
        return hide();
    }
    let at = time.value(x);
    let mut text = format!("{at:.2} s");
    let window = windows.iter().rev().find(|window| (window.start_s..window.end_s).contains(&at));
    let said = window.and_then(|window| match label {
        Some(label) => window.probabilities.get_key_value(label),
        None => window.probabilities.iter().max_by(|a, b| a.1.total_cmp(b.1)),
    });
    if let Some((label, share)) = said {
        text.push_str(&format!(": {} {}", format::label(label), format::percent(*share)));
    }
    let cursor: HtmlElement = dom::element("cursor");
    let _ = cursor.style().set_property("left", &format!("{x:.1}px"));
    // The words stand where there is room for them.
    let _ = cursor.class_list().toggle_with_force("flipped", x > place.width() / 2.0);
    dom::set_text("cursor-text", &text);
    dom::show("cursor", true);
}

/// No line.
pub fn hide() {
    dom::show("cursor", false);
}
