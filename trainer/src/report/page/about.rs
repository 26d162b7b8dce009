//! What a run was made with: settings, data, machine.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::html::Html;
use crate::error::{Error, Result};
use crate::evaluation::past_run::PastRun;
use crate::output::{read_file, read_text};

/// Larger than what is said of a million recordings.
const MOST_BYTES: u64 = 1 << 28;
/// Roles of recordings as a run names them, and in words.
const ROLES: [(&str, &str); 3] =
    [("trained", "trained on"), ("chose", "chose the epoch or the threshold"), ("held_out", "held out")];
/// What stands in `environment.json`, in the order of the page.
const ABOUT: [(&str, &str); 9] = [
    ("version", "spectnet"),
    ("revision", "revision of the source"),
    ("burn", "Burn"),
    ("device", "device"),
    ("driver", "driver"),
    ("threads", "threads"),
    ("host", "machine"),
    ("date", "begun"),
    ("command", "command line"),
];

/// All settings, as the file that does the run again.
pub(super) fn settings(folder: &Path) -> Result<Html> {
    let text = read_text(&folder.join("config.toml"))?;
    let mut html = Html::default();
    html.paragraph(
        "This is config.toml of the run: spectnet train --config with it and another --out does the run again.",
    );
    html.code(&text);
    Ok(html)
}

pub(super) fn data(folder: &Path, run: &PastRun) -> Result<Html> {
    let data = json(folder, "data.json")?;
    let mut html = Html::default();
    html.paragraph(&format!(
        "{}. Fingerprint of all recordings: {}.",
        words(&data["name"]),
        words(&data["fingerprint"])
    ));
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let recordings = data["recordings"].as_array().map(Vec::as_slice).unwrap_or_default();
    for one in recordings {
        let text = |name: &str| one[name].as_str().unwrap_or_default();
        *counts.entry((text("role"), text("label"))).or_default() += 1;
    }
    let count = |role: &str, label: &str| counts.get(&(role, label)).copied().unwrap_or(0);
    let row = |label: &String| {
        let cells = ROLES.iter().map(|(role, _)| count(role, label).to_string());
        [label.clone()].into_iter().chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = run.config.labels.iter().map(row).collect();
    let head: Vec<&str> = ["label"].into_iter().chain(ROLES.iter().map(|(_, words)| *words)).collect();
    html.table("Recordings", &head, &rows);
    let left_out = data["left_out"].as_array().map(Vec::as_slice).unwrap_or_default();
    let rows: Vec<Vec<String>> = left_out.iter().map(|one| vec![words(&one["path"]), words(&one["why"])]).collect();
    if !rows.is_empty() {
        let mut list = Html::default();
        list.table("Recordings that are left out", &["recording", "why"], &rows);
        html.details(&format!("{} recordings are left out", rows.len()), list);
    }
    Ok(html)
}

pub(super) fn machine(folder: &Path) -> Result<Html> {
    let environment = json(folder, "environment.json")?;
    let mut html = Html::default();
    html.table("The process that began the run", &["what", "value"], &process(&environment));
    for (number, other) in environment["resumed"].as_array().into_iter().flatten().enumerate() {
        html.table(&format!("Process {} that went on with it", number + 1), &["what", "value"], &process(other));
    }
    Ok(html)
}

fn process(about: &Value) -> Vec<Vec<String>> {
    let known = ABOUT.iter().filter(|(name, _)| !about[*name].is_null());
    known.map(|(name, called)| vec![(*called).to_owned(), words(&about[*name])]).collect()
}

/// A value as a person would write it.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // A command line: with quotes where a shell needs them.
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(words).collect();
            shlex::try_join(values.iter().map(String::as_str)).unwrap_or_else(|_| values.join(" "))
        }
        Value::Null => "–".into(),
        other => other.to_string(),
    }
}

fn json(folder: &Path, name: &str) -> Result<Value> {
    let path = folder.join(name);
    serde_json::from_slice(&read_file(&path, MOST_BYTES)?)
        .map_err(|error| Error::input(format!("not what a run writes: {error}")).at(path.display()))
}
