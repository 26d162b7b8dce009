//! A model on a device, ready to run.

use std::cell::Cell;

use burn::tensor::{Tensor, TensorData};
use spectnet_core::package::{self, Package};
use spectnet_core::predict;

use crate::backend::Backend;
use crate::failure::{Failure, Result};
use crate::{dom, pause};

/// Windows in one step on the GPU. Always the same number, because every other shape would have its shaders compiled and
/// tuned anew.
const GPU_BATCH: usize = 4;
/// Most windows in one step on the CPU.
const CPU_BATCH: usize = 8;
/// Longest time the CPU may keep the page from answering, in seconds.
const CPU_STEP_S: f64 = 0.15;
/// Largest difference between the GPU's and the CPU's probabilities that rounding explains.
const TOLERANCE: f32 = 5e-3;

/// A model on a device.
#[derive(Debug)]
pub struct Engine {
    /// The model.
    pub package: Package,
    /// Where it runs.
    pub backend: Backend,
    /// What a person calls it.
    pub name: String,
    /// Its file, to open it again on another device.
    pub bytes: Vec<u8>,
    /// How long the first run took, in seconds.
    pub warm_up_s: Cell<f64>,
    batch: Cell<usize>,
}

impl Engine {
    /// Opens a model file on a device.
    ///
    /// # Errors
    /// Why the file is no model.
    pub fn open(name: &str, bytes: Vec<u8>, backend: Backend) -> Result<Self> {
        let package = package::read(bytes.clone(), &backend.device)?;
        let batch = Cell::new(if backend.gpu { GPU_BATCH } else { 1 });
        Ok(Self { package, backend, name: name.into(), bytes, warm_up_s: Cell::new(0.0), batch })
    }

    /// Windows to take in one step.
    pub fn batch(&self) -> usize {
        self.batch.get()
    }

    /// The first run: compiles the GPU's shaders and compares its answer with the CPU's; measures how many windows the
    /// CPU can take in one step.
    ///
    /// # Errors
    /// [`Failure::Device`] when the GPU fails or its answer is wrong.
    pub async fn warm_up(&self) -> Result<()> {
        let started = dom::now();
        let answer = self.answer().await?;
        if self.backend.gpu {
            let reference = Self::open(&self.name, self.bytes.clone(), Backend::cpu(""))?.answer().await?;
            if !answer.iter().zip(&reference).all(|(gpu, cpu)| (gpu - cpu).abs() <= TOLERANCE) {
                return Err(Failure::Device(format!("it answers {answer:.3?} where the CPU answers {reference:.3?}")));
            }
        } else {
            let second = dom::now();
            self.answer().await?;
            let per_window = (dom::now() - second).max(1e-3);
            self.batch.set(((CPU_STEP_S / per_window) as usize).clamp(1, CPU_BATCH));
        }
        self.warm_up_s.set(dom::now() - started);
        Ok(())
    }

    /// Image and probabilities of a sound that is the same every time.
    async fn answer(&self) -> Result<Vec<f32>> {
        let (rows, samples) = (self.batch(), self.package.config.windowing.samples);
        // A few harmonics of a slow vibration: energy in every filter, and cheap.
        let sound = |k: usize| (1..=12).map(|h| (k as f32 * 0.051 * h as f32).sin()).sum::<f32>() * 0.02;
        let window: Vec<f32> = (0..samples).map(sound).collect();
        let batch = Tensor::<2>::from_data(TensorData::new(window.repeat(rows), [rows, samples]), &self.backend.device);
        let image = self.package.model.front_end.forward(batch.clone());
        self.backend.read(image).await?;
        pause::breathe().await;
        let probabilities = predict::probabilities(&self.package.model, batch);
        let mut answer = self.backend.read(probabilities).await?;
        answer.truncate(self.package.config.labels.len());
        Ok(answer)
    }
}
