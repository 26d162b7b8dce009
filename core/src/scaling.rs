//! What the log-energy image goes through before a network sees it: compression of each filter's energies, and
//! standardisation over time.
//!
//! The image stays as it is for the eye; this belongs to the classifier. Standardising each filter takes away what a
//! sensor or a room does to it for the whole window: a constant factor on a filter's energies is a constant on their
//! logarithms.

use serde::{Deserialize, Serialize};

use crate::model::Weights;

/// Added to the variance of a filter's levels: far below that of any sound, far above that of rounding.
const EPSILON: f32 = 1e-3;
/// Start value of the exponents of [`Compression::Power`]: between the cube root of loudness and the logarithm.
const START_EXPONENT: f64 = 0.2;
/// Name of the exponents in the model file.
const EXPONENT: &str = "scaling.exponent";

/// What the classifier makes of the log-energy image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scaling {
    /// How energies are compressed.
    pub compression: Compression,
    /// Whether every filter's levels are shifted and scaled to mean 0 and standard deviation 1 over the window.
    pub standardised: bool,
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

impl Scaling {
    /// The learned tensors, by module path, with their shapes.
    pub fn tensors(&self, filters: usize) -> Vec<(String, Vec<usize>)> {
        match self.compression {
            Compression::Log => Vec::new(),
            Compression::Power => vec![(EXPONENT.into(), vec![filters])],
        }
    }
}

/// The stage with its learned numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaled {
    /// Exponent of each filter's energies, between 0 and 1; none where the image stays logarithmic.
    pub exponents: Option<Vec<f32>>,
    /// Whether every filter is standardised.
    pub standardised: bool,
}

impl Scaled {
    /// The stage of a model with these weights.
    pub fn new(scaling: &Scaling, weights: &Weights) -> Self {
        let raw = weights.get(EXPONENT).filter(|_| scaling.compression == Compression::Power);
        let exponents = raw.map(|raw| raw.iter().map(|raw| 1.0 / (1.0 + (-raw).exp())).collect());
        Self { exponents, standardised: scaling.standardised }
    }

    /// Whether there is nothing to do.
    pub fn is_identity(&self) -> bool {
        self.exponents.is_none() && !self.standardised
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
        if self.standardised {
            standardise(&mut scaled, filters);
        }
        Some(scaled)
    }
}

/// Every column of `[frames, filters]` to mean 0 and standard deviation 1.
fn standardise(image: &mut [f32], filters: usize) {
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

    use super::{Compression, EPSILON, START_EXPONENT, Scaling};

    /// The stage as a trainable module.
    #[derive(Module, Debug)]
    pub struct Scale {
        /// `[filters]`; the exponents are their logistic function.
        pub exponent: Option<Param<Tensor<1>>>,
        #[module(skip)]
        standardised: bool,
    }

    impl Scale {
        /// The stage at its start values.
        pub fn new(scaling: &Scaling, filters: usize, device: &Device) -> Self {
            let start = (START_EXPONENT / (1.0 - START_EXPONENT)).ln();
            let exponent = match scaling.compression {
                Compression::Log => None,
                Compression::Power => Some(Param::from_tensor(Tensor::full([filters], start, device))),
            };
            Self { exponent, standardised: scaling.standardised }
        }

        /// The scaled image, `[batch, 1, frames, filters]` as before.
        pub fn forward(&self, image: Tensor<4>) -> Tensor<4> {
            let image = match &self.exponent {
                Some(exponent) => (image * sigmoid(exponent.val()).unsqueeze()).exp(),
                None => image,
            };
            if !self.standardised {
                return image;
            }
            let centred = image.clone() - image.mean_dim(2);
            let variance = (centred.clone() * centred.clone()).mean_dim(2);
            centred / (variance + EPSILON).sqrt()
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
            for standardised in [false, true] {
                let scaling = Scaling { compression, standardised };
                let module = Scale::new(&scaling, 5, &device);
                let image = Tensor::<4>::random([1, 1, 40, 5], Distribution::Normal(-9.0, 3.0), &device);
                let mut weights = Weights::new();
                if let Some(exponent) = &module.exponent {
                    weights.insert(EXPONENT.into(), exponent.val().try_into_vec_as::<f32>().unwrap());
                }
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
    fn a_constant_factor_on_a_filter_leaves_no_trace_and_silence_is_zero() {
        let scaled = Scaled { exponents: None, standardised: true };
        let image: Vec<f32> = (0..60).map(|i| (i as f32 * 0.7).sin() * 4.0 - 8.0).collect();
        let louder: Vec<f32> = image.iter().enumerate().map(|(i, x)| x + (i % 3) as f32).collect();
        let [plain, louder] = [image, louder].map(|image| scaled.apply(&image, 3).unwrap());
        assert!(plain.iter().zip(&louder).all(|(a, b)| (a - b).abs() < 1e-5));
        assert!(scaled.apply(&[-36.84; 60], 3).unwrap().iter().all(|x| x.abs() < 1e-3));
    }
}
