//! The model file: one safetensors file with the tensors by module path, and the rest of the model in `__metadata__`.
//!
//! | key | value |
//! |---|---|
//! | `format` | `spectnet` |
//! | `format_version` | [`FORMAT_VERSION`] |
//! | `task` | `heart` or `scene` |
//! | `labels` | JSON list of class names, in the order of the logits |
//! | `config` | JSON of [`ModelConfig`]: front-end, classifier, conditioning, windowing |
//! | `initial_filters` | JSON list of [`FilterParameters`] before training |
//! | `provenance` | JSON of [`Provenance`] |
//! | `assessment` | optional: JSON of [`Assessment`] |
//! | `recordings` | optional: JSON of [`Recordings`], digests of the recordings it was made with |
//! | `openness` | optional: JSON of [`Openness`] |
//! | `scope` | optional: JSON of [`Scope`] |
//!
//! Keys that are not listed are kept as they are, so that a later version can add some.
//!
//! Tensors are written as F32, or weights in 16 bits ([`halves`]); F64 and BF16 are read too, because other programs may
//! write them. A file of any
//! version up to [`FORMAT_VERSION`] is read: `tests/fixtures` has one of each.
//!
//! The same model is the same bytes: the keys stand in the order of the alphabet.
//!
//! Loading executes nothing, and allocates nothing for a tensor that is not in the file. The sizes that a file asks for
//! are limited before memory is allocated ([`MAX_HEADER_BYTES`], [`ModelConfig::validate`]), and its texts consist of
//! plain characters ([`crate::text`]).

pub mod digest;
pub mod halves;
mod header;
mod provenance;
pub mod recordings;
mod tensors;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Display;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde::Serialize;

use crate::filterbank::FilterParameters;
use crate::model::{ModelConfig, Weights};
use crate::package::recordings::Recordings;
use crate::prediction::assessment::Assessment;
use crate::prediction::openness::Openness;
use crate::prediction::scope::Scope;
use crate::{Error, Result};

pub use header::MAX_HEADER_BYTES;
use header::{File, optional, parsed};
pub use provenance::Provenance;
use tensors::{Learned, inside};

/// Version of the layout that this module describes. A file with a higher version is refused.
pub const FORMAT_VERSION: u32 = 1;

/// A model with everything that its file says about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// The description of the model.
    pub config: ModelConfig,
    /// The weights, by module path.
    pub weights: Weights,
    /// The filters before training.
    pub initial_filters: Vec<FilterParameters>,
    /// The filters after training, which the weights stand for.
    pub filters: Vec<FilterParameters>,
    /// How and from which data the weights were made.
    pub provenance: Provenance,
    /// What was measured of its probabilities: calibration, threshold, ROC. `None` where nobody measured them.
    pub assessment: Option<Assessment>,
    /// The recordings it was made with; `None` where the file does not list them.
    pub recordings: Option<Recordings>,
    /// The score that recognises recordings of other kinds; `None` where nobody fitted it.
    pub openness: Option<Openness>,
    /// For whom a model of heart sounds was made; `None` where the file does not say.
    pub scope: Option<Scope>,
}

/// Writes a model file without an assessment. A filter that training has moved past 0 Hz or half the sampling rate is
/// written as the [same filter](crate::filterbank::FilterbankConfig::mirrored) inside.
///
/// # Errors
/// [`Error::Invalid`] or [`Error::Limit`] when the configuration, a weight or a filter is not valid: a file that
/// [`read`] would refuse is not written.
pub fn write(config: &ModelConfig, weights: &Weights, provenance: &Provenance) -> Result<Vec<u8>> {
    config.validate()?;
    let metadata = [
        ("format", "spectnet".to_string()),
        ("format_version", FORMAT_VERSION.to_string()),
        ("task", config.task.name().to_string()),
        ("labels", json(&config.labels)?),
        ("config", json(config)?),
        ("initial_filters", json(&config.front_end.initial_filters()?)?),
        ("provenance", json(provenance)?),
    ];
    let failed = |error: &dyn Display| Error::invalid(format!("the weights cannot be written: {error}"));
    let weights = inside(config, weights);
    let mut tensors = Vec::new();
    for (name, shape) in config.tensors()? {
        let values = weights.get(&name).ok_or_else(|| failed(&format!("tensor {name:?} is missing")))?;
        tensors.push((name, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>()));
    }
    let mut views = Vec::new();
    for (name, shape, bytes) in &tensors {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(|error| failed(&error))?;
        views.push((name, view));
    }
    let metadata = metadata.map(|(key, value)| (key.to_string(), value));
    let bytes = header::serialise(views, &metadata.into()).map_err(|error| failed(&error))?;
    Learned::read(&File::parse(&bytes)?, config).map_err(|error| failed(&error))?;
    Ok(bytes)
}

