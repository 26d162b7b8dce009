//! Which files become rows, and the labels that come with them.

use std::rc::Rc;

use spectnet_core::text::plain;

use super::{MOST, Many, Row, Standing, queue};
use crate::failure::Result;
use crate::format;
use crate::labels::Labels;
use crate::state::{Effect, GivenFile, State, Ticket};

/// Most lists of labels that are read of one gift: PhysioNet has one for each of its seven folders.
const MOST_LISTS: usize = 20;
/// Endings of lists of labels.
const LISTS: [&str; 2] = ["csv", "tsv"];
/// Endings of what often lies beside recordings and holds no sound. What is not among them is tried.
const NO_SOUND: [&str; 26] = [
    "txt", "md", "json", "hea", "atr", "mat", "xml", "html", "htm", "pdf", "doc", "docx", "xls", "xlsx", "ods", "png",
    "jpg", "jpeg", "svg", "gif", "zip", "gz", "py", "m", "ini", "db",
];

/// Takes recordings and lists of labels where there are several, or where the list is there already; gives back what is
/// to be opened by itself.
pub(in crate::state) fn take(state: &mut State, files: Vec<GivenFile>, todo: &mut Vec<Effect>) -> Vec<GivenFile> {
    let is_new = !state.many.is_shown();
    let alone = files.first().filter(|_| files.len() == 1);
    if files.is_empty() || (is_new && alone.is_some_and(|file| !is_list(&file.name))) {
        return files;
    }
    let given = files.len();
    let (lists, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is_list(&file.name));
    let recordings: Vec<GivenFile> = files.into_iter().filter(|file| may_sound(&file.name)).collect();
    let without_sound = given - lists.len() - recordings.len();
    if is_new && recordings.is_empty() && lists.is_empty() {
        state.fail("None of these files holds a recording", "by their names they hold no sound");
        return Vec::new();
    }
    if is_new && recordings.len() < 2 && lists.is_empty() {
        return recordings;
    }
    if is_new && recordings.is_empty() {
        let name = lists.first().map(|list| plain(&list.name).into_owned()).unwrap_or_default();
        state.fail(
            format!("{name} holds no recording"),
            "choose or drop it together with the recordings whose labels it has",
        );
        return Vec::new();
    }
    let adds = !recordings.is_empty();
    let too_many = add(&mut state.many, recordings);
    state.many.note = note(without_sound, too_many, lists.len().saturating_sub(MOST_LISTS));
    for list in lists.into_iter().take(MOST_LISTS) {
        let (ticket, name) = (state.ticket(), plain(&list.name).into_owned());
        state.many.reading.push(ticket);
        todo.push(Effect::Many(super::Effect::ReadLabels { ticket, name, file: list.handle }));
    }
    if adds {
        queue::begin(state, is_new, todo);
    }
    Vec::new()
}

/// New rows at the end; how many files found no place.
fn add(many: &mut Many, recordings: Vec<GivenFile>) -> usize {
    let room = MOST.saturating_sub(many.rows.len());
    let too_many = recordings.len().saturating_sub(room);
    if recordings.is_empty() {
        return 0;
    }
    let rows = Rc::make_mut(&mut many.rows);
    for GivenFile { name, handle } in recordings.into_iter().take(room) {
        many.last += 1;
        let listed = many.labels.of(&name).map(String::from);
        let name = plain(&name).into_owned();
        let row = Row { id: many.last, name, file: handle, listed, standing: Standing::Waiting, verdict: None };
        rows.push(Rc::new(row));
    }
    too_many
}

/// What is to say of files that are left out.
fn note(without_sound: usize, too_many: usize, lists: usize) -> String {
    let mut said = Vec::new();
    if without_sound > 0 {
        said.push(format!("{} left out that by their names hold no sound.", files(without_sound)));
    }
    if too_many > 0 {
        said.push(format!("{} left out: the list takes {MOST} recordings.", files(too_many)));
    }
    if lists > 0 {
        said.push(format!("{} left out: {MOST_LISTS} lists of labels are read at once.", files(lists)));
    }
    said.join(" ")
}

fn files(count: usize) -> String {
    format!("{} {}", format::count(count, "file"), if count == 1 { "was" } else { "were" })
}

/// Gives the rows the labels of a list that was read.
pub(super) fn labels_read(state: &mut State, ticket: Ticket, name: &str, answer: Result<Vec<u8>>) {
    let many = &mut state.many;
    let Some(place) = many.reading.iter().position(|reading| *reading == ticket) else { return };
    many.reading.remove(place);
    let read = answer.map_err(|failure| failure.to_string()).and_then(|bytes| Labels::parse(&bytes));
    let said = match read {
        Ok(labels) => {
            Rc::make_mut(&mut many.labels).add(labels);
            let labels = many.labels.clone();
            for row in Rc::make_mut(&mut many.rows) {
                let listed = labels.of(&row.name).map(String::from);
                if listed != row.listed {
                    Rc::make_mut(row).listed = listed;
                }
            }
            let (labelled, all) = (many.rows.iter().filter(|row| row.listed.is_some()).count(), many.rows.len());
            format!("{name} was read: {labelled} of {all} recordings have a label of a list.")
        }
        Err(why) => format!("{name} gives no labels: {why}."),
    };
    if !many.note.is_empty() {
        many.note.push(' ');
    }
    many.note.push_str(&said);
}

fn ending(name: &str) -> String {
    name.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_lowercase())
}

fn is_list(name: &str) -> bool {
    LISTS.contains(&ending(name).as_str())
}

/// Hidden files are those of the system.
fn may_sound(name: &str) -> bool {
    let is_hidden = name.rsplit(['/', '\\']).next().is_some_and(|name| name.starts_with('.'));
    !is_hidden && !NO_SOUND.contains(&ending(name).as_str())
}
