//! A model on a device, ready to run.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Uint8Array;
use spectnet_core::network::cpu::engine::{CpuEngine, Network};
use spectnet_core::package::{self, Package};
use spectnet_core::prediction::Windows;
use spectnet_core::recognise::{Answer, Batch};

use super::slice::BATCH_S;
use crate::failure::{Failure, Result};
use crate::gpu::{Gpu, GpuEngine};
use crate::{dom, pause};

/// Most windows in one step where the CPU alone computes.
const CPU_BATCH: usize = 16;
/// Largest difference between the GPU's and the CPU's probabilities that rounding explains.
const TOLERANCE: f32 = 5e-3;

/// A model on a device.
#[derive(Debug)]
pub struct Engine {
    /// The model.
    pub model: Rc<Model>,
    gpu: Option<GpuEngine>,
    batch: Cell<usize>,
    /// What the CPU has to do of a batch, in seconds.
    batch_s: Cell<f64>,
    /// Whether the CPU has made what its first window waits for.
    is_ready: Cell<bool>,
}

/// A model as it was read, and the CPU that can run it anywhere.
#[derive(Debug)]
pub struct Model {
    /// What is in its file.
    pub package: Rc<Package>,
    cpu: CpuEngine,
    /// Its file, to be learned from: outside of the program's memory, which never shrinks.
    bytes: Uint8Array,
}

impl Model {
    /// Reads a model file, with turns for the page between the parts of the work.
    ///
    /// # Errors
    /// Why the file is no model.
    pub async fn read(bytes: Uint8Array) -> Result<Self> {
        pause::turn().await;
        let package = package::read(&bytes.to_vec())?;
        pause::turn().await;
        let network = Network::new(&package.config, &package.weights)?;
        pause::turn().await;
        Ok(Self { package: Rc::new(package), cpu: CpuEngine::new(network)?, bytes })
    }

    /// Its file.
    pub fn bytes(&self) -> &Uint8Array {
        &self.bytes
    }

    /// The model on the CPU.
    pub fn cpu(&self) -> &CpuEngine {
        &self.cpu
    }
}

impl Engine {
    /// Puts a model on a graphics device, or on the CPU.
    ///
    /// # Errors
    /// [`Failure::Device`] when it does not fit there.
    pub fn new(model: Rc<Model>, gpu: Option<Rc<Gpu>>) -> Result<Self> {
        let gpu = gpu.map(|gpu| GpuEngine::new(gpu, model.cpu.network())).transpose()?;
        let batch = Cell::new(gpu.as_ref().map_or(1, GpuEngine::windows));
        Ok(Self { model, gpu, batch, batch_s: Cell::default(), is_ready: Cell::default() })
    }

    /// Takes over what was measured of another model on the CPU, where both have the same work to do; whether they have.
    pub fn measured_as(&self, other: &Self) -> bool {
        let [here, there] = [self, other].map(|engine| &engine.model.package.config);
        let same = (&here.front_end, &here.windowing, &here.classifier)
            == (&there.front_end, &there.windowing, &there.classifier);
        let takes_over = same && self.gpu.is_none() && other.gpu.is_none();
        if takes_over {
            self.batch.set(other.batch());
            self.batch_s.set(other.batch_s());
        }
        takes_over
    }

    /// Most windows to take in one step.
    pub fn batch(&self) -> usize {
        self.batch.get()
    }

    /// How long so many keep the page from answering, in seconds, as far as that was measured.
    pub fn batch_s(&self) -> f64 {
        self.batch_s.get()
    }

    /// Log-energy images `[windows, frames, filters]` of conditioned windows `[windows, samples]`.
    ///
    /// # Errors
    /// [`Failure::Device`] when the GPU fails.
    pub async fn images(&self, windows: &[f32]) -> Result<Vec<f32>> {
        match &self.gpu {
            Some(gpu) if !gpu.takes_images() => gpu.images(windows).await,
            _ => self.images_on_cpu(windows).await,
        }
    }

