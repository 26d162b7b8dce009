//! The classifier on its way back: how the logits change with every value of the image.
//!
//! Training has kernels that go backward over whole batches, with normalisations that are still being learned. This is
//! for one window of a model that is done: it keeps what lies between the operations, and goes back over it once. It is
//! as exact as 32-bit floats are, needs no framework, and runs in a browser.

mod stage;
#[cfg(test)]
mod tests;

use super::network::Network;
use crate::network::cpu::Scaled;
use stage::{Kernel, Stage, Stored};

/// A trained model behind its front-end, one window at a time, in both directions.
#[derive(Clone, Debug)]
pub struct Differentiable {
    scaling: Scaled,
    filters: usize,
    stages: Vec<Stage>,
}

impl Differentiable {
    /// Prepares a model.
    pub fn new(network: &Network) -> Self {
        Self {
            scaling: network.scaling.clone(),
            filters: network.front_end.filters,
            stages: network.layers.iter().filter_map(Stage::new).collect(),
        }
    }

    /// What the classifier sees of a log-energy image `[frames, filters]`, of which the first `sounding` frames hold
    /// sound.
    pub fn scaled(&self, image: &[f32], sounding: usize) -> Vec<f32> {
        self.scaling.apply(image, self.filters, sounding).unwrap_or_else(|| image.to_vec())
    }

    /// The logits of a scaled image `[frames, filters]`, with the weights `[phases, frames]` of its frames in the
    /// phases of the heart cycle where the classifier uses them.
    ///
    /// # Panics
    /// If the sizes are not those of the model.
    pub fn logits(&self, scaled: &[f32], states: Option<&[f32]>) -> Vec<f32> {
        self.forward(scaled, states).pop().unwrap_or_default()
    }

    /// The same logits, and the gradient with respect to the scaled image of the sum of the logits, each times its
    /// number of those that `of_logits` gives for them.
    ///
    /// # Panics
    /// If the sizes are not those of the model.
    pub fn gradient(
        &self,
        scaled: &[f32],
        states: Option<&[f32]>,
        of_logits: impl FnOnce(&[f32]) -> Vec<f32>,
    ) -> (Vec<f32>, Vec<f32>) {
        let mut values = self.forward(scaled, states);
        let logits = values.last().cloned().unwrap_or_default();
        let mut gradient = of_logits(&logits);
        // What goes around the main path of a block, until the block begins.
        let mut aside: Option<Vec<f32>> = None;
        for (number, stage) in self.stages.iter().enumerate().rev() {
            let output = values.pop().unwrap_or_default();
            match stage.kernel {
                Kernel::Shortcut => {
                    let around = aside.take().unwrap_or_default();
                    gradient.iter_mut().zip(around).for_each(|(sum, around)| *sum += around);
                }
                Kernel::Add => {
                    aside = self.stored(number, &values).map(|stored| stage.around(&gradient, &stored));
                }
                _ => {
                    let input = values.last().map_or(&[][..], Vec::as_slice);
                    gradient = stage.backward(gradient, input, &output, states);
                }
            }
        }
        (logits, gradient)
    }

    /// The scaled image, and what each operation leaves.
    fn forward(&self, scaled: &[f32], states: Option<&[f32]>) -> Vec<Vec<f32>> {
        let mut values = vec![scaled.to_vec()];
        for (number, stage) in self.stages.iter().enumerate() {
            let input = values.last().map_or(&[][..], Vec::as_slice);
            let next = stage.forward(input, self.stored(number, &values).as_ref(), states);
            values.push(next);
        }
        values
    }

    /// What the last shortcut before an operation has stored: its own input.
    fn stored<'a>(&self, number: usize, values: &'a [Vec<f32>]) -> Option<Stored<'a>> {
        let before = self.stages.get(..number)?;
        let shortcut = before.iter().rposition(|stage| matches!(stage.kernel, Kernel::Shortcut))?;
        Some(Stored { values: values.get(shortcut)?, shape: before.get(shortcut)?.input })
    }
}
