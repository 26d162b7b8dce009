//! How and from which data the weights of a model were made.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::text::plain;

/// How and from which data the weights of a model were made, in words for people.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// Version of the software that trained the model.
    pub software_version: String,
    /// Name of the data it was trained on.
    pub data: String,
    /// How the data was split and how the epoch was chosen.
    pub protocol: String,
    /// Seed of all randomness: start values of the weights, batches and augmentation.
    pub seed: u64,
    /// The device it was trained on.
    pub device: String,
    /// Number of epochs until these weights.
    pub epochs: u64,
    /// Metrics by name, as reported at the end of training; a JSON object.
    pub metrics: Value,
}

impl Provenance {
    /// The same with [plain] characters only. These texts are for people: other characters in them are no reason to
    /// refuse a model.
    pub(super) fn plain(self) -> Self {
        let Self { software_version, data, protocol, seed, device, epochs, metrics } = self;
        let [software_version, data, protocol, device] =
            [software_version, data, protocol, device].map(|words| plain(&words).into_owned());
        Self { software_version, data, protocol, seed, device, epochs, metrics: plain_value(metrics) }
    }
}

/// JSON with plain characters only. It is nested no deeper than the JSON that was read.
fn plain_value(value: Value) -> Value {
    match value {
        Value::String(words) => Value::String(plain(&words).into_owned()),
        Value::Array(values) => values.into_iter().map(plain_value).collect(),
        Value::Object(members) => {
            // One by one: see `math::order`.
            let mut plainly = Map::new();
            plainly.extend(members.into_iter().map(|(name, value)| (plain(&name).into_owned(), plain_value(value))));
            Value::Object(plainly)
        }
        other => other,
    }
}
