//! From signals and impulse responses to the energies of frames, or their logarithms.

use burn_cubecl::cubecl;
use cubecl::prelude::*;

use super::Bank;
use super::correlate::{ROW, STRIDE, correlate};
use super::plan::ForwardPlan;
use crate::filterbank::fused::ENERGY_FLOOR;

/// Rows whose sums are added up once more, where frames are long.
const WIDE: usize = 8;

/// What is written for each frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scale {
    /// Its energy.
    Energy,
    /// Its log energy: ln(energy + [`ENERGY_FLOOR`]).
    Logarithm,
}

/// Each cube computes `plan.frames` frames of `plan.tile.responses` filters, tile by tile. Outputs stay in registers
/// and shared memory.
///
/// Shapes: signals `[batch, samples]`, responses `[filters, length]` → `[batch, frames, filters]`.
#[cube(launch)]
#[allow(clippy::too_many_arguments)]
pub fn frame_energies(
    signals: &[f32],
    responses: &[f32],
    image: &mut [f32],
    batch: usize,
    samples: usize,
    frames: usize,
    filters: usize,
    #[comptime] bank: Bank,
    #[comptime] plan: ForwardPlan,
    #[comptime] scale: Scale,
) {
    let tile = comptime!(plan.tile);
    let (window, hop) = comptime!((bank.framing.window, bank.framing.hop));
    let wide = comptime!(window >= 2 * WIDE * ROW);
    let unit = UNIT_POS as usize;
    let mut rows = Shared::<[f32]>::new_slice(comptime!(tile.signal_values()));
    let mut taps = Shared::<[f32]>::new_slice(comptime!(tile.response_values()));
    let mut sums = Shared::<[f32]>::new_slice(comptime!(tile.units / WIDE));
    let mut outputs = Array::<f32>::new(comptime!(tile.responses * ROW));

    // Cubes past the end of the batch compute the first signal again and write nothing.
    let cubes = frames.div_ceil(plan.frames);
    let position = (CUBE_POS_Y * CUBE_COUNT_X + CUBE_POS_X) as usize;
    let inside = position < batch * cubes;
    let position = select(inside, position, 0usize);
    let signal = position / cubes;
    let first_frame = position % cubes * plan.frames;
    let first_filter = CUBE_POS_Z as usize * tile.responses;

    for part in 0..comptime!(plan.tiles) {
        let start = first_frame * hop + part * comptime!(tile.outputs());
        let end = start + comptime!(tile.outputs());
        #[unroll]
        for i in 0..comptime!(tile.responses * ROW) {
            outputs[i] = 0f32;
        }
        correlate(
            signals,
            responses,
            &mut rows,
            &mut taps,
            &mut outputs,
            signal * samples,
            start,
            samples,
            first_filter,
            filters,
            tile,
        );

        #[unroll]
        for response in 0..comptime!(tile.responses) {
            // The rows of the signal are no longer needed: squares go there, and the sum of each row after it.
            sync_cube();
            let mut sum = 0f32;
            #[unroll]
            for a in 0..ROW {
                let value = outputs[comptime!(response * ROW + a)];
                rows[unit * STRIDE + a] = value * value;
                sum += value * value;
            }
            rows[unit * STRIDE + ROW] = sum;
            sync_cube();
            if comptime!(wide) {
                if unit < comptime!(tile.units / WIDE) {
                    let mut sum = 0f32;
                    #[unroll]
                    for i in 0..WIDE {
                        sum += rows[(unit * WIDE + i) * STRIDE + ROW];
                    }
                    sums[unit] = sum;
                }
                sync_cube();
            }

            let filter = first_filter + response;
            let mut index = unit;
            while index < comptime!(plan.frames) {
                let frame = first_frame + index;
                let from = frame * hop;
                let to = from + window;
                if inside && filter < filters && frame < frames && from < end && to > start {
                    let mut energy = sum_of_squares(&rows, &sums, from.max(start) - start, to.min(end) - start, wide);
                    let place = (signal * frames + frame) * filters + filter;
                    if from < start {
                        energy += image[place];
                    }
                    if comptime!(scale == Scale::Logarithm) && to <= end {
                        energy = f32::ln(energy + comptime!(ENERGY_FLOOR as f32));
                    }
                    image[place] = energy;
                }
                index += tile.units;
            }
        }
    }
}

/// Sum of the squares `from..to` of a tile: single values at the ends, rows and groups of rows between them.
#[allow(clippy::manual_is_multiple_of, reason = "the language of the kernels has no such method")]
#[cube]
fn sum_of_squares(rows: &Shared<[f32]>, sums: &Shared<[f32]>, from: usize, to: usize, #[comptime] wide: bool) -> f32 {
    let mut energy = 0f32;
    let mut at = from;
    while at < to && at % ROW != 0 {
        energy += rows[at / ROW * STRIDE + at % ROW];
        at += 1;
    }
    if comptime!(wide) {
        while at + ROW <= to && at % comptime!(WIDE * ROW) != 0 {
            energy += rows[at / ROW * STRIDE + ROW];
            at += ROW;
        }
        while at + comptime!(WIDE * ROW) <= to {
            energy += sums[at / comptime!(WIDE * ROW)];
            at += comptime!(WIDE * ROW);
        }
    }
    while at + ROW <= to {
        energy += rows[at / ROW * STRIDE + ROW];
        at += ROW;
    }
    while at < to {
        energy += rows[at / ROW * STRIDE + at % ROW];
        at += 1;
    }
    energy
}
