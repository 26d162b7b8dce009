//! Which recordings are trained on, which choose the epoch, and which are only reported on.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::path::Path;

use spectnet_core::learning::recipe::{Recipe, Selection};
use spectnet_core::package::recordings::Part;

use crate::data::left_out::{self, first};
use crate::data::{DEFAULT_FOLDS, Dataset, Example};
use crate::error::{Error, Result};

/// The training recordings are dealt into so many folds, by groups; one of these chooses epoch and threshold.
const INNER_FOLDS: u32 = 5;

/// What is held out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldOut {
    /// A fold; none: the lowest.
    Fold(Option<u32>),
    /// A whole subset: a sensor or source that is not trained on.
    Subset(String),
    /// The recordings of a list, by their names without extension in whatever capitals; their subjects may be on both sides.
    Listed(BTreeSet<String>),
    /// Nothing: for a model whose settings have been measured before.
    Nothing,
}

impl HeldOut {
    /// The name of the protocol that holds this out.
    pub fn protocol(&self) -> &'static str {
        match self {
            Self::Fold(_) => "grouped",
            Self::Subset(_) => "leave-one-subset-out",
            Self::Listed(_) => "paper",
            Self::Nothing => "all",
        }
    }

    /// Names on the list that no recording has, in a sentence; none where there are none.
    pub fn unknown_names(&self, dataset: &Dataset) -> Option<String> {
        let Self::Listed(names) = self else { return None };
        let known: HashSet<String> = dataset.examples.iter().map(|example| example.name().to_lowercase()).collect();
        let unknown: Vec<&String> = names.iter().filter(|name| !known.contains(&name.to_lowercase())).collect();
        let (count, named) = (unknown.len(), first(&unknown, left_out::NAMED, ", "));
        let what = format!(
            "warning: {count} of the {} names on the validation list are not in the data: {named}",
            names.len()
        );
        (count > 0).then_some(what)
    }
}

impl fmt::Display for HeldOut {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Fold(Some(fold)) => write!(f, "fold {fold}"),
            Self::Fold(None) => write!(f, "the first fold"),
            Self::Subset(subset) => write!(f, "subset {subset}"),
            Self::Listed(_) => write!(f, "the validation list"),
            Self::Nothing => write!(f, "nothing"),
        }
    }
}

/// Recordings by the part they play; no group plays two.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// Trained on.
    pub training: Vec<Example>,
    /// Choose epoch and threshold, or the threshold alone.
    pub validation: Vec<Example>,
    /// Only reported on.
    pub held_out: Vec<Example>,
    /// The fold that is held out; none where something else is, or nothing.
    pub fold: Option<u32>,
    /// What is held out, in words.
    pub name: String,
    /// How the parts were made, in words.
    pub protocol: String,
}

impl Parts {
    /// The part of every recording, by its path; one that both chooses the epoch and is reported on counts as choosing.
    pub fn by_path(&self) -> BTreeMap<&Path, Part> {
        let parts = [(&self.held_out, Part::HeldOut), (&self.validation, Part::Chose), (&self.training, Part::Trained)];
        let named = parts.into_iter().flat_map(|(examples, part)| examples.iter().map(move |one| (&*one.path, part)));
        named.collect()
    }

