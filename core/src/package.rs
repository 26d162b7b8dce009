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
//! Nothing is executed on loading, and nothing is allocated for a tensor that is not in the file.

use std::collections::HashMap;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::assessment::Assessment;
use crate::filterbank::FilterParameters;
use crate::model::{ModelConfig, Weights};
use crate::openness::Openness;
use crate::recordings::Recordings;
use crate::{Error, Result};

/// Version of the layout described in this module. Readers refuse files with a higher one.
pub const FORMAT_VERSION: u32 = 1;

/// Where the weights come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// Version of the software that trained the model.
    pub software_version: String,
    /// The data it was trained on.
    pub data: String,
    /// How the data was split and the epoch chosen.
    pub protocol: String,
    /// Seed of weights, batches and augmentation.
    pub seed: u64,
    /// The device it was trained on.
    pub device: String,
    /// Epochs trained until these weights.
    pub epochs: u64,
    /// Metrics by name, as reported at the end of training.
    pub metrics: Value,
}

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

/// Writes a model file without an assessment.
///
/// # Errors
/// [`Error::Invalid`] when the configuration or a weight is not valid: a file that [`read`] would refuse is not made.
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
    checked_weights(&parse(&bytes)?, config)?;
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
    let mut metadata = metadata(bytes)?;
    metadata.insert(key.into(), value);
    let written = safetensors::serialize(parse(bytes)?.tensors(), Some(metadata))
        .map_err(|error| Error::invalid(format!("the model file cannot be written: {error}")))?;
    read(&written)?;
    Ok(written)
}

/// Reads a model file.
///
/// # Errors
/// [`Error::Invalid`] when the bytes are not a SpectNet model, or a tensor is missing, unknown, of another shape or type,
/// or not finite; [`Error::Unsupported`] when a newer version wrote it. The message says which.
pub fn read(bytes: &[u8]) -> Result<Package> {
    let file = parse(bytes)?;
    let metadata = metadata(bytes)?;
    let config: ModelConfig = parsed(&metadata, "config")?;
    let labels: Vec<String> = parsed(&metadata, "labels")?;
    if labels != config.labels {
        return Err(Error::invalid("the model file names its labels twice, and differently"));
    }
    let initial_filters: Vec<FilterParameters> = parsed(&metadata, "initial_filters")?;
    let provenance = parsed(&metadata, "provenance")?;
    config.validate()?;
    if initial_filters.len() != config.front_end.filters {
        return Err(Error::invalid(format!(
            "the model file lists {} initial filters for {} filters",
            initial_filters.len(),
            config.front_end.filters
        )));
    }
    let weights = checked_weights(&file, &config)?;
    let filters = config.filters(&weights)?;
    let assessment = optional(&metadata, "assessment", |assessment: &Assessment| assessment.validate_for(&config))?;
    let openness = optional(&metadata, "openness", |openness: &Openness| openness.validate_for(&config))?;
    let recordings = optional(&metadata, "recordings", Recordings::validate)?;
    Ok(Package { config, weights, initial_filters, filters, provenance, assessment, recordings, openness })
}

/// The value of a key that need not be there.
fn optional<T: DeserializeOwned>(
    metadata: &HashMap<String, String>,
    key: &str,
    validate: impl FnOnce(&T) -> Result<()>,
) -> Result<Option<T>> {
    if !metadata.contains_key(key) {
        return Ok(None);
    }
    let value = parsed(metadata, key)?;
    let broken = |error: Error| Error::invalid(format!("{key:?} in the model file's metadata: {error}"));
    validate(&value).map_err(broken)?;
    Ok(Some(value))
}

fn parse(bytes: &[u8]) -> Result<SafeTensors<'_>> {
    SafeTensors::deserialize(bytes)
        .map_err(|error| Error::invalid(format!("not a safetensors file, or a damaged one: {error}")))
}

/// The metadata of a SpectNet file this version can read.
fn metadata(bytes: &[u8]) -> Result<HashMap<String, String>> {
    let (_, header) = SafeTensors::read_metadata(bytes)
        .map_err(|error| Error::invalid(format!("not a safetensors file, or a damaged one: {error}")))?;
    let metadata = header.metadata().clone().unwrap_or_default();
    if metadata.get("format").map(String::as_str) != Some("spectnet") {
        return Err(Error::invalid(
            "a safetensors file, but not a SpectNet model: its metadata has no format = spectnet",
        ));
    }
    let version = metadata.get("format_version").map(String::as_str).unwrap_or("none");
    match version.parse::<u32>() {
        Ok(1..=FORMAT_VERSION) => Ok(metadata),
        Ok(newer) if newer > FORMAT_VERSION => Err(Error::unsupported(format!(
            "the model file has format version {newer}, this software reads up to {FORMAT_VERSION}: update it"
        ))),
        _ => Err(Error::invalid(format!("the model file's format version is {version}: expected a number from 1"))),
    }
}

