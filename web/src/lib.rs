//! The SpectNet page: classifies a recording in the browser and shows what the filterbank does.
//!
//! What needs no browser is plain Rust with ordinary tests: [`example`], [`extent`], [`format`](mod@format),
//! [`gpu::plan`], [`menu`], [`outcome`], [`plot`], [`reported`] and [`worth`]. The rest exists for wasm32 only and talks to the page
//! through web-sys:
//!
//! - `app`: what happens when; the one owner of state and listeners
//! - `backend`: WebGPU or the CPU, and why
//! - `model_source`, `decode`, `decoder`, `sound`: where models and recordings come from
//! - [`gpu`]: a model on the graphics device
//! - `engine`, `classify`: a model on either device, and a recording on its way through it
//! - `view`: what is seen

pub mod example;
pub mod extent;
pub mod format;
pub mod gpu;
pub mod menu;
pub mod outcome;
pub mod plot;
pub mod reported;
pub mod worth;

#[cfg(target_arch = "wasm32")]
pub mod app;
#[cfg(target_arch = "wasm32")]
mod backend;
#[cfg(target_arch = "wasm32")]
mod classify;
#[cfg(target_arch = "wasm32")]
mod decode;
#[cfg(target_arch = "wasm32")]
mod decoder;
#[cfg(target_arch = "wasm32")]
mod dom;
#[cfg(target_arch = "wasm32")]
mod engine;
#[cfg(any(target_arch = "wasm32", test))]
mod failure;
#[cfg(target_arch = "wasm32")]
mod model_source;
#[cfg(target_arch = "wasm32")]
mod pause;
#[cfg(target_arch = "wasm32")]
mod sound;
#[cfg(target_arch = "wasm32")]
mod view;