    /// Deals out a dataset.
    ///
    /// # Errors
    /// Nothing to hold out or nothing to train on, a class of which there is none to train on, too few groups, a held-out subset
    /// that shares a group with the rest, or a list without one of the recordings.
    pub fn new(dataset: &Dataset, held_out: &HeldOut, recipe: &Recipe) -> Result<Self> {
        let separation = dataset.separation();
        let unknown = dataset.examples.iter().filter(|example| !example.has_group()).count();
        let mut fold = None;
        let (train, validation, name, protocol) = match held_out {
            HeldOut::Fold(asked) => {
                let folds = dataset.folds(DEFAULT_FOLDS)?;
                let split = dataset.split(*asked)?;
                let number = split.validation.first().map_or(0, |&index| folds[index]);
                fold = Some(number);
                let count = folds.iter().collect::<BTreeSet<_>>().len();
                let protocol = format!("grouped: fold {number} of {count} held out, {separation}");
                (split.train, split.validation, format!("fold {number} of {count}"), protocol)
            }
            HeldOut::Subset(subset) => {
                let (validation, train): (Vec<usize>, Vec<usize>) =
                    (0..dataset.examples.len()).partition(|&index| dataset.examples[index].subset == *subset);
                check_subset(dataset, subset, &train, &validation)?;
                (
                    train,
                    validation,
                    format!("subset {subset}"),
                    format!("leave-one-subset-out: subset {subset} held out, {separation}"),
                )
            }
            HeldOut::Listed(names) => {
                let (train, listed) = listed(dataset, names)?;
                let shared = shared_groups(dataset, &train, &listed).len();
                let on_both = match unknown {
                    0 => format!("{shared} groups are on both sides"),
                    _ if shared == 0 => {
                        "the data does not name the groups of all, so subjects may be on both sides".into()
                    }
                    _ => format!("{shared} groups are on both sides, and {unknown} recordings have no group"),
                };
                let protocol = format!(
                    "published: {} recordings of the validation list held out, of {} on it; {on_both}",
                    listed.len(),
                    names.len()
                );
                (train, listed, "the validation list".to_owned(), protocol)
            }
            HeldOut::Nothing => {
                let all = (0..dataset.examples.len()).collect();
                (all, Vec::new(), "nothing".to_owned(), "all recordings trained on, nothing held out".to_owned())
            }
        };
        check_classes(dataset, train.iter().map(|&index| dataset.examples[index].label))?;
        let pick = |indices: &[usize]| indices.iter().map(|&index| dataset.examples[index].clone()).collect();
        let balanced = "batches balanced over class x subset";
        let without_inner_split = match recipe.selection {
            _ if recipe.options.chosen_on_held_out => {
                Some((pick(&validation), "the epoch chosen on the very recordings reported on"))
            }
            Selection::Last => Some((Vec::new(), "the last epoch taken")),
            Selection::Best | Selection::Calibrated => None,
        };
        if let Some((chooses, how)) = without_inner_split {
            return Ok(Self {
                training: pick(&train),
                validation: chooses,
                held_out: pick(&validation),
                fold,
                name,
                protocol: format!("{protocol}; {how}; {balanced}"),
            });
        }
        // Groups of the other recordings are dealt out anew, whatever folds the data gives them.
        let mut rest: Vec<Example> = pick(&train);
        rest.iter_mut().for_each(|example| example.fold = None);
        let rest = Dataset { examples: rest, ..dataset.clone() };
        let inner_folds = rest.folds(INNER_FOLDS)?;
        let inner_fold = most_typical(&rest, &inner_folds);
        let part = |chosen: bool| {
            let examples = rest.examples.iter().zip(&inner_folds).filter(|(_, of)| (**of == inner_fold) == chosen);
            examples.map(|(example, _)| example.clone()).collect()
        };
        let chosen = match recipe.selection {
            Selection::Calibrated => "the last epoch taken, calibrated",
            Selection::Best | Selection::Last => "epoch chosen",
        };
        Ok(Self {
            training: part(false),
            validation: part(true),
            held_out: pick(&validation),
            fold,
            name,
            protocol: format!(
                "{protocol}; {chosen} on one in {INNER_FOLDS} of the other recordings{}; {balanced}",
                if unknown == 0 { ", by groups" } else { "" }
            ),
        })
    }
}

