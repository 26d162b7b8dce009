//! Folds: which recordings are held out together. A group is never split.

use std::collections::{BTreeMap, BTreeSet};

use super::dataset::Dataset;
use super::example::Example;
use crate::error::{Error, Result};

/// Folds that are made where the data has none.
pub const DEFAULT_FOLDS: u32 = 4;

/// Indices into a dataset's examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Recordings to train on.
    pub train: Vec<usize>,
    /// Recordings held out.
    pub validation: Vec<usize>,
}

impl Dataset {
    /// The fold of every recording: the one the data gives, else groups dealt out over `folds` folds so that every
    /// label × subset is spread as evenly as the groups allow. The same data always gives the same folds.
    ///
    /// # Errors
    /// Folds for some recordings only, as where an evaluation set without folds lies beside the data; no folds in the
    /// data and fewer groups than `folds`.
    pub fn folds(&self, folds: u32) -> Result<Vec<u32>> {
        let given: Vec<u32> = self.examples.iter().filter_map(|example| example.fold).collect();
        if given.len() == self.examples.len() {
            return Ok(given);
        }
        if !given.is_empty() {
            return Err(self.some_without_fold());
        }
        let groups = self.groups();
        if folds < 2 || (groups.len() as u64) < u64::from(folds) {
            return Err(Error::input(format!(
                "{} groups of recordings cannot be dealt out over {folds} folds; at least {} are needed",
                groups.len(),
                folds.max(2)
            )));
        }
        Ok(deal(self, groups, folds as usize))
    }

    /// Holds out one fold: the one asked for, else the lowest.
    ///
    /// # Errors
    /// Those of [`folds`](Self::folds), a fold that is not there, or nothing left to train on.
    pub fn split(&self, fold: Option<u32>) -> Result<Split> {
        let folds = self.folds(DEFAULT_FOLDS)?;
        let known: BTreeSet<u32> = folds.iter().copied().collect();
        let fold = fold.or(known.first().copied()).unwrap_or_default();
        if !known.contains(&fold) {
            let known: Vec<String> = known.iter().map(u32::to_string).collect();
            return Err(Error::input(format!("there is no fold {fold}; the data has folds {}", known.join(", "))));
        }
        let (validation, train): (Vec<usize>, Vec<usize>) = (0..folds.len()).partition(|&index| folds[index] == fold);
        if train.is_empty() {
            return Err(Error::input(format!("every recording is in fold {fold}, so none is left to train on")));
        }
        Ok(Split { train, validation })
    }

    /// The recordings a model is measured on, with labels numbered as in the model: all of them, or those of a fold, which is
    /// the one that training would hold out where the data has no folds of its own.
    ///
    /// # Errors
    /// A label that the model does not have, and those of [`split`](Self::split).
    pub fn for_model(self, labels: &[String], fold: Option<u32>) -> Result<Self> {
        let chosen = fold.map(|fold| self.split(Some(fold))).transpose()?;
        let mut dataset = self.with_labels(labels)?;
        if let Some(chosen) = chosen {
            dataset.examples = chosen.validation.iter().map(|&index| dataset.examples[index].clone()).collect();
        }
        Ok(dataset)
    }

    /// Says which recordings have no fold, and how to train and report all the same.
    fn some_without_fold(&self) -> Error {
        let without: Vec<&Example> = self.examples.iter().filter(|example| example.fold.is_none()).collect();
        let subsets: BTreeSet<&str> = without.iter().map(|example| example.subset.as_str()).collect();
        let subsets: Vec<&str> = subsets.into_iter().collect();
        Error::input(format!(
            "{} of {} recordings are in no fold (subset {}). To train on the others and report on them: --protocol \
             leave-one-subset-out --hold-out {}. For folds, name the folder of the recordings that have them",
            without.len(),
            self.examples.len(),
            subsets.join(", "),
            subsets.first().unwrap_or(&"NAME")
        ))
    }

