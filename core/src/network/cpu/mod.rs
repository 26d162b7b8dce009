//! The classifier's kernels on the CPU, on plain slices.
//!
//! Everything is channels-last: an [`Image`] holds `[rows, columns, channels]` inside a border of zeros, the weights of
//! a [`Convolution`] come as `[kernel rows, kernel columns, in, out]`, those of a [`Linear`] layer as `[in, out]`. The
//! output channels are then the lanes of SIMD registers for any kernel, stride and dilation, and the border makes
//! every tap of every pixel an ordinary load.
//!
//! A kernel works on one image and on one thread; callers run the images of a batch side by side. Run-time dispatch
//! takes AVX-512, AVX2 or, in the browser, SIMD128. Sizes are the caller's responsibility: a kernel panics when its
//! arguments do not fit each other.

mod convolution;
pub mod engine;
mod image;
mod linear;
pub mod moments;
mod pool;
mod scaled;
#[cfg(test)]
pub(crate) mod testing;
mod tile;
pub mod training;
mod transposed;
mod weight_gradient;

pub use convolution::{Activation, Convolution};
pub use image::Image;
pub use linear::Linear;
pub use pool::{add_max_pool, max_pool};
pub use scaled::{Normalised, Scaled};
pub use transposed::Transposed;
pub use weight_gradient::WeightGradient;
