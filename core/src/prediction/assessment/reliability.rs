//! Whether probabilities are what they say: of recordings with 70 % seven in ten should be positive.

use serde::{Deserialize, Serialize};

use super::Scored;
use crate::{Error, Result};

/// Equally wide bins of predicted probability.
pub const BINS: usize = 10;

/// Recordings whose probabilities are near each other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Their mean probability.
    pub predicted: f64,
    /// Share of them that is positive.
    pub observed: f64,
    /// How many they are.
    pub n: u64,
}

/// Mean square error of the probabilities (Brier 1950): 0 at best; ¼ for whoever always says ½. 0 of nothing.
pub fn brier(scored: &[Scored]) -> f64 {
    let error = |one: &Scored| (one.probability - f64::from(u8::from(one.positive))).powi(2);
    scored.iter().map(error).sum::<f64>() / scored.len().max(1) as f64
}

/// Predicted and observed shares in [`BINS`] bins from 0 to 1; those without a recording are left out.
pub fn reliability(scored: &[Scored]) -> Vec<Bin> {
    let bin = |one: &Scored| ((one.probability * BINS as f64) as usize).min(BINS - 1);
    let of_bin = |number: usize| {
        let members: Vec<&Scored> = scored.iter().filter(|one| bin(one) == number).collect();
        let count = members.len() as f64;
        let probabilities = || members.iter().map(|one| one.probability);
        // A rounded mean can lie outside of what it is the mean of, and then in another bin.
        let (least, most) = (probabilities().fold(1.0, f64::min), probabilities().fold(0.0, f64::max));
        let predicted = (probabilities().sum::<f64>() / count).max(least).min(most);
        let observed = members.iter().filter(|one| one.positive).count() as f64 / count;
        (!members.is_empty()).then_some(Bin { predicted, observed, n: members.len() as u64 })
    };
    (0..BINS).filter_map(of_bin).collect()
}

/// # Errors
/// Bins that no measurement of `n` recordings gives.
pub fn validate(bins: &[Bin], n: u64) -> Result<()> {
    if bins.len() > BINS {
        return Err(Error::invalid(format!("{} bins of reliability: expected at most {BINS}", bins.len())));
    }
    for (index, bin) in bins.iter().enumerate() {
        if bin.n == 0 || ![bin.predicted, bin.observed].iter().all(|share| (0.0..=1.0).contains(share)) {
            return Err(Error::invalid(format!(
                "bin {index} of reliability: expected recordings and shares from 0 to 1"
            )));
        }
    }
    let total = bins.iter().try_fold(0u64, |sum, bin| sum.checked_add(bin.n));
    if total != Some(n) {
        return Err(Error::invalid(format!("the bins of reliability do not hold {n} recordings")));
    }
    match bins.windows(2).position(|pair| pair[0].predicted > pair[1].predicted) {
        Some(index) => {
            Err(Error::invalid(format!("bins {index} and {} of reliability: expected a rising probability", index + 1)))
        }
        None => Ok(()),
    }
}
