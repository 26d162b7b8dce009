//! The rules that the lists of the sets keep: every recording is evaluated in exactly one fold and trained on in the
//! others, and a location is never split.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use super::set::{Edition, Entry, Kind, Lists, Set};
use crate::data::left_out::first;

/// Offenders that a message names.
pub const NAMED: usize = 3;

/// A rule that the lists break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The folder of the set.
    pub set: String,
    /// What is wrong with the offenders.
    pub what: String,
    /// The files or locations that offend, each with the list and the line.
    pub offenders: Vec<String>,
    /// What is expected or to be done.
    pub advice: &'static str,
}

impl fmt::Display for Problem {
    /// One sentence that names the first offenders.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { set, what, offenders, advice } = self;
        write!(f, "{set}: {what}: {}; {advice}", first(offenders, NAMED, ", "))
    }
}

/// Everything that is wrong with the lists, of all sets.
pub fn problems(sets: &[Set]) -> Vec<Problem> {
    let mut found: Vec<Problem> = sets.iter().flat_map(of_set).collect();
    found.extend(shared_locations(sets));
    found
}

fn of_set(set: &Set) -> Vec<Problem> {
    let mut check = Check { set, scenes: HashMap::new(), found: Vec::new() };
    check.meta();
    for (name, list) in set.evaluation.named() {
        check.list(&format!("evaluation_setup/{name}.txt"), list);
    }
    for (fold, lists) in &set.folds {
        for (name, list) in lists.named() {
            check.list(&format!("evaluation_setup/fold{fold}_{name}.txt"), list);
        }
    }
    check.evaluation();
    check.folds();
    check.found
}

struct Check<'a> {
    set: &'a Set,
    /// The scene of every file.
    scenes: HashMap<&'a str, &'a str>,
    found: Vec<Problem>,
}

impl<'a> Check<'a> {
    fn report(&mut self, what: impl Into<String>, offenders: Vec<String>, advice: &'static str) {
        if !offenders.is_empty() {
            self.found.push(Problem { set: self.set.name(), what: what.into(), offenders, advice });
        }
    }

    fn meta(&mut self) {
        let mut twice = Vec::new();
        for entry in &self.set.recordings {
            if self.scenes.insert(&entry.file, entry.scene.as_deref().unwrap_or_default()).is_some() {
                twice.push(cite(self.set, entry));
            }
        }
        self.report("the recording is listed twice", twice, "list each recording once");
    }

    /// What holds for every list: its files are recordings of the set, each once, with the scene that meta.txt or
    /// meta.csv has.
    fn list(&mut self, name: &str, list: &[Entry]) {
        let meta = self.set.meta();
        let (mut unknown, mut twice, mut other, mut seen) = (Vec::new(), Vec::new(), Vec::new(), HashSet::new());
        for entry in list {
            match (self.scenes.get(entry.file.as_str()), &entry.scene) {
                (None, _) => unknown.push(cite(self.set, entry)),
                (Some(scene), Some(here)) if scene != here => {
                    other.push(format!("{} is {here} here and {scene} in {meta}", cite(self.set, entry)));
                }
                _ => {}
            }
            if !seen.insert(entry.file.as_str()) {
                twice.push(cite(self.set, entry));
            }
        }
        let all = "it must name every recording; take it from the meta archive, or take these lines out";
        self.report(format!("{name} names files that {meta} does not"), unknown, all);
        self.report(format!("{name} names files twice"), twice, "name each file once");
        self.report(format!("{name} and {meta} disagree on the scene"), other, "take both from the meta archive");
    }

    fn evaluation(&mut self) {
        let lists = &self.set.evaluation;
        self.test_and_evaluate("evaluation_setup/", lists.test.as_deref(), lists.evaluate.as_deref());
        if self.set.folds.is_empty()
            && let Some(list) = lists.held_out()
        {
            self.lacking("evaluation_setup/evaluate.txt", &files(list), "it must name all recordings of the set");
        }
    }

