//! A model on the graphics device: compute shaders for exactly this network, over the `wgpu` crate.
//!
//! - [`plan`]: what is computed in which order and where it lies, before there is a device; tested without one
//! - `maps`: where the values of an image with its channels lie in a buffer
//! - `device`: the adapter, the device on it, and the shaders, which suit every model
//! - `executor`: a model's weights and buffers on that device, and its runs

mod maps;
pub mod plan;

#[cfg(target_arch = "wasm32")]
mod device;
#[cfg(target_arch = "wasm32")]
mod executor;
#[cfg(test)]
mod reference;

#[cfg(target_arch = "wasm32")]
pub use device::Gpu;
#[cfg(target_arch = "wasm32")]
pub use executor::GpuEngine;
