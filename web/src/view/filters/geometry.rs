//! Where things lie in the plots of the bank, in CSS pixels.

use web_sys::Element;

use super::super::image;
use crate::dom;
use crate::plot::frequency::FrequencyAxis;
use crate::plot::response::Responses;
use crate::plot::rows::Rows;
use crate::plot::width_axis::WidthAxis;

/// Room left of all these plots, for labels.
pub const LEFT: f64 = 44.0;
/// Room right of them.
pub const RIGHT: f64 = 12.0;
/// Room above them.
pub const TOP: f64 = 6.0;
/// Room for the labels of the frequency axis.
pub const BOTTOM: f64 = 26.0;
/// Distance of the ticks of a frequency axis in pixels, at least.
pub const TICK_SPACING: f64 = 36.0;

/// The rows of a bank, as high as those of the log-energy image where there is room.
pub fn rows(responses: &Responses) -> Rows {
    let image_height = f64::from(dom::element::<Element>("image").client_height()) - image::BOTTOM;
    Rows::beside(responses.filters.len(), image_height)
}

/// The frequency axis of a plot of this width.
pub fn frequency(responses: &Responses, width: f64) -> FrequencyAxis {
    FrequencyAxis::new(responses.scale, LEFT, (width - RIGHT).max(LEFT + 1.0))
}

/// The axis of −3 dB widths of a plot of this height: as far as training went, and some more. It stays as it is while a
/// filter is dragged.
pub fn widths(responses: &Responses, height: f64) -> WidthAxis {
    let widths = responses.filters.iter().flat_map(|filter| filter.width_hz);
    WidthAxis::around(widths, height - BOTTOM, TOP)
}
