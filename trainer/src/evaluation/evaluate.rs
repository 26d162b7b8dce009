//! How good a model is on labelled recordings, at segment level (a segment is a window) and at recording level.

mod table;

use std::collections::BTreeMap;

use super::metrics::{Confusion, Metrics};
use serde::Serialize;
use spectnet_core::prediction::assessment::{self, Bin, Scored};
use spectnet_core::prediction::{Reason, in_order_of_labels};

use super::decided::Decided;
use super::statistics::Groups;
use crate::compute::classify::Classifier;
use crate::data::library::LabelledRecording;
use crate::error::Result;
use crate::progress;

/// The JSON of `spectnet eval`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// One count for each recording that got a label. Everything below is about these too, unless it says otherwise.
    pub recording: Metrics,
    /// Fraction of the recordings that got a label, 0 to 1.
    pub coverage: f64,
    /// How many recordings got no label, by reason.
    pub abstained: BTreeMap<&'static str, u64>,
    /// All recordings; one without a label counts as wrong.
    pub abstentions_as_errors: Metrics,
    /// All recordings; one without a label counts with the label that its probabilities would give.
    pub forced: Forced,
    /// One count for each segment (window), which has the label of its recording.
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
    /// Recordings: rows are the truth, columns the prediction.
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
    /// Predicted probabilities and observed fractions of the positive class.
    pub reliability: Vec<Bin>,
    /// Probability and truth of every recording, by subset; none without a positive class of two.
    #[serde(skip)]
    pub scored: BTreeMap<String, Vec<Scored>>,
    /// What the model says of every recording, with a label or without, in their order.
    #[serde(skip)]
    pub decided: Vec<Decided>,
}

impl Evaluation {
    /// Probability and truth of every recording; empty without a positive class of two.
    pub fn all_scored(&self) -> Vec<Scored> {
        self.scored.values().flatten().copied().collect()
    }
}

/// The metrics of all recordings, with a label or without.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forced {
    /// One count for each recording.
    pub recording: Metrics,
    /// Mean over the subsets.
    pub mean_over_subsets: Metrics,
    /// Mean square error of the probabilities; none without a positive class of two.
    pub brier: Option<f64>,
    /// Area under the curve of sensitivity against specificity; none without recordings of both classes.
    pub auc: Option<f64>,
}

/// The metrics of one subset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SubsetEvaluation {
    /// One count for each recording.
    pub recording: Metrics,
    /// One count for each segment (window).
    pub segment: Metrics,
}

/// The prediction on one recording, and the truth.
struct Judged<'a> {
    subset: &'a str,
    group: &'a str,
    truth: usize,
    prediction: usize,
    /// Why the model abstained; none where it gave a label.
    abstained: Option<Reason>,
    segments: Vec<usize>,
    loss: f64,
    /// Probability of the positive class of two.
    probability: Option<f64>,
}

/// Evaluates a model on labelled recordings, `batch` windows at a time.
///
/// # Errors
/// Those of [`Classifier::classify_all`].
pub fn evaluate(classifier: &Classifier, recordings: &[LabelledRecording], batch: usize) -> Result<Evaluation> {
    let config = classifier.config();
    let bar = progress::bar(recordings.len() as u64, "evaluating");
    let (mut judged, mut decided) = (Vec::with_capacity(recordings.len()), Vec::with_capacity(recordings.len()));
    let positive = assessment::positive_of_two(config).and_then(|index| config.labels.get(index));
    let decision = classifier.decision();
    for (recording, prediction) in recordings.iter().zip(classifier.classify_all(recordings, batch, || bar.inc(1))?) {
        let said = Decided::of(&prediction, &config.labels, decision);
        let index =
            |probabilities: &BTreeMap<String, f64>| decision.label(&in_order_of_labels(&config.labels, probabilities));
        let likelihood = prediction.probabilities[&config.labels[recording.example.label]];
        judged.push(Judged {
            subset: &recording.example.subset,
            group: &recording.example.group,
            truth: recording.example.label,
            prediction: decision.label(&said.probabilities),
            abstained: said.abstained,
            probability: positive.and_then(|label| prediction.probabilities.get(label)).copied(),
            segments: prediction.windows.iter().map(|window| index(&window.probabilities)).collect(),
            loss: -likelihood.max(1e-7).ln(),
        });
        decided.push(said);
    }
    bar.finish_and_clear();
    Ok(Evaluation {
        threshold: decision.threshold(),
        calibrated: decision.is_calibrated(),
        decided,
        ..summarise(&judged, &config.labels, config.positive())
    })
}

