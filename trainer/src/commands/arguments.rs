//! Arguments that several commands share, and how their values are read.

use std::path::{Path, PathBuf};

use clap::Args;
use spectnet_core::audio::{ChannelChoice, Channels, Downmix};
use spectnet_core::model::ModelConfig;
use spectnet_core::prediction::decision::OperatingPoint;
use spectnet_core::recognise::Source;

use super::reader::Reader;
use crate::data::audio_file::AudioFile;
use crate::data::cache::{Cache, CachePlace, cache_place};
use crate::data::library::{self, LabelledRecording};
use crate::data::{CircorLabels, Dataset, Opening};
use crate::error::Result;

/// Headings of the help of commands that have many flags: the model, and the recordings that it judges.
pub const JUDGED: &str = "Model and recordings";
/// What is read of a recording.
pub const READING: &str = "What is read of a recording";
/// From which probability on a recording is called positive.
pub const OPERATING_POINT: &str = "From where on a recording is called positive";
/// What the command writes, and where.
pub const RESULT: &str = "What comes out";
/// What computes, and how.
pub const COMPUTING: &str = "How it is computed";

/// A model, and the labelled recordings that it is judged on.
#[derive(Clone, Debug, Args)]
pub struct JudgedArgs {
    /// Model file (.safetensors).
    #[arg(help_heading = JUDGED, long, value_name = "FILE")]
    pub model: PathBuf,
    /// Labelled recordings: manifest.csv, PhysioNet folder, DCASE folder, or a folder per class.
    #[arg(help_heading = JUDGED, long, value_name = "PATH")]
    pub data: PathBuf,
    /// What makes a recording of PhysioNet 2022 (CirCor) abnormal.
    #[arg(help_heading = JUDGED, long, value_enum, value_name = "LABELS", default_value_t)]
    pub circor_labels: CircorLabels,
    /// Only the recordings of this fold [default: all recordings].
    #[arg(help_heading = JUDGED, long, value_name = "K")]
    pub fold: Option<u32>,
    /// Folder in which prepared recordings are kept for the next run; `off` keeps none [default: SPECTNET_CACHE, else `spectnet`
    /// where the system keeps caches].
    #[arg(help_heading = COMPUTING, long, value_name = "DIR|off", value_parser = cache_place())]
    pub cache: Option<CachePlace>,
}

impl JudgedArgs {
    /// The recordings, as the model labels them.
    ///
    /// # Errors
    /// Data that cannot be opened, labels that the model does not have, or a fold without recordings.
    pub fn dataset(&self, config: &ModelConfig) -> Result<Dataset> {
        Dataset::open(&self.data, config.task, Opening::labelled_by(self.circor_labels))?
            .for_model(&config.labels, self.fold)
    }

    /// The recordings of a data set, prepared for the model.
    ///
    /// # Errors
    /// All recordings that cannot be read or conditioned, by name.
    pub fn load(&self, dataset: &Dataset, config: &ModelConfig) -> Result<Vec<LabelledRecording>> {
        library::load(&dataset.examples, config, &Cache::new(self.cache.as_ref()))
    }

    /// What the recordings are called: the name of the data, and the fold where one is asked for.
    pub fn name_of(&self, dataset: &Dataset) -> String {
        let fold = self.fold.map_or(String::new(), |fold| format!(" (fold {fold})"));
        format!("{}{fold}", dataset.name)
    }
}

/// What is read of a recording that is judged.
#[derive(Clone, Copy, Debug, Args)]
pub struct ReadingArgs {
    /// Which channels to judge: the number of one, from 1 on, mean, separate or mid-side [default: as the model file says].
    #[arg(help_heading = READING, long, value_name = "N|mean|separate")]
    pub channel: Option<ChannelChoice>,
    /// Refuse a recording that is cut short instead of judging what is there.
    #[arg(help_heading = READING, long)]
    pub strict: bool,
    /// Judge all of a recording, minute by minute, even where the model judges only the beginning (heart: 60 s). Memory does not
    /// grow with the recording.
    #[arg(help_heading = READING, long)]
    pub whole: bool,
}

impl ReadingArgs {
    /// A file, as these arguments have it read for a model.
    ///
    /// # Errors
    /// A file that cannot be opened, one that is cut short where that is refused, or a channel that it does not have.
    pub fn open(&self, path: &Path, config: &ModelConfig) -> Result<(Source, Reader)> {
        let file = AudioFile::open(path)?;
        if self.strict {
            file.refuse_cut()?;
        }
        let source = Source::new(config, file.sample_rate(), file.channels(), self.channel)?;
        let source = if self.whole { source.whole() } else { source };
        Ok((source, Reader::new(file, config.conditioning.max_seconds, self.strict)))
    }
}

/// From which probability on a recording is called positive. One of these at most.
#[derive(Clone, Copy, Debug, Default, Args)]
#[group(multiple = false)]
pub struct OperatingPointArgs {
    /// Call a recording positive (heart: abnormal) from this probability on, 0 to 1 [default: what the model file
    /// proposes, or the class with the highest probability].
    #[arg(help_heading = OPERATING_POINT, long, value_name = "P", value_parser = fraction)]
    pub threshold: Option<f64>,
    /// The highest threshold that reached this sensitivity where the model was measured, 0 to 1.
    #[arg(help_heading = OPERATING_POINT, long, value_name = "S", value_parser = fraction)]
    pub sensitivity: Option<f64>,
    /// The lowest threshold that reached this specificity where the model was measured, 0 to 1.
    #[arg(help_heading = OPERATING_POINT, long, value_name = "S", value_parser = fraction)]
    pub specificity: Option<f64>,
}

impl OperatingPointArgs {
    /// The operating point that these arguments ask for.
    pub fn asked(self) -> OperatingPoint {
        match (self.threshold, self.sensitivity, self.specificity) {
            (Some(threshold), ..) => OperatingPoint::Threshold(threshold),
            (_, Some(sensitivity), _) => OperatingPoint::Sensitivity(sensitivity),
            (.., Some(specificity)) => OperatingPoint::Specificity(specificity),
            (None, None, None) => OperatingPoint::Usual,
        }
    }
}

/// One signal of a recording: one of its channels, or their mean.
///
/// # Errors
/// What is neither, with what is expected.
pub fn one_downmix(text: &str) -> std::result::Result<Downmix, String> {
    match text.parse() {
        Ok(ChannelChoice::One(channel)) => Ok(Downmix::Channel(channel)),
        Ok(ChannelChoice::All(Channels::Mean)) => Ok(Downmix::Mean),
        _ => Err("expected the number of a channel from 1 on, or mean".into()),
    }
}

/// A number from 0 to 1.
///
/// # Errors
/// Any other, with what is expected.
pub fn fraction(text: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(fraction) if (0.0..=1.0).contains(&fraction) => Ok(fraction),
        _ => Err("expected a number from 0 to 1".into()),
    }
}
