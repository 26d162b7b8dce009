//! Recordings to try: real ones that come with the page, and others that it synthesises.

mod recorded;

use spectnet_core::audio::Recording;
use spectnet_core::model::{ModelConfig, Task};
use spectnet_core::synth::{self, HeartOptions, Murmur, SCENES};

pub use recorded::Recorded;

/// Length of a synthesised sound in seconds: enough windows for a result, short enough for a phone.
const SECONDS: f64 = 15.0;
/// Lowest sampling rate of a scene in Hz.
const LOWEST_SCENE_RATE: u32 = 8000;

/// A sound that can be synthesised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synthesised {
    /// A heart, healthy or with a murmur.
    Heart(Option<Murmur>),
    /// One of [`SCENES`], at a sampling rate in Hz.
    Scene(&'static str, u32),
}

/// The real recordings that suit a model: of ESC-10's clips those whose class it knows.
pub fn recorded(config: &ModelConfig) -> Vec<Recorded> {
    let known = |label: &str| config.labels.iter().any(|known| known == label);
    match config.task {
        Task::Heart => recorded::HEARTS.to_vec(),
        Task::Scene => recorded::CLIPS.into_iter().filter(|(label, _)| known(label)).map(|(_, clip)| clip).collect(),
    }
}

/// The sounds to synthesise that suit a model: of scenes those that it knows, because it could only give a wrong label to any
/// other; of hearts those that the shipped model calls by their names nine times in ten, which leaves diastolic murmurs out.
pub fn synthesised(config: &ModelConfig) -> Vec<Synthesised> {
    let known = |scene: &&str| config.labels.iter().any(|label| label == *scene);
    let rate = config.conditioning.sample_rate.max(LOWEST_SCENE_RATE);
    match config.task {
        Task::Heart => [None, Some(Murmur::Systolic)].map(Synthesised::Heart).to_vec(),
        Task::Scene => SCENES.into_iter().filter(known).map(|scene| Synthesised::Scene(scene, rate)).collect(),
    }
}

impl Synthesised {
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

    /// What must be said of it.
    pub fn note(self) -> &'static str {
        match self {
            Self::Heart(_) => "It is synthesised: no patient was recorded.",
            Self::Scene(..) => "It is synthesised: no place was recorded.",
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

    fn model(task: Task, labels: &[&str]) -> ModelConfig {
        task.model(labels.iter().map(|label| label.to_string()).collect(), 16, 3)
    }

    fn names(task: Task, labels: &[&str]) -> Vec<&'static str> {
        synthesised(&model(task, labels)).into_iter().map(Synthesised::name).collect()
    }

    #[test]
    fn examples_are_of_classes_that_the_model_knows() {
        assert_eq!(names(Task::Heart, &["normal", "abnormal"]), ["Normal heart sound", "Systolic murmur"]);
        assert_eq!(names(Task::Scene, &SCENES).len(), SCENES.len());
        assert!(names(Task::Scene, &["dog_bark", "rain", "sea_waves"]).is_empty());
        let files = |task, labels: &[&str]| recorded(&model(task, labels)).iter().map(|it| it.file).collect::<Vec<_>>();
        assert_eq!(files(Task::Heart, &["normal", "abnormal"]).len(), 3);
        assert_eq!(files(Task::Scene, &["rain", "sea_waves"]), ["environment-sea-waves.flac"]);
    }

    #[test]
    fn every_recording_is_there_with_its_licence() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        let papers = std::fs::read_to_string(folder.join("README.md")).unwrap();
        for recorded in recorded::HEARTS.iter().chain(recorded::CLIPS.iter().map(|(_, clip)| clip)) {
            let bytes = std::fs::read(folder.join(recorded.file)).unwrap();
            assert!(bytes.starts_with(b"fLaC"), "{}", recorded.file);
            assert!(papers.contains(&format!("| {} |", recorded.file)), "{}", recorded.file);
        }
    }

    #[test]
    fn every_sound_can_be_synthesised() {
        let scenes = model(Task::Scene, &SCENES);
        let hearts = model(Task::Heart, &["normal", "abnormal"]);
        for sound in [synthesised(&scenes), synthesised(&hearts)].concat() {
            assert_eq!(sound.recording(3).unwrap().duration_s(), SECONDS, "{sound:?}");
        }
    }
}
