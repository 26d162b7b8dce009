//! The model in use, the one on its way, and the device.

use std::rc::Rc;

use spectnet_core::package::Package;

use super::{Handle, ModelFile, Status, Ticket};
use crate::plot::response::Responses;

/// What computes, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Backend {
    /// The graphics device; without one the CPU computes.
    pub gpu: Option<Handle>,
    /// Why it was taken, in words.
    pub why: String,
}

impl Backend {
    /// The CPU.
    pub fn cpu(why: impl Into<String>) -> Self {
        Self { gpu: None, why: why.into() }
    }
}

/// A model on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// The request for it.
    pub ticket: Ticket,
    /// Its place in the menu.
    pub source: usize,
    /// What was read; none while it is being fetched.
    pub file: Option<ModelFile>,
    /// How long it took from the request to the first run, in seconds.
    pub load_s: Option<f64>,
    /// What is shown meanwhile.
    pub status: Status,
}

/// A model that works.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The request for it, which tells it from every other model.
    pub ticket: Ticket,
    /// Its place in the menu.
    pub source: usize,
    /// What the menu calls it.
    pub name: String,
    /// What is in its file.
    pub package: Rc<Package>,
    /// The model as it was read, for another device.
    pub file: Handle,
    /// The model on its device.
    pub engine: Handle,
    /// Whether that is a graphics device.
    pub on_gpu: bool,
    /// Its filters before and after training.
    pub responses: Rc<Responses>,
    /// How long it took to load, in seconds.
    pub load_s: f64,
    /// How long the first run took, in seconds.
    pub warm_up_s: f64,
}
