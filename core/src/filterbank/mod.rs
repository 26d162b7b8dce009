//! The gammatone filterbank with learnable parameters, and the log-energy image it computes.
//!
//! - [`scale`]: frequency scales, and start values of the centre frequencies
//! - [`gammatone`]: one filter in plain f64 arithmetic: impulse response, frequency response, width
//! - [`config`]: the description of a filterbank, checked
//! - `moved`: a filter that a person moves
//! - [`bank`]: the filterbank as a trainable module
//! - [`pass`]: what of a signal a bank lets pass, for listening
//! - [`energy`]: from signals and kernels to the log-energy image, as the reference
//! - [`fused`]: the same on plain slices, fast, without storing the filters' outputs
//! - `primitive`: the fused operation as a differentiable one of Burn's CPU backend
//! - `cube`: the fused operation on a GPU (feature `cubecl`)

#[cfg(feature = "burn")]
pub mod bank;
pub mod config;
#[cfg(feature = "cubecl")]
pub mod cube;
#[cfg(feature = "burn")]
pub mod energy;
pub mod fused;
pub mod gammatone;
mod moved;
pub mod pass;
#[cfg(feature = "burn")]
pub mod primitive;
pub mod scale;

#[cfg(feature = "burn")]
pub use bank::Filterbank;
pub use config::{Bandwidth, FilterbankConfig, Form, Framing};
pub use gammatone::{FilterParameters, Gammatone};
pub use pass::BankFilter;
pub use scale::Spacing;
