//! From raw samples to recordings that a model learns from: mixed down, conditioned and cut into windows as for `spectnet
//! train` and `spectnet predict`.

use std::ops::Range;

use spectnet_core::audio::{Downmix, Recording, Window};
use spectnet_core::learning::Labelled;
use spectnet_core::model::ModelConfig;
use spectnet_core::package::digest::SoundDigest;
use spectnet_core::package::recordings::Digest;
use spectnet_core::prediction::Prepared;
use spectnet_core::{Error, Result};

/// Samples as they are given: of every recording one list for every channel.
pub type Samples = Vec<Vec<Vec<f32>>>;

/// Part of the sound of a recording, from its beginning, that is learned from where its end is held out.
const LEARNED: f64 = 2.0 / 3.0;
/// Least sound of a recording in seconds that is divided: of less, neither part would hold enough to tell anything.
const SHORTEST_S: f64 = 1.0;

/// A recording as it was given.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    channels: Vec<Vec<f32>>,
    sample_rate: u32,
}

impl Sound {
    /// Of these channels at `sample_rate` Hz.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no channel or no samples, or channels of different lengths.
    pub fn new(channels: Vec<Vec<f32>>, sample_rate: u32) -> Result<Self> {
        let frames = channels.first().map_or(0, Vec::len);
        if frames == 0 {
            return Err(Error::invalid("it is empty"));
        }
        if channels.iter().any(|channel| channel.len() != frames) {
            return Err(Error::invalid("its channels have different lengths"));
        }
        Ok(Self { channels, sample_rate })
    }

    /// Samples of each channel.
    pub fn frames(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    /// Some of it.
    #[must_use]
    pub fn part(&self, frames: Range<usize>) -> Self {
        let frames = frames.start.min(self.frames())..frames.end.min(self.frames());
        let channels = self.channels.iter().map(|channel| channel[frames.clone()].to_vec()).collect();
        Self { channels, sample_rate: self.sample_rate }
    }

    /// Conditioned for a model, in every downmix that it takes, and the digest of the first. A silent downmix, such as half
    /// the difference of two equal channels, is left out where there is another.
    ///
    /// # Errors
    /// Those of [`Downmix::of`], [`Recording::new`] and [`Prepared::new`].
    pub fn conditioned(&self, config: &ModelConfig) -> Result<(Vec<(Downmix, Prepared)>, Digest)> {
        let count = self.channels.len();
        let frames = 0..self.frames();
        let samples: Vec<f32> =
            frames.flat_map(|frame| self.channels.iter().map(move |channel| channel[frame])).collect();
        let mut sound = SoundDigest::new(self.sample_rate, config.conditioning.max_seconds);
        let mut downmixes = Vec::new();
        for (number, downmix) in config.conditioning.channels.downmixes(count).into_iter().enumerate() {
            let mixed = downmix.of(&samples, count)?;
            if number == 0 {
                sound.add(&mixed);
            }
            let prepared = Prepared::new(config, &Recording::new(mixed, self.sample_rate)?)?;
            if downmixes.is_empty() || !prepared.is_silent() {
                downmixes.push((downmix, prepared));
            }
        }
        Ok((downmixes, sound.digest()))
    }

    /// Its beginning and its end, divided where two thirds of its sound are over; `prepared` is what conditioning made of it.
    /// `None` where there is too little sound for two.
    pub fn divided(&self, prepared: &Prepared) -> Option<[Self; 2]> {
        let length = |window: &Window| window.end - window.start;
        let sounding: usize = prepared.stretches.iter().map(length).sum();
        let rate = f64::from(prepared.recording.sample_rate());
        if (sounding as f64) < SHORTEST_S * rate {
            return None;
        }
        let mut left = (LEARNED * sounding as f64) as usize;
        let place = prepared.stretches.iter().find_map(|stretch| {
            let found = (left < length(stretch)).then_some(stretch.start + left);
            left = left.saturating_sub(length(stretch));
            found
        })?;
        // What was not conditioned, behind the seconds that the model judges, is not held out either.
        let at = |samples: usize| (samples as f64 * f64::from(self.sample_rate) / rate).round() as usize;
        let (cut, end) = (at(place), at(prepared.recording.samples().len()).min(self.frames()));
        (0 < cut && cut < end).then(|| [self.part(0..cut), self.part(cut..end)])
    }
}

/// A conditioned recording whose class is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditioned {
    /// Number of its class.
    pub label: usize,
    /// What the person knows it by.
    pub name: String,
    /// The conditioned recording for every downmix that the model takes; there is at least one.
    pub downmixes: Vec<(Downmix, Prepared)>,
    /// Of its samples: the same recording has the same digest under any name.
    pub digest: Digest,
}

impl Conditioned {
    /// Conditions a recording for a model.
    ///
    /// # Errors
    /// Those of [`Sound::conditioned`], and [`Error::Invalid`] for one that holds no sound.
    pub fn new(config: &ModelConfig, label: usize, name: &str, sound: &Sound) -> Result<Self> {
        let (downmixes, digest) = sound.conditioned(config)?;
        if downmixes.iter().all(|(_, prepared)| prepared.is_silent()) {
            return Err(Error::invalid("it holds no sound"));
        }
        Ok(Self { label, name: name.to_owned(), downmixes, digest })
    }

