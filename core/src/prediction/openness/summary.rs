//! What the openness score is computed from: mean and standard deviation of each filter's levels over the frames of a
//! recording that hold sound.

use std::f64::consts::PI;
use std::ops::Range;

use crate::filterbank::FilterParameters;
use crate::filterbank::config::gain_for_unit_peak;
use crate::model::ModelConfig;
use crate::prediction::Prepared;
use crate::{Error, Result};

/// Added to every energy, in dB relative to the level of conditioning: what is quieter is the noise of a converter or
/// of a codec, and says nothing about the source.
const FLOOR_DB: f64 = -70.0;
/// A frame holds sound where the energy of a filter is above this, in dB relative to the level of conditioning.
/// Recordings of short sounds are mostly digital silence; how much of it surrounds a sound must not change the score.
const SOUND_DB: f64 = -60.0;
/// Fewest frames with sound for a meaningful standard deviation.
const FEWEST_FRAMES: f64 = 6.0;
/// Added to a standard deviation before its logarithm, in nats: a tone whose level changes by a hundredth is steady
/// enough.
const LEAST_DEVIATION: f64 = 0.01;

/// Sums over the frames of a recording, from which mean and standard deviation of each filter's levels follow. Images
/// may come window by window and piece by piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    floor: f64,
    sound: f64,
    /// Sum of the weights of the frames that hold sound.
    frames: f64,
    /// Weighted sums of the levels of each filter and of their squares.
    sums: Vec<[f64; 2]>,
}

/// Mean and standard deviation of each filter's levels: natural logarithms of energies relative to the level of
/// conditioning.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels {
    /// Mean of the levels of each filter, in nats.
    pub mean: Vec<f64>,
    /// Standard deviation of the levels of each filter, in nats.
    pub deviation: Vec<f64>,
}

impl Summary {
    /// A summary without frames.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a model whose conditioning does not set the level, or whose classifier sees no
    /// log-energy image.
    pub fn new(config: &ModelConfig) -> Result<Self> {
        let level = config.conditioning.target_rms.ok_or_else(|| {
            Error::unsupported("sounds of other kinds can only be told by models that bring recordings to one level")
        })?;
        if config.classifier.sees_filter_outputs() {
            return Err(Error::unsupported(
                "sounds of other kinds can only be told by models that see log-energy images",
            ));
        }
        let bank = &config.front_end;
        // Filterbanks in the paper's form have any gain; those in the bounded form start at 0 dB.
        let peak = |filter: &FilterParameters| {
            filter.gain / gain_for_unit_peak(filter.bandwidth_hz, bank.order, f64::from(bank.sample_rate))
        };
        let gain = bank.initial_filters()?.iter().map(peak).fold(0.0, f64::max);
        let energy = (gain * level).powi(2) * bank.framing.window as f64;
        let below = |db: f64| energy * 10f64.powf(db / 10.0);
        Ok(Self { floor: below(FLOOR_DB), sound: below(SOUND_DB), frames: 0.0, sums: vec![[0.0; 2]; bank.filters] })
    }

    /// Adds the log-energy image `[frames, filters]` of a window, or of any other part of the recording. Each frame
    /// counts with `weight`: 1, or less where windows overlap. Frames without sound do not count.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an incomplete frame, a weight that is negative or not finite, or a level that is not a
    /// number.
    pub fn add(&mut self, image: &[f32], weight: f64) -> Result<()> {
        let filters = self.sums.len();
        let counts = weight.is_finite() && weight >= 0.0;
        if !counts || !image.len().is_multiple_of(filters) {
            return Err(Error::invalid(format!(
                "an image of {} levels of {filters} filters with weight {weight}: expected whole frames and a weight from 0",
                image.len()
            )));
        }
        if !image.iter().all(|level| level.is_finite()) {
            return Err(Error::invalid("the log-energy image holds a level that is not a number"));
        }
        for frame in image.chunks_exact(filters) {
            let energies = frame.iter().map(|&level| f64::from(level).exp());
            if !energies.clone().any(|energy| energy > self.sound) {
                continue;
            }
            self.frames += weight;
            for ([sum, squares], energy) in self.sums.iter_mut().zip(energies) {
                let level = (energy + self.floor).ln();
                *sum += weight * level;
                *squares += weight * level * level;
            }
        }
        Ok(())
    }

