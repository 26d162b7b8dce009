//! Whether probabilities mean what they say: of the recordings with a probability of 70 %, seven in ten should be
//! positive.

use serde::{Deserialize, Serialize};

use super::Scored;
use crate::{Error, Result};

/// Number of bins, equally wide, between the probabilities 0 and 1.
pub const BINS: usize = 10;

/// Recordings with similar probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Mean of their probabilities.
    pub predicted: f64,
    /// Fraction of them that is positive, 0 to 1.
    pub observed: f64,
    /// Number of recordings in the bin.
    pub n: u64,
}

/// Brier score (Brier 1950), the mean square error of the probabilities: 0 is perfect, ¼ results from always saying ½.
/// 0 where there are no recordings.
pub fn brier(scored: &[Scored]) -> f64 {
    let error = |one: &Scored| (one.probability - f64::from(u8::from(one.positive))).powi(2);
    scored.iter().map(error).sum::<f64>() / scored.len().max(1) as f64
}

/// Predicted probabilities and observed fractions of positives in [`BINS`] bins from 0 to 1. Bins without recordings
/// are left out.
pub fn reliability(scored: &[Scored]) -> Vec<Bin> {
    let bin = |one: &Scored| ((one.probability * BINS as f64) as usize).min(BINS - 1);
    let of_bin = |number: usize| {
        let members: Vec<&Scored> = scored.iter().filter(|one| bin(one) == number).collect();
        let count = members.len() as f64;
        let probabilities = || members.iter().map(|one| one.probability);
        // A rounded mean can lie outside of the values that it is the mean of, and so in another bin.
        let (least, most) = (probabilities().fold(1.0, f64::min), probabilities().fold(0.0, f64::max));
        let predicted = (probabilities().sum::<f64>() / count).max(least).min(most);
        let observed = members.iter().filter(|one| one.positive).count() as f64 / count;
        (!members.is_empty()).then_some(Bin { predicted, observed, n: members.len() as u64 })
    };
    (0..BINS).filter_map(of_bin).collect()
}

/// Checks that the bins can come from a measurement of `n` recordings.
///
/// # Errors
/// [`Error::Invalid`] for too many bins, numbers out of range, another number of recordings, or bins in the wrong
/// order.
pub fn validate(bins: &[Bin], n: u64) -> Result<()> {
    if bins.len() > BINS {
        return Err(Error::invalid(format!("{} bins of reliability: expected at most {BINS}", bins.len())));
    }
    for (index, bin) in bins.iter().enumerate() {
        if bin.n == 0 || ![bin.predicted, bin.observed].iter().all(|number| (0.0..=1.0).contains(number)) {
            return Err(Error::invalid(format!(
                "bin {index} of reliability: expected recordings and fractions from 0 to 1"
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
