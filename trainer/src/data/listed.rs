//! Recordings one by one, each file once.

use std::collections::HashMap;
use std::path::PathBuf;

use super::example::{ALL, Example};
use super::left_out::LeftOut;
use super::place::Place;
use super::row::Row;

/// What was listed so far.
#[derive(Default)]
pub(super) struct Listed {
    /// In the order of the data; none where the file was listed with another label later on.
    examples: Vec<Option<Example>>,
    faults: Vec<LeftOut>,
    seen: HashMap<PathBuf, First>,
}

/// How a file was listed first.
struct First {
    place: Place,
    label: usize,
    /// Its index among the examples.
    example: usize,
}

impl Listed {
    /// Adds a recording, or what is wrong with it: it is not there, or it was listed before.
    pub(super) fn add(&mut self, label: usize, row: Row) {
        let Row { path, group, fold, subset, quality, age, place, .. } = row;
        if !path.is_file() {
            self.faults.push(LeftOut::listed(&path, &place, "is not there"));
            return;
        }
        // The same file can be written in several ways.
        let file = path.canonicalize().unwrap_or_else(|_| path.clone());
        if let Some(first) = self.seen.get(&file) {
            let differs = first.label != label;
            let other = if differs { ", and with another label" } else { "" };
            let why = format!("is listed twice, first in {}{other}", first.place);
            self.faults.push(LeftOut::listed(&path, &place, why));
            // Nobody knows which of two labels is right: the first listing is no example either.
            let contradicted = self.examples.get_mut(first.example).filter(|_| differs).and_then(Option::take);
            if let Some(example) = contradicted {
                let why = format!("has another label in {place}");
                self.faults.push(LeftOut::listed(&example.path, &first.place, why));
            }
            return;
        }
        self.seen.insert(file, First { place, label, example: self.examples.len() });
        let group = group.unwrap_or_else(|| path.to_string_lossy().into_owned());
        let subset = subset.unwrap_or_else(|| ALL.into());
        self.examples.push(Some(Example { path, label, group, fold, subset, quality, age }));
    }

    /// The recordings that can be used, and the others.
    pub(super) fn finish(self) -> (Vec<Example>, Vec<LeftOut>) {
        (self.examples.into_iter().flatten().collect(), self.faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All recordings were once looked up on the disk at every contradiction: this would take minutes.
    #[test]
    fn contradictions_are_found_without_looking_all_recordings_up() {
        const RECORDINGS: usize = 1000;
        const CONTRADICTIONS: usize = 60_000;
        let folder = tempfile::tempdir().unwrap();
        let path = |number: usize| folder.path().join(format!("{number}.wav"));
        let mut listed = Listed::default();
        for number in 0..RECORDINGS {
            std::fs::write(path(number), "").unwrap();
            listed.add(0, Row::new(path(number), "normal", "first.csv"));
        }
        (0..CONTRADICTIONS).for_each(|_| listed.add(1, Row::new(path(7), "abnormal", "second.csv")));
        let (examples, faults) = listed.finish();
        assert_eq!((examples.len(), faults.len()), (RECORDINGS - 1, CONTRADICTIONS + 1));
        assert!(examples.iter().all(|example| example.path != path(7)));
        let of_first = &faults[1];
        assert_eq!(of_first.place.as_deref(), Some("first.csv"));
        assert_eq!((&of_first.path, &of_first.why[..]), (&path(7), "has another label in second.csv"));
    }
}