    /// Adds the log-energy images `[windows, frames, filters]` of all windows of a recording or of a piece of it.
    /// Overlapping sound counts once; frames of padding and windows without evidence do not count.
    ///
    /// # Errors
    /// [`Error::Invalid`] for more or fewer images than windows, and those of [`add`](Self::add).
    pub fn add_windows(&mut self, config: &ModelConfig, prepared: &Prepared, images: &[f32]) -> Result<()> {
        self.add_some(config, prepared, 0..prepared.windows.len(), images)
    }

    /// The same for some of the windows, which may come one after the other.
    ///
    /// # Errors
    /// As [`add_windows`](Self::add_windows).
    pub(crate) fn add_some(
        &mut self,
        config: &ModelConfig,
        prepared: &Prepared,
        some: Range<usize>,
        images: &[f32],
    ) -> Result<()> {
        let size = config.frames() * self.filters();
        let windows = prepared.windows.get(some.clone()).unwrap_or_default();
        let votes = prepared.votes.get(some.clone()).unwrap_or_default();
        if images.len() != some.len() * size || windows.len() != some.len() || votes.len() != some.len() {
            return Err(Error::invalid(format!(
                "{} levels for {} windows of {size} levels each",
                images.len(),
                some.len()
            )));
        }
        let windows = windows.iter().zip(votes).zip(images.chunks_exact(size));
        for ((window, vote), image) in windows.filter(|((_, vote), _)| vote.evidence) {
            // The vote of a shorter window is smaller; but such a window has fewer frames already.
            let whole = config.windowing.samples as f64 / (window.end - window.start).max(1) as f64;
            self.add(image, vote.weight * whole)?;
        }
        Ok(())
    }

    /// Number of filters.
    pub fn filters(&self) -> usize {
        self.sums.len()
    }

    /// Mean and standard deviation of the levels; `None` where too few frames held sound.
    pub fn levels(&self) -> Option<Levels> {
        if self.frames < FEWEST_FRAMES {
            return None;
        }
        let mean: Vec<f64> = self.sums.iter().map(|[sum, _]| sum / self.frames).collect();
        let variance = |([_, squares], mean): (&[f64; 2], &f64)| (squares / self.frames - mean * mean).max(0.0);
        let deviation = self.sums.iter().zip(&mean).map(variance).map(f64::sqrt).collect();
        Some(Levels { mean, deviation })
    }
}

impl Levels {
    /// The first `counts[0]` coefficients of the cosine transform of the means over the filters, followed by
    /// `counts[1]` of that of the standard deviations: the shape of a spectrum in few numbers that hardly depend on
    /// each other (Davis & Mermelstein 1980).
    pub fn coefficients(&self, counts: [usize; 2]) -> Vec<f64> {
        [(&self.mean, counts[0]), (&self.deviation, counts[1])]
            .into_iter()
            .flat_map(|(values, count)| (0..count).map(move |order| cosine(values, order)))
            .collect()
    }

    /// How little the levels change: minus the mean over the filters of ln(standard deviation). Only tones are steadier
    /// than steady noise; natural sounds rarely come near it.
    pub fn steadiness(&self) -> f64 {
        let sum: f64 = self.deviation.iter().map(|deviation| (deviation + LEAST_DEVIATION).ln()).sum();
        -sum / self.deviation.len().max(1) as f64
    }
}

