//! Times as clocks have them: in seconds, in minutes or in hours, with the ticks of an axis at steps that people count by.

use super::axis::Axis;

/// Steps in seconds; beyond the last one it is whole days.
const STEPS_S: [f64; 27] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0,
    1200.0, 1800.0, 3600.0, 7200.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0,
];
/// Distance of ticks in pixels, at least; labels with hours are longer.
const SPACING: f64 = 64.0;
const SPACING_OF_HOURS: f64 = 84.0;

/// How times are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `12.5`
    Seconds,
    /// `1:05`
    Minutes,
    /// `1:02:05`
    Hours,
}

impl Form {
    /// The form for times up to this one.
    pub fn up_to(seconds: f64) -> Self {
        match seconds {
            s if s < 3600.0 && s > 60.0 => Self::Minutes,
            s if s >= 3600.0 => Self::Hours,
            _ => Self::Seconds,
        }
    }

    /// What stands beside the ticks.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Minutes => "m:ss",
            Self::Hours => "h",
        }
    }

    /// A time in this form, with so many digits of a second behind the point.
    pub fn write(self, seconds: f64, decimals: usize) -> String {
        // Rounded first: 59.96 s are 1:00.0 and not 0:60.0.
        let parts = 10f64.powi(decimals as i32);
        let rounded = (seconds.max(0.0) * parts).round();
        let minutes = (rounded / (60.0 * parts)).floor();
        let rest = (rounded - minutes * 60.0 * parts) / parts;
        let width = if decimals == 0 { 2 } else { 3 + decimals };
        match self {
            Self::Seconds => format!("{:.decimals$}", rounded / parts),
            Self::Minutes => format!("{minutes:.0}:{rest:0width$.decimals$}"),
            Self::Hours => {
                let hours = (minutes / 60.0).floor();
                format!("{hours:.0}:{:02.0}:{rest:0width$.decimals$}", minutes - 60.0 * hours)
            }
        }
    }
}

/// A time in a recording of this length, with its unit where that is needed: `12.5 s`, `1:05.0`, `1:02:05.0`.
pub fn text(seconds: f64, decimals: usize, length_s: f64) -> String {
    match Form::up_to(length_s) {
        form @ Form::Seconds => format!("{} s", form.write(seconds, decimals)),
        form => form.write(seconds, decimals),
    }
}

/// Where ticks stand on an axis of seconds, each with its label, and the form of the labels.
pub fn ticks(axis: &Axis) -> (Vec<(f64, String)>, Form) {
    let form = Form::up_to(axis.high);
    let spacing = if form == Form::Hours { SPACING_OF_HOURS } else { SPACING };
    let most = ((axis.end - axis.start).abs() / spacing).max(1.0);
    let rough = (axis.high - axis.low) / most;
    if !(rough.is_finite() && rough > 0.0) {
        return (Vec::new(), form);
    }
    let [.., day] = STEPS_S;
    let step = STEPS_S.into_iter().find(|step| *step >= rough * 0.9999).unwrap_or((rough / day).ceil() * day);
    let decimals = if step < 1.0 { (-step.log10().floor()) as usize } else { 0 };
    let [first, last] = [(axis.low / step - 1e-6).ceil(), (axis.high / step + 1e-6).floor()];
    let count = (last - first + 1.0).max(0.0) as usize;
    let places = (0..count).map(|tick| (first + tick as f64) * step);
    (places.map(|place| (place, form.write(place, decimals))).collect(), form)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn labels(low: f64, high: f64, pixels: f64) -> Vec<String> {
        ticks(&Axis { low, high, start: 0.0, end: pixels }).0.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn half_a_minute_and_an_hour_are_both_readable() {
        assert_eq!(labels(0.0, 30.0, 600.0), ["0", "5", "10", "15", "20", "25", "30"]);
        let hour = ["0:00:00", "0:10:00", "0:20:00", "0:30:00", "0:40:00", "0:50:00", "1:00:00"];
        assert_eq!(labels(0.0, 3600.0, 700.0), hour);
        assert_eq!(
            labels(1805.0, 1812.0, 500.0),
            ["30:05", "30:06", "30:07", "30:08", "30:09", "30:10", "30:11", "30:12"]
        );
        assert_eq!(labels(3599.9, 3600.15, 400.0), ["0:59:59.9", "1:00:00.0", "1:00:00.1"]);
        assert_eq!(labels(12.0, 12.25, 400.0), ["12.00", "12.05", "12.10", "12.15", "12.20", "12.25"]);
        assert_eq!(labels(0.0, 90.0, 300.0), ["0:00", "0:20", "0:40", "1:00", "1:20"]);
        assert_eq!(labels(0.0, 4e5, 300.0).len(), 3, "days");
    }

    #[test]
    fn what_is_no_part_has_no_ticks() {
        for (low, high) in [(3.0, 3.0), (5.0, 1.0), (0.0, f64::NAN), (0.0, f64::INFINITY)] {
            assert_eq!(labels(low, high, 300.0), [""; 0]);
        }
    }

    #[test]
    fn times_are_rounded_before_they_are_divided() {
        assert_eq!(
            [0.0, 59.96, 60.0, 61.25].map(|s| Form::Minutes.write(s, 1)),
            ["0:00.0", "1:00.0", "1:00.0", "1:01.3"]
        );
        assert_eq!([59.96, 3599.99, 7325.0].map(|s| Form::Hours.write(s, 0)), ["0:01:00", "1:00:00", "2:02:05"]);
        assert_eq!([-1.0, 7.04].map(|s| Form::Seconds.write(s, 1)), ["0.0", "7.0"]);
        assert_eq!(
            [(12.34, 60.0), (12.34, 61.0), (12.34, 3600.0)].map(|(at, length)| text(at, 1, length)),
            ["12.3 s", "0:12.3", "0:00:12.3"]
        );
    }

    proptest! {
        #[test]
        fn ticks_lie_on_the_axis_and_apart(low in 0.0..9e4f64, wide in 0.25..9e4f64, pixels in 100.0..3000.0f64) {
            let axis = Axis { low, high: low + wide, start: 44.0, end: 44.0 + pixels };
            let (ticks, form) = ticks(&axis);
            let spacing = if form == Form::Hours { SPACING_OF_HOURS } else { SPACING };
            prop_assert!(ticks.len() as f64 <= pixels / spacing + 2.0);
            for (place, _) in &ticks {
                let x = axis.pixel(*place);
                prop_assert!((43.9..=44.1 + pixels).contains(&x), "{x}");
            }
            for pair in ticks.windows(2) {
                let apart = axis.pixel(pair[1].0) - axis.pixel(pair[0].0);
                prop_assert!(apart >= 0.99 * spacing.min(pixels), "{apart}");
            }
            let labels: BTreeSet<&String> = ticks.iter().map(|(_, label)| label).collect();
            prop_assert_eq!(labels.len(), ticks.len(), "no two ticks say the same");
        }
    }
}
