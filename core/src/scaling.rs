//! What the log-energy image goes through before a network sees it: compression of each filter's energies, and
//! normalisation.
//!
//! The image stays as it is for the eye; this belongs to the classifier. A constant factor on a filter's energies is a
//! constant on their logarithms: normalising every filter over the window takes away what a sensor or a room does to it,
//! and with it the steady part of the sound's spectrum. Where that part tells the classes apart, as for environmental
//! sounds, every filter is shifted and scaled by fixed numbers of the training data instead.

//!
//! What holds nothing shall not speak: a **floor** relative to the recording's level keeps the converter's noise from
//! looking like sound, and a **least variance** keeps a filter in which nothing happens from counting as much as one in
//! which the heart beats. Frames that were padded with zeros take no part.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::filterbank::{FilterParameters, FilterbankConfig};
use crate::model::{ModelConfig, Weights};

/// Added to the variance of a filter's levels where nothing else is said: far below that of any sound, far above that of
/// rounding.
const LEAST_VARIANCE: f64 = 1e-3;
/// Bounds of the floor in dB below the recording's level: above it is the sound itself, below it the resolution of `f32`.
const FLOOR_DB: [f64; 2] = [0.0, 140.0];
/// Least deviation of the training data that levels are divided by: what [`LEAST_VARIANCE`] leaves is 0.03, and what is
/// divided by much less leaves the range of a 32-bit float.
const LEAST_DEVIATION: f32 = 1e-6;
/// Start value of the exponents of [`Compression::Power`]: between the cube root of loudness and the logarithm.
#[cfg(feature = "burn")]
const START_EXPONENT: f64 = 0.2;
/// Names of the tensors in the model file.
const EXPONENT: &str = "scaling.exponent";
const MEAN: &str = "scaling.mean";
const DEVIATION: &str = "scaling.deviation";

/// What the classifier makes of the log-energy image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scaling {
    /// How energies are compressed.
    pub compression: Compression,
    /// How the compressed levels are shifted and scaled.
    pub normalisation: Normalisation,
    /// Added to every energy, before all else: that of white noise so many dB below the level of the conditioned recording,
    /// as each filter hears it. None: nothing is added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor_db: Option<f64>,
    /// Added to the variance of a filter's levels where they are normalised over the window, in squared units of a level.
    #[serde(skip_serializing_if = "is_usual")]
    pub least_variance: f64,
}

impl Default for Scaling {
    fn default() -> Self {
        Self {
            compression: Compression::default(),
            normalisation: Normalisation::default(),
            floor_db: None,
            least_variance: LEAST_VARIANCE,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_usual(variance: &f64) -> bool {
    *variance == LEAST_VARIANCE
}

/// How energies are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Their logarithm, as it stands in the image.
    #[default]
    Log,
    /// Their power with an exponent between 0 and 1 that is learned for every filter.
    Power,
}

/// How every filter's levels come to mean 0 and standard deviation 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalisation {
    /// Not at all.
    #[default]
    None,
    /// Over each window by itself.
    Window,
    /// Over the training data, by numbers that stay the same ever after.
    Data,
}

impl Scaling {
    /// The tensors of the stage, by module path, with their shapes.
    pub fn tensors(&self, filters: usize) -> Vec<(String, Vec<usize>)> {
        let exponent = (self.compression == Compression::Power).then_some(EXPONENT);
        let fixed = if self.normalisation == Normalisation::Data { &[MEAN, DEVIATION][..] } else { &[] };
        let names = exponent.into_iter().chain(fixed.iter().copied());
        names.map(|name| (name.to_string(), vec![filters])).collect()
    }

    /// Checks the numbers, for recordings conditioned to a root mean square of `target_rms`.
    ///
    /// # Errors
    /// A floor or a variance out of range, or a floor below a level that is not known.
    pub fn validate(&self, target_rms: Option<f64>) -> Result<()> {
        let [least, most] = FLOOR_DB;
        if let Some(floor) = self.floor_db {
            if !(least..=most).contains(&floor) {
                return Err(Error::invalid(format!(
                    "a floor of {floor} dB below the level: expected {least} to {most}"
                )));
            }
            if target_rms.is_none() {
                return Err(Error::invalid("a floor below the level of recordings that are not brought to a level"));
            }
        }
        if !(0.0..=1e3).contains(&self.least_variance) || self.least_variance == 0.0 {
            return Err(Error::invalid(format!(
                "a least variance of {}: expected a number above 0, at most 1000",
                self.least_variance
            )));
        }
        Ok(())
    }

