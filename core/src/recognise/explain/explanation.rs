//! What an explanation says.

use serde::{Serialize, Serializer};

use super::over_time::{OverTime, Telling};
use super::rounding::{rounded, rounded_list, rounded_rows};
use crate::prediction::{Abstention, three_digits};

/// Why a model says what it says of a recording. All contributions are to the log-odds of one class before calibration,
/// in the mean of the windows by their weights. In JSON numbers have three significant digits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The class that is explained: the positive one of two, otherwise the most probable one.
    pub class: String,
    /// The other class, of two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<String>,
    /// Why there is no label; none where there is one.
    pub abstained: Option<Abstention>,
    /// How contributions are found.
    pub method: How,
    /// The probability of the class, as the result has it.
    #[serde(serialize_with = "probability")]
    pub probability: f64,
    /// The log-odds of the class.
    #[serde(serialize_with = "rounded")]
    pub log_odds: f64,
    /// What they would be where everything is at its reference: `log_odds` is this and all contributions.
    #[serde(serialize_with = "rounded")]
    pub reference: f64,
    /// The same in plain words.
    pub sentences: Vec<String>,
    /// The seconds that speak most: first for the class that the recording is called, then for the other one of two.
    pub telling_seconds: Vec<Telling>,
    /// What each filter is worth, in the order of the bank.
    pub filters: Vec<FilterPart>,
    /// What each filter adds in each phase of the heart cycle, where the classifier uses phases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phases: Option<Phases>,
    /// What each filter adds at each time.
    pub over_time: OverTime,
    /// The windows, in the order of the result.
    pub windows: Vec<WindowPart>,
}

/// How contributions are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The model is linear: they are exact.
    Exact,
    /// To first order, by the gradient of the network.
    GradientTimesInput,
}

/// What a filter is worth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FilterPart {
    /// Its centre frequency in Hz.
    #[serde(serialize_with = "rounded")]
    pub centre_hz: f64,
    /// What it adds.
    #[serde(serialize_with = "rounded")]
    pub contribution: f64,
    /// The probability of the class without it.
    #[serde(serialize_with = "probability")]
    pub probability_without: f64,
}

/// What each filter adds in each phase.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Phases {
    /// The phases in their order.
    pub names: Vec<String>,
    /// By how many ms they begin and end before the states that they are named after; mostly 0.
    pub lead_ms: usize,
    /// By its mean, `[phases][filters]`.
    #[serde(serialize_with = "rounded_rows")]
    pub mean: Vec<Vec<f64>>,
    /// By its standard deviation, `[phases][filters]`.
    #[serde(serialize_with = "rounded_rows")]
    pub deviation: Vec<Vec<f64>>,
}

impl Phases {
    /// By both together, `[phases][filters]`.
    pub fn sums(&self) -> Vec<Vec<f64>> {
        let row = |(mean, deviation): (&Vec<f64>, &Vec<f64>)| mean.iter().zip(deviation).map(|(m, d)| m + d).collect();
        self.mean.iter().zip(&self.deviation).map(row).collect()
    }
}

/// One window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WindowPart {
    /// Start in the recording, in seconds.
    pub start_s: f64,
    /// End in the recording, in seconds.
    pub end_s: f64,
    /// How much it counts, as a fraction of all windows.
    #[serde(serialize_with = "rounded")]
    pub weight: f64,
    /// The log-odds of the class.
    #[serde(serialize_with = "rounded")]
    pub log_odds: f64,
    /// What is left of them without the contributions.
    #[serde(serialize_with = "rounded")]
    pub reference: f64,
    /// What each filter adds.
    #[serde(serialize_with = "rounded_list")]
    pub filters: Vec<f64>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn probability<S: Serializer>(probability: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    three_digits(*probability).serialize(serializer)
}
