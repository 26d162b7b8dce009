//! A model in the forms in which others take it.
//!
//! - [`onnx`]: as an ONNX file, from the samples of a window to its probabilities
//! - [`hub`]: as the folder that a Hugging Face repository expects
//! - [`card`]: its model card; [`markdown`]: text of others in it
//! - [`precision`]: its weights in 16 bits; [`difference`]: how much that changes what it says

pub mod card;
pub mod difference;
pub mod hub;
pub mod markdown;
pub mod onnx;
pub mod precision;
