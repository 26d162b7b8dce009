//! The file of the model that has learned, with where it comes from.

use serde_json::{Value, json};
use spectnet_core::Result;
use spectnet_core::model::{ModelConfig, Weights};
use spectnet_core::package::recordings::{Digest, Listed, Recordings};
use spectnet_core::package::{self, Package, Provenance, digest};
use spectnet_core::prediction::scope::Scope;
use spectnet_core::text::{NAMED, first};

use crate::message::{Figures, Order, Part};
use crate::recipe;

/// Most characters of a name that are written down.
const MOST_NAME: usize = 200;

/// What a model file says of where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    order: Order,
    /// The recordings that the model knew before; none where its file lists none.
    before: Option<Recordings>,
    /// For whom the model was made, where its classes are those that are learned.
    scope: Option<Scope>,
    /// The digest of the file that was the start.
    start: Digest,
    /// What has computed, by name, one after the other.
    devices: Vec<String>,
    /// Of every recording its part, and its digest where it could be read.
    recordings: Vec<(Part, Option<Digest>)>,
}

/// What a model has come to.
pub(crate) struct Come {
    /// Steps of the run, and those after which the weights were the best.
    pub(crate) steps: [u32; 2],
    /// Passes over the recordings.
    pub(crate) passes: u64,
    /// Whether the CPU has taken over from another device.
    pub(crate) fell_back: bool,
    /// How it does, and its twin.
    pub(crate) figures: (Figures, Option<Figures>),
}

impl Origin {
    /// Of an order, the file of its model, the name of what computes, and what each recording is used for.
    pub(crate) fn new(
        order: &Order,
        (bytes, from): (&[u8], &Package),
        device: &str,
        recordings: Vec<(Part, Option<Digest>)>,
    ) -> Self {
        Self {
            order: order.clone(),
            before: from.recordings.clone(),
            // A person's own classes may be anything, and the hearts of the model say nothing of them.
            scope: from.scope.clone().filter(|_| order.labels == from.config.labels),
            start: digest::of_bytes(bytes),
            devices: vec![device.to_owned()],
            recordings,
        }
    }

    /// What has computed, by name, one after the other.
    pub(crate) fn devices(&self) -> &[String] {
        &self.devices
    }

    /// These have computed before.
    pub(crate) fn computed_before_by(&mut self, devices: Vec<String>) {
        self.devices.splice(..0, devices);
    }

    /// The model file.
    ///
    /// # Errors
    /// Those of [`package::write`], [`package::with_recordings`] and [`package::with_scope`]: a file that would be refused is
    /// not written.
    pub(crate) fn write(&self, config: &ModelConfig, weights: &Weights, come: &Come) -> Result<Vec<u8>> {
        let bytes = package::write(config, weights, &self.provenance(come))?;
        let bytes = package::with_recordings(&bytes, &self.known())?;
        match &self.scope {
            Some(scope) => package::with_scope(&bytes, scope),
            None => Ok(bytes),
        }
    }

    /// What the model knows now. What is held out has chosen the weights that are taken.
    pub(crate) fn known(&self) -> Recordings {
        let mut known = self.before.clone().unwrap_or_default();
        for digest in self.of(&[Part::Learned, Part::Both]).into_iter().map(Listed::from) {
            known.chose.remove(&digest);
            known.held_out.remove(&digest);
            known.trained.insert(digest);
        }
        known.with_chosen_on(self.of(&[Part::HeldOut]))
    }

    /// The digests of all recordings that are of use.
    pub(crate) fn digests(&self) -> Vec<Digest> {
        self.of(&[Part::Learned, Part::Both, Part::HeldOut])
    }

    fn of(&self, parts: &[Part]) -> Vec<Digest> {
        self.recordings.iter().filter(|(part, _)| parts.contains(part)).filter_map(|(_, digest)| *digest).collect()
    }

    fn provenance(&self, come: &Come) -> Provenance {
        let Self { order, devices, .. } = self;
        let devices: Vec<&str> = devices.iter().map(String::as_str).chain(come.fell_back.then_some("CPU")).collect();
        let browser = if order.browser.is_empty() { String::new() } else { format!(", {}", shortened(&order.browser)) };
        Provenance {
            software_version: env!("CARGO_PKG_VERSION").into(),
            data: self.data(),
            protocol: self.protocol(come),
            seed: order.seed,
            device: format!("{}{browser}", devices.join(", then ")),
            epochs: come.passes,
            metrics: self.metrics(come),
        }
    }

    /// Names and digests of the recordings, as far as a person reads a list; all of them are in the metrics.
    fn data(&self) -> String {
        let count = |part: &Part| self.recordings.iter().filter(|(own, _)| own == part).count();
        let named: Vec<String> = self
            .recordings
            .iter()
            .zip(&self.order.recordings)
            .filter_map(|((_, digest), given)| Some(format!("{} ({})", shortened(&given.name), (*digest)?)))
            .collect();
        format!(
            "a person's own recordings: {} learned from, {} held out, {} both; {}",
            count(&Part::Learned),
            count(&Part::HeldOut),
            count(&Part::Both),
            first(&named, NAMED, ", ")
        )
    }

    fn protocol(&self, come: &Come) -> String {
        let [steps, best] = come.steps;
        let what = recipe::in_words(self.order.learns);
        let chosen = match come.figures.0.of {
            0 => "nothing held out, the last weights taken".to_owned(),
            windows => format!(
                "about a quarter of the recordings of each class held out, by groups, and the end of the only one of a class; \
                 the weights after step {best} taken, which have the least loss on the {windows} windows held out"
            ),
        };
        format!(
            "{what} learned for {steps} steps from the model file with SHA-256 {}…; {chosen}; batches balanced over classes",
            self.start
        )
    }

    fn metrics(&self, come: &Come) -> Value {
        let (learned, frozen) = come.figures;
        let recordings = self.recordings.iter().zip(&self.order.recordings).map(|((part, digest), given)| {
            json!({
                "name": shortened(&given.name),
                "label": self.order.labels.get(given.label),
                "digest": digest,
                "part": part,
            })
        });
        json!({
            "learner": {
                "learns": self.order.learns,
                "from": self.start,
                "steps": come.steps[0],
                "best_step": come.steps[1],
                "learned": learned,
                "frozen": frozen,
                "recordings": recordings.collect::<Vec<Value>>(),
            }
        })
    }
}

/// The beginning of a text that others wrote.
fn shortened(text: &str) -> String {
    text.chars().take(MOST_NAME).collect()
}
