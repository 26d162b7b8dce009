//! The gradient of a loss with respect to the parameters of the filters, from its gradient with respect to the image.
//!
//! With r[m] = 2 y[m] Σ_{frames j ∋ m} dS[j] / (p[j] + 10⁻¹⁶) and ∂y/∂θ = x ⋆ ∂g/∂θ, the gradient of each of the three
//! or four parameters of a filter is Σ r[m] · ∂y[m]/∂θ over all outputs of all signals. That is one correlation more
//! than by way of the gradient of each tap (two more with a phase), but then there are only a few sums that nearly
//! cancel, and each can be kept in two floats.

use burn_cubecl::cubecl;
use cubecl::prelude::*;

use super::Bank;
use super::correlate::{ROW, STRIDE, correlate};
use super::plan::GradientPlan;
use crate::filterbank::fused::ENERGY_FLOOR;

/// Units of a cube that adds up partial results.
pub const REDUCE_UNITS: usize = 128;

/// Values of a partial result: the sum for each parameter, in two floats.
pub fn partial(bank: Bank) -> usize {
    2 * bank.parameters()
}

/// The response with which the gradient of a parameter is computed. Parameters are centre frequency, bandwidth, gain
/// and phase; responses are the filter itself, which is also the derivative with respect to its gain but for a factor,
/// and the derivatives with respect to the other three.
fn response(parameter: usize) -> usize {
    match parameter {
        2 => 0,
        3 => 3,
        other => other + 1,
    }
}

/// Each cube sums up `plan.tiles` tiles of one filter.
///
/// Shapes: signals `[batch, samples]`, responses `[filters, 3 or 4, length]`, energies and gradient
/// `[batch, frames, filters]` → `[cubes, filters, 6 or 8]`.
#[cube(launch)]
#[allow(clippy::too_many_arguments)]
pub fn partial_gradients(
    signals: &[f32],
    responses: &[f32],
    energies: &[f32],
    gradient: &[f32],
    partials: &mut [f32],
    batch: usize,
    samples: usize,
    frames: usize,
    filters: usize,
    #[comptime] bank: Bank,
    #[comptime] plan: GradientPlan,
) {
    let tile = comptime!(plan.tile);
    let parameters = comptime!(bank.parameters());
    let (window, hop) = comptime!((bank.framing.window, bank.framing.hop));
    let unit = UNIT_POS as usize;
    let mut rows = Shared::<[f32]>::new_slice(comptime!(tile.signal_values()));
    let mut taps = Shared::<[f32]>::new_slice(comptime!(tile.response_values()));
    let mut outputs = Array::<f32>::new(comptime!(parameters * ROW));
    let mut sums = Array::<f32>::new(comptime!(2 * parameters));
    #[unroll]
    for i in 0..comptime!(2 * parameters) {
        sums[i] = 0f32;
    }

    let span = (frames - 1) * hop + window;
    let per_signal = span.div_ceil(comptime!(tile.outputs()));
    let cube = CUBE_POS_X as usize;
    let filter = CUBE_POS_Y as usize;

    for part in 0..comptime!(plan.tiles) {
        let position = cube * plan.tiles + part;
        let inside = position < batch * per_signal;
        let position = select(inside, position, 0usize);
        let signal = position / per_signal;
        let start = position % per_signal * comptime!(tile.outputs());
        #[unroll]
        for i in 0..comptime!(parameters * ROW) {
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
            filter * parameters,
            filters * parameters,
            tile,
        );

        #[unroll]
        for a in 0..ROW {
            let output = start + unit * ROW + a;
            if inside && output < span {
                let weight = frame_weight(energies, gradient, output, signal, frames, filter, filters, bank);
                let r = 2f32 * outputs[a] * weight;
                #[unroll]
                for parameter in 0..comptime!(parameters) {
                    let product = r * outputs[comptime!(response(parameter) * ROW + a)];
                    add(&mut sums, parameter, product, 0f32);
                }
            }
        }
    }

    let place = (cube * filters + filter) * comptime!(2 * parameters);
    add_units(&mut rows, &mut sums, tile.units, parameters);
    if unit == 0 {
        #[unroll]
        for i in 0..comptime!(2 * parameters) {
            partials[place + i] = sums[i];
        }
    }
}

