//! All listeners of the page, in one table: which event of the browser means what.

mod axis;
mod bank;
mod learn;
mod microphone;
mod player;
mod sight;

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Function};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DragEvent, Element, EventTarget, File, FileList, HtmlInputElement, HtmlSelectElement, KeyboardEvent};

use crate::dom;
use crate::page::Page;
use crate::state::theme::{self, Theme};
use crate::state::{self, DeviceChoice, Event, GivenFile, Handle, State, control, offline, share, why};
use crate::view::{channels, many};

pub use sight::follow as follow_sight;

/// What an event of the browser means, by what the page knows; none where it means nothing.
type Meaning = fn(&web_sys::Event, &State) -> Option<Event>;

/// Element, event and meaning. Without an element it is the whole page.
const TABLE: &[(Option<&str>, &str, Meaning)] = &[
    (Some("audio-input"), "change", files_chosen),
    (Some("model-input"), "change", files_chosen),
    (None, "dragover", dragged_over),
    (None, "dragleave", dragged_out),
    (None, "drop", |_, _| Some(Event::Dragging(false))),
    // What is dropped or pasted, and folders in it: early.js has read it.
    (None, "spectnet-files", files_arrived),
    (None, "spectnet-left", files_left),
    (None, "keydown", escape_pressed),
    (Some("cancel"), "click", |_, _| Some(Event::Control(control::Event::Cancelled))),
    (Some("retry"), "click", |_, _| Some(Event::Control(control::Event::Retried))),
    (Some("device-select"), "change", device_chosen),
    (Some("model-select"), "change", model_chosen),
    (Some("recorded"), "click", recorded_pressed),
    (Some("examples"), "click", synthesised_pressed),
    (Some("whole"), "change", |event, _| Some(Event::WholePicked(target::<HtmlInputElement>(event)?.checked()))),
    (Some("channel"), "change", |_, _| Some(Event::ChannelPicked(channels::chosen()))),
    (Some("threshold"), "input", |event, _| Some(Event::ThresholdMoved(number(event)?))),
    (Some("threshold-usual"), "click", |_, _| Some(Event::ThresholdProposed)),
    (Some("prevalence"), "input", |event, _| Some(Event::PrevalenceTyped(number(event)?))),
    (Some("download"), "click", |_, _| Some(Event::SaveAsked)),
    (Some("explain"), "click", |_, _| Some(Event::Why(why::Event::Pressed))),
    (Some("why-filter"), "input", filter_chosen),
    (Some("many-input"), "change", files_chosen),
    (Some("many-folder"), "change", files_chosen),
    (Some("many"), "click", |event, _| many::pressed(event).map(Event::Many)),
    (Some("many-search"), "input", |event, _| many::searched(event).map(Event::Many)),
    (Some("many-narrow"), "change", |event, _| many::narrowed(event).map(Event::Many)),
    (Some("save-windows"), "click", |_, _| Some(Event::Share(share::Event::WindowsAsked))),
    (Some("save-png"), "click", |_, _| Some(Event::Share(share::Event::PictureAsked(share::Kind::Png)))),
    (Some("save-svg"), "click", |_, _| Some(Event::Share(share::Event::PictureAsked(share::Kind::Svg)))),
    (Some("copy-link"), "click", |_, _| Some(Event::Share(share::Event::LinkAsked))),
    (Some("copy-citation"), "click", |_, _| Some(Event::Share(share::Event::CitationAsked))),
    (Some("theme"), "change", theme_picked),
    (None, "spectnet-update", |_, _| Some(Event::Offline(offline::Event::NewVersion))),
    (Some("update-reload"), "click", |_, _| Some(Event::Offline(offline::Event::ReloadAsked))),
    (Some("plots"), "pointermove", axis::pointed),
    (Some("plots"), "pointerdown", axis::pointed),
    (Some("plots"), "pointerleave", axis::left),
    (Some("plots"), "pointercancel", |_, _| Some(Event::Pointed(None))),
    (None, "pointerdown", axis::pressed_elsewhere),
    (Some("filters"), "pointermove", bank::over_rows),
    (Some("filters"), "pointerdown", bank::down_on_rows),
    (Some("filters"), "lostpointercapture", bank::dropped),
    (Some("filters"), "focusin", bank::focused),
    (Some("filters"), "keydown", bank::key_pressed),
    (Some("bank-arrows"), "pointermove", bank::over_arrows),
    (Some("bank-arrows"), "pointerdown", bank::down_on_arrows),
    (Some("bank-arrows"), "lostpointercapture", bank::dropped),
    (Some("bank-progress"), "input", bank::way_moved),
    (Some("bank-play"), "click", bank::play_pressed),
    (Some("filter-previous"), "click", bank::previous_pressed),
    (Some("filter-next"), "click", bank::next_pressed),
    (Some("filter-centre"), "change", bank::centre_typed),
    (Some("filter-bandwidth"), "change", bank::bandwidth_typed),
    (Some("filter-centre"), "focusout", bank::field_left),
    (Some("filter-bandwidth"), "focusout", bank::field_left),
    (Some("filter-on"), "change", bank::switched),
    (Some("filters-reset"), "click", bank::reset_pressed),
    (Some("microphone-open"), "click", |_, _| Some(Event::Microphone(state::microphone::Event::Pressed))),
    (Some("microphone-close"), "click", |_, _| Some(Event::Microphone(state::microphone::Event::Pressed))),
    (Some("microphone-length"), "change", microphone::length),
    (Some("microphone-use"), "click", |_, _| Some(Event::Microphone(state::microphone::Event::Agreed))),
    (Some("microphone-stop"), "click", |_, _| Some(Event::Microphone(state::microphone::Event::Stopped))),
    (Some("plots"), "pointerdown", player::pressed),
    (Some("plots"), "pointermove", player::dragged),
    (Some("plots"), "pointerup", player::released),
    (Some("plots"), "pointercancel", player::abandoned),
    (Some("plots"), "pointerdown", axis::finger_down),
    (Some("plots"), "pointermove", axis::finger_moved),
    (Some("plots"), "pointerup", axis::finger_up),
    (Some("plots"), "pointercancel", axis::finger_up),
    (Some("plots"), "wheel", axis::wheel),
    (Some("plots"), "keydown", axis::key),
    (Some("axis-in"), "click", |_, _| Some(Event::Axis(axis::CLOSER))),
    (Some("axis-out"), "click", |_, _| Some(Event::Axis(axis::FARTHER))),
    (Some("axis-all"), "click", |_, _| Some(Event::Axis(state::axis::Event::AllAsked))),
    (Some("overview-strip"), "pointerdown", axis::grabbed),
    (Some("overview-strip"), "pointermove", axis::dragged),
    (Some("overview-strip"), "lostpointercapture", axis::dropped),
    (Some("overview-strip"), "wheel", axis::wheel),
    (Some("overview-from"), "keydown", axis::from_key),
    (Some("overview-to"), "keydown", axis::to_key),
    (Some("window-rows"), "click", axis::window_pressed),
    (Some("window-pages"), "click", axis::page_turned),
    (None, "keydown", player::space),
    (None, "click", player::part_asked),
    (Some("player-toggle"), "click", |_, _| Some(Event::Player(state::player::Event::Toggled))),
    (Some("player-position"), "input", player::sought),
    (Some("player-position"), "keydown", player::step),
    (Some("player-through"), "change", player::through),
    (Some("player-speed"), "change", player::speed),
    (Some("player-volume"), "input", player::volume),
    (Some("player-raised"), "change", player::raised),
    (Some("player-from"), "change", player::typed),
    (Some("player-to"), "change", player::typed),
    (Some("player-all"), "click", |_, _| Some(Event::Player(state::player::Event::SelectionCleared))),
    (Some("learn-fold"), "toggle", learn::toggled),
    (Some("learn"), "click", learn::pressed),
    (Some("learn"), "change", learn::changed),
    (Some("learn"), "input", learn::typed),
];

