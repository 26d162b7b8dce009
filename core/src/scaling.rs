//! What the log-energy image goes through before a network sees it: compression of each filter's energies, and
//! normalisation.
//!
//! The image stays as it is for the eye; this belongs to the classifier. A constant factor on a filter's energies is a
//! constant on their logarithms: normalising every filter over the window takes away what a sensor or a room does to it,
//! and with it the steady part of the sound's spectrum. Where that part tells the classes apart, as for environmental
//! sounds, every filter is shifted and scaled by fixed numbers of the training data instead.

use serde::{Deserialize, Serialize};

use crate::model::Weights;

/// Added to the variance of a filter's levels: far below that of any sound, far above that of rounding.
const EPSILON: f32 = 1e-3;
/// Start value of the exponents of [`Compression::Power`]: between the cube root of loudness and the logarithm.
#[cfg(feature = "burn")]
const START_EXPONENT: f64 = 0.2;
/// Names of the tensors in the model file.
const EXPONENT: &str = "scaling.exponent";
const MEAN: &str = "scaling.mean";
const DEVIATION: &str = "scaling.deviation";

/// What the classifier makes of the log-energy image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scaling {
    /// How energies are compressed.
    pub compression: Compression,
    /// How the compressed levels are shifted and scaled.
    pub normalisation: Normalisation,
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
}

