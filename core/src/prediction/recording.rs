//! What is said of a recording.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use super::{Abstention, Note, shares};
use crate::audio::Downmix;
use crate::heart::{Confidence, Quality, Segmentation};
use crate::prediction::decision::{Decision, Figures};

/// Probabilities by class.
pub type Probabilities = BTreeMap<String, f64>;

/// The prediction on a recording. Probabilities and figures are written with three significant digits, the threshold as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The class; none where nothing can be said.
    pub label: Option<String>,
    /// Why there is no label; none where there is one.
    #[serde(default)]
    pub abstained: Option<Abstention>,
    /// Probability of every class, calibrated where the model can. They are there also where nothing can be said; then they
    /// mean nothing.
    #[serde(serialize_with = "rounded_all")]
    pub probabilities: Probabilities,
    /// From this probability on a recording is called positive; none where no class is positive.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// How often the label is right at this threshold, as measured; nulls where nothing was.
    #[serde(flatten)]
    pub figures: Figures,
    /// Whether the probabilities are calibrated.
    #[serde(default)]
    pub calibrated: bool,
    /// Whether a heart sound is good enough to be judged, where a heart was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// The heart's rhythm, where a heart was looked for and there was enough to look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rhythm: Option<Rhythm>,
    /// How much the sound is of another kind than all classes: above 1 it is, and the model abstains. None where the model
    /// cannot tell.
    #[serde(default, serialize_with = "rounded", skip_serializing_if = "Option::is_none")]
    pub openness: Option<f64>,
    /// Share of the energy that was blanked as friction spikes; none where the model blanks none.
    #[serde(default, serialize_with = "rounded", skip_serializing_if = "Option::is_none")]
    pub blanked_share: Option<f64>,
    /// What a person should know beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// The windows it rests on, with probabilities on the same scale.
    pub windows: Vec<WindowPrediction>,
    /// Heart cycles of the first downmix, where they were judged, likewise. The prediction does not rest on them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cycles: Vec<CyclePrediction>,
}

/// How a heart beats.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rhythm {
    /// Beats per minute.
    pub heart_rate_bpm: f64,
    /// Half or twice that rate, where it explains the recording nearly as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternative_bpm: Option<f64>,
    /// From S1 to S2, in seconds.
    pub systolic_interval_s: f64,
    /// How sure both and the states are, 0 to 1.
    pub confidence: Confidence,
    /// Whether there is a rhythm at all; where not, the numbers mean nothing.
    pub plausible: bool,
}

impl Rhythm {
    pub(super) fn of(found: &Segmentation) -> Self {
        let &Segmentation { heart_rate_bpm, alternative_bpm, systolic_interval_s, confidence, plausible, .. } = found;
        Self { heart_rate_bpm, alternative_bpm, systolic_interval_s, confidence, plausible }
    }
}

impl Prediction {
    /// The same probabilities with the label that another threshold gives them. What cannot be said stays unsaid.
    pub fn relabel(&mut self, labels: &[String], decision: &Decision) {
        let label = labels.get(decision.label(&shares(labels, &self.probabilities)));
        self.label = label.filter(|_| self.abstained.is_none()).cloned();
        (self.threshold, self.figures) = (decision.threshold(), decision.figures());
    }

    /// The windows of the first downmix, which follow each other in time.
    pub fn first_view(&self) -> impl Iterator<Item = &WindowPrediction> {
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
    /// What of several channels it is made of; nothing is said of their mean.
    #[serde(default, rename = "view", skip_serializing_if = "is_mean")]
    pub downmix: Downmix,
    /// Whether it is a heart cycle; nothing is said of a window of fixed length.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cycle: bool,
    /// How much it counts beside the others, in windows: less than 1 where it shares sound with its neighbour, 0 where it
    /// holds nothing to judge and another does.
    #[serde(default = "one", serialize_with = "rounded_one", skip_serializing_if = "is_one")]
    pub weight: f64,
    /// Probability of every class.
    #[serde(serialize_with = "rounded_all")]
    pub probabilities: Probabilities,
}

/// The probabilities of one heart cycle, from S1 to S1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CyclePrediction {
    /// Start in the recording, in seconds.
    pub start_s: f64,
    /// End in the recording, in seconds.
    pub end_s: f64,
    /// Probability of every class in the window around it.
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

/// A probability with three significant digits, counted from the nearer of 0 and 1: more are not known, and one that is
/// neither 0 nor 1 is never written as if it were.
pub fn three_digits(probability: f64) -> f64 {
    let distance = probability.abs().min((1.0 - probability).abs());
    if distance == 0.0 || !distance.is_finite() {
        return probability;
    }
    let decimals = (2.0 - distance.log10().floor()).clamp(0.0, 15.0) as usize;
    // Through text, so that the number that is written is the short one.
    format!("{probability:.decimals$}").parse().unwrap_or(probability)
}

fn rounded_all<S: Serializer>(probabilities: &Probabilities, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(probabilities.iter().map(|(label, probability)| (label, three_digits(*probability))))
}

#[allow(clippy::ref_option, reason = "serde asks for a reference")]
pub(crate) fn rounded<S: Serializer>(share: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    share.map(three_digits).serialize(serializer)
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn rounded_one<S: Serializer>(share: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    three_digits(*share).serialize(serializer)
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
