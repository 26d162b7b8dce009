//! How much other weights change what a model says, on sounds that are the same everywhere.

use burn::tensor::Device;
use spectnet_core::audio::Recording;
use spectnet_core::model::{ModelConfig, Task, Weights};
use spectnet_core::package::Package;
use spectnet_core::prediction::Prepared;
use spectnet_core::synth::{HeartOptions, Murmur, SCENES, heart, scene};

use crate::compute::classify::Classifier;
use crate::error::Result;

/// Seconds of each sound: at least these, and some windows.
const SECONDS: f64 = 10.0;
/// How many windows of the model are in each sound.
const WINDOWS: f64 = 4.0;
/// Lowest sampling rates in Hz at which hearts and scenes are synthesised.
const LOWEST_RATE: [u32; 2] = [1000, 8000];

/// How much the probabilities of windows move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    windows: usize,
    /// Windows whose most probable class is another one.
    changed: usize,
    largest: f32,
    mean: f32,
}

impl Difference {
    /// Between the model and the same with other weights, on four synthesised sounds of its kind.
    ///
    /// # Errors
    /// Weights that do not belong to the model.
    pub fn measure(package: &Package, other: &Weights) -> Result<Self> {
        let config = &package.config;
        let device = Device::flex();
        let models = [Classifier::new(config, &package.weights, &device)?, Classifier::new(config, other, &device)?];
        let mut pairs = Vec::new();
        for sound in sounds(config)? {
            let prepared = Prepared::new(config, &sound)?;
            let [before, after] = &models;
            let probabilities = |model: &Classifier| model.probabilities(prepared.input(config, &prepared.windows));
            let (before, after) = (probabilities(before)?, probabilities(after)?);
            pairs.extend(before.into_iter().zip(after));
        }
        Ok(Self::between(&pairs, config.labels.len()))
    }

    /// Between two probabilities of each class of each window.
    fn between(pairs: &[(f32, f32)], classes: usize) -> Self {
        let moves = || pairs.iter().map(|(before, after)| (before - after).abs());
        let best = |values: &mut dyn Iterator<Item = f32>| {
            values.enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(class, _)| class)
        };
        let windows = pairs.chunks_exact(classes.max(1));
        let changes = |window: &&[(f32, f32)]| {
            best(&mut window.iter().map(|pair| pair.0)) != best(&mut window.iter().map(|pair| pair.1))
        };
        Self {
            windows: windows.len(),
            changed: windows.filter(changes).count(),
            largest: moves().fold(0.0, f32::max),
            mean: moves().sum::<f32>() / pairs.len().max(1) as f32,
        }
    }

    /// For people.
    pub fn line(&self) -> String {
        let Self { windows, changed, largest, mean } = self;
        format!(
            "weights in 16 bits: the probabilities of {windows} windows of synthesised sound move by {mean:.1e} on average, \
             by {largest:.1e} at most; {changed} of them get another most probable class"
        )
    }
}

/// Two normal hearts and two with murmurs, or four places.
fn sounds(config: &ModelConfig) -> Result<Vec<Recording>> {
    let rate = config.conditioning.sample_rate;
    let window = config.windowing.samples as f64 / f64::from(rate);
    let seconds = SECONDS.max(WINDOWS * window);
    let [of_hearts, of_scenes] = LOWEST_RATE.map(|lowest| rate.max(lowest));
    let sounds: spectnet_core::Result<Vec<Recording>> = match config.task {
        Task::Heart => {
            let murmurs = [None, Some(Murmur::Systolic), None, Some(Murmur::Diastolic)];
            let options =
                (0..).zip(murmurs).map(|(seed, murmur)| HeartOptions { seed, seconds, sample_rate: of_hearts, murmur });
            options.map(|options| heart(&options).map(|sound| sound.recording)).collect()
        }
        Task::Scene => (0..).zip(SCENES).map(|(seed, name)| scene(name, seed, seconds, of_scenes)).collect(),
    };
    Ok(sounds?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_and_changes_are_counted() {
        let pairs = [(0.6, 0.4), (0.4, 0.6), (0.9, 0.8), (0.1, 0.2)];
        let found = Difference::between(&pairs, 2);
        assert_eq!((found.windows, found.changed), (2, 1));
        assert!((found.largest - 0.2).abs() < 1e-6 && (found.mean - 0.15).abs() < 1e-6, "{found:?}");
        assert_eq!(Difference::between(&[], 2).mean, 0.0);
    }
}
