//! The front-end as it stands on the command line or in a configuration file, where all of it is optional.

use clap::Args;
use serde::{Deserialize, Serialize};

use super::names::{FrontEndName, SpacingName};
use super::numbers::{Numbers, Range, Width};
use crate::error::Result;

/// Heading of the help.
pub const FRONT_END: &str = "Front-end (filters, and the frames of the image)";

/// The settings of the front-end. `train`, `features` and `reproduce` have them in common.
#[derive(Clone, Debug, Default, PartialEq, Args, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
#[command(next_help_heading = FRONT_END)]
pub struct FrontEndFlags {
    /// Number of filters, 1 to 4096 [default: 16, or as many as --centres or --bandwidth list].
    #[arg(long, value_name = "N")]
    pub filters: Option<u32>,
    /// Sample rate in Hz of scene models, 8000 to 192000 [default: 16000]; heart models work at 1000.
    #[arg(long, value_name = "HZ")]
    pub sample_rate: Option<u32>,
    /// Parameters as published, or bounded [default: bounded; paper for features and --protocol paper].
    #[arg(long, value_enum)]
    pub frontend: Option<FrontEndName>,
    /// Scale on which the centre frequencies stand at equal steps at the start [default: mel for heart, erb for scene].
    #[arg(long, value_enum)]
    pub spacing: Option<SpacingName>,
    /// Lowest and highest of these centre frequencies in Hz [default: 0,500 for heart; 50 to 47 % of the rate for scene].
    #[arg(long, value_name = "LOW,HIGH", allow_hyphen_values = true)]
    pub range: Option<Range>,
    /// Centre frequencies in Hz instead: one for all filters, a list with one each, or @FILE with one a line.
    #[arg(long, value_name = "HZ,…|@FILE", allow_hyphen_values = true)]
    pub centres: Option<Numbers>,
    /// β at the start: Hz for all, a list, @FILE, erb, a multiple as 1.5erb, or what the form of the filters has nearest to so
    /// many Hz, as "near 100" [default: near 100 for heart, erb for scene].
    #[arg(long, value_name = "HZ,…|@FILE|ERB", allow_hyphen_values = true)]
    pub bandwidth: Option<Width>,
    /// Order of the gammatone filters, 1 to 8 [default: 4].
    #[arg(long, value_name = "N")]
    pub order: Option<u32>,
    /// Length of the impulse responses in samples, 1 to 96000 [default: 81 for heart; --decay-db 60 for scene].
    #[arg(long, value_name = "SAMPLES")]
    pub taps: Option<u32>,
    /// Instead: as long as the slowest filter needs to fall by so many dB, 3 to 200.
    #[arg(long, value_name = "DB", allow_hyphen_values = true)]
    pub decay_db: Option<f64>,
    /// Gain at the start, with --frontend paper only [default: 1e4 for heart, 1e6 for scene]; bounded starts with 0 dB.
    #[arg(long, value_name = "GAIN", allow_hyphen_values = true)]
    pub gain: Option<f64>,
    /// Length of a frame in milliseconds [default: 25 for heart; twice the hop for scene].
    #[arg(long, value_name = "MS", allow_hyphen_values = true)]
    pub frame_ms: Option<f64>,
    /// From one frame to the next in milliseconds [default: 10 for heart, 40 for scene].
    #[arg(long, visible_alias = "hop", value_name = "MS", allow_hyphen_values = true)]
    #[serde(alias = "hop")]
    pub hop_ms: Option<f64>,
}

impl FrontEndFlags {
    /// The names of settings that these contradict: a configuration file under them loses its own.
    pub fn overrules(&self) -> impl Iterator<Item = &'static str> {
        let rules: [(bool, &[&'static str]); 4] = [
            (self.centres.is_some(), &["spacing", "range"]),
            (self.spacing.is_some() || self.range.is_some(), &["centres"]),
            (self.taps.is_some() || self.decay_db.is_some(), &["taps", "decay-db"]),
            (self.lists(), &["filters"]),
        ];
        rules.into_iter().filter(|(said, _)| *said).flat_map(|(_, names)| names.iter().copied())
    }

    /// Whether a file is named that holds numbers.
    pub fn reads_files(&self) -> bool {
        let in_file = |numbers: &Numbers| matches!(numbers, Numbers::File(_));
        let width_in_file = |width: &Width| matches!(width, Width::Hz(numbers) if in_file(numbers));
        self.centres.as_ref().is_some_and(in_file) || self.bandwidth.as_ref().is_some_and(width_in_file)
    }

    /// Whether something has one number for each filter.
    fn lists(&self) -> bool {
        let each = |numbers: &Numbers| !matches!(numbers, Numbers::One(_));
        let wide = |width: &Width| matches!(width, Width::Hz(numbers) if each(numbers));
        self.centres.as_ref().is_some_and(each) || self.bandwidth.as_ref().is_some_and(wide)
    }

    /// The same with the numbers of the files that are named.
    ///
    /// # Errors
    /// Those of [`Numbers::read`].
    pub fn read(mut self) -> Result<Self> {
        self.centres = self.centres.map(Numbers::read).transpose()?;
        self.bandwidth = self.bandwidth.map(Width::read).transpose()?;
        Ok(self)
    }
}
