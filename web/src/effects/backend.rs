//! WebGPU when there is an adapter, otherwise the CPU; and a sentence that says why.

use crate::dom;
use crate::gpu::Gpu;
use crate::state::{Backend, DeviceChoice, Handle};

/// What the page's address says: `?backend=cpu` and `?backend=webgpu` force either.
pub fn asked() -> DeviceChoice {
    DeviceChoice::named(&dom::query("backend").unwrap_or_default())
}

/// WebGPU if it is wanted, the page may use it, and the browser has it; in software only where it is asked for.
pub async fn choose(choice: DeviceChoice) -> Backend {
    if choice == DeviceChoice::Cpu {
        let by_address = asked() == DeviceChoice::Cpu;
        return Backend::cpu(if by_address { "the address says backend=cpu" } else { "as chosen below" });
    }
    if dom::property(&dom::window().navigator(), "gpu").is_none() {
        return Backend::cpu(if dom::window().is_secure_context() {
            "this browser has no WebGPU"
        } else {
            "browsers offer WebGPU only over https and on localhost"
        });
    }
    let found = match choice {
        DeviceChoice::Graphics => Gpu::request().await,
        _ => Gpu::request_hardware().await,
    };
    match found {
        Ok(gpu) => Backend { why: gpu.name.clone(), gpu: Some(Handle::new(gpu)) },
        Err(failure) => Backend::cpu(failure.to_string()),
    }
}
