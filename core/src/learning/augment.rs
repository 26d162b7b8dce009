//! Batches, changed at random so that a model does not memorise the recordings.
//!
//! Windows lie at random places of their recordings (time shift) in any case.

mod way;

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::labelled::Labelled;
use super::sampler::{Draw, Sampler, position};
use crate::audio::Window;
use crate::model::ModelConfig;
use crate::prediction::sounding;

pub use way::Augmentation;

/// Largest change of the level, in octaves of the amplitude: 6 dB.
pub const GAIN_OCTAVES: f32 = 1.0;
/// Largest weight of the window that is added to another.
pub const MIXED: f32 = 0.5;
/// Fractions of the image that one mask covers at most: of the frames, of the filters.
pub const MASKED: [f64; 2] = [0.15, 0.2];
/// Masks over time and over filters in one image.
pub const MASKS: [usize; 2] = [2, 1];
/// Signal-to-noise ratio of added noise in dB, drawn evenly.
pub const NOISE_DB: [f64; 2] = [5.0, 30.0];
/// Probability that a window gets noise, and that it is mixed with another.
pub const CHANGED: f64 = 0.5;
/// Largest change of the speed, in octaves.
pub const SPEED_OCTAVES: f64 = 0.25;
/// Largest change of a band's level by the equaliser, in dB.
pub const EQUALISER_DB: f64 = 8.0;
/// Bands between which the equaliser's curve is a straight line.
pub const EQUALISER_BANDS: usize = 5;

/// Windows with the probabilities that the network shall give.
pub struct Batch {
    /// Where they lie.
    pub draws: Vec<Draw>,
    /// What their samples are multiplied by.
    pub gains: Vec<f32>,
    /// Their samples, `[batch, samples]`; empty where they were not asked for.
    pub windows: Vec<f32>,
    /// Target probability of every class, `[batch, classes]`.
    pub targets: Vec<f32>,
    /// Factors on the scaled image, `[batch, frames, filters]`.
    pub masks: Option<Vec<f32>>,
    /// Added to the log-energy image, `[batch, filters]`.
    pub curves: Option<Vec<f32>>,
    /// Weights of the frames in each phase of the heart cycle, `[batch, phases, frames]`, where the classifier asks for them.
    pub states: Option<Vec<f32>>,
    /// How many frames of each window hold sound, where the others of some are padding.
    pub sounding: Option<Vec<usize>>,
}

/// Makes batches; the same seed makes the same ones.
pub struct Augmenter {
    ways: Vec<Augmentation>,
    /// Factor on what each does.
    strength: f64,
    random: ChaCha8Rng,
}

impl Augmenter {
    /// With these ways, so many times as strong as usual.
    pub fn new(ways: &[Augmentation], strength: f64, seed: u64) -> Self {
        Self { ways: ways.to_vec(), strength, random: ChaCha8Rng::seed_from_u64(seed ^ 0x5eed) }
    }

    /// How far its random numbers are.
    pub fn position(&self) -> u64 {
        position(&self.random)
    }

    /// Goes on where another one with the same seed was.
    pub fn go_on(&mut self, position: u64) {
        self.random.set_word_pos(position.into());
    }

    fn has(&self, way: Augmentation) -> bool {
        self.ways.contains(&way)
    }

    /// Whether samples are changed by more than their level.
    pub fn changes_sound(&self) -> bool {
        [Augmentation::Noise, Augmentation::Mixing, Augmentation::Speed].into_iter().any(|way| self.has(way))
    }

