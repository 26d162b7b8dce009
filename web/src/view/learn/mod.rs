//! Teaching a model: what is taught, how, and what came of it. Nothing is drawn while the panel is folded.

mod classes;
mod course;
mod examples;

use spectnet_learn::message::{Computer, Learns};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement};

use super::{Panels, address, model};
use crate::dom;
use crate::state::State;
use crate::state::learn::{Mode, Settings, Side, Stage};

/// Buttons that go when they have done their work; then the focus goes to that which begins it.
const PASSING: [&str; 4] = ["learn-stop", "learn-undo", "learn-use", "learn-retry"];

/// Draws what has changed of the panel.
pub(super) fn draw(panels: &Panels) {
    panels.draw(shown, draw_panel);
    panels.draw(|s| when_open(s, |s| (s.learn.mode, address(&s.learn.classes), s.learn.is_learning())), classes::draw);
    panels.draw(|s| when_open(s, |s| (s.taught(), s.into_class())), classes::draw_into);
    panels.draw(|s| when_open(s, model), examples::offer);
    let rows = |s: &State| (address(&s.learn.examples), s.taught(), s.learn.mode, s.learn.is_learning());
    panels.draw(|s| when_open(s, rows), examples::draw);
    panels.draw(|s| when_open(s, |s| s.learn.curve.is_empty()), course::draw_shown);
    panels.plot("learn-curves", |s| when_open(s, |s| (address(&s.learn.curve), s.layout)), course::draw);
    // Numbers that change many times a second cannot be read.
    let coarse = |s: &State| (s.learn.is_learning(), s.learn.curve.len() / 10, s.learn.curve.is_empty());
    panels.plot("learn-number-table", |s| when_open(s, coarse), course::draw_numbers);
}

/// Something of the state, while the panel is unfolded.
fn when_open<T>(state: &State, of: impl FnOnce(&State) -> T) -> Option<T> {
    state.learn.open.then(|| of(state))
}

/// What [`draw_panel`] shows.
#[derive(PartialEq)]
struct Shown {
    mode: Mode,
    settings: Settings,
    learns: Learns,
    can_compare: bool,
    offers_gpu: bool,
    length_s: u32,
    /// Seconds of what is being recorded, and of how many.
    recorded: Option<(Option<f64>, f64)>,
    has_recording: bool,
    stage: Option<Stage>,
    part: Option<f64>,
    texts: [String; 7],
    again: bool,
    lacks: Option<String>,
    held: bool,
    sides: Option<Option<Side>>,
    learned: Option<bool>,
    offers_undo: bool,
}

fn shown(state: &State) -> Option<Shown> {
    when_open(state, |state| {
        let learn = &state.learn;
        let problem = learn.problem.as_ref();
        Shown {
            mode: learn.mode,
            settings: learn.settings,
            learns: state.learns(),
            can_compare: state.can_compare(),
            offers_gpu: learn.offers_gpu == Some(true),
            length_s: learn.length_s,
            recorded: learn.recorder.as_ref().map(|recorder| (recorder.seconds, recorder.length_s)),
            has_recording: state.recording.open().is_some(),
            stage: learn.run.as_ref().map(|run| run.stage),
            part: state.learn_part(),
            texts: [
                state.learn_advice().into(),
                learn.note.clone(),
                state.learn_progress(),
                learn.said.clone(),
                learn.remarks.trim_end().to_owned(),
                problem.map(|problem| problem.text.clone()).unwrap_or_default(),
                learn.device.clone(),
            ],
            again: problem.is_some_and(|problem| problem.again),
            lacks: state.learn_lacks(),
            held: learn.is_learning() && state.is_held(),
            sides: learn.offers_both().then_some(learn.side),
            learned: learn.learned.as_ref().map(|learned| learned.saved),
            offers_undo: learn.before.is_some() && (learn.is_learning() || learn.offers_both()),
        }
    })
}

