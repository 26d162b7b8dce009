//! Temperature scaling: log-odds are divided by one number, which is fitted on recordings that the model was not
//! trained on (Guo et al. 2017, "On calibration of modern neural networks").

use super::{Scored, rounded};
use crate::math::logistic;

/// Lowest and highest temperature. The best temperature is 0 where the classes are perfectly separated, and infinite
/// where the model knows nothing; some hundred recordings cannot justify more than a factor of ten.
pub const TEMPERATURES: [f64; 2] = [0.1, 10.0];

/// Largest absolute value of log-odds: those of the largest 32-bit probability below 1 are 16.6, and 1 itself is no
/// certainty.
const MOST_LOG_ODDS: f64 = 17.0;
/// Decimals of a fitted temperature: more cannot be learned, and so few are read back from text exactly.
const DECIMALS: u32 = 5;
/// How often the range of temperatures is halved: 2⁻⁶⁰ of it remains.
const HALVINGS: usize = 60;

/// Log-odds of a probability, ln(p / (1 − p)), limited to ±17.
pub fn log_odds(probability: f64) -> f64 {
    let probability = probability.clamp(0.0, 1.0);
    (probability / (1.0 - probability)).ln().clamp(-MOST_LOG_ODDS, MOST_LOG_ODDS)
}

/// The probability whose log-odds are those of `probability` divided by `temperature`, which must be more than 0. ½
/// stays ½, and the order of recordings does not change.
pub fn calibrated(probability: f64, temperature: f64) -> f64 {
    logistic(log_odds(probability) / temperature)
}

/// Mean cross-entropy of the calibrated probabilities in nats, which [`fit`] minimises.
pub fn cross_entropy(scored: &[Scored], temperature: f64) -> f64 {
    let loss = |one: &Scored| {
        let towards = log_odds(one.probability) / if one.positive { temperature } else { -temperature };
        (-towards).max(0.0) + (-towards.abs()).exp().ln_1p()
    };
    scored.iter().map(loss).sum::<f64>() / scored.len().max(1) as f64
}

/// The temperature with the least mean over the sources of [`cross_entropy`], within [`TEMPERATURES`]. The
/// cross-entropy is convex in 1 / temperature, so the zero of its slope is found by halving. 1 where all temperatures
/// are equally good. A source without recordings does not count.
pub fn fit(sources: &[&[Scored]]) -> f64 {
    let slope = |inverse: f64| -> f64 {
        let of = |one: &Scored| {
            let odds = log_odds(one.probability);
            (logistic(inverse * odds) - f64::from(u8::from(one.positive))) * odds
        };
        sources.iter().map(|scored| scored.iter().map(of).sum::<f64>() / scored.len().max(1) as f64).sum()
    };
    let [mut low, mut high] = TEMPERATURES.map(f64::recip);
    if slope(low) == 0.0 && slope(high) == 0.0 {
        return 1.0;
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        // `low` is the inverse of the lower temperature, so it is the larger of the two.
        if slope(middle) > 0.0 { low = middle } else { high = middle }
    }
    let [least, most] = TEMPERATURES;
    rounded((0.5 * (low + high)).recip(), DECIMALS).clamp(least, most)
}
