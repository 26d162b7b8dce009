//! Learning the parameters from recordings with known states.

use std::collections::BTreeMap;

use spectnet_core::heart::{
    Annotation, Durations, Features, HIDDEN, OFFSETS, Observation, Parameters, Rhythm, STATES, State, offsets_for,
};

use super::listener;
use super::minimise::minimise;
use super::network::{INPUTS, Labelled, Network, loss, start};
use crate::error::{Error, Result};

/// One frame in so many is learned from: neighbours are much alike.
const STRIDE: usize = 3;
/// Steps of the fit; the loss has long settled by then.
const STEPS: usize = 150;
/// Weights are rounded to the inverse of this, which changes nothing that is found: whoever opens the page loads them.
const DIGITS: f64 = 1e4;
/// Exponent of the likelihoods, chosen as the weights of the search were.
const EXPONENT: f64 = 0.2;
/// Fewest recordings with a rhythm: below, what is usual among recordings cannot be told.
const LEAST_RECORDINGS: usize = 10;
/// Least standard deviation, in seconds: made-up recordings may have states that always last the same.
const LEAST_DEVIATION: f64 = 0.005;
/// Standard deviation of the middle nine tenths of a normal distribution.
const MIDDLE: f64 = 0.79;

/// A recording with known states.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    /// Its envelopes.
    pub features: &'a Features,
    /// Its states.
    pub annotation: &'a Annotation,
    /// Where it comes from. Each subset weighs as much as the square root of its frames, so that a large one does not outweigh
    /// a small one.
    pub subset: &'a str,
    /// Whether a listener called it poor, where one was asked.
    pub poor: Option<bool>,
}

/// Learns the parameters of the segmentation from recordings with known states. The same examples in the same order give the
/// same numbers.
///
/// # Errors
/// Fewer than ten recordings in which a rhythm is known.
pub fn learn(examples: &[Example]) -> Result<Parameters> {
    let mut parameters = Parameters::new(durations(examples)?, observation(examples))?;
    let confidence = |example: &Example| Some((parameters.segment(example.features).ok()?.confidence, example.poor?));
    parameters.quality = listener::learn(&examples.iter().filter_map(confidence).collect::<Vec<_>>());
    Ok(parameters)
}

/// What there is to know about durations.
fn durations(examples: &[Example]) -> Result<Durations> {
    let known: Vec<(&Annotation, Rhythm)> =
        examples.iter().filter_map(|example| Some((example.annotation, example.annotation.rhythm()?))).collect();
    if known.len() < LEAST_RECORDINGS {
        return Err(Error::input(format!(
            "{} recordings with three known heart cycles; expected at least {LEAST_RECORDINGS}",
            known.len()
        )));
    }
    let of = |annotation: &Annotation, chosen: State| -> Vec<f64> {
        annotation.durations().filter(|(state, _)| *state == chosen).map(|(_, seconds)| seconds).collect()
    };
    let among = |chosen: State| moments(known.iter().flat_map(|(annotation, _)| of(annotation, chosen)).collect());
    let (s1, s2) = (among(State::S1), among(State::S2));
    // How far durations lie from what their recording's rhythm says, as a line over that.
    let within = |chosen: State, mean: &dyn Fn(&Rhythm) -> f64| {
        let deviations = known.iter().filter_map(|(annotation, rhythm)| {
            let found = of(annotation, chosen);
            (found.len() >= 3).then(|| [mean(rhythm), moments(found)[1]])
        });
        line(&deviations.collect::<Vec<_>>())
    };
    let systole_deviation = within(State::Systole, &|rhythm| rhythm.systole_s - s1[0]);
    let diastole_deviation = within(State::Diastole, &|rhythm| rhythm.cycle_s - rhythm.systole_s - s2[0]);
    let ln_cycle = moments(known.iter().map(|(_, rhythm)| rhythm.cycle_s.ln()).collect());
    let points: Vec<[f64; 2]> = known.iter().map(|(_, rhythm)| [rhythm.cycle_s, rhythm.systole_s]).collect();
    let [a, b] = line(&points);
    let deviation = moments(points.iter().map(|[cycle, systole]| systole - a - b * cycle).collect())[1];
    let floor = |[mean, deviation]: [f64; 2]| [mean, deviation.max(LEAST_DEVIATION)];
    Ok(Durations {
        s1: floor(s1),
        s2: floor(s2),
        systole_deviation,
        diastole_deviation,
        ln_cycle: floor(ln_cycle),
        systole: [a, b, deviation.max(LEAST_DEVIATION)],
    })
}

