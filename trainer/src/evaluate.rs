//! How good a model is on labelled clips, at segment and at recording level.

mod table;

use std::collections::BTreeMap;

use serde::Serialize;
use spectnet_core::assessment::{self, Bin, Scored};
use spectnet_core::metrics::{Confusion, Metrics};
use spectnet_core::predict::{shares, winner};

use crate::classify::Classifier;
use crate::error::Result;
use crate::progress;
use crate::statistics::Groups;
use crate::training::clips::Clip;

/// The JSON of `spectnet eval`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// One count a recording.
    pub recording: Metrics,
    /// One count a segment (window); every segment has its recording's label.
    pub segment: Metrics,
    /// The same for each subset.
    pub subsets: BTreeMap<String, SubsetEvaluation>,
    /// Mean over the subsets of the recording-level metrics.
    pub mean_over_subsets: Metrics,
    /// 95 % interval of the recording-level MAcc: percentiles of a bootstrap over groups.
    pub macc_interval: Option<[f64; 2]>,
    /// Groups (subjects) the recordings belong to; as many as recordings where the data names none.
    pub groups: usize,
    /// Mean cross-entropy of the recordings' probabilities, in nats.
    pub loss: f64,
    /// Class names, in the order of rows and columns of `confusion`.
    pub labels: Vec<String>,
    /// Recordings: rows are the truth, columns the verdict.
    pub confusion: Vec<Vec<u64>>,
    /// Recordings: every class against the rest.
    pub per_class: BTreeMap<String, Metrics>,
    /// From this probability on a recording is called positive; none where no class is.
    pub threshold: Option<f64>,
    /// Whether the recordings' probabilities are calibrated.
    pub calibrated: bool,
    /// Mean square error of the recordings' probabilities; none without a positive class of two.
    pub brier: Option<f64>,
    /// Area under the curve of sensitivity against specificity; none without recordings of both classes.
    pub auc: Option<f64>,
    /// Predicted and observed shares of the positive class.
    pub reliability: Vec<Bin>,
    /// What was said of every recording; nothing without a positive class of two.
    #[serde(skip)]
    pub scored: Vec<Scored>,
}

/// The metrics of one subset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SubsetEvaluation {
    /// One count a recording.
    pub recording: Metrics,
    /// One count a segment.
    pub segment: Metrics,
}

/// What a model said of one recording.
struct Outcome<'a> {
    subset: &'a str,
    group: &'a str,
    truth: usize,
    verdict: usize,
    segments: Vec<usize>,
    loss: f64,
    /// Probability of the positive class of two.
    share: Option<f64>,
}

/// Evaluates a model on clips.
///
/// # Errors
/// Those of [`Classifier::classify`].
pub fn evaluate(classifier: &Classifier, clips: &[Clip], batch: usize) -> Result<Evaluation> {
    let config = classifier.config();
    let bar = progress::bar(clips.len() as u64, "evaluating");
    let mut outcomes = Vec::with_capacity(clips.len());
    let positive = assessment::positive_of_two(config).and_then(|index| config.labels.get(index));
    let number = |label: &String| config.labels.iter().position(|known| known == label).unwrap_or(0);
    for clip in clips {
        let verdict = classifier.classify(clip, batch)?;
        let index =
            |probabilities: &BTreeMap<String, f64>| winner(&shares(&config.labels, probabilities), config.positive());
        let likelihood = verdict.probabilities[&config.labels[clip.example.label]];
        outcomes.push(Outcome {
            subset: &clip.example.subset,
            group: &clip.example.group,
            truth: clip.example.label,
            verdict: number(&verdict.label),
            share: positive.and_then(|label| verdict.probabilities.get(label)).copied(),
            segments: verdict.windows.iter().map(|window| index(&window.probabilities)).collect(),
            loss: -likelihood.max(1e-7).ln(),
        });
        bar.inc(1);
    }
    bar.finish_and_clear();
    let decision = classifier.decision();
    Ok(Evaluation {
        threshold: decision.threshold(),
        calibrated: decision.is_calibrated(),
        ..summarise(&outcomes, &config.labels, config.positive())
    })
}

