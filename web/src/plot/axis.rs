//! A linear axis: from values to pixels, and where its ticks stand.

/// Maps `low..=high` to pixels `start..=end`; `end` may lie before `start` (upwards).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// Value at `start`.
    pub low: f64,
    /// Value at `end`.
    pub high: f64,
    /// Pixel of `low`.
    pub start: f64,
    /// Pixel of `high`.
    pub end: f64,
}

impl Axis {
    /// Pixel of a value.
    pub fn pixel(&self, value: f64) -> f64 {
        self.start + (self.end - self.start) * (value - self.low) / self.range()
    }

    /// Value at a pixel.
    pub fn value(&self, pixel: f64) -> f64 {
        self.low + self.range() * (pixel - self.start) / (self.end - self.start)
    }

    /// Round values (1, 2 or 5 times a power of ten apart) inside the axis, at most one every `spacing` pixels, each
    /// with its label.
    pub fn ticks(&self, spacing: f64) -> Vec<(f64, String)> {
        let most = ((self.end - self.start).abs() / spacing).max(1.0);
        let rough = self.range() / most;
        if !(rough.is_finite() && rough > 0.0) {
            return Vec::new();
        }
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|&step| step >= rough * 0.9999);
        let step = step.unwrap_or(10.0 * power);
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let first = (self.low / step - 1e-9).ceil();
        let last = (self.high / step + 1e-9).floor();
        (0..=(last - first).max(-1.0) as i64)
            .filter(|_| last >= first)
            .map(|i| (first + i as f64) * step)
            // Adding zero turns −0 into 0.
            .map(|value| (value, format!("{:.decimals$}", value + 0.0).replace('-', "−")))
            .collect()
    }

    fn range(&self) -> f64 {
        if self.high > self.low { self.high - self.low } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, pixels: f64) -> Vec<String> {
        Axis { low, high, start: 0.0, end: pixels }.ticks(60.0).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(labels(0.0, 20.0, 600.0), ["0", "2", "4", "6", "8", "10", "12", "14", "16", "18", "20"]);
        assert_eq!(labels(0.0, 60.0, 300.0), ["0", "20", "40", "60"]);
        assert_eq!(labels(0.0, 0.9, 300.0), ["0.0", "0.2", "0.4", "0.6", "0.8"]);
        assert_eq!(labels(-50.0, 0.0, 200.0), ["−40", "−20", "0"]);
    }

    #[test]
    fn an_empty_axis_has_a_tick_at_most() {
        assert!(labels(3.0, 3.0, 300.0).len() <= 1);
        assert!(labels(0.0, f64::NAN, 300.0).len() <= 10);
    }

    #[test]
    fn pixels_and_values_are_inverse() {
        let axis = Axis { low: -50.0, high: 5.0, start: 200.0, end: 10.0 };
        assert_eq!((axis.pixel(-50.0), axis.pixel(5.0)), (200.0, 10.0));
        assert!((axis.value(axis.pixel(-12.5)) + 12.5).abs() < 1e-9);
    }
}