    /// The same on the CPU. What its first window would have to wait for is megabytes, and as much work as several windows: it is
    /// made by itself, and only where a window is computed.
    async fn images_on_cpu(&self, windows: &[f32]) -> Result<Vec<f32>> {
        let cpu = &self.model.cpu;
        if !self.is_ready.replace(true) {
            pause::turn().await;
            cpu.warm_up();
            pause::turn().await;
        }
        Ok(cpu.images(windows, cpu.network().samples)?)
    }

    /// Images, where they are wanted, and probabilities of the windows of a batch. The front-end runs once.
    ///
    /// # Errors
    /// [`Failure::Device`] when the GPU fails.
    pub async fn run(&self, batch: &Batch) -> Result<Answer> {
        self.compute(&batch.input, batch.wants_images).await
    }

    /// The device normalises over all frames of a window, so the CPU computes those of which some frames are padding.
    async fn compute(&self, windows: &Windows, wants_images: bool) -> Result<Answer> {
        let Windows { samples, states, sounding } = windows;
        let (cpu, gpu) = (&self.model.cpu, self.gpu.as_ref().filter(|_| sounding.is_none()));
        if let Some(gpu) = gpu.filter(|gpu| gpu.classifies() && !gpu.takes_images()) {
            if !wants_images {
                // The images stay on the device: to read them takes time.
                return Ok(Answer { images: None, probabilities: gpu.probabilities(samples).await? });
            }
            let [images, probabilities] = gpu.images_and_probabilities(samples).await?;
            return Ok(Answer { images: Some(images), probabilities });
        }
        let images = match gpu {
            Some(_) => self.images(samples).await?,
            None => {
                let began_s = dom::now();
                let images = self.images_on_cpu(samples).await?;
                // On a busy machine one window may take most of the time in which the page need not answer.
                if dom::now() - began_s > BATCH_S / 2.0 {
                    pause::turn().await;
                }
                images
            }
        };
        let probabilities = match gpu.filter(|gpu| gpu.classifies()) {
            Some(gpu) => gpu.probabilities(&images).await?,
            // Where the device made the image, what is left takes no time.
            None => cpu.probabilities_of(&images, states.as_deref(), sounding.as_deref())?,
        };
        Ok(Answer { images: Some(images), probabilities })
    }

    /// The first run: waits for the GPU's shaders and compares its answer with the CPU's; measures how many windows the
    /// CPU can take in one step. How long all that took, in seconds.
    ///
    /// # Errors
    /// [`Failure::Device`] when the GPU fails or its answer is wrong.
    pub async fn warm_up(&self) -> Result<f64> {
        let started = dom::now();
        let window = self.test_window();
        let answer = self.compute(&window, false).await?.probabilities;
        if self.gpu.is_some() {
            let reference = self.model.cpu.probabilities(&window)?;
            if !answer.iter().zip(&reference).all(|(gpu, cpu)| (gpu - cpu).abs() <= TOLERANCE) {
                return Err(Failure::Device(format!("it answers {answer:.3?} where the CPU answers {reference:.3?}")));
            }
        }
        // What the CPU does of a step must not keep the page from answering.
        if self.gpu.as_ref().is_none_or(GpuEngine::takes_images) {
            pause::breathe().await;
            let second = dom::now();
            let most = match &self.gpu {
                Some(gpu) => self.images(&window.samples).await.map(|_| gpu.windows())?,
                None => self.compute(&window, false).await.map(|_| CPU_BATCH)?,
            };
            let per_window = (dom::now() - second).max(1e-3);
            let batch = ((BATCH_S / per_window) as usize).clamp(1, most);
            self.batch.set(batch);
            self.batch_s.set(batch as f64 * per_window);
        }
        Ok(dom::now() - started)
    }

    /// A sound that is the same every time: a few harmonics of a slow vibration, energy in every filter, and cheap.
    fn test_window(&self) -> Windows {
        let sound = |k: usize| (1..=12).map(|h| (k as f32 * 0.051 * h as f32).sin()).sum::<f32>() * 0.02;
        Windows::from((0..self.model.package.config.windowing.samples).map(sound).collect::<Vec<f32>>())
    }
}
