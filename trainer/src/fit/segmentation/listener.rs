//! Learning which recordings a listener would call poor, from how sure their segmentations are.

use spectnet_core::heart::{Confidence, QualityModel};
use spectnet_core::prediction::assessment::{Scored, roc};

use super::minimise::minimise;

/// Fraction of the good recordings that may be called poor.
const GOOD_CALLED_POOR: f64 = 0.05;
/// Weight of the squared weights beside a recording's mean loss.
const DECAY: f64 = 1e-3;
/// Steps of the fit; the loss has long settled by then.
const STEPS: usize = 100;
/// Fewest recordings of each quality to learn from.
const LEAST_RECORDINGS: usize = 10;

/// Learns from recordings that listeners called poor or not; none where too few were called either.
pub fn learn(known: &[(Confidence, bool)]) -> Option<QualityModel> {
    let poor = known.iter().filter(|(_, poor)| *poor).count();
    let counts = [known.len() - poor, poor];
    if counts.iter().any(|&count| count < LEAST_RECORDINGS) {
        return None;
    }
    let of = |x: &[f64]| QualityModel { weights: [x[0], x[1], x[2]], bias: x[3], threshold: 1.0 };
    let loss = |x: &[f64]| {
        let listener = of(x);
        let mut gradient: Vec<f64> = x.iter().map(|weight| 2.0 * DECAY * weight).collect();
        let mut value = x.iter().map(|weight| DECAY * weight * weight).sum::<f64>();
        for (confidence, poor) in known {
            // Both kinds count the same in all.
            let weight = 0.5 / counts[usize::from(*poor)] as f64;
            let p = listener.poor(confidence);
            value -= weight * if *poor { p } else { 1.0 - p }.max(f64::MIN_POSITIVE).ln();
            let slope = weight * (p - f64::from(u8::from(*poor)));
            let features = QualityModel::features(confidence);
            gradient.iter_mut().zip(features).for_each(|(sum, feature)| *sum += slope * feature);
        }
        (value, gradient)
    };
    let mut listener = of(&minimise(loss, vec![0.0; 4], STEPS));
    let scored =
        |(confidence, poor): &(Confidence, bool)| Scored { probability: listener.poor(confidence), positive: *poor };
    let curve = roc(&known.iter().map(scored).collect::<Vec<_>>());
    let rare = curve.iter().filter(|point| point.specificity >= 1.0 - GOOD_CALLED_POOR).map(|point| point.threshold);
    listener.threshold = rare.fold(1.0, f64::min);
    Some(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confidence(x: f64) -> Confidence {
        Confidence { heart_rate: x, systolic_interval: 0.5 + 0.5 * x, states: 0.6 }
    }

    /// Twenty poor and sixty good recordings that overlap a little.
    fn known() -> Vec<(Confidence, bool)> {
        let poor = (0..20).map(|i| (confidence(0.02 * f64::from(i)), true));
        poor.chain((0..60).map(|i| (confidence(0.3 + 0.01 * f64::from(i)), false))).collect()
    }

    #[test]
    fn unsure_cycles_are_poor_and_few_good_recordings_are_lost() {
        let listener = learn(&known()).unwrap();
        assert!((0.0..=1.0).contains(&listener.threshold));
        let judged: Vec<(f64, bool)> = known().iter().map(|(c, poor)| (listener.poor(c), *poor)).collect();
        let called =
            |poor_ones: bool| judged.iter().filter(|(p, poor)| *poor == poor_ones && *p >= listener.threshold).count();
        assert!(called(true) >= 15 && called(false) <= 3, "{} {}", called(true), called(false));
        assert!(judged[0].0 > 0.9 && judged[79].0 < 0.1);
    }

    #[test]
    fn a_few_opinions_are_none() {
        assert_eq!(learn(&known()[15..]), None);
        assert_eq!(learn(&[]), None);
    }
}