/// Whether there is a recording of every class among those that are trained on, of which these are the labels.
///
/// # Errors
/// The classes without one.
pub fn check_classes(dataset: &Dataset, training: impl Iterator<Item = usize>) -> Result<()> {
    let there: HashSet<usize> = training.collect();
    let absent: Vec<usize> = (0..dataset.labels.len()).filter(|label| !there.contains(label)).collect();
    let names: Vec<&String> = absent.iter().filter_map(|&label| dataset.labels.get(label)).collect();
    let count = dataset.examples.iter().filter(|example| absent.contains(&example.label)).count();
    let why = match count {
        0 => "the data has none".to_owned(),
        1 => "the only one in the data cannot be used or is held out".to_owned(),
        _ => format!("all {count} in the data cannot be used or are held out"),
    };
    let of = if names.len() == 1 { "class" } else { "the classes" };
    let names = first(&names, left_out::NAMED, ", ");
    if absent.is_empty() {
        Ok(())
    } else {
        Err(Error::input(format!("no recording of {of} {names} to train on: {why}")))
    }
}

fn check_subset(dataset: &Dataset, subset: &str, train: &[usize], held_out: &[usize]) -> Result<()> {
    if train.is_empty() || held_out.is_empty() {
        let known: BTreeSet<&str> = dataset.examples.iter().map(|example| example.subset.as_str()).collect();
        let known: Vec<&str> = known.into_iter().collect();
        return Err(Error::input(format!(
            "subset {subset:?} cannot be held out: the data has {}; expected one of several",
            known.join(", ")
        )));
    }
    match shared_groups(dataset, train, held_out).first() {
        Some(group) => {
            Err(Error::input(format!("group {group:?} has recordings inside and outside subset {subset:?}")))
        }
        None => Ok(()),
    }
}

/// Groups with recordings among both.
fn shared_groups<'a>(dataset: &'a Dataset, some: &[usize], others: &[usize]) -> BTreeSet<&'a str> {
    let groups = |indices: &[usize]| -> BTreeSet<&'a str> {
        indices.iter().map(|&index| dataset.examples[index].group.as_str()).collect()
    };
    groups(some).intersection(&groups(others)).copied().collect()
}

/// Recordings that are not on the list, and those that are.
fn listed(dataset: &Dataset, names: &BTreeSet<String>) -> Result<(Vec<usize>, Vec<usize>)> {
    // As it is written, unless nobody is called so.
    let exact: HashSet<String> =
        dataset.examples.iter().map(Example::name).filter(|name| names.contains(name)).collect();
    let others: HashSet<String> =
        names.iter().filter(|name| !exact.contains(*name)).map(|name| name.to_lowercase()).collect();
    let is_listed = |index: &usize| {
        let name = dataset.examples[*index].name();
        exact.contains(&name) || others.contains(&name.to_lowercase())
    };
    let (listed, train): (Vec<usize>, Vec<usize>) = (0..dataset.examples.len()).partition(is_listed);
    match (listed.len(), train.len()) {
        (0, _) => Err(Error::input(format!(
            "none of the {} recordings on the validation list is in {}; expected names as in a0001, one a line",
            names.len(),
            dataset.name
        ))),
        (_, 0) => Err(Error::input("every recording is on the validation list: none is left to train on")),
        _ => Ok((train, listed)),
    }
}

