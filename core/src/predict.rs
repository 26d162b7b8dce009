//! From windows to the verdict on a recording.
//!
//! The forward pass happens between [`Prepared::windows`] and [`Prepared::verdict`]: on the CPU by the
//! [engine](crate::engine), on a GPU by whatever drives it. A recording need not be there as a whole: a [`Tally`] takes
//! its pieces one after the other and comes to the same verdict, bit for bit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::audio::{Pieces, Recording, Span, View};
use crate::cycles::{self, Confidence, Features, Parameters, Quality, Segmentation, Timeline};
use crate::decision::Decision;
use crate::model::{ModelConfig, Segments};
use crate::task::Task;
use crate::{Error, Result};

/// How the windows of a recording decide together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Voting {
    /// The mean of the windows' probabilities.
    Mean,
    /// The mean of the windows' log-probabilities, renormalised: their geometric mean. A product of experts (Hinton
    /// 2002), in which a window that is sure against a class weighs more than in [`Mean`](Self::Mean).
    LogMean,
    /// Each window has one vote and the probabilities are the shares of votes; a tie goes to the positive class.
    Majority,
}

/// Smaller probabilities count as this one where their logarithm is taken: the smallest normal `f32`, so that a
/// probability that underflowed to 0 rules a class out only where other windows do not speak for it.
const LEAST: f64 = f32::MIN_POSITIVE as f64;

/// The verdict on a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether a heart sound is good enough to be judged, where it was [listened to](Tally::with_rhythm).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// The class with the highest probability, or what the threshold says.
    pub label: String,
    /// Probability of every class, calibrated where the model can.
    pub probabilities: BTreeMap<String, f64>,
    /// From this probability on a recording is called positive; none where no class is positive.
    #[serde(default)]
    pub threshold: Option<f64>,
    /// How many of the positives are called so at this threshold, at the least, as measured; none where nothing was.
    #[serde(default)]
    pub sensitivity: Option<f64>,
    /// How many of the others are not, likewise.
    #[serde(default)]
    pub specificity: Option<f64>,
    /// Whether the recording's probabilities are calibrated.
    #[serde(default)]
    pub calibrated: bool,
    /// The heart's rhythm, where it was [listened for](Tally::with_rhythm) and there was enough to hear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rhythm: Option<Rhythm>,
    /// The windows it rests on. Their probabilities are the network's own: what calibrates them was fitted on recordings.
    pub windows: Vec<WindowVerdict>,
}

/// Seconds from the beginning of a recording, rounded up to whole pieces, in which the heart's rhythm is found: enough for
/// any, and memory does not grow with the recording.
const LISTENED_S: f64 = 120.0;

/// How a heart beats, as the [segmentation](crate::cycles) of the first two minutes has it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rhythm {
    /// Beats per minute.
    pub heart_rate_bpm: f64,
    /// From S1 to S2, in seconds.
    pub systolic_interval_s: f64,
    /// How sure both and the states are, 0 to 1.
    pub confidence: Confidence,
    /// Whether there is a rhythm at all; where not, the numbers mean nothing.
    pub plausible: bool,
}

impl Rhythm {
    fn of(found: &Segmentation) -> Self {
        let &Segmentation { heart_rate_bpm, systolic_interval_s, confidence, plausible, .. } = found;
        Self { heart_rate_bpm, systolic_interval_s, confidence, plausible }
    }
}

impl Verdict {
    /// The same probabilities with the label that another threshold gives them.
    pub fn relabel(&mut self, labels: &[String], decision: &Decision) {
        if let Some(label) = labels.get(decision.label(&shares(labels, &self.probabilities))) {
            self.label.clone_from(label);
        }
        (self.threshold, self.sensitivity, self.specificity) =
            (decision.threshold(), decision.sensitivity(), decision.specificity());
    }

    /// Whether the recording is too noisy to say.
    pub fn is_too_noisy(&self) -> bool {
        self.quality.is_some_and(|quality| quality.too_noisy)
    }

    /// The windows of the first view, which follow each other in time.
    pub fn first_view(&self) -> impl Iterator<Item = &WindowVerdict> {
        let first = self.windows.first().map(|window| window.view);
        self.windows.iter().take_while(move |window| Some(window.view) == first)
    }
}

