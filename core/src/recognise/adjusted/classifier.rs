//! A classifier to which some filters say nothing.

use std::collections::BTreeSet;

use crate::Result;
use crate::network::cpu::engine::{CpuEngine, Network};
use crate::network::cpu::{Normalised, Scaled};
use crate::package::Package;

/// Means over the training data of what the linear classifier takes.
const MEANS: &str = "classifier.norm.running_mean";

/// The classifier of a model, for images that are scaled already.
#[derive(Clone, Debug)]
pub(super) struct Classifier {
    engine: CpuEngine,
    /// Where it is one linear layer on mean and deviation in every phase.
    linear: Option<Linear>,
    /// Whether 0 is the level that a filter has on average.
    centred: bool,
}

#[derive(Clone, Debug)]
struct Linear {
    network: Network,
    means: Vec<f32>,
    /// The filters that say nothing to the engine.
    off: BTreeSet<usize>,
}

impl Classifier {
    /// The classifier of a model.
    ///
    /// # Errors
    /// Those of [`Network::new`] and [`CpuEngine::new`].
    pub fn new(package: &Package) -> Result<Self> {
        let network = Network::new(&package.config, &package.weights)?;
        let centred = network.scaling.normalised != Normalised::Not;
        let least_variance = network.scaling.least_variance;
        let scaling = Scaled { floor: None, least_variance, exponents: None, normalised: Normalised::Not };
        let network = Network { scaling, ..network };
        let engine = CpuEngine::new(network.clone())?;
        let means = package.weights.get(MEANS).filter(|_| package.config.classifier.sees_states()).cloned();
        let linear = means.map(|means| Linear { network, means, off: BTreeSet::new() });
        Ok(Self { engine, linear, centred })
    }

    /// Probabilities `[windows, classes]` of scaled images `[windows, frames, filters]`, to which the filters `off` say
    /// nothing; the rest as [`CpuEngine::probabilities_of`] takes it.
    ///
    /// # Errors
    /// Those of [`CpuEngine::probabilities_of`].
    pub fn probabilities(
        &mut self,
        off: &BTreeSet<usize>,
        scaled: &[f32],
        states: Option<&[f32]>,
        sounding: Option<&[usize]>,
    ) -> Result<Vec<f32>> {
        if let Some(linear) = &mut self.linear {
            if linear.off != *off {
                self.engine = CpuEngine::new(linear.network.clone().silenced(off, &linear.means))?;
                linear.off.clone_from(off);
            }
        } else if !off.is_empty() {
            let level = self.levelled(off, scaled, sounding);
            return self.engine.probabilities_of(&level, states, None);
        }
        // Scaling alone needs to know which frames sound, and that is done.
        self.engine.probabilities_of(scaled, states, None)
    }

    /// The images, in which these filters have one level in every frame.
    fn levelled(&self, off: &BTreeSet<usize>, scaled: &[f32], sounding: Option<&[usize]>) -> Vec<f32> {
        let network = self.engine.network();
        let [frames, filters] = [network.frames, network.front_end.filters.max(1)];
        let mut scaled = scaled.to_vec();
        for (window, image) in scaled.chunks_exact_mut((frames * filters).max(1)).enumerate() {
            let sounding = sounding.and_then(|all| all.get(window)).copied().unwrap_or(frames).clamp(1, frames.max(1));
            for &filter in off {
                let column = || image.iter().skip(filter).step_by(filters).take(sounding);
                let mean = column().map(|&level| f64::from(level)).sum::<f64>() / sounding as f64;
                let level = if self.centred { 0.0 } else { mean as f32 };
                image.iter_mut().skip(filter).step_by(filters).for_each(|place| *place = level);
            }
        }
        scaled
    }
}