    /// The next batch of `size` windows. Their `sound` can be left out where it is [not changed](Self::changes_sound).
    pub fn batch<R: Labelled>(
        &mut self,
        config: &ModelConfig,
        recordings: &[R],
        sampler: &mut Sampler,
        size: usize,
        sound: bool,
    ) -> Batch {
        let classes = config.labels.len();
        let draws = sampler.batch(recordings, size);
        let mut batch = Batch {
            draws,
            gains: Vec::new(),
            windows: Vec::new(),
            targets: Vec::new(),
            masks: None,
            curves: None,
            states: None,
            sounding: None,
        };
        for draw in &batch.draws {
            let gain = self.gain();
            batch.gains.push(gain);
            let mut window = if sound { self.cut(config, recordings, draw, gain) } else { Vec::new() };
            let label = recordings[draw.recording].label();
            let mut target = vec![0.0; classes];
            target[label] = 1.0;
            if sound && self.has(Augmentation::Mixing) && self.random.random_bool(CHANGED) {
                let partners: Vec<usize> = (0..recordings.len())
                    .filter(|&i| recordings[i].subset() == recordings[draw.recording].subset())
                    .collect();
                if let Some(&partner) = partners.choose(&mut self.random) {
                    let other = sampler.draw_from(recordings, partner);
                    let gain = self.gain();
                    let other = self.cut(config, recordings, &other, gain);
                    // More than half would be the other window.
                    let weight = (self.random.random_range(0.0..MIXED) * self.strength as f32).min(MIXED);
                    // Powers add up: the weights of the samples are the roots of those of the labels.
                    let (own, added) = ((1.0 - weight).sqrt(), weight.sqrt());
                    window.iter_mut().zip(&other).for_each(|(a, b)| *a = own * *a + added * b);
                    target[label] -= weight;
                    target[recordings[partner].label()] += weight;
                }
            }
            if sound && self.has(Augmentation::Noise) && self.random.random_bool(CHANGED) {
                add_noise(&mut window, config.conditioning.sample_rate, self.strength, &mut self.random);
            }
            batch.windows.extend(window);
            batch.targets.extend(target);
        }
        if self.has(Augmentation::Equaliser) {
            let filters = config.front_end.filters;
            let largest = EQUALISER_DB * self.strength;
            batch.curves =
                Some((0..batch.draws.len()).flat_map(|_| curve(filters, largest, &mut self.random)).collect());
        }
        let states =
            |draw: &Draw| recordings[draw.recording].downmixes()[draw.downmix].1.states(config, &[draw.window]);
        batch.states = batch.draws.iter().map(states).collect::<Option<Vec<_>>>().map(|rows| rows.concat());
        let windows: Vec<Window> = batch.draws.iter().map(|draw| draw.window).collect();
        batch.sounding = sounding(config, &windows);
        if self.has(Augmentation::Masks) {
            let size = [config.frames(), config.front_end.filters];
            let most = MASKED.map(|fraction| fraction * self.strength);
            batch.masks = Some((0..batch.draws.len()).flat_map(|_| mask(size, most, &mut self.random)).collect());
        }
        batch
    }

    /// A factor on the samples, drawn evenly in dB.
    fn gain(&mut self) -> f32 {
        if !self.has(Augmentation::Gain) {
            return 1.0;
        }
        2f32.powf(self.random.random_range(-GAIN_OCTAVES..=GAIN_OCTAVES) * self.strength as f32)
    }

    /// The samples of a window.
    fn cut<R: Labelled>(&mut self, config: &ModelConfig, recordings: &[R], draw: &Draw, gain: f32) -> Vec<f32> {
        let (_, prepared) = &recordings[draw.recording].downmixes()[draw.downmix];
        let mut window = config.windowing.cut(prepared.recording.samples(), &draw.window);
        if self.has(Augmentation::Speed) {
            let speed = 2f64.powf(self.random.random_range(-SPEED_OCTAVES..=SPEED_OCTAVES) * self.strength);
            // Faster, it needs more of the recording than a window; the rest of its piece may follow.
            let end = prepared.pieces.iter().map(|piece| piece.end).find(|&end| end > draw.window.start);
            let end = end.unwrap_or(draw.window.end).min(prepared.recording.samples().len());
            window = played(&prepared.recording.samples()[draw.window.start.min(end)..end], speed, window.len());
        }
        window.iter_mut().for_each(|sample| *sample *= gain);
        window
    }
}