    /// # Errors
    /// A fold of the data that splits a group.
    pub(super) fn check_folds(&self) -> Result<()> {
        for (group, members) in self.groups() {
            let fold = |index: &usize| self.examples[*index].fold;
            if let Some(other) = members.iter().find(|index| fold(index) != fold(&members[0])) {
                let name = |index: usize| self.examples[index].path.display().to_string();
                return Err(Error::input(format!(
                    "group {group:?} is split over folds: {} is in fold {}, {} in fold {}; a group must stay in one fold",
                    name(members[0]),
                    fold(&members[0]).unwrap_or_default(),
                    name(*other),
                    fold(other).unwrap_or_default()
                )));
            }
        }
        Ok(())
    }

    /// What a split by groups keeps apart, in words: nothing can be said of subjects where the data does not name them.
    pub fn separation(&self) -> String {
        let (count, without) =
            (self.examples.len(), self.examples.iter().filter(|example| !example.has_group()).count());
        match without {
            0 => "no group split".into(),
            _ if without == count => "the data names no groups, so subjects may be on both sides".into(),
            _ => format!(
                "no group split, but {without} of {count} recordings have no group, so their subjects may be on both sides"
            ),
        }
    }

    /// The members of each group.
    fn groups(&self) -> BTreeMap<&str, Vec<usize>> {
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, example) in self.examples.iter().enumerate() {
            groups.entry(&example.group).or_default().push(index);
        }
        groups
    }
}

