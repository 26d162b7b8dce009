//! The card of the model in use, as it was written for people.

use web_sys::Element;

use crate::dom;
use crate::markdown::{self, Block, Span};
use crate::state::State;

/// The title of the page is the first level and the panel's the second: those of the card come below.
const LEVELS_ABOVE: usize = 2;
/// The lowest level of a heading.
const LOWEST: usize = 6;

/// Shows that there is a card; without one there is nothing to unfold.
pub fn draw_shown(state: &State) {
    dom::show("card-details", state.share.card.is_some());
}

/// Writes the card.
pub fn draw(state: &State) {
    let panel: Element = dom::element("card");
    panel.replace_children_with_node_0();
    let Some(card) = &state.share.card else { return };
    for block in markdown::blocks(&spectnet_core::text::plain_lines(&card.text)) {
        add(&panel, &block);
    }
    let source = dom::append(&dom::append(&panel, "p", "", ""), "a", "", "The card as a file");
    dom::set(&source, "href", &card.address);
}

fn add(panel: &Element, block: &Block) {
    match block {
        Block::Heading(level, words) => {
            let tag = format!("h{}", (level + LEVELS_ABOVE).min(LOWEST));
            write(&dom::append(panel, &tag, "", ""), words);
        }
        Block::Paragraph(words) => write(&dom::append(panel, "p", "", ""), words),
        Block::List(items) => {
            let list = dom::append(panel, "ul", "", "");
            items.iter().for_each(|words| write(&dom::append(&list, "li", "", ""), words));
        }
        Block::Table(rows) => table(panel, rows),
        Block::Code(lines) => drop(dom::append(&scrolling(panel, "Commands"), "pre", "", lines)),
    }
}

fn table(panel: &Element, rows: &[Vec<Vec<Span>>]) {
    let table = dom::append(&scrolling(panel, "Table"), "table", "", "");
    for (number, cells) in rows.iter().enumerate() {
        let row = dom::append(&table, "tr", "", "");
        for cell in cells {
            // The corner of a table with names on two sides is the title of nothing.
            let tag = if number == 0 && !cell.is_empty() { "th" } else { "td" };
            write(&dom::append(&row, tag, "", ""), cell);
        }
    }
}

/// A place for what may be wider than the page; the keyboard reaches it, so that it can be scrolled.
fn scrolling(panel: &Element, name: &str) -> Element {
    let place = dom::append(panel, "div", "scroll", "");
    for (attribute, value) in [("tabindex", "0"), ("role", "group"), ("aria-label", name)] {
        dom::set(&place, attribute, value);
    }
    place
}

fn write(parent: &Element, words: &[Span]) {
    for span in words {
        match span {
            Span::Text(text) => drop(dom::append(parent, "span", "", text)),
            Span::Strong(text) => drop(dom::append(parent, "strong", "", text)),
            Span::Code(text) => drop(dom::append(parent, "code", "", text)),
            Span::Link { text, address } if address.starts_with("https://") => {
                let link = dom::append(parent, "a", "", text);
                dom::set(&link, "href", address);
                dom::set(&link, "rel", "noopener noreferrer");
            }
            // A file of the project, which does not come with the page.
            Span::Link { text, .. } => drop(dom::append(parent, "span", "", text)),
        }
    }
}