/// The probabilities of one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowVerdict {
    /// Start in the recording, in seconds.
    pub start_s: f64,
    /// End in the recording, in seconds.
    pub end_s: f64,
    /// What of several channels it heard; nothing is said of their mean.
    #[serde(default, skip_serializing_if = "is_mean")]
    pub view: View,
    /// Whether it is a heart cycle; nothing is said of a window of fixed length.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cycle: bool,
    /// Probability of every class.
    pub probabilities: BTreeMap<String, f64>,
}

fn is_mean(view: &View) -> bool {
    *view == View::Mean
}

/// A conditioned recording, or a piece of one, and where its windows lie.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The conditioned recording.
    pub recording: Recording,
    /// The [pieces](crate::audio::PIECE_SECONDS) that were conditioned on their own.
    pub pieces: Vec<Span>,
    /// Its windows; none crosses the border of a piece.
    pub spans: Vec<Span>,
    /// Whether the windows are heart cycles, all of them.
    pub by_cycles: bool,
    /// The states of the heart cycle, for a classifier that asks for them.
    pub timeline: Option<Timeline>,
}

/// Windows as a model hears them.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    /// Conditioned sound, `[windows, samples]`.
    pub samples: Vec<f32>,
    /// The weights of their frames in each state of the heart cycle, `[windows, states, frames]`, where the classifier asks
    /// for them and they are known.
    pub states: Option<Vec<f32>>,
}

impl From<Vec<f32>> for Windows {
    /// Windows of whose heart cycles nothing is known.
    fn from(samples: Vec<f32>) -> Self {
        Self { samples, states: None }
    }
}

impl Prepared {
    /// Conditions a recording piece by piece and lays out its windows.
    ///
    /// # Errors
    /// Those of [`Prepared::piece`].
    pub fn new(config: &ModelConfig, recording: &Recording) -> Result<Self> {
        Self::join(config, Pieces::of(recording, config.conditioning.max_seconds)?)
    }

    /// Conditions the pieces of a recording and lays out their windows.
    ///
    /// # Errors
    /// Those of [`Prepared::piece`] and of the iterator, which must give at least one piece.
    pub fn join<E: From<Error>>(
        config: &ModelConfig,
        pieces: impl IntoIterator<Item = std::result::Result<Recording, E>>,
    ) -> std::result::Result<Self, E> {
        let (mut samples, mut borders, mut spans) = (Vec::new(), Vec::new(), Vec::new());
        let (mut by_cycles, mut timeline) = (true, config.classifier.hears_states().then(Timeline::default));
        for piece in pieces {
            let piece = Self::piece(config, &piece?)?;
            by_cycles &= piece.by_cycles;
            if let (Some(timeline), Some(next)) = (&mut timeline, &piece.timeline) {
                timeline.extend(next, samples.len());
            }
            borders.extend(piece.pieces.iter().map(|span| span.later(samples.len())));
            spans.extend(piece.spans.iter().map(|span| span.later(samples.len())));
            samples.extend_from_slice(piece.recording.samples());
        }
        let recording = Recording::new(samples, config.conditioning.sample_rate)?;
        Ok(Self { recording, pieces: borders, spans, by_cycles, timeline })
    }

    /// Conditions one piece of a recording and lays out its windows.
    ///
    /// # Errors
    /// Those of [`Conditioning::piece`](crate::audio::Conditioning::piece), or no window at all.
    pub fn piece(config: &ModelConfig, piece: &Recording) -> Result<Self> {
        let recording = config.conditioning.piece(piece)?;
        let length = recording.samples().len();
        let found = if config.needs_cycles() { cycles::segment(&recording).ok() } else { None };
        let timeline = config.classifier.hears_states().then(|| Timeline::new(found.as_ref()));
        let cycles = found.filter(|_| config.segments == Segments::Cycles).and_then(|found| found.spans(length));
        let by_cycles = cycles.is_some();
        let spans = cycles.unwrap_or_else(|| config.windowing.spans(length));
        if spans.is_empty() {
            return Err(Error::invalid("the recording is too short for a single window"));
        }
        Ok(Self { recording, pieces: vec![Span { start: 0, end: length }], spans, by_cycles, timeline })
    }

    /// Whether there is no sound at all in it.
    pub fn is_silent(&self) -> bool {
        self.recording.samples().iter().all(|&sample| sample == 0.0)
    }

