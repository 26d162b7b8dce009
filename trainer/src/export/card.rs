//! A model card (Mitchell et al. 2019) from what a model file says about itself, in Markdown.
//!
//! What nobody has written into the file, such as what a model must not be used for, is named as missing where it cannot be
//! known, so that whoever passes the model on writes it.

use serde_json::Value;
use spectnet_core::model::{ModelConfig, Task};
use spectnet_core::package::Package;

use super::markdown::escaped;
use crate::evaluation::assessed;
use crate::fit::openness;
use crate::output::percent;

/// Figures of a table of results: name in the metrics of a model file, and heading.
const FIGURES: [(&str, &str); 6] = [
    ("accuracy", "accuracy"),
    ("macc", "MAcc"),
    ("sensitivity", "sensitivity"),
    ("specificity", "specificity"),
    ("precision", "precision"),
    ("f1", "F1"),
];

/// What a model is called: `SpectNet-32`.
pub fn name(config: &ModelConfig) -> String {
    format!("SpectNet-{}", config.front_end.filters)
}

/// The figures that were measured on recordings held out, as the file has them; none where it has none.
pub fn held_out(package: &Package) -> Option<&Value> {
    package.provenance.metrics.pointer("/held_out/recording").filter(|figures| figures.is_object())
}

/// The card of a model.
pub fn card(package: &Package) -> String {
    let sections = [
        heading(package),
        limits(package.config.task),
        origin(package),
        results(package),
        description(package),
        use_of_it(),
        filters(package),
    ];
    sections.join("\n\n") + "\n"
}

fn heading(package: &Package) -> String {
    let config = &package.config;
    let sounds = match config.task {
        Task::Heart => "heart sounds",
        Task::Scene => "sounds",
    };
    let form = if config.front_end.learnable { "learnable" } else { "static" };
    format!(
        "# {}: {sounds}\n\n{} {form} gammatone filters at {} Hz and a classifier ({}). It says which of {} \
         classes a recording is most like ({}), or that it cannot say.",
        name(config),
        config.front_end.filters,
        config.front_end.sample_rate,
        config.classifier.summary(),
        config.labels.len(),
        labels(config)
    )
}

fn labels(config: &ModelConfig) -> String {
    config.labels.iter().map(|label| escaped(label)).collect::<Vec<_>>().join(", ")
}

fn limits(task: Task) -> String {
    let text = match task {
        Task::Heart => {
            "Deciding anything about a person. It has not been validated clinically. On a recording from a device that it \
             was not trained on, its answer may say more about the device than about the heart."
        }
        Task::Scene => {
            "Anything that depends on it. It knows the classes above and no others; a sound of another kind that is like \
             one of them gets its name."
        }
    };
    format!("## What it must not be used for\n\n{text}")
}

fn origin(package: &Package) -> String {
    let provenance = &package.provenance;
    let mut lines = vec!["## Data and protocol".to_string(), String::new()];
    let mut say = |what: &str, text: &str| {
        let text = if text.trim().is_empty() { "the file does not say".into() } else { escaped(text) };
        lines.push(format!("- {what}: {text}"));
    };
    say("Data", &provenance.data);
    say("Protocol", &provenance.protocol);
    say("Trained on", &provenance.device);
    say("Software", &provenance.software_version);
    if package.config.task == Task::Heart {
        say("Made for", &package.scope.as_ref().map(ToString::to_string).unwrap_or_default());
    }
    lines.push(format!("- {} epochs, seed {}", provenance.epochs, provenance.seed));
    if let Some(listed) = &package.recordings {
        lines.push(format!(
            "- The file lists the recordings by their digests: {} trained on, {} chose epoch or threshold, {} held out",
            listed.trained.len(),
            listed.chose.len(),
            listed.held_out.len()
        ));
    }
    lines.join("\n")
}

