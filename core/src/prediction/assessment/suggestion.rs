//! Which threshold somebody's own labelled recordings suggest, without a new model file.

use super::{Assessment, Scored, calibrated};
use crate::{Error, Result};

/// Fewest recordings of each class from which a threshold is suggested: with 20, a sensitivity of 80 % may still be
/// 58 % or 92 % (Wilson interval of 95 %). From fewer the figures say next to nothing.
pub const LEAST_OF_EACH: usize = 20;

/// What labelled recordings suggest.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The threshold, for probabilities as they were given.
    pub threshold: f64,
    /// What [`Assessment::measure`] finds on these recordings. Its own threshold is for probabilities that are
    /// calibrated by its own temperature, and calls the same recordings positive.
    pub assessment: Assessment,
}

impl Suggestion {
    /// Measures the recordings as `spectnet calibrate` does. `scored` are probabilities that a model calibrates by
    /// `temperature`; 1 where it does not calibrate. `measured_on` completes "measured on".
    ///
    /// # Errors
    /// [`Error::Invalid`] for fewer than [`LEAST_OF_EACH`] recordings of a class, a temperature that is not positive,
    /// and what [`Assessment::measure`] refuses.
    pub fn of(scored: &[Scored], temperature: f64, measured_on: impl Into<String>) -> Result<Self> {
        let positives = scored.iter().filter(|one| one.positive).count();
        let negatives = scored.len() - positives;
        if positives.min(negatives) < LEAST_OF_EACH {
            return Err(Error::invalid(format!(
                "{positives} recordings of the positive class and {negatives} of the other are too few: a threshold \
                 takes at least {LEAST_OF_EACH} of each"
            )));
        }
        if !(temperature > 0.0 && temperature.is_finite()) {
            return Err(Error::invalid(format!("temperature {temperature}: expected a positive number")));
        }
        let raw: Vec<Scored> = scored.iter().map(|one| one.calibrated(temperature.recip())).collect();
        let assessment = Assessment::measure(&raw, measured_on)?;
        let called = |one: &Scored| one.calibrated(assessment.temperature).probability >= assessment.threshold;
        // The highest probability that is not called positive, and the lowest that is.
        let (mut below, mut from) = (0.0_f64, 1.0_f64);
        for (own, raw) in scored.iter().zip(&raw) {
            if called(raw) { from = from.min(own.probability) } else { below = below.max(own.probability) }
        }
        let same = calibrated(calibrated(assessment.threshold, assessment.temperature.recip()), temperature);
        // Log-odds are limited, so far from ½ the way back may end beside the gap; its middle never does.
        let middle = 0.5 * (below + from);
        let threshold = if below < same && same <= from {
            same
        } else if below < middle {
            middle
        } else {
            from
        };
        Ok(Self { threshold, assessment })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scored(probabilities: &[(f64, bool)]) -> Vec<Scored> {
        probabilities.iter().map(|&(probability, positive)| Scored { probability, positive }).collect()
    }

    /// Negatives from 0.1 to 0.4, positives from 0.6 to 0.9; 20 of each.
    fn apart() -> Vec<Scored> {
        let place = |i: u32| 0.3 * f64::from(i) / 19.0;
        scored(&(0..20).flat_map(|i| [(0.1 + place(i), false), (0.6 + place(i), true)]).collect::<Vec<_>>())
    }

    #[test]
    fn classes_that_lie_apart_are_told_apart() {
        for temperature in [0.3, 1.0, 4.0] {
            let found = Suggestion::of(&apart(), temperature, "40 recordings").unwrap();
            assert!(found.threshold > 0.4 && found.threshold <= 0.6, "{temperature}: {}", found.threshold);
            assert_eq!(found.assessment.at(found.assessment.threshold), [1.0, 1.0]);
            assert_eq!((found.assessment.measured.positives, found.assessment.measured.negatives), (20, 20));
        }
    }

    #[test]
    fn too_few_recordings_of_a_class_suggest_nothing() {
        let all = apart();
        let few = |positive: bool, count: usize| {
            let (some, others): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.positive == positive);
            let few: Vec<Scored> = some.into_iter().take(count).chain(others).copied().collect();
            Suggestion::of(&few, 1.0, "few").unwrap_err().to_string()
        };
        assert!(few(true, 19).contains("19 recordings of the positive class and 20 of the other are too few"));
        assert!(few(false, 0).contains("at least 20 of each"));
        assert!(Suggestion::of(&[], 1.0, "none").is_err());
    }

    #[test]
    fn what_is_no_temperature_or_probability_is_refused() {
        for temperature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Suggestion::of(&apart(), temperature, "40 recordings").is_err(), "{temperature}");
        }
        assert!(Suggestion::of(&apart(), 1.0, "40 recordings").is_ok());
    }

    proptest! {
        /// The same recordings are called positive as by a model file that `spectnet calibrate` writes.
        #[test]
        fn the_threshold_calls_what_the_calibrated_model_calls(
            positives in proptest::collection::vec(0.0..=1.0f64, 20..60),
            negatives in proptest::collection::vec(0.0..=1.0f64, 20..60),
            temperature in 0.5..8.0f64,
        ) {
            let raw: Vec<(f64, bool)> = positives
                .into_iter()
                .map(|probability| (probability, true))
                .chain(negatives.into_iter().map(|probability| (probability, false)))
                .collect();
            let own: Vec<(f64, bool)> =
                raw.iter().map(|&(probability, positive)| (calibrated(probability, temperature), positive)).collect();
            let found = Suggestion::of(&scored(&own), temperature, "some recordings").unwrap();
            prop_assert!((0.0..=1.0).contains(&found.threshold));
            let Assessment { temperature: its, threshold, .. } = found.assessment;
            for (own, _) in own {
                let by_file = calibrated(calibrated(own, temperature.recip()), its) >= threshold;
                prop_assert_eq!(own >= found.threshold, by_file, "{} by {}", own, found.threshold);
            }
        }
    }
}
