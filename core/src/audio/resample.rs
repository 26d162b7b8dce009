//! Changing the sampling rate of a whole recording.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler, WindowFunction};

use super::Recording;
use super::recording::{check_length, check_rate};
use crate::error::{Error, Result};
use crate::stride::{Stride, at_once};

/// Least number of frames of the slower rate in one transform. The anti-aliasing filter is as long; its cut-off then
/// lies 1.3 % below the lower Nyquist frequency.
const BLOCK: usize = 1024;
/// Where the rates differ so much that [`BLOCK`] frames at the slower rate are more than this many at the faster one,
/// shorter blocks are used, so that memory stays within some tens of MiB.
const MAX_BLOCK: usize = 1 << 18;
/// What an input sample of a transform costs, in units of a [stride](Stride).
const SAMPLE_COST: usize = 8;

/// Resamples to `sample_rate` Hz, band-limited to the lower of the two Nyquist frequencies.
///
/// Nothing moves in time: sample 0 stays at time 0, and the result has `round(samples × ratio)` samples, at least one.
/// The ends are mirrored, so that an offset does not click. The same rate gives a copy.
///
/// # Errors
/// [`Error::Invalid`] for a rate out of range, [`Error::Limit`] for a result that would be too long.
pub fn resample(recording: &Recording, sample_rate: u32) -> Result<Recording> {
    at_once(resampled(recording, sample_rate, &mut Stride::endless()))
}

/// As [`resample`], with a pause after every stride.
///
/// # Errors
/// Those of [`resample`].
pub(super) async fn resampled(recording: &Recording, sample_rate: u32, stride: &mut Stride) -> Result<Recording> {
    check_rate(sample_rate)?;
    if sample_rate == recording.sample_rate() {
        return Ok(recording.clone());
    }
    let ratio = f64::from(sample_rate) / f64::from(recording.sample_rate());
    let length = ((recording.samples().len() as f64 * ratio).round() as usize).max(1);
    check_length(length)?;
    let resampled = convert(recording, sample_rate, length, stride).await;
    let resampled = resampled.map_err(|message| {
        Error::invalid(format!("cannot resample from {} to {sample_rate} Hz: {message}", recording.sample_rate()))
    })?;
    Recording::new(resampled, sample_rate)
}

/// The first `length` resampled samples, or the message of the library.
async fn convert(
    recording: &Recording,
    sample_rate: u32,
    length: usize,
    stride: &mut Stride,
) -> std::result::Result<Vec<f32>, String> {
    let (from, to) = (recording.sample_rate() as usize, sample_rate as usize);
    let mut resampler = Fft::<f64>::new_custom(
        from,
        to,
        block_frames(from, to),
        1,
        1,
        WindowFunction::BlackmanHarris2,
        FixedSync::Both,
    )
    .map_err(|error| error.to_string())?;
    let frames_in = resampler.input_frames_next();
    let frames_out = resampler.output_frames_next();

    // The resampler delays by half a block. The input begins half a block early, so that the
    // delays add up to one whole block of output, which is dropped.
    let samples = recording.samples();
    let mut next = -((frames_in / 2) as i64);
    let mut block_in = vec![0.0; frames_in];
    let mut block_out = vec![0.0; frames_out];
    let mut output = Vec::with_capacity(length);
    let mut first = true;
    while output.len() < length {
        block_in.iter_mut().zip(next..).for_each(|(to, k)| *to = f64::from(mirrored(samples, k)));
        next += frames_in as i64;
        resampler
            .process_into_buffer(
                &InterleavedSlice::new(&block_in, 1, frames_in).map_err(|e| e.to_string())?,
                &mut InterleavedSlice::new_mut(&mut block_out, 1, frames_out).map_err(|e| e.to_string())?,
                None,
            )
            .map_err(|error| error.to_string())?;
        if !first {
            let frames = frames_out.min(length - output.len());
            output.extend(block_out[..frames].iter().map(|&x| x as f32));
        }
        first = false;
        stride.done(SAMPLE_COST * frames_in).await;
    }
    Ok(output)
}

