//! Where the weights of a model come from.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::text::plain;

/// Where the weights come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// Version of the software that trained the model.
    pub software_version: String,
    /// The data it was trained on.
    pub data: String,
    /// How the data was split and the epoch chosen.
    pub protocol: String,
    /// Seed of weights, batches and augmentation.
    pub seed: u64,
    /// The device it was trained on.
    pub device: String,
    /// Epochs trained until these weights.
    pub epochs: u64,
    /// Metrics by name, as reported at the end of training.
    pub metrics: Value,
}

impl Provenance {
    /// The same in [plain] characters. They are words for people: a model with others in them is as good as without.
    pub(super) fn plain(self) -> Self {
        let Self { software_version, data, protocol, seed, device, epochs, metrics } = self;
        let [software_version, data, protocol, device] =
            [software_version, data, protocol, device].map(|words| plain(&words).into_owned());
        Self { software_version, data, protocol, seed, device, epochs, metrics: plain_value(metrics) }
    }
}

/// JSON of plain characters. As deep as it is nested it has been read before.
fn plain_value(value: Value) -> Value {
    match value {
        Value::String(words) => Value::String(plain(&words).into_owned()),
        Value::Array(values) => values.into_iter().map(plain_value).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (plain(&name).into_owned(), plain_value(value))).collect()
        }
        other => other,
    }
}
