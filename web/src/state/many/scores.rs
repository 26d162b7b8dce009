//! What the results are worth where labels are known, and the threshold that they suggest.

use spectnet_core::prediction::assessment::{Scored, Suggestion, positive_of_two};

use super::{Row, Verdict};
use crate::format;
use crate::state::{Model, State};

/// So many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// How many are so.
    pub part: usize,
    /// Of how many.
    pub whole: usize,
}

impl Fraction {
    /// From 0 to 1; none of nothing.
    pub fn value(self) -> Option<f64> {
        (self.whole > 0).then(|| self.part as f64 / self.whole as f64)
    }

    /// `80 % (16 of 20)`.
    pub fn text(self) -> String {
        let Self { part, whole } = self;
        match self.value() {
            Some(value) => format!("{} ({part} of {whole})", format::percent(value)),
            None => "unknown (0 of 0)".into(),
        }
    }
}

/// The labels that were given against the results of the model in use.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// The classes.
    pub labels: Vec<String>,
    /// How many recordings of each class got each label; in the last column how many got none.
    pub counts: Vec<Vec<usize>>,
    /// The class that counts as positive, of two.
    pub positive: Option<usize>,
}

impl Scores {
    /// Counts the labelled recordings that the model in use has judged; none where there is none.
    pub fn of(state: &State) -> Option<Self> {
        let model = state.model.as_ref()?;
        let labels = &model.package.config.labels;
        let mut counts = vec![vec![0; labels.len() + 1]; labels.len()];
        for (truth, verdict) in judged(state, model) {
            let said = verdict.label.as_ref().and_then(|said| labels.iter().position(|label| label == said));
            counts[truth][said.unwrap_or(labels.len())] += 1;
        }
        let any = counts.iter().flatten().any(|count| *count > 0);
        let positive = positive_of_two(&model.package.config);
        any.then(|| Self { labels: labels.clone(), counts, positive })
    }

    /// How many of those with a result got the right label.
    pub fn accuracy(&self) -> Fraction {
        let part = (0..self.labels.len()).map(|class| self.counts[class][class]).sum();
        Fraction { part, whole: (0..self.labels.len()).map(|class| self.answered(class)).sum() }
    }

    /// How many of a class with a result got its label.
    pub fn found(&self, class: usize) -> Fraction {
        Fraction { part: self.counts[class][class], whole: self.answered(class) }
    }

    /// The mean of [`found`](Self::found) over the classes of which there are recordings: MAcc of two classes.
    pub fn mean_found(&self) -> Option<f64> {
        let found: Vec<f64> = (0..self.labels.len()).filter_map(|class| self.found(class).value()).collect();
        // Of one class alone MAcc is not defined.
        let enough = found.len() > usize::from(self.positive.is_some());
        enough.then(|| found.iter().sum::<f64>() / found.len().max(1) as f64).filter(|mean| mean.is_finite())
    }

    /// How many labelled recordings got no label.
    pub fn abstained(&self) -> usize {
        self.counts.iter().filter_map(|row| row.last()).sum()
    }

    fn answered(&self, class: usize) -> usize {
        self.counts[class][..self.labels.len()].iter().sum()
    }
}

/// The threshold that these recordings suggest, or why they suggest none; nothing where there is no threshold to move,
/// or no labelled recording.
pub fn suggestion(state: &State) -> Option<Result<Suggestion, String>> {
    let model = state.model.as_ref()?;
    let positive = positive_of_two(&model.package.config)?;
    let label = model.package.config.labels.get(positive)?;
    let scored = |(truth, verdict): (usize, &Verdict)| {
        let probability = verdict.label.is_some().then(|| verdict.probabilities.get(label).copied()).flatten()?;
        Some(Scored { probability, positive: truth == positive })
    };
    let scored: Vec<Scored> = judged(state, model).filter_map(scored).collect();
    if scored.is_empty() {
        return None;
    }
    let temperature = model.package.assessment.as_ref().map_or(1.0, |assessment| assessment.temperature);
    let measured_on = format!("{} recordings of this list", scored.len());
    Some(Suggestion::of(&scored, temperature, measured_on).map_err(|error| error.to_string()))
}

/// The class that was given with every recording that this model has judged, and what it said.
fn judged<'a>(state: &'a State, model: &'a Model) -> impl Iterator<Item = (usize, &'a Verdict)> {
    let labels = &model.package.config.labels;
    let of = move |row: &'a Row| {
        let verdict = row.verdict.as_ref().filter(|verdict| verdict.model == model.ticket)?;
        Some((row.truth(labels)?, verdict))
    };
    state.many.rows.iter().filter_map(move |row| of(row))
}