/// The stage with its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaled {
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
    /// The stage of a model with these weights, which have been checked against [`Scaling::tensors`].
    pub fn new(scaling: &Scaling, weights: &Weights) -> Self {
        let logistic = |raw: &Vec<f32>| raw.iter().map(|raw| 1.0 / (1.0 + (-raw).exp())).collect();
        let numbers = |name: &str| weights.get(name).cloned();
        Self {
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
        self.exponents.is_none() && self.normalised == Normalised::Not
    }

    /// The scaled image `[frames, filters]`; `None` where it stays as it is.
    pub fn apply(&self, image: &[f32], filters: usize) -> Option<Vec<f32>> {
        if self.is_identity() || filters == 0 {
            return None;
        }
        let mut scaled = image.to_vec();
        if let Some(exponents) = &self.exponents {
            for row in scaled.chunks_exact_mut(filters) {
                row.iter_mut().zip(exponents).for_each(|(level, exponent)| *level = (*level * exponent).exp());
            }
        }
        match &self.normalised {
            Normalised::Not => {}
            Normalised::Window => normalise(&mut scaled, filters),
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

/// Every column of `[frames, filters]` to mean 0 and standard deviation 1.
fn normalise(image: &mut [f32], filters: usize) {
    let frames = (image.len() / filters).max(1) as f64;
    for filter in 0..filters {
        let column = || image[filter..].iter().step_by(filters).map(|&level| f64::from(level));
        let mean = column().sum::<f64>() / frames;
        let variance = column().map(|level| (level - mean).powi(2)).sum::<f64>() / frames;
        let factor = 1.0 / (variance + f64::from(EPSILON)).sqrt();
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

    use super::{Compression, EPSILON, Normalisation, START_EXPONENT, Scaling};

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
            }
        }

        /// The stage with mean and deviation of these log-energy images, `[batch, 1, frames, filters]`, where it has any.
        pub fn fitted(mut self, images: Tensor<4>) -> Self {
            if let (Some(_), Some(_)) = (&self.mean, &self.deviation) {
                let levels = self.compressed(images);
                let [batch, _, frames, filters] = levels.dims();
                let levels = levels.reshape([batch * frames, filters]);
                let mean = levels.clone().mean_dim(0);
                let centred = levels - mean.clone();
                let deviation = ((centred.clone() * centred).mean_dim(0) + EPSILON).sqrt();
                let fixed = |values: Tensor<2>| {
                    Some(Param::from_tensor(values.reshape([filters]).detach()).set_require_grad(false))
                };
                (self.mean, self.deviation) = (fixed(mean), fixed(deviation));
            }
            self
        }

        fn compressed(&self, image: Tensor<4>) -> Tensor<4> {
            match &self.exponent {
                Some(exponent) => (image * sigmoid(exponent.val()).unsqueeze()).exp(),
                None => image,
            }
        }

        /// The scaled image, `[batch, 1, frames, filters]` as before.
        pub fn forward(&self, image: Tensor<4>) -> Tensor<4> {
            let image = self.compressed(image);
            match (self.normalisation, &self.mean, &self.deviation) {
                (Normalisation::Window, ..) => {
                    let centred = image.clone() - image.mean_dim(2);
                    let variance = (centred.clone() * centred.clone()).mean_dim(2);
                    centred / (variance + EPSILON).sqrt()
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
    use burn::tensor::{Device, Distribution, Tensor};

    #[test]
    fn the_plain_stage_does_what_the_module_does() {
        let device = Device::flex();
        for compression in [Compression::Log, Compression::Power] {
            for normalisation in [Normalisation::None, Normalisation::Window, Normalisation::Data] {
                let scaling = Scaling { compression, normalisation };
                let image = Tensor::<4>::random([1, 1, 40, 5], Distribution::Normal(-9.0, 3.0), &device);
                let module = Scale::new(&scaling, 5, &device).fitted(image.clone());
                let mut weights = Weights::new();
                let tensors = [(EXPONENT, &module.exponent), (MEAN, &module.mean), (DEVIATION, &module.deviation)];
                for (name, tensor) in tensors {
                    if let Some(tensor) = tensor {
                        weights.insert(name.into(), tensor.val().try_into_vec_as::<f32>().unwrap());
                    }
                }
                let names: Vec<&String> = weights.keys().collect();
                let mut expected: Vec<String> = scaling.tensors(5).into_iter().map(|(name, _)| name).collect();
                expected.sort();
                assert_eq!(names, expected.iter().collect::<Vec<_>>());

                let plain = image.clone().try_into_vec_as::<f32>().unwrap();
                let scaled = Scaled::new(&scaling, &weights);
                assert_eq!(scaled.is_identity(), scaling == Scaling::default());
                let plain = scaled.apply(&plain, 5).unwrap_or(plain);
                for (module, plain) in module.forward(image).try_into_vec_as::<f32>().unwrap().iter().zip(plain) {
                    assert!((module - plain).abs() < 1e-4, "{scaling:?}: {module} {plain}");
                }
            }
        }
    }

    #[test]
    fn fixed_numbers_bring_the_data_they_come_from_to_mean_0_and_deviation_1() {
        let device = Device::flex();
        let scaling = Scaling { normalisation: Normalisation::Data, ..Scaling::default() };
        let images = Tensor::<4>::random([6, 1, 50, 3], Distribution::Normal(-9.0, 3.0), &device);
        let scaled = Scale::new(&scaling, 3, &device).fitted(images.clone()).forward(images);
        let values = scaled.try_into_vec_as::<f32>().unwrap();
        for filter in 0..3 {
            let column: Vec<f32> = values.iter().skip(filter).step_by(3).copied().collect();
            let mean = column.iter().sum::<f32>() / 300.0;
            let variance = column.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 300.0;
            assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-3, "{mean} {variance}");
        }
    }

    #[test]
    fn over_the_window_a_constant_factor_on_a_filter_leaves_no_trace_and_silence_is_zero() {
        let scaled = Scaled { exponents: None, normalised: Normalised::Window };
        let image: Vec<f32> = (0..60).map(|i| (i as f32 * 0.7).sin() * 4.0 - 8.0).collect();
        let louder: Vec<f32> = image.iter().enumerate().map(|(i, x)| x + (i % 3) as f32).collect();
        let [plain, louder] = [image, louder].map(|image| scaled.apply(&image, 3).unwrap());
        assert!(plain.iter().zip(&louder).all(|(a, b)| (a - b).abs() < 1e-5));
        assert!(scaled.apply(&[-36.84; 60], 3).unwrap().iter().all(|x| x.abs() < 1e-3));
    }
}
