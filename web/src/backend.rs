//! WebGPU when there is an adapter, otherwise the CPU; and a sentence that says why.

use std::rc::Rc;

use crate::dom;
use crate::gpu::Gpu;

/// What computes, and why.
#[derive(Clone, Debug)]
pub struct Backend {
    /// The graphics device; without one the CPU computes.
    pub gpu: Option<Rc<Gpu>>,
    /// Why it was taken, in words.
    pub why: String,
}

impl Backend {
    /// The CPU.
    pub fn cpu(why: impl Into<String>) -> Self {
        Self { gpu: None, why: why.into() }
    }

    /// WebGPU if the page may use it and the browser has it.
    pub async fn choose() -> Self {
        if dom::query("backend").as_deref() == Some("cpu") {
            return Self::cpu("the address says backend=cpu");
        }
        if dom::property(&dom::window().navigator(), "gpu").is_none() {
            return Self::cpu(if dom::window().is_secure_context() {
                "this browser has no WebGPU"
            } else {
                "browsers offer WebGPU only over https and on localhost"
            });
        }
        match Gpu::request().await {
            Ok(gpu) => Self { why: gpu.name.clone(), gpu: Some(Rc::new(gpu)) },
            Err(failure) => Self::cpu(failure.to_string()),
        }
    }
}