/// `length` samples of a sound played at another speed, between the samples by cubics (Catmull & Rom 1974); silence after
/// its end.
fn played(sound: &[f32], speed: f64, length: usize) -> Vec<f32> {
    let at = |place: usize| f64::from(sound.get(place).copied().unwrap_or(0.0));
    let sample = |k: usize| {
        let place = k as f64 * speed;
        let (whole, x) = (place as usize, place.fract());
        let [before, from, to, after] = [at(whole.saturating_sub(1)), at(whole), at(whole + 1), at(whole + 2)];
        let (slope, next) = ((to - before) / 2.0, (after - from) / 2.0);
        let (bend, twist) = (3.0 * (to - from) - 2.0 * slope - next, 2.0 * (from - to) + slope + next);
        (from + x * (slope + x * (bend + x * twist))) as f32
    };
    (0..length).map(sample).collect()
}

/// What an equaliser adds to the natural logarithm of the energy of every filter: random at a few bands, `largest` dB at most,
/// lines between.
fn curve(filters: usize, largest: f64, random: &mut impl Rng) -> Vec<f32> {
    let bands = [(); EQUALISER_BANDS].map(|()| random.random_range(-largest..=largest));
    let level = |filter: usize| {
        let place = filter as f64 / filters.saturating_sub(1).max(1) as f64 * (EQUALISER_BANDS - 1) as f64;
        let band = (place as usize).min(EQUALISER_BANDS - 2);
        let decibels = bands[band] + (place - band as f64) * (bands[band + 1] - bands[band]);
        (decibels * std::f64::consts::LN_10 / 10.0) as f32
    };
    (0..filters).map(level).collect()
}

/// Adds white noise through a band-pass: the difference of two one-pole low-passes. Its amplitude is as many times the usual one
/// as `strength` says.
fn add_noise(window: &mut [f32], sample_rate: u32, strength: f64, random: &mut impl Rng) {
    let nyquist = f64::from(sample_rate) / 2.0;
    let corner = |random: &mut dyn FnMut() -> f64| nyquist * 0.02f64.powf(random());
    let mut uniform = || random.random_range(0.0..1.0);
    let corners = [corner(&mut uniform), corner(&mut uniform)];
    let poles = corners.map(|hz| (-std::f64::consts::PI * hz / nyquist).exp());
    let mut states = [0.0; 2];
    let noise: Vec<f64> = window
        .iter()
        .map(|_| {
            let white: f64 = StandardNormal.sample(random);
            for (state, pole) in states.iter_mut().zip(poles) {
                *state = pole * *state + (1.0 - pole) * white;
            }
            states[0] - states[1] + 0.05 * white
        })
        .collect();
    let power = |square: f64, count: usize| (square / count.max(1) as f64).sqrt();
    let signal = power(window.iter().map(|&x| f64::from(x).powi(2)).sum(), window.len());
    let level = power(noise.iter().map(|x| x * x).sum(), noise.len());
    let ratio = random.random_range(NOISE_DB[0]..NOISE_DB[1]);
    let factor = strength * signal / level.max(1e-12) * 10f64.powf(-ratio / 20.0);
    window.iter_mut().zip(noise).for_each(|(sample, noise)| *sample += (factor * noise) as f32);
}

