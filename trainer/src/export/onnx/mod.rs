//! A model as an ONNX file: conditioned windows in, probabilities and logits out.
//!
//! - [`messages`]: what an ONNX file consists of
//! - [`graph`]: a graph that grows node by node
//! - [`front_end`]: filterbank, framing and scaling as nodes
//! - [`classifier`]: the operations of a network as nodes
//!
//! Inputs are named by what a model needs ([`WINDOWS`], [`SOUNDING`], [`STATES`]), and the first axis of each is the number
//! of windows, any number. docs/SHARING.md describes the file for those who use it.

mod classifier;
mod front_end;
mod graph;
mod messages;

use prost::Message;
use serde::Serialize;
use spectnet_core::model::{ModelConfig, Normalisation};
use spectnet_core::network::cpu::Scaled;
use spectnet_core::package::{FORMAT_VERSION, Package};

use super::precision::Precision;
use crate::error::{Error, Result};
use graph::{Builder, attribute};
use messages::{Entry, Graph, Model, OperatorSet, Type, ValueInfo};

/// The input of conditioned samples, `[batch, samples]`.
const WINDOWS: &str = "windows";
/// The input that says how many frames of each window hold sound, `[batch]`; the others are padding. Only models that
/// normalise over the window have it.
const SOUNDING: &str = "sounding";
/// The input of the weights of frames in each phase of the heart cycle, `[batch, phases, frames]`.
const STATES: &str = "states";
/// The outputs, `[batch, classes]`.
const PROBABILITIES: &str = "probabilities";
const LOGITS: &str = "logits";

/// Version of ONNX's operators: every one that is used is in it, and runtimes of 2022 and later have it.
const OPERATORS: i64 = 17;
/// Version of the file format that came with these operators.
const IR_VERSION: i64 = 8;

/// The ONNX file of a model.
///
/// # Errors
/// [`Error::Input`] for weights that do not belong to the model, or that 16 bits do not hold.
pub fn file(package: &Package, precision: Precision) -> Result<Vec<u8>> {
    let Package { config, weights, filters, .. } = package;
    let mut graph = Builder::new(precision);
    let levels = front_end::levels(&mut graph, config, filters);
    let scaled = front_end::scaled(&mut graph, config, &Scaled::new(config, weights, filters), levels);
    let logits = classifier::logits(&mut graph, config, weights, scaled)?;
    graph.named("Identity", &[&logits], LOGITS, Vec::new());
    graph.named("Softmax", &[&logits], PROBABILITIES, vec![attribute("axis", 1)]);
    let (node, initializer) = graph.finish();
    let classes = config.labels.len();
    let model = Model {
        ir_version: IR_VERSION,
        producer_name: "spectnet".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        doc_string: format!(
            "SpectNet-{}: conditioned windows of {} samples at {} Hz to probabilities of {}",
            config.front_end.filters,
            config.windowing.samples,
            config.front_end.sample_rate,
            config.labels.join(", ")
        ),
        graph: Some(Graph {
            node,
            name: "spectnet".into(),
            initializer,
            input: inputs(config),
            output: [PROBABILITIES, LOGITS].map(|name| floats(name, &[classes])).into(),
        }),
        opset_import: vec![OperatorSet { version: OPERATORS }],
        metadata_props: metadata(package)?,
    };
    Ok(model.encode_to_vec())
}

/// What the model is given, `windows` first.
fn inputs(config: &ModelConfig) -> Vec<ValueInfo> {
    let mut inputs = vec![floats(WINDOWS, &[config.windowing.samples])];
    if config.scaling.normalisation == Normalisation::Window {
        inputs.push(ValueInfo::new(SOUNDING, Type::INTEGERS, &[]));
    }
    if let Some(parts) = config.classifier.parts() {
        inputs.push(floats(STATES, &[parts.phases(), config.frames()]));
    }
    inputs
}

fn floats(name: &str, sides: &[usize]) -> ValueInfo {
    ValueInfo::new(name, Type::FLOATS, sides)
}

/// What the model file says about the model, under the same names; digests of recordings are left out.
fn metadata(package: &Package) -> Result<Vec<Entry>> {
    let Package { config, provenance, assessment, openness, scope, .. } = package;
    let mut entries = vec![
        ("format", "spectnet".into()),
        ("format_version", FORMAT_VERSION.to_string()),
        ("spectnet_version", env!("CARGO_PKG_VERSION").into()),
        ("task", config.task.name().into()),
        ("labels", json(&config.labels)?),
        ("config", json(config)?),
        ("provenance", json(provenance)?),
    ];
    if let Some(assessment) = assessment {
        entries.push(("assessment", json(assessment)?));
    }
    if let Some(openness) = openness {
        entries.push(("openness", json(openness)?));
    }
    if let Some(scope) = scope {
        entries.push(("scope", json(scope)?));
    }
    Ok(entries.into_iter().map(|(key, value)| Entry { key: key.into(), value }).collect())
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::input(format!("the metadata cannot be written: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::model::{Scaling, Task};

    fn names(config: &ModelConfig) -> Vec<String> {
        inputs(config).into_iter().map(|input| input.name).collect()
    }

    #[test]
    fn a_model_asks_for_what_it_needs() {
        let plain = Task::Heart.model(["normal", "abnormal"].map(String::from).to_vec(), 16, 3);
        assert_eq!(names(&plain), ["windows"]);
        let scaling = Scaling { normalisation: Normalisation::Window, ..Scaling::default() };
        assert_eq!(names(&ModelConfig { scaling, ..plain }), ["windows", "sounding"]);
    }
}
