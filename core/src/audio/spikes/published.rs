//! The published rule: Schmidt et al. 2010, "Segmentation of heart sound recordings by a duration-dependent hidden Markov
//! model", Physiological Measurement 31(4).

use super::{FACTOR, SILENCE, peak};
use crate::stride::Stride;

/// Windows over which peaks are compared, in seconds (500 samples at 1 kHz). At 60 beats a minute most of them hold one
/// S1 or S2, so the median of their peaks is the level of the heart sounds.
const WINDOW_S: f64 = 0.5;

/// Removes spikes in place: as long as the peak of a window exceeds [`FACTOR`] × the median of the peaks of all
/// windows, the samples around the peak between its two zero crossings are set to zero.
///
/// The median can only fall, so all spikes of a pass are removed at once. Zeros join their neighbours, so a later pass
/// can remove a quiet neighbour with them. Each pass removes at least one peak for good, so the loop ends. A remainder
/// shorter than a window is compared with the median without being part of it. With fewer than two windows there is
/// nothing to compare.
pub(super) async fn remove(signal: &mut [f64], sample_rate: u32, stride: &mut Stride) {
    let window = ((WINDOW_S * f64::from(sample_rate)).round() as usize).max(1);
    if signal.len() / window < 2 {
        return;
    }
    let silence = SILENCE * peak(signal);
    let compared: Vec<bool> = signal.chunks_exact(window).map(|samples| peak(samples) > silence).collect();
    loop {
        let mut peaks: Vec<f64> = signal
            .chunks_exact(window)
            .zip(&compared)
            .filter(|&(_, &compared)| compared)
            .map(|(samples, _)| peak(samples))
            .collect();
        let limit = FACTOR * median(&mut peaks);
        if limit == 0.0 {
            // Silence, or so few sounds left that there is no level to compare with.
            return;
        }
        let mut blanked = false;
        for samples in signal.chunks_mut(window) {
            for lobe in samples.chunk_by_mut(|a, b| a * b >= 0.0) {
                if peak(lobe) > limit {
                    lobe.fill(0.0);
                    blanked = true;
                }
            }
        }
        if !blanked {
            return;
        }
        stride.done(signal.len()).await;
    }
}

/// The median of the values; 0 where there are none.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        n if n.is_multiple_of(2) => (values[middle - 1] + values[middle]) / 2.0,
        _ => values[middle],
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::f64::consts::TAU;

    use proptest::prelude::*;

    use super::*;
    use crate::stride::at_once;

    /// All of it at once.
    fn remove(signal: &mut [f64], sample_rate: u32) {
        at_once(super::remove(signal, sample_rate, &mut Stride::endless()));
    }

    /// Ten seconds of a 20 Hz tone: 20 windows of the same peak, lobes of 25 ms.
    fn tone(rate: u32) -> Vec<f64> {
        (0..10 * rate).map(|k| (TAU * 20.0 * (f64::from(k) + 0.5) / f64::from(rate)).sin()).collect()
    }

    #[test]
    fn a_spike_is_blanked_between_its_zero_crossings_and_nothing_else_changes() {
        for rate in [1000, 2000] {
            let clean = tone(rate);
            let mut signal = clean.clone();
            let lobe = rate as usize / 40;
            // The third lobe of the fourth second, four times too loud.
            let spike = 3 * rate as usize + 2 * lobe..3 * rate as usize + 3 * lobe;
            for x in &mut signal[spike.clone()] {
                *x *= 4.0;
            }
            remove(&mut signal, rate);
            for (k, (after, before)) in signal.iter().zip(&clean).enumerate() {
                let expected = if spike.contains(&k) { 0.0 } else { *before };
                assert_eq!(*after, expected, "sample {k} at {rate} Hz");
            }
        }
    }

    #[test]
    fn heart_sounds_of_even_level_are_left_alone() {
        let clean = tone(1000);
        let mut signal = clean.clone();
        // Just under the limit.
        signal.iter_mut().take(500).for_each(|x| *x *= 2.9);
        let before = signal.clone();
        remove(&mut signal, 1000);
        assert_eq!(signal, before);
    }

    #[test]
    fn a_spike_in_the_rest_after_the_last_window_is_blanked_too() {
        let mut signal = tone(1000);
        signal.extend([9.0; 100]);
        remove(&mut signal, 1000);
        assert!(signal[10_000..].iter().all(|&x| x == 0.0));
    }

    #[test]
    fn sound_after_a_long_silence_is_not_taken_for_a_spike() {
        let mut signal = vec![0.0; 20_000];
        signal.extend(tone(1000));
        let before = signal.clone();
        remove(&mut signal, 1000);
        assert_eq!(signal, before);
    }

    #[test]
    fn short_and_silent_recordings_come_through() {
        for n in [0, 1, 999] {
            let mut signal = vec![1.0; n];
            remove(&mut signal, 1000);
            assert_eq!(signal, vec![1.0; n]);
        }
        let mut silence = vec![0.0; 5000];
        remove(&mut silence, 1000);
        assert_eq!(silence, vec![0.0; 5000]);
    }

    #[test]
    fn it_ends_with_every_peak_within_the_limit() {
        let sample = || prop_oneof![8 => -1.0f64..1.0, 1 => -1e6f64..1e6, 1 => Just(0.0)];
        let (compared, blanked) = (Cell::new(0), Cell::new(0));
        proptest!(|(mut signal in proptest::collection::vec(sample(), 0..400))| {
            // Windows of 10 samples.
            let before = signal.clone();
            remove(&mut signal, 20);
            prop_assert!(signal.iter().zip(&before).all(|(a, b)| a == b || *a == 0.0));
            if signal.len() >= 20 {
                let silence = SILENCE * peak(&before);
                let mut peaks: Vec<f64> = signal
                    .chunks_exact(10)
                    .zip(before.chunks_exact(10))
                    .filter(|(_, before)| peak(before) > silence)
                    .map(|(after, _)| peak(after))
                    .collect();
                let limit = FACTOR * median(&mut peaks);
                prop_assert!(limit == 0.0 || signal.iter().all(|x| x.abs() <= limit));
                compared.set(compared.get() + u32::from(limit > 0.0));
                blanked.set(blanked.get() + u32::from(limit > 0.0 && signal != before));
            }
        });
        assert!(
            compared.get() > 0 && blanked.get() > 0,
            "{} are compared, {} had spikes",
            compared.get(),
            blanked.get()
        );
    }
}
