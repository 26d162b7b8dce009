//! What is done with the list: `data-many` says what a button of it means.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement};

use crate::state::many::{Column, Event, Narrow};

/// What a press on the list means.
pub fn pressed(event: &web_sys::Event) -> Option<Event> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let number = |name: &str| target.get_attribute(name)?.parse::<u64>().ok();
    Some(match target.get_attribute("data-many")?.as_str() {
        "open" => Event::Opened(number("data-row")?),
        "remove" => Event::Removed(number("data-row")?),
        "sort" => {
            let name = target.get_attribute("data-column")?;
            Event::Sorted(Column::ALL.into_iter().find(|column| column.name() == name)?)
        }
        "turn" => Event::Turned(usize::try_from(number("data-page")?).ok()?),
        "stop" => Event::Stopped,
        "go" => Event::WentOn,
        "again" => Event::AllAgain,
        "save" => Event::TableAsked,
        "clear" => Event::Cleared,
        "threshold" => Event::ThresholdTaken,
        _ => return None,
    })
}

/// What is typed into the field for names.
pub fn searched(event: &web_sys::Event) -> Option<Event> {
    let field = event.current_target()?.dyn_into::<HtmlInputElement>().ok()?;
    Some(Event::Searched(field.value()))
}

/// Which results were chosen to be shown.
pub fn narrowed(event: &web_sys::Event) -> Option<Event> {
    let select = event.current_target()?.dyn_into::<HtmlSelectElement>().ok()?;
    Some(Event::Narrowed(Narrow::of_value(&select.value())))
}