fn draw_panel(state: &State) {
    let Some(shown) = shown(state) else { return };
    let [advice, note, progress, said, remarks, problem, device] = &shown.texts;
    let (learning, recording) = (shown.stage.is_some(), shown.recorded.is_some());
    settings(&shown, learning);
    let text = if recording { "Stop recording" } else { "Record" };
    dom::set_text("learn-record", text);
    disable("learn-record", learning);
    disable("learn-open-recording", learning || !shown.has_recording);
    let recorded = match shown.recorded {
        Some((None, _)) => "The browser asks for the microphone.".into(),
        Some((Some(seconds), length_s)) => format!("{seconds:.1} of {length_s:.0} s"),
        None => String::new(),
    };
    dom::set_text("learn-recorded", &recorded);
    put("learn-note", note);
    let ready = shown.lacks.is_none() && !learning && !recording;
    disable("learn-start", !ready);
    dom::set_text("learn-start", if learning { "Learning" } else { "Learn" });
    let lacks = if learning { "" } else { shown.lacks.as_deref().unwrap_or_default() };
    dom::set_text("learn-lacks", lacks);
    dom::set_text("learn-advice", if learning { "" } else { advice });
    let stopping = shown.stage == Some(Stage::Stopping);
    show("learn-stop", learning);
    dom::set_text("learn-stop", if stopping { "Stop at once" } else { "Stop" });
    show("learn-undo", shown.offers_undo);
    dom::show("learn-progress", learning);
    let by = if device.is_empty() { String::new() } else { format!(" Computed by: {device}.") };
    dom::set_text("learn-progress-text", &format!("{progress}{by}"));
    let bar = dom::element::<Element>("learn-bar");
    match shown.part {
        Some(part) => dom::set(&bar, "value", &format!("{part:.3}")),
        // A bar without a value moves to and fro. Removing an attribute does not fail.
        None => drop(bar.remove_attribute("value")),
    }
    dom::show("learn-held", shown.held);
    put("learn-said", said);
    dom::set_text("learn-outcome", if learning { "" } else { said });
    dom::set_text("learn-remarks", remarks);
    dom::show("learn-trouble", !problem.is_empty());
    put("learn-problem", problem);
    show("learn-retry", shown.again && ready);
    result(&shown, learning);
}

/// Marks what is set.
fn settings(shown: &Shown, learning: bool) {
    for (value, mode) in [("adapt", Mode::Adapt), ("new", Mode::New)] {
        mark("learn-mode", value, shown.mode == mode, learning);
    }
    dom::show("learn-classes", shown.mode == Mode::New);
    let select = |id: &str, value: &str| dom::element::<HtmlSelectElement>(id).set_value(value);
    let what = match shown.learns {
        Learns::Head => "head",
        Learns::Filters => "filters",
        Learns::Everything => "everything",
        Learns::Calibration => "calibration",
    };
    select("learn-what", what);
    let calibration = dom::element::<Element>("learn-what").query_selector("[value=calibration]");
    if let Ok(Some(calibration)) = calibration {
        // New classes have no probabilities yet that could be calibrated.
        let _ = calibration.toggle_attribute_with_force("disabled", shown.mode == Mode::New);
    }
    select("learn-seconds", &shown.settings.seconds.to_string());
    select("learn-length", &shown.length_s.to_string());
    dom::show("learn-computer-choice", shown.offers_gpu);
    let computer = match shown.settings.computer {
        Computer::Cpu => "cpu",
        Computer::Webgpu => "webgpu",
    };
    select("learn-computer", computer);
    let compare: HtmlInputElement = dom::element("learn-compare");
    compare.set_checked(shown.settings.compare && shown.can_compare);
    compare.set_disabled(!shown.can_compare || learning);
    for id in ["learn-what", "learn-seconds", "learn-computer"] {
        dom::element::<HtmlSelectElement>(id).set_disabled(learning);
    }
}

/// What was learned, and which of both is seen.
fn result(shown: &Shown, learning: bool) {
    dom::show("learn-result", shown.learned.is_some());
    dom::show("learn-sides", shown.sides.is_some());
    for (value, side) in [("before", Side::Before), ("after", Side::After)] {
        mark("learn-side", value, shown.sides == Some(Some(side)), false);
    }
    show("learn-use", shown.sides.is_some() && !learning);
    let saved = if shown.learned == Some(true) { "Save once more" } else { "Save as .safetensors" };
    dom::set_text("learn-save", saved);
}

/// Marks one of several buttons.
fn mark(name: &str, value: &str, checked: bool, disabled: bool) {
    let found = dom::document().query_selector(&format!("input[name=\"{name}\"][value=\"{value}\"]"));
    if let Some(input) = found.ok().flatten().and_then(|found| found.dyn_into::<HtmlInputElement>().ok()) {
        input.set_checked(checked);
        input.set_disabled(disabled);
    }
}

/// Says that a button does nothing now. It keeps the focus, and its description says why.
fn disable(id: &str, disabled: bool) {
    dom::set(&dom::element::<Element>(id), "aria-disabled", if disabled { "true" } else { "false" });
}

/// Sets a text that is read out, where it is another one.
fn put(id: &str, text: &str) {
    if dom::element::<Element>(id).text_content().as_deref() != Some(text) {
        dom::set_text(id, text);
    }
}

/// Shows a button, or hides it. One that had the focus hands it on.
fn show(id: &str, visible: bool) {
    let focused = dom::document().active_element().is_some_and(|element| element.id() == id);
    dom::show(id, visible);
    if focused && !visible && PASSING.contains(&id) {
        focus("learn-start");
    }
}

/// The elements in an element.
fn children(parent: &Element) -> Vec<Element> {
    let nodes = parent.child_nodes();
    (0..nodes.length()).filter_map(|place| nodes.item(place)?.dyn_into().ok()).collect()
}

/// Moves the focus.
fn focus(id: &str) {
    // An element that cannot have the focus leaves it where it is.
    let _ = dom::element::<HtmlElement>(id).focus();
}
