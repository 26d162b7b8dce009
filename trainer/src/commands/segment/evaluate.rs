//! `spectnet segment --evaluate`: how well onsets are found in groups that were not learned from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use crate::evaluation::metrics::Confusion;
use serde::Serialize;
use spectnet_core::heart::{Quality, State};
use spectnet_core::prediction::assessment::{Scored, auc};

use super::annotated::{Annotated, Collection, POOR};
use super::train::learn;
use crate::error::{Error, Result};
use crate::evaluation::statistics::bootstrap;
use crate::fit::segmentation::{Counts, TOLERANCE_S, compare};
use crate::output::{percent, print, print_json};
use crate::progress;

/// The JSON of `spectnet segment --evaluate`.
#[derive(Debug, Serialize)]
struct Evaluation {
    /// Name of the dataset.
    data: String,
    /// Folds, each held out once.
    folds: usize,
    /// Onsets farther from a known one than this many seconds are wrong.
    tolerance_s: f64,
    /// All recordings.
    pooled: Summary,
    /// The recordings of every subset.
    subsets: BTreeMap<String, Summary>,
    /// The recordings of every age that the data names.
    ages: BTreeMap<String, Summary>,
    /// How well recordings that listeners called poor are told from good ones; none where nobody did.
    quality: Option<QualityFound>,
    /// Seconds of sound segmented per second on one core: envelopes and search, without decoding and conditioning.
    times_real_time: f64,
    /// Recordings that cannot be used or have no usable states, with the reason.
    skipped: Vec<String>,
}

/// How well the onsets of some recordings were found.
#[derive(Debug, Serialize)]
struct Summary {
    recordings: usize,
    groups: usize,
    s1: Onsets,
    s2: Onsets,
    /// S1 and S2 together.
    both: Onsets,
    heart_rate: HeartRate,
    /// Fraction of the recordings in which a rhythm was found.
    plausible: f64,
}

#[derive(Debug, Serialize)]
struct Onsets {
    #[serde(flatten)]
    counts: Counts,
    f1: Option<f64>,
    sensitivity: Option<f64>,
    /// Positive predictivity.
    precision: Option<f64>,
    /// 95 % interval of F1: percentiles of a bootstrap over groups.
    f1_interval: Option<[f64; 2]>,
}

/// Found against known heart rate, over recordings with three known cycles.
#[derive(Debug, Serialize)]
struct HeartRate {
    recordings: usize,
    /// Median of the absolute difference in beats per minute.
    median_error_bpm: Option<f64>,
    /// Fraction of the recordings within 5 % of the known rate.
    within_5_percent: Option<f64>,
    /// The same of those whose rhythm is plausible: of the others a result does not say the rate.
    within_5_percent_of_plausible: Option<f64>,
    /// Fraction of the recordings with about half or twice the known rate (within 15 % of it).
    doubled_or_halved: Option<f64>,
}

/// Poor recordings told from good ones.
#[derive(Debug, Serialize)]
struct QualityFound {
    /// Recordings that listeners judged.
    recordings: usize,
    /// Those they called poor.
    poor: usize,
    /// Area under the ROC curve of all recordings.
    auc: Option<f64>,
    /// The same of each subset that has both kinds.
    auc_of_subsets: BTreeMap<String, f64>,
    /// Fraction of the poor recordings that are called too noisy.
    sensitivity: f64,
    /// Fraction of the good ones that are not.
    specificity: f64,
}

impl QualityFound {
    fn of(compared: &[Compared]) -> Option<Self> {
        let mut confusion = Confusion::new(&["good", POOR].map(String::from));
        let (mut all, mut subsets) = (Vec::new(), BTreeMap::<String, Vec<Scored>>::new());
        for one in compared {
            let (Some(quality), Some(poor)) = (one.quality, one.recording.poor()) else { continue };
            let scored = Scored { probability: quality.poor, positive: poor };
            confusion.add(usize::from(poor), usize::from(quality.too_noisy));
            subsets.entry(one.recording.example.subset.clone()).or_default().push(scored);
            all.push(scored);
        }
        let metrics = confusion.metrics(Some(1));
        Some(Self {
            recordings: all.len(),
            poor: all.iter().filter(|scored| scored.positive).count(),
            auc: auc(&all),
            auc_of_subsets: subsets.into_iter().filter_map(|(name, scored)| Some((name, auc(&scored)?))).collect(),
            sensitivity: metrics.sensitivity?,
            specificity: metrics.specificity?,
        })
    }