/// The fold whose make-up is nearest to the whole: a class of a subset can have fewer groups than there are folds, and a fold
/// without it would choose the epoch without that class. No fold that takes all recordings of a class, where another does not.
fn most_typical(dataset: &Dataset, folds: &[u32]) -> u32 {
    let mut counts: BTreeMap<(usize, &str), [usize; INNER_FOLDS as usize]> = BTreeMap::new();
    for (example, &fold) in dataset.examples.iter().zip(folds) {
        let stratum = counts.entry((example.label, &example.subset)).or_default();
        stratum[fold as usize] += 1;
    }
    let distance = |fold: &u32| -> f64 {
        let parts = counts.values().map(|count| {
            let total: usize = count.iter().sum();
            (count[*fold as usize] as f64 / total as f64 - 1.0 / f64::from(INNER_FOLDS)).abs()
        });
        parts.sum()
    };
    let empties = |fold: &u32| {
        let all = |label: usize| dataset.examples.iter().zip(folds).filter(move |(example, _)| example.label == label);
        (0..dataset.labels.len()).any(|label| all(label).next().is_some() && all(label).all(|(_, of)| of == fold))
    };
    let rank = |a: &u32, b: &u32| empties(a).cmp(&empties(b)).then(distance(a).total_cmp(&distance(b)));
    (0..INNER_FOLDS).min_by(rank).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(examples: impl IntoIterator<Item = (&'static str, usize, &'static str)>) -> Dataset {
        let example = |(name, label, subset): (&str, usize, &str)| Example {
            path: format!("{name}.wav").into(),
            label,
            group: format!("{name}.wav"),
            fold: None,
            subset: subset.into(),
            quality: None,
            age: None,
        };
        let examples = examples.into_iter().map(example).collect();
        let labels = vec!["normal".into(), "abnormal".into()];
        Dataset { name: "test".into(), labels, examples, ..Dataset::default() }
    }

    #[test]
    fn the_inner_fold_that_lacks_no_class_of_a_subset_chooses_the_epoch() {
        // Subset b has too few groups to be in fold 0, and has two in fold 2.
        let folds = [0, 1, 2, 3, 4, 1, 2, 2, 3, 4];
        let ten = dataset((0..10).map(|i| ("x", i / 5, if i < 5 { "a" } else { "b" })));
        assert_eq!(most_typical(&ten, &folds), 1);
    }

    #[test]
    fn no_inner_fold_takes_all_recordings_of_a_class() {
        // Fold 0 is the most typical one, and has every abnormal recording.
        let few = dataset([0, 0, 0, 0, 0, 1].map(|label| ("x", label, "a")));
        let folds = [0, 1, 1, 1, 2, 0];
        assert_ne!(most_typical(&few, &folds), 0);
    }

    #[test]
    fn a_class_without_a_recording_to_train_on_is_refused() {
        let three = dataset([("a", 0, "x"), ("b", 0, "x"), ("c", 1, "y")]);
        assert!(check_classes(&three, [0, 1].into_iter()).is_ok());
        let one = check_classes(&three, [0, 0].into_iter()).unwrap_err().to_string();
        assert_eq!(
            one,
            "no recording of class abnormal to train on: the only one in the data cannot be used or is held out"
        );
        let both = check_classes(&three, [].into_iter()).unwrap_err().to_string();
        assert!(
            both.starts_with("no recording of the classes normal, abnormal to train on: all 3 in the data"),
            "{both}"
        );
        let none = dataset([("a", 0, "x")]);
        let message = check_classes(&none, [0].into_iter()).unwrap_err().to_string();
        assert_eq!(message, "no recording of class abnormal to train on: the data has none");
    }

    /// Lists from spreadsheets and other systems are in other capitals, and of the other half of a data set.
    #[test]
    fn names_are_listed_in_any_capitals_and_unknown_ones_are_counted() {
        let data = dataset([("A0001", 0, "a"), ("a0002", 1, "a"), ("b1", 0, "b"), ("B1", 1, "b")]);
        let names = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
        let held_out = |list: &[&str]| listed(&data, &names(list)).unwrap().1;
        assert_eq!(held_out(&["a0001", "A0002", "x"]), [0, 1]);
        // One is called just so: the other is another recording.
        assert_eq!(held_out(&["b1"]), [2]);
        let unknown: Vec<String> = (0..12).map(|i| format!("x{i:02}")).chain(["a0001".into()]).collect();
        let warning = HeldOut::Listed(unknown.into_iter().collect()).unknown_names(&data).unwrap();
        assert!(
            warning.contains("12 of the 13 names on the validation list are not in the data: x00, x01"),
            "{warning}"
        );
        assert!(warning.ends_with("x09 and 2 more"), "{warning}");
        assert_eq!(HeldOut::Listed(names(&["B1"])).unknown_names(&data), None);
        assert_eq!(HeldOut::Nothing.unknown_names(&data), None);
    }
}
