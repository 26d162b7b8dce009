//! Which device does the arithmetic.
//!
//! A device is listed by its driver, opened, and made to compute before it is chosen, so that a missing driver is a message
//! here and not a panic later.

mod choice;

use burn::tensor::Device;

use crate::error::{Error, Result};

pub use choice::DeviceChoice;

/// A device that has computed something.
#[derive(Clone, Debug)]
pub struct ComputeDevice {
    /// For tensors; without autodiff.
    pub device: Device,
    /// As people know it: `CPU` or `CUDA 0: NVIDIA H100`. Nothing that changes no result: model files have it.
    pub name: String,
    /// Threads that compute on the processor's side (`--threads` sets them).
    pub threads: usize,
}

/// Takes a device and says on standard error which, and why.
///
/// # Errors
/// The device that was asked for is not there, or this program was built without it. `auto` always finds the CPU.
pub fn select(choice: DeviceChoice) -> Result<ComputeDevice> {
    let (taken, reason) = match choice {
        DeviceChoice::Cpu => (cpu(), "as asked".to_string()),
        DeviceChoice::Cuda(index) => (cuda(index).map_err(|reason| refusal(choice, &reason))?, "as asked".into()),
        DeviceChoice::Vulkan => (vulkan(true).map_err(|reason| refusal(choice, &reason))?, "as asked".into()),
        DeviceChoice::Auto => match cuda(0) {
            Ok(device) => (device, "the first GPU found".into()),
            Err(no_cuda) => match vulkan(false) {
                Ok(device) => (device, format!("CUDA: {no_cuda}")),
                Err(no_vulkan) => (cpu(), format!("CUDA: {no_cuda}; Vulkan: {no_vulkan}")),
            },
        },
    };
    let threads = match taken.threads {
        _ if taken.device != Device::flex() => String::new(),
        1 => ", 1 thread".into(),
        threads => format!(", {threads} threads"),
    };
    say!("device: {}{threads} ({reason})", taken.name);
    Ok(taken)
}

fn refusal(choice: DeviceChoice, reason: &str) -> Error {
    Error::unsupported(format!("--device {choice}: {reason}; use --device cpu or auto"))
}

fn cpu() -> ComputeDevice {
    ComputeDevice { device: Device::flex(), name: "CPU".into(), threads: rayon::current_num_threads() }
}

#[cfg(not(feature = "cuda"))]
fn cuda(_index: usize) -> std::result::Result<ComputeDevice, String> {
    Err("built without it, cargo build --features cuda adds it".into())
}

#[cfg(feature = "cuda")]
fn cuda(index: usize) -> std::result::Result<ComputeDevice, String> {
    use burn::tensor::DeviceType;
    // Listing must come first: it looks for the driver's library, while opening a device without it panics.
    let found = without_panic(|| Device::enumerate(DeviceType::Cuda).len())?;
    if found == 0 {
        return Err("no NVIDIA GPU or no driver for it was found".into());
    }
    if index >= found {
        return Err(format!("there is no GPU number {index}; {found} found, counted from 0"));
    }
    tried(Device::cuda(index), &format!("CUDA {index}"))
}

#[cfg(not(feature = "vulkan"))]
fn vulkan(_software: bool) -> std::result::Result<ComputeDevice, String> {
    Err("built without it, cargo build --features vulkan adds it".into())
}

/// `software`: a driver that computes on the processor will do where there is no GPU. It is slower than the CPU backend,
/// but shows whether the Vulkan one works.
#[cfg(feature = "vulkan")]
fn vulkan(software: bool) -> std::result::Result<ComputeDevice, String> {
    use burn::tensor::DeviceKind;
    use burn::tensor::wgpu::WgpuBackend;
    // In order of speed.
    let mut kinds = vec![DeviceKind::DiscreteGpu(0), DeviceKind::IntegratedGpu(0), DeviceKind::VirtualGpu(0)];
    if software {
        kinds.push(DeviceKind::Cpu);
    }
    let open = |kind| Device::wgpu_options().device_kind(kind).graphics_api(WgpuBackend::Vulkan).init();
    for kind in kinds {
        if let Ok(device) = without_panic(|| open(kind))? {
            return tried(device, "Vulkan");
        }
    }
    Err("no GPU with a Vulkan driver was found".into())
}

/// Opens the device and lets it add one and one.
#[cfg(any(feature = "cuda", feature = "vulkan"))]
fn tried(device: Device, kind: &str) -> std::result::Result<ComputeDevice, String> {
    use burn::tensor::Tensor;
    let (name, sum) = without_panic(|| {
        let name = device.identity().map(|identity| identity.name);
        (name, (Tensor::<1>::ones([1], &device) + 1.0).try_into_vec_as::<f32>())
    })?;
    match sum {
        Ok(values) if values == [2.0] => {
            let name = name.map_or_else(|| kind.to_string(), |name| format!("{kind}: {name}"));
            Ok(ComputeDevice { device, name, threads: rayon::current_num_threads() })
        }
        Ok(values) => Err(format!("the device says that 1 + 1 is {values:?}")),
        Err(error) => Err(format!("the device does not compute: {error}")),
    }
}

/// Runs what may panic inside a driver's runtime, silently, and turns a panic into its first line.
#[cfg(any(feature = "cuda", feature = "vulkan"))]
fn without_panic<T>(action: impl FnOnce() -> T) -> std::result::Result<T, String> {
    use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
    let usual = take_hook();
    set_hook(Box::new(|_| {}));
    let result = catch_unwind(AssertUnwindSafe(action));
    set_hook(usual);
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default();
        if line.is_empty() { "its driver failed".into() } else { format!("its driver failed: {line}") }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_read_as_they_are_written() {
        for text in ["auto", "cuda:3", "vulkan", "cpu"] {
            assert_eq!(text.parse::<DeviceChoice>().unwrap().to_string(), text);
        }
        assert_eq!("cuda".parse(), Ok(DeviceChoice::Cuda(0)));
        for text in ["", "gpu", "cuda:", "cuda:-1", "cuda:x"] {
            assert!(text.parse::<DeviceChoice>().is_err(), "{text}");
        }
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_device_that_was_not_built_in_is_a_sentence() {
        let message = select(DeviceChoice::Cuda(0)).unwrap_err().to_string();
        assert!(message.contains("--device cuda:0") && message.contains("built without"), "{message}");
    }

    #[cfg(not(any(feature = "cuda", feature = "vulkan")))]
    #[test]
    fn auto_falls_back_to_the_cpu() {
        assert!(select(DeviceChoice::Auto).unwrap().name.starts_with("CPU"));
    }
}
