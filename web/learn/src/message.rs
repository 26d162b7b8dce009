//! What page and learner say to each other.
//!
//! The page posts `{ order: JSON of [Order], model: Uint8Array, samples: [[Float32Array, …one a channel], …one a recording],
//! kept: Uint8Array or nothing }`, all arrays transferred, once; then at any time `{ stop: true }`. The learner posts
//! `{ report: JSON of [Report], model: Uint8Array or nothing, kept: Uint8Array or nothing }`. What is *kept* is what another
//! worker goes on from with the same order where [`Report::Lost`] follows; the page hands it on as it is. Unasked come some
//! [`Report::Loading`], and [`Report::Ready`] when the program is there; the last report is [`Report::Ended`],
//! [`Report::Failed`] or [`Report::Lost`], after which the worker is ended by the page.

use serde::{Deserialize, Serialize};

/// What is to be learned from which recordings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The classes, in the order of the outputs. Where they are those of the model, its head goes on from where it is; else
    /// the head is new.
    pub labels: Vec<String>,
    /// What of the model learns.
    pub learns: Learns,
    /// Whether the same is trained beside it with filters that stay as they are.
    pub compare: bool,
    /// Seed of a new head, batches and augmentation.
    pub seed: u64,
    /// The run ends after so many seconds of training,
    pub seconds: f64,
    /// or after so many steps, whichever is first; none: by time, or when it gets no better.
    pub steps: Option<u32>,
    /// What computes.
    pub device: Computer,
    /// The recordings, in the order of the samples that come with them.
    pub recordings: Vec<Labelled>,
    /// The browser, for the model file: what it calls itself.
    pub browser: String,
}

/// A recording whose class a person named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Labelled {
    /// What the person knows it by.
    pub name: String,
    /// Number of its class in [`Order::labels`].
    pub label: usize,
    /// Samples a second, in Hz.
    pub sample_rate: u32,
    /// Recordings of one group (one person, one place, one take) are learned from or held out together; empty: it is alone.
    #[serde(default)]
    pub group: String,
}

/// What of a model learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Learns {
    /// The last layer, which turns what the network found into classes.
    #[default]
    Head,
    /// The filters, and the last layer.
    Filters,
    /// All of it.
    Everything,
    /// No weights: what turns its probabilities into such that fit these recordings, and the threshold.
    Calibration,
}

/// What computes the training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Computer {
    /// The processor, one thread of it.
    #[default]
    Cpu,
    /// The graphics processor, through WebGPU.
    Webgpu,
}

/// What the learner says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Report {
    /// So much of the program has arrived. `learner.js` says it, before the program is there.
    Loading {
        /// Bytes that are there.
        received: u64,
        /// Bytes in all; none where the server does not say it.
        total: Option<u64>,
    },
    /// The program is there and waits for the order.
    Ready,
    /// So many of the recordings are conditioned.
    Preparing {
        /// Recordings that are ready.
        done: usize,
    },
    /// All are: what each is used for, in the order of the order.
    Prepared {
        /// One for every recording.
        parts: Vec<Part>,
        /// What computes, by name.
        device: String,
    },
    /// A step was made, or some. A model file comes with it where the page should show how far it is.
    Step(Step),
    /// Something that a person should know, in a sentence; the run goes on.
    Note {
        /// The sentence.
        text: String,
    },
    /// The run is over. The model file that comes with it is the best one by what was held out.
    Ended {
        /// Why, in a sentence.
        why: String,
        /// What it comes to.
        last: Step,
    },
    /// It cannot be done.
    Failed {
        /// Why, and what helps, in a sentence.
        why: String,
    },
    /// The program has stopped while the graphics processor computed: the CPU may still do it, in another worker.
    Lost {
        /// Why, without a full stop.
        why: String,
    },
}

/// What a recording is used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "use", rename_all = "kebab-case")]
pub enum Part {
    /// It is learned from.
    Learned,
    /// It is held out: it only shows how well what was learned does.
    HeldOut,
    /// The only one of its class: its end is held out, and the rest is learned from.
    Both,
    /// It is of no use.
    LeftOut {
        /// Why: silent, too short, …
        why: String,
    },
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Steps so far; 0 before the first.
    pub step: u32,
    /// Seconds of training so far.
    pub seconds: f64,
    /// How it does with everything that learns.
    pub learned: Figures,
    /// How its twin does, whose filters stay.
    pub frozen: Option<Figures>,
    /// Centre frequencies and bandwidths (−3 dB) of the filters as they are now, in Hz.
    pub filters: Vec<(f64, f64)>,
}

/// How well a model does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Mean loss of the last steps, in nats; none before the first.
    pub loss: Option<f64>,
    /// Held-out windows that it names right,
    pub right: usize,
    /// of so many; 0 where nothing is held out.
    pub of: usize,
    /// Their mean loss, in nats.
    pub held_out_loss: Option<f64>,
}
