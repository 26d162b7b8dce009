//! Reading from a device: a native program waits for it; a page, whose only thread must not wait, awaits it.

use std::fmt::Display;

use burn::tensor::Tensor;

use crate::{Error, Result};

/// The numbers of a tensor, row by row.
///
/// # Errors
/// A device that fails.
pub(super) fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    tensor.try_into_vec_as::<f32>().map_err(|error| failed(&error))
}

/// The same without waiting.
///
/// # Errors
/// A device that fails.
pub(super) async fn read_async<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let data = tensor.into_data_async().await.map_err(|error| failed(&error))?;
    data.try_into_vec_as::<f32>().map_err(|error| failed(&error))
}

fn failed(error: &dyn Display) -> Error {
    Error::invalid(format!("the device failed: {error}"))
}