    /// Checks the weights of the stage, which are finite and as many as [`tensors`](Self::tensors) says.
    ///
    /// # Errors
    /// A deviation that levels cannot be divided by.
    pub fn check(&self, weights: &Weights) -> Result<()> {
        let deviations = weights.get(DEVIATION).filter(|_| self.normalisation == Normalisation::Data);
        match deviations.and_then(|deviations| deviations.iter().position(|one| *one < LEAST_DEVIATION)) {
            Some(filter) => Err(Error::invalid(format!(
                "tensor {DEVIATION:?} is not positive at index {filter}: expected at least {LEAST_DEVIATION}"
            ))),
            None => Ok(()),
        }
    }

    /// What a frame's energy gets for every unit of a filter's own energy Σ g², where there is a floor: the expected energy
    /// of white noise of that level, `window · rms² · 10^(−dB/10)`.
    pub(crate) fn noise(&self, front_end: &FilterbankConfig, target_rms: Option<f64>) -> Option<f64> {
        Some(front_end.framing.window as f64 * target_rms?.powi(2) * 10f64.powf(-self.floor_db? / 10.0))
    }
}

/// The stage with its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaled {
    /// Added to each filter's energies; none where there is no floor.
    pub floor: Option<Vec<f32>>,
    /// Added to the variance where levels are normalised over the window.
    pub least_variance: f32,
    /// Exponent of each filter's energies, between 0 and 1; none where the image stays logarithmic.
    pub exponents: Option<Vec<f32>>,
    /// How levels are shifted and scaled.
    pub normalised: Normalised,
}

/// [`Normalisation`] with its numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Normalised {
    /// Not at all.
    Not,
    /// Over each window.
    Window,
    /// By fixed numbers, one of each a filter.
    Data {
        /// Taken from the levels.
        mean: Vec<f32>,
        /// What is left is divided by it.
        deviation: Vec<f32>,
    },
}

impl Scaled {
    /// The stage of a model with these weights, which have been checked against [`Scaling::tensors`], and filters.
    pub fn new(config: &ModelConfig, weights: &Weights, filters: &[FilterParameters]) -> Self {
        let (scaling, front_end) = (&config.scaling, &config.front_end);
        let logistic = |raw: &Vec<f32>| raw.iter().map(|raw| 1.0 / (1.0 + (-raw).exp())).collect();
        let numbers = |name: &str| weights.get(name).cloned();
        let own_energy =
            |filter: &FilterParameters| front_end.gammatone(*filter).kernel().iter().map(|tap| tap * tap).sum::<f64>();
        let noise = scaling.noise(front_end, config.conditioning.target_rms);
        Self {
            floor: noise.map(|noise| filters.iter().map(|filter| (noise * own_energy(filter)) as f32).collect()),
            least_variance: scaling.least_variance as f32,
            exponents: weights.get(EXPONENT).filter(|_| scaling.compression == Compression::Power).map(logistic),
            normalised: match (scaling.normalisation, numbers(MEAN), numbers(DEVIATION)) {
                (Normalisation::Window, ..) => Normalised::Window,
                (Normalisation::Data, Some(mean), Some(deviation)) => Normalised::Data { mean, deviation },
                _ => Normalised::Not,
            },
        }
    }

    /// Whether there is nothing to do.
    pub fn is_identity(&self) -> bool {
        self.floor.is_none() && self.exponents.is_none() && self.normalised == Normalised::Not
    }

    /// The scaled image `[frames, filters]`, of whose frames the first `sounding` hold sound and the others padding;
    /// `None` where it stays as it is.
    pub fn apply(&self, image: &[f32], filters: usize, sounding: usize) -> Option<Vec<f32>> {
        if self.is_identity() || filters == 0 {
            return None;
        }
        let mut scaled = image.to_vec();
        if let Some(floor) = &self.floor {
            for row in scaled.chunks_exact_mut(filters) {
                row.iter_mut().zip(floor).for_each(|(level, floor)| *level = (level.exp() + floor).ln());
            }
        }
        if let Some(exponents) = &self.exponents {
            for row in scaled.chunks_exact_mut(filters) {
                row.iter_mut().zip(exponents).for_each(|(level, exponent)| *level = (*level * exponent).exp());
            }
        }
        match &self.normalised {
            Normalised::Not => {}
            Normalised::Window => {
                let (sound, padding) = scaled.split_at_mut((sounding * filters).min(image.len()));
                normalise(sound, filters, f64::from(self.least_variance));
                padding.fill(0.0);
            }
            Normalised::Data { mean, deviation } => {
                for row in scaled.chunks_exact_mut(filters) {
                    let numbers = mean.iter().zip(deviation);
                    row.iter_mut()
                        .zip(numbers)
                        .for_each(|(level, (mean, deviation))| *level = (*level - mean) / deviation);
                }
            }
        }
        Some(scaled)
    }
}

