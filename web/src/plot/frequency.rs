//! A frequency axis from 0 to half the sample rate: linear, or as the ear divides it.

use spectnet_core::filterbank::scale::{erb_rate, erb_rate_to_hz};

use super::axis::Axis;

/// Up to this frequency in Hz hearing is close to linear, and so is the axis.
const LINEAR_UP_TO_HZ: f64 = 1000.0;

/// Distances in Hz along the axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrequencyScale {
    highest_hz: f64,
    /// Whether equal distances are equal steps of ERB rate, which is nearly logarithmic.
    warped: bool,
}

impl FrequencyScale {
    /// The scale that suits frequencies up to `highest_hz`.
    pub fn up_to(highest_hz: f64) -> Self {
        Self { highest_hz, warped: highest_hz > LINEAR_UP_TO_HZ }
    }

    /// Frequencies in Hz at equal distances, both ends included.
    pub fn grid(&self, points: usize) -> Vec<f64> {
        let last = (points.max(2) - 1) as f64;
        let position = |i: usize| self.hz(self.position(self.highest_hz) * i as f64 / last);
        (0..points).map(|i| position(i).clamp(0.0, self.highest_hz)).collect()
    }

    /// The highest frequency in Hz.
    pub fn highest_hz(&self) -> f64 {
        self.highest_hz
    }

    /// Place of a frequency on the scale, 0 at 0 Hz.
    pub fn position(&self, hz: f64) -> f64 {
        if self.warped { erb_rate(hz) } else { hz }
    }

    /// Frequency at a place on the scale.
    pub fn hz(&self, position: f64) -> f64 {
        if self.warped { erb_rate_to_hz(position) } else { position }
    }
}

/// Maps frequencies to the pixels from `start` to `end`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrequencyAxis {
    scale: FrequencyScale,
    axis: Axis,
}

impl FrequencyAxis {
    /// The axis of a scale.
    pub fn new(scale: FrequencyScale, start: f64, end: f64) -> Self {
        Self { scale, axis: Axis { low: 0.0, high: scale.position(scale.highest_hz), start, end } }
    }

    /// Pixel of 0 Hz.
    pub fn start(&self) -> f64 {
        self.axis.start
    }

    /// Pixel of the highest frequency.
    pub fn end(&self) -> f64 {
        self.axis.end
    }

    /// Pixel of a frequency in Hz.
    pub fn pixel(&self, hz: f64) -> f64 {
        self.axis.pixel(self.scale.position(hz))
    }

    /// Frequency in Hz at a pixel.
    pub fn value(&self, pixel: f64) -> f64 {
        self.scale.hz(self.axis.value(pixel))
    }

    /// Round frequencies in Hz, at least `spacing` pixels apart; on a warped axis 0 and 1, 2 or 5 times a power of ten.
    pub fn ticks(&self, spacing: f64) -> Vec<f64> {
        if !self.scale.warped {
            return self.axis.ticks(spacing).into_iter().map(|(hz, _)| hz).collect();
        }
        let round = (1..=5).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)));
        let mut ticks = vec![0.0];
        for hz in round.take_while(|&hz| hz <= self.scale.highest_hz) {
            if ticks.last().is_some_and(|&last| self.pixel(hz) - self.pixel(last) >= spacing) {
                ticks.push(hz);
            }
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(highest_hz: f64, pixels: f64) -> FrequencyAxis {
        FrequencyAxis::new(FrequencyScale::up_to(highest_hz), 40.0, 40.0 + pixels)
    }

    #[test]
    fn low_rates_have_a_linear_axis_and_high_ones_a_warped_one() {
        let (heart, wide) = (axis(500.0, 600.0), axis(11_025.0, 720.0));
        assert_eq!((heart.pixel(0.0), heart.pixel(250.0), heart.pixel(500.0)), (40.0, 340.0, 640.0));
        assert_eq!((wide.pixel(0.0), wide.pixel(11_025.0)), (40.0, 760.0));
        // The lowest kilohertz of eleven has two fifths of the width.
        assert!((wide.pixel(1000.0) - 40.0) / 720.0 > 0.4);
        for axis in [heart, wide] {
            assert!((axis.value(axis.pixel(321.0)) - 321.0).abs() < 1e-9);
        }
    }

    #[test]
    fn ticks_are_round_and_apart() {
        assert_eq!(axis(500.0, 600.0).ticks(64.0), [0.0, 100.0, 200.0, 300.0, 400.0, 500.0]);
        assert_eq!(axis(11_025.0, 720.0).ticks(48.0), [0.0, 100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 1e4]);
        assert_eq!(axis(11_025.0, 280.0).ticks(34.0), [0.0, 200.0, 500.0, 1e3, 2e3, 5e3, 1e4]);
    }

    #[test]
    fn a_grid_reaches_from_end_to_end() {
        for highest_hz in [500.0, 11_025.0] {
            let grid = FrequencyScale::up_to(highest_hz).grid(9);
            assert!(grid[0] == 0.0 && (grid[8] - highest_hz).abs() < 1e-6);
            assert!(grid.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
