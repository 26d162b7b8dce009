//! How good a classifier is: confusion matrices and the fractions read from them.
//!
//! With K classes of equal standing every class is measured against the rest and the K values are averaged (macro
//! average). So macro F1 is the mean of the classes' F1, as in scikit-learn, and not the F1 of mean precision and mean
//! sensitivity; Opitz & Burst (2019) compare the two.

use serde::{Deserialize, Serialize};

/// Counts of predictions: rows are the truth, columns what was predicted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// Class names, in the order of rows and columns.
    pub labels: Vec<String>,
    /// `counts[truth][predicted]`.
    pub counts: Vec<Vec<u64>>,
}

/// Fractions in 0..=1; `None` (JSON `null`) where the denominator is 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Number of predictions counted.
    pub n: u64,
    /// Correct predictions among all.
    pub accuracy: Option<f64>,
    /// Mean of sensitivity and specificity, the score of the PhysioNet/CinC 2016 challenge.
    pub macc: Option<f64>,
    /// Positives found among all positives (recall).
    pub sensitivity: Option<f64>,
    /// Negatives found among all negatives.
    pub specificity: Option<f64>,
    /// True positives among all predicted positive.
    pub precision: Option<f64>,
    /// Harmonic mean of precision and sensitivity.
    pub f1: Option<f64>,
}

impl Confusion {
    /// An empty matrix over `labels`.
    pub fn new(labels: &[String]) -> Self {
        Self { labels: labels.to_vec(), counts: vec![vec![0; labels.len()]; labels.len()] }
    }

    /// Counts one prediction; both are indices into `labels`.
    ///
    /// # Panics
    /// If an index is not one of `labels`: the caller holds indices that it made itself.
    pub fn add(&mut self, truth: usize, predicted: usize) {
        self.counts[truth][predicted] += 1;
    }

    /// The metrics of this matrix.
    ///
    /// `Some(i)`: class `i` against the rest. `None`: every class against the rest, and the mean
    /// of each metric over the classes that occur in the truth (macro average); a class for which
    /// a metric is undefined does not enter that metric's mean. Accuracy is always the fraction
    /// of predictions that name the right class.
    ///
    /// # Panics
    /// If `positive` is not an index into `labels`.
    pub fn metrics(&self, positive: Option<usize>) -> Metrics {
        let n: u64 = self.counts.iter().flatten().sum();
        let correct: u64 = (0..self.labels.len()).map(|i| self.counts[i][i]).sum();
        let one = match positive {
            Some(class) => self.one_against_rest(class, n),
            None => Metrics::mean(
                &(0..self.labels.len())
                    .filter(|&class| self.members(class) > 0)
                    .map(|class| self.one_against_rest(class, n))
                    .collect::<Vec<_>>(),
            ),
        };
        Metrics { n, accuracy: fraction(correct, n), ..one }
    }

    /// Every class against the rest, in the order of `labels`: `n` counts all predictions, and accuracy is the fraction
    /// of them that are right about this class. What acoustic-scene tables call class-wise accuracy is the sensitivity.
    pub fn per_class(&self) -> Vec<Metrics> {
        let n = self.counts.iter().flatten().sum();
        (0..self.labels.len()).map(|class| self.one_against_rest(class, n)).collect()
    }

    /// How many predictions there are about members of a class.
    ///
    /// # Panics
    /// If `class` is not an index into `labels`.
    pub fn members(&self, class: usize) -> u64 {
        self.counts[class].iter().sum()
    }

    fn one_against_rest(&self, class: usize, n: u64) -> Metrics {
        let true_positives = self.counts[class][class];
        let positives = self.members(class);
        let called: u64 = self.counts.iter().map(|row| row[class]).sum();
        let negatives = n - positives;
        let true_negatives = negatives - (called - true_positives);
        let sensitivity = fraction(true_positives, positives);
        let specificity = fraction(true_negatives, negatives);
        Metrics {
            n,
            accuracy: fraction(true_positives + true_negatives, n),
            macc: sensitivity.zip(specificity).map(|(se, sp)| (se + sp) / 2.0),
            sensitivity,
            specificity,
            precision: fraction(true_positives, called),
            f1: fraction(2 * true_positives, positives + called),
        }
    }
}

