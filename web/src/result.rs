//! The result as it is written down: the same JSON as one element of `spectnet predict --json`.

use serde::Serialize;
use spectnet_core::math::order::order;
use spectnet_core::model::Voting;
use spectnet_core::prediction::decision::Decision;
use spectnet_core::prediction::{Prediction, Probabilities, Rhythm, in_order_of_labels};

use crate::format;

/// Most classes that are shown by name; the least probable of more are summed up.
const MOST_SHOWN: usize = 10;

/// A prediction with the name of the recording it is about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordingResult {
    /// Name of the recording's file.
    pub file: String,
    /// What is said of it: `label`, `probabilities`, `windows`, `threshold` and the figures measured at it.
    #[serde(flatten)]
    pub prediction: Prediction,
}

impl RecordingResult {
    /// JSON, with indents.
    pub fn json(&self) -> String {
        // Plain numbers and strings cannot fail to serialise; an empty object would show that they did.
        serde_json::to_string_pretty(self).unwrap_or_else(|_| "{}".into())
    }

    /// The classes to show, the most probable first, and how many others there are. Two stay in the order of the model,
    /// so that the eye finds each at its place.
    pub fn ranking<'a>(&self, labels: &'a [String]) -> (Vec<&'a str>, usize) {
        let probability = |place: usize| if labels.len() > 2 { self.probability(&labels[place]) } else { 0.0 };
        let ranked = order(labels.len(), &|a, b| probability(b).total_cmp(&probability(a)));
        let shown = if labels.len() > MOST_SHOWN { MOST_SHOWN - 1 } else { labels.len() };
        (ranked.into_iter().take(shown).map(|place| labels[place].as_str()).collect(), labels.len() - shown)
    }

    /// Name for the downloaded file.
    pub fn file_name(&self) -> String {
        let stem = self.file.rsplit_once('.').map_or(self.file.as_str(), |(stem, _)| stem);
        let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
        format!("{}.spectnet.json", stem.chars().map(safe).collect::<String>())
    }

    /// The label, or why there is none.
    pub fn headline(&self) -> String {
        match (&self.prediction.label, &self.prediction.abstained) {
            (Some(label), _) => format::label(label),
            (None, Some(abstention)) => format!("Cannot say: {}", abstention.reason.title()),
            (None, None) => "Cannot say".into(),
        }
    }

    /// The probability of a class; 0 of one that the model does not know.
    pub fn probability(&self, label: &str) -> f64 {
        self.prediction.probabilities.get(label).copied().unwrap_or(0.0)
    }

    /// What stands beside the headline; nothing where nothing can be said. Beside a threshold a label need not be the
    /// more probable one: there the number is that of the `positive` class, and says so.
    pub fn probability_text(&self, positive: Option<&str>) -> String {
        match (self.prediction.label.as_deref(), positive) {
            (None, _) => String::new(),
            (Some(_), Some(positive)) => {
                format!("{} probability of “{}”", format::percent(self.probability(positive)), format::label(positive))
            }
            (Some(label), None) => format::percent(self.probability(label)),
        }
    }

    /// How fast the heart beats, in a sentence; nothing where no rhythm was found.
    pub fn heart_rate(&self) -> String {
        match &self.prediction.rhythm {
            Some(Rhythm { plausible: true, heart_rate_bpm, alternative_bpm: Some(other), .. }) => {
                format!("Heart rate: {heart_rate_bpm:.0} or {other:.0} beats a minute; the sound does not tell which.")
            }
            Some(rhythm) if rhythm.plausible => format!("Heart rate: {:.0} beats a minute.", rhythm.heart_rate_bpm),
            _ => String::new(),
        }
    }

    /// What the probabilities are called by `decision`, also where nothing can be said.
    pub fn called<'a>(&self, labels: &'a [String], decision: &Decision) -> &'a str {
        called(&self.prediction.probabilities, labels, decision)
    }

    /// What the probabilities rest on, in a sentence. `decision` calls a window what it calls a recording of the same
    /// probabilities. Windows without weight do not count.
    pub fn basis(&self, labels: &[String], decision: &Decision, voting: Voting) -> String {
        let label = self.called(labels, decision);
        let (judged, rest): (Vec<_>, Vec<_>) = self.prediction.windows.iter().partition(|window| window.weight > 0.0);
        let unit = if judged.iter().all(|window| window.cycle) { "heart cycle" } else { "window" };
        let units = format::count(judged.len(), unit);
        let how = match voting {
            Voting::Mean => format!("mean over {units}"),
            Voting::LogMean => format!("mean of log-probabilities over {units}"),
            Voting::Majority => format!("fraction of the votes of {units}"),
        };
        let how = if self.prediction.calibrated { format!("calibrated {how}") } else { how };
        let agree = judged.iter().filter(|window| called(&window.probabilities, labels, decision) == label).count();
        let left_out = match rest.len() {
            0 => String::new(),
            1 => " 1 more holds nothing to judge.".into(),
            more => format!(" {more} more hold nothing to judge."),
        };
        format!("{how}; {agree} of {} say “{}”.{left_out}", judged.len(), format::label(label))
    }
}

