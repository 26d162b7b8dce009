//! The scaling of an image with its learned numbers, on the CPU.

use crate::filterbank::FilterParameters;
use crate::model::scaling::{DEVIATION, EXPONENT, MEAN};
use crate::model::{Compression, ModelConfig, Normalisation, Weights};

/// [`Scaling`] with its learned numbers, ready to compute.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaled {
    /// Energy of the floor behind each filter, which is added to its energies; `None` without a floor.
    pub floor: Option<Vec<f32>>,
    /// Added to the variance where levels are normalised over the window, in squared units of a level.
    pub least_variance: f32,
    /// Exponent of each filter's energies, between 0 and 1; `None` where levels are logarithms.
    pub exponents: Option<Vec<f32>>,
    /// How levels are shifted and scaled.
    pub normalised: Normalised,
}

/// [`Normalisation`] with its learned numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Normalised {
    /// Not at all.
    Not,
    /// By mean and standard deviation over each window.
    Window,
    /// By fixed numbers, one of each for every filter.
    Data {
        /// Subtracted from the levels.
        mean: Vec<f32>,
        /// The difference is divided by it.
        deviation: Vec<f32>,
    },
}

impl Scaled {
    /// The scaling of a model with these weights, which must have been checked against [`Scaling::tensors`], and these
    /// filters.
    pub fn new(config: &ModelConfig, weights: &Weights, filters: &[FilterParameters]) -> Self {
        let (scaling, front_end) = (&config.scaling, &config.front_end);
        let logistic = |raw: &Vec<f32>| raw.iter().map(|raw| 1.0 / (1.0 + (-raw).exp())).collect();
        let numbers = |name: &str| weights.get(name).cloned();
        let own_energy =
            |filter: &FilterParameters| front_end.gammatone(*filter).kernel().iter().map(|tap| tap * tap).sum::<f64>();
        let noise = config.noise();
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

    /// The scaling of one filter alone.
    #[must_use]
    pub fn of_filter(&self, filter: usize) -> Self {
        let one = |numbers: &Vec<f32>| numbers.get(filter).copied().into_iter().collect::<Vec<f32>>();
        let normalised = match &self.normalised {
            Normalised::Data { mean, deviation } => Normalised::Data { mean: one(mean), deviation: one(deviation) },
            other => other.clone(),
        };
        let (floor, exponents) = (self.floor.as_ref().map(one), self.exponents.as_ref().map(one));
        Self { floor, least_variance: self.least_variance, exponents, normalised }
    }

    /// Whether it leaves every image as it is.
    pub fn is_identity(&self) -> bool {
        self.floor.is_none() && self.exponents.is_none() && self.normalised == Normalised::Not
    }

    /// The scaled image `[frames, filters]`. The first `sounding` frames of `image` hold sound, the others are padding.
    /// `None` where the image stays as it is.
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

/// Brings every column of `[frames, filters]` to mean 0 and standard deviation 1, or less where its variance is small.
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_filter_by_itself_is_scaled_as_among_the_others() {
        let image: Vec<f32> = (0..30).map(|i| (i as f32 * 0.7).sin() * 4.0 - 8.0).collect();
        let data = Normalised::Data { mean: vec![0.1, -0.2, 0.3], deviation: vec![1.0, 2.0, 3.0] };
        for normalised in [Normalised::Not, Normalised::Window, data] {
            let all = Scaled {
                floor: Some(vec![1e-4, 1e-3, 1e-5]),
                least_variance: 0.1,
                exponents: Some(vec![0.2, 0.3, 0.4]),
                normalised,
            };
            let together = all.apply(&image, 3, 8).unwrap();
            for filter in 0..3 {
                let column = |image: &[f32]| image.iter().skip(filter).step_by(3).copied().collect::<Vec<f32>>();
                assert_eq!(all.of_filter(filter).apply(&column(&image), 1, 8).unwrap(), column(&together));
            }
        }
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
}
