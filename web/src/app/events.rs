//! Listeners of the page: files, menus, keys, sizes. One place owns them all.

use std::cell::Cell;
use std::panic::PanicHookInfo;
use std::rc::Rc;

use spectnet_core::model::ModelConfig;
use spectnet_core::prediction::decision::OperatingPoint;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, DragEvent, Element, Event, EventTarget, FileList, HtmlAnchorElement, HtmlElement, HtmlInputElement,
    HtmlSelectElement, KeyboardEvent, MouseEvent, Url,
};

use super::App;
use crate::model_source::Source;
use crate::view::{channels, cursor, filters, status};
use crate::{dom, example, menu};

/// Listens to everything, as long as the page lives.
pub fn listen(app: &Rc<App>) {
    for id in ["audio-input", "model-input"] {
        let (app, input) = (app.clone(), dom::element::<HtmlInputElement>(id));
        let files = input.clone();
        dom::listen(&input, "change", move |_: Event| {
            take(&app, files.files());
            // So that the same file can be chosen again.
            files.set_value("");
        });
    }
    let (select, app_) = (dom::element::<HtmlSelectElement>("model-select"), app.clone());
    let chosen = select.clone();
    dom::listen(&select, "change", move |_: Event| {
        app_.use_model(usize::try_from(chosen.selected_index()).unwrap_or(0))
    });
    let (whole, app_) = (dom::element::<HtmlInputElement>("whole"), app.clone());
    let choice = whole.clone();
    dom::listen(&whole, "change", move |_: Event| app_.judge_whole(choice.checked()));
    let app_ = app.clone();
    dom::listen(&dom::element::<Element>("channel"), "change", move |_: Event| {
        app_.judge_channel(channels::chosen());
    });
    let (threshold, app_) = (dom::element::<HtmlInputElement>("threshold"), app.clone());
    let slider = threshold.clone();
    dom::listen(&threshold, "input", move |_: Event| {
        app_.draw_the_line_at(OperatingPoint::Threshold(slider.value_as_number().clamp(0.0, 1.0)));
    });
    let (usual, app_) = (dom::element::<EventTarget>("threshold-usual"), app.clone());
    dom::listen(&usual, "click", move |_: Event| app_.draw_the_line_at(OperatingPoint::Usual));
    let (prevalence, app_) = (dom::element::<HtmlInputElement>("prevalence"), app.clone());
    let field = prevalence.clone();
    dom::listen(&prevalence, "input", move |_: Event| app_.judge_among(field.value_as_number()));
    let (download, app_) = (dom::element::<EventTarget>("download"), app.clone());
    dom::listen(&download, "click", move |_: Event| save(&app_));
    listen_to_drops(app);
    listen_to_plots(app);
    listen_to_filters(app);
    listen_to_layout(app);
}

/// Takes recordings and models, whichever way they came; of several the first of each kind.
fn take(app: &Rc<App>, files: Option<FileList>) {
    let files: Vec<_> = files.iter().flat_map(|list| (0..list.length()).filter_map(|i| list.item(i))).collect();
    let (models, recordings): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| menu::is_model(&file.name()));
    if let Some(model) = models.into_iter().next() {
        app.sources.borrow_mut().push(Source::file(model));
        fill_menu(app);
        app.use_model(app.sources.borrow().len() - 1);
    }
    if let Some(recording) = recordings.into_iter().next() {
        app.use_file(recording);
    }
}

/// The whole page takes drops.
fn listen_to_drops(app: &Rc<App>) {
    let body: HtmlElement = dom::document().body().expect("the page has a body");
    let mark = |over: bool| {
        if let Some(body) = dom::document().body() {
            let _ = body.class_list().toggle_with_force("dropping", over);
        }
    };
    dom::listen(&body, "dragover", move |event: DragEvent| {
        event.prevent_default();
        mark(true);
    });
    dom::listen(&body, "dragleave", move |event: DragEvent| {
        // Without a related target the pointer left the window, not only an element.
        if event.related_target().is_none() {
            mark(false);
        }
    });
    let app = app.clone();
    dom::listen(&body, "drop", move |event: DragEvent| {
        event.prevent_default();
        mark(false);
        take(&app, event.data_transfer().and_then(|data| data.files()));
    });
}

/// Pointer over the plots over time.
fn listen_to_plots(app: &Rc<App>) {
    let (plots, app) = (dom::element::<Element>("plots"), app.clone());
    dom::listen(&plots, "pointermove", move |event: MouseEvent| {
        app.shown.borrow().point_at(f64::from(event.client_x()))
    });
    dom::listen(&plots, "pointerleave", |_: Event| cursor::hide());
}

