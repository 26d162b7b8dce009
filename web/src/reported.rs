//! What a model file reports of its own quality, in words.

use serde_json::Value;
use spectnet_core::prediction::assessment::{Assessment, Measurement};

use crate::format;

/// Term and text for each set of recordings that the model was measured on.
pub fn lines(metrics: &Value) -> Vec<(&'static str, String)> {
    let sets = [("held_out", "On recordings held out"), ("validation", "On those that chose the threshold")];
    sets.into_iter().filter_map(|(key, term)| Some((term, line(metrics.get(key)?)?))).collect()
}

/// Recording-level metrics, pooled and averaged over the subsets.
fn line(evaluation: &Value) -> Option<String> {
    let pooled = evaluation.get("recording")?;
    let percent = |value: &Value| value.as_f64().map(|fraction| format!("{:.1} %", 100.0 * fraction));
    let mut parts = vec![format!("{} recordings", pooled.get("n")?.as_u64()?)];
    // Where no class counts as positive, sensitivity is the mean over the classes of how many of each were found.
    let many = evaluation.get("labels").and_then(Value::as_array).is_some_and(|labels| labels.len() > 2);
    let shown = match many {
        true => &[("accuracy", "accuracy"), ("sensitivity", "mean recall of the classes")][..],
        false => &[("macc", "MAcc"), ("sensitivity", "sensitivity"), ("specificity", "specificity")],
    };
    for &(key, name) in shown {
        if let Some(figure) = pooled.get(key).and_then(percent) {
            parts.push(format!("{name} {figure}"));
        }
    }
    if many {
        return Some(parts.join(", "));
    }
    if let [Some(low), Some(high)] =
        [0, 1].map(|end| evaluation.pointer(&format!("/macc_interval/{end}")).and_then(percent))
    {
        parts.push(format!("95 % interval of MAcc {low} to {high}"));
    }
    if let Some(mean) = evaluation.pointer("/mean_over_subsets/macc").and_then(percent) {
        parts.push(format!("mean MAcc of the subsets {mean}"));
    }
    for (key, name) in [("brier", "Brier score"), ("auc", "area under the ROC")] {
        if let Some(score) = evaluation.get(key).and_then(Value::as_f64) {
            parts.push(format!("{name} {score:.3}"));
        }
    }
    Some(parts.join(", "))
}

/// How the probabilities were calibrated and the threshold was chosen, and how good both are: a line for each set of
/// recordings.
pub fn assessed(assessment: &Assessment) -> Vec<(&'static str, String)> {
    let Assessment { temperature, brier_before, brier_after, measured, threshold_chosen, .. } = assessment;
    let Measurement { auc, measured_on, .. } = measured;
    let threshold = format::percent(assessment.threshold);
    let chosen = format!(
        "calibrated with temperature {temperature:.2}: Brier score {brier_before:.3} before and {brier_after:.3} after, area \
         under the ROC {auc:.3}; proposed threshold {threshold} ({threshold_chosen}). Measured on {measured_on}"
    );
    let independent = assessment.held_out.as_ref().map(|held_out| {
        let [sensitivity, specificity] = held_out.measured.at(assessment.threshold).map(|fraction| 100.0 * fraction);
        format!(
            "Brier score {:.3}, area under the ROC {:.3}; at the proposed threshold sensitivity {sensitivity:.1} %, \
             specificity {specificity:.1} %. Measured on {}",
            held_out.brier, held_out.measured.auc, held_out.measured.measured_on
        )
    });
    let independent = independent.map(|text| ("On recordings that chose nothing", text));
    [("Probabilities", chosen)].into_iter().chain(independent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use spectnet_core::prediction::assessment::Scored;

    #[test]
    fn the_numbers_of_an_evaluation_are_named() {
        let metrics = json!({ "held_out": {
            "recording": { "n": 308, "macc": 0.7125, "sensitivity": 0.75, "specificity": 0.675 },
            "macc_interval": [0.66, 0.77],
            "mean_over_subsets": { "macc": null },
        } });
        let expected = "308 recordings, MAcc 71.2 %, sensitivity 75.0 %, specificity 67.5 %, 95 % interval of MAcc 66.0 % to 77.0 %";
        assert_eq!(lines(&metrics), [("On recordings held out", expected.to_string())]);
    }

    #[test]
    fn scores_of_probabilities_are_named_where_there_are_any() {
        let metrics = json!({ "validation": { "recording": { "n": 20 }, "brier": 0.1875, "auc": 0.8126 } });
        let expected = "20 recordings, Brier score 0.188, area under the ROC 0.813";
        assert_eq!(lines(&metrics), [("On those that chose the threshold", expected.to_string())]);
    }

    #[test]
    fn many_classes_have_accuracy_and_recall() {
        let metrics = json!({ "held_out": {
            "recording": { "n": 80, "accuracy": 0.9, "macc": 0.94, "sensitivity": 0.895, "specificity": 0.98 },
            "macc_interval": [0.9, 0.97],
            "labels": ["dog_bark", "rain", "rooster"],
        } });
        let expected = "80 recordings, accuracy 90.0 %, mean recall of the classes 89.5 %";
        assert_eq!(lines(&metrics), [("On recordings held out", expected.to_string())]);
    }

    #[test]
    fn recordings_that_chose_nothing_have_a_line_of_their_own() {
        let scored: Vec<Scored> =
            (0..20).map(|i| Scored { probability: f64::from(i) / 20.0, positive: i % 3 == 0 || i > 14 }).collect();
        let assessment = Assessment::measure(&scored, "20 made-up recordings").unwrap();
        let lines = assessed(&assessment);
        let [(term, text)] = &lines[..] else { panic!("one line") };
        assert_eq!(*term, "Probabilities");
        assert!(text.contains("proposed threshold") && text.ends_with("Measured on 20 made-up recordings"), "{text}");
        let assessment = assessment.measured_independently(&scored, "20 others").unwrap();
        let lines = assessed(&assessment);
        let [_, (term, text)] = &lines[..] else { panic!("two lines") };
        assert_eq!(*term, "On recordings that chose nothing");
        assert!(text.contains("sensitivity") && text.ends_with("Measured on 20 others"), "{text}");
    }

    #[test]
    fn anything_else_says_nothing() {
        for metrics in [json!(null), json!({ "held_out": 3 }), json!({ "held_out": { "recording": {} } }), json!([1])] {
            assert!(lines(&metrics).is_empty(), "{metrics}");
        }
    }
}