    fn line(&self) -> String {
        let subsets: Vec<String> = self.auc_of_subsets.iter().map(|(name, auc)| format!("{name} {auc:.2}")).collect();
        format!(
            "quality: {} of {} recordings were called poor; too noisy are {} of them and {} of the others; area under the ROC {:.2} ({})",
            self.poor,
            self.recordings,
            percent(Some(self.sensitivity)),
            percent(Some(1.0 - self.specificity)),
            self.auc.unwrap_or(f64::NAN),
            subsets.join(", ")
        )
    }
}

/// How the states that were found in a recording compare with the known ones.
struct Compared<'a> {
    recording: &'a Annotated,
    s1: Counts,
    s2: Counts,
    heart_rate_bpm: f64,
    plausible: bool,
    quality: Option<Quality>,
}

/// Learns on all folds but one and segments that one, for every fold. Where it `skips`, it goes on without recordings that
/// cannot be used.
///
/// # Errors
/// Those of [`Collection::read`], a single fold, or too few recordings to learn from.
pub fn run(data: &Path, states: &Path, skips: bool, json: bool) -> Result<()> {
    let collection = Collection::read(data, states, skips)?;
    let folds: BTreeSet<u32> = collection.recordings.iter().map(|recording| recording.fold).collect();
    if folds.len() < 2 {
        return Err(Error::input(format!(
            "{}: all recordings with states are in one fold; at least two are needed",
            data.display()
        )));
    }
    let mut compared = Vec::with_capacity(collection.recordings.len());
    let (mut sound_s, mut work_s) = (0.0, 0.0);
    let bar = progress::bar(folds.len() as u64, "folds");
    for &fold in &folds {
        let (held_out, rest): (Vec<&Annotated>, Vec<&Annotated>) =
            collection.recordings.iter().partition(|recording| recording.fold == fold);
        let parameters = learn(&rest)?;
        for recording in held_out {
            let before = Instant::now();
            let found = parameters.segment(&recording.features)?;
            work_s += before.elapsed().as_secs_f64() + recording.envelopes_s;
            sound_s += recording.features.duration_s();
            let count = |state| compare(&recording.annotation, &found, state);
            compared.push(Compared {
                recording,
                s1: count(State::S1),
                s2: count(State::S2),
                heart_rate_bpm: found.heart_rate_bpm,
                plausible: found.plausible,
                quality: found.quality,
            });
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let summaries = |name: &dyn Fn(&Compared) -> Option<String>| -> BTreeMap<String, Summary> {
        let mut groups: BTreeMap<String, Vec<&Compared>> = BTreeMap::new();
        for one in &compared {
            if let Some(name) = name(one) {
                groups.entry(name).or_default().push(one);
            }
        }
        groups.into_iter().map(|(name, compared)| (name, Summary::of(&compared))).collect()
    };
    let evaluation = Evaluation {
        data: collection.name.clone(),
        folds: folds.len(),
        tolerance_s: TOLERANCE_S,
        pooled: Summary::of(&compared.iter().collect::<Vec<_>>()),
        subsets: summaries(&|one| Some(one.recording.example.subset.clone())),
        ages: summaries(&|one| one.recording.example.age.clone()),
        quality: QualityFound::of(&compared),
        times_real_time: sound_s / work_s,
        skipped: collection.skipped,
    };
    if json { print_json(&evaluation) } else { print(&evaluation.table()) }
}

impl Summary {
    fn of(compared: &[&Compared]) -> Self {
        let mut groups: BTreeMap<&str, Vec<&Compared>> = BTreeMap::new();
        for one in compared {
            groups.entry(&one.recording.example.group).or_default().push(one);
        }
        let groups: Vec<Vec<&Compared>> = groups.into_values().collect();
        Self {
            recordings: compared.len(),
            groups: groups.len(),
            s1: Onsets::of(&groups, |one| one.s1),
            s2: Onsets::of(&groups, |one| one.s2),
            both: Onsets::of(&groups, |one| one.s1 + one.s2),
            heart_rate: HeartRate::of(compared),
            plausible: compared.iter().filter(|one| one.plausible).count() as f64 / compared.len().max(1) as f64,
        }
    }
}

impl Onsets {
    fn of(groups: &[Vec<&Compared>], count: impl Fn(&Compared) -> Counts) -> Self {
        let sums: Vec<Counts> = groups.iter().map(|group| group.iter().map(|one| count(one)).sum()).collect();
        let counts: Counts = sums.iter().copied().sum();
        Self {
            counts,
            f1: counts.f1(),
            sensitivity: counts.sensitivity(),
            precision: counts.precision(),
            f1_interval: bootstrap(sums.len(), |drawn| drawn.iter().map(|&group| sums[group]).sum::<Counts>().f1()),
        }
    }
}

impl HeartRate {
    fn of(compared: &[&Compared]) -> Self {
        let pairs_of = |counts: fn(&Compared) -> bool| -> Vec<(f64, f64)> {
            let pair = |one: &&Compared| Some((one.heart_rate_bpm, 60.0 / one.recording.annotation.rhythm()?.cycle_s));
            compared.iter().filter(|one| counts(one)).filter_map(pair).collect()
        };
        let (pairs, plausible) = (pairs_of(|_| true), pairs_of(|one| one.plausible));
        let fraction = |pairs: &[(f64, f64)], holds: fn(f64) -> bool| {
            let count = pairs.iter().filter(|(found, known)| holds(found / known)).count();
            (!pairs.is_empty()).then(|| count as f64 / pairs.len() as f64)
        };
        let is_near = |ratio: f64| (ratio - 1.0).abs() <= 0.05;
        let mut errors: Vec<f64> = pairs.iter().map(|(found, known)| (found - known).abs()).collect();
        errors.sort_by(f64::total_cmp);
        Self {
            recordings: pairs.len(),
            median_error_bpm: errors.get(errors.len() / 2).copied(),
            within_5_percent: fraction(&pairs, is_near),
            within_5_percent_of_plausible: fraction(&plausible, is_near),
            doubled_or_halved: fraction(&pairs, |ratio| {
                (ratio / 2.0 - 1.0).abs() <= 0.15 || (2.0 * ratio - 1.0).abs() <= 0.15
            }),
        }
    }
}

impl Evaluation {
    fn table(&self) -> String {
        let mut lines = vec![
            format!(
                "{}: {} recordings, each segmented by what was learned from the other {} of {} folds; onsets within {:.0} ms",
                self.data,
                self.pooled.recordings,
                self.folds - 1,
                self.folds,
                1000.0 * self.tolerance_s
            ),
            String::new(),
            "             recordings  groups   F1 of S1   F1 of S2   F1 of both (95 % interval)      Se      P+   rate within 5 %   of plausible".into(),
        ];
        lines.extend(self.subsets.iter().map(|(name, summary)| summary.line(&format!("subset {name}"))));
        lines.extend(self.ages.iter().map(|(name, summary)| summary.line(name)));
        lines.push(self.pooled.line("pooled"));
        lines.push(String::new());
        lines.extend(self.quality.as_ref().map(QualityFound::line));
        lines.push(format!("speed: {:.0} × real time on one core", self.times_real_time));
        if !self.skipped.is_empty() {
            lines.push(format!(
                "left out: {} recordings that cannot be used or have no usable states",
                self.skipped.len()
            ));
        }
        lines.join("\n")
    }
}

impl Summary {
    fn line(&self, name: &str) -> String {
        let interval = self
            .both
            .f1_interval
            .map_or(String::new(), |[low, high]| format!("({:.1} % to {:.1} %)", 100.0 * low, 100.0 * high));
        format!(
            "{name:<12} {:>10} {:>7} {:>10} {:>10} {:>8} {interval:<20} {:>7} {:>7} {:>17} {:>14}",
            self.recordings,
            self.groups,
            percent(self.s1.f1),
            percent(self.s2.f1),
            percent(self.both.f1),
            percent(self.both.sensitivity),
            percent(self.both.precision),
            percent(self.heart_rate.within_5_percent),
            percent(self.heart_rate.within_5_percent_of_plausible)
        )
    }
}
