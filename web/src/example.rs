//! Sounds to try without a recording at hand, synthesised in the page.

use spectnet_core::audio::Recording;
use spectnet_core::synth::{self, HeartOptions, Murmur, SCENES};
use spectnet_core::task::Task;

use crate::failure::Result;

/// Length of an example in seconds: enough windows for a verdict, short enough for a phone.
const SECONDS: f64 = 15.0;

/// A sound that can be synthesised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Example {
    /// A heart, healthy or with a murmur.
    Heart(Option<Murmur>),
    /// One of [`SCENES`].
    Scene(&'static str),
}

/// The examples that suit a model.
pub fn of_task(task: Task) -> Vec<Example> {
    match task {
        Task::Heart => [None, Some(Murmur::Systolic), Some(Murmur::Diastolic)].map(Example::Heart).to_vec(),
        Task::Scene => SCENES.map(Example::Scene).to_vec(),
    }
}

impl Example {
    /// What the button says.
    pub fn name(self) -> String {
        match self {
            Self::Heart(None) => "Normal heart sound".into(),
            Self::Heart(Some(Murmur::Systolic)) => "Systolic murmur".into(),
            Self::Heart(Some(Murmur::Diastolic)) => "Diastolic murmur".into(),
            Self::Scene(scene) => scene.into(),
        }
    }

    /// Synthesises it; every seed gives another heart or place.
    ///
    /// # Errors
    /// Those of the synthesis.
    pub fn recording(self, seed: u64) -> Result<Recording> {
        Ok(match self {
            Self::Heart(murmur) => {
                synth::heart(&HeartOptions { seed, seconds: SECONDS, sample_rate: 2000, murmur })?.recording
            }
            Self::Scene(scene) => synth::scene(scene, seed, SECONDS, 16_000)?,
        })
    }
}