/// Every column of `[frames, filters]` to mean 0 and standard deviation 1, or less where its variance is small.
fn normalise(image: &mut [f32], filters: usize, least_variance: f64) {
    let frames = (image.len() / filters).max(1) as f64;
    for filter in 0..filters.min(image.len()) {
        let column = || image[filter..].iter().step_by(filters).map(|&level| f64::from(level));
        let mean = column().sum::<f64>() / frames;
        let variance = column().map(|level| (level - mean).powi(2)).sum::<f64>() / frames;
        let factor = 1.0 / (variance + least_variance).sqrt();
        for level in image[filter..].iter_mut().step_by(filters) {
            *level = ((f64::from(*level) - mean) * factor) as f32;
        }
    }
}

#[cfg(feature = "burn")]
pub use module::Scale;

#[cfg(feature = "burn")]
mod module {
    use burn::module::{Module, Param};
    use burn::tensor::activation::sigmoid;
    use burn::tensor::{Device, Tensor};

    use super::{Compression, LEAST_VARIANCE, Normalisation, START_EXPONENT, Scaling};

    /// The stage as a trainable module.
    #[derive(Module, Debug)]
    pub struct Scale {
        /// `[filters]`; the exponents are their logistic function.
        pub exponent: Option<Param<Tensor<1>>>,
        /// `[filters]`, not trained.
        pub mean: Option<Param<Tensor<1>>>,
        /// `[filters]`, not trained.
        pub deviation: Option<Param<Tensor<1>>>,
        #[module(skip)]
        normalisation: Normalisation,
        #[module(skip)]
        least_variance: f64,
    }

    impl Scale {
        /// The stage at its start values.
        pub fn new(scaling: &Scaling, filters: usize, device: &Device) -> Self {
            let start = (START_EXPONENT / (1.0 - START_EXPONENT)).ln();
            let power = scaling.compression == Compression::Power;
            let data = scaling.normalisation == Normalisation::Data;
            let full = |value: f64| Param::from_tensor(Tensor::<1>::full([filters], value, device));
            let fixed = |value: f64| data.then(|| full(value).set_require_grad(false));
            Self {
                exponent: power.then(|| full(start)),
                mean: fixed(0.0),
                deviation: fixed(1.0),
                normalisation: scaling.normalisation,
                least_variance: scaling.least_variance,
            }
        }

        /// The stage with mean and deviation of these log-energy images, `[batch, 1, frames, filters]`, over the floor
        /// `[filters]`, where it has any.
        pub fn fitted(mut self, images: Tensor<4>, floor: Option<Tensor<1>>) -> Self {
            if let (Some(_), Some(_)) = (&self.mean, &self.deviation) {
                let levels = self.compressed(images, floor);
                let [batch, _, frames, filters] = levels.dims();
                let levels = levels.reshape([batch * frames, filters]);
                let mean = levels.clone().mean_dim(0);
                let centred = levels - mean.clone();
                let deviation = ((centred.clone() * centred).mean_dim(0) + LEAST_VARIANCE).sqrt();
                let fixed = |values: Tensor<2>| {
                    Some(Param::from_tensor(values.reshape([filters]).detach()).set_require_grad(false))
                };
                (self.mean, self.deviation) = (fixed(mean), fixed(deviation));
            }
            self
        }

        fn compressed(&self, image: Tensor<4>, floor: Option<Tensor<1>>) -> Tensor<4> {
            let image = match floor {
                Some(floor) => (image.exp() + floor.unsqueeze()).log(),
                None => image,
            };
            match &self.exponent {
                Some(exponent) => (image * sigmoid(exponent.val()).unsqueeze()).exp(),
                None => image,
            }
        }

