//! The description of a model, and the names and shapes of what it learns.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{ClassifierConfig, Layout, Scaling, Task, Voting, Weights};
use crate::audio::{Conditioning, PIECE_SECONDS, Windowing};
use crate::filterbank::{FilterParameters, FilterbankConfig};
use crate::{Error, Result, heart, text};

/// Most classes: the published collections with most have a few hundred, and every result lists all of them.
pub const MAX_LABELS: usize = 1000;
/// Most characters of a label, which has to fit in one row of a table.
pub const MAX_LABEL: usize = 100;
/// Most values of the log-energy image of a window, 16 MiB: a minute of 340 filters with a frame every 5 ms. Networks
/// hold some twenty times as many values at once.
pub const MAX_IMAGE: u64 = 1 << 22;
/// Most values of the filters' outputs in a window, for a classifier that sees them sample by sample: 2.5 s of 149
/// filters at 44.1 kHz. The file of such a model has 80 bytes for each.
pub const MAX_FILTER_OUTPUTS: u64 = 1 << 24;
/// Most windows that begin in a second: no classifier needs one more often than every 10 ms.
pub const MAX_WINDOWS_A_SECOND: u64 = 100;
/// Most values of images or outputs in all windows that begin in a second: four windows of the largest size, or a
/// hundred of any size in use. It limits computing to a few seconds for each.
pub const MAX_VALUES_A_SECOND: u64 = 1 << 26;
/// Highest sampling rate of a model in Hz, that of a studio: a minute of it and its copies are 500 MB.
pub const MAX_MODEL_RATE: u32 = 192_000;
/// Highest root mean square that recordings are scaled to, 60 dB above full scale: its square is far from the limit of
/// 32-bit floats.
pub const MAX_RMS: f64 = 1e3;

/// Everything that turns a recording into a prediction, except the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// What the classes are.
    pub task: Task,
    /// Names of the classes in the order of the logits: two or more, at most [`MAX_LABELS`].
    pub labels: Vec<String>,
    /// The filterbank with its framing.
    pub front_end: FilterbankConfig,
    /// What the image goes through before the classifier.
    #[serde(default)]
    pub scaling: Scaling,
    /// The classifier on top of it.
    pub classifier: ClassifierConfig,
    /// What is done to a recording before the filterbank.
    pub conditioning: Conditioning,
    /// How the conditioned recording is cut into windows.
    pub windowing: Windowing,
    /// What goes through the classifier at once: a window of fixed length or a heart cycle.
    #[serde(default, skip_serializing_if = "Segments::are_windows")]
    pub segments: Segments,
    /// How the windows vote together.
    pub voting: Voting,
}

/// What part of a recording goes through the classifier at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Segments {
    /// Windows of fixed length at fixed distances, as [`ModelConfig::windowing`] says.
    #[default]
    Windows,
    /// Heart cycles from S1 to the next S1, padded with zeros to the length of a window. Where the rhythm is not
    /// plausible, windows of fixed length.
    Cycles,
}

impl Segments {
    /// Whether they are windows of fixed length.
    pub fn are_windows(&self) -> bool {
        *self == Self::Windows
    }
}

impl ModelConfig {
    /// Checks every field, and that they fit each other.
    ///
    /// # Errors
    /// [`Error::Invalid`] or [`Error::Limit`] for the first field that is out of range or does not fit the others, with
    /// what was expected.
    pub fn validate(&self) -> Result<()> {
        self.front_end.validate()?;
        self.conditioning.validate()?;
        self.windowing.validate()?;
        self.classifier.validate()?;
        self.check_sizes()?;
        self.scaling.validate(self.conditioning.target_rms)?;
        if self.front_end.sample_rate != self.conditioning.sample_rate {
            return Err(Error::invalid(format!(
                "the front-end works at {} Hz, but recordings are conditioned to {} Hz",
                self.front_end.sample_rate, self.conditioning.sample_rate
            )));
        }
        if self.needs_cycles() && self.conditioning.sample_rate != heart::SAMPLE_RATE {
            return Err(Error::invalid(format!(
                "heart cycles are found at {} Hz, but recordings are conditioned to {} Hz",
                heart::SAMPLE_RATE,
                self.conditioning.sample_rate
            )));
        }
        if self.frames() == 0 {
            return Err(Error::invalid(format!(
                "windows of {} samples are too short for one frame: expected at least {}",
                self.windowing.samples,
                self.front_end.samples(1)
            )));
        }
        let (window, piece) = (self.windowing.samples, PIECE_SECONDS as usize * self.conditioning.sample_rate as usize);
        if window > piece {
            return Err(Error::limit(format!(
                "windows of {window} samples; at most {piece} are accepted, the {PIECE_SECONDS} s that are conditioned together"
            )));
        }
        self.check_gaps()?;
        check_labels(&self.labels)
    }