impl Metrics {
    /// The mean of each metric over `parts` (for example subsets), every part weighing the same;
    /// `n` is their total. A part in which a metric is undefined does not enter its mean.
    pub fn mean(parts: &[Metrics]) -> Metrics {
        let mean = |metric: fn(&Metrics) -> Option<f64>| mean_of_defined(parts.iter().map(metric));
        Metrics {
            n: parts.iter().map(|part| part.n).sum(),
            accuracy: mean(|m| m.accuracy),
            macc: mean(|m| m.macc),
            sensitivity: mean(|m| m.sensitivity),
            specificity: mean(|m| m.specificity),
            precision: mean(|m| m.precision),
            f1: mean(|m| m.f1),
        }
    }
}

/// The mean of the values that are there; none where none is.
pub fn mean_of_defined(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let defined: Vec<f64> = values.flatten().collect();
    (!defined.is_empty()).then(|| defined.iter().sum::<f64>() / defined.len() as f64)
}

fn fraction(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn confusion(counts: &[&[u64]]) -> Confusion {
        Confusion {
            labels: (0..counts.len()).map(|i| format!("class {i}")).collect(),
            counts: counts.iter().map(|row| row.to_vec()).collect(),
        }
    }

    #[test]
    fn binary_metrics_by_hand() {
        // 100 normal, 80 of them recognised; 50 abnormal, 30 of them found.
        let metrics = confusion(&[&[80, 20], &[20, 30]]).metrics(Some(1));
        assert_eq!(metrics.n, 150);
        assert_eq!(metrics.accuracy, Some(110.0 / 150.0));
        assert_eq!(metrics.sensitivity, Some(0.6));
        assert_eq!(metrics.specificity, Some(0.8));
        assert_eq!(metrics.macc, Some(0.7));
        assert_eq!(metrics.precision, Some(0.6));
        assert_eq!(metrics.f1, Some(0.6));
    }

    #[test]
    fn swapping_the_positive_class_swaps_sensitivity_and_specificity() {
        let confusion = confusion(&[&[7, 2], &[1, 5]]);
        let (one, other) = (confusion.metrics(Some(0)), confusion.metrics(Some(1)));
        assert_eq!(one.sensitivity, other.specificity);
        assert_eq!(one.specificity, other.sensitivity);
        assert_eq!(one.macc, other.macc);
    }

    #[test]
    fn a_zero_denominator_is_null_and_not_zero() {
        let mut confusion = Confusion::new(&["normal".to_string(), "abnormal".to_string()]);
        assert_eq!(confusion.metrics(Some(1)), Metrics::default());
        confusion.add(0, 0);
        let metrics = confusion.metrics(Some(1));
        assert_eq!(metrics.specificity, Some(1.0));
        assert_eq!(metrics.sensitivity, None);
        assert_eq!(metrics.macc, None);
        assert_eq!(metrics.precision, None);
        assert_eq!(metrics.f1, None);
        let json = serde_json::to_value(&metrics).unwrap();
        assert!(json["sensitivity"].is_null());
        assert_eq!(json["accuracy"], 1.0);
    }

    #[test]
    fn macro_average_leaves_out_classes_absent_from_the_truth() {
        let metrics = confusion(&[&[4, 0, 0], &[1, 1, 2], &[0, 0, 0]]).metrics(None);
        assert_eq!(metrics.n, 8);
        assert_eq!(metrics.accuracy, Some(5.0 / 8.0));
        assert_eq!(metrics.sensitivity, Some((1.0 + 0.25) / 2.0));
        assert_eq!(metrics.specificity, Some((0.75 + 1.0) / 2.0));
        assert_eq!(metrics.precision, Some((0.8 + 1.0) / 2.0));
    }

    #[test]
    fn the_mean_over_subsets_weighs_each_subset_the_same() {
        let big = confusion(&[&[90, 10], &[0, 100]]).metrics(Some(1));
        let small = confusion(&[&[1, 1], &[0, 0]]).metrics(Some(1));
        let mean = Metrics::mean(&[big.clone(), small]);
        assert_eq!(mean.n, 202);
        assert_eq!(mean.specificity, Some((0.9 + 0.5) / 2.0));
        assert_eq!(mean.sensitivity, big.sensitivity);
    }

    #[test]
    fn per_class_metrics_by_hand() {
        let confusion = confusion(&[&[4, 0, 0], &[1, 1, 2], &[0, 0, 0]]);
        let [first, second, absent] = &confusion.per_class()[..] else { panic!("three classes") };
        assert_eq!((first.n, first.sensitivity, first.precision), (8, Some(1.0), Some(0.8)));
        assert_eq!((second.sensitivity, second.specificity), (Some(0.25), Some(1.0)));
        assert_eq!(second.accuracy, Some(5.0 / 8.0));
        // 2 TP / (members + called): 2 / (4 + 1).
        assert_eq!(second.f1, Some(0.4));
        assert_eq!((absent.sensitivity, absent.specificity, absent.precision), (None, Some(0.75), Some(0.0)));
        assert_eq!((confusion.members(1), confusion.members(2)), (4, 0));
    }

    #[test]
    fn macro_f1_is_the_mean_of_the_classes_f1() {
        let confusion = confusion(&[&[8, 2], &[5, 5]]);
        let f1 = [16.0 / 23.0, 10.0 / 17.0];
        let metrics = confusion.metrics(None);
        assert!((metrics.f1.unwrap() - (f1[0] + f1[1]) / 2.0).abs() < 1e-12);
        // The F1 of mean precision and mean sensitivity is another number.
        let (precision, sensitivity) = (metrics.precision.unwrap(), metrics.sensitivity.unwrap());
        let other = 2.0 * precision * sensitivity / (precision + sensitivity);
        assert!((metrics.f1.unwrap() - other).abs() > 0.01);
    }

    /// Matrices of some classes with equally many members each.
    fn balanced() -> impl Strategy<Value = Confusion> {
        (2usize..16, 1usize..80).prop_flat_map(|(classes, members)| {
            let predictions = proptest::collection::vec(proptest::collection::vec(0..classes, members), classes);
            predictions.prop_map(move |predictions| {
                let labels: Vec<String> = (0..classes).map(|class| format!("class {class}")).collect();
                let mut confusion = Confusion::new(&labels);
                for (truth, predictions) in predictions.iter().enumerate() {
                    predictions.iter().for_each(|&prediction| confusion.add(truth, prediction));
                }
                confusion
            })
        })
    }

    proptest! {
        /// Where all classes have equally many members, the mean of the classes' sensitivities is the accuracy, and the
        /// mean specificity follows from it: every error is one false positive among the negatives of K - 1 classes.
        #[test]
        fn balanced_classes_make_accuracy_and_macro_sensitivity_equal(confusion in balanced()) {
            let metrics = confusion.metrics(None);
            let (accuracy, others) = (metrics.accuracy.unwrap(), confusion.labels.len() as f64 - 1.0);
            prop_assert!((metrics.sensitivity.unwrap() - accuracy).abs() < 1e-12);
            prop_assert!((metrics.specificity.unwrap() - (1.0 - (1.0 - accuracy) / others)).abs() < 1e-12);
            let f1: f64 = confusion.per_class().iter().map(|class| class.f1.unwrap()).sum();
            prop_assert!((metrics.f1.unwrap() - f1 / (others + 1.0)).abs() < 1e-12);
        }
    }
}
