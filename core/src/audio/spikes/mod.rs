//! Friction spikes: short, loud peaks made by the stethoscope moving on the skin.
//!
//! - [`published`]: the rule of Schmidt et al. 2010
//! - [`sparing`]: the same rule, but a peak that repeats as a heart does is never removed

mod published;
mod sparing;

use serde::{Deserialize, Serialize};

use crate::stride::Stride;

/// A peak of more than this many times the usual one is a spike.
const FACTOR: f64 = 3.0;
/// Levels this far below the loudest peak (−100 dB, the resolution of 16-bit samples) are digital silence and say
/// nothing about the level of heart sounds.
const SILENCE: f64 = 1e-5;

/// Which peaks count as spikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpikeRule {
    /// Peaks of more than three times the median of the peaks of all half-seconds (Schmidt et al. 2010). Where fewer
    /// than half of the half-seconds hold a heart sound, as in a slow heart with a quiet S2, this rule removes the
    /// heart sounds themselves. It is the rule of every file that names none.
    #[default]
    Published,
    /// Peaks of more than three times the level of the heart sounds. That level is the peak which two of three
    /// stretches of 2 s reach, since each of them holds an S1. A peak that repeats at even intervals, as a heart beats,
    /// is not a spike; nor is any peak that is not louder than such a one.
    SparingBeats,
}

impl SpikeRule {
    /// Sets spikes to zero in place, each between the two zero crossings around it. Returns the fraction of the energy
    /// that they had, 0 to 1.
    pub(super) async fn apply(self, signal: &mut [f64], sample_rate: u32, stride: &mut Stride) -> f64 {
        let before = energy(signal, stride).await;
        match self {
            Self::Published => published::remove(signal, sample_rate, stride).await,
            Self::SparingBeats => sparing::remove(signal, sample_rate, stride).await,
        }
        let after = energy(signal, stride).await;
        if before > 0.0 { (1.0 - after / before).clamp(0.0, 1.0) } else { 0.0 }
    }
}

async fn energy(signal: &[f64], stride: &mut Stride) -> f64 {
    let mut sum = 0.0;
    for samples in signal.chunks(stride.bit(1)) {
        sum = samples.iter().fold(sum, |sum, x| sum + x * x);
        stride.done(samples.len()).await;
    }
    sum
}

fn peak(samples: &[f64]) -> f64 {
    samples.iter().fold(0.0, |peak, x| peak.max(x.abs()))
}
