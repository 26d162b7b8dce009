//! Sounds to try without a recording at hand, synthesised in the page.

use spectnet_core::audio::Recording;
use spectnet_core::model::ModelConfig;
use spectnet_core::synth::{self, HeartOptions, Murmur, SCENES};
use spectnet_core::task::Task;

/// Length of an example in seconds: enough windows for a verdict, short enough for a phone.
const SECONDS: f64 = 15.0;
/// Lowest sampling rate of a scene in Hz.
const LOWEST_SCENE_RATE: u32 = 8000;

/// A sound that can be synthesised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Example {
    /// A heart, healthy or with a murmur.
    Heart(Option<Murmur>),
    /// One of [`SCENES`], at a sampling rate in Hz.
    Scene(&'static str, u32),
}

/// The examples that suit a model: of scenes those that it knows, for it would have to call any other by a wrong name.
pub fn of_model(config: &ModelConfig) -> Vec<Example> {
    let known = |scene: &&str| config.labels.iter().any(|label| label == *scene || label == class_of(scene));
    let rate = config.conditioning.sample_rate.max(LOWEST_SCENE_RATE);
    match config.task {
        Task::Heart => [None, Some(Murmur::Systolic), Some(Murmur::Diastolic)].map(Example::Heart).to_vec(),
        Task::Scene => SCENES.into_iter().filter(known).map(|scene| Example::Scene(scene, rate)).collect(),
    }
}

/// The class of environmental sounds (ESC-50) that a scene belongs to.
fn class_of(scene: &str) -> &str {
    if scene == "beach" { "sea_waves" } else { scene }
}

impl Example {
    /// What the button says.
    pub fn name(self) -> &'static str {
        match self {
            Self::Heart(None) => "Normal heart sound",
            Self::Heart(Some(Murmur::Systolic)) => "Systolic murmur",
            Self::Heart(Some(Murmur::Diastolic)) => "Diastolic murmur",
            Self::Scene("beach", _) => "Waves on a beach",
            Self::Scene("cafe", _) => "Voices in a café",
            Self::Scene("park", _) => "Birds in a park",
            Self::Scene("street", _) => "Cars in a street",
            Self::Scene(scene, _) => scene,
        }
    }

    /// What must be said beside the verdict.
    pub fn note(self) -> &'static str {
        match self {
            Self::Heart(_) => "The sound is synthesised: no patient.",
            Self::Scene(..) => "The sound is synthesised: no place.",
        }
    }

    /// Synthesises it; every seed gives another heart or place.
    ///
    /// # Errors
    /// Those of the synthesis.
    pub fn recording(self, seed: u64) -> spectnet_core::Result<Recording> {
        match self {
            Self::Heart(murmur) => {
                Ok(synth::heart(&HeartOptions { seed, seconds: SECONDS, sample_rate: 2000, murmur })?.recording)
            }
            Self::Scene(scene, rate) => synth::scene(scene, seed, SECONDS, rate),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(task: Task, labels: &[&str]) -> Vec<&'static str> {
        let labels = labels.iter().map(|label| label.to_string()).collect();
        of_model(&task.model(labels, 16, 3)).into_iter().map(Example::name).collect()
    }

    #[test]
    fn examples_are_of_classes_that_the_model_knows() {
        assert_eq!(names(Task::Heart, &["normal", "abnormal"]).len(), 3);
        assert_eq!(names(Task::Scene, &SCENES).len(), SCENES.len());
        assert_eq!(names(Task::Scene, &["dog_bark", "rain", "sea_waves"]), ["Waves on a beach"]);
        assert!(names(Task::Scene, &["dog_bark", "rain"]).is_empty());
    }

    #[test]
    fn every_example_can_be_synthesised() {
        let scenes = Task::Scene.model(SCENES.map(String::from).to_vec(), 16, 3);
        let hearts = Task::Heart.model(["normal", "abnormal"].map(String::from).to_vec(), 16, 3);
        for example in [of_model(&scenes), of_model(&hearts)].concat() {
            assert_eq!(example.recording(3).unwrap().duration_s(), SECONDS, "{example:?}");
        }
    }
}
