//! From windows to the verdict on a recording.
//!
//! The forward pass happens between [`Prepared::windows`] and [`Prepared::verdict`]: on the CPU by the
//! [engine](crate::engine), on a GPU by whatever drives it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::audio::{Recording, Span};
use crate::model::ModelConfig;
use crate::{Error, Result};

/// How the windows of a recording decide together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Voting {
    /// The mean of the windows' probabilities.
    Mean,
    /// Each window has one vote and the probabilities are the shares of votes; a tie goes to the positive class.
    Majority,
}

/// The verdict on a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The class with the highest probability.
    pub label: String,
    /// Probability of every class.
    pub probabilities: BTreeMap<String, f64>,
    /// The windows it rests on.
    pub windows: Vec<WindowVerdict>,
}

/// The probabilities of one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowVerdict {
    /// Start in the recording, in seconds.
    pub start_s: f64,
    /// End in the recording, in seconds.
    pub end_s: f64,
    /// Probability of every class.
    pub probabilities: BTreeMap<String, f64>,
}

/// A conditioned recording and where its windows lie.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The conditioned recording.
    pub recording: Recording,
    /// Its windows.
    pub spans: Vec<Span>,
}

impl Prepared {
    /// Conditions a recording and lays out its windows.
    ///
    /// # Errors
    /// Those of [`Conditioning::apply`](crate::audio::Conditioning::apply), or no window at all.
    pub fn new(config: &ModelConfig, recording: &Recording) -> Result<Self> {
        let recording = config.conditioning.apply(recording)?;
        let spans = config.windowing.spans(recording.samples().len());
        if spans.is_empty() {
            return Err(Error::invalid("the recording is too short for a single window"));
        }
        Ok(Self { recording, spans })
    }

    /// Some of the windows, `spans.len() × samples` values row by row.
    pub fn windows(&self, config: &ModelConfig, spans: &[Span]) -> Vec<f32> {
        spans.iter().flat_map(|span| config.windowing.cut(self.recording.samples(), span)).collect()
    }

    /// The verdict from the probabilities of all windows, `spans.len() × labels.len()` values row by row.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there are more or fewer values, or one is not a number.
    pub fn verdict(&self, config: &ModelConfig, probabilities: &[f32]) -> Result<Verdict> {
        let classes = config.labels.len();
        if classes == 0 || probabilities.len() != self.spans.len() * classes {
            return Err(Error::invalid(format!(
                "{} probabilities for {} windows of {classes} classes",
                probabilities.len(),
                self.spans.len()
            )));
        }
        if !probabilities.iter().all(|p| p.is_finite()) {
            return Err(Error::invalid("the model's output is not a number: its weights do not suit this recording"));
        }
        let rate = f64::from(self.recording.sample_rate());
        let rows: Vec<Vec<f64>> =
            probabilities.chunks(classes).map(|row| row.iter().map(|&p| f64::from(p)).collect()).collect();
        let shares = vote(config.voting, &rows, config.positive());
        let named = |row: &[f64]| config.labels.iter().cloned().zip(row.iter().copied()).collect();
        let windows = self.spans.iter().zip(&rows).map(|(span, row)| WindowVerdict {
            start_s: span.start as f64 / rate,
            end_s: span.end as f64 / rate,
            probabilities: named(row),
        });
        Ok(Verdict {
            label: config.labels[winner(&shares, config.positive())].clone(),
            probabilities: named(&shares),
            windows: windows.collect(),
        })
    }
}

/// Index of the largest share. A tie goes to the positive class, else to the first: in screening, doubt must not read
/// as "normal".
pub fn winner(shares: &[f64], positive: Option<usize>) -> usize {
    let largest = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    match positive {
        Some(positive) if shares.get(positive) == Some(&largest) => positive,
        _ => shares.iter().position(|&share| share == largest).unwrap_or(0),
    }
}

/// What the rows of window probabilities say together; one value a class, summing to 1 where every row does.
pub fn vote(voting: Voting, rows: &[Vec<f64>], positive: Option<usize>) -> Vec<f64> {
    let mut shares = vec![0.0; rows.first().map_or(0, Vec::len)];
    for row in rows {
        match voting {
            Voting::Mean => shares.iter_mut().zip(row).for_each(|(share, p)| *share += p),
            Voting::Majority => shares[winner(row, positive)] += 1.0,
        }
    }
    shares.iter_mut().for_each(|share| *share /= rows.len() as f64);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Task;

    fn config() -> ModelConfig {
        Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3)
    }

    fn prepared(windows: usize) -> Prepared {
        let span = |i| Span { start: 2500 * i, end: 2500 * (i + 1) };
        let recording = Recording::new(vec![0.1; 2500 * windows], 1000).unwrap();
        Prepared { recording, spans: (0..windows).map(span).collect() }
    }

    #[test]
    fn the_mean_of_the_windows_decides() {
        let verdict = prepared(2).verdict(&config(), &[0.9, 0.1, 0.4, 0.6]).unwrap();
        assert_eq!(verdict.label, "normal");
        assert!((verdict.probabilities["abnormal"] - 0.35).abs() < 1e-6);
        assert_eq!((verdict.windows[1].start_s, verdict.windows[1].end_s), (2.5, 5.0));
    }

    #[test]
    fn a_tie_of_votes_is_abnormal() {
        let config = ModelConfig { voting: Voting::Majority, ..config() };
        let verdict = prepared(2).verdict(&config, &[0.9, 0.1, 0.4, 0.6]).unwrap();
        assert_eq!((verdict.label.as_str(), verdict.probabilities["abnormal"]), ("abnormal", 0.5));
    }

    #[test]
    fn wrong_counts_and_numbers_are_refused() {
        assert!(prepared(2).verdict(&config(), &[0.5; 3]).is_err());
        assert!(prepared(1).verdict(&config(), &[f32::NAN, 0.5]).unwrap_err().to_string().contains("not a number"));
    }

    #[test]
    fn windows_stand_row_by_row() {
        let mut prepared = prepared(2);
        prepared.recording = Recording::new((0..5000).map(|k| k as f32 * 1e-4).collect(), 1000).unwrap();
        assert_eq!(prepared.windows(&config(), &prepared.spans), prepared.recording.samples());
    }
}
