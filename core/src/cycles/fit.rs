//! Learning the parameters from recordings with known states.

use super::duration::{Durations, Rhythm};
use super::envelope::{CHANNELS, FRAME_S, Frame};
use super::minimise::minimise;
use super::observation::{Observation, around, log_softmax};
use super::state::{STATES, State};
use crate::error::{Error, Result};

/// Frames on both sides that the observation model looks at: dense nearby, sparse up to a third of a second.
const OFFSETS: [i32; 17] = [-17, -14, -11, -8, -6, -4, -2, -1, 0, 1, 2, 4, 6, 8, 11, 14, 17];
/// Weight of the squared weights against a frame's mean loss.
const DECAY: f64 = 1e-4;
/// Most steps of the fit.
const STEPS: usize = 80;
/// Exponent of the likelihoods.
const EXPONENT: f64 = 0.5;

/// Where a state begins; None begins a stretch in which the state is not known.
pub type Onset = (f64, Option<State>);

/// A recording with known states.
#[derive(Clone, Debug)]
pub struct Example {
    pub frames: Vec<Frame>,
    labels: Vec<Option<State>>,
    onsets: Vec<Onset>,
    subset: usize,
}

impl Example {
    /// `onsets` in order; the first may be cut by the beginning, the last lasts to the end.
    pub fn new(frames: Vec<Frame>, onsets: &[Onset], subset: usize) -> Self {
        let mut labels = vec![None; frames.len()];
        let mut next = 0;
        for (number, label) in labels.iter_mut().enumerate() {
            let middle = (number as f64 + 0.5) * FRAME_S;
            while onsets.get(next).is_some_and(|(start, _)| *start <= middle) {
                next += 1;
            }
            *label = next.checked_sub(1).and_then(|last| onsets[last].1);
        }
        Self { frames, labels, onsets: onsets.to_vec(), subset }
    }

    /// Durations of whole states.
    fn durations(&self) -> impl Iterator<Item = (State, f64)> {
        let inner = self.onsets.windows(2).skip(1);
        inner.filter_map(|pair| Some((pair[0].1?, pair[1].0 - pair[0].0)))
    }