    /// Checks the sizes that follow from several fields. Products are computed in 64 bits, also where `usize` has 32.
    fn check_sizes(&self) -> Result<()> {
        let Self { front_end, windowing, conditioning, .. } = self;
        let (samples, filters) = (windowing.samples as u64, front_end.filters as u64);
        let (rows, most, what) = match self.classifier.sees_filter_outputs() {
            true => (samples, MAX_FILTER_OUTPUTS, "outputs of the filters"),
            // One frame for every hop: at least as many as there are frames, however long these are.
            false => (samples / front_end.framing.hop as u64 + 1, MAX_IMAGE, "values of the image"),
        };
        let values = rows.saturating_mul(filters);
        if values > most {
            return Err(Error::limit(format!(
                "a window would have {values} {what}, {rows} of each of {filters} filters: at most {most} are accepted"
            )));
        }
        let (rate, hop) = (u64::from(conditioning.sample_rate), windowing.hop as u64);
        if rate > hop.saturating_mul(MAX_WINDOWS_A_SECOND) {
            return Err(Error::limit(format!(
                "windows every {hop} samples at {rate} Hz: at most {MAX_WINDOWS_A_SECOND} are accepted in a second"
            )));
        }
        let a_second = values.saturating_mul(rate) / hop;
        if a_second > MAX_VALUES_A_SECOND {
            return Err(Error::limit(format!(
                "windows of {samples} samples every {hop} samples would have {a_second} {what} for a second of sound: at \
                 most {MAX_VALUES_A_SECOND} are accepted"
            )));
        }
        if conditioning.sample_rate > MAX_MODEL_RATE {
            return Err(Error::limit(format!("a model that works at {rate} Hz: expected at most {MAX_MODEL_RATE} Hz")));
        }
        match conditioning.target_rms {
            Some(level) if level > MAX_RMS => Err(Error::limit(format!(
                "recordings brought to a root mean square of {level}: expected at most {MAX_RMS}, full scale is 1"
            ))),
            _ => Ok(()),
        }
    }