/// Deals groups out, the largest first, each to the fold that has least of what the group brings.
fn deal(dataset: &Dataset, groups: BTreeMap<&str, Vec<usize>>, folds: usize) -> Vec<u32> {
    let stratum = |index: &usize| {
        let example = &dataset.examples[*index];
        (example.label, example.subset.as_str())
    };
    let mut totals: BTreeMap<(usize, &str), f64> = BTreeMap::new();
    (0..dataset.examples.len()).for_each(|index| *totals.entry(stratum(&index)).or_default() += 1.0);

    let mut groups: Vec<(&str, Vec<usize>)> = groups.into_iter().collect();
    groups.sort_by_key(|(name, members)| (std::cmp::Reverse(members.len()), *name));

    let mut dealt = vec![BTreeMap::<(usize, &str), f64>::new(); folds];
    let mut sizes = vec![0; folds];
    let mut fold_of = vec![0; dataset.examples.len()];
    for (_, members) in groups {
        // How much of each stratum that the group brings is there already, as a fraction.
        let crowd = |fold: usize| -> f64 {
            members.iter().map(stratum).map(|s| dealt[fold].get(&s).copied().unwrap_or(0.0) / totals[&s]).sum()
        };
        let rank = |&a: &usize, &b: &usize| crowd(a).total_cmp(&crowd(b)).then(sizes[a].cmp(&sizes[b]));
        let fold = (0..folds).min_by(rank).unwrap_or(0);
        sizes[fold] += members.len();
        for index in members {
            *dealt[fold].entry(stratum(&index)).or_default() += 1.0;
            fold_of[index] = fold as u32;
        }
    }
    fold_of
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(examples: impl IntoIterator<Item = (usize, String, &'static str, Option<u32>)>) -> Dataset {
        let example = |(index, (label, group, subset, fold)): (usize, (usize, String, &str, Option<u32>))| Example {
            path: format!("{index}.wav").into(),
            label,
            group,
            fold,
            subset: subset.into(),
            quality: None,
            age: None,
        };
        let examples = examples.into_iter().enumerate().map(example).collect();
        let labels = vec!["normal".into(), "abnormal".into()];
        Dataset { name: "test".into(), labels, examples, ..Dataset::default() }
    }

    /// 4 subsets-by-label of 40 recordings in groups of 1 to 3.
    fn strata() -> Dataset {
        dataset((0..160).map(|i| {
            let subset = if i % 2 == 0 { "a" } else { "b" };
            let group = format!("{}-{subset}-{}", i % 4, i / 4 * 2 / 3);
            (usize::from(i % 4 >= 2), group, subset, None)
        }))
    }

    #[test]
    fn groups_stay_together_and_strata_are_spread_evenly() {
        let dataset = strata();
        let folds = dataset.folds(4).unwrap();
        let mut fold_of_group = BTreeMap::new();
        let mut counts: BTreeMap<(usize, &str, u32), u32> = BTreeMap::new();
        for (example, &fold) in dataset.examples.iter().zip(&folds) {
            assert_eq!(*fold_of_group.entry(&example.group).or_insert(fold), fold, "{}", example.group);
            *counts.entry((example.label, &example.subset, fold)).or_default() += 1;
        }
        assert_eq!(counts.len(), 16);
        assert!(counts.values().all(|&count| (9..=11).contains(&count)), "{counts:?}");
        assert_eq!(dataset.folds(4).unwrap(), folds);
    }

    #[test]
    fn folds_of_the_data_are_kept() {
        let dataset = dataset((0..6).map(|i| (0, i.to_string(), "a", Some(7 + i % 3))));
        assert_eq!(dataset.folds(2).unwrap(), [7, 8, 9, 7, 8, 9]);
        let split = dataset.split(Some(8)).unwrap();
        assert_eq!((split.train, split.validation), (vec![0, 2, 3, 5], vec![1, 4]));
        assert_eq!(dataset.split(None).unwrap().validation, [0, 3]);
        let message = dataset.split(Some(0)).unwrap_err().to_string();
        assert_eq!(message, "there is no fold 0; the data has folds 7, 8, 9");
    }

    #[test]
    fn recordings_kept_out_of_the_folds_are_held_out_as_a_subset() {
        let dataset = dataset((0..6).map(|i| {
            let (subset, fold) = if i < 4 { ("development", Some(1 + i % 2)) } else { ("evaluation", None) };
            (0, i.to_string(), subset, fold)
        }));
        let message = dataset.folds(4).unwrap_err().to_string();
        assert!(message.starts_with("2 of 6 recordings are in no fold (subset evaluation)"), "{message}");
        assert!(message.contains("--hold-out evaluation"), "{message}");
        assert!(dataset.split(Some(1)).is_err());
        assert!(dataset.check_folds().is_ok());
    }

    #[test]
    fn a_fold_that_splits_a_group_is_an_error_with_its_name() {
        let split = dataset([
            (0, "anna".into(), "a", Some(0)),
            (1, "ben".into(), "a", Some(1)),
            (0, "anna".into(), "a", Some(2)),
        ]);
        let message = split.check_folds().unwrap_err().to_string();
        assert!(message.contains("\"anna\"") && message.contains("0.wav") && message.contains("2.wav"), "{message}");
        assert!(strata().check_folds().is_ok());
    }

    /// A data set without groups was said to have none split.
    #[test]
    fn nobody_is_said_to_be_on_one_side_whose_subject_is_not_known() {
        let said = |known: [bool; 3]| {
            let group = |(i, known)| if known { "anna".to_owned() } else { format!("{i}.wav") };
            dataset(known.into_iter().enumerate().map(group).map(|group| (0, group, "a", None))).separation()
        };
        assert_eq!(said([true; 3]), "no group split");
        assert_eq!(said([false; 3]), "the data names no groups, so subjects may be on both sides");
        let some = said([true, false, true]);
        assert_eq!(some, "no group split, but 1 of 3 recordings have no group, so their subjects may be on both sides");
    }

    #[test]
    fn too_few_groups_are_refused() {
        let three = dataset((0..9).map(|i| (0, (i % 3).to_string(), "a", None)));
        assert!(three.folds(4).unwrap_err().to_string().contains("3 groups"));
        assert!(three.folds(3).is_ok());
        let one_fold = dataset((0..3).map(|i| (0, i.to_string(), "a", Some(0))));
        assert!(one_fold.split(None).unwrap_err().to_string().contains("none is left to train on"));
    }
}
