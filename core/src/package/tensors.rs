//! The weights in a model file: returned as 32-bit floats, whatever type they are stored in.

use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::header::{File, quoted};
use crate::filterbank::{FilterParameters, Form};
use crate::model::{ModelConfig, Weights};
use crate::{Error, Result};

/// Counter that PyTorch stores with batch normalisations; no network needs it.
const COUNTER: &str = ".num_batches_tracked";
/// Names of the front-end's tensors whose values training may move out of their range.
const CENTRES: &str = "front_end.centre_frequency";
const PHASE: &str = "front_end.phase";

/// The learned part of a model.
pub(super) struct Learned {
    pub(super) weights: Weights,
    /// The filters that the weights of the front-end stand for.
    pub(super) filters: Vec<FilterParameters>,
}

impl Learned {
    /// Reads exactly the tensors of a model, whose configuration is valid.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a tensor that is missing, unknown, of another shape or type, or not finite; for a
    /// variance or a standard deviation that cannot be one; for a filter that is not valid.
    pub(super) fn read(file: &File, config: &ModelConfig) -> Result<Self> {
        let mut weights = Weights::new();
        for (name, shape) in config.tensors()? {
            let missing = || Error::invalid(format!("tensor {name:?} is missing from the model file"));
            let values = checked(&name, &file.tensor(&name).ok_or_else(missing)?, &shape)?;
            weights.insert(name, values);
        }
        let unknown = |name: &String| !weights.contains_key(name) && !name.ends_with(COUNTER);
        if let Some(unknown) = file.names().into_iter().filter(unknown).min() {
            return Err(Error::invalid(format!("tensor \"{}\" does not belong to this model", quoted(unknown))));
        }
        config.scaling.check(&weights)?;
        let filters = config.filters(&weights)?;
        config.front_end.check_filters("filter", &filters)?;
        Ok(Self { weights, filters })
    }
}

/// The numbers of a tensor, which must have this shape.
fn checked(name: &str, view: &TensorView, shape: &[usize]) -> Result<Vec<f32>> {
    if view.shape() != shape {
        let found = quoted(format!("{:?}", view.shape()));
        return Err(Error::invalid(format!("tensor {name:?} has shape {found}: expected {shape:?}")));
    }
    let bytes = view.data();
    let values = match view.dtype() {
        Dtype::F32 => numbers(bytes, f32::from_le_bytes),
        // A value too large for 32 bits becomes infinite, and is refused for that.
        Dtype::F64 => numbers(bytes, |number| f64::from_le_bytes(number) as f32),
        Dtype::F16 => numbers(bytes, |number| f16::from_le_bytes(number).to_f32()),
        Dtype::BF16 => numbers(bytes, |number| bf16::from_le_bytes(number).to_f32()),
        other => {
            return Err(Error::invalid(format!("tensor {name:?} is {other:?}: expected F32, or F64, F16 or BF16")));
        }
    };
    if let Some(index) = values.iter().position(|value| !value.is_finite()) {
        return Err(Error::invalid(format!("tensor {name:?} is not finite at index {index}")));
    }
    if name.ends_with(".running_var")
        && let Some(index) = values.iter().position(|value| *value < 0.0)
    {
        return Err(Error::invalid(format!("tensor {name:?} is negative at index {index}: it holds variances")));
    }
    Ok(values)
}

fn numbers<const BYTES: usize>(bytes: &[u8], number: impl Fn([u8; BYTES]) -> f32) -> Vec<f32> {
    bytes.as_chunks::<BYTES>().0.iter().map(|chunk| number(*chunk)).collect()
}

/// The weights with every centre frequency between 0 Hz and half the sampling rate. In the paper's form training may
/// move one out of this range, where the filter is the mirror image of one inside.
pub(super) fn inside(config: &ModelConfig, weights: &Weights) -> Weights {
    let mut weights = weights.clone();
    let front_end = &config.front_end;
    let mut phases = weights.remove(PHASE);
    if let Some(centres) = weights.get_mut(CENTRES).filter(|_| front_end.form == Form::Paper) {
        for (number, centre) in centres.iter_mut().enumerate() {
            let (mirrored, turned) = front_end.mirrored(f64::from(*centre));
            *centre = mirrored as f32;
            if let Some(phase) = phases.as_mut().and_then(|phases| phases.get_mut(number)).filter(|_| turned) {
                *phase = -*phase;
            }
        }
    }
    weights.extend(phases.map(|phases| (PHASE.to_string(), phases)));
    weights
}
