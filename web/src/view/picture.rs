//! What is seen as one drawing: the result above the plots over time. Canvases become images in it, drawings keep their
//! lines, with the colours that the style sheet gives them here.

use wasm_bindgen::JsCast;
use web_sys::{CssStyleDeclaration, Element, HtmlCanvasElement, NodeList};

use super::{canvas, svg};
use crate::{dom, export};

/// Pixels around everything.
const MARGIN: f64 = 24.0;
/// Size of the letters of the result, of all else, and the distance of their lines.
const TITLE: f64 = 20.0;
const LETTER: f64 = 13.0;
const LINE: f64 = 19.0;
/// Width of an average letter as a part of its size: lines are cut by it.
const LETTER_WIDTH: f64 = 0.56;
/// Pixels between two plots, and between the title of a plot and the plot.
const GAP: f64 = 16.0;
const BELOW_CAPTION: f64 = 8.0;
/// The letters of the page.
const FONT: &str = "system-ui, sans-serif";
/// What the style sheet says of drawings.
const PROPERTIES: [&str; 14] = [
    "display",
    "fill",
    "fill-opacity",
    "font-family",
    "font-size",
    "font-weight",
    "opacity",
    "paint-order",
    "stroke",
    "stroke-dasharray",
    "stroke-linejoin",
    "stroke-opacity",
    "stroke-width",
    "text-anchor",
];

/// A drawing with its size in pixels.
pub struct Picture {
    /// The drawing.
    pub svg: Element,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// Draws the lines of a heading, the first of which is the result, and all plots over time that are seen below each
/// other. None while nothing is laid out.
pub fn compose(heading: &[String]) -> Option<Picture> {
    let plots: Element = dom::element("plots");
    let inner = plots.get_bounding_client_rect().width();
    if inner < 1.0 {
        return None;
    }
    let picture = svg::root()?;
    let ground = svg::append(&picture, "rect", &[("fill", &canvas::colour("--surface"))]);
    let mut y = MARGIN;
    for (place, text) in heading.iter().enumerate() {
        let (size, line) = if place == 0 { (TITLE, TITLE * 1.3) } else { (LETTER, LINE) };
        for line_of_text in export::wrapped(text, (inner / (size * LETTER_WIDTH)) as usize) {
            write(&picture, y + size, size, &line_of_text);
            y += line;
        }
    }
    for figure in elements(plots.query_selector_all("figure:not([hidden])").ok()?) {
        y = add(&picture, &figure, y + GAP);
    }
    let (width, height) = (inner + 2.0 * MARGIN, y + MARGIN);
    let [w, h] = [width, height].map(|side| format!("{side:.0}"));
    for (name, value) in [("width", w.as_str()), ("height", h.as_str())] {
        dom::set(&ground, name, value);
        dom::set(&picture, name, value);
    }
    dom::set(&picture, "viewBox", &format!("0 0 {w} {h}"));
    Some(Picture { svg: picture, width, height })
}

/// Adds a plot with its title from `y` on; where it ends.
fn add(picture: &Element, figure: &Element, mut y: f64) -> f64 {
    let drawn = figure.query_selector_all(":scope > canvas, :scope > svg, :scope > .framed > canvas");
    let Ok(graphics) = drawn else { return y };
    let graphics: Vec<Element> = elements(graphics).into_iter().filter(|graphic| size(graphic)[1] >= 1.0).collect();
    if graphics.is_empty() {
        return y;
    }
    let caption = figure.query_selector("figcaption").ok().flatten();
    let caption = caption.map(|caption| caption.first_element_child().unwrap_or(caption));
    if let Some(text) = caption.and_then(|caption| caption.text_content()) {
        write(picture, y + LETTER, LETTER, text.trim());
        y += LETTER + BELOW_CAPTION;
    }
    for graphic in graphics {
        let [width, height] = size(&graphic);
        let [w, h, top] = [width, height, y].map(|value| format!("{value:.1}"));
        let left = MARGIN.to_string();
        let place: [(&str, &str); 4] = [("x", &left), ("y", &top), ("width", &w), ("height", &h)];
        match graphic.dyn_ref::<HtmlCanvasElement>() {
            Some(drawn) => {
                let image = svg::append(picture, "image", &place);
                dom::set(&image, "preserveAspectRatio", "none");
                // A canvas of the page's own drawings can always be read.
                dom::set(&image, "href", &drawn.to_data_url().unwrap_or_default());
            }
            None => copy(picture, &graphic, &place),
        }
        y += height;
    }
    y
}

/// Adds a copy of a drawing that needs no style sheet.
fn copy(picture: &Element, drawing: &Element, place: &[(&str, &str)]) {
    let Some(copy) = drawing.clone_node_with_deep(true).ok().and_then(|copy| copy.dyn_into::<Element>().ok()) else {
        return;
    };
    let (Ok(from), Ok(to)) = (drawing.query_selector_all("*"), copy.query_selector_all("*")) else { return };
    for (from, to) in elements(from).iter().zip(elements(to)) {
        let Some(style) = style(from) else { continue };
        for property in PROPERTIES {
            let value = style.get_property_value(property).unwrap_or_default();
            dom::set(&to, property, &export::plain_colour(&value));
        }
        let _ = to.remove_attribute("class");
    }
    for name in ["class", "id", "role", "aria-label"] {
        let _ = copy.remove_attribute(name);
    }
    for (name, value) in place {
        dom::set(&copy, name, value);
    }
    let _ = picture.append_child(&copy);
}

fn write(picture: &Element, y: f64, size: f64, text: &str) {
    let weight = if size > LETTER { "700" } else { "400" };
    let element = svg::text(picture, "", MARGIN, y, text);
    let (size, ink) = (size.to_string(), canvas::colour("--ink"));
    let look: [(&str, &str); 4] =
        [("font-size", &size), ("font-weight", weight), ("font-family", FONT), ("fill", &ink)];
    for (name, value) in look {
        dom::set(&element, name, value);
    }
    let _ = element.remove_attribute("class");
}

/// Width and height in the page.
fn size(element: &Element) -> [f64; 2] {
    let place = element.get_bounding_client_rect();
    [place.width(), place.height()]
}

fn style(element: &Element) -> Option<CssStyleDeclaration> {
    dom::window().get_computed_style(element).ok().flatten()
}

fn elements(list: NodeList) -> Vec<Element> {
    (0..list.length()).filter_map(|place| list.item(place)?.dyn_into().ok()).collect()
}
