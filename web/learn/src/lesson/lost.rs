//! Where a device fails: the CPU goes on from the weights that were read last, or another program does.

use burn::tensor::Device;
use spectnet_core::learning::mixed;
use spectnet_core::{Error, Result};

use super::{Lesson, Told};
use crate::kept::{Kept, of_another_run};
use crate::training::Training;

impl Lesson {
    /// Makes the device fail in this step, as if it were another than the CPU.
    pub(crate) fn lose_device_in(&mut self, step: u32) {
        (self.on_cpu, self.fails_in) = (false, Some(step));
    }

    /// Whether another device than the CPU computes.
    pub(crate) fn is_on_graphics(&self) -> bool {
        !self.on_cpu
    }

    /// Whether the CPU has taken over from another device.
    pub(crate) fn fell_back(&self) -> bool {
        self.fell_back
    }

    /// What another program goes on from; `devices` are the names of what has computed.
    pub(crate) fn kept(&self, devices: Vec<String>) -> Kept {
        Kept {
            step: self.read,
            seconds: self.pace.seconds(),
            reached: self.pace.reached(),
            devices,
            models: self.models.iter().map(Training::kept).collect(),
        }
    }

    /// Goes on from what another program kept of the same lesson, on a device. It must not have begun.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what was kept of another lesson, and weights that no model can have.
    pub(crate) fn go_on(&mut self, kept: Kept, device: &Device) -> Result<()> {
        if kept.models.len() != self.models.len() {
            return Err(of_another_run());
        }
        (self.step, self.read) = (kept.step, kept.step);
        self.pace.go_on(kept.seconds, kept.reached);
        let seed = mixed(self.seed, self.step.into());
        for (model, kept) in self.models.iter_mut().zip(kept.models) {
            model.go_on(kept);
            model.move_to(device, &self.recordings, seed)?;
        }
        self.judge()
    }

    /// The device is of no use any more: the CPU goes on, from the weights that were read last.
    ///
    /// # Errors
    /// Why, where it was the CPU.
    pub(crate) fn lost(&mut self, why: &str) -> Result<Told> {
        if self.on_cpu {
            return Err(Error::invalid(why));
        }
        (self.on_cpu, self.fell_back) = (true, true);
        self.step = self.read;
        let seed = mixed(self.seed, self.step.into());
        for model in &mut self.models {
            model.move_to(&Device::flex(), &self.recordings, seed)?;
        }
        self.notes.push(format!(
            "The graphics processor failed ({why}). Learning goes on, on the processor, from step {}.",
            self.step
        ));
        Ok(Told::Going(None))
    }
}
