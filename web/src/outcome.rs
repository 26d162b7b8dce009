//! The result as it is written down: the same JSON as one element of `spectnet predict --json`.

use serde::Serialize;
use spectnet_core::predict::Verdict;

/// A verdict with the name of the recording it is about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Name of the recording's file.
    pub file: String,
    /// The verdict: `label`, `probabilities`, `windows`.
    #[serde(flatten)]
    pub verdict: Verdict,
}

impl Outcome {
    /// JSON, with indents.
    pub fn json(&self) -> String {
        // Plain numbers and strings cannot fail to serialise; an empty object would show that they did.
        serde_json::to_string_pretty(self).unwrap_or_else(|_| "{}".into())
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
    use spectnet_core::predict::WindowVerdict;

    fn outcome(abnormal: &[f64]) -> Outcome {
        let probabilities = |p: f64| [("normal".to_string(), 1.0 - p), ("abnormal".to_string(), p)].into();
        let window = |(i, &p): (usize, &f64)| WindowVerdict {
            start_s: 2.5 * i as f64,
            end_s: 2.5 * (i + 1) as f64,
            probabilities: probabilities(p),
        };
        let verdict = Verdict {
            label: "abnormal".into(),
            probabilities: probabilities(0.75),
            windows: abnormal.iter().enumerate().map(window).collect(),
        };
        Outcome { file: "a 1/b.wav".into(), verdict }
    }

    #[test]
    fn the_json_has_the_keys_of_the_command_line() {
        let value: serde_json::Value = serde_json::from_str(&outcome(&[0.9, 0.6]).json()).unwrap();
        assert_eq!(value["file"], "a 1/b.wav");
        assert_eq!(value["label"], "abnormal");
        assert_eq!(value["probabilities"]["abnormal"], 0.75);
        assert_eq!(value["windows"][1]["start_s"], 2.5);
        assert_eq!(value["windows"][1]["probabilities"]["normal"], 0.4);
    }

    #[test]
    fn windows_that_agree_are_counted() {
        assert_eq!(outcome(&[0.9, 0.2, 0.5, 0.7]).agreeing_windows(), 3);
    }

    #[test]
    fn the_download_has_a_harmless_name() {
        assert_eq!(outcome(&[]).file_name(), "a-1-b.spectnet.json");
    }
}
