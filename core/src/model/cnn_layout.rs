//! The two networks that a learned spectrogram is compared with: two convolutions, each pooled by two, and a hidden layer.
//!
//! - over **time**: every filter's output, sample by sample, has convolutions of its own (Potes et al. 2016, Humayun et al.
//!   2018: 8 and 4 channels a filter, kernels of 5, 20 hidden units)
//! - over **time and frequency**: the same on the log-energy image, kernels of 5 frames × 3 filters; its details were never
//!   published, so these are ours
//!
//! They stand in tables; the module of Burn alone computes them.

use super::layout::{check_classes, linear_tensors, norm_tensors};
use crate::{Error, Result};

/// Channels of the two convolutions.
const CHANNELS: [usize; 2] = [8, 4];
/// Kernel over time, in samples or frames.
const KERNEL: usize = 5;
/// Kernel over neighbouring filters.
const ACROSS: usize = 3;
/// Units of the hidden layer.
pub(crate) const HIDDEN: usize = 20;

/// What the convolutions run over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The samples of every filter's output.
    Time,
    /// The log-energy image.
    TimeAndFrequency,
}

impl Over {
    /// Rows and columns of a kernel.
    pub(crate) fn kernel(self) -> [usize; 2] {
        match self {
            Self::Time => [KERNEL, 1],
            Self::TimeAndFrequency => [KERNEL, ACROSS],
        }
    }
}

/// Sizes of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CnnLayout {
    /// What the convolutions run over.
    pub over: Over,
    /// Samples or frames, and filters.
    pub image: [usize; 2],
    /// Classes told apart.
    pub classes: usize,
}

impl CnnLayout {
    /// # Errors
    /// [`Error::Invalid`] for less than two classes or images too short for both convolutions.
    pub fn new(over: Over, image: [usize; 2], classes: usize) -> Result<Self> {
        check_classes(classes)?;
        let layout = Self { over, image, classes };
        if layout.features() == 0 {
            let least = 2 * (2 + KERNEL - 1) + KERNEL - 1;
            return Err(Error::invalid(format!(
                "{} frames are too few for two convolutions and pooling: expected at least {least}",
                image[0]
            )));
        }
        Ok(layout)
    }

    /// Groups of channels that know nothing of each other.
    pub(crate) fn groups(&self) -> usize {
        if self.over == Over::Time { self.image[1] } else { 1 }
    }

    /// Channels after each convolution.
    pub(crate) fn channels(&self) -> [usize; 2] {
        CHANNELS.map(|channels| channels * self.groups())
    }

    /// Numbers the hidden layer sees.
    pub(crate) fn features(&self) -> usize {
        let pooled = |length: usize| length.saturating_sub(KERNEL - 1) / 2;
        let columns = if self.over == Over::Time { 1 } else { self.image[1] };
        pooled(pooled(self.image[0])) * columns * self.channels()[1]
    }

    /// Every tensor, by module path, with its shape.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let [first, second] = self.channels();
        let [along, across] = self.over.kernel();
        let mut tensors = Vec::new();
        for (name, inputs, outputs) in [("first", 1, first), ("second", CHANNELS[0], second)] {
            tensors.push((format!("{name}.conv.weight"), vec![outputs, inputs, along, across]));
            tensors.extend(norm_tensors(&format!("{name}.norm"), outputs));
        }
        tensors.extend(linear_tensors("hidden", [self.features(), HIDDEN]));
        tensors.extend(linear_tensors("output", [HIDDEN, self.classes]));
        tensors
    }
}
