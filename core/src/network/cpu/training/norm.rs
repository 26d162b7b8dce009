//! Batch normalisation as numbers for each channel.

use super::stack::Layer;
use crate::model::operations::NORM_EPSILON;

/// Mean and sum of squared deviations of each channel over some pixels.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    pub count: f64,
    pub mean: Vec<f64>,
    pub squares: Vec<f64>,
}

impl Moments {
    pub fn none(channels: usize) -> Self {
        Self { count: 0.0, mean: vec![0.0; channels], squares: vec![0.0; channels] }
    }

    /// The moments of both sets of pixels together (Chan, Golub and LeVeque 1979).
    pub fn merge(&mut self, other: &Self) {
        let count = self.count + other.count;
        if count == 0.0 {
            return;
        }
        for ((mean, squares), (&other_mean, &other_squares)) in
            self.mean.iter_mut().zip(&mut self.squares).zip(other.mean.iter().zip(&other.squares))
        {
            let distance = other_mean - *mean;
            *squares += other_squares + distance * distance * self.count * other.count / count;
            *mean += distance * other.count / count;
        }
        self.count = count;
    }
}

/// Two sums for each channel: of the gradient, and of the gradient times the distance from the mean.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    pub gradient: Vec<f64>,
    pub product: Vec<f64>,
}

impl Sums {
    pub fn zero(channels: usize) -> Self {
        Self { gradient: vec![0.0; channels], product: vec![0.0; channels] }
    }

    pub fn merge(&mut self, other: &Self) {
        self.gradient.iter_mut().zip(&other.gradient).for_each(|(sum, other)| *sum += other);
        self.product.iter_mut().zip(&other.product).for_each(|(sum, other)| *sum += other);
    }
}

/// The normalisation of one layer with the statistics of this batch: `z · factor + offset`.
#[derive(Clone, Debug)]
pub(super) struct Norm {
    /// Number of pixels that the statistics were computed from.
    count: f64,
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
    pub factor: Vec<f32>,
    pub offset: Vec<f32>,
}

/// How the gradient with respect to a value follows from that of the normalised value: `gradient · a + (z − mean) · b +
/// c`.
pub(super) struct Chain {
    pub gradient: Vec<f32>,
    pub distance: Vec<f32>,
    pub constant: Vec<f32>,
}

impl Norm {
    pub fn new(layer: &Layer, moments: &Moments, parameters: &[f32]) -> Self {
        let [_, gamma, beta] = layer.vectors().map(|range| &parameters[range]);
        let variance: Vec<f64> = moments.squares.iter().map(|squares| squares / moments.count).collect();
        let deviation = variance.iter().map(|variance| (variance + NORM_EPSILON).sqrt());
        let factor: Vec<f64> = gamma.iter().zip(deviation).map(|(&gamma, d)| f64::from(gamma) / d).collect();
        let offset =
            beta.iter().zip(&factor).zip(&moments.mean).map(|((&b, factor), mean)| f64::from(b) - mean * factor);
        Self {
            count: moments.count,
            offset: offset.map(|offset| offset as f32).collect(),
            mean: moments.mean.iter().map(|&mean| mean as f32).collect(),
            variance: variance.iter().map(|&variance| variance as f32).collect(),
            factor: factor.iter().map(|&factor| factor as f32).collect(),
        }
    }

    /// The chain rule through the normalisation and through the statistics, and the gradients of gamma.
    ///
    /// With `d = 1/√(variance + ε)`: `dz = γd · (g − mean(g) − (z − mean) · d² · mean(g · (z − mean)))` and
    /// `dγ = d · Σ g · (z − mean)`; `dβ = Σ g`.
    pub fn chain(&self, sums: &Sums) -> (Chain, Vec<f32>) {
        let inverse = |channel: usize| 1.0 / (f64::from(self.variance[channel]) + NORM_EPSILON).sqrt();
        let channels = 0..self.mean.len();
        let factor = |channel: usize| f64::from(self.factor[channel]);
        let each = |f: &dyn Fn(usize) -> f64| channels.clone().map(|channel| f(channel) as f32).collect::<Vec<f32>>();
        let chain = Chain {
            gradient: self.factor.clone(),
            distance: each(&|i| -factor(i) * inverse(i).powi(2) * sums.product[i] / self.count),
            constant: each(&|i| -factor(i) * sums.gradient[i] / self.count),
        };
        (chain, each(&|i| inverse(i) * sums.product[i]))
    }
}