    /// Some of the windows.
    pub fn windows(&self, config: &ModelConfig, spans: &[Span]) -> Windows {
        let samples = spans.iter().flat_map(|span| config.windowing.cut(self.recording.samples(), span)).collect();
        Windows { samples, states: self.states(config, spans) }
    }

    /// The weights of their frames in each state of the heart cycle, `[windows, states, frames]`, where there are any.
    pub fn states(&self, config: &ModelConfig, spans: &[Span]) -> Option<Vec<f32>> {
        let (framing, frames) = (config.front_end.framing, config.frames());
        let timeline = self.timeline.as_ref()?;
        Some(spans.iter().flat_map(|span| timeline.weights(span, framing, frames)).collect())
    }

    /// The verdict from the probabilities of all windows, `spans.len() × labels.len()` values row by row.
    ///
    /// # Errors
    /// Those of [`Tally::add`].
    pub fn verdict(&self, config: &ModelConfig, probabilities: &[f32]) -> Result<Verdict> {
        let mut tally = Tally::new(config);
        tally.add(self, probabilities)?;
        tally.verdict(&Decision::largest(config))
    }
}

/// Collects the windows' probabilities while a recording comes piece by piece.
#[derive(Clone, Debug)]
pub struct Tally<'a> {
    config: &'a ModelConfig,
    view: View,
    /// Conditioned samples of this view so far.
    samples: usize,
    windows: Vec<(View, Span, bool)>,
    rows: Vec<Vec<f64>>,
    /// Envelopes of the first view, where the heart's rhythm is asked for.
    envelopes: Option<Features>,
}

