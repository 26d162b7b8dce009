//! Building SVG element by element: names from model files are text, never markup.

use web_sys::Element;

use crate::dom;

const NAMESPACE: &str = "http://www.w3.org/2000/svg";

/// A drawing that stands in no page.
pub fn root() -> Option<Element> {
    dom::document().create_element_ns(Some(NAMESPACE), "svg").ok()
}

/// Appends an element with its attributes.
pub fn append(parent: &Element, tag: &str, attributes: &[(&str, &str)]) -> Element {
    let element = dom::document().create_element_ns(Some(NAMESPACE), tag).expect("a valid tag");
    for (name, value) in attributes {
        dom::set(&element, name, value);
    }
    let _ = parent.append_child(&element);
    element
}

/// Appends a text at a place, with a class.
pub fn text(parent: &Element, class: &str, x: f64, y: f64, text: &str) -> Element {
    let (x, y) = (format!("{x:.1}"), format!("{y:.1}"));
    let element = append(parent, "text", &[("class", class), ("x", &x), ("y", &y)]);
    element.set_text_content(Some(text));
    element
}

/// The text that appears where the pointer rests on an element.
pub fn title(element: &Element, text: &str) {
    append(element, "title", &[]).set_text_content(Some(text));
}

/// Appends a straight line.
pub fn line(parent: &Element, class: &str, [x1, y1, x2, y2]: [f64; 4]) {
    let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(|value| format!("{value:.1}"));
    append(parent, "line", &[("class", class), ("x1", &x1), ("y1", &y1), ("x2", &x2), ("y2", &y2)]);
}

/// Appends a rectangle with rounded corners at `[x, y, width, height]`.
pub fn rectangle(parent: &Element, class: &str, place: [f64; 4]) -> Element {
    let [x, y, width, height] = place.map(|value| format!("{value:.1}"));
    append(
        parent,
        "rect",
        &[("class", class), ("x", &x), ("y", &y), ("width", &width), ("height", &height), ("rx", "1.5")],
    )
}

/// Appends a circle about `[x, y]`.
pub fn circle(parent: &Element, class: &str, centre: [f64; 2], radius: f64) -> Element {
    let [x, y, radius] = [centre[0], centre[1], radius].map(|value| format!("{value:.1}"));
    append(parent, "circle", &[("class", class), ("cx", &x), ("cy", &y), ("r", &radius)])
}

/// Empties an SVG and gives it a coordinate system of CSS pixels; its width and height in them. None while it is not
/// laid out.
pub fn clear(svg: &Element) -> Option<(f64, f64)> {
    // Its size comes first: behind a change the browser would have to lay everything out to know it.
    let size = svg.get_bounding_client_rect();
    let (width, height) = (size.width(), size.height());
    let laid_out = width >= 1.0 && height >= 1.0;
    if laid_out {
        open(svg, width, height);
    } else {
        svg.replace_children_with_node_0();
    }
    laid_out.then_some((width, height))
}

/// The same with the height that it is given; its width.
pub fn clear_at(svg: &Element, height: f64) -> Option<f64> {
    let width = svg.get_bounding_client_rect().width();
    dom::set(svg, "height", &format!("{height}"));
    open(svg, width, height);
    (width >= 1.0).then_some(width)
}

fn open(svg: &Element, width: f64, height: f64) {
    svg.replace_children_with_node_0();
    dom::set(svg, "viewBox", &format!("0 0 {width:.1} {height:.1}"));
}

/// Path through points.
pub fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (x, y) in points {
        path.push(if path.is_empty() { 'M' } else { 'L' });
        path.push_str(&format!("{x:.1} {y:.1}"));
    }
    path
}