    /// The median rhythm, if there are at least three beats.
    pub fn rhythm(&self) -> Option<Rhythm> {
        let mut cycles = Vec::new();
        let mut systoles = Vec::new();
        for five in self.onsets.windows(5) {
            if five[0].1 == Some(State::S1) && five[4].1 == Some(State::S1) && five.iter().all(|o| o.1.is_some()) {
                cycles.push(five[4].0 - five[0].0);
                systoles.push(five[2].0 - five[0].0);
            }
        }
        let enough = cycles.len() >= 3;
        enough.then(|| Rhythm { cycle_s: median(&mut cycles), systole_s: median(&mut systoles) })
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Mean and standard deviation; robust: the deviation is that of the middle 90 %, scaled up as for a normal distribution.
fn moments(values: &mut [f64]) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    let cut = values.len() / 20;
    let middle = &values[cut..values.len() - cut];
    let mean = middle.iter().sum::<f64>() / middle.len() as f64;
    let variance = middle.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / middle.len() as f64;
    [mean, variance.sqrt() / 0.79]
}

/// Straight line through points, by least squares.
fn line(points: &[[f64; 2]]) -> [f64; 2] {
    let n = points.len() as f64;
    let mean = |axis: usize| points.iter().map(|p| p[axis]).sum::<f64>() / n;
    let [x, y] = [mean(0), mean(1)];
    let sxy: f64 = points.iter().map(|p| (p[0] - x) * (p[1] - y)).sum();
    let sxx: f64 = points.iter().map(|p| (p[0] - x).powi(2)).sum();
    let slope = if sxx > 0.0 { sxy / sxx } else { 0.0 };
    [y - slope * x, slope]
}

/// Learns what there is to know about durations.
///
/// # Errors
/// Fewer than ten recordings with three beats.
pub fn durations(examples: &[&Example]) -> Result<Durations> {
    let rhythms: Vec<(&Example, Rhythm)> = examples.iter().filter_map(|e| Some((*e, e.rhythm()?))).collect();
    if rhythms.len() < 10 {
        let found = rhythms.len();
        return Err(Error::invalid(format!("{found} recordings with three heart beats or more; expected at least 10")));
    }
    let of = |state: State| {
        let all = rhythms.iter().flat_map(|(e, _)| e.durations());
        moments(&mut all.filter(|(s, _)| *s == state).map(|(_, d)| d).collect::<Vec<_>>())
    };
    let (s1, s2) = (of(State::S1), of(State::S2));
    // Within a recording: how far durations lie from what its rhythm says, as a line over the mean.
    let within = |state: State, mean: &dyn Fn(Rhythm) -> f64| {
        let points: Vec<[f64; 2]> = rhythms
            .iter()
            .filter_map(|(e, rhythm)| {
                let mean = mean(*rhythm);
                let mut off: Vec<f64> = e.durations().filter(|(s, _)| *s == state).map(|(_, d)| d - mean).collect();
                (off.len() >= 3).then(|| [mean, moments(&mut off)[1]])
            })
            .collect();
        line(&points)
    };
    let systole_deviation = within(State::Systole, &|r| r.systole_s - s1[0]);
    let diastole_deviation = within(State::Diastole, &|r| r.cycle_s - r.systole_s - s2[0]);
    let ln_cycle = moments(&mut rhythms.iter().map(|(_, r)| r.cycle_s.ln()).collect::<Vec<_>>());
    let points: Vec<[f64; 2]> = rhythms.iter().map(|(_, r)| [r.cycle_s, r.systole_s]).collect();
    let [a, b] = line(&points);
    let mut off: Vec<f64> = points.iter().map(|[x, y]| y - a - b * x).collect();
    let systole = [a, b, moments(&mut off)[1]];
    Ok(Durations { s1, s2, systole_deviation, diastole_deviation, ln_cycle, systole })
}

/// Learns the observation model. Every subset weighs as much as the square root of its frames, so that a large one does
/// not drown a small one.
pub fn observation(examples: &[&Example], stride: usize) -> Observation {
    let inputs = OFFSETS.len() * CHANNELS;
    let mut counts = std::collections::BTreeMap::<usize, usize>::new();
    for example in examples {
        *counts.entry(example.subset).or_default() += example.labels.iter().flatten().count();
    }
    let weight = |e: &Example| 1.0 / (counts[&e.subset].max(1) as f64).sqrt();
    let total: f64 = examples.iter().map(|e| weight(e) * e.labels.iter().flatten().count() as f64).sum();
    let mut priors = [0.0; STATES];
    for e in examples {
        e.labels.iter().flatten().for_each(|s| priors[s.index()] += weight(e) / total);
    }
    let size = (inputs + 1) * STATES;
    let loss = |x: &[f64]| {
        let weights: Vec<f32> = x.iter().map(|&w| w as f32).collect();
        let (weights, _) = weights.as_chunks::<STATES>();
        let mut gradient = vec![0.0f64; size];
        let mut value = 0.0;
        let mut sum_weights = 0.0;
        let mut input = vec![0.0f32; inputs];
        let mut partial = vec![[0.0f32; STATES]; inputs + 1];
        for e in examples {
            let w = weight(e);
            partial.fill([0.0; STATES]);
            for (at, label) in e.labels.iter().enumerate().step_by(stride) {
                let Some(label) = label else { continue };
                for (part, offset) in input.chunks_exact_mut(CHANNELS).zip(OFFSETS) {
                    part.copy_from_slice(around(&e.frames, at, offset));
                }
                let mut logits = weights[inputs];
                for (x, w) in input.iter().zip(weights) {
                    for s in 0..STATES {
                        logits[s] += x * w[s];
                    }
                }
                let log = log_softmax(logits.map(f64::from));
                value -= w * log[label.index()];
                sum_weights += w;
                let delta: [f32; STATES] = std::array::from_fn(|s| {
                    (log[s].exp() - if s == label.index() { 1.0 } else { 0.0 }) as f32
                });
                for (g, x) in partial.iter_mut().zip(&input) {
                    for s in 0..STATES {
                        g[s] += x * delta[s];
                    }
                }
                for s in 0..STATES {
                    partial[inputs][s] += delta[s];
                }
            }
            for (g, p) in gradient.iter_mut().zip(partial.as_flattened()) {
                *g += w * f64::from(*p);
            }
        }
        let penalty: f64 = x[..inputs * STATES].iter().map(|w| w * w).sum::<f64>() * DECAY / 2.0;
        gradient.iter_mut().for_each(|g| *g /= sum_weights);
        for (g, w) in gradient.iter_mut().zip(&x[..inputs * STATES]) {
            *g += DECAY * w;
        }
        (value / sum_weights + penalty, gradient)
    };
    let x = minimise(loss, vec![0.0; size], STEPS);
    Observation {
        offsets: OFFSETS.to_vec(),
        weights: x[..inputs * STATES].iter().map(|&w| w as f32).collect(),
        bias: std::array::from_fn(|s| x[inputs * STATES + s] as f32),
        priors,
        exponent: EXPONENT,
    }
}