/// Mean and standard deviation of the middle nine tenths, the deviation scaled up as for a normal distribution: a few
/// states are bracketed wrongly.
fn moments(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    let cut = values.len() / 20;
    let middle = &values[cut..values.len() - cut];
    let count = middle.len().max(1) as f64;
    let mean = middle.iter().sum::<f64>() / count;
    let variance = middle.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    [mean, variance.sqrt() / MIDDLE]
}

/// Intercept and slope of the straight line through points, by least squares.
fn line(points: &[[f64; 2]]) -> [f64; 2] {
    let count = points.len().max(1) as f64;
    let mean = |axis: usize| points.iter().map(|point| point[axis]).sum::<f64>() / count;
    let [x, y] = [mean(0), mean(1)];
    let product: f64 = points.iter().map(|point| (point[0] - x) * (point[1] - y)).sum();
    let square: f64 = points.iter().map(|point| (point[0] - x).powi(2)).sum();
    let slope = if square > 1e-12 { product / square } else { 0.0 };
    [y - slope * x, slope]
}

fn observation(examples: &[Example]) -> Observation {
    let mut all: Vec<(&str, Labelled)> = Vec::with_capacity(examples.len());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for example in examples {
        let mut labels = example.annotation.labels(example.features.frames().len());
        labels.iter_mut().enumerate().filter(|(at, _)| at % STRIDE > 0).for_each(|(_, label)| *label = None);
        *counts.entry(example.subset).or_default() += labels.iter().flatten().count();
        let offsets = example.annotation.rhythm().map_or(OFFSETS, |rhythm| offsets_for(rhythm.cycle_s));
        all.push((example.subset, Labelled { frames: example.features.frames(), offsets, labels, weight: 0.0 }));
    }
    let total: f64 = counts.values().map(|count| (*count as f64).sqrt()).sum();
    for (subset, example) in &mut all {
        example.weight = 1.0 / (total * (counts[subset].max(1) as f64).sqrt());
    }
    let all: Vec<Labelled> = all.into_iter().map(|(_, example)| example).collect();
    let mut priors = [0.0; STATES];
    for example in &all {
        example.labels.iter().flatten().for_each(|state| priors[state.index()] += example.weight);
    }
    let x = minimise(|x| loss(&all, x), start(), STEPS);
    let network = Network::of(&x.iter().map(|weight| (weight * DIGITS).round() / DIGITS).collect::<Vec<f64>>());
    Observation {
        offsets: OFFSETS.to_vec(),
        hidden_weights: network.hidden[..INPUTS].as_flattened().to_vec(),
        hidden_bias: network.hidden[INPUTS],
        weights: std::array::from_fn(|unit| network.output[unit]),
        bias: network.output[HIDDEN],
        // A state that does not occur keeps a little.
        priors: priors.map(|prior| prior.clamp(1e-3, 0.999)),
        exponent: EXPONENT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_a_normal_distribution_are_its_own_and_outliers_count_little() {
        // Quantiles of the logistic distribution lie near those of the normal one with deviation 1.7.
        let mut values: Vec<f64> =
            (1..1000).map(|i| 3.0 + (f64::from(i) / (1000.0 - f64::from(i))).ln() / 1.7).collect();
        values.extend([1e6; 20]);
        let [mean, deviation] = moments(values);
        assert!((mean - 3.0).abs() < 0.05 && (deviation - 1.0).abs() < 0.06, "{mean} {deviation}");
        assert_eq!(line(&[[1.0, 3.0], [2.0, 5.0], [3.0, 7.0]]), [1.0, 2.0]);
        assert_eq!(line(&[[1.0, 3.0]]), [3.0, 0.0]);
    }
}
