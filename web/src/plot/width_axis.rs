//! An axis of bandwidths: equal distances are equal factors.

use super::axis::Axis;

/// Room beyond the narrowest and the widest, as a factor: so that a filter can be dragged there.
const ROOM: f64 = 2.0;

/// Maps widths in Hz to pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WidthAxis {
    axis: Axis,
}

impl WidthAxis {
    /// An axis around these widths in Hz, from `start` to `end` (upwards where that lies before `start`).
    pub fn around(widths_hz: impl IntoIterator<Item = f64>, start: f64, end: f64) -> Self {
        let positive = widths_hz.into_iter().filter(|width| width.is_finite() && *width > 0.0);
        let (low, high) = positive.fold((f64::MAX, 0.0), |(low, high): (f64, f64), w| (low.min(w), high.max(w)));
        let (low, high) = if high > 0.0 { (low / ROOM, high * ROOM) } else { (1.0, 10.0) };
        Self { axis: Axis { low: low.log10(), high: high.log10(), start, end } }
    }

    /// Pixel of a width; the nearest end for one that is not on the axis.
    pub fn pixel(&self, width_hz: f64) -> f64 {
        let Axis { low, high, .. } = self.axis;
        self.axis.pixel(width_hz.max(f64::MIN_POSITIVE).log10().clamp(low, high))
    }

    /// Width at a pixel; that at the nearest end for one beyond the axis.
    pub fn value(&self, pixel: f64) -> f64 {
        let Axis { low, high, .. } = self.axis;
        10f64.powf(self.axis.value(pixel).clamp(low, high))
    }

    /// Widths of 1, 2 or 5 times a power of ten on the axis, at least `spacing` pixels apart.
    pub fn ticks(&self, spacing: f64) -> Vec<f64> {
        let Axis { low, high, .. } = self.axis;
        let powers = low.floor() as i32..=high.ceil() as i32;
        let round = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)));
        let mut ticks: Vec<f64> = Vec::new();
        for width in round.filter(|width| (low..=high).contains(&width.log10())) {
            if ticks.last().is_none_or(|&last| (self.pixel(width) - self.pixel(last)).abs() >= spacing) {
                ticks.push(width);
            }
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_factors_are_equal_distances() {
        let axis = WidthAxis::around([20.0, 87.0], 200.0, 10.0);
        assert_eq!((axis.pixel(10.0), axis.pixel(174.0)), (200.0, 10.0));
        let distances = [20.0, 40.0, 80.0].map(|width| axis.pixel(width) - axis.pixel(2.0 * width));
        assert!(distances.iter().all(|distance| (distance - distances[0]).abs() < 1e-9 && *distance > 0.0));
        assert!((axis.value(axis.pixel(33.0)) - 33.0).abs() < 1e-9);
    }

    #[test]
    fn what_lies_beyond_stays_at_the_end() {
        let axis = WidthAxis::around([20.0, 87.0], 200.0, 10.0);
        assert_eq!([axis.pixel(1e-9), axis.pixel(0.0), axis.pixel(1e9)], [200.0, 200.0, 10.0]);
        assert!((axis.value(5000.0) - 10.0).abs() < 1e-9 && (axis.value(-5000.0) - 174.0).abs() < 1e-9);
    }

    #[test]
    fn ticks_are_round_and_apart() {
        assert_eq!(WidthAxis::around([20.0, 87.0], 200.0, 10.0).ticks(30.0), [10.0, 20.0, 50.0, 100.0]);
        assert_eq!(WidthAxis::around([2.0, 870.0], 100.0, 0.0).ticks(18.0), [1.0, 5.0, 20.0, 100.0, 500.0]);
        assert!(!WidthAxis::around([], 100.0, 0.0).ticks(18.0).is_empty());
    }
}
