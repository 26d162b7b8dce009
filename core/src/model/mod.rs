//! A model as plain data: its configuration, the operations that follow from it, and its weights.
//!
//! - [`ModelConfig`]: everything that describes a model; [`Task`] and its presets
//! - [`Scaling`]: what the image goes through before the classifier
//! - [`ClassifierConfig`]: which network, and its size; [`Layout`]: its [operations] with their shapes, the one
//!   description from which every implementation computes a network
//! - [`Voting`]: how windows vote together
//! - [`Weights`]: the learned numbers

pub mod classifier;
mod cnn_layout;
pub mod config;
mod geometry;
mod layout;
pub mod operations;
pub mod presets;
pub mod scaling;
mod states_layout;
mod task;
mod voting;
mod weights;

pub use classifier::ClassifierConfig;
pub use config::{ModelConfig, Segments};
pub use geometry::Geometry;
pub use operations::{Layout, Operation};
pub use presets::{SCENE_RATE, SCENE_WINDOW_S};
pub use scaling::{Compression, Normalisation, Scaling};
pub use task::Task;
pub use voting::Voting;
pub use weights::Weights;
