//! The list as CSV (RFC 4180), for spreadsheets and programs.

use std::collections::BTreeSet;

use super::{Row, Standing};
use crate::state::State;

/// What a cell begins with that a spreadsheet may take for a formula, also as East Asian keyboards write it; tabs and
/// line ends, because some programs cut there.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// All rows in the order in which they were given, under a header.
pub(super) fn csv(state: &State) -> String {
    let many = &state.many;
    let verdicts = many.rows.iter().filter_map(|row| row.verdict.as_ref());
    let mut occurring = BTreeSet::new();
    occurring.extend(verdicts.flat_map(|verdict| verdict.probabilities.keys().map(String::as_str)));
    let of_model = state.model.as_ref().map_or(&[][..], |model| model.package.config.labels.as_slice());
    // The classes of the model in use come first, in its order.
    let mut classes: Vec<&str> =
        of_model.iter().map(String::as_str).filter(|label| occurring.contains(label)).collect();
    let others: Vec<&str> = occurring.into_iter().filter(|label| !classes.contains(label)).collect();
    classes.extend(others);
    let mut header: Vec<String> = ["file", "label", "abstained"].map(String::from).to_vec();
    header.extend(classes.iter().map(|class| text(&format!("probability of {class}"))));
    let rest =
        ["heart_rate_bpm", "quality", "seconds", "sample_rate", "model", "threshold", "given_label", "not_judged"];
    header.extend(rest.map(String::from));
    let mut lines = vec![header.join(",")];
    lines.extend(many.rows.iter().map(|row| line(row, &classes, of_model)));
    lines.iter().map(|line| format!("{line}\r\n")).collect()
}

fn line(row: &Row, classes: &[&str], labels: &[String]) -> String {
    let verdict = row.verdict.as_ref();
    let number =
        |value: Option<f64>, decimals: usize| value.map_or(String::new(), |value| format!("{value:.decimals$}"));
    let plain = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    let words = |value: Option<&str>| value.map_or(String::new(), text);
    let mut cells = vec![
        text(&row.name),
        words(verdict.and_then(|verdict| verdict.label.as_deref())),
        words(verdict.and_then(|verdict| verdict.abstained).map(|reason| reason.name())),
    ];
    cells.extend(classes.iter().map(|class| plain(verdict.and_then(|verdict| verdict.written(class)))));
    let quality = verdict.and_then(|verdict| verdict.quality);
    let not_judged = match &row.standing {
        Standing::Failed(why) => Some(why.as_str()),
        Standing::Waiting | Standing::Working if verdict.is_none() => Some("waiting"),
        _ => None,
    };
    cells.extend([
        number(verdict.and_then(|verdict| verdict.heart_rate_bpm), 1),
        words(quality.map(|quality| if quality.too_noisy { "poor" } else { "good" })),
        number(verdict.and_then(|verdict| verdict.seconds), 3),
        verdict.map_or(String::new(), |verdict| verdict.sample_rate.to_string()),
        words(verdict.map(|verdict| &*verdict.model_name)),
        plain(verdict.and_then(|verdict| verdict.threshold)),
        words(row.truth_text(labels)),
        words(not_judged),
    ]);
    cells.join(",")
}

/// A cell of text that others wrote: an apostrophe keeps it from being a formula, quotes keep it one cell.
fn text(text: &str) -> String {
    let guard = if text.trim_start().starts_with(FORMULA) || text.starts_with(FORMULA) { "'" } else { "" };
    if text.contains([',', ';', '\t', '"', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ') {
        return format!("\"{guard}{}\"", text.replace('"', "\"\""));
    }
    format!("{guard}{text}")
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn text_that_would_be_a_formula_is_text() {
        for formula in ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "＝1", "=cmd|' /C calc'!A0"] {
            let cell = text(formula);
            assert!(cell.trim_start_matches('"').starts_with('\''), "{formula:?} became {cell:?}");
        }
        assert_eq!(["a=1.wav", "1-2", "normal", ""].map(text), ["a=1.wav", "1-2", "normal", ""]);
    }

    #[test]
    fn a_cell_stays_one_cell() {
        let cells = ["a,b", "a;b", "say \"a\"", "a\r\nb", " a", "=A1,B1"].map(text);
        let expected = ["\"a,b\"", "\"a;b\"", "\"say \"\"a\"\"\"", "\"a\r\nb\"", "\" a\"", "\"'=A1,B1\""];
        assert_eq!(cells, expected);
    }
}
