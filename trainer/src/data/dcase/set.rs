//! A set: what its lists say, and which one it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::data::finder::called;
use crate::data::place::Place;

/// The list of all recordings, of 2016 and 2017.
pub const META: &str = "meta.txt";

/// Which part of the distribution a set is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// To train on, with folds.
    Development,
    /// To report on, without.
    Evaluation,
}

/// Which years' form a set has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// TUT Acoustic Scenes 2016: segments of 30 s.
    Tut2016,
    /// TUT Acoustic Scenes 2017: the same lists, segments of 10 s.
    Tut2017,
    /// 2018 to 2020: lists with a header, and one split.
    Urban,
}

impl Edition {
    /// By the name of the folder, else by the lengths of the segments, as far as names say them. Without meta.csv.
    pub(super) fn of(folder: &Path, seconds: impl Iterator<Item = Option<u32>>) -> Self {
        let name = called(folder);
        let mut seconds = seconds.flatten().peekable();
        match () {
            () if name.contains("2016") => Self::Tut2016,
            () if name.contains("2017") => Self::Tut2017,
            () if seconds.peek().is_some() && seconds.all(|seconds| seconds == 10) => Self::Tut2017,
            () => Self::Tut2016,
        }
    }

    /// The years.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tut2016 => "2016",
            Self::Tut2017 => "2017",
            Self::Urban => "2018 to 2020",
        }
    }
}

/// A row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The audio file, relative to the set's folder.
    pub file: String,
    /// Its scene; every list but the test lists has it.
    pub scene: Option<String>,
    /// Where it was recorded: the identifier of the original recording.
    pub location: Option<String>,
    /// The list and the line.
    pub place: Place,
}

/// The lists of a fold, or of an evaluation set.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// Trained on.
    pub train: Option<Vec<Entry>>,
    /// Held out, without scenes.
    pub test: Option<Vec<Entry>>,
    /// Held out, with scenes.
    pub evaluate: Option<Vec<Entry>>,
}

impl Lists {
    /// The files that are held out.
    pub fn held_out(&self) -> Option<&[Entry]> {
        self.evaluate.as_deref().or(self.test.as_deref())
    }

    /// The lists that are there, with their names.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &[Entry])> {
        let named = [("train", &self.train), ("test", &self.test), ("evaluate", &self.evaluate)];
        named.into_iter().filter_map(|(name, list)| Some((name, list.as_deref()?)))
    }
}

/// One set.
#[derive(Clone, Debug)]
pub struct Set {
    /// Its folder.
    pub folder: PathBuf,
    /// What it is, where its lists or the name of its folder say.
    pub kind: Option<Kind>,
    /// Which years' form it has.
    pub edition: Edition,
    /// Its recordings, in the order of meta.txt.
    pub recordings: Vec<Entry>,
    /// The official folds.
    pub folds: BTreeMap<u32, Lists>,
    /// The lists of an evaluation set, which has no folds.
    pub evaluation: Lists,
}

impl Kind {
    /// The subset that its recordings form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Evaluation => "evaluation",
        }
    }

    /// Tells what a set is by its lists, else by the name of its folder.
    pub(super) fn of(folder: &Path, folds: bool, evaluation: bool) -> Option<Self> {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
        let named = |kind: &Self| folder.file_name().is_some_and(|name| name.to_string_lossy().contains(kind.name()));
        match (folds, evaluation) {
            (true, _) => Some(Self::Development),
            (false, true) => Some(Self::Evaluation),
            (false, false) => [Self::Development, Self::Evaluation].into_iter().find(named),
        }
    }
}

impl Set {
    /// What to call it in a message.
    pub fn name(&self) -> String {
        self.folder.display().to_string()
    }

    /// What the list of all recordings is called.
    pub fn meta(&self) -> &'static str {
        if self.edition == Edition::Urban { "meta.csv" } else { META }
    }

    /// Where a recording lies.
    pub fn path(&self, recording: &Entry) -> PathBuf {
        self.folder.join(&recording.file)
    }

    /// Recordings whose files are not there.
    pub fn missing(&self) -> Vec<&Entry> {
        self.recordings.iter().filter(|recording| !self.path(recording).is_file()).collect()
    }

    /// Of one official split, its number and the files of its training part; no files where there are several folds.
    pub(super) fn split(&self) -> (u32, BTreeSet<&str>) {
        match self.folds.iter().next() {
            Some((&fold, lists)) if self.edition == Edition::Urban && self.folds.len() == 1 => {
                let train = lists.train.iter().flatten().map(|entry| entry.file.as_str());
                (fold, train.collect())
            }
            _ => (0, BTreeSet::new()),
        }
    }

    /// The fold that evaluates each file.
    pub fn fold_of(&self) -> BTreeMap<&str, u32> {
        let held_out = self.folds.iter().flat_map(|(&fold, lists)| {
            lists.held_out().into_iter().flatten().map(move |entry| (entry.file.as_str(), fold))
        });
        held_out.collect()
    }
}
