//! How far two runs differ on the same recordings.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::evaluation::past_run::{PastRun, Said, groups};
use crate::evaluation::statistics::mcnemar;
use crate::study::comparison::permutation;
use crate::study::complete::Decided;

/// A run minus another one, on the recordings to which both gave a label.
#[derive(Debug, Serialize)]
pub(super) struct Difference {
    /// How many recordings these are.
    pub recordings: usize,
    /// Groups that are drawn and swapped.
    pub groups: usize,
    /// Difference of MAcc.
    pub macc: Option<f64>,
    /// Its 95 % interval: bootstrap over groups, both runs on the same ones.
    pub macc_interval: Option<[f64; 2]>,
    /// The same of accuracy.
    pub accuracy: Option<f64>,
    /// Its interval.
    pub accuracy_interval: Option<[f64; 2]>,
    /// The same of MAcc averaged over subsets.
    pub mean_over_subsets: Option<f64>,
    /// Its interval.
    pub mean_over_subsets_interval: Option<[f64; 2]>,
    /// Recordings that only this run gets right.
    pub only_this: u64,
    /// Recordings that only the other one gets right.
    pub only_other: u64,
    /// Exact McNemar test of these two numbers, as if all recordings were independent of each other.
    pub p: f64,
    /// Test that swaps the two runs' decisions group by group: of the difference in MAcc, or in accuracy where no class is
    /// positive.
    pub permutation_p: Option<f64>,
}

impl Difference {
    /// Of a run and another one, or why they cannot be compared.
    pub(super) fn of(run: &PastRun, other: &PastRun) -> Result<Self, &'static str> {
        if run.config.labels != other.config.labels {
            return Err("the runs know other classes");
        }
        if run.held_out != other.held_out {
            return Err("one run held recordings out, and the other did not");
        }
        let pairs = pairs(run, other).ok_or("the runs were measured on other recordings")?;
        let pairs: Vec<[&Said; 2]> =
            pairs.into_iter().filter(|pair| pair.iter().all(|said| said.prediction.is_some())).collect();
        let sides = |drawn: &[usize]| {
            let side = |side: usize| drawn.iter().map(|&number| pairs[number][side]).collect::<Vec<&Said>>();
            (side(0), side(1))
        };
        let macc = |drawn: &[usize]| {
            let (a, b) = sides(drawn);
            Some(run.metrics(&a).macc? - other.metrics(&b).macc?)
        };
        let accuracy = |drawn: &[usize]| {
            let (a, b) = sides(drawn);
            Some(run.metrics(&a).accuracy? - other.metrics(&b).accuracy?)
        };
        let mean = |drawn: &[usize]| {
            let (a, b) = sides(drawn);
            Some(run.mean_over_subsets(&a).macc? - other.mean_over_subsets(&b).macc?)
        };
        let all: Vec<usize> = (0..pairs.len()).collect();
        let (ours, theirs) = sides(&all);
        let groups = groups(&ours);
        let decided = |side: &[&Said]| -> Vec<Decided> {
            let decided =
                side.iter().filter_map(|said| Some(Decided { truth: said.truth, prediction: said.prediction? }));
            decided.collect()
        };
        let (ours, theirs) = (decided(&ours), decided(&theirs));
        let count = |right: [bool; 2]| {
            let both = ours.iter().zip(&theirs).map(|(a, b)| [a.is_right(), b.is_right()]);
            both.filter(|are| *are == right).count() as u64
        };
        let (only_this, only_other) = (count([true, false]), count([false, true]));
        Ok(Self {
            recordings: pairs.len(),
            groups: groups.len(),
            macc: macc(&all),
            macc_interval: groups.bootstrap(macc),
            accuracy: accuracy(&all),
            accuracy_interval: groups.bootstrap(accuracy),
            mean_over_subsets: mean(&all),
            mean_over_subsets_interval: groups.bootstrap(mean),
            only_this,
            only_other,
            p: mcnemar(only_this, only_other),
            permutation_p: permutation(&groups, [&ours, &theirs], run.config.positive()),
        })
    }
}

