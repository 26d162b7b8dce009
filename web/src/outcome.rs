//! The result as it is written down: the same JSON as one element of `spectnet predict --json`.

use serde::Serialize;
use spectnet_core::predict::Verdict;

/// Most classes that are shown by name; the least probable of more are summed up.
const MOST_SHOWN: usize = 10;

/// A verdict with the name of the recording it is about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Name of the recording's file.
    pub file: String,
    /// The verdict: `label`, `probabilities`, `windows`, `threshold` and what it is worth.
    #[serde(flatten)]
    pub verdict: Verdict,
}

impl Outcome {
    /// JSON, with indents.
    pub fn json(&self) -> String {
        // Plain numbers and strings cannot fail to serialise; an empty object would show that they did.
        serde_json::to_string_pretty(self).unwrap_or_else(|_| "{}".into())
    }

    /// The classes to show, the most probable first, and how many others there are. Two stay in the order of the model, so
    /// that the eye finds each at its place.
    pub fn ranking<'a>(&self, labels: &'a [String]) -> (Vec<&'a str>, usize) {
        let mut ranked: Vec<&str> = labels.iter().map(String::as_str).collect();
        if labels.len() > 2 {
            let share = |label: &str| self.verdict.probabilities.get(label).copied().unwrap_or(0.0);
            ranked.sort_by(|a, b| share(b).total_cmp(&share(a)));
        }
        let shown = if labels.len() > MOST_SHOWN { MOST_SHOWN - 1 } else { labels.len() };
        ranked.truncate(shown);
        (ranked, labels.len() - shown)
    }

    /// Name for the downloaded file.
    pub fn file_name(&self) -> String {
        let stem = self.file.rsplit_once('.').map_or(self.file.as_str(), |(stem, _)| stem);
        let safe = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
        format!("{}.spectnet.json", stem.chars().map(safe).collect::<String>())
    }

    /// Number of windows in which the label of the verdict is the most probable one.
    pub fn agreeing_windows(&self) -> usize {
        let label = &self.verdict.label;
        let agrees = |probabilities: &std::collections::BTreeMap<String, f64>| {
            let own = probabilities.get(label).copied().unwrap_or(0.0);
            probabilities.values().all(|&other| other <= own)
        };
        self.verdict.windows.iter().filter(|window| agrees(&window.probabilities)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::audio::View;
    use spectnet_core::predict::WindowVerdict;

    fn outcome(abnormal: &[f64]) -> Outcome {
        let probabilities = |p: f64| [("normal".to_string(), 1.0 - p), ("abnormal".to_string(), p)].into();
        let window = |(i, &p): (usize, &f64)| WindowVerdict {
            start_s: 2.5 * i as f64,
            end_s: 2.5 * (i + 1) as f64,
            view: View::Mean,
            cycle: false,
            probabilities: probabilities(p),
        };
        let verdict = Verdict {
            quality: None,
            label: "abnormal".into(),
            probabilities: probabilities(0.75),
            threshold: Some(0.5),
            sensitivity: None,
            specificity: None,
            calibrated: false,
            rhythm: None,
            windows: abnormal.iter().enumerate().map(window).collect(),
            cycles: Vec::new(),
        };
        Outcome { file: "a 1/b.wav".into(), verdict }
    }

    #[test]
    fn the_json_has_the_keys_of_the_command_line() {
        let value: serde_json::Value = serde_json::from_str(&outcome(&[0.9, 0.6]).json()).unwrap();
        assert_eq!(value["file"], "a 1/b.wav");
        assert_eq!(value["label"], "abnormal");
        assert_eq!(value["probabilities"]["abnormal"], 0.75);
        assert_eq!((&value["threshold"], &value["calibrated"]), (&0.5.into(), &false.into()));
        assert!(value["sensitivity"].is_null() && value["specificity"].is_null());
        assert_eq!(value["windows"][1]["start_s"], 2.5);
        assert_eq!(value["windows"][1]["probabilities"]["normal"], 0.4);
    }

    #[test]
    fn windows_that_agree_are_counted() {
        assert_eq!(outcome(&[0.9, 0.2, 0.5, 0.7]).agreeing_windows(), 3);
    }

    #[test]
    fn many_classes_are_ranked_and_two_are_not() {
        let names = |count: usize| (0..count).map(|i| format!("class {i}")).collect::<Vec<_>>();
        let of = |shares: &[f64]| {
            let mut outcome = outcome(&[]);
            outcome.verdict.probabilities = names(shares.len()).into_iter().zip(shares.iter().copied()).collect();
            outcome
        };
        assert_eq!(of(&[0.2, 0.8]).ranking(&names(2)), (vec!["class 0", "class 1"], 0));
        assert_eq!(of(&[0.2, 0.1, 0.7]).ranking(&names(3)), (vec!["class 2", "class 0", "class 1"], 0));
        assert_eq!(of(&[0.1; 10]).ranking(&names(10)).1, 0);
        let shares: Vec<f64> = (0..15).map(|i| f64::from(i) / 105.0).collect();
        let (labels, outcome) = (names(15), of(&shares));
        let (ranked, others) = outcome.ranking(&labels);
        assert_eq!((ranked.len(), ranked[0], others), (9, "class 14", 6));
    }

    #[test]
    fn the_download_has_a_harmless_name() {
        assert_eq!(outcome(&[]).file_name(), "a-1-b.spectnet.json");
    }
}
