//! Filter, square, sum over frames and take the logarithm in one operation, on plain slices, forward and backward.
//!
//! The outputs of the filters, `[batch, filters, samples]`, would be hundreds of megabytes for a long recording. Here
//! they exist only for one block of the signal and one register of filters at a time:
//!
//! 1. two neighbouring blocks of the signal are the real and the imaginary part of one Fourier transform
//!    (overlap-save);
//! 2. it is multiplied with the spectra of as many filters as a register has lanes, and goes back through one
//!    transform, whose real and imaginary parts are the outputs of the filters on the two blocks;
//! 3. the squares are summed between the points where frames start and end, and the sums are added to the frames.
//!
//! The time hardly depends on the number of taps: only through the logarithm of the block length, and because a long
//! block does not fit in the caches. Long gammatones are therefore computed as recursions in the forward pass.
//! Everything inside is f64: in f32 the rounding of a transform would hide a silent frame beside a loud one, and the
//! gradient of a parameter is a sum of thousands of terms that nearly cancel.
//!
//! - [`Plan`]: filters made ready
//! - [`forward`]: from signals to images, [`Plan::forward`]
//! - [`backward`]: gradients with respect to kernels and signals, [`Plan::backward`]
//! - [`blocks`]: a signal as spectra of blocks
//! - [`frames`]: which outputs lie in which frames
//! - [`recursion`]: gammatones without transforms

pub mod backward;
pub mod blocks;
pub mod forward;
pub mod frames;
pub mod parts;
pub mod recursion;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use pulp::{Arch, Simd, WithSimd};

pub use parts::ENERGY_FLOOR;

use super::config::{FilterbankConfig, Framing};
use super::gammatone::{FilterParameters, Gammatone};
use crate::math::Aligned;
use crate::math::fft::{Fft, Point, points_mut};
use crate::{Error, Result, threads};
use recursion::Recursion;

/// Shortest transform: shorter ones cost as much in overhead.
const SHORTEST: usize = 64;
/// Fewest lanes of a register for which recursions pay off: only processors with at least this many have an instruction
/// that multiplies and adds, without which a recursion takes twice as long.
const FUSED_LANES: usize = 4;
/// Whether recursions are compiled: no browser has these instructions, and without them the download is 100 kB smaller.
const RECURSIONS: bool = !cfg!(target_arch = "wasm32");
/// Longest transform: 8 MiB for eight filters at a time.
const LONGEST: usize = 1 << 17;

/// Sizes of a filterbank.
#[derive(Clone, Copy, Debug)]
struct Shape {
    framing: Framing,
    filters: usize,
    taps: usize,
}

impl Shape {
    /// Number of frames in the image of a signal; 0 where it is too short for one.
    fn frames(&self, samples: usize) -> usize {
        let outputs = (samples + 1).saturating_sub(self.taps);
        outputs.checked_sub(self.framing.window).map_or(0, |rest| rest / self.framing.hop + 1)
    }
}

/// Filters made ready to process any number of signals of any length.
#[derive(Clone, Debug)]
pub struct Plan {
    arch: Arch,
    lanes: usize,
    shape: Shape,
    kernels: Kernels,
    recursion: Option<Recursion>,
    transforms: OnceLock<Transforms>,
}

/// What the transforms are made from when they are needed.
#[derive(Clone, Debug)]
enum Kernels {
    /// `[filters, taps]`
    Taps(Vec<f64>),
    Gammatones(Vec<Gammatone>),
}

/// Spectra of the kernels.
#[derive(Clone, Debug)]
struct Transforms {
    framing: Framing,
    filters: usize,
    taps: usize,
    lanes: usize,
    fft: Fft,
    /// Spectra as long as the transform, `[groups, length, 2, lanes]`.
    spectra: Aligned,
}

impl Plan {
    /// A plan for impulse responses `[filters, taps]`.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) if `kernels` are not `filters` kernels of one length, or a frame has a
    /// length or hop of 0.
    pub fn new(kernels: &[f64], filters: usize, framing: Framing) -> Result<Self> {
        Self::with_arch(Arch::new(), kernels, filters, framing)
    }

