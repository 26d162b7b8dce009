//! What holds where nothing is said: a table for every task, and what the network, the protocol and the form of the filters
//! change in it.

use spectnet_core::filterbank::Form;
use spectnet_core::heart::Parts;
use spectnet_core::learning::schedule::WarmUp;
use spectnet_core::learning::{Augmentation, EpochLength};
use spectnet_core::model::{ModelConfig, Scaling, Task};

use super::flags::TrainFlags;
use super::names::{
    ChannelsName, ClassifierName, CompressionName, FloorFlag, LevelName, NormalisationName, PartsFlag, Protocol,
    SegmentsName, VotingName,
};
use super::recipe_names::{AccumulationName, DrawName, LearnsName, OptimiserName, ScheduleName, SelectionName};

/// Part of the rates from nothing with which a model goes on that was trained before. With a smaller part it keeps more of what it
/// learned; a tenth is usual for large networks and very many steps (Girshick et al. 2014). A step of Adam moves a weight by
/// hardly more than the rate: with a tenth, the few hundred steps that a small data set gives would leave a new last layer
/// almost as it was drawn.
const TUNED: f64 = 0.3;

/// The value of every flag that has one without being given, by the name of the flag; what belongs to the front-end alone is
/// in the configuration of the task's filterbank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Defaults {
    // Chosen first, because others depend on them: these are what was said, where it was.
    pub(super) classifier: ClassifierName,
    pub(super) protocol: Protocol,
    pub(super) frontend: Form,
    pub(super) level: LevelName,
    // Recordings.
    pub(super) segments: SegmentsName,
    pub(super) channels: ChannelsName,
    // Network.
    pub(super) blocks: u32,
    pub(super) parts: PartsFlag,
    pub(super) dropout: f64,
    pub(super) normalise: NormalisationName,
    pub(super) compression: CompressionName,
    pub(super) floor: FloorFlag,
    pub(super) least_variance: f64,
    pub(super) voting: VotingName,
    // Training.
    pub(super) augment: &'static [Augmentation],
    pub(super) augment_strength: f64,
    pub(super) warm_up: WarmUp,
    pub(super) schedule: ScheduleName,
    pub(super) select: SelectionName,
    pub(super) seed: u64,
    pub(super) epochs: u32,
    pub(super) epoch_windows: EpochLength,
    pub(super) draw: DrawName,
    pub(super) batch: u32,
    pub(super) accumulate: u32,
    pub(super) accumulation: AccumulationName,
    pub(super) optimiser: OptimiserName,
    pub(super) learning_rate: f64,
    pub(super) front_end_learning_rate: f64,
}

impl Defaults {
    /// What holds for a task beside what was said.
    pub(super) fn new(task: Task, said: &TrainFlags) -> Self {
        let usual = Self::of_task(task);
        let classifier = said.classifier.unwrap_or(usual.classifier);
        let protocol = said.protocol.unwrap_or(usual.protocol);
        let usual = usual.with_network(classifier, task).with_protocol(protocol);
        let form = said.front_end.frontend.map_or(usual.frontend, Form::from);
        usual.with_form(form).with_level(said.level.unwrap_or(usual.level))
    }

    /// What holds beside what was said for a run that starts from a model of this configuration. What describes a model is not
    /// meant.
    pub(super) fn of_start(config: &ModelConfig, said: &TrainFlags) -> Self {
        let usual = Self::of_task(config.task).with_network(config.classifier.into(), config.task);
        let usual = usual.with_protocol(said.protocol.unwrap_or(usual.protocol)).with_form(config.front_end.form);
        // Where the body of the network stays as it is, a last layer that is moved fast can spoil nothing.
        let part = if said.learns.unwrap_or_default() == LearnsName::Everything { TUNED } else { 1.0 };
        Self {
            learning_rate: part * usual.learning_rate,
            front_end_learning_rate: TUNED * usual.front_end_learning_rate,
            ..usual
        }
    }

