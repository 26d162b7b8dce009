//! A frame around the row of the selected filter in the log-energy image.

use web_sys::{Element, HtmlElement};

use crate::dom;
use crate::state::State;
use crate::view::{LEFT, RIGHT, image};

/// Puts the frame around the row, where an image is seen.
pub fn draw(state: &State) {
    let order = state.model.as_ref().map(|model| model.responses.order()).unwrap_or_default();
    let row = order.iter().position(|&filter| filter == state.selected).filter(|_| image::is_there(state));
    let canvas: Element = dom::element("image");
    let (width, height) = (f64::from(canvas.client_width()), f64::from(canvas.client_height()) - image::BOTTOM);
    dom::show("image-row", row.is_some());
    let Some(row) = row else { return };
    let row_height = height / order.len() as f64;
    let frame: HtmlElement = dom::element("image-row");
    let place = [
        ("left", LEFT),
        ("width", (width - LEFT - RIGHT).max(0.0)),
        ("top", height - (row + 1) as f64 * row_height),
        ("height", row_height),
    ];
    for (property, pixels) in place {
        let _ = frame.style().set_property(property, &format!("{pixels:.2}px"));
    }
}