/// The same model file with this assessment; its tensors and all other metadata do not change.
///
/// # Errors
/// Those of [`read`], or [`Error::Invalid`] for an assessment that does not fit the model.
pub fn with_assessment(bytes: &[u8], assessment: &Assessment) -> Result<Vec<u8>> {
    assessment.validate_for(&read(bytes)?.config)?;
    with_metadata(bytes, "assessment", json(assessment)?)
}

/// The same model file with this openness score; its tensors and all other metadata do not change.
///
/// # Errors
/// Those of [`read`], or [`Error::Invalid`] for a score that does not fit the model.
pub fn with_openness(bytes: &[u8], openness: &Openness) -> Result<Vec<u8>> {
    openness.validate_for(&read(bytes)?.config)?;
    with_metadata(bytes, "openness", json(openness)?)
}

/// The same model file, which says for whom the model was made; its tensors and all other metadata do not change.
///
/// # Errors
/// Those of [`read`], or [`Error::Invalid`] for a scope that does not fit the model.
pub fn with_scope(bytes: &[u8], scope: &Scope) -> Result<Vec<u8>> {
    scope.validate_for(&read(bytes)?.config)?;
    with_metadata(bytes, "scope", json(scope)?)
}

/// The same model file with this list of the recordings it was made with; everything else does not change.
///
/// # Errors
/// Those of [`read`], or [`Error::Limit`] for more recordings than a file may list.
pub fn with_recordings(bytes: &[u8], recordings: &Recordings) -> Result<Vec<u8>> {
    recordings.validate()?;
    with_metadata(bytes, "recordings", json(recordings)?)
}

/// The same model file with another value for one key.
fn with_metadata(bytes: &[u8], key: &str, value: String) -> Result<Vec<u8>> {
    let file = File::parse(bytes)?;
    let mut metadata = metadata_in_order(&file)?;
    metadata.insert(key.into(), value);
    let tensors = file.names().into_iter().filter_map(|name| file.tensor(&name).map(|tensor| (name, tensor)));
    written(tensors, &metadata)
}

/// A model file of these tensors and this metadata, which [`read`] takes.
fn written<'a>(
    tensors: impl IntoIterator<Item = (String, TensorView<'a>)>,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>> {
    let written = header::serialise(tensors, metadata).map_err(|error| unwritten(&error))?;
    read(&written)?;
    Ok(written)
}

/// The metadata of a model file, by its keys.
fn metadata_in_order(file: &File) -> Result<BTreeMap<String, String>> {
    Ok(file.metadata()?.clone().into_iter().collect())
}

fn unwritten(error: &dyn Display) -> Error {
    Error::invalid(format!("the model file cannot be written: {error}"))
}

/// Reads a model file. In its provenance, characters that a terminal or a page would obey are replaced by visible
/// escapes; any other text that contains such characters is refused.
///
/// # Errors
/// [`Error::Invalid`] when the bytes are not a SpectNet model, when a tensor is missing, unknown, of another shape or
/// type, or not finite, or when a filter is not valid; [`Error::Limit`] when the file asks for more than this version
/// allows; [`Error::Unsupported`] when a newer version wrote it. The message says which.
pub fn read(bytes: &[u8]) -> Result<Package> {
    let file = File::parse(bytes)?;
    let metadata = file.metadata()?;
    let config: ModelConfig = parsed(metadata, "config")?;
    let labels: Vec<String> = parsed(metadata, "labels")?;
    if labels != config.labels {
        return Err(Error::invalid("the model file names its labels twice, and differently"));
    }
    let initial_filters: Vec<FilterParameters> = parsed(metadata, "initial_filters")?;
    let provenance: Provenance = parsed(metadata, "provenance")?;
    config.validate()?;
    if initial_filters.len() != config.front_end.filters {
        return Err(Error::invalid(format!(
            "the model file lists {} initial filters for {} filters",
            initial_filters.len(),
            config.front_end.filters
        )));
    }
    config.front_end.check_filters("initial filter", &initial_filters)?;
    let Learned { weights, filters } = Learned::read(&file, &config)?;
    let assessment = optional(metadata, "assessment", |assessment: &Assessment| assessment.validate_for(&config))?;
    let openness = optional(metadata, "openness", |openness: &Openness| openness.validate_for(&config))?;
    let scope = optional(metadata, "scope", |scope: &Scope| scope.validate_for(&config))?;
    let recordings = optional(metadata, "recordings", Recordings::validate)?;
    let provenance = provenance.plain();
    // What only a later version knows of is nothing to this one.
    let scope = scope.filter(|scope| !scope.is_empty());
    Ok(Package { config, weights, initial_filters, filters, provenance, assessment, recordings, openness, scope })
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::invalid(format!("the metadata cannot be written: {error}")))
}
