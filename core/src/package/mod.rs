//! The model file: one safetensors with the tensors by module path and the rest of the model in `__metadata__`.
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
//! | `recordings` | optional: JSON of [`Recordings`], digests of the recordings of its making |
//! | `openness` | optional: JSON of [`Openness`] |
//!
//! Keys that are not listed are left alone, so that a later version can add some.
//!
//! Tensors are written as F32; F64, F16 and BF16 are read too, as other programs may leave them. A file of any version
//! up to [`FORMAT_VERSION`] is read: `tests/fixtures` keeps one of each.
//!
//! Nothing is executed on loading, and nothing is allocated for a tensor that is not in the file. What a file asks for
//! is bounded before it is had ([`MAX_HEADER_BYTES`], [`ModelConfig::validate`]), and its texts are plain ones
//! ([`crate::text`]).

mod header;
mod provenance;
pub mod recordings;
mod tensors;
#[cfg(test)]
mod tests;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde::Serialize;

use crate::filterbank::FilterParameters;
use crate::model::{ModelConfig, Weights};
use crate::package::recordings::Recordings;
use crate::prediction::assessment::Assessment;
use crate::prediction::openness::Openness;
use crate::{Error, Result};

pub use header::MAX_HEADER_BYTES;
use header::{File, optional, parsed};
pub use provenance::Provenance;
use tensors::{Learned, inside};

/// Version of the layout described in this module. Readers refuse files with a higher one.
pub const FORMAT_VERSION: u32 = 1;

/// A model as it stands in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// What the weights belong to.
    pub config: ModelConfig,
    /// The learned numbers.
    pub weights: Weights,
    /// The filters before training.
    pub initial_filters: Vec<FilterParameters>,
    /// The filters as they are now.
    pub filters: Vec<FilterParameters>,
    /// Where the weights come from.
    pub provenance: Provenance,
    /// What its probabilities are worth; none where nobody measured it.
    pub assessment: Option<Assessment>,
    /// The recordings it was made with; none where the file does not list them.
    pub recordings: Option<Recordings>,
    /// What tells recordings of other kinds; none where nobody fitted it.
    pub openness: Option<Openness>,
}

/// Writes a model file without an assessment. A filter that training has moved past 0 Hz or half the sampling rate is
/// written as the [same filter](crate::filterbank::FilterbankConfig::mirrored) inside.
///
/// # Errors
/// [`Error::Invalid`] when the configuration, a weight or a filter is not valid: a file that [`read`] would refuse is
/// not made.
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
    let failed = |error: &dyn std::fmt::Display| Error::invalid(format!("the weights cannot be written: {error}"));
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
    let bytes = safetensors::serialize(views, Some(metadata.into())).map_err(|error| failed(&error))?;
    Learned::read(&File::parse(&bytes)?, config).map_err(|error| failed(&error))?;
    Ok(bytes)
}

/// The same model file with another assessment: tensors and everything else in its metadata are untouched.
///
/// # Errors
/// Those of [`read`], or an assessment that does not belong to such a model.
pub fn with_assessment(bytes: &[u8], assessment: &Assessment) -> Result<Vec<u8>> {
    assessment.validate_for(&read(bytes)?.config)?;
    with_metadata(bytes, "assessment", json(assessment)?)
}

/// The same model file with another openness score: tensors and everything else in its metadata are untouched.
///
/// # Errors
/// Those of [`read`], or a score that does not belong to such a model.
pub fn with_openness(bytes: &[u8], openness: &Openness) -> Result<Vec<u8>> {
    openness.validate_for(&read(bytes)?.config)?;
    with_metadata(bytes, "openness", json(openness)?)
}

/// The same model file with another list of the recordings of its making; everything else is untouched.
///
/// # Errors
/// Those of [`read`], or more recordings than a file may list.
pub fn with_recordings(bytes: &[u8], recordings: &Recordings) -> Result<Vec<u8>> {
    recordings.validate()?;
    with_metadata(bytes, "recordings", json(recordings)?)
}

/// The same model file with another value of one key.
fn with_metadata(bytes: &[u8], key: &str, value: String) -> Result<Vec<u8>> {
    let file = File::parse(bytes)?;
    let mut metadata = file.metadata()?.clone();
    metadata.insert(key.into(), value);
    let tensors = file.names().into_iter().filter_map(|name| file.tensor(&name).map(|tensor| (name, tensor)));
    let written = safetensors::serialize(tensors, Some(metadata))
        .map_err(|error| Error::invalid(format!("the model file cannot be written: {error}")))?;
    read(&written)?;
    Ok(written)
}

/// Reads a model file. Its provenance has escapes in place of what a terminal or a page would obey; every other text
/// that holds such characters is refused.
///
/// # Errors
/// [`Error::Invalid`] when the bytes are not a SpectNet model, or a tensor is missing, unknown, of another shape or
/// type, or not finite, or a filter is none; [`Error::Limit`] when it asks for more than this version gives;
/// [`Error::Unsupported`] when a newer version wrote it. The message says which.
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
    let recordings = optional(metadata, "recordings", Recordings::validate)?;
    let provenance = provenance.plain();
    Ok(Package { config, weights, initial_filters, filters, provenance, assessment, recordings, openness })
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::invalid(format!("the metadata cannot be written: {error}")))
}
