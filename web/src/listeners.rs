//! All listeners of the page, in one table: which event of the browser means what.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{
    DragEvent, Element, EventTarget, File, FileList, HtmlInputElement, HtmlSelectElement, KeyboardEvent, MouseEvent,
};

use crate::dom;
use crate::page::Page;
use crate::state::theme::{self, Theme};
use crate::state::{Event, GivenFile, Handle, Move, State, offline, share};
use crate::view::{channels, filters};

/// What an event of the browser means, by what the page knows; none where it means nothing.
type Meaning = fn(&web_sys::Event, &State) -> Option<Event>;

/// Element, event and meaning. Without an element it is the whole page.
const TABLE: &[(Option<&str>, &str, Meaning)] = &[
    (Some("audio-input"), "change", files_chosen),
    (Some("model-input"), "change", files_chosen),
    (None, "dragover", dragged_over),
    (None, "dragleave", dragged_out),
    (None, "drop", dropped),
    (Some("model-select"), "change", model_chosen),
    (Some("recorded"), "click", recorded_pressed),
    (Some("examples"), "click", synthesised_pressed),
    (Some("whole"), "change", |event, _| Some(Event::WholePicked(target::<HtmlInputElement>(event)?.checked()))),
    (Some("channel"), "change", |_, _| Some(Event::ChannelPicked(channels::chosen()))),
    (Some("threshold"), "input", |event, _| Some(Event::ThresholdMoved(number(event)?))),
    (Some("threshold-usual"), "click", |_, _| Some(Event::ThresholdProposed)),
    (Some("prevalence"), "input", |event, _| Some(Event::PrevalenceTyped(number(event)?))),
    (Some("download"), "click", |_, _| Some(Event::SaveAsked)),
    (Some("save-windows"), "click", |_, _| Some(Event::Share(share::Event::WindowsAsked))),
    (Some("save-png"), "click", |_, _| Some(Event::Share(share::Event::PictureAsked(share::Kind::Png)))),
    (Some("save-svg"), "click", |_, _| Some(Event::Share(share::Event::PictureAsked(share::Kind::Svg)))),
    (Some("copy-link"), "click", |_, _| Some(Event::Share(share::Event::LinkAsked))),
    (Some("copy-citation"), "click", |_, _| Some(Event::Share(share::Event::CitationAsked))),
    (Some("theme"), "change", theme_picked),
    (None, "spectnet-update", |_, _| Some(Event::Offline(offline::Event::NewVersion))),
    (Some("update-reload"), "click", |_, _| Some(Event::Offline(offline::Event::ReloadAsked))),
    (Some("plots"), "pointermove", |event, _| {
        Some(Event::Pointed(Some(f64::from(event.dyn_ref::<MouseEvent>()?.client_x()))))
    }),
    (Some("plots"), "pointerleave", |_, _| Some(Event::Pointed(None))),
    (Some("filters"), "pointermove", filter_pointed_at),
    (Some("filters"), "focusin", filter_focused),
    (Some("filters"), "keydown", key_pressed),
];

/// Listens to everything, as long as the page is open.
pub fn attach(page: &Rc<Page>) {
    for &(id, name, meaning) in TABLE {
        let target: EventTarget = match id {
            Some(id) => dom::element(id),
            None => dom::document().body().expect("the page has a body").into(),
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
}

/// Gives the page its look on paper while it is printed. Both events go to the window and nowhere else.
fn follow_printing(page: &Rc<Page>) {
    let began = page.clone();
    dom::listen(&dom::window(), "beforeprint", move |_: web_sys::Event| {
        // `2026-01-31T12:00:00.000Z`: the day is enough.
        let date: String = String::from(js_sys::Date::new_0().to_iso_string()).chars().take(10).collect();
        began.send(Event::Theme(theme::Event::PrintBegan(date)));
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

fn dragged_over(event: &web_sys::Event, _: &State) -> Option<Event> {
    event.prevent_default();
    Some(Event::Dragging(true))
}

/// Without a related target the pointer left the window, not only an element.
fn dragged_out(event: &web_sys::Event, _: &State) -> Option<Event> {
    event.dyn_ref::<DragEvent>()?.related_target().is_none().then_some(Event::Dragging(false))
}

fn dropped(event: &web_sys::Event, _: &State) -> Option<Event> {
    event.prevent_default();
    let data = event.dyn_ref::<DragEvent>().and_then(|event| event.data_transfer());
    Some(Event::FilesGiven(given(data.and_then(|data| data.files()))))
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

fn filter_pointed_at(event: &web_sys::Event, state: &State) -> Option<Event> {
    let (pointer, model) = (event.dyn_ref::<MouseEvent>()?, state.model.as_ref()?);
    let (x, y) = (f64::from(pointer.client_x()), f64::from(pointer.client_y()));
    filters::at(&model.responses, x, y).map(Event::FilterSelected)
}

fn filter_focused(event: &web_sys::Event, _: &State) -> Option<Event> {
    place(event, "data-filter").map(Event::FilterSelected)
}

fn key_pressed(event: &web_sys::Event, _: &State) -> Option<Event> {
    let to = match event.dyn_ref::<KeyboardEvent>()?.key().as_str() {
        "ArrowRight" | "ArrowUp" => Move::Next,
        "ArrowLeft" | "ArrowDown" => Move::Previous,
        "Home" => Move::First,
        "End" => Move::Last,
        _ => return None,
    };
    event.prevent_default();
    Some(Event::FilterMoved(to))
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

/// Files as the state takes them.
fn given(files: Option<FileList>) -> Vec<GivenFile> {
    let files = files.into_iter().flat_map(|list| (0..list.length()).filter_map(move |place| list.item(place)));
    files.map(|file: File| GivenFile { name: file.name(), handle: Handle::new(file) }).collect()
}