        /// The scaled image, `[batch, 1, frames, filters]` as before, over the floor `[filters]`. Where not all frames hold
        /// sound, `sounding` `[batch, 1, frames, 1]` is 1 for those that do and 0 for padding.
        pub fn forward(&self, image: Tensor<4>, floor: Option<Tensor<1>>, sounding: Option<Tensor<4>>) -> Tensor<4> {
            let image = self.compressed(image, floor);
            match (self.normalisation, &self.mean, &self.deviation) {
                (Normalisation::Window, ..) => {
                    let (centred, variance) = match &sounding {
                        None => {
                            let centred = image.clone() - image.mean_dim(2);
                            (centred.clone(), (centred.clone() * centred).mean_dim(2))
                        }
                        Some(sounding) => {
                            let frames = sounding.clone().sum_dim(2).clamp_min(1.0);
                            let mean = (image.clone() * sounding.clone()).sum_dim(2) / frames.clone();
                            let centred = (image - mean) * sounding.clone();
                            (centred.clone(), (centred.clone() * centred).sum_dim(2) / frames)
                        }
                    };
                    centred / (variance + self.least_variance).sqrt()
                }
                (Normalisation::Data, Some(mean), Some(deviation)) => {
                    (image - mean.val().unsqueeze()) / deviation.val().unsqueeze()
                }
                _ => image,
            }
        }
    }
}

#[cfg(all(test, feature = "burn"))]
mod tests {
    use super::*;
    use crate::filterbank::Filterbank;
    use crate::task::Task;
    use burn::tensor::{Device, Distribution, Tensor, TensorData};

