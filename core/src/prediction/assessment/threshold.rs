//! Which threshold recordings ask for.
//!
//! The mean of sensitivity and specificity (MAcc) does not depend, unlike accuracy, on the fraction of positives among
//! the recordings, and it is the score of the PhysioNet challenge. A model that was trained on as many windows of one
//! class as of the other, and then calibrated, has its highest MAcc near ½. On some hundred recordings the curve of MAcc
//! is flat and ragged there, and its highest point is where chance put it: so of all thresholds that are as good as the
//! best within its standard error the one nearest to ½ is taken (the rule of one standard error: Breiman, Friedman,
//! Olshen & Stone, *Classification and Regression Trees*, 1984).

use super::curve::{below, sorted};
use super::{Point, Scored};

/// MAcc at a threshold.
struct Judged {
    threshold: f64,
    macc: f64,
    /// Standard error of it, as if recordings were independent of each other.
    error: f64,
}

/// The threshold nearest to ½ among those whose MAcc, as the mean over the sources, is better than chance and at most one
/// standard error below the highest. `None` where none is better than chance. `points` are those of all recordings
/// together; of a source of one class its sensitivity or its specificity counts alone.
pub fn choose(points: &[Point], sources: &[&[Scored]]) -> Option<f64> {
    let of_class = |positive: bool| -> Vec<Vec<f64>> {
        sources.iter().map(|scored| sorted(scored, positive)).filter(|sorted| !sorted.is_empty()).collect()
    };
    let (positives, negatives) = (of_class(true), of_class(false));
    let judged = |point: &Point| {
        let (missed, missed_variance) = mean_below(&positives, point.threshold);
        let (specificity, variance) = mean_below(&negatives, point.threshold);
        let macc = 0.5 * (1.0 - missed + specificity);
        Judged { threshold: point.threshold, macc, error: 0.5 * (missed_variance + variance).sqrt() }
    };
    let better_than_chance = |judged: &Judged| judged.macc > 0.5;
    let judged: Vec<Judged> = points.iter().map(judged).filter(better_than_chance).collect();
    let best = judged.iter().max_by(|one, other| one.macc.total_cmp(&other.macc))?;
    let as_good = judged.iter().filter(|one| one.macc >= best.macc - best.error);
    let distance = |one: &Judged| (one.threshold - 0.5).abs();
    as_good.min_by(|one, other| distance(one).total_cmp(&distance(other))).map(|one| one.threshold)
}

/// Mean over the sources of the fraction below a threshold, and the variance of that mean. Probabilities are in rising order.
fn mean_below(sources: &[Vec<f64>], threshold: f64) -> (f64, f64) {
    let count = sources.len().max(1) as f64;
    let fractions = sources.iter().map(|sorted| (below(sorted, threshold), sorted.len() as f64));
    let (sum, variances) = fractions.fold((0.0, 0.0), |(sum, variances), (fraction, recordings)| {
        (sum + fraction, variances + fraction * (1.0 - fraction) / recordings)
    });
    (sum / count, variances / (count * count))
}

#[cfg(test)]
mod tests {
    use super::super::roc;
    use super::*;

    /// Probabilities of negatives, and of positives.
    fn of(negatives: &[f64], positives: &[f64]) -> Vec<Scored> {
        let with = |positive| move |&probability: &f64| Scored { probability, positive };
        negatives.iter().map(with(false)).chain(positives.iter().map(with(true))).collect()
    }

    fn chosen(sources: &[&[Scored]]) -> Option<f64> {
        choose(&roc(&sources.concat()), sources)
    }

    #[test]
    fn what_parts_the_classes_is_taken_wherever_it_lies() {
        let parted = of(&[0.1, 0.2], &[0.3, 0.9]);
        assert_eq!(chosen(&[&parted]), Some(0.25));
        // Several part them: the nearest to one half of all that do.
        assert_eq!(chosen(&[&of(&[0.1], &[0.9])]), Some(0.5));
        assert_eq!(chosen(&[&of(&[0.9], &[0.1])]), None);
        assert_eq!(chosen(&[]), None);
    }

    #[test]
    fn a_lucky_recording_moves_no_threshold_and_many_do() {
        // From one half on 8 of 10 positives and 2 of 10 negatives; from 0.3 on one positive more.
        let (negatives, positives) =
            ([[0.1; 8].as_slice(), &[0.9; 2]].concat(), [[0.9; 8].as_slice(), &[0.3, 0.1]].concat());
        let few = of(&negatives, &positives);
        let at = chosen(&[&few]).unwrap();
        assert!(at > 0.3 && at < 0.7, "{at}");
        // MAcc 0.85 and 0.80: with a hundred times as many recordings the standard error is 0.008 in place of 0.08.
        let at = chosen(&[&few.repeat(100)]).unwrap();
        assert!(at < 0.3, "{at}");
    }

    #[test]
    fn the_standard_error_is_that_of_a_mean_of_fractions() {
        let sources = [vec![0.1, 0.2, 0.3, 0.9], vec![0.4, 0.6]];
        let (mean, variance) = mean_below(&sources, 0.5);
        assert_eq!((mean, variance), (0.625, (0.75 * 0.25 / 4.0 + 0.5 * 0.5 / 2.0) / 4.0));
        assert_eq!(mean_below(&[], 0.5), (0.0, 0.0));
    }
}
