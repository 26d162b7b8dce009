//! How work is divided among cubes. Nothing here changes a result beyond rounding.

use super::Bank;
use super::correlate::{ROW, Tile};
use crate::filterbank::Framing;

/// Most taps in shared memory at a time. The largest cube then needs 14 KiB; WebGPU promises 16.
const STAGE: usize = 128;
/// Most filters whose outputs one unit holds in registers.
const FILTERS: usize = 4;
/// Cube sizes to choose from: whole warps, at most what WebGPU promises.
const UNITS: [usize; 7] = [64, 96, 128, 160, 192, 224, 256];
/// Most tiles a cube works on one after the other in the forward pass.
const TILES: usize = 8;
/// Most cubes along one dimension of a launch; WebGPU promises 65535.
const LINE: usize = 1 << 15;
/// With more cubes than this in the backward pass, each takes several tiles: this many are enough to fill any GPU. It
/// limits the number of partial sums.
const GRADIENT_CUBES: usize = 1 << 13;

/// Length of a stored response: the taps and the zeros after them.
pub fn padded(taps: usize) -> usize {
    taps.next_multiple_of(ROW)
}

fn tile(units: usize, responses: usize, taps: usize) -> Tile {
    let length = padded(taps);
    let stage = length.div_ceil(length.div_ceil(STAGE)).next_multiple_of(ROW);
    Tile { units, responses, length, stage }
}

/// The tile that covers `outputs` outputs with the fewest left over.
fn covering(outputs: usize, responses: usize, taps: usize) -> Tile {
    let units = UNITS.into_iter().min_by_key(|units| (outputs.div_ceil(units * ROW) * units, *units));
    tile(units.unwrap_or(UNITS[0]), responses, taps)
}

/// The tile for the gradient of the signals.
pub fn samples_tile(outputs: usize, filters: usize, taps: usize) -> Tile {
    covering(outputs, filters.min(FILTERS), taps)
}

/// Forward pass: a cube computes consecutive frames of a few filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ForwardPlan {
    /// The tile that a cube repeats.
    pub tile: Tile,
    /// Frames that a cube computes.
    pub frames: usize,
    /// Number of tiles that cover these frames.
    pub tiles: usize,
}

impl ForwardPlan {
    /// The plan for an image of `frames` frames and `filters` filters.
    pub fn new(bank: Bank, frames: usize, filters: usize) -> Self {
        let Framing { window, hop } = bank.framing;
        let candidates = UNITS.into_iter().flat_map(|units| (1..=TILES).map(move |tiles| (units, tiles)));
        let fits = candidates.filter_map(|(units, tiles)| {
            let rest = (units * ROW * tiles).checked_sub(window)?;
            let cubes = frames.div_ceil((rest / hop + 1).min(frames));
            Some((cubes * tiles * units, units, tiles, frames.div_ceil(cubes)))
        });
        // The least work; among equals the smallest cubes.
        let (_, units, tiles, frames) = fits.min().unwrap_or_else(|| {
            // A frame longer than all that gets a cube of its own.
            let units = UNITS[UNITS.len() - 1];
            (0, units, window.div_ceil(units * ROW), 1)
        });
        Self { tile: tile(units, filters.min(FILTERS), bank.taps), frames, tiles }
    }
}

/// Backward pass: a cube takes one filter, and some tiles of some signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GradientPlan {
    /// The tile that a cube repeats, for the filter and its derivatives.
    pub tile: Tile,
    /// Number of tiles that a cube sums up: a power of two, so that the kernel is compiled for few numbers.
    pub tiles: usize,
}

impl GradientPlan {
    /// The plan for `batch` images of `frames` frames and `filters` filters.
    pub fn new(bank: Bank, batch: usize, frames: usize, filters: usize) -> Self {
        let outputs = bank.outputs(frames);
        let tile = covering(outputs, bank.parameters(), bank.taps);
        let work = batch * outputs.div_ceil(tile.outputs());
        let tiles = (work * filters).div_ceil(GRADIENT_CUBES).next_power_of_two();
        Self { tile, tiles }
    }

    /// Number of tiles of one signal.
    pub fn tiles_per_signal(&self, bank: Bank, frames: usize) -> usize {
        bank.outputs(frames).div_ceil(self.tile.outputs())
    }
}

/// The two dimensions of a launch of this many cubes, which are more than one dimension can hold.
pub fn line(cubes: usize) -> (u32, u32) {
    let width = cubes.clamp(1, LINE);
    (width as u32, cubes.div_ceil(width) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_frame_is_covered_within_the_memory_that_webgpu_promises(
            (window, hop, taps) in (1usize..5000, 1usize..5000, 1usize..3000),
            (frames, filters, batch, phase) in (1usize..2000, 1usize..200, 1usize..3000, any::<bool>()),
        ) {
            let bank = Bank { taps, order: 4, sample_rate: 1000, framing: Framing { window, hop }, phase };
            let plan = ForwardPlan::new(bank, frames, filters);
            prop_assert!((plan.frames - 1) * hop + window <= plan.tiles * plan.tile.outputs());
            prop_assert!(plan.tile.shared_bytes() + 4 * plan.tile.units / ROW <= 16 << 10);
            let plan = GradientPlan::new(bank, batch, frames, filters);
            let work = batch * plan.tiles_per_signal(bank, frames);
            prop_assert!(work.div_ceil(plan.tiles) * filters <= GRADIENT_CUBES + filters);
            prop_assert!(plan.tile.shared_bytes() <= 16 << 10);
            prop_assert!(plan.tile.length >= taps && plan.tile.stage <= STAGE);
        }

        #[test]
        fn a_folded_row_has_room_for_every_cube(cubes in 1usize..1 << 30) {
            let (width, rows) = line(cubes);
            prop_assert!(width as usize * rows as usize >= cubes && width <= 65535 && rows <= 65535);
        }
    }

    #[test]
    fn heart_sounds_waste_less_than_a_twentieth() {
        let framing = Framing { window: 25, hop: 10 };
        let bank = Bank { taps: 81, order: 4, sample_rate: 1000, framing, phase: false };
        let plan = ForwardPlan::new(bank, 240, 16);
        let made = 240usize.div_ceil(plan.frames) * plan.tiles * plan.tile.outputs();
        assert!(made <= 2415 * 107 / 100, "{plan:?}");
    }
}