/// Listens to everything, as long as the page is open.
pub fn attach(page: &Rc<Page>) {
    for &(id, name, meaning) in TABLE {
        let target: EventTarget = match id {
            Some(id) => dom::element(id),
            None => dom::document().into(),
        };
        let page = page.clone();
        dom::listen(&target, name, move |event: web_sys::Event| {
            let event = meaning(&event, &page.state());
            if let Some(event) = event {
                page.send(event);
            }
        });
    }
    follow_layout(page);
    follow_printing(page);
    learn::guard(page);
}

/// Gives the page its look on paper while it is printed. Both events go to the window and nowhere else.
fn follow_printing(page: &Rc<Page>) {
    let began = page.clone();
    dom::listen(&dom::window(), "beforeprint", move |_: web_sys::Event| {
        // `2026-01-31T12:00:00.000Z`: the day is enough.
        let date: String = String::from(js_sys::Date::new_0().to_iso_string()).chars().take(10).collect();
        began.send(Event::Theme(theme::Event::PrintBegan(date)));
        // What is seen on paper is what is there now.
        began.draw_all();
    });
    let ended = page.clone();
    dom::listen(&dom::window(), "afterprint", move |_: web_sys::Event| {
        ended.send(Event::Theme(theme::Event::PrintEnded));
    });
}

/// Draws again when the width or the theme changes, once a frame at most.
fn follow_layout(page: &Rc<Page>) {
    let (page, waiting) = (page.clone(), Rc::new(Cell::new(false)));
    let redraw = {
        let waiting = waiting.clone();
        Closure::<dyn FnMut()>::new(move || {
            waiting.set(false);
            page.send(Event::LayoutChanged);
        })
    };
    let redraw: js_sys::Function = redraw.into_js_value().unchecked_into();
    let schedule = move |_: web_sys::Event| {
        if !waiting.replace(true) {
            let _ = dom::window().request_animation_frame(&redraw);
        }
    };
    dom::listen(&dom::window(), "resize", schedule.clone());
    if let Ok(Some(theme)) = dom::window().match_media("(prefers-color-scheme: dark)") {
        dom::listen(&theme, "change", schedule);
    }
}

