//! Who is trained on, who chooses the epoch, and who is only reported on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use spectnet_core::recordings::Part;

use super::faults::Fault;
use super::recipe::{Recipe, Selection};
use crate::dataset::{DEFAULT_FOLDS, Dataset, Example};
use crate::error::{Error, Result};

/// One group-wise share in so many of the training recordings chooses epoch and threshold.
const VALIDATION_SHARES: u32 = 5;

/// What is held out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldOut {
    /// A fold; none: the lowest.
    Fold(Option<u32>),
    /// A whole subset: a sensor or source that was never heard.
    Subset(String),
    /// The recordings of a list, by their names without extension, whoever else their subjects are.
    Listed(BTreeSet<String>),
    /// Nothing: for a model whose making has been measured before.
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
    /// Choose epoch and threshold.
    pub validation: Vec<Example>,
    /// Only reported on.
    pub held_out: Vec<Example>,
    /// What is held out, in words.
    pub name: String,
    /// How the parts were made, in words.
    pub protocol: String,
}

impl Parts {
    /// The part of every recording, by its path; of one that both chooses the epoch and is reported on, the former.
    pub fn by_path(&self) -> BTreeMap<&Path, Part> {
        let parts = [(&self.held_out, Part::HeldOut), (&self.validation, Part::Chose), (&self.training, Part::Trained)];
        let named = parts.into_iter().flat_map(|(examples, part)| examples.iter().map(move |one| (&*one.path, part)));
        named.collect()
    }

    /// Deals out a dataset.
    ///
    /// # Errors
    /// Nothing to hold out or nothing to train on, too few groups, a held-out subset that shares a group with the rest, or a
    /// list without one of the recordings.
    pub fn new(dataset: &Dataset, held_out: &HeldOut, recipe: &Recipe) -> Result<Self> {
        let separation = dataset.separation();
        let unknown = dataset.examples.iter().filter(|example| !example.has_group()).count();
        let (train, validation, name, protocol) = match held_out {
            HeldOut::Fold(fold) => {
                let folds = dataset.folds(DEFAULT_FOLDS)?;
                let split = dataset.split(*fold)?;
                let fold = split.validation.first().map_or(0, |&index| folds[index]);
                let count = folds.iter().collect::<BTreeSet<_>>().len();
                let protocol = format!("grouped: fold {fold} of {count} held out, {separation}");
                (split.train, split.validation, format!("fold {fold} of {count}"), protocol)
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
        let pick = |indices: &[usize]| indices.iter().map(|&index| dataset.examples[index].clone()).collect();
        let balanced = "batches balanced over class x subset";
        let without_share = match recipe.selection {
            _ if recipe.has(Fault::SelectOnReported) => {
                Some((pick(&validation), "the epoch chosen on the very recordings reported on"))
            }
            Selection::Last => Some((Vec::new(), "the last epoch taken")),
            Selection::Best => None,
        };
        if let Some((chooses, how)) = without_share {
            return Ok(Self {
                training: pick(&train),
                validation: chooses,
                held_out: pick(&validation),
                name,
                protocol: format!("{protocol}; {how}; {balanced}"),
            });
        }
        // Of what is left, groups are dealt out anew: the data's folds have done their work.
        let mut rest: Vec<Example> = pick(&train);
        rest.iter_mut().for_each(|example| example.fold = None);
        let rest = Dataset { examples: rest, ..dataset.clone() };
        let shares = rest.folds(VALIDATION_SHARES)?;
        let share = most_typical(&rest, &shares);
        let part = |chosen: bool| {
            let examples = rest.examples.iter().zip(&shares).filter(|(_, of)| (**of == share) == chosen);
            examples.map(|(example, _)| example.clone()).collect()
        };
        Ok(Self {
            training: part(false),
            validation: part(true),
            held_out: pick(&validation),
            name,
            protocol: format!(
                "{protocol}; epoch chosen on one in {VALIDATION_SHARES} of the other recordings{}; {balanced}",
                if unknown == 0 { ", by groups" } else { "" }
            ),
        })
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
    let is_listed = |index: &usize| names.contains(&dataset.examples[*index].name());
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

/// The share whose make-up is nearest to the whole: a class of a subset can have fewer groups than there are shares, and a
/// share without it would choose the epoch blindly.
fn most_typical(dataset: &Dataset, shares: &[u32]) -> u32 {
    let mut counts: BTreeMap<(usize, &str), [usize; VALIDATION_SHARES as usize]> = BTreeMap::new();
    for (example, &share) in dataset.examples.iter().zip(shares) {
        let stratum = counts.entry((example.label, &example.subset)).or_default();
        stratum[share as usize] += 1;
    }
    let distance = |share: &u32| -> f64 {
        let parts = counts.values().map(|count| {
            let total: usize = count.iter().sum();
            (count[*share as usize] as f64 / total as f64 - 1.0 / f64::from(VALIDATION_SHARES)).abs()
        });
        parts.sum()
    };
    (0..VALIDATION_SHARES).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_that_lacks_no_class_of_a_subset_chooses_the_epoch() {
        let example = |label, subset: &str| Example {
            path: "x".into(),
            label,
            group: "g".into(),
            fold: None,
            subset: subset.into(),
            quality: None,
        };
        // Subset b has too few groups to be in share 0, and is twice in share 2.
        let shares = [0, 1, 2, 3, 4, 1, 2, 2, 3, 4];
        let examples = (0..10).map(|i| example(i / 5, if i < 5 { "a" } else { "b" })).collect();
        let dataset = Dataset { name: "test".into(), labels: vec!["normal".into(), "abnormal".into()], examples };
        assert_eq!(most_typical(&dataset, &shares), 1);
    }
}
