//! What all drawings share.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

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

/// Draws a text at a place, which is where `pos` of it comes to lie.
///
/// # Errors
/// A drawing that fails.
pub fn text(root: &Drawing, text: &str, at: (i32, i32), size: i32, colour: &RGBColor, pos: (HPos, VPos)) -> Drawn {
    let style = ("sans-serif", size).into_font().color(colour).pos(Pos::new(pos.0, pos.1));
    Ok(root.draw(&Text::new(text, at, style))?)
}
