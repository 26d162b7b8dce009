//! The device on which the GPU's tests compute.

use std::sync::OnceLock;

use burn::tensor::Device;

use crate::skip::skipped;

/// The first device that opens: of CUDA, Vulkan or WebGPU's runtime, as far as they are built. Where none does, the test is
/// left out, and says so.
pub fn device() -> Option<&'static Device> {
    static DEVICE: OnceLock<Option<Device>> = OnceLock::new();
    let device = DEVICE.get_or_init(|| cuda().or_else(vulkan).or_else(webgpu));
    if device.is_none() {
        skipped("no GPU and no Vulkan driver (Debian: mesa-vulkan-drivers)");
    }
    device.as_ref()
}

#[cfg(feature = "cuda")]
fn cuda() -> Option<Device> {
    use burn::tensor::DeviceType;
    (!Device::enumerate(DeviceType::Cuda).is_empty()).then(|| Device::cuda(0))
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> Option<Device> {
    None
}

#[cfg(feature = "vulkan")]
fn vulkan() -> Option<Device> {
    use burn::tensor::DeviceKind;
    use burn::tensor::wgpu::WgpuBackend;
    let kinds = [DeviceKind::DiscreteGpu(0), DeviceKind::IntegratedGpu(0), DeviceKind::VirtualGpu(0), DeviceKind::Cpu];
    kinds.into_iter().find_map(|kind| {
        let options = Device::wgpu_options().device_kind(kind).graphics_api(WgpuBackend::Vulkan);
        std::panic::catch_unwind(|| options.init().ok()).ok().flatten()
    })
}

#[cfg(not(feature = "vulkan"))]
fn vulkan() -> Option<Device> {
    None
}

#[cfg(feature = "webgpu")]
fn webgpu() -> Option<Device> {
    std::panic::catch_unwind(|| Device::wgpu_options().init().ok()).ok().flatten()
}

#[cfg(not(feature = "webgpu"))]
fn webgpu() -> Option<Device> {
    None
}
