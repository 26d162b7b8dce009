//! An explanation in sentences.

use crate::prediction::Abstention;

/// A number with its sign.
pub(super) fn signed(value: f64) -> String {
    format!("{value:+.2}").replace('-', "−")
}

/// A class as it is read.
pub(super) fn called(class: &str) -> String {
    format!("“{}”", class.replace('_', " "))
}

/// That nothing was said of the recording.
pub(super) fn of_abstention(abstention: &Abstention) -> String {
    format!(
        "Nothing was said of this recording ({}): what follows explains probabilities that mean nothing.",
        abstention.reason.title()
    )
}

/// How large the log-odds are, and what they begin with.
pub(super) fn overall(class: &str, log_odds: f64, reference: f64, exact: bool) -> String {
    let (class, log_odds, rest) = (called(class), signed(log_odds), signed(log_odds - reference));
    let reference = signed(reference);
    match exact {
        true => format!(
            "The log-odds of {class} are {log_odds} in the mean of the windows: {reference} for a recording like the mean \
             of the training data, and {rest} for what is different in this one."
        ),
        false => format!(
            "The log-odds of {class} are {log_odds} in the mean of the windows. Level by level, to first order, {rest} of \
             that come from what is different from the mean, and {reference} from the rest."
        ),
    }
}

/// What spoke most for a class and most against it, of named contributions.
pub(super) fn strongest(class: &str, contributions: &[(String, f64)]) -> String {
    let largest = contributions.iter().max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, value)| *value > 0.0);
    let smallest = contributions.iter().min_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, value)| *value < 0.0);
    let said = |(name, value): &(String, f64)| format!("{name}, {}", signed(*value));
    match (largest.map(said), smallest.map(said)) {
        (Some(largest), Some(smallest)) => {
            format!("What speaks most for {}: {largest}. What speaks most against it: {smallest}.", called(class))
        }
        (Some(largest), None) => {
            format!("What speaks most for {}: {largest}. Nothing speaks against it.", called(class))
        }
        (None, Some(smallest)) => {
            format!("Nothing speaks for {}. What speaks most against it: {smallest}.", called(class))
        }
        (None, None) => format!("Nothing speaks for or against {}.", called(class)),
    }
}

/// That phases begin before the states whose names they have; none where they do not.
pub(super) fn of_lead(lead_ms: usize) -> Option<String> {
    (lead_ms > 0).then(|| {
        format!(
            "Phases begin {lead_ms} ms before the states of the heart that they are named after, and end as much \
             earlier: the phase S1 begins {lead_ms} ms before S1 does."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prediction::Reason;

    #[test]
    fn what_speaks_for_and_against_is_named_with_its_sign() {
        let of = |values: &[f64]| {
            let named: Vec<(String, f64)> = values.iter().map(|value| (format!("at {value} Hz"), *value)).collect();
            strongest("dog_bark", &named)
        };
        assert_eq!(
            of(&[0.5, -0.25, 1.0]),
            "What speaks most for “dog bark”: at 1 Hz, +1.00. What speaks most against it: at -0.25 Hz, −0.25."
        );
        assert_eq!(of(&[0.5]), "What speaks most for “dog bark”: at 0.5 Hz, +0.50. Nothing speaks against it.");
        assert_eq!(of(&[-0.5]), "Nothing speaks for “dog bark”. What speaks most against it: at -0.5 Hz, −0.50.");
        assert_eq!(of(&[]), "Nothing speaks for or against “dog bark”.");
    }

    #[test]
    fn sentences_are_whole() {
        let abstention = Abstention { reason: Reason::TooNoisy, detail: "Too noisy.".into() };
        let said = [
            overall("abnormal", 1.24, -0.1, true),
            overall("abnormal", 1.24, -0.1, false),
            of_abstention(&abstention),
            of_lead(90).unwrap(),
        ];
        assert!(
            said[0].contains("“abnormal” are +1.24") && said[0].contains("−0.10 for") && said[0].contains("+1.34 for")
        );
        assert!(said[2].contains("(too noisy)"));
        assert!(said[3].starts_with("Phases begin 90 ms before the states") && of_lead(0).is_none(), "{said:?}");
        assert!(said.iter().all(|sentence| sentence.ends_with('.') && !sentence.contains("  ")), "{said:?}");
    }
}
