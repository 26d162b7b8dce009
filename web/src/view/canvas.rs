//! A canvas with sharp pixels and the colours of the page.

use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::time::END;
use crate::dom;
use crate::plot::axis::Axis;
use crate::plot::time;

/// A canvas in CSS pixels.
pub struct Canvas {
    /// The element.
    pub element: HtmlCanvasElement,
    /// Draws in CSS pixels.
    pub context: CanvasRenderingContext2d,
    /// Width in CSS pixels.
    pub width: f64,
    /// Height in CSS pixels.
    pub height: f64,
}

impl Canvas {
    /// The canvas with this id, empty, at its size in the page. None while it is not laid out.
    pub fn clear(id: &str) -> Option<Self> {
        let element: HtmlCanvasElement = dom::element(id);
        let (width, height) = (f64::from(element.client_width()), f64::from(element.client_height()));
        if width < 1.0 || height < 1.0 {
            return None;
        }
        let density = dom::window().device_pixel_ratio().clamp(1.0, 3.0);
        element.set_width((width * density).round() as u32);
        element.set_height((height * density).round() as u32);
        let context = element.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
        let _ = context.scale(density, density);
        context.set_font("12px system-ui, sans-serif");
        Some(Self { element, context, width, height })
    }

    /// Sets the colour of what is filled next, by a custom property of the style sheet.
    pub fn fill(&self, property: &str) {
        self.context.set_fill_style_str(&colour(property));
    }

    /// Writes a text; `align` is one of the canvas's words.
    pub fn text(&self, text: &str, x: f64, y: f64, align: &str) {
        self.context.set_text_align(align);
        self.context.set_text_baseline("middle");
        let _ = self.context.fill_text(text, x, y);
    }

    /// A time axis below the plot, labels centred under their ticks; the axis is in seconds.
    pub fn time_axis(&self, axis: &Axis, y: f64) {
        self.fill("--muted");
        let (ticks, form) = time::ticks(axis);
        for (seconds, label) in &ticks {
            let x = axis.pixel(*seconds);
            self.context.fill_rect(x.round(), y, 1.0, 4.0);
            // The last label may not leave the canvas.
            let align = if x > self.width - END { "right" } else { "center" };
            self.text(label, if align == "right" { self.width } else { x }, y + 13.0, align);
        }
        self.text(form.unit(), 0.0, y + 13.0, "left");
    }
}

/// Value of a custom property, in the theme of the moment.
pub fn colour(property: &str) -> String {
    let root = dom::document().document_element();
    let style = root.and_then(|root| dom::window().get_computed_style(&root).ok().flatten());
    style.and_then(|style| style.get_property_value(property).ok()).unwrap_or_default().trim().to_string()
}
