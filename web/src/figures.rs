//! How often a label is right, as it was measured, in sentences.

use spectnet_core::prediction::decision::Figures;

use crate::format::{label, percent};

/// Sensitivity and specificity with where they come from; none where nothing was measured.
pub fn measured(figures: &Figures) -> Option<String> {
    let (sensitivity, specificity) = (figures.sensitivity?, figures.specificity?);
    Some(format!(
        "Sensitivity {}, specificity {}. {}",
        percent(sensitivity),
        percent(specificity),
        figures.source().unwrap_or_default()
    ))
}

/// What sensitivity and specificity come to where so many are positive; none where nothing was measured. `positive` and
/// `other` are the classes.
pub fn predictive(figures: &Figures, positive: &str, other: &str) -> Option<String> {
    let (positive, other) = (label(positive), label(other));
    let called = match figures.positive_predictive_value {
        Some(fraction) => format!("a recording called {positive} is so in {} of cases", percent(fraction)),
        None => format!("no recording is called {positive}"),
    };
    let not_called = match figures.negative_predictive_value {
        Some(fraction) => format!("another is {other} in {}", percent(fraction)),
        None => format!("none is called {other}"),
    };
    Some(format!("Where {} are {positive}, {called}; {not_called}.", percent(figures.prevalence?)))
}

/// The prevalence that a person typed in per cent, as a fraction; none where it is no number from 0 to 100.
pub fn prevalence(typed: f64) -> Option<f64> {
    (0.0..=100.0).contains(&typed).then_some(typed / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        Figures {
            sensitivity: Some(0.816),
            specificity: Some(0.794),
            prevalence: Some(0.05),
            positive_predictive_value: Some(0.1725),
            negative_predictive_value: Some(0.98795),
            measured_recordings: Some(172),
            measured_independently: Some(false),
        }
    }

    #[test]
    fn the_figures_are_sentences() {
        let said = measured(&figures()).unwrap();
        assert!(said.starts_with("Sensitivity 82 %, specificity 79 %. Measured on 172 recordings"), "{said}");
        assert!(said.contains("optimistic"), "{said}");
        let said = predictive(&figures(), "abnormal", "normal").unwrap();
        let expected =
            "Where 5 % are abnormal, a recording called abnormal is so in 17 % of cases; another is normal in 99 %.";
        assert_eq!(said, expected);
    }

    #[test]
    fn where_nothing_is_called_so_there_is_no_fraction() {
        let never = Figures { positive_predictive_value: None, ..figures() };
        let said = predictive(&never, "abnormal", "normal").unwrap();
        assert_eq!(said, "Where 5 % are abnormal, no recording is called abnormal; another is normal in 99 %.");
        let always = Figures { negative_predictive_value: None, ..figures() };
        assert!(predictive(&always, "abnormal", "normal").unwrap().ends_with("; none is called normal."));
    }

    #[test]
    fn of_a_model_that_was_not_measured_nothing_is_said() {
        assert_eq!((measured(&Figures::default()), predictive(&Figures::default(), "a", "b")), (None, None));
    }

    #[test]
    fn a_prevalence_is_0_to_100_per_cent() {
        let typed = [0.0, 5.0, 100.0, -1.0, 100.5, f64::NAN, f64::INFINITY].map(prevalence);
        assert_eq!(typed, [Some(0.0), Some(0.05), Some(1.0), None, None, None, None]);
    }
}
