//! What all drawings share.

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, SVGBackend};

use crate::error::{Error, Result};

/// What is drawn on.
pub type Drawing<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// How drawing ends.
pub type Drawn = std::result::Result<(), Box<dyn std::error::Error>>;

/// The SVG that `draw` writes.
///
/// # Errors
/// A drawing that fails.
pub fn svg(draw: impl FnOnce(&mut String) -> Drawn) -> Result<String> {
    let mut svg = String::new();
    draw(&mut svg).map_err(|error| Error::input(format!("the plot cannot be drawn: {error}")))?;
    Ok(svg)
}
