//! The bank of gammatone filters with learnable parameters, and the log-energy image it makes.
//!
//! - [`scale`]: start values of the centre frequencies and bandwidths
//! - [`gammatone`]: one filter in plain f64 arithmetic: impulse response, magnitude, bandwidth
//! - [`config`]: what a bank is made of, checked
//! - [`bank`]: the bank as a trainable module
//! - [`energy`]: signal and kernels in, log-energy image out
//! - `cube`: signal and parameters in, log-energy image out, on a GPU (feature `cubecl`)

pub mod bank;
pub mod config;
#[cfg(feature = "cubecl")]
pub mod cube;
pub mod energy;
pub mod gammatone;
pub mod scale;

pub use bank::Filterbank;
pub use config::{Bandwidth, FilterbankConfig, Form, Framing};
pub use gammatone::{FilterParameters, Gammatone};
pub use scale::Spacing;
