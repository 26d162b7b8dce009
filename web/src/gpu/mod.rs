//! A model on the graphics device: compute shaders for exactly this network, over the `wgpu` crate.
//!
//! - [`plan`]: what is computed in which order and where it lies, before there is a device; tested without one
//! - `maps`: where the values of an image with its channels lie in a buffer
//! - `device`: the adapter, the device on it, and the shaders, which suit every model
//! - [`software`]: which devices only compute in software
//! - `executor`: a model's weights and buffers on that device, and its runs
//! - `browser`: what the device needs of a browser; `native` has the same for tests, which run the shaders on Vulkan

mod maps;
pub mod plan;
pub mod software;

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(any(target_arch = "wasm32", test))]
mod device;
#[cfg(any(target_arch = "wasm32", test))]
mod executor;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod native;
#[cfg(test)]
mod reference;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

#[cfg(any(target_arch = "wasm32", test))]
pub use device::Gpu;
#[cfg(any(target_arch = "wasm32", test))]
pub use executor::GpuEngine;
