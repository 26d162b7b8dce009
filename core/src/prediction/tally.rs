//! Collects the probabilities of the windows of a recording, piece by piece.

mod evidence;

use std::ops::Range;

use crate::audio::{Downmix, Window};
use crate::heart::{Segmentation, StateInterval};
use crate::model::ModelConfig;
use crate::prediction::decision::Decision;
use crate::prediction::openness::{Openness, Summary};
use crate::prediction::scope::Scope;
use crate::{Error, Result};

use super::note::notes;
use super::prepared::Seen;
use super::{CyclePrediction, Prediction, Prepared, Probabilities, Rhythm, Vote, WindowPrediction, vote};
use evidence::Evidence;

/// Collects the probabilities of the windows while a recording comes piece by piece, downmix by downmix.
#[derive(Clone, Debug)]
pub struct Tally<'a> {
    config: &'a ModelConfig,
    downmix: Downmix,
    /// Conditioned samples of the current downmix so far.
    samples: usize,
    windows: Vec<(Downmix, Window, bool)>,
    votes: Vec<Vote>,
    rows: Vec<Vec<f64>>,
    /// Heart cycles of the first downmix, with their probabilities.
    cycles: Vec<(Window, Vec<f64>)>,
    /// Of the first downmix: number of conditioned samples that hold sound, and the segmentations of their stretches.
    sounding: usize,
    hearts: Vec<(Window, Segmentation)>,
    seen: Seen,
    /// What recognises sounds of other kinds, and the summary that it needs.
    openness: Option<(&'a Openness, Summary)>,
    /// For whom the model was made.
    scope: Option<&'a Scope>,
}

impl<'a> Tally<'a> {
    /// A tally without windows.
    pub fn new(config: &'a ModelConfig) -> Self {
        Self {
            config,
            downmix: Downmix::Mean,
            samples: 0,
            windows: Vec::new(),
            votes: Vec::new(),
            rows: Vec::new(),
            cycles: Vec::new(),
            sounding: 0,
            hearts: Vec::new(),
            seen: Seen::default(),
            openness: None,
            scope: None,
        }
    }

    /// The same tally, which also computes the openness score, if the model has one.
    ///
    /// # Errors
    /// Those of [`Summary::new`]: a model that has no log-energy images.
    pub(crate) fn with_openness(self, openness: Option<&'a Openness>) -> Result<Self> {
        let summary = |openness| Ok((openness, Summary::new(self.config)?));
        let openness = openness.map(summary).transpose()?;
        Ok(Self { openness, ..self })
    }

    /// The same tally, which also warns of a heart outside of this scope.
    pub(crate) fn within(self, scope: Option<&'a Scope>) -> Self {
        Self { scope, ..self }
    }

    /// Whether it needs the log-energy [images](Self::see) of the windows beside their probabilities.
    pub(crate) fn sees_images(&self) -> bool {
        self.openness.is_some() && self.is_at_first_downmix()
    }

    /// Takes the log-energy images `[windows, frames, filters]` of some windows of the part that is added next, in order
    /// and in the end of all; does nothing where no openness score is computed.
    ///
    /// # Errors
    /// [`Error::Invalid`] for images that do not belong to these windows.
    pub(crate) fn see(&mut self, next: &Prepared, windows: Range<usize>, images: &[f32]) -> Result<()> {
        match &mut self.openness {
            Some((_, summary)) => summary.add_some(self.config, next, windows, images),
            None => Ok(()),
        }
    }

    /// Goes back to the beginning of the recording: what is added from now on belongs to this downmix. A silent piece
    /// has no vote where another downmix has one, as the side of two equal channels.
    pub(crate) fn begin(&mut self, downmix: Downmix) {
        (self.downmix, self.samples) = (downmix, 0);
    }

    /// Whether the first downmix is being added: heart cycles and rhythm come from it alone.
    pub(crate) fn is_at_first_downmix(&self) -> bool {
        self.windows.first().is_none_or(|(downmix, ..)| *downmix == self.downmix)
    }

    /// Adds the next part of the recording, with the probabilities of all its windows: `windows.len() × labels.len()`
    /// values, window by window.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there are more or fewer values, or one is not finite.
    pub fn add(&mut self, next: &Prepared, probabilities: &[f32]) -> Result<()> {
        let rows = self.checked(next.windows.len(), probabilities)?;
        let start = self.samples;
        self.samples += next.recording.samples().len();
        if self.is_at_first_downmix() {
            self.sounding += next.stretches.iter().map(|stretch| stretch.end - stretch.start).sum::<usize>();
            self.hearts.extend(next.hearts.iter().map(|(stretch, found)| (stretch.later(start), found.clone())));
            self.seen = self.seen.and(next.seen);
        } else if next.is_silent() {
            return Ok(());
        }
        self.windows.extend(next.windows.iter().map(|window| (self.downmix, window.later(start), next.by_cycles)));
        self.votes.extend(&next.votes);
        self.rows.extend(rows);
        Ok(())
    }

    /// Adds the probabilities of the windows [around](Prepared::around) the [cycles](Prepared::cycles) of the part that
    /// was added last, window by window. Those of later downmixes are ignored.
    ///
    /// # Errors
    /// Those of [`add`](Self::add).
    pub(crate) fn add_cycles(&mut self, last: &Prepared, probabilities: &[f32]) -> Result<()> {
        let cycles = last.cycles();
        let rows = self.checked(cycles.len(), probabilities)?;
        if self.is_at_first_downmix() {
            let start = self.samples.saturating_sub(last.recording.samples().len());
            self.cycles.extend(cycles.iter().map(|cycle| cycle.later(start)).zip(rows));
        }
        Ok(())
    }

