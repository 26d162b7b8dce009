//! A model on the device: its weights, its buffers, and its runs.

use std::cell::RefCell;
use std::rc::Rc;

use spectnet_core::network::cpu::engine::{Network, softmax};
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, Buffer, BufferBinding, BufferDescriptor,
    BufferUsages,
};

use super::device::Gpu;
use super::plan::{Plan, Source, Step};
use crate::failure::{Failure, Result};
use crate::format;

/// Most windows in one step: enough to fill a large device, few enough that a slow one answers within a second.
const MAX_WINDOWS: usize = 8;
/// Memory that the buffers of all windows may take, in bytes; on phones everything else needs the same memory.
const MAX_BYTES: usize = 256 << 20;
/// Distance of the steps' sizes: what every device accepts as the offset of a uniform binding.
const SIZES_STRIDE: usize = 256;

/// A model on a graphics device.
#[derive(Debug)]
pub struct GpuEngine {
    gpu: Rc<Gpu>,
    plan: Plan,
    classes: usize,
    windows: usize,
    buffers: Vec<Buffer>,
    weights: Buffer,
    sizes: Buffer,
    /// Where results go to be read; away while a run waits for its own.
    answer: RefCell<Option<Buffer>>,
    bindings: Vec<BindGroup>,
}

impl GpuEngine {
    /// Lays out a model and uploads its weights.
    ///
    /// # Errors
    /// [`Failure::Device`] when the device has too little memory for one window.
    pub fn new(gpu: Rc<Gpu>, network: &Network) -> Result<Self> {
        let mut plan = Plan::new(network);
        let limits = gpu.device.limits();
        let largest = limits.max_buffer_size.min(limits.max_storage_buffer_binding_size);
        let largest = usize::try_from(largest).unwrap_or(usize::MAX);
        let windows =
            MAX_WINDOWS.min(largest / plan.largest_bytes().max(1)).min(MAX_BYTES / plan.window_bytes().max(1));
        let needed = plan.window_bytes().max(size_of_val(plan.weights.as_slice()));
        let groups = plan.steps.iter().flat_map(|step| step.groups).max().unwrap_or(0);
        if windows == 0
            || size_of_val(plan.weights.as_slice()) > largest
            || groups > limits.max_compute_workgroups_per_dimension as usize
        {
            return Err(Failure::Device(format!("the model needs {} there", format::bytes(needed as u64))));
        }
        let buffer = |bytes: usize, usage: BufferUsages| {
            let size = bytes.next_multiple_of(16).max(16) as u64;
            gpu.device.create_buffer(&BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
        };
        let data = BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let buffers: Vec<Buffer> =
            plan.buffers.iter().map(|values| buffer(windows * values * size_of::<f32>(), data)).collect();
        let weights = buffer(size_of_val(plan.weights.as_slice()), BufferUsages::STORAGE | BufferUsages::COPY_DST);
        let sizes = buffer(plan.steps.len() * SIZES_STRIDE, BufferUsages::UNIFORM | BufferUsages::COPY_DST);
        gpu.queue.write_buffer(&weights, 0, &floats(&plan.weights));
        // The device has them now.
        plan.weights = Vec::new();
        for (index, step) in plan.steps.iter().enumerate() {
            gpu.queue.write_buffer(&sizes, (index * SIZES_STRIDE) as u64, &numbers(&step.sizes));
        }
        let bind = |(index, step): (usize, &Step)| bind(&gpu, index, step, &buffers, &weights, &sizes);
        let bindings = plan.steps.iter().enumerate().map(bind).collect();
        Ok(Self {
            classes: network.classes(),
            plan,
            windows,
            buffers,
            weights,
            sizes,
            answer: RefCell::default(),
            bindings,
            gpu,
        })
    }

    /// Most windows that one call takes.
    pub fn windows(&self) -> usize {
        self.windows
    }

    /// Whether the kernels are too long for the device: then it takes images instead of signals.
    pub fn takes_images(&self) -> bool {
        self.plan.takes_images()
    }

    /// Whether the classifier runs on it too; a small one is left to the CPU.
    pub fn classifies(&self) -> bool {
        self.plan.logits.is_some()
    }

    /// Log-energy images `[windows, frames, filters]` of windows `[windows, samples]`, where it does not take images.
    ///
    /// # Errors
    /// [`Failure::Device`] when the device was lost, ran out of memory, or never answers.
    pub async fn images(&self, signals: &[f32]) -> Result<Vec<f32>> {
        let [laid_out] = self.run(signals, self.plan.front_end, [self.plan.image.buffer]).await?;
        Ok(self.unpacked(&laid_out))
    }

    /// Probabilities `[windows, classes]` of windows `[windows, samples]`; where it takes images, of
    /// `[windows, frames, filters]`.
    ///
    /// # Errors
    /// Those of [`images`](Self::images), or a model that it does not [classify](Self::classifies) with.
    pub async fn probabilities(&self, input: &[f32]) -> Result<Vec<f32>> {
        let (logits, steps, maps) = (self.logits()?, self.plan.steps.len(), self.plan.image);
        let [logits] = if self.takes_images() {
            let images = input.chunks(maps.rows * maps.columns);
            let laid_out: Vec<f32> = images.flat_map(|image| maps.laid_out(image)).collect();
            self.run(&laid_out, steps, [logits]).await?
        } else {
            self.run(input, steps, [logits]).await?
        };
        Ok(self.probabilities_of(logits))
    }

    /// Both of windows `[windows, samples]`, where it does not take images: those that the probabilities are computed from,
    /// in the same run.
    ///
    /// # Errors
    /// Those of [`probabilities`](Self::probabilities).
    pub async fn images_and_probabilities(&self, signals: &[f32]) -> Result<[Vec<f32>; 2]> {
        // No step behind the front-end writes to the buffer of the image.
        let results = [self.plan.image.buffer, self.logits()?];
        let [laid_out, logits] = self.run(signals, self.plan.steps.len(), results).await?;
        Ok([self.unpacked(&laid_out), self.probabilities_of(logits)])
    }

    /// The buffer of the logits.
    fn logits(&self) -> Result<usize> {
        self.plan.logits.ok_or_else(|| Failure::reason("the classifier is left to the CPU"))
    }

    /// Images row by row, from the buffer of the image.
    fn unpacked(&self, laid_out: &[f32]) -> Vec<f32> {
        let maps = self.plan.image;
        laid_out.chunks(maps.window).flat_map(|window| maps.values(window)).collect()
    }

    fn probabilities_of(&self, mut logits: Vec<f32>) -> Vec<f32> {
        logits.chunks_mut(self.classes).for_each(softmax);
        logits
    }

    /// The first `steps` steps for some windows, and what they leave in some buffers: one submission, one read-back.
    async fn run<const N: usize>(&self, input: &[f32], steps: usize, results: [usize; N]) -> Result<[Vec<f32>; N]> {
        let windows = input.len() / self.plan.buffers[0];
        if windows == 0 || windows > self.windows {
            return Err(Failure::reason(format!("{windows} windows in one step: expected 1 to {}", self.windows)));
        }
        self.gpu.queue.write_buffer(&self.buffers[0], 0, &floats(input));
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            for (step, bindings) in self.plan.steps.iter().zip(&self.bindings).take(steps) {
                pass.set_pipeline(self.gpu.pipeline(step.shader));
                pass.set_bind_group(0, bindings, &[]);
                pass.dispatch_workgroups(step.groups[0] as u32, step.groups[1] as u32, windows as u32);
            }
        }
        let answer = self.answer.take().unwrap_or_else(|| self.answer_buffer());
        let lengths = results.map(|result| windows * self.plan.buffers[result]);
        let mut bytes = 0;
        for (result, length) in results.into_iter().zip(lengths) {
            let size = (length * size_of::<f32>()) as u64;
            encoder.copy_buffer_to_buffer(&self.buffers[result], 0, &answer, bytes, size);
            bytes += size;
        }
        self.gpu.queue.submit([encoder.finish()]);
        let mut read = self.gpu.read(&answer, bytes).await?.into_iter();
        self.answer.replace(Some(answer));
        Ok(lengths.map(|length| read.by_ref().take(length).collect()))
    }

