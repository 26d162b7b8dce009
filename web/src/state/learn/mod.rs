//! Teaching a model one's own sounds: what it is taught, and what has become of it. Time comes with events; nothing here
//! has a clock, and nothing of it is loaded before a person asks for it.
//!
//! - `event`: what can happen to it, and what it wants done
//! - `classes`: what is told apart
//! - `examples`: recordings whose class a person names
//! - `recorder`: some seconds from the microphone become an example
//! - `order`: what is asked of the learner, or what is missing for that
//! - `run`: what the learner reports
//! - `parts`: the parts of all this
//! - `trial`: a model goes through the recording at hand before it takes the place of the one in use, so that nothing
//!   that is seen disappears meanwhile; `put`: it takes its place
//! - `choice`: before or after, back, or used from now on
//! - `words`: what is said of it

mod choice;
mod classes;
mod event;
mod examples;
mod order;
mod parts;
mod put;
mod recorder;
mod run;
mod trial;
mod words;

use std::rc::Rc;

use super::{Effect as PageEffect, Handle, State, Ticket};
use crate::plot::learning::Point;

pub use classes::{BACKGROUND, Class, MOST_CLASSES};
pub use event::{Effect, Event, Material, OpenedExample, Origins, Prepared, Work};
pub use examples::{Example, MOST_EXAMPLES, MOST_S, Standing};
use parts::Ending;
pub use parts::{Before, Learned, Mode, Problem, Run, Settings, Side, Stage};
pub use recorder::{LENGTHS_S, Recorder};
use trial::Trial;
pub use words::figures;

pub(super) use recorder::{owns, take};
pub(super) use trial::{judges, judging, judging_ended};

/// How long may be learned, in seconds.
pub const LIMITS_S: [u32; 3] = [20, 60, 180];

/// Teaching a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Learn {
    /// Whether the panel is unfolded.
    pub open: bool,
    /// What is taught.
    pub mode: Mode,
    /// Classes of a person's own, the background last. Shared, not copied, as all that is long in here.
    pub classes: Rc<Vec<Class>>,
    /// The recordings whose class a person names.
    pub examples: Rc<Vec<Rc<Example>>>,
    /// The class of what is added next, by its number in [`State::taught`].
    pub into: u64,
    /// How it is learned.
    pub settings: Settings,
    /// Whether there is a graphics device for it; none: that is not known yet.
    pub offers_gpu: Option<bool>,
    /// How long an example from the microphone is, in seconds.
    pub length_s: u32,
    /// What is to say of the examples; may be empty.
    pub note: String,
    /// What went wrong; none where nothing did.
    pub problem: Option<Problem>,
    /// What is being recorded as an example.
    pub recorder: Option<Recorder>,
    /// What is being learned.
    pub run: Option<Run>,
    /// The course of what was learned last.
    pub curve: Rc<Vec<Point>>,
    /// What computed it, by name; may be empty.
    pub device: String,
    /// What the learner wants a person to know, in sentences; may be empty.
    pub remarks: String,
    /// What is read out: it changes rarely.
    pub said: String,
    /// What was learned.
    pub learned: Option<Learned>,
    /// The model that was in use before.
    pub before: Option<Before>,
    /// Which of both a person wants to see; none: another one, or there is nothing to choose from.
    pub side: Option<Side>,
    /// Where the filters are that are learning, as centre frequencies and −3 dB widths in Hz.
    filters: Option<Rc<Vec<(f64, f64)>>>,
    /// Which of both is in use.
    shows: Option<Side>,
    /// What was learned when the model in use was made; none where that is not from here.
    shown: Option<Handle>,
    /// What cannot be put to use.
    unfit: Option<Handle>,
    /// The model on its way to be the one in use.
    trial: Option<Trial>,
    /// What comes when the model that was chosen is the one in use.
    ending: Option<Ending>,
    /// The request that looks for a graphics device.
    looking: Option<Ticket>,
    /// When the learner last said something, when a model last went on trial, and when something was last read out, in
    /// seconds since the page was opened.
    now_s: f64,
    tried_s: f64,
    said_s: f64,
    /// The number of the last example or class.
    last: u64,
    /// How many models were taught here.
    taught: u64,
}

impl Learn {
    /// Whether something is being learned.
    pub fn is_learning(&self) -> bool {
        self.run.is_some()
    }

    /// Whether an example is being recorded, or the browser is asked for the microphone.
    pub fn is_recording(&self) -> bool {
        self.recorder.is_some()
    }

