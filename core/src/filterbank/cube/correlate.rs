//! The inner loop of all kernels: a tile of one signal against several impulse responses.
//!
//! Both are in shared memory as rows of [`ROW`] values, at a distance of [`STRIDE`]. A unit computes [`ROW`]
//! consecutive outputs for each response: for each block of taps it reads one new row of the signal and one row of each
//! response, and does `ROW²` multiplications for each response with them. The odd stride puts the rows of neighbouring
//! units into different banks.

use burn_cubecl::cubecl;
use cubecl::prelude::*;

/// Consecutive outputs that a unit computes, and taps in a block.
pub const ROW: usize = 8;
/// Distance between rows in shared memory, in values.
pub const STRIDE: usize = 9;

/// What is known of a correlation when its kernel is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tile {
    /// Units of a cube.
    pub units: usize,
    /// Responses correlated at once.
    pub responses: usize,
    /// Length of a stored response in values, a multiple of [`ROW`]: the taps and zeros after them.
    pub length: usize,
    /// Taps in shared memory at a time, a multiple of [`ROW`].
    pub stage: usize,
}

impl Tile {
    /// Number of outputs that a cube computes for each response.
    pub fn outputs(&self) -> usize {
        self.units * ROW
    }

    /// Values of the signal in shared memory, with the gaps between rows.
    pub fn signal_values(&self) -> usize {
        (self.units + self.stage / ROW) * STRIDE
    }

    /// Values of the responses in shared memory.
    pub fn response_values(&self) -> usize {
        self.responses * self.stage
    }

    /// Shared memory that a cube needs, in bytes.
    #[cfg(test)]
    pub fn shared_bytes(&self) -> usize {
        4 * (self.signal_values() + self.response_values())
    }
}

/// Adds to `outputs[r · ROW + a]` the correlation of the signal with response `first + r` at output `UNIT_POS · ROW + a`
/// of the tile that starts at `start`.
///
/// The signal is `signals[offset..offset + samples]`; what lies beyond it, and responses beyond `count`, are zeros. The
/// taps of a stage are summed on their own, so that long responses do not lose the small terms.
#[cube]
#[allow(clippy::too_many_arguments)]
pub fn correlate(
    signals: &[f32],
    responses: &[f32],
    rows: &mut Shared<[f32]>,
    taps: &mut Shared<[f32]>,
    outputs: &mut Array<f32>,
    offset: usize,
    start: usize,
    samples: usize,
    first: usize,
    count: usize,
    #[comptime] tile: Tile,
) {
    let unit = UNIT_POS as usize;
    let blocks = comptime!(tile.stage / ROW);
    let stages = comptime!(tile.length.div_ceil(tile.stage));
    let mut window = Array::<f32>::new(comptime!(2 * ROW));
    let mut sums = Array::<f32>::new(comptime!(tile.responses * ROW));

    for stage in 0..stages {
        let skipped = stage * tile.stage;
        sync_cube();
        let mut index = unit;
        while index < comptime!((tile.units + tile.stage / ROW) * ROW) {
            let sample = start + skipped + index;
            let mut value = 0f32;
            if sample < samples {
                value = signals[offset + sample];
            }
            rows[index / ROW * STRIDE + index % ROW] = value;
            index += tile.units;
        }
        let mut index = unit;
        while index < comptime!(tile.responses * tile.stage) {
            let response = first + index / tile.stage;
            let tap = skipped + index % tile.stage;
            let mut value = 0f32;
            if response < count && tap < tile.length {
                value = responses[response * tile.length + tap];
            }
            taps[index] = value;
            index += tile.units;
        }
        sync_cube();

        #[unroll]
        for i in 0..comptime!(tile.responses * ROW) {
            sums[i] = 0f32;
        }
        #[unroll]
        for i in 0..ROW {
            window[i] = rows[unit * STRIDE + i];
        }
        for block in 0..blocks {
            #[unroll]
            for i in 0..ROW {
                window[comptime!(ROW + i)] = rows[(unit + block + 1) * STRIDE + i];
            }
            #[unroll]
            for response in 0..comptime!(tile.responses) {
                #[unroll]
                for i in 0..ROW {
                    let tap = taps[comptime!(response * tile.stage + i) + block * ROW];
                    #[unroll]
                    for a in 0..ROW {
                        let sum = comptime!(response * ROW + a);
                        sums[sum] = fma(tap, window[comptime!(a + i)], sums[sum]);
                    }
                }
            }
            #[unroll]
            for i in 0..ROW {
                window[i] = window[comptime!(ROW + i)];
            }
        }
        #[unroll]
        for i in 0..comptime!(tile.responses * ROW) {
            outputs[i] += sums[i];
        }
    }
}
