//! Recordings whose class a person names. They are opened one after the other, to see what they are, and again when
//! something is to be learned: nothing of them is held meanwhile but where they are.

use std::rc::Rc;

use spectnet_core::text::plain;
use spectnet_learn::message::Part;

use super::{Effect, Learn, Material, Mode, OpenedExample, classes};
use crate::example;
use crate::failure::Result;
use crate::labels::class_of_folder;
use crate::state::{Effect as PageEffect, GivenFile, Handle, RecordingSource, State, Ticket};

/// Most examples: more than anyone names in an hour, and few enough for a table.
pub const MOST_EXAMPLES: usize = 200;
/// So many seconds from the beginning of each are learned from: as much as is judged of a heart sound.
pub const MOST_S: f64 = 60.0;

/// A recording whose class a person names.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Its number, which no other example has or had.
    pub id: u64,
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub(super) material: Material,
    /// Its class among those of the model.
    pub(super) label: Option<String>,
    /// Its class among those of a person's own.
    pub(super) own: Option<u64>,
    /// What is known of it.
    pub standing: Standing,
    /// What it was used for when something was learned last.
    pub part: Option<Part>,
}

/// What is known of an example.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It was not opened yet.
    Waiting,
    /// It is being opened.
    Opening(Ticket),
    /// It can be used.
    Ready(OpenedExample),
    /// It cannot be used, and why.
    Failed(String),
}

impl Example {
    /// What it is, where it can be used.
    pub fn opened(&self) -> Option<&OpenedExample> {
        match &self.standing {
            Standing::Ready(opened) => Some(opened),
            _ => None,
        }
    }

    /// How much of it is learned from at most, in seconds.
    pub(super) fn used_s(&self) -> f64 {
        self.opened().map_or(0.0, |opened| opened.length_s.map_or(MOST_S, |length_s| length_s.min(MOST_S)))
    }
}

impl Learn {
    /// The request for the example that is being opened.
    pub(super) fn opening(&self) -> Option<Ticket> {
        self.examples.iter().find_map(|example| match example.standing {
            Standing::Opening(ticket) => Some(ticket),
            _ => None,
        })
    }

    /// Changes an example; the list and the example are others then.
    pub(super) fn change(&mut self, id: u64, change: impl FnOnce(&mut Example)) {
        if let Some(example) = Rc::make_mut(&mut self.examples).iter_mut().find(|example| example.id == id) {
            change(Rc::make_mut(example));
        }
    }
}

/// Opens the next one that was not opened yet.
pub(super) fn follow(state: &mut State, todo: &mut Vec<PageEffect>) {
    if state.learn.opening().is_some() {
        return;
    }
    let waiting = state.learn.examples.iter().find(|example| example.standing == Standing::Waiting);
    let Some((id, material)) = waiting.map(|example| (example.id, example.material.clone())) else { return };
    let ticket = state.ticket();
    state.learn.change(id, |example| example.standing = Standing::Opening(ticket));
    todo.push(PageEffect::Learn(Effect::Open { ticket, material }));
}

/// Files of a folder have the class that the folder is called like; others the one that is chosen.
pub(super) fn files_given(state: &mut State, files: Vec<GivenFile>) {
    let hidden = |file: &GivenFile| file.name.rsplit(['/', '\\']).next().is_some_and(|name| name.starts_with('.'));
    let files: Vec<GivenFile> = files.into_iter().filter(|file| !hidden(file)).collect();
    state.learn.note.clear();
    for file in files {
        let source = Material::Source(RecordingSource::File(file.handle));
        let folder = file.name.rsplit(['/', '\\']).nth(1).filter(|folder| !folder.is_empty()).map(String::from);
        let place = match folder {
            None => Place::Chosen,
            Some(folder) => Place::Folder { folder, path: file.name.clone() },
        };
        add(state, plain(&file.name).into_owned(), source, place);
    }
}

/// The recording at hand.
pub(super) fn give_open_recording(state: &mut State) {
    state.learn.note.clear();
    let Some(input) = state.recording.open() else {
        state.learn.note = "No recording is open: choose one above, or add a file.".into();
        return;
    };
    let (name, material) = (input.name.clone(), Material::Open(input.sound.clone()));
    add(state, name, material, Place::Chosen);
}

/// One of the page's own recordings.
pub(super) fn give_recorded(state: &mut State, index: usize) {
    state.learn.note.clear();
    let Some(model) = &state.model else { return };
    let Some(recorded) = example::recorded(&model.package.config).get(index).copied() else { return };
    let source = Material::Source(RecordingSource::Recorded(recorded));
    add(state, recorded.file.to_owned(), source, Place::Chosen);
}

