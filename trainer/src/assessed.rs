//! An assessment in a line, for people.

use spectnet_core::assessment::Assessment;

/// Temperature, scores and threshold.
pub fn line(assessment: &Assessment) -> String {
    let Assessment { temperature, threshold, brier_before, brier_after, auc, positives, negatives, .. } = assessment;
    let [sensitivity, specificity] = assessment.at(*threshold).map(|share| 100.0 * share);
    format!(
        "calibrated on {positives} positive and {negatives} negative recordings: temperature {temperature:.3}, Brier score \
         {brier_before:.3} before and {brier_after:.3} after, area under the ROC {auc:.3}; positive from {:.1} % on \
         (sensitivity {sensitivity:.1} %, specificity {specificity:.1} %)",
        100.0 * threshold
    )
}