/// One coefficient of the orthonormal cosine transform (type II).
fn cosine(values: &[f64], order: usize) -> f64 {
    let n = values.len() as f64;
    let angle = |index: usize| PI * order as f64 * (index as f64 + 0.5) / n;
    let sum: f64 = values.iter().enumerate().map(|(index, value)| value * angle(index).cos()).sum();
    sum * if order == 0 { (1.0 / n).sqrt() } else { (2.0 / n).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Task;

    fn config() -> ModelConfig {
        Task::Scene.model(vec!["rain".into(), "dog".into()], 4, 2)
    }

    /// Levels of 4 filters in 20 frames.
    fn image() -> Vec<f32> {
        (0..80).map(|i| (i as f32 * 1.3).sin() - 2.0).collect()
    }

    #[test]
    fn mean_and_deviation_are_those_of_the_frames() {
        let mut summary = Summary::new(&config()).unwrap();
        // 0.05² · 1280 = 3.2, 70 dB below: far under levels of e^-1 to e^-3.
        summary.add(&image(), 1.0).unwrap();
        let levels = summary.levels().unwrap();
        for filter in 0..4 {
            let column: Vec<f64> = image().iter().skip(filter).step_by(4).map(|&level| f64::from(level)).collect();
            let mean = column.iter().sum::<f64>() / 20.0;
            let variance = column.iter().map(|level| (level - mean).powi(2)).sum::<f64>() / 20.0;
            assert!((levels.mean[filter] - mean).abs() < 1e-5, "{levels:?}");
            assert!((levels.deviation[filter] - variance.sqrt()).abs() < 1e-5, "{levels:?}");
        }
    }

    #[test]
    fn it_does_not_matter_in_which_pieces_a_recording_comes() {
        let config = config();
        let mut whole = Summary::new(&config).unwrap();
        whole.add(&image(), 0.5).unwrap();
        let mut pieces = Summary::new(&config).unwrap();
        for piece in image().chunks(12) {
            pieces.add(piece, 0.5).unwrap();
        }
        assert_eq!(whole, pieces);
        // The same frames twice with half the weight are the same recording.
        pieces.add(&image(), 0.5).unwrap();
        let [once, twice] = [whole, pieces].map(|summary| summary.levels().unwrap().coefficients([4, 4]));
        assert!(once.iter().zip(&twice).all(|(a, b)| (a - b).abs() < 1e-9), "{once:?} {twice:?}");
    }

    #[test]
    fn silence_around_a_sound_changes_nothing_and_silence_alone_has_no_levels() {
        let mut summary = Summary::new(&config()).unwrap();
        summary.add(&image(), 1.0).unwrap();
        let alone = summary.clone();
        summary.add(&[-36.84136; 400], 1.0).unwrap();
        assert_eq!(summary, alone);
        let mut silent = Summary::new(&config()).unwrap();
        silent.add(&[-36.84136; 400], 1.0).unwrap();
        assert_eq!(silent.levels(), None);
        // Five frames are too few.
        let mut short = Summary::new(&config()).unwrap();
        short.add(&image()[..20], 1.0).unwrap();
        assert_eq!(short.levels(), None);
    }

    #[test]
    fn windows_count_as_they_vote() {
        let config = config();
        let sound = (0..50_000).map(|k| (0.05 * k as f32).sin()).collect();
        let prepared = Prepared::new(&config, &crate::audio::Recording::new(sound, 16_000).unwrap()).unwrap();
        // Windows of 40,000 samples from 0 and from 10,000: three quarters of each are shared.
        assert_eq!(prepared.windows.len(), 2);
        let frames = config.frames();
        let image: Vec<f32> = (0..2 * frames * 4).map(|i| (i as f32 * 1.3).sin() - 2.0).collect();
        let mut summary = Summary::new(&config).unwrap();
        summary.add_windows(&config, &prepared, &image).unwrap();
        let mut expected = Summary::new(&config).unwrap();
        for window in image.chunks(frames * 4) {
            expected.add(window, 0.625).unwrap();
        }
        assert_eq!(summary, expected);
        assert!(summary.add_windows(&config, &prepared, &image[4..]).unwrap_err().to_string().contains("2 windows"));
    }

    #[test]
    fn coefficients_and_steadiness_are_those_computed_by_hand() {
        let levels = Levels { mean: vec![1.0, 2.0, 3.0, 6.0], deviation: vec![0.99; 4] };
        let found = levels.coefficients([2, 1]);
        // √¼ · 12; √½ · (1 − 6) cos(π/8) + (2 − 3) cos(3π/8), and √¼ · 4 · 0.99.
        let first = 0.5f64.sqrt() * (-5.0 * (PI / 8.0).cos() - (3.0 * PI / 8.0).cos());
        for (found, expected) in found.iter().zip([6.0, first, 1.98]) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        assert!(levels.steadiness().abs() < 1e-12);
        let steadier = Levels { deviation: vec![0.49; 4], ..levels };
        assert!((steadier.steadiness() - 2f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_summarised_is_refused_by_name() {
        let mut summary = Summary::new(&config()).unwrap();
        assert!(summary.add(&[0.0; 5], 1.0).unwrap_err().to_string().contains("whole frames"));
        assert!(summary.add(&[0.0; 4], f64::NAN).is_err() && summary.add(&[0.0; 4], -1.0).is_err());
        assert!(summary.add(&[f32::NAN; 4], 1.0).unwrap_err().to_string().contains("not a number"));
        let mut level = config();
        level.conditioning.target_rms = None;
        assert!(Summary::new(&level).unwrap_err().to_string().contains("one level"));
    }
}
