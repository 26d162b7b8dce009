//! The weights of a model in 16 bits: half the file, for a small change of what it says.
//!
//! Only the weights of convolutions and linear layers are stored so, which are nearly all numbers of a network. Filters,
//! scaling, biases and normalisations stay in 32 bits: they are few, and centre frequencies, gains and variances need the
//! digits, or the range.

use clap::ValueEnum;
use half::f16;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use spectnet_core::model::Weights;
use spectnet_core::package;

use crate::error::{Error, Result};

/// How many bits weights are stored in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Precision {
    /// 32 bits, as in the model file.
    #[default]
    #[value(name = "f32")]
    Single,
    /// 16 bits for the weights of convolutions and linear layers; what that changes is measured and printed.
    #[value(name = "f16")]
    Half,
}

/// Whether the tensor with this name is one of those that are stored in 16 bits.
fn shrinks(name: &str) -> bool {
    name.starts_with("classifier.") && name.ends_with(".weight")
}

/// The bytes of these values in 16 bits.
///
/// # Errors
/// [`Error::Input`] for a value that is too large.
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
    Err(Error::input(format!(
        "tensor {name:?} is {value} at index {index}: 16 bits hold at most {}; leave it at --dtype f32",
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
/// Those of [`halved`], and bytes that are no model file.
pub fn model_file(bytes: &[u8]) -> Result<Vec<u8>> {
    let weights = rounded(&package::read(bytes)?.weights)?;
    let failed = |error: SafeTensorError| Error::input(format!("the model file cannot be written: {error}"));
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(failed)?;
    let file = SafeTensors::deserialize(bytes).map_err(failed)?;
    let mut tensors = Vec::new();
    for (name, tensor) in file.tensors() {
        let (dtype, data) = match weights.get(&name).filter(|_| shrinks(&name)) {
            Some(values) => (Dtype::F16, halved(&name, values)?),
            None => (tensor.dtype(), tensor.data().to_vec()),
        };
        tensors.push((name, dtype, tensor.shape().to_vec(), data));
    }
    let mut views = Vec::new();
    for (name, dtype, shape, data) in &tensors {
        views.push((name, TensorView::new(*dtype, shape.clone(), data).map_err(failed)?));
    }
    let written = safetensors::serialize(views, header.metadata().clone()).map_err(failed)?;
    package::read(&written)?;
    Ok(written)
}

#[cfg(test)]
mod tests {
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
    fn what_16_bits_do_not_hold_is_refused() {
        let refused = halved("classifier.output.weight", &[1.0, 7e4]).unwrap_err().to_string();
        assert!(refused.contains("at index 1: 16 bits hold at most 65504"), "{refused}");
    }
}
