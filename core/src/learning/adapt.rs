//! A model that was trained before as the start of another one, and what of a model learns.

use burn::module::{Module, ModuleVisitor, Param, ParamGroup};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::gradients::FRONT_END;
use crate::model::operations::OUTPUT;
use crate::model::{ModelConfig, Task};
use crate::network::burn::SpectNet;
use crate::package::Package;
use crate::{Error, Result};

/// What of a model learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Learns {
    /// The last layer of the classifier, which turns what the network found into classes, and nothing else.
    Head,
    /// The filterbank, and the last layer of the classifier.
    Filters,
    /// All of it.
    #[default]
    Everything,
}

impl Learns {
    /// Whether the filters learn, where the configuration of the model lets them.
    pub fn filters(self) -> bool {
        self != Self::Head
    }
}

/// The configuration of a model that starts from another one and tells these classes apart. It is that of the other
/// one, but for what follows from the classes and from what `learns`:
///
/// - Filters are learnable where they shall learn. With [`Learns::Head`] the configuration says what it said.
/// - A heart model that does not follow heart cycles can be taught other classes than those of its task. It is a
///   model of [scenes](Task::Scene) then: it looks for no heart, does not abstain where there is none, and leaves in
///   the sound what would be the friction of a stethoscope.
/// - A heart model that follows heart cycles, whose windows or whose classifier are made of them, cannot: in a sound
///   without a heart there is nothing for it to see. It is refused.
///
/// # Errors
/// [`Error::Invalid`] or [`Error::Limit`] for labels that no model can have, and for those that this one cannot be
/// taught.
pub fn adapted_config(from: &ModelConfig, labels: &[String], learns: Learns) -> Result<ModelConfig> {
    let mut config = ModelConfig { labels: labels.to_vec(), ..from.clone() };
    if labels != from.labels
        && let Some(own) = from.task.fixed_labels()
        && labels != own
    {
        let listed = own.join(", ");
        if labels.len() == own.len() && own.iter().all(|label| labels.iter().any(|other| other == label)) {
            return Err(Error::invalid(format!(
                "the labels of a model for {} sounds stand in this order: {listed}",
                from.task.name()
            )));
        }
        if from.needs_cycles() {
            return Err(Error::invalid(format!(
                "a model that follows heart cycles can learn to tell {listed} apart, and no other classes, for other \
                 sounds have no cycles: start from a model for scenes, or from one with another classifier"
            )));
        }
        config.task = Task::Scene;
        config.conditioning.spike_removal = false;
    }
    config.front_end.learnable |= learns.filters();
    config.validate()?;
    // There are classes enough.
    config.layout()?;
    Ok(config)
}

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