    /// With the network that is usual for the task, as if it were the published one.
    fn of_task(task: Task) -> Self {
        let usual = Self {
            classifier: ClassifierName::Residual,
            protocol: Protocol::Grouped,
            frontend: Form::Bounded,
            level: LevelName::Scaled,
            segments: SegmentsName::Windows,
            channels: ChannelsName::Mean,
            blocks: 3,
            // Chosen on inner splits (docs/heart/TABLES.md).
            parts: PartsFlag(Parts { systole: 3, diastole: 4, lead_ms: 0 }),
            dropout: 0.5,
            normalise: NormalisationName::None,
            compression: CompressionName::Log,
            floor: FloorFlag(None),
            least_variance: Scaling::default().least_variance,
            voting: task.voting().into(),
            augment: &[Augmentation::Gain],
            augment_strength: 1.0,
            warm_up: WarmUp::default(),
            schedule: ScheduleName::default(),
            select: SelectionName::Best,
            seed: 0,
            epochs: 40,
            epoch_windows: EpochLength::default(),
            draw: DrawName::Recordings,
            batch: 64,
            accumulate: 1,
            accumulation: AccumulationName::Mean,
            optimiser: OptimiserName::AdamW,
            learning_rate: 1e-3,
            front_end_learning_rate: 1e-2,
        };
        match task {
            Task::Heart => usual,
            Task::Scene => Self { classifier: ClassifierName::Pooled, ..usual },
        }
    }

    fn with_network(self, classifier: ClassifierName, task: Task) -> Self {
        let usual = Self { classifier, ..self };
        match (classifier, task) {
            (ClassifierName::Residual | ClassifierName::Cnn1d | ClassifierName::Cnn2d, _) => usual,
            (ClassifierName::Pooled, Task::Heart) => {
                Self { dropout: 0.2, normalise: NormalisationName::Window, ..usual }
            }
            (ClassifierName::Pooled, Task::Scene) => {
                Self { dropout: 0.2, normalise: NormalisationName::Data, compression: CompressionName::Power, ..usual }
            }
            // Floor and least variance were chosen on inner splits, as the parts.
            (ClassifierName::States, _) => Self {
                dropout: 0.1,
                normalise: NormalisationName::Window,
                floor: FloorFlag(Some(45.0)),
                least_variance: 0.1,
                learning_rate: 3e-3,
                ..usual
            },
        }
    }

    fn with_protocol(self, protocol: Protocol) -> Self {
        let usual = Self { protocol, ..self };
        match protocol {
            Protocol::Grouped | Protocol::LeaveOneSubsetOut => usual,
            Protocol::All => Self { select: SelectionName::Last, ..usual },
            // A batch has eight heart cycles of each of twelve classes × subsets.
            Protocol::Paper => Self {
                frontend: Form::Paper,
                level: LevelName::AsRecorded,
                segments: SegmentsName::Cycles,
                voting: VotingName::Majority,
                augment: &[],
                warm_up: WarmUp::Steps(0),
                schedule: ScheduleName::Constant,
                epoch_windows: EpochLength::LargestGroup,
                draw: DrawName::Windows,
                batch: 96,
                accumulate: 10,
                accumulation: AccumulationName::Sum,
                optimiser: OptimiserName::Sgd,
                learning_rate: 5e-3,
                ..usual
            },
        }
    }

    fn with_form(self, frontend: Form) -> Self {
        let front_end_learning_rate = match (frontend, self.protocol) {
            (Form::Bounded, _) => self.front_end_learning_rate,
            (Form::Paper, Protocol::Paper) => 0.1,
            // Its parameters are in Hz.
            (Form::Paper, _) => 1.0,
        };
        Self { frontend, front_end_learning_rate, ..self }
    }

    fn with_level(self, level: LevelName) -> Self {
        // A floor lies below a level that all recordings have.
        let floor = if level == LevelName::Scaled { self.floor } else { FloorFlag(None) };
        Self { level, floor, ..self }
    }
}
