//! Filter, square, sum over frames and take the logarithm in one go, on plain slices, forward and back.
//!
//! The outputs of the filters, `[batch, filters, samples]`, are hundreds of megabytes for a long recording. Here they
//! exist for one block of the signal and one register of filters at a time:
//!
//! 1. two neighbouring blocks of the signal are the real and imaginary part of one Fourier transform (overlap-save);
//! 2. its product with the spectra of as many filters as a register has lanes goes back through one transform, whose
//!    real and imaginary parts are the filters' outputs on the two blocks;
//! 3. their squares are summed between the points where frames start and end, and the sums added to the frames.
//!
//! The time does not depend on the number of taps but through the logarithm of the block length. Everything inside is
//! f64: in f32 the rounding of a transform would drown a silent frame beside a loud one, and the gradient of a
//! parameter is a sum of thousands of terms that nearly cancel.
//!
//! - [`Plan`]: kernels made ready
//! - [`forward`]: signals to images, [`Plan::forward`]
//! - [`backward`]: gradients to kernels and signals, [`Plan::backward`]
//! - [`blocks`]: a signal as spectra of blocks
//! - [`frames`]: which output counts in which frames

pub mod backward;
pub mod blocks;
pub mod forward;
pub mod frames;
#[cfg(test)]
mod tests;

use pulp::{Arch, Simd, WithSimd};

pub use forward::ENERGY_FLOOR;

use super::config::{FilterbankConfig, Framing};
use super::gammatone::FilterParameters;
use crate::simd::Aligned;
use crate::simd::fft::{Fft, Point, points_mut};
use crate::{Error, Result};

/// Shortest transform: shorter ones cost as much in bookkeeping.
const SHORTEST: usize = 64;
/// Longest transform: 8 MiB for eight filters at a time.
const LONGEST: usize = 1 << 17;

/// Kernels made ready to filter any number of signals of any length.
#[derive(Clone, Debug)]
pub struct Plan {
    arch: Arch,
    framing: Framing,
    filters: usize,
    taps: usize,
    lanes: usize,
    fft: Fft,
    /// Spectra over the transform's length, `[groups, length, 2, lanes]`.
    spectra: Aligned,
}

impl Plan {
    /// A plan for impulse responses `[filters, taps]`.
    ///
    /// # Errors
    /// If the numbers are not `filters` kernels of one length, or a frame has no length or no distance to the next.
    pub fn new(kernels: &[f64], filters: usize, framing: Framing) -> Result<Self> {
        Self::with_arch(Arch::new(), kernels, filters, framing)
    }

    /// A plan for these filters in the place of the start values of `config`.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn gammatones(config: &FilterbankConfig, filters: &[FilterParameters]) -> Result<Self> {
        let kernels: Vec<f64> = filters.iter().flat_map(|&filter| config.gammatone(filter).kernel()).collect();
        Self::new(&kernels, filters.len(), config.framing)
    }

    fn with_arch(arch: Arch, kernels: &[f64], filters: usize, framing: Framing) -> Result<Self> {
        if filters == 0 || kernels.is_empty() || !kernels.len().is_multiple_of(filters) {
            return Err(Error::invalid(format!("{} taps for {filters} filters", kernels.len())));
        }
        if framing.window == 0 || framing.hop == 0 {
            return Err(Error::invalid("frame length and hop must be at least one sample"));
        }
        let taps = kernels.len() / filters;
        let lanes = arch.dispatch(Lanes);
        let fft = Fft::new(best_length(taps));
        let mut spectra = Aligned::zeros(filters.div_ceil(lanes) * 2 * lanes * fft.length());
        arch.dispatch(Spectra { kernels, filters, fft: &fft, spectra: &mut spectra });
        Ok(Self { arch, framing, filters, taps, lanes, fft, spectra })
    }

    /// Frames of the image of a signal; 0 when it is too short for one.
    pub fn frames(&self, samples: usize) -> usize {
        let outputs = (samples + 1).saturating_sub(self.taps);
        outputs.checked_sub(self.framing.window).map_or(0, |rest| rest / self.framing.hop + 1)
    }

    /// Outputs of a filter that one block gives.
    fn step(&self) -> usize {
        self.fft.length() - self.taps + 1
    }

    /// Numbers of one group's spectra.
    fn group(&self) -> usize {
        2 * self.lanes * self.fft.length()
    }
}

/// The length at which a transform costs least for each output of a filter.
fn best_length(taps: usize) -> usize {
    let cost = |length: usize| {
        let levels = f64::from(length.trailing_zeros());
        length as f64 * (levels + 2.0) / (length - taps + 1) as f64
    };
    let shortest = (taps + 1).next_power_of_two().max(SHORTEST);
    let mut best = shortest;
    for length in [2 * shortest, 4 * shortest, 8 * shortest] {
        // What a longer one saves must be worth that its work leaves nearer caches.
        if length <= LONGEST && cost(length) < 0.89 * cost(best) {
            best = length;
        }
    }
    best
}

struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;

    fn with_simd<S: Simd>(self, _: S) -> usize {
        S::F64_LANES
    }
}

/// Transforms kernels, one in each lane.
struct Spectra<'a> {
    kernels: &'a [f64],
    filters: usize,
    fft: &'a Fft,
    spectra: &'a mut [f64],
}

impl WithSimd for Spectra<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (lanes, length) = (S::F64_LANES, self.fft.length());
        let taps = self.kernels.len() / self.filters;
        let scale = 1.0 / length as f64;
        let mut work = Aligned::zeros(2 * lanes * length);
        let groups = self.spectra.chunks_exact_mut(2 * lanes * length);
        for (group, kernels) in groups.zip(self.kernels.chunks(lanes * taps)) {
            work.fill(0.0);
            for (lane, kernel) in kernels.chunks_exact(taps).enumerate() {
                for (point, tap) in work.chunks_exact_mut(2 * lanes).zip(kernel) {
                    point[lane] = tap * scale;
                }
            }
            let group = points_mut::<S>(group);
            self.fft.forward(
                simd,
                points_mut::<S>(&mut work),
                #[inline(always)]
                |place, value: Point<S>| group[place] = value,
            );
        }
    }
}