fn files_chosen(event: &web_sys::Event, _: &State) -> Option<Event> {
    let input = target::<HtmlInputElement>(event)?;
    let files = given(input.files());
    // So that the same file can be chosen again.
    input.set_value("");
    Some(Event::FilesGiven(files))
}

/// Only files can be dropped: early.js lets the browser know.
fn dragged_over(event: &web_sys::Event, _: &State) -> Option<Event> {
    event.default_prevented().then_some(Event::Dragging(true))
}

/// Without a related target the pointer left the window, not only an element.
fn dragged_out(event: &web_sys::Event, _: &State) -> Option<Event> {
    event.dyn_ref::<DragEvent>()?.related_target().is_none().then_some(Event::Dragging(false))
}

fn files_arrived(event: &web_sys::Event, _: &State) -> Option<Event> {
    let files: Array = dom::property(event, "detail")?.dyn_into().ok()?;
    let files = files.into_iter().filter_map(|file| file.dyn_into::<File>().ok());
    Some(Event::FilesGiven(files.map(as_given).collect()))
}

fn files_left(event: &web_sys::Event, _: &State) -> Option<Event> {
    let most = dom::property(event, "detail")?.as_f64()?;
    Some(Event::Control(control::Event::FilesLeft(most as usize)))
}

/// Takes the files that were given before the program was there, and all that come from now on.
pub fn take_what_waits() {
    let start = dom::property(&dom::window(), "spectnet").and_then(|early| dom::property(&early, "start"));
    if let Some(start) = start.and_then(|start| start.dyn_into::<Function>().ok()) {
        // It hands over some files and throws nothing.
        drop(start.call0(&JsValue::UNDEFINED));
    }
}

/// Unless the key means something else where it was pressed.
fn escape_pressed(event: &web_sys::Event, state: &State) -> Option<Event> {
    let escape = event.dyn_ref::<KeyboardEvent>()?.key() == "Escape" && !event.default_prevented();
    if escape && state.can_stop() {
        return Some(Event::Control(control::Event::Cancelled));
    }
    // As the button that stops the learning: once more, and it ends at once.
    (escape && state.learn.is_learning()).then_some(Event::Learn(state::learn::Event::StopPressed))
}

fn device_chosen(event: &web_sys::Event, _: &State) -> Option<Event> {
    let choice = DeviceChoice::named(&target::<HtmlSelectElement>(event)?.value());
    Some(Event::Control(control::Event::DevicePicked(choice)))
}

fn model_chosen(event: &web_sys::Event, _: &State) -> Option<Event> {
    let index = target::<HtmlSelectElement>(event)?.selected_index();
    Some(Event::ModelPicked(usize::try_from(index).unwrap_or(0)))
}

fn theme_picked(event: &web_sys::Event, _: &State) -> Option<Event> {
    let theme = Theme::named(&target::<HtmlSelectElement>(event)?.value());
    Some(Event::Theme(theme::Event::Picked(theme)))
}

fn recorded_pressed(event: &web_sys::Event, _: &State) -> Option<Event> {
    Some(Event::RecordedPicked(place(event, "data-example")?))
}

fn synthesised_pressed(event: &web_sys::Event, _: &State) -> Option<Event> {
    let index = place(event, "data-example")?;
    Some(Event::SynthesisedPicked { index, seed: (js_sys::Math::random() * 1e6) as u64 })
}

fn filter_chosen(event: &web_sys::Event, _: &State) -> Option<Event> {
    target::<HtmlSelectElement>(event)?.value().parse().ok().map(Event::FilterSelected)
}

/// The element that listens.
fn target<T: JsCast>(event: &web_sys::Event) -> Option<T> {
    event.current_target()?.dyn_into().ok()
}

/// The number in a field; NaN where there is none.
fn number(event: &web_sys::Event) -> Option<f64> {
    Some(target::<HtmlInputElement>(event)?.value_as_number())
}

/// The number in an attribute of what was touched.
fn place(event: &web_sys::Event, attribute: &str) -> Option<usize> {
    event.target()?.dyn_into::<Element>().ok()?.get_attribute(attribute)?.parse().ok()
}

/// The name of a file; with its folders where a folder was chosen.
fn path(file: &File) -> String {
    let path = dom::property(file, "webkitRelativePath").and_then(|path| path.as_string());
    path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name())
}

/// Files as the state takes them.
fn given(files: Option<FileList>) -> Vec<GivenFile> {
    let files = files.into_iter().flat_map(|list| (0..list.length()).filter_map(move |place| list.item(place)));
    files.map(as_given).collect()
}

fn as_given(file: File) -> GivenFile {
    GivenFile { name: path(&file), handle: Handle::new(file) }
}
