//! The learning rate over the run: a rise at its start, then a course.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Part of the rate with which a rise begins: less would waste the first batches.
const LEAST_RISE: f64 = 0.1;
/// Part of the rate with which the cosine ends.
const LEAST_FALL: f64 = 0.01;

/// The course of the learning rate after the warm-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// It stays as it is.
    Constant,
    /// It falls to 1 % at the end of the run, as half a cosine does (Loshchilov & Hutter 2017).
    #[default]
    Cosine,
}

/// How long the learning rate rises at the start of a run, so that the first batches do not change the weights too much:
/// `200` steps, `2epochs`, or `3%` of the run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WarmUpText", into = "WarmUpText")]
pub enum WarmUp {
    /// So many steps of the optimiser.
    Steps(u32),
    /// So many epochs.
    Epochs(f64),
    /// So many hundredths of the run.
    Percent(f64),
}

impl Default for WarmUp {
    fn default() -> Self {
        Self::Percent(3.0)
    }
}

impl FromStr for WarmUp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected =
            || format!("{text:?} is no warm-up: expected a number of steps, epochs as in 2epochs, or less than 100%");
        let number = |digits: &str| match digits.trim().parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
            _ => Err(expected()),
        };
        if let Some(digits) = text.strip_suffix('%') {
            return number(digits)
                .and_then(|number| if number < 100.0 { Ok(Self::Percent(number)) } else { Err(expected()) });
        }
        match text.strip_suffix("epochs").or_else(|| text.strip_suffix("epoch")) {
            Some(digits) => number(digits).map(Self::Epochs),
            None => text.trim().parse().map(Self::Steps).map_err(|_| expected()),
        }
    }
}

impl fmt::Display for WarmUp {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Steps(count) => write!(f, "{count}"),
            Self::Epochs(count) => write!(f, "{count}epochs"),
            Self::Percent(number) => write!(f, "{number}%"),
        }
    }
}

/// As it stands in a configuration file.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number of steps, or a text as in \"2epochs\" or \"3%\"")]
enum WarmUpText {
    Steps(u32),
    Text(String),
}

impl TryFrom<WarmUpText> for WarmUp {
    type Error = String;

    fn try_from(text: WarmUpText) -> Result<Self, String> {
        match text {
            WarmUpText::Steps(count) => Ok(Self::Steps(count)),
            WarmUpText::Text(text) => text.parse(),
        }
    }
}

impl From<WarmUp> for WarmUpText {
    fn from(warm_up: WarmUp) -> Self {
        match warm_up {
            WarmUp::Steps(count) => Self::Steps(count),
            other => Self::Text(other.to_string()),
        }
    }
}

/// Where a run is, and how long it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// How far it is, 0 to 1.
    pub progress: f64,
    /// Epochs so far, with the part of the one under way.
    pub epochs: f64,
    /// Epochs of the whole run.
    pub of_epochs: f64,
    /// Steps of the optimiser in an epoch.
    pub steps_of_epoch: f64,
}

impl WarmUp {
    /// How far it is, 1 and more when it is over, and which part of the run it is.
    fn at(self, place: &Place) -> [f64; 2] {
        let [done, length, whole] = match self {
            Self::Percent(number) => [place.progress, number / 100.0, 1.0],
            Self::Epochs(count) => [place.epochs, count, place.of_epochs],
            Self::Steps(count) => {
                let steps = place.steps_of_epoch;
                [place.epochs * steps, f64::from(count), place.of_epochs * steps]
            }
        };
        let over = |from: f64, to: f64| if to > 0.0 { from / to } else { 1.0 };
        [over(done, length), if length > 0.0 { over(length, whole) } else { 0.0 }]
    }
}

/// How far the run is, 0 at its start and 1 at its end: by epochs or by time, whichever is nearer to its limit. `seconds` are
/// those that the run has taken so far, by the clock of whoever leads it.
pub fn progress(epochs: f64, max_epochs: u32, seconds: f64, minutes: Option<f64>) -> f64 {
    let by_epochs = epochs / f64::from(max_epochs.max(1));
    let by_time = minutes.map_or(0.0, |minutes| seconds / (60.0 * minutes));
    by_epochs.max(by_time).clamp(0.0, 1.0)
}