    /// Whether an effect is outstanding.
    pub(super) fn is_busy(&self) -> bool {
        self.run.is_some()
            || self.recorder.is_some()
            || self.trial.is_some()
            || self.looking.is_some()
            || self.opening().is_some()
    }

    /// Whether something would be lost that took a person's time, were the page closed now.
    pub fn would_lose(&self) -> bool {
        self.is_learning() || self.learned.as_ref().is_some_and(|learned| !learned.saved)
    }

    /// Which of both models is in use; none: another one.
    pub fn shows(&self) -> Option<Side> {
        self.shows
    }

    /// Whether a person can choose between both.
    pub fn offers_both(&self) -> bool {
        self.before.is_some() && self.learned.is_some() && self.ending.is_none()
    }

    /// Whether a model is on its way to be the one in use.
    pub fn is_trying(&self) -> bool {
        self.trial.is_some()
    }

    fn fail(&mut self, text: impl Into<String>, again: bool) {
        self.problem = Some(Problem { text: text.into(), again });
    }
}

/// Takes an event. What comes too late changes nothing.
pub(super) fn apply(state: &mut State, event: Event, todo: &mut Vec<PageEffect>) {
    match event {
        Event::Unfolded(open) => unfold(state, open, todo),
        Event::GpuLookedFor { ticket, found } => {
            if state.learn.looking.take_if(|looking| *looking == ticket).is_some() {
                state.learn.offers_gpu = Some(found);
            }
        }
        Event::ModePicked(mode) => classes::pick_mode(state, mode),
        Event::ClassAdded => classes::add(state),
        Event::ClassRenamed { class, name } => classes::rename(state, class, &name),
        Event::ClassRemoved(class) => classes::remove(state, class, todo),
        Event::IntoPicked(class) => state.learn.into = class,
        Event::FilesGiven(files) => examples::files_given(state, files),
        Event::OpenRecordingGiven => examples::give_open_recording(state),
        Event::RecordedGiven(index) => examples::give_recorded(state, index),
        Event::SynthesisedGiven { index, seed } => examples::give_synthesised(state, index, seed),
        Event::ClassPicked { example, class } => examples::pick_class(state, example, class),
        Event::Removed(example) => examples::remove(state, example, todo),
        Event::Opened { ticket, answer } => examples::opened(state, ticket, answer),
        Event::LengthPicked(seconds) if LENGTHS_S.contains(&seconds) => state.learn.length_s = seconds,
        Event::LengthPicked(_) => {}
        Event::RecordPressed => recorder::press(state, todo),
        Event::LearnsPicked(learns) => state.learn.settings.learns = learns,
        Event::ComparePicked(compare) => state.learn.settings.compare = compare,
        Event::SecondsPicked(seconds) if LIMITS_S.contains(&seconds) => state.learn.settings.seconds = seconds,
        Event::SecondsPicked(_) => {}
        Event::ComputerPicked(computer) => state.learn.settings.computer = computer,
        Event::Pressed => run::press(state, todo),
        Event::StopPressed => run::stop(state, todo),
        Event::Read { ticket, done } => run::read(state, ticket, done),
        Event::Reported { ticket, at_s, report, model, kept } => {
            run::reported(state, ticket, at_s, *report, [model, kept], todo);
        }
        Event::Died { ticket, why } => run::died(state, ticket, &why, todo),
        Event::Prepared { ticket, answer } => trial::prepared(state, ticket, answer, todo),
        Event::SidePicked(side) => choice::pick(state, side),
        Event::Undone => choice::undo(state, todo),
        Event::Used => choice::use_it(state),
        Event::SaveAsked => choice::save(state, todo),
        Event::Saved { run, answer } => choice::saved(state, run, answer),
    }
}

/// After every event: what waits is begun, and what does not fit any more is stopped.
pub(super) fn follow(state: &mut State, todo: &mut Vec<PageEffect>) {
    recorder::follow(state, todo);
    examples::follow(state, todo);
    trial::follow(state, todo);
    choice::follow(state);
}

/// Unfolds the panel. The first time a graphics device is looked for.
fn unfold(state: &mut State, open: bool, todo: &mut Vec<PageEffect>) {
    state.learn.open = open;
    if open && state.learn.offers_gpu.is_none() && state.learn.looking.is_none() {
        let ticket = state.ticket();
        state.learn.looking = Some(ticket);
        todo.push(PageEffect::Learn(Effect::LookForGpu(ticket)));
    }
}
