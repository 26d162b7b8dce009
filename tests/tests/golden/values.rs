//! The files of golden numbers, and what it means to agree with them.

use std::path::{Path, PathBuf};

use burn::tensor::{DType, Device, Tensor, TensorData};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

/// Largest difference allowed on an image, whose values are natural logarithms.
pub const IMAGE_TOLERANCE: f64 = 5e-4;
/// Largest difference allowed on a component of a gradient, relative to it.
pub const GRADIENT_TOLERANCE: f64 = 1e-4;
/// Largest difference allowed on a logit: sums of thousands of terms, up to 10.
pub const LOGIT_TOLERANCE: f64 = 1e-4;
/// Components of a gradient that are smaller than this share of the largest count as so large: they are what is left of
/// sums whose terms cancel.
const SMALL: f64 = 0.1;

/// Where the files are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// One of the files.
pub struct Golden(Vec<u8>);

impl Golden {
    /// The file of this name in the repository.
    pub fn open(name: &str) -> Self {
        Self::read(&folder().join(format!("{name}.safetensors")))
    }

    pub fn read(path: &Path) -> Self {
        Self(std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    fn file(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.0).expect("a safetensors file")
    }

    /// The names of all tensors, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.file().names().into_iter().map(String::from).collect();
        names.sort();
        names
    }

    pub fn has(&self, name: &str) -> bool {
        self.file().tensor(name).is_ok()
    }

    pub fn shape(&self, name: &str) -> Vec<usize> {
        self.file().tensor(name).unwrap_or_else(|error| panic!("{name}: {error}")).shape().to_vec()
    }

    /// The numbers of a tensor, row by row.
    pub fn get(&self, name: &str) -> Vec<f64> {
        let file = self.file();
        let view = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        let bytes = view.data();
        match view.dtype() {
            Dtype::F32 => bytes.as_chunks::<4>().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect(),
            Dtype::F64 => bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect(),
            other => panic!("{name}: {other:?}"),
        }
    }

    /// The same, rounded to 32-bit floats.
    pub fn floats(&self, name: &str) -> Vec<f32> {
        self.get(name).into_iter().map(|value| value as f32).collect()
    }

    /// The same as a tensor of this shape.
    pub fn tensor<const D: usize>(&self, name: &str, shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::from_data(TensorData::new(self.floats(name), shape), device)
    }

    /// The numbers as they are, as a tensor of 64-bit floats.
    pub fn doubles<const D: usize>(&self, name: &str, shape: [usize; D], device: &Device) -> Tensor<D> {
        Tensor::from_data(TensorData::new(self.get(name), shape), (device, DType::F64))
    }

    /// What the numbers belong to: the keys of the file's metadata, sorted.
    pub fn keys(&self) -> Vec<String> {
        let (_, metadata) = SafeTensors::read_metadata(&self.0).expect("a safetensors file");
        let mut keys: Vec<String> = metadata.metadata().iter().flatten().map(|(key, _)| key.clone()).collect();
        keys.sort();
        keys
    }

    /// What stands under a key, as JSON.
    pub fn about(&self, key: &str) -> Value {
        let (_, metadata) = SafeTensors::read_metadata(&self.0).expect("a safetensors file");
        let text = metadata.metadata().as_ref().and_then(|about| about.get(key));
        serde_json::from_str(text.unwrap_or_else(|| panic!("nothing about {key}"))).expect("JSON")
    }
}

/// The numbers of a tensor of 32-bit floats, row by row.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("32-bit floats")
}

/// What a loss multiplies something of this shape with: cos(0.013 i + 0.5) of the flat index i.
pub fn wave<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    let size = shape.iter().product();
    let values: Vec<f32> = (0..size).map(|i: usize| (0.013 * i as f64 + 0.5).cos() as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Largest magnitude.
pub fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

/// Asserts that no number is further away than `tolerance`.
pub fn assert_near(name: &str, got: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len(), "{name}");
    for (place, (got, expected)) in got.iter().zip(expected).enumerate() {
        let off = (f64::from(*got) - expected).abs();
        assert!(off <= tolerance, "{name}[{place}]: {got}, expected {expected}, off by {off:e}");
    }
}

/// Asserts that every component is near, relative to itself.
pub fn assert_gradient(name: &str, got: &[f32], expected: &[f64]) {
    assert_eq!(got.len(), expected.len(), "{name}");
    let small = SMALL * largest(expected);
    assert!(small > 0.0, "{name}: there is nothing to compare with");
    for (place, (got, expected)) in got.iter().zip(expected).enumerate() {
        let off = (f64::from(*got) - expected).abs() / expected.abs().max(small);
        assert!(off <= GRADIENT_TOLERANCE, "{name}[{place}]: {got}, expected {expected}, off by {off:e} of it");
    }
}
