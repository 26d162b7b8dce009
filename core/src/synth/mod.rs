//! Synthesised recordings with a known truth.
mod heart;
mod scene;
pub use heart::{Beat, HeartOptions, HeartSound, Murmur, heart};
pub use scene::{SCENES, scene};
