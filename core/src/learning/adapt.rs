//! A model that was trained before as the start of another one, and the rest of it frozen that does not learn.

use burn::module::{Module, ModuleVisitor, Param, ParamGroup};
use burn::tensor::{Device, Tensor};

use super::gradients::FRONT_END;
use super::learns::{Learns, adapted_config};
use crate::Result;
use crate::model::ModelConfig;
use crate::model::operations::OUTPUT;
use crate::network::burn::SpectNet;
use crate::package::Package;

/// The model of a file as the start of another one, and its configuration, [`adapted_config`]. Where the labels are
/// those of the file, the same names in the same order, it has all its weights, and so says the same. Otherwise the
/// last layer is new, and the device has drawn it when this returns: its seed decides it.
///
/// # Errors
/// Those of [`adapted_config`].
pub fn adapted(from: &Package, labels: &[String], learns: Learns, device: &Device) -> Result<(ModelConfig, SpectNet)> {
    let config = adapted_config(&from.config, labels, learns)?;
    let is_same = labels == from.config.labels;
    let head = head();
    let is_taken = |name: &str| is_same || !name.starts_with(&head);
    let model = SpectNet::with_some_weights(&config, &from.weights, device, is_taken)?;
    model.visit(&mut Draw);
    Ok((config, model))
}

/// Has the weights drawn that are drawn when they are first asked for.
struct Draw;

impl ModuleVisitor for Draw {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        drop(parameter.val());
    }
}

/// How the paths of the last layer begin.
fn head() -> String {
    format!("classifier.{OUTPUT}.")
}

/// The same model, of which only that has gradients which shall learn. The rest is frozen as Burn means it: parameters
/// without gradients are nothing to an optimiser, its weight decay included; normalisations compute with the means and
/// variances that they have, and nothing is dropped.
pub(super) fn freeze(model: SpectNet, config: &ModelConfig, learns: Learns) -> SpectNet {
    let filters = || ParamGroup::from_predicate(FRONT_END);
    let frozen = match learns {
        Learns::Everything => model,
        Learns::Filters => {
            model.freeze_group(ParamGroup::all().exclude(ParamGroup::from_predicate(head())).exclude(filters()))
        }
        Learns::Head => model.freeze_group(ParamGroup::all().exclude(ParamGroup::from_predicate(head()))),
    };
    // Whatever the model was made for.
    if config.front_end.learnable { frozen } else { frozen.freeze_group(filters()) }
}
