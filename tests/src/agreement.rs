//! Whether the page says what the command line says.

use serde_json::Value;

/// Largest difference of probabilities between the page and the command line. They are written with three digits: two that
/// are all but equal may lie one unit of the last digit apart, as 0.169 and 0.17 do, which as binary numbers is a hair more.
const TOLERANCE: f64 = 1e-3 + 1e-9;

/// Label or the reason why there is none, probabilities, figures and every window must agree; the name of the file may differ.
///
/// # Panics
/// With the first thing that differs.
pub fn assert_same_prediction(page: &Value, command_line: &Value) {
    assert_eq!(page["label"], command_line["label"]);
    assert_eq!(page["abstained"], command_line["abstained"]);
    assert_eq!(page["label"].is_null(), page["abstained"].is_object(), "a label or a reason: {}", page["label"]);
    assert_eq!(note_kinds(page), note_kinds(command_line));
    assert_eq!(page["calibrated"], command_line["calibrated"]);
    for key in [
        "threshold",
        "sensitivity",
        "specificity",
        "prevalence",
        "positive_predictive_value",
        "negative_predictive_value",
    ] {
        let [on_page, expected] = [page, command_line].map(|verdict| verdict[key].as_f64());
        // The browser and the program write the last digit of a number each in their own way.
        let same = on_page.zip(expected).map_or(on_page == expected, |(a, b)| (a - b).abs() < 1e-12);
        assert!(same, "{key}: {on_page:?} on the page, {expected:?} in the command line");
    }
    assert_same_probabilities("recording", page, command_line);
    let windows = |verdict: &Value| verdict["windows"].as_array().expect("a verdict has windows").clone();
    let (page, command_line) = (windows(page), windows(command_line));
    assert_eq!(page.len(), command_line.len(), "number of windows");
    assert!(!page.is_empty(), "a verdict has at least one window");
    for (index, (page, command_line)) in page.iter().zip(&command_line).enumerate() {
        let name = format!("window {index}");
        for bound in ["start_s", "end_s"] {
            assert!((number(&page[bound]) - number(&command_line[bound])).abs() < 1e-6, "{name}: {bound}");
        }
        assert_same_probabilities(&name, page, command_line);
    }
}

/// What there is to note of a recording: page and command line say differently what to do about it.
fn note_kinds(verdict: &Value) -> Vec<&Value> {
    verdict["notes"].as_array().into_iter().flatten().map(|note| &note["kind"]).collect()
}

fn assert_same_probabilities(name: &str, page: &Value, command_line: &Value) {
    let labels = |verdict: &Value| verdict["probabilities"].as_object().expect("probabilities by label").clone();
    let (page, command_line) = (labels(page), labels(command_line));
    assert_eq!(page.len(), command_line.len(), "{name}: number of labels");
    for (label, expected) in &command_line {
        let (got, expected) = (number(&page[label]), number(expected));
        assert!(
            (got - expected).abs() < TOLERANCE,
            "{name}: probability of {label} is {got} on the page, {expected} in the command line"
        );
    }
}

/// A number in JSON.
///
/// # Panics
/// For anything else.
pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}
