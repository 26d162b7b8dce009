//! Impulse responses of a bank, and their derivatives, from its parameters.
//!
//! Computed without the sine and exponential of the device, whose accuracy differs between drivers (Vulkan allows a
//! sine an error of 5·10⁻⁴). The phase is a whole number of 2⁻³² turns, so that `k` times it is exact; what is left
//! after whole quarter turns and whole halvings is a short Taylor sum. Gradients of the parameters are sums that nearly
//! cancel, so an error in the last digit here is visible in them.

use std::f64::consts::{LN_2, TAU};

use burn_cubecl::cubecl;
use cubecl::prelude::*;

use super::Bank;

/// Responses stored for each filter: the filter itself, or also its derivatives with respect to all parameters but the
/// gain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Responses {
    /// The filter: `[filters, 1, length]`.
    Filter,
    /// The filter, ∂/∂ centre frequency, ∂/∂ bandwidth, and ∂/∂ phase where there is one: `[filters, 3 or 4, length]`.
    Derivatives,
}

impl Responses {
    /// Number of responses of each filter.
    pub fn count(self, bank: Bank) -> usize {
        match self {
            Self::Filter => 1,
            // The derivative with respect to the gain is the filter itself, divided by its gain.
            Self::Derivatives => bank.parameters(),
        }
    }
}

/// Constants of the formula, in f32.
#[derive(Clone, Copy)]
struct Constants {
    /// Halvings of the envelope per tap and Hz of bandwidth.
    halvings: f32,
    /// A power of two near the period: multiples of it are exact.
    step: f32,
    /// (period / step)^(order − 1)
    rest: f32,
}

impl Constants {
    fn new(bank: Bank) -> Self {
        let period = 1.0 / f64::from(bank.sample_rate);
        let step = period.log2().round().exp2();
        Self {
            halvings: (TAU * period / LN_2) as f32,
            step: step as f32,
            rest: (period / step).powi(bank.order as i32 - 1) as f32,
        }
    }
}

/// Computes [`Responses`] of every filter, with zeros after the taps.
///
/// Shapes: parameters `[3 or 4, filters]` (Hz, Hz, gain, radians) → `[filters, responses, length]`.
#[cube(launch)]
pub fn impulse_responses(
    parameters: &[f32],
    output: &mut [f32],
    filters: usize,
    #[comptime] bank: Bank,
    #[comptime] length: usize,
    #[comptime] responses: Responses,
) {
    if ABSOLUTE_POS >= filters * length {
        terminate!();
    }
    let constants = comptime!(Constants::new(bank));
    let filter = ABSOLUTE_POS / length;
    let tap = ABSOLUTE_POS % length;
    let centre = parameters[filter];
    let bandwidth = parameters[filters + filter];
    let gain = parameters[2 * filters + filter];

    let k = f32::cast_from(tap);
    let mut rise = gain * comptime!(constants.rest);
    #[unroll]
    for _ in 1..comptime!(bank.order) {
        rise *= k * comptime!(constants.step);
    }
    let envelope = rise * halved(bandwidth * comptime!(constants.halvings), k);
    let mut start = 0u32;
    if comptime!(bank.phase) {
        let phase = parameters[3 * filters + filter];
        // cos(φ − a) is cos(a − φ).
        start = turns_of(select(centre < 0f32, -phase, phase));
    }
    let (cosine, sine) = cosine_sine(turned(f32::abs(centre), bank.sample_rate), tap, start);

    let row = (filter * comptime!(responses.count(bank))) * length + tap;
    let inside = tap < bank.taps;
    output[row] = select(inside, envelope * cosine, 0f32);
    if comptime!(responses == Responses::Derivatives) {
        let slope = envelope * (k * comptime!((-TAU / f64::from(bank.sample_rate)) as f32));
        let sine = select(centre < 0f32, -sine, sine);
        output[row + length] = select(inside, slope * sine, 0f32);
        output[row + 2 * length] = select(inside, slope * cosine, 0f32);
        if comptime!(bank.phase) {
            output[row + 3 * length] = select(inside, envelope * -sine, 0f32);
        }
    }
}