    /// How long it sounds, in seconds.
    pub fn sounding_s(&self) -> f64 {
        let Some((_, prepared)) = self.downmixes.first() else { return 0.0 };
        let samples: usize = prepared.stretches.iter().map(|stretch| stretch.end - stretch.start).sum();
        samples as f64 / f64::from(prepared.recording.sample_rate())
    }

    /// Number of its windows, in all downmixes.
    pub fn windows(&self) -> usize {
        self.downmixes.iter().map(|(_, prepared)| prepared.windows.len()).sum()
    }
}

impl Labelled for Conditioned {
    fn label(&self) -> usize {
        self.label
    }

    fn subset(&self) -> &str {
        ""
    }

    fn downmixes(&self) -> &[(Downmix, Prepared)] {
        &self.downmixes
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

#[cfg(test)]
mod tests {
    use spectnet_core::audio::{Channels, read_wav, write_wav};
    use spectnet_core::model::Task;

    use super::*;

    fn config() -> ModelConfig {
        Task::Scene.model(vec!["tone".into(), "noise".into()], 16, 2)
    }

    fn tone(seconds: f64, rate: u32) -> Vec<f32> {
        (0..(seconds * f64::from(rate)) as usize).map(|k| 0.1 * (0.3 * k as f32).sin()).collect()
    }

    #[test]
    fn a_recording_is_conditioned_as_everywhere_else() {
        let sound = Sound::new(vec![tone(4.0, 22_050)], 22_050).unwrap();
        let found = Conditioned::new(&config(), 1, "a tone", &sound).unwrap();
        let recording = Recording::new(tone(4.0, 22_050), 22_050).unwrap();
        let expected = Prepared::new(&config(), &recording).unwrap();
        assert_eq!(found.downmixes, [(Downmix::Mean, expected)]);
        assert!((found.sounding_s() - 4.0).abs() < 0.3, "{}", found.sounding_s());
        // The digest is that of the file.
        let recording = read_wav(&write_wav(&recording).unwrap()).unwrap();
        let mut digest = SoundDigest::new(22_050, None);
        digest.add(recording.samples());
        let sound = Sound::new(vec![recording.into_samples()], 22_050).unwrap();
        assert_eq!(Conditioned::new(&config(), 1, "", &sound).unwrap().digest, digest.digest());
    }

    #[test]
    fn channels_become_the_downmixes_of_the_model() {
        let mut config = config();
        config.conditioning.channels = Channels::MidSide;
        let left = tone(3.0, 16_000);
        let right: Vec<f32> = left.iter().map(|sample| -0.5 * sample).collect();
        let both = Sound::new(vec![left.clone(), right], 16_000).unwrap();
        assert_eq!(Conditioned::new(&config, 0, "", &both).unwrap().downmixes.len(), 2);
        let same = Sound::new(vec![left.clone(), left], 16_000).unwrap();
        assert_eq!(Conditioned::new(&config, 0, "", &same).unwrap().downmixes.len(), 1, "the side is silent");
    }

    #[test]
    fn silence_is_refused_and_what_is_short_is_padded() {
        let silent = Sound::new(vec![vec![0.0; 30_000]], 16_000).unwrap();
        let refused = Conditioned::new(&config(), 0, "", &silent).unwrap_err().to_string();
        assert!(refused.contains("no sound"), "{refused}");
        let short = Sound::new(vec![tone(0.3, 16_000)], 16_000).unwrap();
        let short = Conditioned::new(&config(), 0, "", &short).unwrap();
        assert_eq!(short.windows(), 1);
        assert!(Sound::new(vec![], 16_000).is_err() && Sound::new(vec![vec![]], 16_000).is_err());
        assert!(Sound::new(vec![vec![0.1; 3], vec![0.1; 4]], 16_000).is_err());
    }

    #[test]
    fn a_recording_is_divided_where_two_thirds_of_its_sound_are_over() {
        // Six seconds of sound, of which three come after a long pause.
        let mut samples = tone(3.0, 16_000);
        samples.extend(vec![0.0; 80_000]);
        samples.extend(tone(3.0, 16_000));
        let sound = Sound::new(vec![samples], 16_000).unwrap();
        let whole = Conditioned::new(&config(), 0, "", &sound).unwrap();
        let [begin, end] = sound.divided(&whole.downmixes[0].1).unwrap();
        assert_eq!(begin.frames() + end.frames(), sound.frames());
        let seconds = begin.frames() as f64 / 16_000.0;
        assert!((8.5..9.5).contains(&seconds), "{seconds}");
        let short = Sound::new(vec![tone(0.9, 16_000)], 16_000).unwrap();
        let prepared = Conditioned::new(&config(), 0, "", &short).unwrap();
        assert_eq!(short.divided(&prepared.downmixes[0].1), None);
    }
}