fn summarise(judged: &[Judged], labels: &[String], positive: Option<usize>) -> Evaluation {
    let everyone: Vec<&Judged> = judged.iter().collect();
    let all: Vec<&Judged> = judged.iter().filter(|one| one.abstained.is_none()).collect();
    let by_subset = subsets_of(&all);
    let subsets = evaluated(&by_subset, labels, positive);
    let scored = scored(&all, positive);
    let confusion = recordings(&all, labels);
    let mut abstained = BTreeMap::new();
    everyone.iter().filter_map(|one| one.abstained).for_each(|why| *abstained.entry(why.name()).or_insert(0) += 1);
    let mut as_errors = confusion.clone();
    let unanswered = everyone.iter().filter(|one| one.abstained.is_some());
    unanswered.for_each(|one| as_errors.add(one.truth, (one.truth + 1) % labels.len().max(1)));
    let of_everyone = self::scored(&everyone, positive);
    let groups = Groups::new(all.iter().map(|one| one.group));
    Evaluation {
        recording: confusion.metrics(positive),
        coverage: all.len() as f64 / everyone.len().max(1) as f64,
        abstained,
        abstentions_as_errors: as_errors.metrics(positive),
        forced: Forced {
            recording: recordings(&everyone, labels).metrics(positive),
            mean_over_subsets: mean_over(&evaluated(&subsets_of(&everyone), labels, positive)),
            brier: (!of_everyone.is_empty()).then(|| assessment::brier(&of_everyone)),
            auc: assessment::auc(&of_everyone),
        },
        segment: segments(&all, labels).metrics(positive),
        mean_over_subsets: mean_over(&subsets),
        subsets,
        macc_interval: groups.bootstrap(|drawn| {
            let drawn: Vec<&Judged> = drawn.iter().map(|&recording| all[recording]).collect();
            recordings(&drawn, labels).metrics(positive).macc
        }),
        groups: groups.len(),
        loss: all.iter().map(|one| one.loss).sum::<f64>() / all.len().max(1) as f64,
        labels: labels.to_vec(),
        per_class: labels.iter().cloned().zip(confusion.per_class()).collect(),
        confusion: confusion.counts,
        threshold: None,
        calibrated: false,
        brier: (!scored.is_empty()).then(|| assessment::brier(&scored)),
        auc: assessment::auc(&scored),
        reliability: assessment::reliability(&scored),
        scored: by_subset.iter().map(|(&name, of)| (name.into(), self::scored(of, positive))).collect(),
        decided: Vec::new(),
    }
}

/// Recordings by subset.
type Subsets<'a> = BTreeMap<&'a str, Vec<&'a Judged<'a>>>;

fn subsets_of<'a>(judged: &[&'a Judged<'a>]) -> Subsets<'a> {
    let mut subsets = Subsets::new();
    judged.iter().for_each(|one| subsets.entry(one.subset).or_default().push(one));
    subsets
}

fn evaluated(subsets: &Subsets, labels: &[String], positive: Option<usize>) -> BTreeMap<String, SubsetEvaluation> {
    let evaluated = |judged: &[&Judged]| SubsetEvaluation {
        recording: recordings(judged, labels).metrics(positive),
        segment: segments(judged, labels).metrics(positive),
    };
    subsets.iter().map(|(&name, judged)| (name.into(), evaluated(judged))).collect()
}

fn mean_over(subsets: &BTreeMap<String, SubsetEvaluation>) -> Metrics {
    Metrics::mean(&subsets.values().map(|subset| subset.recording.clone()).collect::<Vec<_>>())
}

fn scored(judged: &[&Judged], positive: Option<usize>) -> Vec<Scored> {
    let score = |one: &&Judged| Some(Scored { probability: one.probability?, positive: Some(one.truth) == positive });
    judged.iter().filter_map(score).collect()
}

fn recordings(judged: &[&Judged], labels: &[String]) -> Confusion {
    let mut confusion = Confusion::new(labels);
    judged.iter().for_each(|one| confusion.add(one.truth, one.prediction));
    confusion
}