fn called<'a>(probabilities: &Probabilities, labels: &'a [String], decision: &Decision) -> &'a str {
    labels.get(decision.label(&in_order_of_labels(labels, probabilities))).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::audio::Downmix;
    use spectnet_core::heart::Confidence;
    use spectnet_core::model::Task;
    use spectnet_core::prediction::decision::{Figures, OperatingPoint};
    use spectnet_core::prediction::{Abstention, Reason, WindowPrediction};

    fn result(abnormal: &[f64]) -> RecordingResult {
        let probabilities = |p: f64| [("normal".to_string(), 1.0 - p), ("abnormal".to_string(), p)].into();
        let window = |(i, &p): (usize, &f64)| WindowPrediction {
            start_s: 2.5 * i as f64,
            end_s: 2.5 * (i + 1) as f64,
            downmix: Downmix::Mean,
            cycle: false,
            weight: 1.0,
            probabilities: probabilities(p),
        };
        let prediction = Prediction {
            label: Some("abnormal".into()),
            abstained: None,
            probabilities: probabilities(0.75),
            threshold: Some(0.5),
            figures: Figures::default(),
            calibrated: false,
            quality: None,
            rhythm: None,
            openness: None,
            blanked_fraction: None,
            notes: Vec::new(),
            windows: abnormal.iter().enumerate().map(window).collect(),
            cycles: Vec::new(),
        };
        RecordingResult { file: "a 1/b.wav".into(), prediction }
    }

    #[test]
    fn the_json_has_the_keys_of_the_command_line() {
        let value: serde_json::Value = serde_json::from_str(&result(&[0.9, 0.6]).json()).unwrap();
        assert_eq!(value["file"], "a 1/b.wav");
        assert_eq!(value["label"], "abnormal");
        assert_eq!(value["probabilities"]["abnormal"], 0.75);
        assert!(value["abstained"].is_null());
        assert_eq!((&value["threshold"], &value["calibrated"]), (&0.5.into(), &false.into()));
        assert!(value["sensitivity"].is_null() && value["specificity"].is_null());
        assert_eq!(value["windows"][1]["start_s"], 2.5);
        assert_eq!(value["windows"][1]["probabilities"]["normal"], 0.4);
    }

    #[test]
    fn windows_are_counted_by_the_threshold_of_the_recording() {
        let labels = ["normal", "abnormal"].map(String::from);
        let config = Task::Heart.model(labels.to_vec(), 4, 2);
        let mut result = result(&[0.9, 0.2, 0.5, 0.7, 0.1]);
        let said = |result: &RecordingResult, point| {
            let decision = Decision::new(&config, None, point).unwrap();
            result.basis(&labels, &decision, Voting::Mean)
        };
        assert_eq!(said(&result, OperatingPoint::Usual), "mean over 5 windows; 3 of 5 say “abnormal”.");
        assert_eq!(said(&result, OperatingPoint::Threshold(0.2)), "mean over 5 windows; 4 of 5 say “abnormal”.");
        assert_eq!(said(&result, OperatingPoint::Threshold(0.8)), "mean over 5 windows; 4 of 5 say “normal”.");
        // A window without weight does not count.
        result.prediction.windows[1].weight = 0.0;
        assert_eq!(
            said(&result, OperatingPoint::Usual),
            "mean over 4 windows; 3 of 4 say “abnormal”. 1 more holds nothing to judge."
        );
    }

    #[test]
    fn of_more_classes_a_window_says_the_most_probable_one() {
        let labels = ["a", "b", "c"].map(String::from);
        let decision = Decision::largest(&Task::Scene.model(labels.to_vec(), 4, 2));
        let mut result = result(&[0.0; 3]);
        let row = |values: [f64; 3]| labels.iter().cloned().zip(values).collect::<Probabilities>();
        result.prediction.probabilities = row([0.3, 0.4, 0.3]);
        let rows = [[0.2, 0.5, 0.3], [0.5, 0.4, 0.1], [0.1, 0.4, 0.5]];
        result.prediction.windows.iter_mut().zip(rows).for_each(|(window, values)| window.probabilities = row(values));
        let said = result.basis(&labels, &decision, Voting::LogMean);
        assert_eq!(said, "mean of log-probabilities over 3 windows; 1 of 3 say “b”.");
    }

    #[test]
    fn where_nothing_can_be_said_the_headline_says_why() {
        let mut result = result(&[0.9]);
        assert_eq!(result.headline(), "abnormal");
        for reason in Reason::ALL {
            result.prediction.label = None;
            result.prediction.abstained = Some(Abstention { reason, detail: "Record again.".into() });
            assert_eq!(result.headline(), format!("Cannot say: {}", reason.title()));
            let value: serde_json::Value = serde_json::from_str(&result.json()).unwrap();
            assert!(value["label"].is_null());
            assert_eq!(value["abstained"]["reason"], reason.name());
        }
    }

    #[test]
    fn the_number_beside_the_headline_says_whose_it_is() {
        let mut result = result(&[0.75]);
        assert_eq!(result.probability_text(Some("abnormal")), "75 % probability of “abnormal”");
        assert_eq!(result.probability_text(None), "75 %");
        result.prediction.label = Some("normal".into());
        assert_eq!(result.probability_text(Some("abnormal")), "75 % probability of “abnormal”");
        assert_eq!(result.probability_text(None), "25 %");
        result.prediction.label = None;
        assert_eq!(result.probability_text(Some("abnormal")), "");
    }

    #[test]
    fn the_heart_rate_is_said_where_there_is_a_rhythm() {
        let mut result = result(&[0.75]);
        assert_eq!(result.heart_rate(), "");
        let mut rhythm = Rhythm {
            heart_rate_bpm: 71.6,
            alternative_bpm: None,
            systolic_interval_s: 0.3,
            confidence: Confidence { heart_rate: 1.0, systolic_interval: 1.0, states: 1.0 },
            plausible: true,
        };
        let said = |result: &mut RecordingResult, rhythm: &Rhythm| {
            result.prediction.rhythm = Some(*rhythm);
            result.heart_rate()
        };
        assert_eq!(said(&mut result, &rhythm), "Heart rate: 72 beats a minute.");
        rhythm.alternative_bpm = Some(36.0);
        assert_eq!(said(&mut result, &rhythm), "Heart rate: 72 or 36 beats a minute; the sound does not tell which.");
        rhythm.plausible = false;
        assert_eq!(said(&mut result, &rhythm), "");
    }

    #[test]
    fn many_classes_are_ranked_and_two_are_not() {
        let names = |count: usize| (0..count).map(|i| format!("class {i}")).collect::<Vec<_>>();
        let of = |values: &[f64]| {
            let mut result = result(&[]);
            result.prediction.probabilities = names(values.len()).into_iter().zip(values.iter().copied()).collect();
            result
        };
        assert_eq!(of(&[0.2, 0.8]).ranking(&names(2)), (vec!["class 0", "class 1"], 0));
        assert_eq!(of(&[0.2, 0.1, 0.7]).ranking(&names(3)), (vec!["class 2", "class 0", "class 1"], 0));
        assert_eq!(of(&[0.1; 10]).ranking(&names(10)).1, 0);
        let values: Vec<f64> = (0..15).map(|i| f64::from(i) / 105.0).collect();
        let (labels, result) = (names(15), of(&values));
        let (ranked, others) = result.ranking(&labels);
        assert_eq!((ranked.len(), ranked[0], others), (9, "class 14", 6));
    }

    #[test]
    fn the_download_has_a_harmless_name() {
        assert_eq!(result(&[]).file_name(), "a-1-b.spectnet.json");
    }
}
