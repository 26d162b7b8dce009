//! What a model is, as plain data: its configuration, the layers that follow from it, and the numbers that it learns.
//!
//! - [`ModelConfig`]: everything that describes a model; [`Task`] and its presets
//! - [`Scaling`]: what the image goes through before a network sees it
//! - [`ClassifierConfig`]: which network, and how large; [`Layout`]: its layers and their sizes, in one of three forms,
//!   [`ResidualLayout`], [`StatesLayout`] and [`CnnLayout`], which whatever computes a network takes
//! - [`Voting`]: how windows decide together
//! - [`Weights`]: the learned numbers

pub mod classifier;
pub mod cnn_layout;
pub mod config;
mod geometry;
pub mod layout;
pub mod presets;
pub mod scaling;
pub mod states_layout;
mod task;
mod voting;
mod weights;

pub use classifier::{ClassifierConfig, Layout};
pub use cnn_layout::{CnnLayout, Over};
pub use config::{ModelConfig, Segments};
pub use geometry::Geometry;
pub use layout::{BlockLayout, ConvLayout, ResidualLayout, Rows};
pub use presets::{SCENE_RATE, SCENE_WINDOW_S};
pub use scaling::{Compression, Normalisation, Scaling};
pub use states_layout::StatesLayout;
pub use task::Task;
pub use voting::Voting;
pub use weights::Weights;
