//! What an image goes through before the classifier, as a trainable module ([`Scaling`]).

use burn::module::{Module, Param};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor};

use crate::model::scaling::LEAST_VARIANCE;
use crate::model::{Compression, Normalisation, Scaling};

/// Start value of the exponents of [`Compression::Power`]: between the cube root, which loudness follows, and the
/// logarithm.
const START_EXPONENT: f64 = 0.2;

/// The scaling of the image as a trainable module.
#[derive(Module, Debug)]
pub struct Scale {
    /// Unconstrained exponents `[filters]`: the exponents are their logistic function. `None` where energies are
    /// compressed by the logarithm.
    pub exponent: Option<Param<Tensor<1>>>,
    /// Mean of each filter's levels over the training data, `[filters]`; not trained by gradients. `None` for any other
    /// normalisation.
    pub mean: Option<Param<Tensor<1>>>,
    /// Standard deviation of each filter's levels over the training data, `[filters]`, likewise.
    pub deviation: Option<Param<Tensor<1>>>,
    #[module(skip)]
    normalisation: Normalisation,
    #[module(skip)]
    least_variance: f64,
}

impl Scale {
    /// The stage at its start values, for images of `filters` filters.
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

    /// The stage with mean and standard deviation of these log-energy images `[batch, 1, frames, filters]`, if its
    /// normalisation uses those of the data. `floor` `[filters]` is the energy of the floor, if there is one.
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

    /// The scaled image, of the same shape `[batch, 1, frames, filters]`. `floor` `[filters]` is the energy of the
    /// floor, if there is one. Where some frames are padding, `sounding` `[batch, 1, frames, 1]` is 1 for frames that
    /// hold sound and 0 for padding.
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

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData};

    use super::*;
    use crate::filterbank::Filterbank;
    use crate::model::scaling::{DEVIATION, EXPONENT, MEAN};
    use crate::model::{Task, Weights};
    use crate::network::cpu::Scaled;
    use crate::network::cpu::testing::numbers;

    /// Images `[batch, 1, frames, filters]` of levels around `mean`.
    fn images([batch, frames, filters]: [usize; 3], mean: f32, seed: u64, device: &Device) -> Tensor<4> {
        let levels = numbers(batch * frames * filters, seed).into_iter().map(|value| 5.0 * value + mean);
        Tensor::from_data(TensorData::new(levels.collect::<Vec<f32>>(), [batch, 1, frames, filters]), device)
    }

    #[test]
    fn the_plain_stage_does_what_the_module_does() {
        let device = Device::flex();
        let (filters, frames) = (5, 40);
        let mut config = Task::Heart.model(vec!["a".into(), "b".into()], filters, 3);
        let bank = Filterbank::new(&config.front_end, &device).unwrap();
        for (compression, normalisation, floor_db) in [Compression::Log, Compression::Power]
            .into_iter()
            .flat_map(|c| [Normalisation::None, Normalisation::Window, Normalisation::Data].map(|n| (c, n)))
            .flat_map(|(c, n)| [None, Some(20.0)].map(|floor| (c, n, floor)))
        {
            config.scaling = Scaling { compression, normalisation, floor_db, least_variance: 0.5 };
            let image = images([1, frames, filters], -2.0, 11, &device);
            let floor = config.noise().map(|noise| bank.noise_energy(noise));
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
                assert_eq!(theirs.len(), ours.len());
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
        let images = images([6, 50, 3], -9.0, 12, &device);
        let scaled = Scale::new(&scaling, 3, &device).fitted(images.clone(), None).forward(images, None, None);
        let values = scaled.try_into_vec_as::<f32>().unwrap();
        for filter in 0..3 {
            let column: Vec<f32> = values.iter().skip(filter).step_by(3).copied().collect();
            let mean = column.iter().sum::<f32>() / 300.0;
            let variance = column.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 300.0;
            assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-3, "{mean} {variance}");
        }
    }
}
