//! The windows' probabilities, piece by piece.

use crate::audio::{Recording, Span, View};
use crate::cycles::{Features, Parameters, Segmentation};
use crate::decision::Decision;
use crate::model::ModelConfig;
use crate::task::Task;
use crate::{Error, Result};

use super::{CycleVerdict, Prepared, Rhythm, Verdict, WindowVerdict, vote};

/// Seconds from the beginning of a recording, rounded up to whole pieces, in which the heart's rhythm is found: enough for
/// any, and memory does not grow with the recording.
const LISTENED_S: f64 = 120.0;

/// Collects the windows' probabilities while a recording comes piece by piece.
#[derive(Clone, Debug)]
pub struct Tally<'a> {
    config: &'a ModelConfig,
    view: View,
    /// Conditioned samples of this view so far.
    samples: usize,
    windows: Vec<(View, Span, bool)>,
    rows: Vec<Vec<f64>>,
    /// Heart cycles of the first view, and what was said of each.
    cycles: Vec<(Span, Vec<f64>)>,
    /// Envelopes of the first view, where the heart's rhythm is asked for.
    envelopes: Option<Features>,
}

impl<'a> Tally<'a> {
    /// Nothing collected yet.
    pub fn new(config: &'a ModelConfig) -> Self {
        Self {
            config,
            view: View::Mean,
            samples: 0,
            windows: Vec::new(),
            rows: Vec::new(),
            cycles: Vec::new(),
            envelopes: None,
        }
    }

    /// The same, which also finds the heart's rhythm where the model is one for heart sounds.
    pub fn with_rhythm(config: &'a ModelConfig) -> Self {
        Self { envelopes: (config.task == Task::Heart).then(Features::default), ..Self::new(config) }
    }

    /// Goes back to the beginning of the recording: what is added from now on is this view of it. A piece without any sound
    /// has no vote where another view has one, as the side of two like channels.
    pub fn hear(&mut self, view: View) {
        (self.view, self.samples) = (view, 0);
    }

    /// Whether the recording is heard for the first time: heart cycles and rhythm are those of its first view.
    pub fn hears_first_view(&self) -> bool {
        self.windows.first().is_none_or(|(view, ..)| *view == self.view)
    }

    /// Adds what comes next in the recording with the probabilities of all its windows, `spans.len() × labels.len()`
    /// values row by row.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there are more or fewer values, or one is not a number.
    pub fn add(&mut self, next: &Prepared, probabilities: &[f32]) -> Result<()> {
        let rows = self.checked(next.spans.len(), probabilities)?;
        let start = self.samples;
        self.samples += next.recording.samples().len();
        if self.hears_first_view() {
            self.listen(&next.recording);
        } else if next.is_silent() {
            return Ok(());
        }
        self.windows.extend(next.spans.iter().map(|span| (self.view, span.later(start), next.by_cycles)));
        self.rows.extend(rows);
        Ok(())
    }

    /// Adds the probabilities of the windows [around](Prepared::around) the [cycles](Prepared::cycles) of what was added last,
    /// row by row. Only those of the first view are kept.
    ///
    /// # Errors
    /// Those of [`add`](Self::add).
    pub fn add_cycles(&mut self, last: &Prepared, probabilities: &[f32]) -> Result<()> {
        let cycles = last.cycles();
        let rows = self.checked(cycles.len(), probabilities)?;
        if self.hears_first_view() {
            let start = self.samples.saturating_sub(last.recording.samples().len());
            self.cycles.extend(cycles.iter().map(|cycle| cycle.later(start)).zip(rows));
        }
        Ok(())
    }

    /// One row of probabilities for each of `count` stretches of sound.
    fn checked(&self, count: usize, probabilities: &[f32]) -> Result<Vec<Vec<f64>>> {
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
        Ok(probabilities.chunks(classes).map(|row| row.iter().map(|&p| f64::from(p)).collect()).collect())
    }

    /// The verdict on all that was added, as `decision` has it.
    ///
    /// # Errors
    /// [`Error::Invalid`] when nothing was.
    pub fn verdict(&self, decision: &Decision) -> Result<Verdict> {
        self.verdict_hearing(decision, self.segmentation().as_ref())
    }

    /// The same for whoever has the [segmentation](Self::segmentation) already.
    ///
    /// # Errors
    /// [`Error::Invalid`] when nothing was added.
    pub fn verdict_hearing(&self, decision: &Decision, heard: Option<&Segmentation>) -> Result<Verdict> {
        let Self { config, rows, .. } = self;
        if rows.is_empty() {
            return Err(Error::invalid("a verdict needs at least one window"));
        }
        let rate = f64::from(config.conditioning.sample_rate);
        let shares = decision.probabilities(vote(config.voting, rows, config.positive()));
        let named = |row: &[f64]| config.labels.iter().cloned().zip(row.iter().copied()).collect();
        let windows = self.windows.iter().zip(rows).map(|((view, span, cycle), row)| WindowVerdict {
            start_s: span.start as f64 / rate,
            end_s: span.end as f64 / rate,
            view: *view,
            cycle: *cycle,
            probabilities: named(row),
        });
        let cycles = self.cycles.iter().map(|(cycle, row)| CycleVerdict {
            start_s: cycle.start as f64 / rate,
            end_s: cycle.end as f64 / rate,
            probabilities: named(row),
        });
        Ok(Verdict {
            quality: heard.and_then(|heard| heard.quality),
            label: config.labels[decision.label(&shares)].clone(),
            probabilities: named(&shares),
            threshold: decision.threshold(),
            sensitivity: decision.sensitivity(),
            specificity: decision.specificity(),
            calibrated: decision.is_calibrated(),
            rhythm: heard.map(Rhythm::of),
            windows: windows.collect(),
            cycles: cycles.collect(),
        })
    }

    /// Adds to what the heart's rhythm is found in, until that is enough.
    fn listen(&mut self, piece: &Recording) {
        let missing = |envelopes: &&mut Features| envelopes.duration_s() < LISTENED_S;
        if self.envelopes.as_mut().filter(missing).is_some_and(|envelopes| envelopes.add(piece).is_err()) {
            // Conditioned otherwise than cycles are looked for: there is nothing to say about the rhythm.
            self.envelopes = None;
        }
    }

    /// The heart's cycles, where they were [listened for](Self::with_rhythm) and there was enough to hear.
    pub fn segmentation(&self) -> Option<Segmentation> {
        Parameters::shipped().ok()?.segment(self.envelopes.as_ref()?).ok()
    }
}
