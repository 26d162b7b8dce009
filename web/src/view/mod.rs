//! What is seen. Every function draws from plain data and keeps nothing, so it can be called again when the page gets
//! another width or the system another theme.

mod canvas;
pub mod channels;
pub mod cursor;
pub mod cycles;
pub mod filters;
pub mod image;
pub mod model_card;
pub mod status;
mod svg;
pub mod threshold;
pub mod verdict;
pub mod waveform;
pub mod windows;

/// Pixels left of every plot on the common time axis: room for labels.
const LEFT: f64 = 44.0;
/// Pixels right of every plot.
const RIGHT: f64 = 12.0;
/// Distance of ticks on a time or frequency axis in pixels, at least.
const TICK_SPACING: f64 = 64.0;
