//! Which stretches of a recording hold sound, and whether it is clipped or only noise of a converter.

use super::Window;
use crate::stride::Stride;

/// Levels are compared in blocks of this many seconds: shorter than any heart sound.
const BLOCK_S: f64 = 0.05;
/// A block whose level is below this fraction (−60 dB) of the level of the whole is empty: the quietest pause of a good
/// microphone is louder, and the last bit of a 12-bit converter is quieter.
const NOTHING: f64 = 1e-3;
/// Two stretches of sound are separated by an empty pause of at least this many seconds. The pause between two beats of
/// the slowest heart is shorter.
const PAUSE_S: f64 = 2.0;

/// The stretches of a signal that hold sound, in order: from the first block with sound to the last one, separated by
/// pauses of at least [`PAUSE_S`]. None where the signal is zero throughout.
pub(crate) async fn stretches(samples: &[f32], sample_rate: u32, stride: &mut Stride) -> Vec<Window> {
    let seconds = |seconds: f64| ((seconds * f64::from(sample_rate)).round() as usize).max(1);
    let (block, pause) = (seconds(BLOCK_S), seconds(PAUSE_S));
    let least = NOTHING * NOTHING * power(samples, stride).await;
    let mut stretches: Vec<Window> = Vec::new();
    for (number, samples) in samples.chunks(block).enumerate() {
        stride.done(samples.len()).await;
        if squares(samples, 0.0) / samples.len() as f64 <= least {
            continue;
        }
        let (start, end) = (number * block, number * block + samples.len());
        match stretches.last_mut() {
            Some(last) if start - last.end < pause => last.end = end,
            _ => stretches.push(Window { start, end }),
        }
    }
    stretches
}

/// Mean of the squares of the samples.
pub(super) async fn power(samples: &[f32], stride: &mut Stride) -> f64 {
    let mut sum: f64 = 0.0;
    for some in samples.chunks(stride.bit(1)) {
        sum = squares(some, sum);
        stride.done(some.len()).await;
    }
    sum / samples.len().max(1) as f64
}

/// The squares of the samples, added to a sum one after the other.
fn squares(samples: &[f32], sum: f64) -> f64 {
    samples.iter().fold(sum, |sum, &x| sum + f64::from(x).powi(2))
}

/// Most distinct values of a recording that holds nothing but its noise floor: the last two bits of a converter, or the
/// mean of two such channels.
const FLOOR_VALUES: usize = 9;
/// A run of this many samples at the extreme of a recording comes from a limiter, not from a peak.
const CLIPPED_RUN: usize = 3;

/// Whether a recording has so few distinct values, but more than one, that they are the last bits of a converter and no
/// sound.
pub(crate) async fn is_noise_floor(samples: &[f32], stride: &mut Stride) -> bool {
    let mut values: Vec<f32> = Vec::with_capacity(FLOOR_VALUES + 1);
    for some in samples.chunks(stride.bit(1)) {
        for sample in some {
            if !values.contains(sample) {
                values.push(*sample);
                if values.len() > FLOOR_VALUES {
                    return false;
                }
            }
        }
        stride.done(some.len()).await;
    }
    values.len() > 1
}

/// Number of samples that are clipped: in runs of at least [`CLIPPED_RUN`] at the highest or the lowest value of the
/// recording.
pub(crate) async fn clipped(samples: &[f32], stride: &mut Stride) -> usize {
    let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
    for some in samples.chunks(stride.bit(1)) {
        (low, high) = some.iter().fold((low, high), |(low, high), &x| (low.min(x), high.max(x)));
        stride.done(some.len()).await;
    }
    // A constant recording is silent: nothing in it is clipped.
    if low == high {
        return 0;
    }
    let mut runs = Runs { extremes: [low, high], value: f32::NAN, length: 0, clipped: 0 };
    for some in samples.chunks(stride.bit(1)) {
        runs = runs.and(some);
        stride.done(some.len()).await;
    }
    runs.clipped + runs.last()
}

/// Runs of equal samples in a recording that comes some samples at a time.
#[derive(Clone, Copy)]
struct Runs {
    /// The lowest and the highest value of the recording.
    extremes: [f32; 2],
    /// The run that has not ended yet: its value and how many samples it has by now.
    value: f32,
    length: usize,
    /// Clipped samples in the runs before it.
    clipped: usize,
}

impl Runs {
    /// With the next samples.
    fn and(mut self, samples: &[f32]) -> Self {
        for run in samples.chunk_by(|a, b| a == b) {
            if run[0] == self.value {
                self.length += run.len();
            } else {
                self.clipped += self.last();
                (self.value, self.length) = (run[0], run.len());
            }
        }
        self
    }