    /// One row of probabilities for each of `count` windows.
    fn checked(&self, count: usize, probabilities: &[f32]) -> Result<Vec<Vec<f64>>> {
        self.check(count, probabilities)?;
        let rows = probabilities.chunks(self.config.labels.len().max(1));
        Ok(rows.map(|row| row.iter().map(|&p| f64::from(p)).collect()).collect())
    }

    /// Refuses values that cannot be the probabilities of `count` windows.
    pub(crate) fn check(&self, count: usize, probabilities: &[f32]) -> Result<()> {
        let classes = self.config.labels.len();
        if classes == 0 || probabilities.len() != count * classes {
            return Err(Error::invalid(format!(
                "{} probabilities for {count} windows of {classes} classes",
                probabilities.len()
            )));
        }
        if !probabilities.iter().all(|p| p.is_finite()) {
            return Err(Error::invalid("the model's output is not a number: its weights do not suit this recording"));
        }
        Ok(())
    }

    /// Refuses values that cannot be the log-energy images `[windows, frames, filters]` of `count` windows.
    pub(crate) fn check_images(&self, count: usize, images: &[f32]) -> Result<()> {
        let [frames, filters] = [self.config.frames(), self.config.front_end.filters];
        if images.len() != count * frames * filters {
            return Err(Error::invalid(format!(
                "{} levels for the images of {count} windows of {frames} frames and {filters} filters",
                images.len()
            )));
        }
        if !images.iter().all(|level| level.is_finite()) {
            return Err(Error::invalid("the log-energy image holds a level that is not a number"));
        }
        Ok(())
    }

    /// The prediction from everything that was added, by this decision.
    ///
    /// # Errors
    /// [`Error::Invalid`] when nothing was added.
    pub fn prediction(&self, decision: &Decision) -> Result<Prediction> {
        let Self { config, rows, .. } = self;
        if rows.is_empty() {
            return Err(Error::invalid("a prediction needs at least one window"));
        }
        let rate = f64::from(config.conditioning.sample_rate);
        let weights = self.weights();
        let combined = decision.probabilities(vote(config.voting, rows, &weights, config.positive()));
        let named = |row: &[f64]| {
            // Collected, they would bring a sort of their own (`math::order`).
            let mut probabilities = Probabilities::new();
            probabilities.extend(config.labels.iter().cloned().zip(row.iter().copied()));
            probabilities
        };
        let calibrated = |row: &[f64]| named(&decision.probabilities(row.to_vec()));
        let windows = self.windows.iter().zip(rows).zip(weights);
        let windows = windows.map(|(((downmix, window, cycle), row), weight)| WindowPrediction {
            start_s: window.start as f64 / rate,
            end_s: window.end as f64 / rate,
            downmix: *downmix,
            cycle: *cycle,
            weight,
            probabilities: calibrated(row),
        });
        let cycles = self.cycles.iter().map(|(cycle, row)| CyclePrediction {
            start_s: cycle.start as f64 / rate,
            end_s: cycle.end as f64 / rate,
            probabilities: calibrated(row),
        });
        let Evidence { heart, quality, openness, abstained } = self.evidence();
        let rhythm = heart.as_ref().map(Rhythm::of);
        let warning = self.scope.zip(rhythm.as_ref()).and_then(|(scope, rhythm)| scope.warning(rhythm));
        let seen = notes(self.seen, self.seconds(self.first_downmix_samples()), self.seconds(self.sounding));
        Ok(Prediction {
            label: abstained.is_none().then(|| config.labels[decision.label(&combined)].clone()),
            abstained,
            probabilities: named(&combined),
            threshold: decision.threshold(),
            figures: decision.figures(),
            calibrated: decision.is_calibrated(),
            quality,
            rhythm,
            openness,
            blanked_fraction: config.conditioning.spike_removal.then(|| self.seen.blanked_fraction()),
            notes: warning.into_iter().chain(seen).collect(),
            windows: windows.collect(),
            cycles: cycles.collect(),
        })
    }

    /// Whether the model abstains, whatever the decision.
    pub(crate) fn abstains(&self) -> bool {
        self.evidence().abstained.is_some()
    }

    /// The weight of each window: one without evidence counts only where no window has any.
    fn weights(&self) -> Vec<f64> {
        let any = self.votes.iter().any(|vote| vote.evidence && vote.weight > 0.0);
        self.votes.iter().map(|vote| if any && !vote.evidence { 0.0 } else { vote.weight }).collect()
    }

    /// The states of the heart in the first downmix, in seconds; empty where no rhythm is plausible.
    pub(crate) fn states(&self) -> Vec<StateInterval> {
        let rhythmic = self.hearts.iter().filter(|(_, found)| found.plausible);
        let later = |(stretch, found): &(Window, Segmentation)| {
            let start_s = self.seconds(stretch.start);
            let later = move |state: &StateInterval| StateInterval {
                start_s: state.start_s + start_s,
                end_s: state.end_s + start_s,
                ..*state
            };
            found.states.iter().map(later).collect::<Vec<_>>()
        };
        rhythmic.flat_map(later).collect()
    }

    fn first_downmix_samples(&self) -> usize {
        // All downmixes are as long as the first one.
        self.samples
    }

    fn seconds(&self, samples: usize) -> f64 {
        samples as f64 / f64::from(self.config.conditioning.sample_rate)
    }
}