    /// A plan for these filters, with the order, taps, sampling rate and frames of `config`.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn gammatones(config: &FilterbankConfig, filters: &[FilterParameters]) -> Result<Self> {
        Self::gammatones_with_arch(Arch::new(), config, filters)
    }

    fn with_arch(arch: Arch, kernels: &[f64], filters: usize, framing: Framing) -> Result<Self> {
        if filters == 0 || !kernels.len().is_multiple_of(filters) {
            return Err(Error::invalid(format!("{} taps for {filters} filters", kernels.len())));
        }
        let taps = kernels.len() / filters;
        Self::checked(arch, Shape { framing, filters, taps }, Kernels::Taps(kernels.to_vec()))
    }

    fn gammatones_with_arch(arch: Arch, config: &FilterbankConfig, filters: &[FilterParameters]) -> Result<Self> {
        let shape = Shape { framing: config.framing, filters: filters.len(), taps: config.taps };
        let kernels = Kernels::Gammatones(filters.iter().map(|&filter| config.gammatone(filter)).collect());
        let mut plan = Self::checked(arch, shape, kernels)?;
        if RECURSIONS {
            plan.recursion = Recursion::new(config, filters, plan.lanes);
        }
        Ok(plan)
    }

    fn checked(arch: Arch, shape: Shape, kernels: Kernels) -> Result<Self> {
        let Shape { framing, filters, taps } = shape;
        if filters == 0 || taps == 0 {
            return Err(Error::invalid(format!("{filters} filters of {taps} taps: expected at least one of each")));
        }
        if framing.window == 0 || framing.hop == 0 {
            return Err(Error::invalid("frame length and hop must be at least one sample"));
        }
        let lanes = arch.dispatch(Lanes);
        Ok(Self { arch, lanes, shape, kernels, recursion: None, transforms: OnceLock::new() })
    }

    /// Number of frames in the image of a signal of `samples` samples; 0 where it is too short for one.
    pub fn frames(&self, samples: usize) -> usize {
        self.shape.frames(samples)
    }

    /// Makes what the first signal of this length would have to wait for.
    pub fn warm_up(&self, samples: usize) {
        if self.recursion(samples).is_none() {
            self.transforms();
        }
    }

    /// The recursion, where it is faster than transforms for signals of this length.
    fn recursion(&self, samples: usize) -> Option<&Recursion> {
        let outputs = (samples + 1).saturating_sub(self.shape.taps);
        let Framing { window, hop } = self.shape.framing;
        // A recursion cannot skip the outputs between frames.
        let dense = hop <= window.saturating_add(self.shape.taps);
        let faster = |recursion: &&Recursion| {
            recursion.cost() * (outputs + self.shape.taps) as f64 <= transform_cost(self.shape.taps, outputs)
        };
        self.recursion.as_ref().filter(|_| dense && self.lanes >= FUSED_LANES).filter(faster)
    }

    /// The transforms, made by whoever needs them first, and outside of the lock: several threads of a pool make them, and
    /// one of them that waits for its part takes up other work of the pool meanwhile, which may need these transforms
    /// too. Under the lock it would wait for itself. Where several make them at once, one of the results is kept; they
    /// are the same.
    fn transforms(&self) -> &Transforms {
        if let Some(made) = self.transforms.get() {
            return made;
        }
        let made = match &self.kernels {
            Kernels::Taps(kernels) => Transforms::new(self.arch, self.shape, self.lanes, kernels),
            Kernels::Gammatones(filters) => {
                let kernels = threads::runs(filters.iter().collect(), |filters: Vec<&Gammatone>| {
                    filters.into_iter().flat_map(Gammatone::kernel).collect::<Vec<_>>()
                });
                Transforms::new(self.arch, self.shape, self.lanes, &kernels.concat())
            }
        };
        self.transforms.get_or_init(|| made)
    }
}

impl Transforms {
    fn new(arch: Arch, Shape { framing, filters, taps }: Shape, lanes: usize, kernels: &[f64]) -> Self {
        let fft = Fft::new(best_length(taps));
        let mut spectra = Aligned::zeros(filters.div_ceil(lanes) * 2 * lanes * fft.length());
        arch.dispatch(Spectra { kernels, filters, fft: &fft, spectra: &mut spectra });
        Self { framing, filters, taps, lanes, fft, spectra }
    }

    /// Number of outputs of a filter that one block gives.
    fn step(&self) -> usize {
        self.fft.length() - self.taps + 1
    }

    /// Numbers in the spectra of one group.
    fn group(&self) -> usize {
        2 * self.lanes * self.fft.length()
    }
}

/// The length of transform that costs least for each output of a filter.
fn best_length(taps: usize) -> usize {
    let cost = |length: usize| {
        let levels = f64::from(length.trailing_zeros());
        length as f64 * (levels + 2.0) / (length - taps + 1) as f64
    };
    let shortest = (taps + 1).next_power_of_two().max(SHORTEST);
    let mut best = shortest;
    for length in [2 * shortest, 4 * shortest, 8 * shortest] {
        // A longer one must save more than it loses by not fitting in nearer caches.
        if length <= LONGEST && cost(length) < 0.89 * cost(best) {
            best = length;
        }
    }
    best
}

/// The cost of a signal by transforms, in the unit of [`Recursion::cost`]: operations, which cost more where the work
/// does not fit in the first or the second cache. Measured, see docs/PERFORMANCE.md.
fn transform_cost(taps: usize, outputs: usize) -> f64 {
    let length = best_length(taps);
    let blocks = outputs.div_ceil(length - taps + 1).next_multiple_of(2);
    let cost = match length {
        ..=256 => 1.2,
        257..=4096 => 1.6,
        _ => 3.0,
    };
    cost * (blocks * length) as f64 * (f64::from(length.trailing_zeros()) + 2.0)
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