/// Factor on the learning rates, more than 0 and at most 1.
pub fn factor(schedule: Schedule, warm_up: WarmUp, place: &Place) -> f64 {
    let [risen, part] = warm_up.at(place);
    let rise = if risen < 1.0 { risen.max(LEAST_RISE) } else { 1.0 };
    let rest = if part < 1.0 { (place.progress - part) / (1.0 - part) } else { 0.0 };
    match schedule {
        Schedule::Cosine if rest > 0.0 => {
            rise * (LEAST_FALL + (1.0 - LEAST_FALL) * 0.5 * (1.0 + (PI * rest.min(1.0)).cos()))
        }
        _ => rise,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After so many of ten epochs of twenty steps.
    fn after(epochs: f64) -> Place {
        Place { progress: epochs / 10.0, epochs, of_epochs: 10.0, steps_of_epoch: 20.0 }
    }

    fn near(schedule: Schedule, warm_up: WarmUp, epochs: f64, expected: f64) {
        let found = factor(schedule, warm_up, &after(epochs));
        assert!((found - expected).abs() < 1e-12, "{schedule:?} {warm_up} {epochs}: {found}, expected {expected}");
    }

    #[test]
    fn the_nearer_limit_counts() {
        assert_eq!(progress(1.0, 10, 60.0, None), 0.1);
        assert_eq!(progress(1.0, 10, 60.0, Some(2.0)), 0.5);
        assert_eq!(progress(1.0, 10, 60.0, Some(0.5)), 1.0);
    }

    #[test]
    fn the_rate_rises_then_falls_to_almost_nothing() {
        let usual = |percent: u32| factor(Schedule::Cosine, WarmUp::default(), &after(f64::from(percent) / 10.0));
        assert!(usual(0) < usual(2) && usual(2) < usual(3));
        let falling: Vec<f64> = (3..=100).map(usual).collect();
        assert!(falling.windows(2).all(|pair| pair[1] < pair[0]));
    }

    /// By hand, from the formulas.
    #[test]
    fn the_factors_are_those_of_the_formulas() {
        let third = WarmUp::Percent(3.0);
        for (epochs, expected) in [(0.0, 0.1), (0.15, 0.5), (0.3, 1.0), (5.15, 0.505), (10.0, 0.01)] {
            near(Schedule::Cosine, third, epochs, expected);
        }
        // Two epochs are a fifth of the run; a quarter of the rest is a quarter of half a turn.
        let quarter = 0.01 + 0.99 * 0.5 * (1.0 + std::f64::consts::FRAC_1_SQRT_2);
        for warm_up in [WarmUp::Epochs(2.0), WarmUp::Steps(40)] {
            for (epochs, expected) in [(0.0, 0.1), (0.5, 0.25), (2.0, 1.0), (4.0, quarter), (6.0, 0.505), (10.0, 0.01)]
            {
                near(Schedule::Cosine, warm_up, epochs, expected);
            }
            for (epochs, expected) in [(0.5, 0.25), (2.0, 1.0), (9.0, 1.0)] {
                near(Schedule::Constant, warm_up, epochs, expected);
            }
        }
        for none in [WarmUp::Percent(0.0), WarmUp::Epochs(0.0), WarmUp::Steps(0)] {
            near(Schedule::Cosine, none, 0.0, 1.0);
            near(Schedule::Cosine, none, 5.0, 0.505);
        }
        // It is longer than the run.
        near(Schedule::Cosine, WarmUp::Epochs(20.0), 10.0, 0.5);
    }

    #[test]
    fn warm_ups_read_as_they_are_written() {
        for text in ["0", "200", "2epochs", "0.5epochs", "3%", "12.5%"] {
            assert_eq!(text.parse::<WarmUp>().unwrap().to_string(), text);
        }
        assert_eq!("1epoch".parse(), Ok(WarmUp::Epochs(1.0)));
        for text in ["", "-1", "1.5", "epochs", "-1epochs", "100%", "nan%", "3 days"] {
            assert!(text.parse::<WarmUp>().is_err_and(|why| why.contains("is no warm-up")), "{text}");
        }
    }
}
