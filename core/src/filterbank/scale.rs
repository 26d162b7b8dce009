//! Frequency scales, and start values of the centre frequencies on them.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How the start values of the centre frequencies are spread over a range in Hz, both ends included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Spacing {
    /// Equal steps of mel, 2595 log₁₀(1 + f/700) (O'Shaughnessy 1987).
    Mel,
    /// Equal steps of ERB rate, 21.4 log₁₀(1 + 0.00437 f) (Glasberg & Moore 1990).
    Erb,
    /// Equal steps of Bark, 26.81 f/(1960 + f) − 0.53 (Traunmüller 1990).
    Bark,
    /// Equal steps of Hz.
    Linear,
    /// Every filter at this frequency in Hz.
    Constant(f64),
    /// The frequency of each filter in Hz, in this order; as many as there are filters.
    List(Vec<f64>),
}

impl Spacing {
    /// Start values in Hz of the centre frequencies of `filters` filters over `[low, high]` Hz. A single filter stands
    /// in the middle of the scale. `Constant` and `List` do not use the range.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the range is empty or not finite, or a list has another length than `filters`.
    pub fn centres(&self, filters: usize, [low, high]: [f64; 2]) -> Result<Vec<f64>> {
        if filters == 0 {
            return Err(Error::invalid("a filterbank needs at least one filter"));
        }
        if !(low.is_finite() && high.is_finite() && 0.0 <= low && low < high) {
            return Err(Error::invalid(format!("frequency range {low}..{high} Hz: expected 0 <= low < high")));
        }
        let (to_scale, to_hz): (Map, Map) = match self {
            Self::Mel => (mel, mel_to_hz),
            Self::Erb => (erb_rate, erb_rate_to_hz),
            Self::Bark => (bark, bark_to_hz),
            Self::Linear => (|f| f, |f| f),
            Self::Constant(centre) => return Ok(vec![*centre; filters]),
            Self::List(centres) if centres.len() == filters => return Ok(centres.clone()),
            Self::List(centres) => {
                return Err(Error::invalid(format!(
                    "the list has {} centre frequencies for {filters} filters",
                    centres.len()
                )));
            }
        };
        let (first, last) = (to_scale(low), to_scale(high));
        Ok((0..filters)
            .map(|i| {
                let position = if filters == 1 { 0.5 } else { i as f64 / (filters - 1) as f64 };
                // Rounding in the inverse must not move the last filter past the range, and so past the Nyquist
                // frequency.
                to_hz(first + (last - first) * position).clamp(low, high)
            })
            .collect())
    }
}

/// A function from Hz to a scale, or back.
type Map = fn(f64) -> f64;

/// Mel of a frequency in Hz: 2595 log₁₀(1 + f/700) (O'Shaughnessy 1987).
pub fn mel(hz: f64) -> f64 {
    2595.0 * (1.0 + hz / 700.0).log10()
}

/// Frequency in Hz of a mel value: the inverse of [`mel`].
pub fn mel_to_hz(mel: f64) -> f64 {
    700.0 * (10f64.powf(mel / 2595.0) - 1.0)
}

/// ERB rate of a frequency in Hz, the number of ERB below it: 21.4 log₁₀(1 + 0.00437 f) (Glasberg & Moore 1990).
pub fn erb_rate(hz: f64) -> f64 {
    21.4 * (1.0 + 0.00437 * hz).log10()
}

/// Frequency in Hz of an ERB rate: the inverse of [`erb_rate`].
pub fn erb_rate_to_hz(rate: f64) -> f64 {
    (10f64.powf(rate / 21.4) - 1.0) / 0.00437
}

/// Equivalent rectangular bandwidth in Hz of the auditory filter at a frequency in Hz: 24.7 (1 + 0.00437 f)
/// (Glasberg & Moore 1990).
pub fn erb(hz: f64) -> f64 {
    24.7 * (1.0 + 0.00437 * hz)
}

fn bark(hz: f64) -> f64 {
    26.81 * hz / (1960.0 + hz) - 0.53
}

fn bark_to_hz(bark: f64) -> f64 {
    1960.0 * (bark + 0.53) / (26.28 - bark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scale_spans_the_range_in_rising_order() {
        for spacing in [Spacing::Mel, Spacing::Erb, Spacing::Bark, Spacing::Linear] {
            let centres = spacing.centres(9, [30.0, 480.0]).unwrap();
            assert!((centres[0] - 30.0).abs() < 1e-9 && (centres[8] - 480.0).abs() < 1e-9, "{spacing:?}");
            assert!(centres.windows(2).all(|pair| pair[0] < pair[1]), "{spacing:?}");
        }
    }

    #[test]
    fn known_points_of_the_scales() {
        assert!((mel(1000.0) - 999.99).abs() < 0.01);
        assert!((erb_rate(1000.0) - 15.62).abs() < 0.01);
        assert!((bark(1000.0) - 8.53).abs() < 0.01);
        assert!((erb(1000.0) - 132.6).abs() < 0.1);
    }

    #[test]
    fn a_single_filter_stands_in_the_middle() {
        assert_eq!(Spacing::Linear.centres(1, [0.0, 500.0]).unwrap(), [250.0]);
    }

    #[test]
    fn constants_and_lists_are_taken_as_they_are() {
        assert_eq!(Spacing::Constant(60.0).centres(3, [0.0, 500.0]).unwrap(), [60.0; 3]);
        let list = Spacing::List(vec![20.0, 10.0]);
        assert_eq!(list.centres(2, [0.0, 500.0]).unwrap(), [20.0, 10.0]);
        let message = list.centres(3, [0.0, 500.0]).unwrap_err().to_string();
        assert_eq!(message, "the list has 2 centre frequencies for 3 filters");
    }

    #[test]
    fn an_empty_range_is_refused() {
        assert!(Spacing::Mel.centres(4, [500.0, 500.0]).is_err());
        assert!(Spacing::Mel.centres(4, [0.0, f64::NAN]).is_err());
        assert!(Spacing::Mel.centres(0, [0.0, 500.0]).is_err());
    }
}