    fn folds(&mut self) {
        let mut fold_of: HashMap<&str, u32> = HashMap::new();
        let mut twice = Vec::new();
        let incomplete = |(fold, lists): (&u32, &Lists)| lists.held_out().is_none().then(|| format!("fold {fold}"));
        let without: Vec<String> = self.set.folds.iter().filter_map(incomplete).collect();
        self.report("folds have no evaluate list", without, "take evaluation_setup/ from the meta archive");
        for (&fold, lists) in &self.set.folds {
            for entry in lists.held_out().unwrap_or_default() {
                if let Some(first) = fold_of.insert(&entry.file, fold).filter(|first| *first != fold) {
                    twice.push(format!("{} is in folds {first} and {fold}", cite(self.set, entry)));
                }
            }
        }
        // The split of 2018 and later leaves recordings out.
        let covers_all = self.set.edition != Edition::Urban;
        self.report("recordings are evaluated in two folds", twice, "each recording is evaluated in one fold");
        for (&fold, lists) in &self.set.folds {
            let prefix = format!("evaluation_setup/fold{fold}_");
            self.test_and_evaluate(&prefix, lists.test.as_deref(), lists.evaluate.as_deref());
            let held_out = lists.held_out().unwrap_or_default();
            if let Some(train) = &lists.train {
                let held_out = files(held_out);
                let both = train
                    .iter()
                    .filter(|entry| held_out.contains(entry.file.as_str()))
                    .map(|entry| cite(self.set, entry))
                    .collect();
                let name = format!("{prefix}train.txt names files that the fold evaluates");
                self.report(name, both, "train and evaluate lists of a fold must be disjoint");
                let covered = held_out.union(&files(train)).copied().collect();
                if covers_all {
                    self.lacking(
                        &format!("fold {fold}"),
                        &covered,
                        "train and evaluate list together must name all recordings",
                    );
                }
            }
        }
        if !self.set.folds.is_empty() && covers_all {
            self.lacking(
                "evaluation_setup/fold*_evaluate.txt",
                &fold_of.keys().copied().collect(),
                "each recording is evaluated in one fold",
            );
        }
        self.locations(&fold_of);
    }

    fn test_and_evaluate(&mut self, prefix: &str, test: Option<&[Entry]>, evaluate: Option<&[Entry]>) {
        if let (Some(test), Some(evaluate)) = (test, evaluate) {
            let (tested, evaluated) = (files(test), files(evaluate));
            let one = test.iter().filter(|entry| !evaluated.contains(entry.file.as_str()));
            let other = evaluate.iter().filter(|entry| !tested.contains(entry.file.as_str()));
            let offenders = one.chain(other).map(|entry| cite(self.set, entry)).collect();
            let name = format!("{prefix}test.txt and {prefix}evaluate.txt disagree");
            self.report(name, offenders, "both must name the same files");
        }
    }

    /// Reports the recordings of meta.txt that are not among the files of a list.
    fn lacking(&mut self, name: &str, files: &HashSet<&str>, advice: &'static str) {
        let lacking = self.set.recordings.iter().filter(|entry| !files.contains(entry.file.as_str()));
        let lacking = lacking.map(|entry| cite(self.set, entry)).collect();
        self.report(format!("{name} does not name recordings of {}", self.set.meta()), lacking, advice);
    }

    /// Reports the locations whose recordings are evaluated in several folds.
    fn locations(&mut self, fold_of: &HashMap<&'a str, u32>) {
        let mut folds: BTreeMap<&str, BTreeMap<u32, &str>> = BTreeMap::new();
        for entry in &self.set.recordings {
            if let (Some(location), Some(&fold)) = (&entry.location, fold_of.get(entry.file.as_str())) {
                folds.entry(location).or_default().entry(fold).or_insert(&entry.file);
            }
        }
        let split = folds.iter().filter(|(_, folds)| folds.len() > 1).map(|(location, folds)| {
            let places: Vec<String> = folds.iter().map(|(fold, file)| format!("{file} in fold {fold}")).collect();
            format!("{location:?} ({})", places.join(", "))
        });
        let split = split.collect();
        self.report("locations are split over folds", split, "all recordings of a location must be in one fold");
    }
}

/// Locations that are in two sets.
fn shared_locations(sets: &[Set]) -> Option<Problem> {
    let locations =
        |set: &Set| -> BTreeSet<String> { set.recordings.iter().filter_map(|entry| entry.location.clone()).collect() };
    let [first, second] = sets else { return None };
    let offenders: Vec<String> = locations(first).intersection(&locations(second)).cloned().collect();
    let kind = |set: &Set| set.kind.map_or("other", Kind::name);
    (!offenders.is_empty()).then(|| Problem {
        set: second.name(),
        what: format!("locations are in the {} set and in the {} set", kind(first), kind(second)),
        offenders,
        advice: "a location must be in one set",
    })
}

fn files(list: &[Entry]) -> HashSet<&str> {
    list.iter().map(|entry| entry.file.as_str()).collect()
}

/// A file with the list, relative to the set's folder, and the line that name it.
fn cite(set: &Set, entry: &Entry) -> String {
    let place = entry.place.to_string();
    let place = place.strip_prefix(&set.name()).map_or(&place[..], |place| place.trim_start_matches(['/', '\\']));
    format!("{} ({place})", entry.file)
}
