//! What is said of a recording.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::shares;
use crate::audio::View;
use crate::cycles::{Confidence, Quality, Segmentation};
use crate::decision::Decision;

/// The verdict on a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether a heart sound is good enough to be judged, where it was [listened to](Tally::with_rhythm).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// The class with the highest probability, or what the threshold says.
    pub label: String,
    /// Probability of every class, calibrated where the model can.
    pub probabilities: BTreeMap<String, f64>,
    /// From this probability on a recording is called positive; none where no class is positive.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// How many of the positives are called so at this threshold, at the least, as measured; none where nothing was.
    #[serde(default)]
    pub sensitivity: Option<f64>,
    /// How many of the others are not, likewise.
    #[serde(default)]
    pub specificity: Option<f64>,
    /// Whether the recording's probabilities are calibrated.
    #[serde(default)]
    pub calibrated: bool,
    /// The heart's rhythm, where it was [listened for](Tally::with_rhythm) and there was enough to hear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rhythm: Option<Rhythm>,
    /// The windows it rests on. Their probabilities are the network's own: what calibrates them was fitted on recordings.
    pub windows: Vec<WindowVerdict>,
    /// Heart cycles, where they were [judged](super::Tally::add_cycles), by the network's own probabilities likewise. The
    /// verdict does not rest on them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cycles: Vec<CycleVerdict>,
}

/// How a heart beats, as the [segmentation](crate::cycles) of the first two minutes has it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rhythm {
    /// Beats per minute.
    pub heart_rate_bpm: f64,
    /// From S1 to S2, in seconds.
    pub systolic_interval_s: f64,
    /// How sure both and the states are, 0 to 1.
    pub confidence: Confidence,
    /// Whether there is a rhythm at all; where not, the numbers mean nothing.
    pub plausible: bool,
}

impl Rhythm {
    pub(super) fn of(found: &Segmentation) -> Self {
        let &Segmentation { heart_rate_bpm, systolic_interval_s, confidence, plausible, .. } = found;
        Self { heart_rate_bpm, systolic_interval_s, confidence, plausible }
    }
}

impl Verdict {
    /// The same probabilities with the label that another threshold gives them.
    pub fn relabel(&mut self, labels: &[String], decision: &Decision) {
        if let Some(label) = labels.get(decision.label(&shares(labels, &self.probabilities))) {
            self.label.clone_from(label);
        }
        (self.threshold, self.sensitivity, self.specificity) =
            (decision.threshold(), decision.sensitivity(), decision.specificity());
    }

    /// Whether the recording is too noisy to say.
    pub fn is_too_noisy(&self) -> bool {
        self.quality.is_some_and(|quality| quality.too_noisy)
    }

    /// The windows of the first view, which follow each other in time.
    pub fn first_view(&self) -> impl Iterator<Item = &WindowVerdict> {
        let first = self.windows.first().map(|window| window.view);
        self.windows.iter().take_while(move |window| Some(window.view) == first)
    }
}

/// The probabilities of one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowVerdict {
    /// Start in the recording, in seconds.
    pub start_s: f64,
    /// End in the recording, in seconds.
    pub end_s: f64,
    /// What of several channels it heard; nothing is said of their mean.
    #[serde(default, skip_serializing_if = "is_mean")]
    pub view: View,
    /// Whether it is a heart cycle; nothing is said of a window of fixed length.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cycle: bool,
    /// Probability of every class.
    pub probabilities: BTreeMap<String, f64>,
}

/// The probabilities of one heart cycle, from S1 to S1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CycleVerdict {
    /// Start in the recording, in seconds.
    pub start_s: f64,
    /// End in the recording, in seconds.
    pub end_s: f64,
    /// Probability of every class in the window around it.
    pub probabilities: BTreeMap<String, f64>,
}

fn is_mean(view: &View) -> bool {
    *view == View::Mean
}
