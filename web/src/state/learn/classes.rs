//! What is told apart: the classes of the model, or those of a person's own.

use std::rc::Rc;

use spectnet_core::text::plain;

use super::{Example, Learn, Mode, examples};
use crate::format;
use crate::state::{Effect as PageEffect, State};

/// Fewest and most classes of a person's own, beside the background: more cannot be told apart after some minutes.
const LEAST_CLASSES: usize = 2;
/// See there.
pub const MOST_CLASSES: usize = 10;
/// The number of the background.
pub const BACKGROUND: u64 = 0;
/// What the background is called: it goes into the model file.
const BACKGROUND_NAME: &str = "background";
/// Longest name of a class, in letters: it has room in every table of the page.
const MOST_LETTERS: usize = 40;

/// A class of a person's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Its number, which no other class has or had.
    pub id: u64,
    /// Its name as it was typed.
    pub name: String,
    /// Whether it has a name that nobody chose.
    pub unnamed: bool,
}

impl Class {
    /// The name as it goes into a model.
    pub fn label(&self) -> String {
        plain(self.name.trim()).chars().take(MOST_LETTERS).collect::<String>().trim().to_owned()
    }
}

/// The classes that there are at first, and the number of the last.
pub(super) fn first() -> (Vec<Class>, u64) {
    let own = (1..=LEAST_CLASSES as u64).map(|id| Class { id, name: format!("class {id}"), unnamed: true });
    let background = Class { id: BACKGROUND, name: BACKGROUND_NAME.into(), unnamed: false };
    (own.chain([background]).collect(), LEAST_CLASSES as u64)
}

impl Learn {
    /// Whether a person can have another class.
    pub fn can_add_class(&self) -> bool {
        self.classes.len() <= MOST_CLASSES
    }

    /// Whether a class can go.
    pub fn can_remove_class(&self, class: u64) -> bool {
        class != BACKGROUND && self.classes.len() > LEAST_CLASSES + 1
    }
}

impl State {
    /// The classes that are taught: number and name of each.
    pub fn taught(&self) -> Vec<(u64, String)> {
        match self.learn.mode {
            Mode::Adapt => (0..).zip(self.model_labels().iter().map(|label| format::label(label))).collect(),
            Mode::New => self.learn.classes.iter().map(|class| (class.id, class.label())).collect(),
        }
    }

    /// Their names as they stand in a model, in the same order.
    pub(super) fn taught_labels(&self) -> Vec<String> {
        match self.learn.mode {
            Mode::Adapt => self.model_labels().to_vec(),
            Mode::New => self.learn.classes.iter().map(Class::label).collect(),
        }
    }

    /// The class of an example, by its number; none where it has none of those that are taught.
    pub fn class_of(&self, example: &Example) -> Option<u64> {
        match self.learn.mode {
            Mode::Adapt => {
                let label = example.label.as_ref()?;
                self.model_labels().iter().position(|known| known == label).map(|place| place as u64)
            }
            Mode::New => example.own.filter(|own| self.learn.classes.iter().any(|class| class.id == *own)),
        }
    }

    /// The class of what is added next, by its number: what was chosen, or else the first.
    pub fn into_class(&self) -> Option<u64> {
        let classes = self.taught();
        let chosen = classes.iter().find(|(number, _)| *number == self.learn.into).or(classes.first());
        chosen.map(|(number, _)| *number)
    }

    /// The labels of the model in use, or of the one before, where that is what is adapted.
    pub(super) fn model_labels(&self) -> &[String] {
        self.model.as_ref().map_or(&[][..], |model| model.package.config.labels.as_slice())
    }
}

pub(super) fn pick_mode(state: &mut State, mode: Mode) {
    if !state.learn.is_learning() {
        state.learn.mode = mode;
        state.learn.note.clear();
    }
}

pub(super) fn add(state: &mut State) {
    if state.learn.can_add_class() && !state.learn.is_learning() {
        append(&mut state.learn, None);
    }
}

/// Another class, before the background; its number.
fn append(learn: &mut Learn, name: Option<&str>) -> u64 {
    learn.last += 1;
    let id = learn.last;
    let classes = Rc::make_mut(&mut learn.classes);
    let unnamed = name.is_none();
    let name = name.map_or_else(|| format!("class {}", classes.len()), String::from);
    let place = classes.len().saturating_sub(1);
    classes.insert(place, Class { id, name, unnamed });
    id
}

pub(super) fn rename(state: &mut State, class: u64, name: &str) {
    if class == BACKGROUND || state.learn.is_learning() {
        return;
    }
    if let Some(class) = Rc::make_mut(&mut state.learn.classes).iter_mut().find(|known| known.id == class) {
        (class.name, class.unnamed) = (name.to_owned(), false);
    }
}

/// A class goes, and its examples with it.
pub(super) fn remove(state: &mut State, class: u64, todo: &mut Vec<PageEffect>) {
    if !state.learn.can_remove_class(class) || state.learn.is_learning() {
        return;
    }
    Rc::make_mut(&mut state.learn.classes).retain(|known| known.id != class);
    let of_it = |example: &&Rc<Example>| example.own == Some(class);
    let gone: Vec<u64> = state.learn.examples.iter().filter(of_it).map(|example| example.id).collect();
    for example in gone {
        examples::remove(state, example, todo);
    }
}

/// The class of a person's own that a folder stands for: one of this name, one that has no name and no example yet, or
/// another one where there is room.
pub(super) fn of_folder(learn: &mut Learn, folder: &str) -> Option<u64> {
    let name = Class { id: 0, name: folder.into(), unnamed: false }.label();
    if name.is_empty() {
        return None;
    }
    if let Some(known) = learn.classes.iter().find(|class| class.label().eq_ignore_ascii_case(&name)) {
        return Some(known.id);
    }
    let empty = |class: &&Class| class.unnamed && learn.examples.iter().all(|example| example.own != Some(class.id));
    if let Some(id) = learn.classes.iter().find(empty).map(|class| class.id) {
        for class in Rc::make_mut(&mut learn.classes).iter_mut().filter(|class| class.id == id) {
            (class.name, class.unnamed) = (name.clone(), false);
        }
        return Some(id);
    }
    learn.can_add_class().then(|| append(learn, Some(&name)))
}