impl<'a> Tally<'a> {
    /// Nothing collected yet.
    pub fn new(config: &'a ModelConfig) -> Self {
        Self { config, view: View::Mean, samples: 0, windows: Vec::new(), rows: Vec::new(), envelopes: None }
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

    /// Adds what comes next in the recording with the probabilities of all its windows, `spans.len() × labels.len()`
    /// values row by row.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there are more or fewer values, or one is not a number.
    pub fn add(&mut self, next: &Prepared, probabilities: &[f32]) -> Result<()> {
        let classes = self.config.labels.len();
        if classes == 0 || probabilities.len() != next.spans.len() * classes {
            return Err(Error::invalid(format!(
                "{} probabilities for {} windows of {classes} classes",
                probabilities.len(),
                next.spans.len()
            )));
        }
        if !probabilities.iter().all(|p| p.is_finite()) {
            return Err(Error::invalid("the model's output is not a number: its weights do not suit this recording"));
        }
        let start = self.samples;
        self.samples += next.recording.samples().len();
        let other_view = self.windows.first().is_some_and(|(view, ..)| *view != self.view);
        if !other_view {
            self.listen(&next.recording);
        }
        if other_view && next.is_silent() {
            return Ok(());
        }
        self.windows.extend(next.spans.iter().map(|span| (self.view, span.later(start), next.by_cycles)));
        self.rows.extend(probabilities.chunks(classes).map(|row| row.iter().map(|&p| f64::from(p)).collect()));
        Ok(())
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

/// Probabilities by name in the order of the labels; 0 for a label that has none.
pub fn shares(labels: &[String], probabilities: &BTreeMap<String, f64>) -> Vec<f64> {
    labels.iter().map(|label| probabilities.get(label).copied().unwrap_or(0.0)).collect()
}

/// Index of the largest share. A tie goes to the positive class, else to the first: in screening, doubt must not read
/// as "normal".
pub fn winner(shares: &[f64], positive: Option<usize>) -> usize {
    let largest = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    match positive {
        Some(positive) if shares.get(positive) == Some(&largest) => positive,
        _ => shares.iter().position(|&share| share == largest).unwrap_or(0),
    }
}

/// What the rows of window probabilities say together; one value a class, summing to 1 (for [`Voting::Mean`] where every
/// row does).
pub fn vote(voting: Voting, rows: &[Vec<f64>], positive: Option<usize>) -> Vec<f64> {
    let mut shares = vec![0.0; rows.first().map_or(0, Vec::len)];
    for row in rows {
        match voting {
            Voting::Mean => shares.iter_mut().zip(row).for_each(|(share, p)| *share += p),
            Voting::LogMean => shares.iter_mut().zip(row).for_each(|(share, p)| *share += p.max(LEAST).ln()),
            Voting::Majority => shares[winner(row, positive)] += 1.0,
        }
    }
    shares.iter_mut().for_each(|share| *share /= rows.len() as f64);
    if voting == Voting::LogMean { softmax(&shares) } else { shares }
}

/// Probabilities from logarithms that are known up to a constant.
fn softmax(logarithms: &[f64]) -> Vec<f64> {
    let largest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logarithms.iter().map(|logarithm| (logarithm - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Windowing;
    use crate::task::Task;

    fn config() -> ModelConfig {
        Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3)
    }

    fn prepared(windows: usize) -> Prepared {
        let span = |i| Span { start: 2500 * i, end: 2500 * (i + 1) };
        let recording = Recording::new(vec![0.1; 2500 * windows], 1000).unwrap();
        let pieces = vec![Span { start: 0, end: 2500 * windows }];
        Prepared { recording, pieces, spans: (0..windows).map(span).collect(), by_cycles: false, timeline: None }
    }

    #[test]
    fn the_mean_of_the_windows_decides() {
        let verdict = prepared(2).verdict(&config(), &[0.9, 0.1, 0.4, 0.6]).unwrap();
        assert_eq!(verdict.label, "normal");
        assert!((verdict.probabilities["abnormal"] - 0.35).abs() < 1e-6);
        assert_eq!((verdict.windows[1].start_s, verdict.windows[1].end_s), (2.5, 5.0));
    }

    #[test]
    fn a_tie_of_votes_is_abnormal() {
        let config = ModelConfig { voting: Voting::Majority, ..config() };
        let verdict = prepared(2).verdict(&config, &[0.9, 0.1, 0.4, 0.6]).unwrap();
        assert_eq!((verdict.label.as_str(), verdict.probabilities["abnormal"]), ("abnormal", 0.5));
    }

    #[test]
    fn the_mean_of_logarithms_is_the_renormalised_geometric_mean() {
        let rows = [vec![0.9, 0.1], vec![0.4, 0.6]];
        let [normal, abnormal] = [(0.9f64 * 0.4).sqrt(), (0.1f64 * 0.6).sqrt()];
        let shares = vote(Voting::LogMean, &rows, None);
        assert!((shares[0] - normal / (normal + abnormal)).abs() < 1e-12, "{shares:?}");
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        // One window alone says the same as without voting, and windows that agree say no more than one of them.
        assert!((vote(Voting::LogMean, &rows[..1], None)[0] - 0.9).abs() < 1e-12);
        assert!((vote(Voting::LogMean, &vec![rows[1].clone(); 7], None)[1] - 0.6).abs() < 1e-12);
    }

    #[test]
    fn a_window_that_is_sure_outweighs_two_that_are_not() {
        let rows = [vec![0.55, 0.45], vec![0.55, 0.45], vec![0.2, 0.8]];
        assert_eq!(winner(&vote(Voting::Majority, &rows, None), None), 0);
        assert_eq!(winner(&vote(Voting::LogMean, &rows, None), None), 1);
        // Mean and log-mean differ where one window all but rules a class out.
        let rows = [vec![0.8, 0.2], vec![0.8, 0.2], vec![0.001, 0.999]];
        assert_eq!(winner(&vote(Voting::Mean, &rows, None), None), 0);
        assert_eq!(winner(&vote(Voting::LogMean, &rows, None), None), 1);
    }

    #[test]
    fn probabilities_that_underflowed_leave_a_verdict() {
        // Every class is ruled out by one window.
        let shares = vote(Voting::LogMean, &[vec![1.0, 0.0], vec![0.0, 1.0]], None);
        assert_eq!(shares, [0.5, 0.5]);
        let shares = vote(Voting::LogMean, &[vec![1.0, 0.0], vec![0.0, 1.0], vec![0.1, 0.9]], None);
        assert!(shares[1] > 0.5 && shares.iter().all(|share| share.is_finite()), "{shares:?}");
    }

    #[test]
    fn every_view_votes_unless_it_is_silent_beside_another() {
        let config = config();
        let silent = Prepared { recording: Recording::new(vec![0.0; 5000], 1000).unwrap(), ..prepared(2) };
        let mut tally = Tally::new(&config);
        tally.add(&prepared(2), &[0.9, 0.1, 0.7, 0.3]).unwrap();
        tally.hear(View::Side);
        tally.add(&silent, &[0.0, 1.0, 0.0, 1.0]).unwrap();
        tally.add(&prepared(1), &[0.2, 0.8]).unwrap();
        let verdict = tally.verdict(&Decision::largest(&config)).unwrap();
        assert!((verdict.probabilities["abnormal"] - 0.4).abs() < 1e-6);
        let places: Vec<_> = verdict.windows.iter().map(|window| (window.view, window.start_s)).collect();
        assert_eq!(places, [(View::Mean, 0.0), (View::Mean, 2.5), (View::Side, 5.0)]);
        assert_eq!(verdict.first_view().count(), 2);
        // A recording that is silent as a whole is judged all the same.
        assert_eq!(silent.verdict(&config, &[0.5; 4]).unwrap().windows.len(), 2);
    }

    #[test]
    fn voting_is_written_in_lower_case() {
        for (voting, name) in [(Voting::Mean, "mean"), (Voting::LogMean, "logmean"), (Voting::Majority, "majority")] {
            assert_eq!(serde_json::to_value(voting).unwrap(), name);
            assert_eq!(serde_json::from_value::<Voting>(name.into()).unwrap(), voting);
        }
    }

    #[test]
    fn wrong_counts_and_numbers_are_refused() {
        assert!(prepared(2).verdict(&config(), &[0.5; 3]).is_err());
        assert!(prepared(1).verdict(&config(), &[f32::NAN, 0.5]).unwrap_err().to_string().contains("not a number"));
    }

    /// Probabilities that tell windows apart: they rest on every sample.
    fn probabilities(config: &ModelConfig, prepared: &Prepared) -> Vec<f32> {
        let windows = prepared.windows(config, &prepared.spans);
        let share = |window: &[f32]| 0.5 + 0.5 * window.iter().fold(0.0, |sum, x| 0.5 * sum + x).sin();
        windows.samples.chunks(config.windowing.samples).map(share).flat_map(|p| [p, 1.0 - p]).collect()
    }

    #[test]
    fn piece_by_piece_is_the_same_as_in_one_go() {
        let scene = Task::Scene.model(vec!["rain".into(), "sea".into()], 16, 3);
        let overlapping = ModelConfig { windowing: Windowing { samples: 2500, hop: 700 }, ..config() };
        for (mut config, rate, seconds) in
            [(config(), 2000, 213.3), (config(), 4410, 89.9), (overlapping, 1500, 150.2), (scene, 11_025, 121.0)]
        {
            config.conditioning.max_seconds = None;
            // Louder and louder, so that the level of each piece matters.
            let sample = |k: u32| (k as f32 * 0.11 + 1e-5 * (k % 70_001) as f32).sin() * 1e-6 * k as f32;
            let samples = (0..(seconds * f64::from(rate)) as u32).map(sample).collect();
            let recording = Recording::new(samples, rate).unwrap();
            let whole = Prepared::new(&config, &recording).unwrap();
            let at_once = whole.verdict(&config, &probabilities(&config, &whole)).unwrap();

            let mut tally = Tally::new(&config);
            for piece in Pieces::new(recording.samples().chunks(777).map(Ok::<_, Error>), rate, None).unwrap() {
                let piece = Prepared::piece(&config, &piece.unwrap()).unwrap();
                tally.add(&piece, &probabilities(&config, &piece)).unwrap();
            }
            assert_eq!(tally.verdict(&Decision::largest(&config)).unwrap(), at_once);
            assert_eq!(whole.recording, config.conditioning.apply(&recording).unwrap());
            assert_eq!(whole.pieces.len(), ((seconds + 30.0) / 60.0) as usize);
            let inside = |piece: &Span, span: &Span| piece.start <= span.start && span.end <= piece.end;
            assert!(whole.spans.iter().all(|span| whole.pieces.iter().any(|piece| inside(piece, span))));
        }
    }

    #[test]
    fn a_verdict_needs_a_window() {
        assert!(Tally::new(&config()).verdict(&Decision::largest(&config())).is_err());
    }

    #[test]
    fn windows_stand_row_by_row() {
        let mut prepared = prepared(2);
        prepared.recording = Recording::new((0..5000).map(|k| k as f32 * 1e-4).collect(), 1000).unwrap();
        assert_eq!(prepared.windows(&config(), &prepared.spans).samples, prepared.recording.samples());
    }
}