fn summarise(outcomes: &[Outcome], labels: &[String], positive: Option<usize>) -> Evaluation {
    let all: Vec<&Outcome> = outcomes.iter().collect();
    let mut by_subset: BTreeMap<String, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        by_subset.entry(outcome.subset.to_string()).or_default().push(outcome);
    }
    let subsets: BTreeMap<String, SubsetEvaluation> = by_subset
        .into_iter()
        .map(|(name, outcomes)| {
            let recording = recordings(&outcomes, labels).metrics(positive);
            (name, SubsetEvaluation { recording, segment: segments(&outcomes, labels).metrics(positive) })
        })
        .collect();
    let scored: Vec<Scored> = outcomes
        .iter()
        .filter_map(|outcome| Some(Scored { probability: outcome.share?, positive: Some(outcome.truth) == positive }))
        .collect();
    let parts: Vec<Metrics> = subsets.values().map(|subset| subset.recording.clone()).collect();
    let confusion = recordings(&all, labels);
    let groups = Groups::new(all.iter().map(|outcome| outcome.group));
    Evaluation {
        recording: confusion.metrics(positive),
        segment: segments(&all, labels).metrics(positive),
        subsets,
        mean_over_subsets: Metrics::mean(&parts),
        macc_interval: groups.bootstrap(|drawn| {
            let drawn: Vec<&Outcome> = drawn.iter().map(|&recording| all[recording]).collect();
            recordings(&drawn, labels).metrics(positive).macc
        }),
        groups: groups.len(),
        loss: outcomes.iter().map(|outcome| outcome.loss).sum::<f64>() / outcomes.len().max(1) as f64,
        labels: labels.to_vec(),
        per_class: labels.iter().cloned().zip(confusion.per_class()).collect(),
        confusion: confusion.counts,
        threshold: None,
        calibrated: false,
        brier: (!scored.is_empty()).then(|| assessment::brier(&scored)),
        auc: assessment::auc(&scored),
        reliability: assessment::reliability(&scored),
        scored,
    }
}

fn recordings(outcomes: &[&Outcome], labels: &[String]) -> Confusion {
    let mut confusion = Confusion::new(labels);
    outcomes.iter().for_each(|outcome| confusion.add(outcome.truth, outcome.verdict));
    confusion
}

fn segments(outcomes: &[&Outcome], labels: &[String]) -> Confusion {
    let mut confusion = Confusion::new(labels);
    for outcome in outcomes {
        outcome.segments.iter().for_each(|&segment| confusion.add(outcome.truth, segment));
    }
    confusion
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(subset: &'static str, truth: usize, verdict: usize, segments: &[usize]) -> Outcome<'static> {
        let share = Some(if truth == verdict { truth as f64 } else { 0.5 });
        Outcome { subset, group: "", truth, verdict, segments: segments.to_vec(), loss: 0.5, share }
    }

    fn labels() -> Vec<String> {
        vec!["normal".into(), "abnormal".into()]
    }

    #[test]
    fn levels_and_subsets_are_counted_apart() {
        let outcomes = [
            outcome("a", 1, 1, &[1, 1, 0]),
            outcome("a", 0, 1, &[1, 1]),
            outcome("b", 1, 0, &[0]),
            outcome("b", 0, 0, &[0, 0, 0, 0]),
        ];
        let evaluation = summarise(&outcomes, &labels(), Some(1));
        assert_eq!((evaluation.recording.n, evaluation.segment.n), (4, 10));
        assert_eq!(evaluation.recording.sensitivity, Some(0.5));
        assert_eq!(evaluation.segment.sensitivity, Some(0.5));
        assert_eq!(evaluation.segment.specificity, Some(4.0 / 6.0));
        assert_eq!(evaluation.subsets["a"].recording.specificity, Some(0.0));
        assert_eq!(evaluation.mean_over_subsets.macc, Some(0.5));
        assert_eq!(evaluation.confusion, [[1, 1], [1, 1]]);
        assert_eq!(evaluation.per_class["abnormal"].macc, evaluation.recording.macc);
        assert_eq!(evaluation.per_class["normal"].n, 4);
        // Shares 1, ½, ½ and 0 of positives, negatives, positives and negatives: the one tie counts half.
        assert_eq!((evaluation.brier, evaluation.auc), (Some(0.125), Some(0.875)));
        assert_eq!(evaluation.reliability.iter().map(|bin| bin.n).collect::<Vec<_>>(), [1, 2, 1]);
    }

    #[test]
    fn the_interval_holds_the_value_and_narrows_with_more_recordings() {
        let width = |repeats: usize| {
            let names: Vec<String> = (0..repeats * 10).map(|i| i.to_string()).collect();
            let mut outcomes = Vec::new();
            for (i, group) in names.iter().enumerate() {
                let verdict = if i % 10 < 8 { i % 2 } else { 1 - i % 2 };
                outcomes.push(Outcome { group, ..outcome("a", i % 2, verdict, &[0]) });
            }
            let evaluation = summarise(&outcomes, &labels(), Some(1));
            assert_eq!(evaluation.groups, repeats * 10);
            let ([low, high], value) = (evaluation.macc_interval.unwrap(), evaluation.recording.macc.unwrap());
            assert!(low < value && value < high);
            high - low
        };
        assert!(width(20) < width(2));
    }

    #[test]
    fn one_class_alone_has_no_macc_and_no_interval() {
        let evaluation = summarise(&[outcome("a", 1, 1, &[1])], &labels(), Some(1));
        assert_eq!((evaluation.recording.macc, evaluation.macc_interval), (None, None));
        assert!(evaluation.table().contains('–'));
    }
}