fn segments(judged: &[&Judged], labels: &[String]) -> Confusion {
    let mut confusion = Confusion::new(labels);
    for one in judged {
        one.segments.iter().for_each(|&segment| confusion.add(one.truth, segment));
    }
    confusion
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(subset: &'static str, truth: usize, prediction: usize, segments: &[usize]) -> Judged<'static> {
        let probability = Some(if truth == prediction { truth as f64 } else { 0.5 });
        Judged {
            subset,
            group: "",
            truth,
            prediction,
            abstained: None,
            segments: segments.to_vec(),
            loss: 0.5,
            probability,
        }
    }

    fn labels() -> Vec<String> {
        vec!["normal".into(), "abnormal".into()]
    }

    #[test]
    fn levels_and_subsets_are_counted_apart() {
        let judged = [
            said("a", 1, 1, &[1, 1, 0]),
            said("a", 0, 1, &[1, 1]),
            said("b", 1, 0, &[0]),
            said("b", 0, 0, &[0, 0, 0, 0]),
        ];
        let evaluation = summarise(&judged, &labels(), Some(1));
        assert_eq!((evaluation.recording.n, evaluation.segment.n), (4, 10));
        assert_eq!(evaluation.recording.sensitivity, Some(0.5));
        assert_eq!(evaluation.segment.sensitivity, Some(0.5));
        assert_eq!(evaluation.segment.specificity, Some(4.0 / 6.0));
        assert_eq!(evaluation.subsets["a"].recording.specificity, Some(0.0));
        assert_eq!(evaluation.mean_over_subsets.macc, Some(0.5));
        assert_eq!(evaluation.confusion, [[1, 1], [1, 1]]);
        assert_eq!(evaluation.per_class["abnormal"].macc, evaluation.recording.macc);
        assert_eq!(evaluation.per_class["normal"].n, 4);
        // Probabilities 1, ½, ½ and 0 of a positive, a negative, a positive and a negative: the one tie counts half.
        assert_eq!((evaluation.brier, evaluation.auc), (Some(0.125), Some(0.875)));
        assert_eq!(evaluation.reliability.iter().map(|bin| bin.n).collect::<Vec<_>>(), [1, 2, 1]);
        let probabilities = |subset: &str| evaluation.scored[subset].iter().map(|one| one.probability).collect();
        let (of_a, of_b): (Vec<f64>, Vec<f64>) = (probabilities("a"), probabilities("b"));
        assert_eq!((of_a, of_b), (vec![1.0, 0.5], vec![0.5, 0.0]));
    }

    #[test]
    fn the_interval_holds_the_value_and_narrows_with_more_recordings() {
        let width = |repeats: usize| {
            let names: Vec<String> = (0..repeats * 10).map(|i| i.to_string()).collect();
            let mut judged = Vec::new();
            for (i, group) in names.iter().enumerate() {
                let prediction = if i % 10 < 8 { i % 2 } else { 1 - i % 2 };
                judged.push(Judged { group, ..said("a", i % 2, prediction, &[0]) });
            }
            let evaluation = summarise(&judged, &labels(), Some(1));
            assert_eq!(evaluation.groups, repeats * 10);
            let ([low, high], value) = (evaluation.macc_interval.unwrap(), evaluation.recording.macc.unwrap());
            assert!(low < value && value < high);
            high - low
        };
        assert!(width(20) < width(2));
    }

    #[test]
    fn what_was_not_answered_is_counted_apart() {
        let silent =
            |truth, prediction| Judged { abstained: Some(Reason::Silent), ..said("a", truth, prediction, &[1]) };
        let judged = [said("a", 1, 1, &[1]), said("a", 0, 0, &[0]), said("a", 0, 1, &[1]), silent(1, 1), silent(0, 0)];
        let evaluation = summarise(&judged, &labels(), Some(1));
        assert_eq!((evaluation.coverage, evaluation.abstained["silent"]), (0.6, 2));
        assert_eq!((evaluation.recording.n, evaluation.recording.macc), (3, Some(0.75)));
        // Of two positives one is right, of three negatives one.
        let as_errors = &evaluation.abstentions_as_errors;
        assert_eq!((as_errors.n, as_errors.sensitivity, as_errors.specificity), (5, Some(0.5), Some(1.0 / 3.0)));
        let forced = &evaluation.forced.recording;
        assert_eq!((forced.n, forced.sensitivity, forced.specificity), (5, Some(1.0), Some(2.0 / 3.0)));
        assert_eq!(evaluation.all_scored().len(), 3);
    }

    #[test]
    fn one_class_alone_has_no_macc_and_no_interval() {
        let evaluation = summarise(&[said("a", 1, 1, &[1])], &labels(), Some(1));
        assert_eq!((evaluation.recording.macc, evaluation.macc_interval), (None, None));
        assert!(evaluation.table().contains('–'));
    }
}
