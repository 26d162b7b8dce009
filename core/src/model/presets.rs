//! The defaults of the two tasks.

use super::{ClassifierConfig, Compression, ModelConfig, Normalisation, Scaling, Segments, Task, Voting};
use crate::audio::{Conditioning, Windowing};
use crate::filterbank::{Bandwidth, FilterbankConfig, Form, Framing, Spacing};

/// Sampling rate of scene models in Hz where nothing else is asked for.
pub const SCENE_RATE: u32 = 16_000;
/// Length of the windows of scene models in seconds.
pub const SCENE_WINDOW_S: f64 = 2.5;

impl Task {
    /// The front-end of this task with `filters` filters.
    ///
    /// Heart sounds use the published numbers: 1 kHz, 81 taps, order 4, bandwidth 100 Hz and gain 10⁴ for every
    /// filter, centres equally spaced on the mel scale over [0, 500] Hz. For scenes none are published; here it is
    /// [`FilterbankConfig::full_band`] at [`SCENE_RATE`].
    pub fn front_end(self, filters: usize) -> FilterbankConfig {
        match self {
            Self::Heart => FilterbankConfig {
                filters,
                sample_rate: 1000,
                taps: 81,
                order: 4,
                range_hz: [0.0, 500.0],
                spacing: Spacing::Mel,
                bandwidth: Bandwidth::Constant(100.0),
                gain: 1e4,
                form: Form::Paper,
                learnable: true,
                phase: false,
                framing: Framing { window: 25, hop: 10 },
            },
            Self::Scene => FilterbankConfig::full_band(filters, SCENE_RATE),
        }
    }

    /// How the windows of a recording vote.
    pub fn voting(self) -> Voting {
        match self {
            Self::Heart => Voting::Mean,
            Self::Scene => Voting::LogMean,
        }
    }

    /// A whole model of this task with the default front-end, conditioning and windows: `labels` are its classes,
    /// `blocks` the number of blocks of its residual network.
    pub fn model(self, labels: Vec<String>, filters: usize, blocks: usize) -> ModelConfig {
        let front_end = self.front_end(filters);
        let (classifier, conditioning, windowing) = match self {
            Self::Heart => (
                ClassifierConfig::Residual { blocks, dropout: 0.5 },
                Conditioning::heart(),
                Windowing { samples: 2500, hop: 2500 },
            ),
            Self::Scene => (
                ClassifierConfig::Pooled { blocks, dropout: 0.2 },
                Conditioning::scene(front_end.sample_rate),
                Windowing::overlapping(SCENE_WINDOW_S, front_end.sample_rate),
            ),
        };
        let scaling = match self {
            Self::Heart => Scaling::default(),
            Self::Scene => {
                Scaling { compression: Compression::Power, normalisation: Normalisation::Data, ..Scaling::default() }
            }
        };
        ModelConfig {
            task: self,
            labels,
            front_end,
            scaling,
            classifier,
            conditioning,
            windowing,
            segments: Segments::Windows,
            voting: self.voting(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_is_judged_by_the_mean_of_its_windows_log_probabilities() {
        assert_eq!(Task::Scene.model(vec!["rain".into(), "sea".into()], 16, 3).voting, Voting::LogMean);
        assert_eq!(Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3).voting, Voting::Mean);
    }
}
