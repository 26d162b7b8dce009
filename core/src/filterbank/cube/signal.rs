//! The gradient of a loss with respect to the signals: that of sample n is Σ r[n − k] g[k] over filters and taps, with
//! r as in the gradient of the parameters.
//!
//! In two steps, so that no sum needs atomics: r of some filters of some signals goes to a buffer of limited size, with
//! `taps − 1` zeros before it; then the buffer is correlated with the reversed filters.

use burn_cubecl::cubecl;
use cubecl::prelude::*;

use super::Bank;
use super::correlate::{ROW, Tile, correlate};
use super::gradient::frame_weight;

/// Reverses the taps of every filter: `[filters, length]` → the same shape, with zeros after the taps.
#[cube(launch)]
pub fn reverse_taps(
    responses: &[f32],
    output: &mut [f32],
    filters: usize,
    #[comptime] taps: usize,
    #[comptime] length: usize,
) {
    if ABSOLUTE_POS >= filters * length {
        terminate!();
    }
    let tap = ABSOLUTE_POS % length;
    let mut value = 0f32;
    if tap < taps {
        value = responses[ABSOLUTE_POS - tap + (taps - 1 - tap)];
    }
    output[ABSOLUTE_POS] = value;
}

/// The part of the work that a buffer of weighted outputs holds.
#[derive(CubeType, CubeLaunch, Clone, Copy)]
pub struct Piece {
    /// Number of its first signal.
    pub signal: usize,
    /// How many signals.
    pub signals: usize,
    /// Number of its first filter.
    pub filter: usize,
    /// How many filters.
    pub filters: usize,
}

/// Computes r of a piece, with `taps − 1` zeros before it.
///
/// Shapes: signals `[batch, samples]`, responses `[filters, length]`, energies and gradient `[batch, frames, filters]` →
/// `[piece.signals, piece.filters, taps − 1 + outputs]`.
#[cube(launch)]
#[allow(clippy::too_many_arguments)]
pub fn weighted_outputs(
    signals: &[f32],
    responses: &[f32],
    energies: &[f32],
    gradient: &[f32],
    weighted: &mut [f32],
    piece: Piece,
    samples: usize,
    frames: usize,
    filters: usize,
    #[comptime] bank: Bank,
    #[comptime] tile: Tile,
) {
    let unit = UNIT_POS as usize;
    let mut rows = Shared::<[f32]>::new_slice(comptime!(tile.signal_values()));
    let mut taps = Shared::<[f32]>::new_slice(comptime!(tile.response_values()));
    let mut outputs = Array::<f32>::new(comptime!(tile.responses * ROW));
    #[unroll]
    for i in 0..comptime!(tile.responses * ROW) {
        outputs[i] = 0f32;
    }

    let front = comptime!(bank.taps - 1);
    let span = (frames - 1) * comptime!(bank.framing.hop) + comptime!(bank.framing.window);
    let per_signal = span.div_ceil(comptime!(tile.outputs()));
    let position = (CUBE_POS_Y * CUBE_COUNT_X + CUBE_POS_X) as usize;
    let inside = position < piece.signals * per_signal;
    let position = select(inside, position, 0usize);
    let row = position / per_signal;
    let signal = piece.signal + row;
    let start = position % per_signal * comptime!(tile.outputs());
    let first = CUBE_POS_Z as usize * tile.responses;
    correlate(
        signals,
        responses,
        &mut rows,
        &mut taps,
        &mut outputs,
        signal * samples,
        start,
        samples,
        piece.filter + first,
        filters,
        tile,
    );

    #[unroll]
    for response in 0..comptime!(tile.responses) {
        if inside && first + response < piece.filters {
            let filter = piece.filter + first + response;
            let place = (row * piece.filters + first + response) * (front + span);
            if start == 0 {
                let mut index = unit;
                while index < front {
                    weighted[place + index] = 0f32;
                    index += tile.units;
                }
            }
            #[unroll]
            for a in 0..ROW {
                let output = start + unit * ROW + a;
                if output < span {
                    let weight = frame_weight(energies, gradient, output, signal, frames, filter, filters, bank);
                    weighted[place + front + output] = 2f32 * outputs[comptime!(response * ROW + a)] * weight;
                }
            }
        }
    }
}

/// Adds what a piece contributes to the gradient of its signals; the first piece of a signal sets the gradient.
///
/// Shapes: weighted as [`weighted_outputs`] leaves it, reversed `[filters, length]` → `[batch, samples]`.
#[cube(launch)]
#[allow(clippy::too_many_arguments)]
pub fn gather_samples(
    weighted: &[f32],
    reversed: &[f32],
    output: &mut [f32],
    piece: Piece,
    samples: usize,
    length: usize,
    filters: usize,
    #[comptime] tile: Tile,
) {
    let mut rows = Shared::<[f32]>::new_slice(comptime!(tile.signal_values()));
    let mut taps = Shared::<[f32]>::new_slice(comptime!(tile.response_values()));
    let mut outputs = Array::<f32>::new(ROW);
    #[unroll]
    for a in 0..ROW {
        outputs[a] = 0f32;
    }
    let per_signal = samples.div_ceil(comptime!(tile.outputs()));
    let position = (CUBE_POS_Y * CUBE_COUNT_X + CUBE_POS_X) as usize;
    let inside = position < piece.signals * per_signal;
    let position = select(inside, position, 0usize);
    let row = position / per_signal;
    let start = position % per_signal * comptime!(tile.outputs());
    for filter in 0..piece.filters {
        correlate(
            weighted,
            reversed,
            &mut rows,
            &mut taps,
            &mut outputs,
            (row * piece.filters + filter) * length,
            start,
            length,
            piece.filter + filter,
            filters,
            tile,
        );
    }
    #[unroll]
    for a in 0..ROW {
        let sample = start + UNIT_POS as usize * ROW + a;
        if inside && sample < samples {
            let place = (piece.signal + row) * samples + sample;
            let mut value = outputs[a];
            if piece.filter > 0 {
                value += output[place];
            }
            output[place] = value;
        }
    }
}