fn results(package: &Package) -> String {
    let mut parts = vec!["## Results".to_string()];
    if let Some(figures) = held_out(package) {
        let n = figures["n"].as_u64().unwrap_or_default();
        let headings = FIGURES.map(|(_, heading)| heading).join(" | ");
        let values = FIGURES.map(|(figure, _)| percent(figures[figure].as_f64())).join(" | ");
        let rule = "---|".repeat(FIGURES.len());
        parts.push(format!(
            "Recordings that were held out and chose nothing:\n\n| n | {headings} |\n|---|{rule}\n| {n} | {values} |"
        ));
    }
    if let Some(assessment) = &package.assessment {
        let measured = &assessment.measured;
        parts.push(format!(
            "Probabilities were {}. Measured on {}.",
            escaped(&assessed::line(assessment)),
            escaped(&measured.measured_on)
        ));
        if let Some(held_out) = &assessment.held_out {
            let [sensitivity, specificity] =
                held_out.measured.at(assessment.threshold).map(|share| percent(Some(share)));
            parts.push(format!(
                "On {}: area under the ROC {:.3}, Brier score {:.3}, at the threshold sensitivity {sensitivity} and \
                 specificity {specificity}.",
                escaped(&held_out.measured.measured_on),
                held_out.measured.auc,
                held_out.brier
            ));
        }
    }
    if let Some(fitted) = &package.openness {
        parts.push(format!("Openness: {}.", escaped(&openness::line(fitted))));
    }
    if parts.len() == 1 {
        parts.push("The file has no figures: how well the model does was not measured, or not written into it.".into());
    }
    parts.join("\n\n")
}

fn description(package: &Package) -> String {
    let ModelConfig { front_end, classifier, windowing, conditioning, labels, .. } = &package.config;
    let rate = f64::from(front_end.sample_rate);
    let trained = package.weights.iter().filter(|(name, _)| !name.contains(".running_"));
    let parameters: usize = trained.map(|(_, values)| values.len()).sum();
    let band = match conditioning.band_hz {
        Some([low, high]) => format!("{low} to {high} Hz"),
        None => "all".into(),
    };
    let rows = [
        ("parameters", parameters.to_string()),
        ("classes", labels.len().to_string()),
        ("sampling rate", format!("{rate} Hz")),
        ("band of the recording", band),
        ("impulse responses", format!("{} samples, order {}", front_end.taps, front_end.order)),
        (
            "frames",
            format!(
                "{:.1} ms every {:.1} ms",
                1e3 * front_end.framing.window as f64 / rate,
                1e3 * front_end.framing.hop as f64 / rate
            ),
        ),
        ("windows", format!("{:.2} s every {:.2} s", windowing.samples as f64 / rate, windowing.hop as f64 / rate)),
        ("classifier", classifier.summary()),
    ];
    let rows: Vec<String> = rows.iter().map(|(what, value)| format!("| {what} | {value} |")).collect();
    format!("## The model\n\n| | |\n|---|---|\n{}", rows.join("\n"))
}

fn use_of_it() -> String {
    "## Use\n\n```sh\nspectnet predict --model model.safetensors recording.wav\nspectnet inspect model.safetensors\n```"
        .into()
}

fn filters(package: &Package) -> String {
    let front_end = &package.config.front_end;
    let width = |filter| front_end.gammatone(filter).half_power_width_hz();
    let pairs = package.initial_filters.iter().zip(&package.filters).enumerate();
    let rows: Vec<String> = pairs
        .map(|(number, (start, learned))| {
            format!(
                "| {number} | {:.1} | {:.1} | {:.1} | {:.1} |",
                start.centre_hz,
                learned.centre_hz,
                width(*start),
                width(*learned)
            )
        })
        .collect();
    format!(
        "## Filters\n\n| filter | centre at the start, Hz | learned, Hz | width (−3 dB) at the start, Hz | learned, Hz |\n\
         |---|---|---|---|---|\n{}",
        rows.join("\n")
    )
}