    /// How many samples of the run that has not ended yet are clipped.
    fn last(&self) -> usize {
        let clipped = self.length >= CLIPPED_RUN && self.value != 0.0 && self.extremes.contains(&self.value);
        if clipped { self.length } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stride::at_once;

    const RATE: u32 = 1000;

    // All of each at once.
    fn stretches(samples: &[f32], sample_rate: u32) -> Vec<Window> {
        at_once(super::stretches(samples, sample_rate, &mut Stride::endless()))
    }

    fn is_noise_floor(samples: &[f32]) -> bool {
        at_once(super::is_noise_floor(samples, &mut Stride::endless()))
    }

    fn clipped(samples: &[f32]) -> usize {
        at_once(super::clipped(samples, &mut Stride::endless()))
    }

    /// A sample, which is often one of the extremes.
    fn sample() -> impl Strategy<Value = f32> {
        prop_oneof![Just(0.0f32), Just(0.5), Just(-0.5), -0.5f32..0.5]
    }

    /// Sound and silence in turns, in seconds.
    fn signal(parts: &[f64]) -> Vec<f32> {
        let mut samples = Vec::new();
        for (number, seconds) in parts.iter().enumerate() {
            let level = if number % 2 == 0 { 0.3 } else { 0.0 };
            samples.extend((0..(seconds * 1000.0) as usize).map(|k| level * (0.3 * k as f32).sin()));
        }
        samples
    }

    fn found(parts: &[f64]) -> Vec<(usize, usize)> {
        stretches(&signal(parts), RATE).iter().map(|stretch| (stretch.start, stretch.end)).collect()
    }

    #[test]
    fn long_silence_parts_stretches_and_short_silence_does_not() {
        assert_eq!(found(&[5.0]), [(0, 5000)]);
        assert_eq!(found(&[5.0, 1.9, 3.0]), [(0, 9900)]);
        assert_eq!(found(&[5.0, 2.0, 3.0]), [(0, 5000), (7000, 10_000)]);
        assert_eq!(found(&[0.0, 2.5, 3.0, 10.0]), [(2500, 5500)]);
        assert_eq!(found(&[0.0, 0.5, 3.0, 0.5]), [(500, 3500)]);
        assert_eq!(found(&[0.0, 5.0]), []);
        assert_eq!(stretches(&[], RATE), []);
    }

    #[test]
    fn a_whisper_in_the_last_bits_is_no_sound() {
        let bits =
            |levels: i32| (0..5000).map(|k: i32| (k * 7919 % levels - levels / 2) as f32 / 32768.0).collect::<Vec<_>>();
        assert!(is_noise_floor(&bits(5)));
        assert!(!is_noise_floor(&bits(64)) && !is_noise_floor(&[0.7; 100]));
    }

    #[test]
    fn what_a_limiter_cut_off_is_counted() {
        let loud: Vec<f32> = (0..1000).map(|k| (3.0 * (0.05 * k as f32).sin()).clamp(-1.0, 1.0)).collect();
        let at_the_limit = loud.iter().filter(|x| x.abs() == 1.0).count();
        assert_eq!(clipped(&loud), at_the_limit);
        assert_eq!(clipped(&signal(&[1.0, 1.0])), 0);
        assert_eq!(clipped(&[0.25; 100]), 0, "a constant");
    }

    proptest! {
        #[test]
        fn the_stride_changes_nothing(
            samples in proptest::collection::vec(sample(), 0..600), most in 1usize..40,
        ) {
            let stride = || Stride::of(most);
            prop_assert_eq!(at_once(super::clipped(&samples, &mut stride())), clipped(&samples));
            prop_assert_eq!(at_once(super::is_noise_floor(&samples, &mut stride())), is_noise_floor(&samples));
            // Blocks of 5 samples.
            prop_assert_eq!(at_once(super::stretches(&samples, 100, &mut stride())), stretches(&samples, 100));
        }

        #[test]
        fn runs_of_a_limiter_are_counted_by_their_definition(
            samples in proptest::collection::vec(sample(), 2..60),
        ) {
            let highest = samples.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let lowest = samples.iter().copied().fold(f32::INFINITY, f32::min);
            let runs = samples.chunk_by(|a, b| a == b).filter(|run| run.len() >= CLIPPED_RUN && run[0] != 0.0);
            let expected: usize = runs.filter(|run| run[0] == lowest || run[0] == highest).map(<[f32]>::len).sum();
            prop_assert_eq!(clipped(&samples), if lowest == highest { 0 } else { expected });
        }

        #[test]
        fn stretches_do_not_depend_on_the_level(gain in -6i32..6, parts in proptest::collection::vec(0.1f64..4.0, 1..6)) {
            let scaled: Vec<f32> = signal(&parts).iter().map(|x| x * 10f32.powi(gain)).collect();
            let found = stretches(&scaled, RATE);
            prop_assert_eq!(&found, &stretches(&signal(&parts), RATE));
            prop_assert!(found.windows(2).all(|pair| pair[0].end + 2000 <= pair[1].start));
        }
    }
}
