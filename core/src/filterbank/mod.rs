//! The bank of gammatone filters with learnable parameters, and the log-energy image it makes.
//!
//! - [`scale`]: start values of the centre frequencies and bandwidths
//! - [`gammatone`]: one filter in plain f64 arithmetic: impulse response, magnitude, bandwidth
//! - [`config`]: what a bank is made of, checked
//! - [`bank`]: the bank as a trainable module
//! - [`energy`]: signal and kernels in, log-energy image out
//! - [`fused`]: the same on plain slices, fast, with nothing of the size of the filters' outputs stored
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
#[cfg(feature = "burn")]
pub mod primitive;
pub mod scale;

#[cfg(feature = "burn")]
pub use bank::Filterbank;
pub use config::{Bandwidth, FilterbankConfig, Form, Framing};
pub use gammatone::{FilterParameters, Gammatone};
pub use scale::Spacing;