    fn answer_buffer(&self) -> Buffer {
        let size = (self.windows * (self.plan.image.window + self.classes) * size_of::<f32>()) as u64;
        let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
        self.gpu.device.create_buffer(&BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
    }
}

impl Drop for GpuEngine {
    /// At once; the browser would wait until it collects garbage.
    fn drop(&mut self) {
        let answer = self.answer.take();
        self.buffers.iter().chain([&self.weights, &self.sizes]).chain(&answer).for_each(Buffer::destroy);
    }
}

fn bind(gpu: &Gpu, index: usize, step: &Step, buffers: &[Buffer], weights: &Buffer, sizes: &Buffer) -> BindGroup {
    let source = |source: Source| match source {
        Source::Weights => weights,
        Source::Buffer(index) => &buffers[index],
    };
    let [first, second] = step.sources.map(source);
    let own = BufferBinding {
        buffer: sizes,
        offset: (index * SIZES_STRIDE) as u64,
        size: std::num::NonZeroU64::new(SIZES_STRIDE as u64),
    };
    gpu.device.create_bind_group(&BindGroupDescriptor {
        label: None,
        layout: &gpu.layout,
        entries: &[
            BindGroupEntry { binding: 0, resource: first.as_entire_binding() },
            BindGroupEntry { binding: 1, resource: second.as_entire_binding() },
            BindGroupEntry { binding: 2, resource: buffers[step.target].as_entire_binding() },
            BindGroupEntry { binding: 3, resource: BindingResource::Buffer(own) },
        ],
    })
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Every size lies below the limit on buffers, hence below 2³².
fn numbers(sizes: &[usize]) -> Vec<u8> {
    sizes.iter().flat_map(|&size| (size as u32).to_le_bytes()).collect()
}