/// Ones with blanked rows and columns, `[frames, filters]`; `most` are the fractions of the image that one mask covers at most.
fn mask([frames, filters]: [usize; 2], most: [f64; 2], random: &mut impl Rng) -> Vec<f32> {
    let mut mask = vec![1.0; frames * filters];
    let mut range = |length: usize, most: f64| {
        let most = (length as f64 * most) as usize;
        let width = random.random_range(0..=most);
        let start = random.random_range(0..=length - width);
        start..start + width
    };
    for _ in 0..MASKS[0] {
        let rows = range(frames, most[0]);
        mask[rows.start * filters..rows.end * filters].fill(0.0);
    }
    for _ in 0..MASKS[1] {
        let columns = range(filters, most[1]);
        mask.chunks_exact_mut(filters).for_each(|row| row[columns.clone()].fill(0.0));
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_numbers_go_on_where_they_were() {
        let mut augmenter = Augmenter::new(&[Augmentation::Gain], 1.0, 5);
        (0..7).for_each(|_| _ = augmenter.gain());
        let position = augmenter.position();
        let expected = [(); 40].map(|()| augmenter.gain());
        let mut other = Augmenter::new(&[Augmentation::Gain], 1.0, 5);
        other.go_on(position);
        assert_eq!([(); 40].map(|()| other.gain()), expected);
    }

    #[test]
    fn strength_is_a_factor_on_what_each_does() {
        let gains = |strength: f64| {
            let mut augmenter = Augmenter::new(&[Augmentation::Gain], strength, 5);
            [(); 40].map(|()| augmenter.gain().log2())
        };
        let doubled = gains(1.0).map(|octaves| 2.0 * octaves);
        assert!(gains(2.0).iter().zip(doubled).all(|(found, expected)| (found - expected).abs() < 1e-5));
        let noise = |strength: f64| {
            let mut window = vec![1.0; 500];
            add_noise(&mut window, 1000, strength, &mut ChaCha8Rng::seed_from_u64(2));
            window.iter().map(|sample| (sample - 1.0).abs()).sum::<f32>()
        };
        assert!((noise(0.5) / noise(1.0) - 0.5).abs() < 1e-3);
        let blanked = |strength: f64| {
            let most = MASKED.map(|fraction| fraction * strength);
            let mut random = ChaCha8Rng::seed_from_u64(4);
            let masks: Vec<f32> = (0..50).flat_map(|_| mask([240, 16], most, &mut random)).collect();
            masks.iter().filter(|value| **value == 0.0).count()
        };
        assert!(blanked(0.5) < blanked(1.0) && blanked(1.0) < blanked(2.0));
    }

    #[test]
    fn a_tone_played_faster_is_a_higher_tone() {
        let tone = |step: f64| move |k: u32| (step * f64::from(k)).sin() as f32;
        let sound: Vec<f32> = (0..3000).map(tone(0.2)).collect();
        for speed in [0.85, 1.0, 1.19] {
            let higher = played(&sound, speed, 2500);
            for (k, sample) in (0..2500).map(tone(0.2 * speed)).zip(&higher).enumerate().skip(1) {
                assert!((sample.0 - sample.1).abs() < 2e-3, "{speed}, {k}: {sample:?}");
            }
        }
        assert_eq!(played(&sound[..100], 1.0, 2500)[103..], [0.0; 2397]);
        assert_eq!(played(&[], 1.1, 3), [0.0; 3]);
    }

    #[test]
    fn an_equaliser_is_smooth_and_keeps_its_bounds() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let largest = (EQUALISER_DB * std::f64::consts::LN_10 / 10.0) as f32;
        for filters in [1, 2, 16, 46] {
            let curve = curve(filters, EQUALISER_DB, &mut random);
            assert!(curve.len() == filters && curve.iter().all(|level| level.abs() <= largest));
            let steepest = 2.0 * largest * (EQUALISER_BANDS - 1) as f32 / filters as f32 * 1.1;
            assert!(filters < 5 || curve.windows(2).all(|pair| (pair[1] - pair[0]).abs() < steepest));
        }
    }

    #[test]
    fn noise_stays_below_the_signal_and_masks_leave_most_of_the_image() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..50 {
            let clean: Vec<f32> = (0..2500).map(|k| (0.3 * k as f32).sin()).collect();
            let mut noisy = clean.clone();
            add_noise(&mut noisy, 1000, 1.0, &mut random);
            let power = |values: &mut dyn Iterator<Item = f32>| values.map(|x| x * x).sum::<f32>();
            let noise = power(&mut noisy.iter().zip(&clean).map(|(a, b)| a - b));
            let ratio = 10.0 * (power(&mut clean.iter().copied()) / noise).log10();
            assert!((4.9..30.1).contains(&ratio), "{ratio}");
            let mask = mask([240, 16], MASKED, &mut random);
            let ones = mask.iter().filter(|&&x| x == 1.0).count();
            assert!(mask.iter().all(|&x| x == 0.0 || x == 1.0) && ones * 2 > mask.len(), "{ones}");
        }
    }
}
