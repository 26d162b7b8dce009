//! WebGPU when there is an adapter, otherwise the CPU; and a sentence that says why.

use burn::tensor::wgpu::WgpuInitError;
use burn::tensor::{Device, Tensor};
use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::failure::{Failure, Result};
use crate::{dom, pause};

/// Longest wait for an adapter and a device; a driver that hangs must not keep the page from working.
const ADAPTER_TIMEOUT_MS: i32 = 15_000;
/// Longest wait for a result of the GPU, the compilation of its shaders included.
const READ_TIMEOUT_MS: i32 = 180_000;

/// Where tensors live, and why there.
#[derive(Clone, Debug)]
pub struct Backend {
    /// The device of Burn.
    pub device: Device,
    /// Whether that is a GPU.
    pub gpu: bool,
    /// Why it was taken, in words.
    pub why: String,
}

impl Backend {
    /// The CPU.
    pub fn cpu(why: impl Into<String>) -> Self {
        Self { device: Device::flex(), gpu: false, why: why.into() }
    }

    /// WebGPU if the page may use it and the browser has it.
    pub async fn choose() -> Self {
        if dom::query("backend").as_deref() == Some("cpu") {
            return Self::cpu("the address says backend=cpu");
        }
        let Some(gpu) = dom::property(&dom::window().navigator(), "gpu") else {
            return Self::cpu(if dom::window().is_secure_context() {
                "this browser has no WebGPU"
            } else {
                "browsers offer WebGPU only over https and on localhost"
            });
        };
        match pause::within(ADAPTER_TIMEOUT_MS, Device::wgpu_options().init_with_setup_async()).await {
            Some(Ok((device, setup))) => {
                let name = setup.adapter.get_info().name;
                let name = if name.is_empty() { adapter_name(&gpu).await } else { Some(name) };
                Self { device, gpu: true, why: name.unwrap_or_else(|| "the browser's adapter".into()) }
            }
            Some(Err(WgpuInitError::AdapterUnavailable { .. })) => Self::cpu("WebGPU finds no graphics adapter"),
            Some(Err(error)) => Self::cpu(format!("WebGPU does not start ({})", first_lines(&error.to_string()))),
            None => Self::cpu(format!("WebGPU did not answer within {} s", ADAPTER_TIMEOUT_MS / 1000)),
        }
    }

    /// Reads a tensor back, row by row.
    ///
    /// # Errors
    /// [`Failure::Device`] when the device was lost, ran out of memory, or never answers.
    pub async fn read<const D: usize>(&self, tensor: Tensor<D>) -> Result<Vec<f32>> {
        let data = pause::within(READ_TIMEOUT_MS, tensor.into_data_async())
            .await
            .ok_or_else(|| Failure::Device(format!("no answer within {} s", READ_TIMEOUT_MS / 1000)))?
            .map_err(|error| Failure::Device(first_lines(&error.to_string())))?;
        data.try_to_vec().map_err(|error| Failure::Device(error.to_string()))
    }
}

/// What the browser tells about its adapter: for privacy often no more than maker and family, `nvidia ampere`.
async fn adapter_name(gpu: &JsValue) -> Option<String> {
    let request: Function = dom::property(gpu, "requestAdapter")?.dyn_into().ok()?;
    let promise: Promise = request.call0(gpu).ok()?.dyn_into().ok()?;
    let info = dom::property(&JsFuture::from(promise).await.ok()?, "info")?;
    let words = ["vendor", "architecture"].map(|name| dom::property(&info, name).and_then(|word| word.as_string()));
    let name: Vec<String> = words.into_iter().flatten().filter(|word| !word.is_empty()).collect();
    (!name.is_empty()).then(|| name.join(" "))
}

/// Errors of graphics drivers come with whole stacks; Burn calls a device that is gone poisoned.
fn first_lines(text: &str) -> String {
    if text.contains("poisoned") {
        return "the graphics device was lost".into();
    }
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(3).collect();
    lines.join(" ")
}
