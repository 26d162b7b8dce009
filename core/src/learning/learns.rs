//! What of a model learns, and the configuration of a model that starts from another one.

use serde::{Deserialize, Serialize};

use crate::model::{ModelConfig, Task};
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
