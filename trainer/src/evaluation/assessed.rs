//! The assessment of a trained model: measured on the recordings that chose it or its threshold, and as a line of text.

use spectnet_core::learning::recipe::Selection;
use spectnet_core::model::{ModelConfig, Voting};
use spectnet_core::prediction::assessment::{Assessment, Measurement, Scored, positive_of_two};

use super::evaluate::Evaluation;

/// Measured on the recordings that chose the epoch, or the threshold alone; none where none did, no class is positive, or the
/// majority of the windows decides, whose votes are no probabilities. Subsets count alike, as they do in training: how many
/// recordings each has says how the data was gathered, not what the model will meet.
///
/// # Errors
/// Those of [`Assessment::measure`].
pub fn on_validation(
    config: &ModelConfig,
    validation: Option<&Evaluation>,
    data: &str,
    selection: Selection,
) -> Option<spectnet_core::Result<Assessment>> {
    let validation = validation?;
    positive_of_two(config).filter(|_| config.voting != Voting::Majority)?;
    let chose = match selection {
        Selection::Calibrated => {
            "temperature and threshold, and nothing else, so these figures are a little optimistic"
        }
        Selection::Best | Selection::Last => "the epoch and this threshold, so these figures are optimistic",
    };
    let sources: Vec<&[Scored]> = validation.scored.values().map(Vec::as_slice).collect();
    let count: usize = sources.iter().map(|scored| scored.len()).sum();
    let measured_on = format!("{count} recordings of {data} that were not trained on but chose {chose}");
    Some(Assessment::measure_by_source(&sources, measured_on))
}

/// The same with the ROC of held-out recordings, which chose nothing; unchanged where these are of one class.
pub fn on_held_out(assessment: Option<Assessment>, held_out: &Evaluation, which: &str) -> Option<Assessment> {
    let scored = held_out.all_scored();
    let measured_on = format!("{} recordings held out ({which}), which chose nothing", scored.len());
    let assessment = assessment?;
    Some(assessment.clone().measured_independently(&scored, measured_on).unwrap_or(assessment))
}

/// Temperature, scores and threshold.
pub fn line(assessment: &Assessment) -> String {
    let Assessment { temperature, threshold, brier_before, brier_after, measured, .. } = assessment;
    let Measurement { positives, negatives, auc, .. } = measured;
    let [sensitivity, specificity] = assessment.at(*threshold).map(|fraction| 100.0 * fraction);
    format!(
        "calibrated on {positives} positive and {negatives} negative recordings: temperature {temperature:.3}, Brier score \
         {brier_before:.3} before and {brier_after:.3} after, area under the ROC {auc:.3}; positive from {:.1} % on \
         (sensitivity {sensitivity:.1} %, specificity {specificity:.1} %)",
        100.0 * threshold
    )
}
