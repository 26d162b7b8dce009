//! What moves the weights along their gradients.

use burn::module::ParamGroup;
use burn::optim::{AdamConfig, AdamWConfig, ModuleOptimizer, SgdConfig};

use super::gradients::FRONT_END;
use super::recipe::Optimiser;

/// Decoupled weight decay of the classifier (Loshchilov & Hutter 2019); the filters have none, for them 0 means nothing.
const WEIGHT_DECAY: f32 = 1e-2;

/// One that has made no step yet.
pub(super) fn new_optimiser(optimiser: Optimiser) -> ModuleOptimizer {
    match optimiser {
        Optimiser::AdamW => AdamWConfig::new().with_weight_decay(WEIGHT_DECAY).init().with_group(
            ParamGroup::from_predicate(FRONT_END),
            AdamConfig::new().with_epsilon(1e-8).build(),
            None,
        ),
        // Classifier and filters differ in their rates alone.
        Optimiser::Sgd => SgdConfig::new().init(),
    }
}
