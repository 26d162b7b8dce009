//! Which class a label means: in whatever capitals, and for hearts also by PhysioNet's numbers.

use std::collections::{BTreeMap, HashMap};

use spectnet_core::model::Task;

use super::csv_table::plain;
use super::row::Row;
use crate::error::{Error, Result};

/// What REFERENCE.csv calls a normal and an abnormal recording.
const NUMBERS: [(&str, &str); 3] = [("-1", "normal"), ("1", "abnormal"), ("+1", "abnormal")];

/// The classes of a data set.
pub(super) struct Labels {
    /// In order.
    pub(super) names: Vec<String>,
    /// Their numbers, by name in lower case.
    numbers: HashMap<String, usize>,
    fixed: bool,
}

impl Labels {
    /// Those of the task where it has fixed ones, else those that occur, sorted; of one that is written in several ways, the
    /// usual one.
    pub(super) fn new(rows: &[Row], task: Task) -> Self {
        let fixed = task.fixed_labels();
        let names = fixed.map_or_else(|| occurring(rows), |labels| labels.map(String::from).to_vec());
        let numbers = names.iter().enumerate().map(|(number, name)| (name.to_lowercase(), number)).collect();
        Self { names, numbers, fixed: fixed.is_some() }
    }

    /// The number of a row's class.
    ///
    /// # Errors
    /// A label that is none of them, with its place.
    pub(super) fn number(&self, row: &Row) -> Result<usize> {
        let of = |name: &str| self.numbers.get(&name.to_lowercase()).copied();
        let by_number = || physionet(&row.label).filter(|_| self.fixed).and_then(of);
        of(&row.label).or_else(by_number).ok_or_else(|| {
            let known = self.names.join(", ");
            let hint = match row.label.parse::<f64>() {
                Ok(_) if self.fixed => "; of numbers, only -1 (normal) and 1 (abnormal) are known, as in REFERENCE.csv",
                _ => "",
            };
            Error::input(format!("label {:?} is not one of this task's labels: {known}{hint}", row.label))
                .at(&row.place)
        })
    }
}

/// The label that a number or a word in a REFERENCE.csv means.
pub(super) fn physionet(label: &str) -> Option<&'static str> {
    let sign = label.strip_prefix('-').map_or_else(|| plain(label).to_owned(), |rest| format!("-{}", plain(rest)));
    let known = NUMBERS.iter().find(|(number, name)| *number == sign || name.eq_ignore_ascii_case(label));
    known.map(|(_, name)| *name)
}

/// Where a label of these is, in whatever capitals; as it is written comes first.
pub(super) fn position(labels: &[String], label: &str) -> Option<usize> {
    let exact = labels.iter().position(|known| known == label);
    exact.or_else(|| labels.iter().position(|known| known.to_lowercase() == label.to_lowercase()))
}

fn occurring(rows: &[Row]) -> Vec<String> {
    let mut ways: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
    for row in rows {
        *ways.entry(row.label.to_lowercase()).or_default().entry(&row.label).or_default() += 1;
    }
    // Of equally usual ones the first.
    let usual = ways.into_values().filter_map(|ways| ways.into_iter().rev().max_by_key(|(_, count)| *count));
    let mut names: Vec<String> = usual.map(|(name, _)| name.to_owned()).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(labels: &[&str]) -> Vec<Row> {
        labels.iter().map(|label| Row::new("x.wav", *label, "list, line 2")).collect()
    }

    fn numbers(labels: &[&str], task: Task) -> (Vec<String>, Vec<Option<usize>>) {
        let rows = rows(labels);
        let known = Labels::new(&rows, task);
        let numbers = rows.iter().map(|row| known.number(row).ok()).collect();
        (known.names, numbers)
    }

    #[test]
    fn labels_of_hearts_in_words_and_numbers() {
        let said = ["normal", "Abnormal", "NORMAL", "-1", "1", "-1.0", "1.0", "+1", "0", "murmur"];
        let (names, found) = numbers(&said, Task::Heart);
        assert_eq!(names, ["normal", "abnormal"]);
        let known = [0, 1, 0, 0, 1, 0, 1, 1].map(Some);
        assert_eq!(found, [&known[..], &[None, None]].concat());
        let row = &rows(&["0"])[0];
        let message = Labels::new(&[], Task::Heart).number(row).unwrap_err().to_string();
        assert!(message.starts_with("list, line 2: label \"0\" is not one of this task's labels"), "{message}");
        assert!(message.contains("only -1 (normal) and 1 (abnormal)"), "{message}");
    }

    #[test]
    fn classes_that_differ_in_capitals_are_one_under_the_usual_name() {
        let (names, found) = numbers(&["Dog", "rain", "dog", "dog", "Rain", "1"], Task::Scene);
        assert_eq!(names, ["1", "Rain", "dog"]);
        assert_eq!(found, [2, 1, 2, 2, 1, 0].map(Some));
    }
}