/// A sound that the page makes up.
pub(super) fn give_synthesised(state: &mut State, index: usize, seed: u64) {
    state.learn.note.clear();
    let Some(model) = &state.model else { return };
    let Some(sound) = example::synthesised(&model.package.config).get(index).copied() else { return };
    let source = Material::Source(RecordingSource::Synthesised(sound, seed));
    add(state, format!("{} (synthesised, seed {seed})", sound.name()), source, Place::Chosen);
}

/// What the microphone gave.
pub(super) fn give_captured(state: &mut State, name: String, capture: Handle, class: Option<u64>) {
    let source = Material::Source(RecordingSource::Captured(capture));
    add(state, name, source, Place::Class(class));
}

/// Where the class of an example comes from.
enum Place {
    /// From what is chosen for all that is added.
    Chosen,
    /// It is this one.
    Class(Option<u64>),
    /// From the name of a folder.
    Folder { folder: String, path: String },
}

fn add(state: &mut State, name: String, material: Material, place: Place) {
    if state.learn.examples.len() >= MOST_EXAMPLES {
        state.learn.note = format!("No more than {MOST_EXAMPLES} examples are taken: remove some first.");
        return;
    }
    let class = match place {
        Place::Chosen => state.into_class(),
        Place::Class(class) => class,
        Place::Folder { folder, path } => match state.learn.mode {
            Mode::Adapt => class_of_folder(&path, state.model_labels()).map(|place| place as u64),
            Mode::New => classes::of_folder(&mut state.learn, &folder),
        },
    };
    let (label, own) = assigned(state, class, (None, None));
    state.learn.last += 1;
    let id = state.learn.last;
    let example = Example { id, name, material, label, own, standing: Standing::Waiting, part: None };
    Rc::make_mut(&mut state.learn.examples).push(Rc::new(example));
}

/// Label and own class of an example that gets this class; what belongs to the other mode stays.
fn assigned(state: &State, class: Option<u64>, before: (Option<String>, Option<u64>)) -> (Option<String>, Option<u64>) {
    match state.learn.mode {
        Mode::Adapt => {
            let place = class.and_then(|class| usize::try_from(class).ok());
            (place.and_then(|place| state.model_labels().get(place)).cloned(), before.1)
        }
        Mode::New => (before.0, class.filter(|class| state.learn.classes.iter().any(|known| known.id == *class))),
    }
}

/// A person names the class of an example.
pub(super) fn pick_class(state: &mut State, id: u64, class: Option<u64>) {
    let Some(example) = state.learn.examples.iter().find(|example| example.id == id) else { return };
    let (label, own) = assigned(state, class, (example.label.clone(), example.own));
    if !state.learn.is_learning() {
        state.learn.change(id, |example| (example.label, example.own, example.part) = (label, own, None));
    }
}

/// A person takes an example away.
pub(super) fn remove(state: &mut State, id: u64, todo: &mut Vec<PageEffect>) {
    if state.learn.is_learning() {
        return;
    }
    let found = state.learn.examples.iter().find(|example| example.id == id);
    if let Some(Standing::Opening(ticket)) = found.map(|example| &example.standing) {
        todo.push(PageEffect::Stop(*ticket));
    }
    Rc::make_mut(&mut state.learn.examples).retain(|example| example.id != id);
}

/// What an example is, or why it is none. The same sound a second time is told and left out.
pub(super) fn opened(state: &mut State, ticket: Ticket, answer: Result<OpenedExample>) {
    let opening = |example: &&Rc<Example>| example.standing == Standing::Opening(ticket);
    let Some(example) = state.learn.examples.iter().find(opening).cloned() else { return };
    let opened = match answer {
        Ok(opened) => opened,
        Err(failure) => {
            let why = failure.to_string();
            return state.learn.change(example.id, |example| example.standing = Standing::Failed(why));
        }
    };
    let same = |other: &&Rc<Example>| {
        other.opened().is_some_and(|known| known.identity.is_some() && known.identity == opened.identity)
    };
    let twin = state.learn.examples.iter().find(same).map(|twin| twin.name.clone());
    let Some(twin) = twin else {
        return state.learn.change(example.id, |example| example.standing = Standing::Ready(opened));
    };
    let name = &example.name;
    let said = if *name == twin {
        format!("“{name}” is in the list already and was not added again.")
    } else {
        format!("“{name}” holds the same sound as “{twin}” and was not added.")
    };
    state.learn.note = [state.learn.note.as_str(), &said].join(" ").trim().to_owned();
    Rc::make_mut(&mut state.learn.examples).retain(|other| other.id != example.id);
}
