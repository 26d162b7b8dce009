//! The average of the weights over the steps of a run, in which the last steps count most: smoother than the weights of any one
//! step, and often better where a run is short or its rate high (Polyak & Juditsky 1992; Izmailov et al. 2018).
//!
//! The average after n steps is Σ dⁿ⁻ⁱ wᵢ / Σ dⁿ⁻ⁱ with a decay d: nothing of the weights before the first step is in it. What
//! batch normalisation has gathered of the data, its running means and variances, is averaged in the same way, so that it
//! belongs to the averaged weights.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use crate::Result;
use crate::model::Weights;
use crate::network::burn::SpectNet;

/// An average of the weights so far.
#[derive(Clone, Debug)]
pub(super) struct Average {
    decay: f64,
    /// Steps that are in it.
    steps: u64,
    /// The average, without gradients; none before the first step.
    model: Option<SpectNet>,
}

impl Average {
    /// Of no step yet.
    pub(super) fn new(decay: f64) -> Self {
        Self { decay, steps: 0, model: None }
    }

    /// The same that goes on after so many steps with this average of them.
    pub(super) fn going_on(self, steps: u64, model: SpectNet) -> Self {
        Self { steps, model: Some(model), ..self }
    }

    /// Steps that are in it.
    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    /// Takes the weights after a step in. The model must be nobody else's, and on a device without gradients, as
    /// [`Module::valid`] gives it.
    pub(super) fn add(&mut self, now: SpectNet) {
        self.steps += 1;
        let share = share(self.decay, self.steps);
        self.model = Some(match &self.model {
            None => now,
            Some(before) => moved(before, now, share),
        });
    }

    /// The model with the averaged weights; none before the first step.
    pub(super) fn model(&self) -> Option<&SpectNet> {
        self.model.as_ref()
    }

    /// The averaged weights; none before the first step.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) fn weights(&self) -> Result<Option<Weights>> {
        self.model.as_ref().map(SpectNet::weights).transpose()
    }
}

/// Share of the last of so many steps in their average.
fn share(decay: f64, steps: u64) -> f64 {
    (1.0 - decay) / (1.0 - decay.powf(steps as f64))
}

/// The weights `before`, moved by a share of the way to those of `now`.
fn moved(before: &SpectNet, now: SpectNet, share: f64) -> SpectNet {
    let mut values = InOrder { count: 0, tensors: GradientsParams::new() };
    before.visit(&mut values);
    now.map(&mut Moved { count: 0, before: values.tensors, share })
}

/// The tensors of a module by their places in its order: the statistics of batch normalisation have numbers of their own, which
/// are others in every process.
struct InOrder {
    count: u64,
    tensors: GradientsParams,
}

impl ModuleVisitor for InOrder {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        self.count += 1;
        self.tensors.register::<D>(ParamId::from(self.count), parameter.val());
    }
}

struct Moved {
    count: u64,
    before: GradientsParams,
    share: f64,
}

impl ModuleMapper for Moved {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.count += 1;
        let (id, now, mapper) = parameter.consume();
        let tensor = match self.before.remove::<D>(ParamId::from(self.count)) {
            Some(before) => before.clone() + (now - before) * self.share,
            None => now,
        };
        Param::from_mapped_value(id, tensor, mapper)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::model::{ClassifierConfig, ModelConfig, Task};

    fn config() -> ModelConfig {
        let mut config = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 4, 2);
        config.classifier = ClassifierConfig::Residual { blocks: 2, dropout: 0.0 };
        config
    }

    /// Weights that are others for every step, statistics of the normalisation among them.
    fn after(step: u64) -> Weights {
        let mut weights = SpectNet::new(&config(), &Device::flex()).unwrap().weights().unwrap();
        for (number, values) in weights.values_mut().enumerate() {
            for (place, value) in values.iter_mut().enumerate() {
                *value = ((number + 3 * place) as f32 + 7.0 * step as f32).sin();
            }
        }
        weights
    }

    fn model(weights: &Weights) -> SpectNet {
        SpectNet::with_weights(&config(), weights, &Device::flex()).unwrap()
    }

    /// The sum of the formula, anew for every step.
    fn slow(decay: f64, steps: &[Weights]) -> Weights {
        let powers: Vec<f64> = (0..steps.len()).rev().map(|age| decay.powf(age as f64)).collect();
        let whole: f64 = powers.iter().sum();
        let mut average = steps[0].clone();
        for (name, values) in &mut average {
            for (place, value) in values.iter_mut().enumerate() {
                let terms = steps.iter().zip(&powers).map(|(step, power)| power * f64::from(step[name][place]));
                *value = (terms.sum::<f64>() / whole) as f32;
            }
        }
        average
    }

    #[test]
    fn it_is_the_average_of_the_formula_and_goes_on_from_where_it_was() {
        for decay in [0.5, 0.9, 0.999] {
            let mut average = Average::new(decay);
            assert_eq!(average.weights().unwrap(), None);
            let steps: Vec<Weights> = (1..=12).map(after).collect();
            for (number, step) in steps.iter().enumerate() {
                average.add(model(step));
                if number == 5 {
                    let weights = average.weights().unwrap().unwrap();
                    average = Average::new(decay).going_on(average.steps(), model(&weights));
                }
                let (found, expected) = (average.weights().unwrap().unwrap(), slow(decay, &steps[..=number]));
                assert_eq!(found.len(), expected.len());
                assert!(found.keys().any(|name| name.contains("running_var")));
                for (name, values) in &found {
                    for (value, expected) in values.iter().zip(&expected[name]) {
                        assert!((value - expected).abs() < 2e-6, "{name} after {number}: {value}, expected {expected}");
                    }
                }
            }
        }
    }

    /// A step that is undone takes its average with it.
    #[test]
    fn a_copy_stays_as_it_was() {
        let mut average = Average::new(0.9);
        average.add(model(&after(1)));
        let copy = average.clone();
        average.add(model(&after(2)));
        average.add(model(&after(3)));
        assert_eq!(copy.weights().unwrap().unwrap(), after(1));
        assert_eq!((copy.steps(), average.steps()), (1, 3));
    }
}
