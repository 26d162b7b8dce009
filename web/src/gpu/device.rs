//! The adapter, the device on it, and the shaders.

use std::sync::{Arc, Mutex, PoisonError};

use wgpu::{
    BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingType, Buffer, BufferBindingType,
    ComputePipeline, ComputePipelineDescriptor, Device, DeviceDescriptor, DeviceType, Instance,
    PipelineLayoutDescriptor, PowerPreference, Queue, RequestAdapterError, RequestAdapterOptions,
    ShaderModuleDescriptor, ShaderSource, ShaderStages,
};

#[cfg(target_arch = "wasm32")]
use super::browser as host;
#[cfg(not(target_arch = "wasm32"))]
use super::native as host;
use super::plan::Shader;
use super::software;
use crate::failure::{Failure, Result};

/// Longest wait for an adapter and a device; a driver that hangs must not keep the page from working.
const ADAPTER_TIMEOUT_MS: i32 = 15_000;
/// Longest wait for a result, the compilation of the shaders included.
const READ_TIMEOUT_MS: i32 = 180_000;

/// A graphics device with the shaders, which suit every model.
#[derive(Debug)]
pub struct Gpu {
    /// What it is called.
    pub name: String,
    pub(super) device: Device,
    pub(super) queue: Queue,
    pub(super) layout: BindGroupLayout,
    pipelines: Vec<ComputePipeline>,
    /// Why it is of no use any more.
    failure: Arc<Mutex<Option<String>>>,
}

impl Gpu {
    /// Asks the browser for one. The shaders compile in the background.
    ///
    /// # Errors
    /// [`Failure::Device`] when there is none, or it does not answer.
    pub async fn request() -> Result<Self> {
        Self::in_time(false).await
    }

    /// The same, but for one that is hardware: in software the CPU's own engine is faster.
    ///
    /// # Errors
    /// [`Failure::Device`] when there is none, or it does not answer.
    pub async fn request_hardware() -> Result<Self> {
        Self::in_time(true).await
    }

    async fn in_time(hardware_only: bool) -> Result<Self> {
        let started = host::within(ADAPTER_TIMEOUT_MS, Self::start(hardware_only)).await;
        let silent = || Failure::Device(format!("WebGPU did not answer within {} s", ADAPTER_TIMEOUT_MS / 1000));
        started.ok_or_else(silent)?
    }

    async fn start(hardware_only: bool) -> Result<Self> {
        let options =
            RequestAdapterOptions { power_preference: PowerPreference::HighPerformance, ..Default::default() };
        let adapter = Instance::default().request_adapter(&options).await.map_err(|error| match error {
            RequestAdapterError::NotFound { .. } => Failure::Device("WebGPU finds no graphics adapter".into()),
            other => Failure::Device(format!("WebGPU does not start ({})", first_lines(&other.to_string()))),
        })?;
        let name = host::name(&adapter).await;
        if hardware_only && (adapter.get_info().device_type == DeviceType::Cpu || software::is_software(&name)) {
            return Err(Failure::Device(format!("WebGPU computes in software here ({name}), and the CPU is faster")));
        }
        let (device, queue) = adapter
            .request_device(&DeviceDescriptor::default())
            .await
            .map_err(|error| Failure::Device(format!("WebGPU does not start ({})", first_lines(&error.to_string()))))?;
        let failure = Arc::new(Mutex::new(None));
        watch(&device, &failure);
        let layout = layout(&device);
        let pipelines = Shader::ALL.map(|shader| pipeline(&device, &layout, shader)).into();
        Ok(Self { name, device, queue, layout, pipelines, failure })
    }

    pub(super) fn pipeline(&self, shader: Shader) -> &ComputePipeline {
        &self.pipelines[shader as usize]
    }

    /// The first `bytes` bytes of a buffer that can be mapped, once everything that was submitted is done.
    pub(super) async fn read(&self, buffer: &Buffer, bytes: u64) -> Result<Vec<f32>> {
        let silent = || Failure::Device(format!("no answer within {} s", READ_TIMEOUT_MS / 1000));
        let mapped = host::mapped(&self.device, buffer, bytes);
        let mapped = host::within(READ_TIMEOUT_MS, mapped).await.ok_or_else(silent)?;
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(why) = failure {
            return Err(Failure::Device(why));
        }
        if !mapped {
            return Err(Failure::Device("the graphics device was lost".into()));
        }
        let values = {
            let view = buffer.get_mapped_range(..bytes).map_err(|error| Failure::Device(error.to_string()))?;
            view.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
        };
        buffer.unmap();
        Ok(values)
    }
}

/// Takes down the first error of the device; the next reading of a result reports it.
fn watch(device: &Device, failure: &Arc<Mutex<Option<String>>>) {
    let note = |failure: &Mutex<Option<String>>, why: String| {
        failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
    };
    let lost = failure.clone();
    device.set_device_lost_callback(move |_, _| note(&lost, "the graphics device was lost".into()));
    let wrong = failure.clone();
    device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| note(&wrong, first_lines(&error.to_string()))));
}

/// What every shader binds: two buffers to read, one to write, and its sizes.
fn layout(device: &Device) -> BindGroupLayout {
    let buffer = |binding, ty| BindGroupLayoutEntry {
        binding,
        visibility: ShaderStages::COMPUTE,
        ty: BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    };
    let entries = [
        buffer(0, BufferBindingType::Storage { read_only: true }),
        buffer(1, BufferBindingType::Storage { read_only: true }),
        buffer(2, BufferBindingType::Storage { read_only: false }),
        buffer(3, BufferBindingType::Uniform),
    ];
    device.create_bind_group_layout(&BindGroupLayoutDescriptor { label: None, entries: &entries })
}

/// The browser compiles it apart from the page, which goes on meanwhile.
fn pipeline(device: &Device, layout: &BindGroupLayout, shader: Shader) -> ComputePipeline {
    let source = ShaderSource::Wgsl(shader.source().into());
    let module = device.create_shader_module(ShaderModuleDescriptor { label: None, source });
    let layouts = PipelineLayoutDescriptor { label: None, bind_group_layouts: &[Some(layout)], immediate_size: 0 };
    device.create_compute_pipeline(&ComputePipelineDescriptor {
        label: None,
        layout: Some(&device.create_pipeline_layout(&layouts)),
        module: &module,
        entry_point: Some("main"),
        compilation_options: Default::default(),
        cache: None,
    })
}

/// Errors of graphics drivers come with whole stacks.
fn first_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(3).collect();
    lines.join(" ")
}
