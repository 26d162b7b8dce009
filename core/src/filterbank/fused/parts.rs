//! The work of one thread, and how it writes its result.

use std::ops::Range;

use pulp::Simd;

use crate::math::ln::ln;

/// Added to every energy before the logarithm, so that silence has a finite image: ln 10⁻¹⁶ = −36.84136.
pub const ENERGY_FLOOR: f64 = 1e-16;

/// Lanes of f64 in the widest register there is.
const MOST_LANES: usize = 16;

/// Some frames of one signal, and where their image and energies are written.
pub(super) struct Part<'a> {
    pub(super) signal: &'a [f32],
    pub(super) frames: Range<usize>,
    pub(super) image: &'a mut [f32],
    pub(super) energies: Option<&'a mut [f64]>,
}

/// Writes the logarithms of the sums `[groups, frames, lanes]` to an image `[frames, filters]`.
#[inline(always)]
pub(super) fn write<S: Simd>(filters: usize, sums: &[f64], image: &mut [f32], energies: Option<&mut [f64]>) {
    let lanes = S::F64_LANES;
    let frames = image.len() / filters;
    let groups = || sums.chunks_exact(frames * lanes).enumerate();
    for (group, sums) in groups() {
        let first = group * lanes;
        let some = lanes.min(filters - first);
        let mut logarithms = [0f32; MOST_LANES];
        for (row, sums) in image.chunks_exact_mut(filters).zip(sums.chunks_exact(lanes)) {
            for (logarithm, sum) in logarithms[..lanes].iter_mut().zip(sums) {
                *logarithm = ln(sum + ENERGY_FLOOR);
            }
            // A copy of known length needs no call.
            if some == lanes {
                row[first..first + lanes].copy_from_slice(&logarithms[..lanes]);
            } else {
                row[first..first + some].copy_from_slice(&logarithms[..some]);
            }
        }
    }
    let Some(energies) = energies else { return };
    for (group, sums) in groups() {
        let first = group * lanes;
        for (row, sums) in energies.chunks_exact_mut(filters).zip(sums.chunks_exact(lanes)) {
            for (energy, sum) in row[first..].iter_mut().zip(sums) {
                *energy = *sum;
            }
        }
    }
}
