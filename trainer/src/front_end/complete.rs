//! All settings of a front-end, also those that nobody has said.

use spectnet_core::filterbank::{Bandwidth, FilterbankConfig, Form, Spacing};
use spectnet_core::model::Task;

use super::flags::FrontEndFlags;
use super::names::{FrontEndName, SpacingName};
use super::numbers::{Numbers, Range, Width};
use crate::error::Result;

impl FrontEndFlags {
    /// These settings with all defaults for this task, without files; `usual` is the form where none is said.
    ///
    /// # Errors
    /// Those of [`config`](Self::config).
    pub fn complete(&self, task: Task, usual: Form) -> Result<Self> {
        let config = self.config(task, usual)?;
        let all = said(&config, task);
        // Bounded filters start as near to a default as they can; what is asked for in numbers alone they must reach.
        let is_same = all.config(task, usual).is_ok_and(|again| again == config);
        Ok(match config.bandwidth {
            Bandwidth::Constant(hz) if !is_same => Self { bandwidth: Some(Width::Near(hz)), ..all },
            _ => all,
        })
    }
}

/// A front-end in the words of its settings.
fn said(config: &FilterbankConfig, task: Task) -> FrontEndFlags {
    let (spacing, centres) = match &config.spacing {
        Spacing::Mel => (Some(SpacingName::Mel), None),
        Spacing::Erb => (Some(SpacingName::Erb), None),
        Spacing::Bark => (Some(SpacingName::Bark), None),
        Spacing::Linear => (Some(SpacingName::Linear), None),
        Spacing::Constant(hz) => (None, Some(Numbers::One(*hz))),
        Spacing::List(hz) => (None, Some(Numbers::Each(hz.clone()))),
    };
    let milliseconds = |samples: usize| 1000.0 * samples as f64 / f64::from(config.sample_rate);
    FrontEndFlags {
        filters: u32::try_from(config.filters).ok(),
        sample_rate: (task == Task::Scene).then_some(config.sample_rate),
        frontend: Some(match config.form {
            Form::Paper => FrontEndName::Paper,
            Form::Bounded => FrontEndName::Bounded,
        }),
        range: spacing.is_some().then_some(Range(config.range_hz)),
        spacing,
        centres,
        bandwidth: Some(width(&config.bandwidth)),
        order: Some(config.order),
        taps: u32::try_from(config.taps).ok(),
        decay_db: None,
        gain: (config.form == Form::Paper).then_some(config.gain),
        frame_ms: Some(milliseconds(config.framing.window)),
        hop_ms: Some(milliseconds(config.framing.hop)),
    }
}

fn width(bandwidth: &Bandwidth) -> Width {
    match bandwidth {
        Bandwidth::Constant(hz) => Width::Hz(Numbers::One(*hz)),
        Bandwidth::Erb => Width::Erb(1.0),
        Bandwidth::ErbMultiple(multiple) => Width::Erb(*multiple),
        Bandwidth::List(hz) => Width::Hz(Numbers::Each(hz.clone())),
    }
}
