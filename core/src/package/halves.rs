//! Model files with weights in 16 bits: half the file, for a small change of what the model says.
//!
//! Only the weights of convolutions and linear layers are stored so, which are nearly all numbers of a network. Filters,
//! scaling, biases and normalisations stay in 32 bits: they are few, and centre frequencies, gains and variances need the
//! digits, or the range.

use std::collections::BTreeMap;

use half::f16;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::header::File;
use super::{metadata_in_order, read, unwritten, written};
use crate::model::Weights;
use crate::{Error, Result};

/// Whether the tensor with this name is one of those that are stored in 16 bits.
fn shrinks(name: &str) -> bool {
    name.starts_with("classifier.") && name.ends_with(".weight")
}

/// The bytes of these values of a tensor in 16 bits.
///
/// # Errors
/// [`Error::Invalid`] for a value that is too large.
pub fn halved(name: &str, values: &[f32]) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(2 * values.len());
    for (index, value) in values.iter().enumerate() {
        bytes.extend(half(name, index, *value)?.to_le_bytes());
    }
    Ok(bytes)
}

fn half(name: &str, index: usize, value: f32) -> Result<f16> {
    let half = f16::from_f32(value);
    if half.is_finite() {
        return Ok(half);
    }
    Err(Error::invalid(format!(
        "tensor {name:?} is {value} at index {index}: 16 bits hold at most {}; store the model in 32",
        f16::MAX
    )))
}

/// The weights as they are after they were stored in 16 bits.
///
/// # Errors
/// Those of [`halved`].
pub fn rounded(weights: &Weights) -> Result<Weights> {
    let mut rounded = weights.clone();
    for (name, values) in rounded.iter_mut().filter(|(name, _)| shrinks(name)) {
        for (index, value) in values.iter_mut().enumerate() {
            *value = half(name, index, *value)?.to_f32();
        }
    }
    Ok(rounded)
}

/// The same model file with its weights in 16 bits; metadata and all other tensors do not change.
///
/// # Errors
/// Those of [`halved`] and of [`read`].
pub fn with_halves(bytes: &[u8]) -> Result<Vec<u8>> {
    let weights = read(bytes)?.weights;
    let mut halves = BTreeMap::new();
    for (name, values) in weights.iter().filter(|(name, _)| shrinks(name)) {
        halves.insert(name, halved(name, values)?);
    }
    let file = File::parse(bytes)?;
    let mut tensors = Vec::new();
    for name in file.names() {
        let Some(mut tensor) = file.tensor(&name) else { continue };
        if let Some(half) = halves.get(&name) {
            tensor = TensorView::new(Dtype::F16, tensor.shape().to_vec(), half).map_err(|error| unwritten(&error))?;
        }
        tensors.push((name, tensor));
    }
    written(tensors, &metadata_in_order(&file)?)
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    #[test]
    fn only_the_weights_of_layers_are_rounded() {
        let names = ["front_end.centre_frequency", "classifier.norm.gamma", "classifier.output.weight"];
        let weights: Weights = names.map(|name| (name.to_string(), vec![0.1, 3.0])).into();
        let rounded = rounded(&weights).unwrap();
        assert_eq!((&rounded[names[0]], &rounded[names[1]]), (&weights[names[0]], &weights[names[1]]));
        let [tenth, three] = rounded[names[2]][..] else { panic!("two values") };
        assert!(three == 3.0 && tenth != 0.1 && (tenth - 0.1).abs() < 1e-4, "{tenth} {three}");
    }

    #[test]
    fn a_file_with_halves_is_smaller_and_holds_the_rounded_weights() {
        let file = file();
        let halves = with_halves(&file).unwrap();
        assert_eq!(halves, with_halves(&file).unwrap(), "the same bytes every time");
        assert_eq!(halves, with_halves(&halves).unwrap(), "what is in 16 bits stays as it is");
        assert!(halves.len() < file.len());
        let (before, after) = (read(&file).unwrap(), read(&halves).unwrap());
        assert_eq!(after.weights, rounded(&before.weights).unwrap());
        assert_eq!((after.provenance, after.config), (before.provenance, before.config));
    }

    #[test]
    fn what_16_bits_do_not_hold_is_refused() {
        let refused = halved("classifier.output.weight", &[1.0, 7e4]).unwrap_err().to_string();
        assert!(refused.contains("at index 1: 16 bits hold at most 65504"), "{refused}");
    }
}
