//! The prediction for a recording, with its evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use super::{Abstention, Note, in_order_of_labels};
use crate::audio::Downmix;
use crate::heart::{Confidence, Quality, Segmentation};
use crate::prediction::decision::{Decision, Figures};

/// Label → probability, 0 to 1.
pub type Probabilities = BTreeMap<String, f64>;

/// The prediction for a recording. In JSON, probabilities and figures have three significant digits; the threshold has
/// all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The label; `None` where the model abstains.
    pub label: Option<String>,
    /// Why there is no label; `None` where there is one.
    #[serde(default)]
    pub abstained: Option<Abstention>,
    /// Probability of every class, calibrated if the model has a calibration. They are given even where the model
    /// abstains, but then they mean nothing.
    #[serde(serialize_with = "rounded_all")]
    pub probabilities: Probabilities,
    /// Probability from which on a recording is called positive, 0 to 1; `None` where there is no positive class of
    /// two.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// How often the label is right at this threshold, as measured; null where nothing was measured.
    #[serde(flatten)]
    pub figures: Figures,
    /// Whether the probabilities are calibrated.
    #[serde(default)]
    pub calibrated: bool,
    /// Whether a heart recording is good enough for a prediction; `None` where no heart was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// Heart rate and systolic interval; `None` for other sounds, and where there was too little sound to find them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rhythm: Option<Rhythm>,
    /// How much the sound is of another kind than all classes, 0 or more; above 1 the model abstains. `None` where the
    /// model has no openness score.
    #[serde(default, serialize_with = "rounded", skip_serializing_if = "Option::is_none")]
    pub openness: Option<f64>,
    /// Fraction of the energy that was removed as friction spikes, 0 to 1; `None` where the model removes none.
    /// `blanked_share` in JSON.
    #[serde(default, rename = "blanked_share", serialize_with = "rounded", skip_serializing_if = "Option::is_none")]
    pub blanked_fraction: Option<f64>,
    /// What a person should know beside the prediction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// The windows that it is based on. Their probabilities are calibrated in the same way.
    pub windows: Vec<WindowPrediction>,
    /// Heart cycles with the probabilities of the windows around them, where those were
    /// computed. The prediction is not based on them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cycles: Vec<CyclePrediction>,
}

/// The rhythm of a heart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rhythm {
    /// Heart rate in beats per minute.
    pub heart_rate_bpm: f64,
    /// Half or twice that rate in beats per minute, where it explains the recording nearly as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternative_bpm: Option<f64>,
    /// Systolic interval, from S1 to S2, in seconds.
    pub systolic_interval_s: f64,
    /// How sure both numbers and the states are, 0 to 1.
    pub confidence: Confidence,
    /// Whether the rhythm is plausible; if not, the numbers mean nothing.
    pub plausible: bool,
}

impl Rhythm {
    pub(super) fn of(found: &Segmentation) -> Self {
        let &Segmentation { heart_rate_bpm, alternative_bpm, systolic_interval_s, confidence, plausible, .. } = found;
        Self { heart_rate_bpm, alternative_bpm, systolic_interval_s, confidence, plausible }
    }
}

impl Prediction {
    /// Replaces label, threshold and figures by those of another decision; the probabilities stay. Where the model
    /// abstains, it still does.
    pub fn relabel(&mut self, labels: &[String], decision: &Decision) {
        let label = labels.get(decision.label(&in_order_of_labels(labels, &self.probabilities)));
        self.label = label.filter(|_| self.abstained.is_none()).cloned();
        (self.threshold, self.figures) = (decision.threshold(), decision.figures());
    }

    /// The windows of the first downmix, in order of time.
    pub fn first_downmix(&self) -> impl Iterator<Item = &WindowPrediction> {
        let first = self.windows.first().map(|window| window.downmix);
        self.windows.iter().take_while(move |window| Some(window.downmix) == first)
    }
}

/// The probabilities of one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowPrediction {
    /// Start in the recording, in seconds.
    pub start_s: f64,
    /// End in the recording, in seconds.
    pub end_s: f64,
    /// Which downmix it is from. `view` in JSON, where the mean is left out.
    #[serde(default, rename = "view", skip_serializing_if = "is_mean")]
    pub downmix: Downmix,
    /// Whether it is a heart cycle instead of a window of fixed length.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cycle: bool,
    /// Its weight in the vote, in units of a whole window: less than 1 where it overlaps its neighbour, 0 where it
    /// holds no evidence and another window does.
    #[serde(default = "one", serialize_with = "rounded_one", skip_serializing_if = "is_one")]
    pub weight: f64,
    /// Probability of every class, 0 to 1.
    #[serde(serialize_with = "rounded_all")]
    pub probabilities: Probabilities,
}

/// The probabilities of the window around one heart cycle, from S1 to the next S1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CyclePrediction {
    /// Start in the recording, in seconds.
    pub start_s: f64,
    /// End in the recording, in seconds.
    pub end_s: f64,
    /// Probability of every class in the window around it, 0 to 1.
    #[serde(serialize_with = "rounded_all")]
    pub probabilities: Probabilities,
}

fn is_mean(downmix: &Downmix) -> bool {
    *downmix == Downmix::Mean
}

fn one() -> f64 {
    1.0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_one(weight: &f64) -> bool {
    *weight == 1.0
}

/// A probability with three significant digits, counted from the nearer of 0 and 1: more digits mean nothing, and a
/// probability that is neither 0 nor 1 is never written as one of them.
pub fn three_digits(probability: f64) -> f64 {
    let distance = probability.abs().min((1.0 - probability).abs());
    if distance == 0.0 || !distance.is_finite() {
        return probability;
    }
    let decimals = (2.0 - distance.log10().floor()).clamp(0.0, 15.0) as usize;
    // By way of text, so that the shortest number is written.
    format!("{probability:.decimals$}").parse().unwrap_or(probability)
}

fn rounded_all<S: Serializer>(probabilities: &Probabilities, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(probabilities.iter().map(|(label, probability)| (label, three_digits(*probability))))
}

#[allow(clippy::ref_option, reason = "serde asks for a reference")]
pub(crate) fn rounded<S: Serializer>(fraction: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    fraction.map(three_digits).serialize(serializer)
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn rounded_one<S: Serializer>(weight: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    three_digits(*weight).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::three_digits;

    #[test]
    fn three_digits_count_from_the_nearer_end() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (0.5, "0.5"),
            (0.123_456, "0.123"),
            (0.012_345, "0.0123"),
            (0.987_654, "0.9877"),
            (0.999_876_54, "0.999877"),
            (1.234e-9, "0.00000000123"),
        ];
        for (probability, expected) in cases {
            assert_eq!(three_digits(probability).to_string(), expected);
        }
    }
}