/// Pointer and keys over the filterbank.
fn listen_to_filters(app: &Rc<App>) {
    let svg: Element = dom::element("filters");
    let app_ = app.clone();
    dom::listen(&svg, "pointermove", move |event: MouseEvent| {
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        let nearest = app_.shown.borrow().responses.as_ref().and_then(|responses| filters::at(responses, x, y));
        select_filter(&app_, nearest, false);
    });
    let app_ = app.clone();
    dom::listen(&svg, "focusin", move |event: Event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let index = target.and_then(|target| target.get_attribute("data-filter")).and_then(|text| text.parse().ok());
        select_filter(&app_, index, false);
    });
    let app = app.clone();
    dom::listen(&svg, "keydown", move |event: KeyboardEvent| {
        let count = app.shown.borrow().responses.as_ref().map_or(0, |responses| responses.filters.len());
        let (now, last) = (app.shown.borrow().selected, count.saturating_sub(1));
        let next = match event.key().as_str() {
            "ArrowRight" | "ArrowUp" => (now + 1).min(last),
            "ArrowLeft" | "ArrowDown" => now.saturating_sub(1),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        select_filter(&app, Some(next), true);
    });
}

fn select_filter(app: &App, index: Option<usize>, focus: bool) {
    let Some(index) = index.filter(|&index| index != app.shown.borrow().selected) else { return };
    app.shown.borrow_mut().selected = index;
    // Moving the focus comes back here through `focusin`: nothing may be borrowed mutably meanwhile.
    let shown = app.shown.borrow();
    if let Some(responses) = &shown.responses {
        filters::select(responses, index, focus);
    }
}

/// Draws again when the width or the theme changes, once a frame at most.
fn listen_to_layout(app: &Rc<App>) {
    let waiting = Rc::new(Cell::new(false));
    let app = app.clone();
    let redraw = {
        let waiting = waiting.clone();
        Closure::<dyn FnMut()>::new(move || {
            waiting.set(false);
            app.shown.borrow().draw();
        })
    };
    let redraw: js_sys::Function = redraw.into_js_value().unchecked_into();
    let schedule = move |_: Event| {
        if !waiting.replace(true) {
            let _ = dom::window().request_animation_frame(&redraw);
        }
    };
    dom::listen(&dom::window(), "resize", schedule.clone());
    if let Ok(Some(theme)) = dom::window().match_media("(prefers-color-scheme: dark)") {
        dom::listen(&theme, "change", schedule);
    }
}

/// Writes the menu of models.
pub fn fill_menu(app: &App) {
    let select: Element = dom::element("model-select");
    let chosen = select.unchecked_ref::<HtmlSelectElement>().selected_index();
    select.replace_children_with_node_0();
    for source in app.sources.borrow().iter() {
        dom::append(&select, "option", "", &source.name);
    }
    choose_in_menu(usize::try_from(chosen).unwrap_or(0));
}

/// Marks a model in the menu.
pub fn choose_in_menu(index: usize) {
    dom::element::<HtmlSelectElement>("model-select").set_selected_index(index as i32);
}

/// Offers the examples that suit a model.
pub fn show_examples(app: &Rc<App>, config: &ModelConfig) {
    let (recorded, synthesised) = (example::recorded(config), example::synthesised(config));
    dom::show("recorded-choice", !recorded.is_empty());
    dom::show("examples-choice", !synthesised.is_empty());
    let [recordings, sounds]: [Element; 2] = ["recorded", "examples"].map(dom::element);
    recordings.replace_children_with_node_0();
    sounds.replace_children_with_node_0();
    for example in recorded {
        let app = app.clone();
        offer(&recordings, example.name, move || app.use_recorded(example));
    }
    for example in synthesised {
        let app = app.clone();
        offer(&sounds, example.name(), move || app.use_synthesised(example));
    }
}

/// A button that uses an example.
fn offer(list: &Element, name: &str, take: impl Fn() + 'static) {
    let button = dom::append(list, "button", "example", name);
    dom::set(&button, "type", "button");
    dom::listen(&button, "click", move |_: Event| take());
}

/// Downloads the result as JSON.
fn save(app: &App) {
    let shown = app.shown.borrow();
    let Some(outcome) = &shown.outcome else { return };
    let download = || -> Result<(), JsValue> {
        let blob = Blob::new_with_str_sequence(&js_sys::Array::of1(&outcome.json().into()).unchecked_into())?;
        let address = Url::create_object_url_with_blob(&blob)?;
        let link: HtmlAnchorElement = dom::document().create_element("a")?.unchecked_into();
        link.set_href(&address);
        link.set_download(&outcome.file_name());
        link.click();
        Url::revoke_object_url(&address)
    };
    if let Err(error) = download() {
        status::fail("The result could not be saved", &crate::failure::message(&error));
    }
}

/// A panic is a mistake in the page; nothing works any more afterwards.
pub fn panicked(info: &PanicHookInfo) {
    let what = info.payload_as_str().unwrap_or("unknown");
    let why = format!("{what}. Reload the page; with ?backend=cpu in its address it runs without the graphics device");
    status::fail("The page stopped: this is a mistake in it, or in the graphics driver", &why);
}
