//! WebGPU when there is an adapter, otherwise the CPU; and a sentence that says why.

use crate::dom;
use crate::gpu::Gpu;
use crate::state::{Backend, Handle};

/// WebGPU if the page may use it and the browser has it.
pub async fn choose() -> Backend {
    if dom::query("backend").as_deref() == Some("cpu") {
        return Backend::cpu("the address says backend=cpu");
    }
    if dom::property(&dom::window().navigator(), "gpu").is_none() {
        return Backend::cpu(if dom::window().is_secure_context() {
            "this browser has no WebGPU"
        } else {
            "browsers offer WebGPU only over https and on localhost"
        });
    }
    match Gpu::request().await {
        Ok(gpu) => Backend { why: gpu.name.clone(), gpu: Some(Handle::new(gpu)) },
        Err(failure) => Backend::cpu(failure.to_string()),
    }
}
