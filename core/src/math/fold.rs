//! Convolution with a kernel that is even or odd about its middle, so that nothing moves in time.

/// Outputs that are computed together, so that they stay in the first-level cache.
const BLOCK: usize = 1024;

/// `y[n] = Σ tap · (x[n − lag] + mirror · x[n + lag])` over all taps, each with its lag in samples, of a signal that is
/// 0 before its first and after its last sample. As many samples come out as went in.
///
/// With a `mirror` of 1 the kernel is even, with −1 it is odd. The middle tap of an even kernel, whose lag is 0, counts
/// twice.
pub fn folded(samples: &[f32], taps: &[(usize, f32)], mirror: f32) -> Vec<f32> {
    let reach = taps.iter().map(|(lag, _)| *lag).max().unwrap_or(0);
    let mut padded = vec![0.0; samples.len() + 2 * reach];
    padded[reach..reach + samples.len()].copy_from_slice(samples);
    let mut outputs = vec![0.0; samples.len()];
    for (number, block) in outputs.chunks_mut(BLOCK).enumerate() {
        let middle = number * BLOCK + reach;
        for &(lag, tap) in taps {
            let (before, after) = (&padded[middle - lag..], &padded[middle + lag..]);
            for ((output, before), after) in block.iter_mut().zip(before).zip(after) {
                *output += tap * (before + mirror * after);
            }
        }
    }
    outputs
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: [usize; 5] = [800, 1498, 1500, 1502, 2200];

    #[test]
    fn an_impulse_gives_the_kernel_about_its_place() {
        let mut impulse = vec![0.0; 3000];
        impulse[1500] = 1.0;
        let taps = [(0, 0.5), (2, 0.25), (700, -3.0)];
        let (even, odd) = (folded(&impulse, &taps, 1.0), folded(&impulse, &taps[1..], -1.0));
        assert_eq!(PLACES.map(|k| even[k]), [-3.0, 0.25, 1.0, 0.25, -3.0]);
        assert_eq!(PLACES.map(|k| odd[k]), [3.0, -0.25, 0.0, 0.25, -3.0]);
        assert_eq!(even.iter().filter(|y| **y != 0.0).count(), 5);
    }

    #[test]
    fn without_samples_or_taps_there_is_silence() {
        assert!(folded(&[], &[(3, 1.0)], 1.0).is_empty());
        assert_eq!(folded(&[1.0, 2.0], &[], 1.0), [0.0, 0.0]);
        assert_eq!(folded(&[1.0], &[(5, 1.0)], 1.0), [0.0]);
    }
}
