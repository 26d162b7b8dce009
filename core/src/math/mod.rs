//! Arithmetic that several modules need. Most of it works on whole registers whose width is found out at run time: one
//! binary for all x86-64 processors, and SIMD128 on wasm.
//!
//! - [`fft`]: Fourier transforms of many signals at once, one in each lane
//! - [`ln`]: natural logarithm of many numbers
//! - [`fold`]: convolution with kernels that are even or odd, one signal at a time
//! - [`order`]: sorting, compiled once
//!
//! The first two are generic over [`pulp::Simd`] and marked `#[inline(always)]`: the instructions of a level may only
//! be used in a function that was entered through [`pulp::Arch::dispatch`], and what it inlines.

pub mod fft;
pub mod fold;
pub mod ln;
pub mod order;

/// The probability with these log-odds, 1 / (1 + e^(−log-odds)): the logistic function.
pub(crate) fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Mean of the middle half of some values, of three the middle one: a quarter of them at either end may be wrong, and other than
/// a median it lies between the marks of a scale. `None` where there are none.
pub(crate) fn middle_mean(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let cut = (values.len() + 1) / 4;
    let middle = values.get(cut..values.len() - cut).filter(|middle| !middle.is_empty())?;
    Some(middle.iter().sum::<f64>() / middle.len() as f64)
}

/// Bytes of a cache line, and of the widest register.
const LINE: usize = 64;

/// A buffer that starts at the beginning of a cache line: a register that is read across two lines costs two reads.
#[derive(Clone, Debug)]
pub struct Aligned {
    values: Vec<f64>,
    start: usize,
    length: usize,
}

impl Aligned {
    /// A buffer of `length` zeros.
    pub fn zeros(length: usize) -> Self {
        let slack = LINE / size_of::<f64>();
        let values = vec![0.0; length + slack];
        let start = values.as_ptr().align_offset(LINE).min(slack);
        Self { values, start, length }
    }
}

impl std::ops::Deref for Aligned {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.values[self.start..self.start + self.length]
    }
}

impl std::ops::DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.values[self.start..self.start + self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_some_values_does_not_know_the_ends() {
        assert_eq!(middle_mean(vec![]), None);
        assert_eq!(
            [vec![7.0], vec![1.0, 2.0], vec![9.0, 1.0, 2.0]].map(middle_mean),
            [Some(7.0), Some(1.5), Some(2.0)]
        );
        assert_eq!(middle_mean(vec![2.0, 1e9, 4.0, 3.0, -1e9, 2.0, 3.0]), Some(8.0 / 3.0));
    }
}