    /// Refuses samples between frames that belong to none of them: a model has no use for them, and the page puts
    /// images end to end.
    fn check_gaps(&self) -> Result<()> {
        let (framing, taps) = (self.front_end.framing, self.front_end.taps);
        let seen = self.front_end.samples(1);
        if self.classifier.sees_filter_outputs() || framing.hop <= seen {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "frames of {} samples every {} samples leave gaps: with impulse responses of {taps} samples a frame sees \
             {seen}, and the next one must begin within them",
            framing.window, framing.hop
        )))
    }

    /// Whether a recording has to be segmented into heart cycles.
    pub fn needs_cycles(&self) -> bool {
        self.segments == Segments::Cycles || self.classifier.sees_states()
    }

    /// Whether its recordings are heart sounds at the sampling rate at which heart cycles are found.
    pub fn looks_for_a_heart(&self) -> bool {
        self.task == Task::Heart && self.conditioning.sample_rate == heart::SAMPLE_RATE
    }

    /// Number of frames in the classifier's input for one window. For a classifier that sees the filters' outputs a
    /// frame is a sample.
    pub fn frames(&self) -> usize {
        if self.classifier.sees_filter_outputs() {
            return self.windowing.samples.saturating_add(1).saturating_sub(self.front_end.taps);
        }
        self.front_end.frames(self.windowing.samples)
    }

    /// Of a window of which only the first `samples` samples hold sound: how many of its frames depend on sound alone;
    /// at least one.
    pub fn sounding_frames(&self, samples: usize) -> usize {
        let samples = samples.min(self.windowing.samples);
        let frames = match self.classifier.sees_filter_outputs() {
            true => (samples + 1).saturating_sub(self.front_end.taps),
            false => self.front_end.frames(samples),
        };
        frames.max(1)
    }

    /// The energy that the noise of the [floor](Scaling::floor_db) has in a frame, behind a filter whose squared taps
    /// sum to 1: a sum of squares of samples, whose full scale is 1. `None` without a floor.
    pub fn noise(&self) -> Option<f64> {
        self.scaling.noise(&self.front_end, self.conditioning.target_rms)
    }

    /// Index of the label that counts as positive; `None` where the task has no positive class.
    pub fn positive(&self) -> Option<usize> {
        let label = self.task.positive_label()?;
        self.labels.iter().position(|candidate| candidate == label)
    }

    /// The operations of the classifier with their shapes.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an image that does not fit the classifier.
    pub fn layout(&self) -> Result<Layout> {
        self.classifier.layout([self.frames(), self.front_end.filters], self.labels.len())
    }

    /// Every tensor of the model: its module path and its shape.
    ///
    /// # Errors
    /// Those of [`layout`](Self::layout).
    pub fn tensors(&self) -> Result<Vec<(String, Vec<usize>)>> {
        let filters = |name| (format!("front_end.{name}"), vec![self.front_end.filters]);
        let classifier = self.layout()?.tensors();
        let classifier = classifier.into_iter().map(|(name, shape)| (format!("classifier.{name}"), shape));
        let scaling = self.scaling.tensors(self.front_end.filters);
        let phase = self.front_end.phase.then_some("phase");
        let front_end = ["centre_frequency", "bandwidth", "gain"].into_iter().chain(phase).map(filters);
        Ok(front_end.chain(scaling).chain(classifier).collect())
    }

    /// The filters that the weights of the front-end stand for.
    ///
    /// # Errors
    /// [`Error::Invalid`] when a tensor is missing or of another length.
    pub fn filters(&self, weights: &Weights) -> Result<Vec<FilterParameters>> {
        let column = |name: &str| {
            let values = weights.get(&format!("front_end.{name}")).filter(|v| v.len() == self.front_end.filters);
            values.ok_or_else(|| {
                Error::invalid(format!("the weights have no {name} for {} filters", self.front_end.filters))
            })
        };
        let [centres, bandwidths, gains] = [column("centre_frequency")?, column("bandwidth")?, column("gain")?];
        let rows = centres.iter().zip(bandwidths).zip(gains);
        let mut filters: Vec<FilterParameters> =
            rows.map(|((&c, &b), &g)| self.front_end.from_unconstrained([c, b, g].map(f64::from))).collect();
        if self.front_end.phase {
            filters.iter_mut().zip(column("phase")?).for_each(|(filter, &phase)| filter.phase_rad = phase.into());
        }
        Ok(filters)
    }
}

/// Checks the names of the classes.
///
/// # Errors
/// [`Error::Limit`] or [`Error::Invalid`] for too many labels, or one that is too long, has characters that are not
/// plain, or occurs twice.
fn check_labels(labels: &[String]) -> Result<()> {
    if labels.len() > MAX_LABELS {
        return Err(Error::limit(format!("{} labels: at most {MAX_LABELS} are accepted", labels.len())));
    }
    let mut listed = BTreeSet::new();
    for (number, label) in labels.iter().enumerate() {
        let length = label.chars().count();
        if label.trim().is_empty() {
            return Err(Error::invalid(format!("label {number} is blank: expected the name of a class")));
        }
        if length > MAX_LABEL {
            return Err(Error::limit(format!(
                "label {number} has {length} characters: at most {MAX_LABEL} are accepted"
            )));
        }
        if !label.chars().all(text::is_plain) {
            return Err(Error::invalid(format!(
                "label {number}, {label:?}, holds a control character or a mark of direction: expected printable text"
            )));
        }
        if !listed.insert(label) {
            return Err(Error::invalid(format!("label {label:?} is listed twice")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
