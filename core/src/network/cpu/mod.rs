//! The layers of the classifiers on the CPU, on plain slices.
//!
//! All values are channels-last: an [`Image`] holds `[rows, columns, channels]` inside a border of zeros, the weights
//! of a [`Convolution`] are `[kernel rows, kernel columns, in, out]`, those of a [`Linear`] layer `[in, out]`. So the
//! output channels are the lanes of SIMD registers for any kernel, stride and dilation, and with the border every tap
//! of every pixel is an ordinary load.
//!
//! Each of these functions processes one image on one thread; callers process the images of a batch in parallel. The
//! instructions (AVX-512, AVX2 or, in the browser, SIMD128) are chosen at run time. The caller is responsible for the
//! sizes: functions panic when their arguments do not fit each other.

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
