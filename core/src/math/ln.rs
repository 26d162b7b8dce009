//! Natural logarithm of many numbers.

use std::f64::consts::LN_2;

/// Natural logarithm of a positive finite number, correct to the last bit or two of f32.
///
/// Written without branches and tables, so that the loop around it becomes vector instructions of the level it is
/// inlined in. Subnormal numbers count as the smallest normal number or less. For numbers without a finite logarithm
/// the result is meaningless: some number or NaN.
#[inline(always)]
pub fn ln(x: f64) -> f32 {
    // x = 2^exponent · mantissa with the mantissa in [√½, √2).
    const HALF_ROOT: u64 = 0x3FE6_A09E_667F_3BCD;
    const BIAS: u64 = 1024;
    let bits = x.to_bits();
    let exponent = (bits.wrapping_sub(HALF_ROOT).wrapping_add(BIAS << 52)) >> 52;
    let mantissa = f64::from_bits(bits.wrapping_sub(exponent.wrapping_sub(BIAS) << 52));
    let exponent = f64::from(exponent as u32 as i32 - BIAS as i32);
    // ln m = 2 artanh s, s = (m − 1) / (m + 1), |s| ≤ 0.1716: the first omitted term is below 3·10⁻¹¹ of the sum.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let mut series = 1.0 / 13.0;
    for divisor in [11.0, 9.0, 7.0, 5.0, 3.0, 1.0] {
        series = series * square + 1.0 / divisor;
    }
    (exponent * LN_2 + 2.0 * s * series) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn every_magnitude_has_the_logarithm_of_f64(exponent in -38f64..38.0, factor in 0.5f64..2.0) {
            for x in [10f64.powf(exponent), factor, 1.0 + (factor - 1.0) * 1e-6, f64::from_bits((factor.to_bits() >> 1) | (1 << 52))] {
                let expected = x.ln();
                let error = (f64::from(ln(x)) - expected).abs();
                prop_assert!(error <= 1e-7 * expected.abs(), "ln {x}: {} instead of {expected}", ln(x));
            }
        }
    }

    #[test]
    fn silence_is_exact() {
        assert_eq!(ln(1e-16), 1e-16f64.ln() as f32);
        assert_eq!(ln(1.0), 0.0);
    }
}