    #[test]
    fn the_plain_stage_does_what_the_module_does() {
        let device = Device::flex();
        device.seed(11);
        let (filters, frames) = (5, 40);
        let mut config = Task::Heart.model(vec!["a".into(), "b".into()], filters, 3);
        let bank = Filterbank::new(&config.front_end, &device).unwrap();
        for (compression, normalisation, floor_db) in [Compression::Log, Compression::Power]
            .into_iter()
            .flat_map(|c| [Normalisation::None, Normalisation::Window, Normalisation::Data].map(|n| (c, n)))
            .flat_map(|(c, n)| [None, Some(20.0)].map(|floor| (c, n, floor)))
        {
            config.scaling = Scaling { compression, normalisation, floor_db, least_variance: 0.5 };
            let image = Tensor::<4>::random([1, 1, frames, filters], Distribution::Normal(-2.0, 3.0), &device);
            let floor = bank.noise_energy(&config);
            let module = Scale::new(&config.scaling, filters, &device).fitted(image.clone(), floor.clone());
            let mut weights = Weights::new();
            let tensors = [(EXPONENT, &module.exponent), (MEAN, &module.mean), (DEVIATION, &module.deviation)];
            for (name, tensor) in tensors {
                if let Some(tensor) = tensor {
                    weights.insert(name.into(), tensor.val().try_into_vec_as::<f32>().unwrap());
                }
            }
            let names: Vec<&String> = weights.keys().collect();
            let mut expected: Vec<String> = config.scaling.tensors(filters).into_iter().map(|(name, _)| name).collect();
            expected.sort();
            assert_eq!(names, expected.iter().collect::<Vec<_>>());

            let plain = image.clone().try_into_vec_as::<f32>().unwrap();
            let scaled = Scaled::new(&config, &weights, &config.front_end.initial_filters().unwrap());
            let nothing = (compression, normalisation, floor_db) == (Compression::Log, Normalisation::None, None);
            assert_eq!(scaled.is_identity(), nothing);
            for sounding in [frames, 13] {
                let mask: Vec<f32> = (0..frames).map(|frame| f32::from(u8::from(frame < sounding))).collect();
                let mask = Tensor::<4>::from_data(TensorData::new(mask, [1, 1, frames, 1]), &device);
                let mask = (sounding < frames).then_some(mask);
                let ours = scaled.apply(&plain, filters, sounding).unwrap_or(plain.clone());
                let theirs = module.forward(image.clone(), floor.clone(), mask).try_into_vec_as::<f32>().unwrap();
                for (theirs, ours) in theirs.iter().zip(ours) {
                    assert!((theirs - ours).abs() < 1e-4, "{:?}, {sounding}: {theirs} {ours}", config.scaling);
                }
            }
        }
    }
    #[test]
    fn fixed_numbers_bring_the_data_they_come_from_to_mean_0_and_deviation_1() {
        let device = Device::flex();
        let scaling = Scaling { normalisation: Normalisation::Data, ..Scaling::default() };
        let images = Tensor::<4>::random([6, 1, 50, 3], Distribution::Normal(-9.0, 3.0), &device);
        let scaled = Scale::new(&scaling, 3, &device).fitted(images.clone(), None).forward(images, None, None);
        let values = scaled.try_into_vec_as::<f32>().unwrap();
        for filter in 0..3 {
            let column: Vec<f32> = values.iter().skip(filter).step_by(3).copied().collect();
            let mean = column.iter().sum::<f32>() / 300.0;
            let variance = column.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 300.0;
            assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-3, "{mean} {variance}");
        }
    }

    fn over_the_window(floor: Option<Vec<f32>>, least_variance: f32) -> Scaled {
        Scaled { floor, least_variance, exponents: None, normalised: Normalised::Window }
    }

    #[test]
    fn over_the_window_a_constant_factor_on_a_filter_leaves_no_trace_and_silence_is_zero() {
        let scaled = over_the_window(None, 1e-3);
        let image: Vec<f32> = (0..60).map(|i| (i as f32 * 0.7).sin() * 4.0 - 8.0).collect();
        let louder: Vec<f32> = image.iter().enumerate().map(|(i, x)| x + (i % 3) as f32).collect();
        let [plain, louder] = [image, louder].map(|image| scaled.apply(&image, 3, 20).unwrap());
        assert!(plain.iter().zip(&louder).all(|(a, b)| (a - b).abs() < 1e-5));
        assert!(scaled.apply(&[-36.84; 60], 3, 20).unwrap().iter().all(|x| x.abs() < 1e-3));
    }

    #[test]
    fn padding_changes_nothing_of_what_sounds() {
        let scaled = over_the_window(Some(vec![1e-4; 3]), 0.1);
        let image: Vec<f32> = (0..30).map(|i| (i as f32 * 0.7).sin() * 4.0 - 8.0).collect();
        let alone = scaled.apply(&image, 3, 10).unwrap();
        let padded = scaled.apply(&[image, vec![-36.84; 30]].concat(), 3, 10).unwrap();
        assert_eq!(padded[..30], alone);
        assert!(padded[30..].iter().all(|level| *level == 0.0));
    }

    #[test]
    fn what_lies_below_the_floor_does_not_speak() {
        // Both columns change by as much, one of them 60 dB below the floor.
        let change = |i: i32| if i % 4 < 2 { 1.0 } else { -1.0 };
        let image: Vec<f32> = (0..40).map(|i| if i % 2 == 0 { change(i) } else { change(i) - 14.0 }).collect();
        let scaled = over_the_window(Some(vec![1e-3, 1.0]), 0.3).apply(&image, 2, 20).unwrap();
        assert!(scaled.iter().step_by(2).all(|level| level.abs() > 0.8));
        assert!(scaled.iter().skip(1).step_by(2).all(|level| level.abs() < 1e-4));
    }

    #[test]
    fn deviations_that_nothing_can_be_divided_by_are_refused() {
        let scaling = Scaling { normalisation: Normalisation::Data, ..Scaling::default() };
        let with = |deviation| Weights::from([(DEVIATION.to_string(), vec![1.0, deviation])]);
        assert!(scaling.check(&with(0.03)).is_ok() && Scaling::default().check(&with(0.0)).is_ok());
        for deviation in [0.0, -1.0, 1e-30] {
            let refused = scaling.check(&with(deviation)).unwrap_err().to_string();
            assert!(refused.starts_with("tensor \"scaling.deviation\" is not positive at index 1"), "{refused}");
        }
    }

    #[test]
    fn impossible_floors_are_refused() {
        let with = |floor_db, least_variance| Scaling { floor_db, least_variance, ..Scaling::default() };
        assert!(with(Some(30.0), 0.5).validate(Some(0.05)).is_ok() && Scaling::default().validate(None).is_ok());
        assert!(with(Some(-1.0), 0.5).validate(Some(0.05)).unwrap_err().to_string().contains("0 to 140"));
        assert!(with(Some(f64::NAN), 0.5).validate(Some(0.05)).is_err());
        assert!(with(Some(30.0), 0.5).validate(None).unwrap_err().to_string().contains("not brought to a level"));
        assert!(with(None, 0.0).validate(None).is_err() && with(None, f64::INFINITY).validate(None).is_err());
    }
}