fn parsed<T: DeserializeOwned>(metadata: &HashMap<String, String>, key: &str) -> Result<T> {
    let text = metadata.get(key).ok_or_else(|| Error::invalid(format!("the model file's metadata has no {key:?}")))?;
    serde_json::from_str(text).map_err(|error| Error::invalid(format!("{key:?} in the model file's metadata: {error}")))
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::invalid(format!("the metadata cannot be written: {error}")))
}

/// Exactly the model's tensors, each f32, of its shape and finite.
fn checked_weights(file: &SafeTensors, config: &ModelConfig) -> Result<Weights> {
    let expected = config.tensors()?;
    let mut weights = Weights::new();
    for (name, shape) in &expected {
        let view =
            file.tensor(name).map_err(|_| Error::invalid(format!("tensor {name:?} is missing from the model file")))?;
        if view.dtype() != Dtype::F32 {
            return Err(Error::invalid(format!("tensor {name:?} is {:?}: expected F32", view.dtype())));
        }
        if view.shape() != shape {
            return Err(Error::invalid(format!("tensor {name:?} has shape {:?}: expected {shape:?}", view.shape())));
        }
        let values: Vec<f32> = floats(view.data()).collect();
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::invalid(format!("tensor {name:?} is not finite at index {index}")));
        }
        weights.insert(name.clone(), values);
    }
    match file.names().into_iter().find(|name| !weights.contains_key(&**name)) {
        Some(unknown) => Err(Error::invalid(format!("tensor {unknown:?} does not belong to this model"))),
        None => Ok(weights),
    }
}

fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> + '_ {
    bytes.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assessment::Scored;
    use crate::task::Task;

    fn config() -> ModelConfig {
        Task::Heart.model(vec!["normal".into(), "abnormal".into()], 8, 3)
    }

    /// Start values in the front-end, any numbers in the classifier.
    fn weights() -> Weights {
        let raw: Vec<[f64; 3]> =
            config().front_end.initial_filters().unwrap().iter().map(|filter| config().front_end.raw(filter)).collect();
        let column = |index: usize| raw.iter().map(|numbers| numbers[index] as f32).collect();
        let value = |(name, shape): (String, Vec<usize>)| {
            let values = match name.as_str() {
                "front_end.centre_frequency" => column(0),
                "front_end.bandwidth" => column(1),
                "front_end.gain" => column(2),
                _ => (0..shape.iter().product::<usize>()).map(|i| (i as f32).sin()).collect(),
            };
            (name, values)
        };
        config().tensors().unwrap().into_iter().map(value).collect()
    }

    fn file() -> Vec<u8> {
        let provenance = Provenance { data: "synthesised".into(), seed: 7, ..Default::default() };
        write(&config(), &weights(), &provenance).unwrap()
    }

    /// The same file with its metadata and tensors changed.
    fn changed(
        bytes: &[u8],
        change: impl FnOnce(&mut HashMap<String, String>, &mut Vec<(String, Dtype, Vec<usize>, Vec<u8>)>),
    ) -> Vec<u8> {
        let file = SafeTensors::deserialize(bytes).unwrap();
        let (_, header) = SafeTensors::read_metadata(bytes).unwrap();
        let mut metadata = header.metadata().clone().unwrap();
        let mut tensors: Vec<_> = file
            .tensors()
            .into_iter()
            .map(|(name, view)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec()))
            .collect();
        change(&mut metadata, &mut tensors);
        let views = tensors.iter().map(|(name, dtype, shape, data)| {
            (name.clone(), safetensors::tensor::TensorView::new(*dtype, shape.clone(), data).unwrap())
        });
        safetensors::serialize(views, Some(metadata)).unwrap()
    }

    fn refusal(bytes: Vec<u8>) -> String {
        read(&bytes).expect_err("must be refused").to_string()
    }

    #[test]
    fn a_round_trip_is_exact() {
        let package = read(&file()).unwrap();
        assert_eq!((package.config.clone(), package.provenance.seed), (config(), 7));
        assert_eq!(package.weights, weights());
        for (learned, initial) in package.filters.iter().zip(&package.initial_filters) {
            assert!((learned.centre_hz - initial.centre_hz).abs() < 1e-4);
        }
        let again = write(&package.config, &package.weights, &package.provenance).unwrap();
        assert!(read(&again).unwrap() == package);
    }

    fn assessment() -> Assessment {
        let scored = |i: u32| Scored { probability: f64::from(i) / 20.0, positive: i * 7 % 20 < i };
        Assessment::measure(&(1..20).map(scored).collect::<Vec<_>>(), "nineteen recordings").unwrap()
    }

    #[test]
    fn an_assessment_is_added_and_nothing_else_changes() {
        let before =
            changed(&file(), |metadata, _| _ = metadata.insert("added_later".into(), "by another version".into()));
        assert_eq!(read(&before).unwrap().assessment, None);
        let after = with_assessment(&before, &assessment()).unwrap();
        let (old, new) = (read(&before).unwrap(), read(&after).unwrap());
        assert_eq!(new.assessment.as_ref().unwrap().threshold, assessment().threshold);
        assert_eq!(Package { assessment: None, ..new }, old);
        assert_eq!(metadata(&after).unwrap()["added_later"], "by another version");
        // Another one takes its place.
        let second = Assessment { measured_on: "others".into(), ..assessment() };
        let again = with_assessment(&after, &second).unwrap();
        assert_eq!(read(&again).unwrap().assessment.unwrap().measured_on, "others");
    }

    #[test]
    fn a_broken_assessment_is_refused_by_name() {
        let with = |text: String| changed(&file(), |metadata, _| _ = metadata.insert("assessment".into(), text));
        assert!(refusal(with("{}".into())).starts_with("\"assessment\" in the model file's metadata: missing field"));
        let broken = Assessment { temperature: -1.0, ..assessment() };
        assert_eq!(
            refusal(with(json(&broken).unwrap())),
            "\"assessment\" in the model file's metadata: temperature -1: expected 0.1 to 10"
        );
        assert!(with_assessment(&file(), &broken).is_err());
        let mut unsorted = assessment();
        unsorted.roc.reverse();
        assert!(refusal(with(json(&unsorted).unwrap())).contains("expected a rising threshold"));
    }

    /// Distances in two coefficients from a class at the origin and one at (3, 4).
    fn openness() -> Openness {
        Openness {
            coefficients: [1, 1],
            classes: vec![vec![0.0, 0.0], vec![3.0, 4.0]],
            factor: vec![1.0, 0.5, 2.0],
            distance_limit: 1.5,
            steadiness_limit: Some(1.2),
            refused: 0.05,
            n: 40,
            measured_on: "40 recordings".into(),
        }
    }

    #[test]
    fn an_openness_is_added_and_nothing_else_changes() {
        let before = with_assessment(&file(), &assessment()).unwrap();
        let after = with_openness(&before, &openness()).unwrap();
        let (old, new) = (read(&before).unwrap(), read(&after).unwrap());
        assert_eq!((old.openness.clone(), new.openness.clone()), (None, Some(openness())));
        assert_eq!(Package { openness: None, ..new }, old);
        // Adding the other one later keeps it.
        let again = with_assessment(&after, &assessment()).unwrap();
        assert_eq!(read(&again).unwrap().openness, Some(openness()));
    }

    #[test]
    fn a_broken_openness_is_refused_by_name() {
        let with = |text: String| changed(&file(), |metadata, _| _ = metadata.insert("openness".into(), text));
        assert!(refusal(with("{}".into())).starts_with("\"openness\" in the model file's metadata: missing field"));
        let broken = [
            (Openness { coefficients: [9, 1], ..openness() }, "9 and 1 coefficients: expected 1 to 8 of each"),
            (Openness { coefficients: [usize::MAX, 1], ..openness() }, "expected 1 to 8 of each"),
            (Openness { classes: vec![vec![0.0; 2]], ..openness() }, "1 classes for a model of 2"),
            (Openness { classes: vec![Vec::new(); 2], ..openness() }, "one that is not empty"),
            (
                Openness { classes: vec![vec![0.0; 3]; 2], ..openness() },
                "expected 2 numbers a class and 3 in the factor",
            ),
            (Openness { factor: vec![1.0; 2], ..openness() }, "expected 2 numbers a class and 3 in the factor"),
            (Openness { factor: vec![1.0, 0.5, 0.0], ..openness() }, "a diagonal that is not positive"),
            (Openness { factor: vec![1.0, 1e300, 2.0], ..openness() }, "expected numbers below 1e9"),
            (Openness { distance_limit: 0.0, ..openness() }, "distance_limit 0"),
            (Openness { refused: 1.5, ..openness() }, "refused 1.5"),
            (Openness { n: 0, ..openness() }, "n 0"),
            (Openness { measured_on: "x".repeat(2001), ..openness() }, "measured_on: expected at most 2000 bytes"),
        ];
        for (broken, why) in broken {
            let refused = refusal(with(json(&broken).unwrap()));
            assert!(refused.starts_with("\"openness\" in the model file's metadata: "), "{refused}");
            assert!(refused.contains(why), "{refused}: {why}");
            assert!(with_openness(&file(), &broken).is_err());
        }
    }

    #[test]
    fn the_recordings_of_its_making_are_listed_and_other_lists_are_refused_by_name() {
        let recordings: Recordings = serde_json::from_str(
            r#"{"trained": ["0123456789abcdef", "00000000000000ff"], "chose": ["00000000000000ff"]}"#,
        )
        .unwrap();
        assert_eq!(read(&file()).unwrap().recordings, None);
        let listed = with_recordings(&with_assessment(&file(), &assessment()).unwrap(), &recordings).unwrap();
        let package = read(&listed).unwrap();
        assert_eq!((package.recordings, package.assessment), (Some(recordings), Some(assessment())));
        // A new assessment leaves the list alone.
        assert!(read(&with_assessment(&listed, &assessment()).unwrap()).unwrap().recordings.is_some());
        let with = |text: &str| changed(&file(), |metadata, _| _ = metadata.insert("recordings".into(), text.into()));
        for wrong in [r#"{"trained": ["a.wav"]}"#, r#"{"chose": [7]}"#, "[]]", r#"{"held_out": ["0123456789ABCDEF"]}"#]
        {
            assert!(refusal(with(wrong)).starts_with("\"recordings\" in the model file's metadata: "), "{wrong}");
        }
    }

    #[test]
    fn weights_that_could_not_be_read_are_not_written() {
        let refused = |weights: Weights| write(&config(), &weights, &Provenance::default()).unwrap_err().to_string();
        let mut missing = weights();
        missing.remove("front_end.gain");
        assert!(refused(missing).contains("\"front_end.gain\" is missing"));
        let mut infinite = weights();
        infinite.insert("front_end.gain".into(), vec![f32::INFINITY; 8]);
        assert!(refused(infinite).contains("not finite at index 0"));
    }

    #[test]
    fn a_missing_tensor_is_named() {
        let bytes = changed(&file(), |_, tensors| tensors.retain(|tensor| tensor.0 != "classifier.hidden.bias"));
        assert_eq!(refusal(bytes), "tensor \"classifier.hidden.bias\" is missing from the model file");
    }

    #[test]
    fn an_unknown_tensor_is_named() {
        let bytes = changed(&file(), |_, tensors| tensors.push(("extra".into(), Dtype::F32, vec![1], vec![0; 4])));
        assert_eq!(refusal(bytes), "tensor \"extra\" does not belong to this model");
    }

    #[test]
    fn a_wrong_shape_is_named_with_both_shapes() {
        let bytes = changed(&file(), |_, tensors| {
            let gain = tensors.iter_mut().find(|tensor| tensor.0 == "front_end.gain").unwrap();
            (gain.2, gain.3) = (vec![7], vec![0; 28]);
        });
        assert_eq!(refusal(bytes), "tensor \"front_end.gain\" has shape [7]: expected [8]");
    }

    #[test]
    fn a_tensor_that_is_not_finite_is_named_with_the_place() {
        let bytes = changed(&file(), |_, tensors| {
            let gain = tensors.iter_mut().find(|tensor| tensor.0 == "front_end.gain").unwrap();
            gain.3[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
        });
        assert_eq!(refusal(bytes), "tensor \"front_end.gain\" is not finite at index 2");
    }

    #[test]
    fn another_type_is_named() {
        let bytes = changed(&file(), |_, tensors| {
            let gain = tensors.iter_mut().find(|tensor| tensor.0 == "front_end.gain").unwrap();
            (gain.1, gain.3) = (Dtype::F64, vec![0; 64]);
        });
        assert_eq!(refusal(bytes), "tensor \"front_end.gain\" is F64: expected F32");
    }

    #[test]
    fn a_newer_version_asks_for_an_update() {
        let bytes = changed(&file(), |metadata, _| _ = metadata.insert("format_version".into(), "2".into()));
        let message = refusal(bytes);
        assert!(message.contains("format version 2") && message.contains("update"), "{message}");
    }

    #[test]
    fn foreign_and_damaged_files_say_so() {
        assert!(refusal(Vec::new()).starts_with("not a safetensors file"));
        assert!(refusal(b"RIFF....WAVE".to_vec()).starts_with("not a safetensors file"));
        let whole = file();
        assert!(refusal(whole[..whole.len() / 2].to_vec()).contains("damaged"));
        let foreign = changed(&whole, |metadata, _| metadata.clear());
        assert!(refusal(foreign).contains("not a SpectNet model"));
        let garbled = changed(&whole, |metadata, _| _ = metadata.insert("config".into(), "{}".into()));
        assert!(refusal(garbled).starts_with("\"config\" in the model file's metadata"));
    }

    #[test]
    fn a_small_file_cannot_ask_for_a_huge_network() {
        let mut huge = config();
        huge.front_end.filters = 4096;
        let bytes = changed(&file(), |metadata, _| {
            metadata.insert("config".into(), json(&huge).unwrap());
            metadata.insert("initial_filters".into(), json(&huge.front_end.initial_filters().unwrap()).unwrap());
        });
        assert!(refusal(bytes).contains("has shape [8]: expected [4096]"));
    }
}
