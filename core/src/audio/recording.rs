//! One channel of sound with its sampling rate: what the other modules of [`audio`](super) take and return.

use crate::error::{Error, Result};

/// Lowest sampling rate accepted, in Hz: below it there is no room even for S1 of a heart (30 to 80 Hz).
pub const MIN_RATE: u32 = 100;
/// Highest sampling rate accepted, in Hz: that of the fastest professional converters.
pub const MAX_RATE: u32 = 768_000;
/// Most samples of a recording in memory: an hour and a half at 48 kHz, 1 GiB as `f32`. A longer one is refused before
/// it is copied, because every later step holds several copies. It can still be processed piece by piece with a
/// [`PieceCutter`](super::PieceCutter).
pub const MAX_SAMPLES: usize = 1 << 28;

/// The message for a recording without samples.
pub(crate) const EMPTY: &str = "the recording is empty; expected at least one sample";

/// One channel of a recording: at least one sample, every sample finite, full scale ±1.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    samples: Vec<f32>,
    sample_rate: u32,
}

impl Recording {
    /// Takes `samples` at `sample_rate` Hz. Full scale is ±1; larger samples are allowed.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no samples, a sample that is not finite, or a rate outside [`MIN_RATE`]`..=`[`MAX_RATE`];
    /// [`Error::Limit`] for more than [`MAX_SAMPLES`].
    pub fn new(samples: Vec<f32>, sample_rate: u32) -> Result<Self> {
        check_rate(sample_rate)?;
        check_length(samples.len())?;
        check_finite(&samples, 0)?;
        Ok(Self { samples, sample_rate })
    }

    /// The samples, full scale ±1.
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// The samples, without a copy.
    pub fn into_samples(self) -> Vec<f32> {
        self.samples
    }

    /// Sampling rate in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Length in seconds.
    pub fn duration_s(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.sample_rate)
    }
}

/// Refuses samples that are not finite; `first` is the number of the first of them in the recording, for the message.
pub(crate) fn check_finite(samples: &[f32], first: u64) -> Result<()> {
    match samples.iter().position(|sample| !sample.is_finite()) {
        Some(at) => Err(Error::invalid(format!(
            "sample {} is {} but every sample must be a finite number; export the recording again",
            first + at as u64,
            samples[at]
        ))),
        None => Ok(()),
    }
}

/// Refuses a sampling rate outside [`MIN_RATE`]`..=`[`MAX_RATE`] Hz.
pub(crate) fn check_rate(sample_rate: u32) -> Result<()> {
    if (MIN_RATE..=MAX_RATE).contains(&sample_rate) {
        Ok(())
    } else {
        Err(Error::invalid(format!("the sampling rate is {sample_rate} Hz; expected {MIN_RATE} to {MAX_RATE} Hz")))
    }
}

/// Refuses an empty recording and one of more than [`MAX_SAMPLES`] samples.
pub(crate) fn check_length(samples: usize) -> Result<()> {
    if samples == 0 {
        return Err(Error::invalid(EMPTY));
    }
    if samples > MAX_SAMPLES {
        return Err(Error::limit(format!(
            "the recording has {samples} samples; at most {MAX_SAMPLES} are accepted, cut it into \
             shorter ones"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_recording_is_refused_with_the_reason() {
        let reason = |result: Result<Recording>| result.unwrap_err().to_string();
        assert!(reason(Recording::new(vec![], 1000)).contains("empty"));
        assert!(reason(Recording::new(vec![0.0, f32::NAN], 1000)).contains("sample 1 is NaN"));
        assert!(reason(Recording::new(vec![f32::INFINITY], 1000)).contains("sample 0 is inf"));
        for rate in [0, MIN_RATE - 1, MAX_RATE + 1, u32::MAX] {
            assert!(reason(Recording::new(vec![0.0], rate)).contains(&format!("{rate} Hz")));
        }
    }
}
