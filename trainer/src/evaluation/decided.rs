//! What a model says of one recording, in few numbers: enough for a table, and to decide anew without running the model again.

use spectnet_core::prediction::decision::Decision;
use spectnet_core::prediction::{Prediction, Reason, in_order_of_labels};

/// What a model says of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// Probability of every label, in their order.
    pub probabilities: Vec<f64>,
    /// Number of the label; none where the model abstains.
    pub label: Option<usize>,
    /// Why it abstains, whatever the decision.
    pub abstained: Option<Reason>,
}

impl Decided {
    /// In short what a prediction by this decision says; the labels are the model's.
    pub fn of(prediction: &Prediction, labels: &[String], decision: &Decision) -> Self {
        let abstained = prediction.abstained.as_ref().map(|abstention| abstention.reason);
        Self::by(decision, in_order_of_labels(labels, &prediction.probabilities), abstained)
    }

    /// What the prediction on the same recording by another decision says, if this is what one
    /// [by the most probable class](Decision::largest) says, whose probabilities are not calibrated yet.
    pub fn anew(&self, decision: &Decision) -> Self {
        Self::by(decision, decision.probabilities(self.probabilities.clone()), self.abstained)
    }

    fn by(decision: &Decision, probabilities: Vec<f64>, abstained: Option<Reason>) -> Self {
        let label = abstained.is_none().then(|| decision.label(&probabilities));
        Self { probabilities, label, abstained }
    }
}

#[cfg(test)]
mod tests {
    use spectnet_core::audio::{Recording, Window};
    use spectnet_core::model::{ModelConfig, Task, Voting};
    use spectnet_core::prediction::assessment::{Assessment, Scored};
    use spectnet_core::prediction::decision::OperatingPoint;
    use spectnet_core::prediction::{Prepared, Tally, Vote};

    use super::*;

    /// A model that looks for no heart, so that it answers, and for one, so that it abstains: there is none.
    fn models() -> [ModelConfig; 2] {
        let model = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3);
        let mut answers = model.clone();
        answers.conditioning.sample_rate *= 2;
        [answers, model]
    }

    #[test]
    fn deciding_anew_comes_to_what_predicting_anew_comes_to() {
        let scored = [(0.1, false), (0.3, false), (0.35, true), (0.4, false), (0.7, true)];
        let scored = scored.map(|(probability, positive)| Scored { probability, positive });
        let assessment = Assessment::measure(&scored, "five").unwrap();
        for (model, answers) in models().into_iter().zip([true, false]) {
            for voting in [Voting::Mean, Voting::LogMean, Voting::Majority] {
                let config = ModelConfig { voting, ..model.clone() };
                let samples = config.windowing.samples;
                let recording = Recording::new(vec![0.1; 2 * samples], config.conditioning.sample_rate).unwrap();
                let windows = [0, samples].map(|start| Window { start, end: start + samples }).to_vec();
                let votes = vec![Vote { weight: 1.0, evidence: true }; 2];
                let prepared = Prepared { windows, votes, ..Prepared::bare(recording) };
                let usual = Decision::largest(&config);
                let calibrated = Decision::new(&config, Some(&assessment), OperatingPoint::Usual).unwrap();
                let mut moved = 0;
                for percent in 0..=100_u8 {
                    let abnormal = f32::from(percent) / 100.0;
                    let mut tally = Tally::new(&config);
                    tally.add(&prepared, &[1.0 - abnormal, abnormal, 0.4, 0.6]).unwrap();
                    let says = |decision: &Decision| {
                        let prediction = tally.prediction(decision).unwrap();
                        let said = Decided::of(&prediction, &config.labels, decision);
                        let label = said.label.map(|label| config.labels[label].clone());
                        assert_eq!((label, said.abstained.is_none()), (prediction.label, answers));
                        said
                    };
                    let first = says(&usual);
                    assert_eq!(first.anew(&calibrated), says(&calibrated));
                    assert_eq!(first.anew(&usual), first);
                    moved += usize::from(says(&calibrated).probabilities != first.probabilities);
                }
                // Half of two votes, or all of them, is calibrated already.
                assert!(moved > 0 || voting == Voting::Majority, "{voting:?}: nothing was calibrated");
            }
        }
    }
}