/// What both say of every recording; none where their recordings, labels or sounds differ.
fn pairs<'a>(run: &'a PastRun, other: &'a PastRun) -> Option<Vec<[&'a Said; 2]>> {
    let theirs: BTreeMap<&str, &Said> = other.said.iter().map(|said| (said.file.as_str(), said)).collect();
    let same = |said: &&Said| {
        let sounds = |other: &Said| said.digest.as_ref().zip(other.digest.as_ref()).is_none_or(|(a, b)| a == b);
        theirs.get(said.file.as_str()).copied().filter(|other| other.truth == said.truth && sounds(other))
    };
    if run.said.is_empty() || run.said.len() != theirs.len() {
        return None;
    }
    run.said.iter().map(|said| Some([said, same(&said)?])).collect()
}

#[cfg(test)]
mod tests {
    use spectnet_core::model::Task;
    use spectnet_core::package::Provenance;

    use super::*;

    /// A run that names these recordings right, wrong, or not at all.
    fn run(said: &[(&str, &str, usize, Option<usize>)]) -> PastRun {
        let of = |&(file, group, truth, prediction): &(&str, &str, usize, Option<usize>)| Said {
            file: file.into(),
            subset: "a".into(),
            group: group.into(),
            truth,
            prediction,
            abstained: String::new(),
            probabilities: vec![0.5, 0.5],
            digest: Some(format!("sound of {file}")),
        };
        PastRun {
            folder: "run".into(),
            config: Task::Heart.model(["normal", "abnormal"].map(String::from).to_vec(), 4, 2),
            provenance: Provenance::default(),
            assessment: None,
            said: said.iter().map(of).collect(),
            held_out: true,
        }
    }

    #[test]
    fn runs_are_compared_on_the_recordings_that_both_name() {
        let names = ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9"];
        let of = |wrong: &[usize], silent: usize| {
            let said = (0..10).map(|i| {
                let truth = i % 2;
                let prediction = if wrong.contains(&i) { 1 - truth } else { truth };
                (names[i], names[i], truth, (i != silent).then_some(prediction))
            });
            run(&said.collect::<Vec<_>>())
        };
        let (good, bad) = (of(&[], 9), of(&[0, 1, 2], 8));
        let difference = Difference::of(&good, &bad).unwrap();
        assert_eq!((difference.recordings, difference.groups), (8, 8));
        assert_eq!((difference.only_this, difference.only_other), (3, 0));
        // Two of four negatives and one of four positives.
        assert!((difference.macc.unwrap() - 0.375).abs() < 1e-12, "{difference:?}");
        assert!((difference.accuracy.unwrap() - 0.375).abs() < 1e-12 && (difference.p - 0.25).abs() < 1e-12);
        let [low, high] = difference.accuracy_interval.unwrap();
        assert!(low <= 0.375 && 0.375 <= high && low >= 0.0, "{difference:?}");
        let back = Difference::of(&bad, &good).unwrap();
        assert_eq!((back.only_this, back.only_other, back.permutation_p), (0, 3, difference.permutation_p));
        // A group is swapped as a whole, and proves nothing by itself.
        let grouped = |prediction: usize| run(&["a", "b", "c"].map(|file| (file, "anna", 1, Some(prediction))));
        assert_eq!(Difference::of(&grouped(1), &grouped(0)).unwrap().groups, 1);
    }

    #[test]
    fn other_recordings_are_not_compared() {
        let one = run(&[("a", "a", 0, Some(0)), ("b", "b", 1, Some(1))]);
        let refused = |said: &[(&str, &str, usize, Option<usize>)]| Difference::of(&one, &run(said)).unwrap_err();
        let other = "the runs were measured on other recordings";
        assert_eq!(refused(&[("a", "a", 0, Some(0))]), other);
        assert_eq!(refused(&[("a", "a", 0, Some(0)), ("c", "c", 1, Some(1))]), other);
        assert_eq!(refused(&[("a", "a", 0, Some(0)), ("b", "b", 0, Some(1))]), other);
        let mut changed = run(&[("a", "a", 0, Some(0)), ("b", "b", 1, Some(1))]);
        changed.said[1].digest = Some("another sound".into());
        assert_eq!(Difference::of(&one, &changed).unwrap_err(), other);
        changed.said[1].digest = None;
        assert!(Difference::of(&one, &changed).is_ok());
        changed.held_out = false;
        assert!(Difference::of(&one, &changed).unwrap_err().contains("held recordings out"));
    }
}