/// Input frames of one transform: an even multiple of the shortest block in which both rates have whole frames. Even,
/// so that half a block, which is the delay, is whole on both sides too.
fn block_frames(from: usize, to: usize) -> usize {
    let divisor = greatest_common_divisor(from, to);
    let (least_in, least_out) = (from / divisor, to / divisor);
    let (slower, faster) = (least_in.min(least_out), least_in.max(least_out));
    let pairs = BLOCK.div_ceil(2 * slower).min(MAX_BLOCK / (2 * faster)).max(1);
    2 * pairs * least_in
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Sample `k` of a recording that is continued in both directions by mirroring at its ends.
fn mirrored(samples: &[f32], k: i64) -> f32 {
    let n = samples.len() as i64;
    if (0..n).contains(&k) {
        return samples[k as usize];
    }
    let k = k.rem_euclid(2 * n);
    samples[k.min(2 * n - 1 - k) as usize]
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use proptest::prelude::*;

    use super::*;

    const PAIRS: [(u32, u32); 9] = [
        (44_100, 1000),
        (2000, 1000),
        (48_000, 8000),
        (44_100, 8000),
        (1000, 44_100),
        (8000, 11_025),
        (4001, 1000),
        (1000, 997),
        (96_000, 101),
    ];

    fn tone(hz: f64, seconds: f64, rate: u32) -> Recording {
        let samples = (0..(seconds * f64::from(rate)) as u32)
            .map(|k| (TAU * hz * f64::from(k) / f64::from(rate)).sin() as f32)
            .collect();
        Recording::new(samples, rate).unwrap()
    }

    /// Largest absolute value over the middle half, away from the mirrored ends.
    fn middle_peak(samples: impl ExactSizeIterator<Item = f64>) -> f64 {
        let n = samples.len();
        samples.skip(n / 4).take(n / 2).fold(0.0, |peak, x| peak.max(x.abs()))
    }

    #[test]
    fn a_tone_in_the_band_keeps_its_level_and_its_time() {
        for (from, to) in PAIRS {
            let hz = 0.4 * f64::from(from.min(to));
            let resampled = resample(&tone(hz, 40.0, from), to).unwrap();
            assert_eq!(resampled.samples().len(), (40 * to) as usize);
            // The error against the ideal tone bounds level (0.1 dB is 0.0116) and delay at once.
            let error = resampled
                .samples()
                .iter()
                .enumerate()
                .map(|(k, &x)| f64::from(x) - (TAU * hz * k as f64 / f64::from(to)).sin());
            let error = middle_peak(error);
            assert!(error < 1e-3, "{hz} Hz from {from} to {to} Hz is off by {error}");
        }
    }

    #[test]
    fn a_tone_above_the_new_nyquist_frequency_is_gone() {
        for (from, to) in PAIRS.into_iter().filter(|(from, to)| *from as f64 > 1.1 * *to as f64) {
            for hz in [0.52 * f64::from(to), 0.9 * f64::from(from) / 2.0] {
                let resampled = resample(&tone(hz, 40.0, from), to).unwrap();
                let rest = middle_peak(resampled.samples().iter().map(|&x| f64::from(x)));
                assert!(rest < 1e-3, "{hz} Hz from {from} to {to} Hz leaves {rest}");
            }
        }
    }

    #[test]
    fn raising_the_rate_adds_no_images() {
        let resampled = resample(&tone(300.0, 4.0, 1000), 8000).unwrap();
        let back = resample(&resampled, 1000).unwrap();
        let original = tone(300.0, 4.0, 1000);
        let error = back.samples().iter().zip(original.samples());
        assert!(middle_peak(error.map(|(a, b)| f64::from(a - b))) < 1e-4);
        // An image of 300 Hz would lie at 700 Hz; without it the tone's peak is its amplitude.
        let peak = middle_peak(resampled.samples().iter().map(|&x| f64::from(x)));
        assert!((peak - 1.0).abs() < 1e-3, "{peak}");
    }

    #[test]
    fn an_offset_stays_flat_up_to_the_ends() {
        for (from, to) in PAIRS {
            let recording = Recording::new(vec![0.5; 3 * from as usize], from).unwrap();
            let resampled = resample(&recording, to).unwrap();
            assert!(resampled.samples().iter().all(|x| (x - 0.5).abs() < 1e-5));
        }
    }

    #[test]
    fn the_same_rate_gives_the_same_samples() {
        let recording = tone(100.0, 0.1, 1000);
        assert_eq!(resample(&recording, 1000).unwrap(), recording);
    }

    #[test]
    fn absurd_rates_and_lengths_are_refused() {
        let recording = tone(10.0, 1.0, 100);
        for rate in [0, 4_000_000_000] {
            assert!(resample(&recording, rate).is_err());
        }
        let hours = Recording::new(vec![0.0; 100_000], 100).unwrap();
        let message = resample(&hours, 768_000).unwrap_err().to_string();
        assert!(message.contains("limit reached"), "{message}");
    }

    #[test]
    fn the_most_awkward_rates_take_bounded_blocks() {
        for (from, to) in [(100, 768_000), (768_000, 100), (767_999, 101), (767_957, 767_951)] {
            assert!(block_frames(from, to) <= 2 * 768_000);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn the_stride_changes_nothing(
            n in 1usize..4000, from in 100u32..20_000, to in 100u32..20_000, most in 1usize..90_000,
        ) {
            let recording = Recording::new((0..n).map(|k| (0.3 * k as f32).sin()).collect(), from).unwrap();
            let cut = at_once(resampled(&recording, to, &mut Stride::of(most))).unwrap();
            prop_assert_eq!(cut, resample(&recording, to).unwrap());
        }

        #[test]
        fn any_pair_of_rates_gives_the_rounded_length(
            n in 1usize..4000, from in 100u32..20_000, to in 100u32..20_000,
        ) {
            let recording = Recording::new(vec![0.25; n], from).unwrap();
            let resampled = resample(&recording, to).unwrap();
            let expected = (n as f64 * f64::from(to) / f64::from(from)).round() as usize;
            prop_assert_eq!(resampled.samples().len(), expected.max(1));
            prop_assert!(resampled.samples().iter().all(|x| (x - 0.25).abs() < 1e-3));
        }
    }
}
