//! A model as the folder that a Hugging Face repository expects: weights, configuration, a card with front matter that the
//! hub reads, and checksums.

use std::fmt::Write;

use serde_json::{Value, json};
use spectnet_core::model::Task;
use spectnet_core::package::{FORMAT_VERSION, Package};

use super::{card, markdown};
use crate::data::digest;
use crate::error::{Error, Result};

/// The weights, under the name that the hub's libraries look for.
const MODEL: &str = "model.safetensors";
const CONFIG: &str = "config.json";
const CARD: &str = "README.md";
/// As `sha256sum` writes it: `sha256sum -c SHA256SUMS` checks the others.
const CHECKSUMS: &str = "SHA256SUMS";

/// The names of the files, in the order in which they are written: a folder with the last one is complete.
pub const NAMES: [&str; 4] = [MODEL, CONFIG, CARD, CHECKSUMS];

/// What the hub calls the figures that a model file has.
const METRICS: [(&str, &str); 5] = [
    ("accuracy", "accuracy"),
    ("sensitivity", "recall"),
    ("specificity", "specificity"),
    ("precision", "precision"),
    ("f1", "f1"),
];

/// The files of a model, in the order of [`NAMES`]: `bytes` are those of its model file, and `written` is the card that
/// someone wrote for it, if there is one. `license` is an identifier of the hub, such as `mit`.
///
/// # Errors
/// [`Error::Input`] where the configuration cannot be written as JSON.
pub fn files(
    package: &Package,
    bytes: Vec<u8>,
    written: Option<&str>,
    license: Option<&str>,
) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let card = written.map_or_else(|| card::card(package), markdown::without_neighbours);
    // A card that has front matter of its own says what its author wants to say.
    let readme = if card.starts_with("---\n") { card } else { front_matter(package, license) + &card };
    let mut files = vec![(MODEL, bytes), (CONFIG, config(package)?), (CARD, readme.into_bytes())];
    let mut sums = String::new();
    for (name, bytes) in &files {
        // Writing into a string cannot fail.
        let _ = writeln!(sums, "{}  {name}", digest::sha256(bytes));
    }
    files.push((CHECKSUMS, sums.into_bytes()));
    Ok(files)
}

/// What the hub and its libraries read, and under `spectnet` the whole configuration as docs/FORMAT.md describes it.
fn config(package: &Package) -> Result<Vec<u8>> {
    let config = &package.config;
    let numbered = || config.labels.iter().enumerate();
    let by_number: serde_json::Map<String, Value> =
        numbered().map(|(number, label)| (number.to_string(), json!(label))).collect();
    let by_label: serde_json::Map<String, Value> =
        numbered().map(|(number, label)| (label.clone(), json!(number))).collect();
    let document = json!({
        "model_type": "spectnet",
        "architectures": ["SpectNet"],
        "spectnet_version": env!("CARGO_PKG_VERSION"),
        "format_version": FORMAT_VERSION,
        "sampling_rate": config.conditioning.sample_rate,
        "num_labels": config.labels.len(),
        "id2label": by_number,
        "label2id": by_label,
        "spectnet": config,
    });
    let text = serde_json::to_string_pretty(&document)
        .map_err(|error| Error::input(format!("the configuration cannot be written as JSON: {error}")))?;
    Ok((text + "\n").into_bytes())
}

/// The YAML at the top of a card. Texts of others are JSON strings, which are YAML too.
fn front_matter(package: &Package, license: Option<&str>) -> String {
    let config = &package.config;
    let sounds = match config.task {
        Task::Heart => "heart-sounds",
        Task::Scene => "environmental-sounds",
    };
    let mut lines = vec!["---".to_string()];
    lines.extend(license.map(|license| format!("license: {license}")));
    lines.extend(["library_name: spectnet", "pipeline_tag: audio-classification", "tags:"].map(String::from));
    lines.extend(["spectnet", "gammatone", sounds].map(|tag| format!("- {tag}")));
    if let Some(figures) = card::held_out(package) {
        lines.extend(index(package, figures));
    }
    lines.push("---\n\n".into());
    lines.join("\n")
}

/// Figures in the form in which the hub shows them beside a model; nothing where there are none.
fn index(package: &Package, figures: &Value) -> Vec<String> {
    let measured: Vec<String> = METRICS
        .iter()
        .filter_map(|(ours, theirs)| Some((theirs, figures[ours].as_f64()?)))
        .flat_map(|(theirs, value)| [format!("    - type: {theirs}"), format!("      value: {value}")])
        .collect();
    if measured.is_empty() {
        return Vec::new();
    }
    let data = package.provenance.data.split(':').next().unwrap_or_default().trim();
    let data = json!(Some(data).filter(|data| !data.is_empty()).unwrap_or("unnamed"));
    let mut lines = vec![
        "model-index:".to_string(),
        format!("- name: {}", card::name(&package.config)),
        "  results:".into(),
        "  - task:".into(),
        "      type: audio-classification".into(),
        "    dataset:".into(),
        format!("      name: {data}"),
        format!("      type: {data}"),
        "    metrics:".into(),
    ];
    lines.extend(measured);
    lines
}
