//! What the browser's events mean for teaching: `data-learn` says what an element of the panel is for.

use std::rc::Rc;

use js_sys::{Math, Reflect};
use spectnet_learn::message::{Computer, Learns};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlInputElement, HtmlSelectElement};

use super::{given, target};
use crate::dom;
use crate::page::Page;
use crate::state::learn::{Event, Mode, Side};
use crate::state::{Event as PageEvent, State};

/// The panel is unfolded, or folded.
pub fn toggled(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    let open = target::<Element>(event)?.has_attribute("open");
    Some(PageEvent::Learn(Event::Unfolded(open)))
}

/// A press on the panel.
pub fn pressed(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    let (element, what) = touched(event)?;
    let meaning = match what.as_str() {
        "add-class" => Event::ClassAdded,
        "remove-class" => Event::ClassRemoved(number(&element, "data-class")?),
        "open-recording" => Event::OpenRecordingGiven,
        "record" => Event::RecordPressed,
        "example" => built_in()?,
        "remove" => Event::Removed(number(&element, "data-example")?),
        "start" => Event::Pressed,
        "stop" => Event::StopPressed,
        "undo" => Event::Undone,
        "save" => Event::SaveAsked,
        "use" => Event::Used,
        _ => return None,
    };
    Some(PageEvent::Learn(meaning))
}

/// Something was chosen in the panel.
pub fn changed(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    let (element, what) = touched(event)?;
    let value = || Some(element.dyn_ref::<HtmlSelectElement>()?.value());
    let input = || element.dyn_ref::<HtmlInputElement>();
    let meaning = match what.as_str() {
        "mode" => Event::ModePicked(if input()?.value() == "new" { Mode::New } else { Mode::Adapt }),
        "side" => Event::SidePicked(if input()?.value() == "before" { Side::Before } else { Side::After }),
        "into" => Event::IntoPicked(value()?.parse().ok()?),
        "class" => Event::ClassPicked { example: number(&element, "data-example")?, class: value()?.parse().ok() },
        "length" => Event::LengthPicked(value()?.parse().ok()?),
        "seconds" => Event::SecondsPicked(value()?.parse().ok()?),
        "compare" => Event::ComparePicked(input()?.checked()),
        "what" => Event::LearnsPicked(match value()?.as_str() {
            "filters" => Learns::Filters,
            "everything" => Learns::Everything,
            "calibration" => Learns::Calibration,
            _ => Learns::Head,
        }),
        "computer" => Event::ComputerPicked(match value()?.as_str() {
            "webgpu" => Computer::Webgpu,
            _ => Computer::Cpu,
        }),
        "files" => {
            let input = input()?;
            let files = given(input.files());
            // So that the same file can be chosen again.
            input.set_value("");
            Event::FilesGiven(files)
        }
        _ => return None,
    };
    Some(PageEvent::Learn(meaning))
}

/// Something is typed in the panel.
pub fn typed(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    let (element, what) = touched(event)?;
    let name = element.dyn_ref::<HtmlInputElement>().filter(|_| what == "name")?.value();
    Some(PageEvent::Learn(Event::ClassRenamed { class: number(&element, "data-class")?, name }))
}

/// Asks before the page is left while something would be lost.
pub fn guard(page: &Rc<Page>) {
    let page = page.clone();
    dom::listen(&dom::window(), "beforeunload", move |event: web_sys::Event| {
        if page.state().learn.would_lose() {
            event.prevent_default();
            // What browsers before 2024 look at; an event takes every field.
            let _ = Reflect::set(&event, &"returnValue".into(), &JsValue::TRUE);
        }
    });
}

/// The element of the panel that was touched, and what it is for.
fn touched(event: &web_sys::Event) -> Option<(Element, String)> {
    let element = event.target()?.dyn_into::<Element>().ok()?;
    let what = element.get_attribute("data-learn")?;
    Some((element, what))
}

fn number(element: &Element, attribute: &str) -> Option<u64> {
    element.get_attribute(attribute)?.parse().ok()
}

/// The example that is chosen among those that come with the page.
fn built_in() -> Option<Event> {
    let chosen = dom::element::<HtmlSelectElement>("learn-example").value();
    let (kind, index) = chosen.split_once(' ')?;
    let index = index.parse().ok()?;
    Some(match kind {
        "recorded" => Event::RecordedGiven(index),
        _ => Event::SynthesisedGiven { index, seed: (Math::random() * 1e6) as u64 },
    })
}