/// 2^(−rate · k); 0 where that is below the range of f32.
#[cube]
fn halved(rate: f32, k: f32) -> f32 {
    // The product with twelve fractional bits is exact wherever the result is not 0; the remainder of the rate is
    // small.
    let coarse = f32::floor(rate * 4096f32) * comptime!(1.0f32 / 4096.0);
    let exact = coarse * k;
    let whole = f32::floor(exact + 0.5f32);
    let rest = (exact - whole) + (rate - coarse) * k;
    let more = f32::floor(rest + 0.5f32);
    let whole = whole + more;
    let w = (rest - more) * comptime!(-LN_2 as f32);
    // e^w for |w| ≤ ln 2 / 2, to w⁷/7!
    let mut sum = 1f32;
    #[unroll]
    for i in 0..7u32 {
        sum = fma(sum, w * comptime!(1.0 / (7 - i) as f32), 1f32);
    }
    let bits = u32::cast_from(i32::cast_from(127f32 - whole.clamp(-127f32, 127f32))) << 23u32;
    sum * f32::reinterpret(bits)
}

/// An angle in radians as a whole number of 2⁻³² turns, without whole turns.
#[cube]
fn turns_of(angle: f32) -> u32 {
    let turns = f32::abs(angle) * comptime!((1.0 / TAU) as f32);
    let parts = u32::cast_from((turns - f32::floor(turns)) * 4294967296f32);
    select(angle < 0f32, 0u32 - parts, parts)
}

/// 2⁻³² turns that a carrier makes from one sample to the next, without whole turns.
///
/// In whole numbers, as far as they go: a product that is rounded before its whole turns are taken away, or not, as the
/// driver likes, is off by a hundred of these parts, which is seen in the gradient.
#[cube]
fn turned(hz: f32, #[comptime] rate: u32) -> u32 {
    let parts = comptime!((1u64 << 32) / u64::from(rate));
    let left = comptime!((1u64 << 32) % u64::from(rate));
    let whole = f32::floor(hz);
    let fraction = (hz - whole) * comptime!((4294967296.0 / f64::from(rate)) as f32);
    let whole = u32::cast_from(whole) % comptime!(rate);
    let rest = f32::cast_from(whole) * comptime!((left as f64 / f64::from(rate)) as f32);
    whole * comptime!(parts as u32) + u32::cast_from(rest + fraction + 0.5f32)
}

/// Cosine and sine of `k` times `step`, and `start`, all in 2⁻³² turns.
#[cube]
fn cosine_sine(step: u32, k: usize, start: u32) -> (f32, f32) {
    let phase = step * u32::cast_from(k) + start;
    let quarter = (phase + 0x2000_0000u32) >> 30u32;
    let rest = i32::cast_from(phase - (quarter << 30u32));
    let x = f32::cast_from(rest) * comptime!((TAU / 4294967296.0) as f32);
    // Taylor sums for |x| ≤ π/4, to x¹⁰/10! and x¹¹/11!
    let square = x * x;
    let mut cosine = 1f32;
    let mut sine = 1f32;
    #[unroll]
    for i in 0..5u32 {
        let n = comptime!(2 * (5 - i));
        cosine = fma(cosine, square * comptime!(-1.0 / (n * (n - 1)) as f32), 1f32);
        sine = fma(sine, square * comptime!(-1.0 / (n * (n + 1)) as f32), 1f32);
    }
    let sine = sine * x;
    let swap = quarter % 2u32 == 1u32;
    let first = select(swap, sine, cosine);
    let second = select(swap, cosine, sine);
    // Quarter turns 0 to 3: (c, s), (−s, c), (−c, −s), (s, −c).
    let first = select(quarter == 1u32 || quarter == 2u32, -first, first);
    let second = select(quarter >= 2u32, -second, second);
    (first, second)
}