/// Σ dS / (p + 10⁻¹⁶) over the frames that contain `output`.
#[cube]
#[allow(clippy::too_many_arguments)]
pub fn frame_weight(
    energies: &[f32],
    gradient: &[f32],
    output: usize,
    signal: usize,
    frames: usize,
    filter: usize,
    filters: usize,
    #[comptime] bank: Bank,
) -> f32 {
    let (window, hop) = comptime!((bank.framing.window, bank.framing.hop));
    let mut weight = 0f32;
    let mut frame = 0usize;
    if output >= window {
        frame = (output - window) / hop + 1;
    }
    while frame < frames && frame * hop <= output {
        let place = (signal * frames + frame) * filters + filter;
        weight += gradient[place] / (energies[place] + comptime!(ENERGY_FLOOR as f32));
        frame += 1;
    }
    weight
}

/// Adds up the partial results of each filter; the sum for the gain is then divided by the gain.
///
/// Shapes: partials `[count, filters, 6 or 8]`, parameters `[3 or 4, filters]` → the shape of the parameters.
#[cube(launch)]
pub fn reduce_gradients(
    partials: &[f32],
    parameters: &[f32],
    output: &mut [f32],
    count: usize,
    filters: usize,
    #[comptime] bank: Bank,
) {
    let kinds = comptime!(bank.parameters());
    let unit = UNIT_POS as usize;
    let filter = CUBE_POS_X as usize;
    let mut rows = Shared::<[f32]>::new_slice(comptime!(REDUCE_UNITS * STRIDE));
    let mut sums = Array::<f32>::new(comptime!(2 * kinds));
    #[unroll]
    for i in 0..comptime!(2 * kinds) {
        sums[i] = 0f32;
    }
    let mut index = unit;
    while index < count {
        let first = (index * filters + filter) * comptime!(2 * kinds);
        #[unroll]
        for parameter in 0..comptime!(kinds) {
            let place = first + comptime!(2 * parameter);
            add(&mut sums, parameter, partials[place], partials[place + 1]);
        }
        index += REDUCE_UNITS;
    }
    add_units(&mut rows, &mut sums, REDUCE_UNITS, kinds);
    if unit == 0 {
        let gain = parameters[2 * filters + filter];
        output[filter] = sums[0] + sums[1];
        output[filters + filter] = sums[2] + sums[3];
        // A filter that is 0 everywhere has no energy to change: its sum is 0.
        output[2 * filters + filter] = (sums[4] + sums[5]) / select(gain == 0f32, 1f32, gain);
        if comptime!(bank.phase) {
            output[3 * filters + filter] = sums[6] + sums[7];
        }
    }
}

/// Adds `value + rest` to a sum in two floats; the second float collects what the first one rounds away.
#[cube]
fn add(sums: &mut Array<f32>, #[comptime] parameter: usize, value: f32, rest: f32) {
    let high = sums[comptime!(2 * parameter)];
    let sum = high + value;
    let taken = sum - high;
    let lost = (high - (sum - taken)) + (value - taken);
    sums[comptime!(2 * parameter)] = sum;
    sums[comptime!(2 * parameter + 1)] += lost + rest;
}

/// Sums over the units of a cube in a fixed order; the first unit has the result.
#[cube]
fn add_units(rows: &mut Shared<[f32]>, sums: &mut Array<f32>, #[comptime] units: usize, #[comptime] parameters: usize) {
    let unit = UNIT_POS as usize;
    sync_cube();
    #[unroll]
    for i in 0..comptime!(2 * parameters) {
        rows[unit * STRIDE + i] = sums[i];
    }
    let mut width = comptime!(units.next_power_of_two() / 2).runtime();
    while width > 0 {
        sync_cube();
        if unit < width && unit + width < units {
            #[unroll]
            for parameter in 0..comptime!(parameters) {
                let other = (unit + width) * STRIDE + comptime!(2 * parameter);
                add(sums, parameter, rows[other], rows[other + 1]);
            }
            #[unroll]
            for i in 0..comptime!(2 * parameters) {
                rows[unit * STRIDE + i] = sums[i];
            }
        }
        width /= 2;
    }
}
