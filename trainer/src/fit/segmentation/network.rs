//! The network of the observation model while it is learned: how wrong it is, and in which direction it is less so.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use spectnet_core::heart::{CHANNELS, Frame, HIDDEN, OFFSETS, STATES, State, around, log_softmax};

/// Weight of the squared weights beside a frame's mean loss.
const DECAY: f64 = 1e-4;
/// Examples whose parts of the gradient are summed by themselves: the order of all sums is the same for any number of threads.
const TOGETHER: usize = 32;

/// An example as the network sees it.
pub(super) struct Labelled<'a> {
    pub(super) frames: &'a [Frame],
    /// The frames around each that it sees: those of the pace of this heart.
    pub(super) offsets: [i32; OFFSETS.len()],
    pub(super) labels: Vec<Option<State>>,
    /// What one of its frames counts; all frames together count 1.
    pub(super) weight: f64,
}

/// Numbers that the network sees of a frame.
pub(super) const INPUTS: usize = OFFSETS.len() * CHANNELS;

/// The network's weights, and the biases behind them.
pub(super) struct Network {
    /// `[inputs + 1, hidden]`
    pub(super) hidden: Vec<[f32; HIDDEN]>,
    /// `[hidden + 1, states]`
    pub(super) output: Vec<[f32; STATES]>,
}

impl Network {
    /// From all numbers in a row.
    pub(super) fn of(x: &[f64]) -> Self {
        let rounded: Vec<f32> = x.iter().map(|&w| w as f32).collect();
        let (hidden, output) = rounded.split_at((INPUTS + 1) * HIDDEN);
        Self { hidden: hidden.as_chunks().0.to_vec(), output: output.as_chunks().0.to_vec() }
    }

    fn zeros() -> Self {
        Self { hidden: vec![[0.0; HIDDEN]; INPUTS + 1], output: vec![[0.0; STATES]; HIDDEN + 1] }
    }

    fn numbers(&self) -> impl Iterator<Item = &f32> {
        self.hidden.as_flattened().iter().chain(self.output.as_flattened())
    }
}

/// Where the fit begins: small weights that are always the same, for units that all begin alike stay alike.
pub(super) fn start() -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let weights = |inputs: usize, outputs: usize, random: &mut ChaCha8Rng| -> Vec<f64> {
        let width = (1.0 / inputs as f64).sqrt();
        let weights = (0..inputs * outputs).map(|_| random.random_range(-width..width));
        weights.chain(std::iter::repeat_n(0.0, outputs)).collect()
    };
    let hidden = weights(INPUTS, HIDDEN, &mut random);
    [hidden, weights(HIDDEN, STATES, &mut random)].concat()
}

/// Mean cross-entropy of the states with the decay of the weights, and its gradient. `x` holds the weights and then the
/// biases, first of the hidden units and then of the states.
pub(super) fn loss(examples: &[Labelled], x: &[f64]) -> (f64, Vec<f64>) {
    let network = Network::of(x);
    let parts: Vec<(f64, Vec<f64>)> = examples.par_chunks(TOGETHER).map(|some| of_some(some, &network)).collect();
    let mut value = 0.0;
    let mut gradient: Vec<f64> = x.iter().map(|weight| DECAY * weight).collect();
    value += 0.5 * DECAY * x.iter().map(|weight| weight * weight).sum::<f64>();
    for (part, slopes) in parts {
        value += part;
        gradient.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += slope);
    }
    (value, gradient)
}

/// The part that some examples have in the cross-entropy, and its gradient.
fn of_some(examples: &[Labelled], network: &Network) -> (f64, Vec<f64>) {
    let mut value = 0.0;
    let mut gradient = vec![0.0; network.numbers().count()];
    let mut input = vec![0.0f32; INPUTS];
    for example in examples {
        // Single precision within an example, double over all of them.
        let mut part = Network::zeros();
        for (at, state) in example.labels.iter().enumerate() {
            let Some(state) = state else { continue };
            for (values, offset) in input.chunks_exact_mut(CHANNELS).zip(example.offsets) {
                values.copy_from_slice(around(example.frames, at, offset));
            }
            let mut hidden = network.hidden[INPUTS];
            for (x, weights) in input.iter().zip(&network.hidden) {
                hidden.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += x * weight);
            }
            let hidden = hidden.map(|sum| sum.max(0.0));
            let mut logits = network.output[HIDDEN];
            for (unit, weights) in hidden.iter().zip(&network.output) {
                logits.iter_mut().zip(weights).for_each(|(logit, weight)| *logit += unit * weight);
            }
            let logarithms = log_softmax(logits.map(f64::from));
            value -= example.weight * logarithms[state.index()];
            let mut error = logarithms.map(|logarithm| logarithm.exp() as f32);
            error[state.index()] -= 1.0;
            for (sums, unit) in part.output.iter_mut().zip(hidden.iter().chain(&[1.0])) {
                sums.iter_mut().zip(error).for_each(|(sum, error)| *sum += unit * error);
            }
            let back = |unit: usize| {
                let slope: f32 = network.output[unit].iter().zip(error).map(|(weight, error)| weight * error).sum();
                if hidden[unit] > 0.0 { slope } else { 0.0 }
            };
            let back: [f32; HIDDEN] = std::array::from_fn(back);
            for (sums, x) in part.hidden.iter_mut().zip(input.iter().chain(&[1.0])) {
                sums.iter_mut().zip(back).for_each(|(sum, back)| *sum += x * back);
            }
        }
        for (sum, part) in gradient.iter_mut().zip(part.numbers()) {
            *sum += example.weight * f64::from(*part);
        }
    }
    (value, gradient)
}

#[cfg(test)]
mod tests {
    use spectnet_core::heart::offsets_for;

    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let frames: Vec<Frame> =
            (0..60).map(|t| std::array::from_fn(|channel| ((t * (channel + 2)) as f32 * 0.37).sin())).collect();
        let labels = (0..60).map(|t| (t % 7 > 0).then(|| State::ALL[t / 5 % STATES])).collect();
        let examples = [Labelled { frames: &frames, offsets: offsets_for(0.4), labels, weight: 1.0 / 51.0 }];
        let mut x = start();
        // Each unit stays on the side of zero on which it is, three in four on and the others off; and no state is so unlikely
        // that its logarithm is cut.
        let biases = &mut x[INPUTS * HIDDEN..(INPUTS + 1) * HIDDEN];
        biases.iter_mut().enumerate().for_each(|(unit, bias)| *bias = if unit % 4 > 0 { 2.5 } else { -2.5 });
        let size = x.len();
        let (_, gradient) = loss(&examples, &x);
        for i in (0..size).step_by(23).chain([size - 1]) {
            let moved = |step: f64| {
                let mut x = x.clone();
                x[i] += step;
                loss(&examples, &x).0
            };
            let expected = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            assert!((gradient[i] - expected).abs() < 1e-4, "{i}: {} {expected}", gradient[i]);
        }
    }
}
