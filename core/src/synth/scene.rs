//! Scenes.
use crate::audio::Recording;
use crate::error::Result;
/// The scenes that can be synthesised.
pub const SCENES: [&str; 4] = ["beach", "cafe", "street", "park"];
/// Synthesises a scene.
pub fn scene(_scene: &str, _seed: u64, _seconds: f64, _sample_rate: u32) -> Result<Recording> { todo!() }
