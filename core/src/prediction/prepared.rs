//! A conditioned recording and its windows.

use crate::audio::{Conditioned, Pieces, Recording, Window, clipped, is_noise_floor, stretches};
use crate::heart::{self, Segmentation, Timeline};
use crate::model::{ModelConfig, Segments, Task};
use crate::prediction::decision::Decision;
use crate::stride::{Stride, at_once};
use crate::{Error, Result};

use super::{Prediction, Tally};

/// A conditioned recording, or a piece of one, and its windows. All positions are in samples of the conditioned
/// recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The conditioned recording.
    pub recording: Recording,
    /// The [pieces](crate::audio::PIECE_SECONDS) that were conditioned on their own.
    pub pieces: Vec<Window>,
    /// The stretches that hold sound. None crosses the border of a piece; there are none where the recording is silent.
    pub stretches: Vec<Window>,
    /// The windows in order of time. None crosses the border of a stretch.
    pub windows: Vec<Window>,
    /// How much each window counts when they vote; one entry for each window.
    pub votes: Vec<Vote>,
    /// Whether the windows are heart cycles instead of windows of fixed length.
    pub by_cycles: bool,
    /// The states of the heart, for a classifier that uses the phases of the heart cycle; otherwise `None`.
    pub timeline: Option<Timeline>,
    /// For heart sounds: the stretches that were segmented, and the result for each.
    pub hearts: Vec<(Window, Segmentation)>,
    /// What was found out about the recording before conditioning.
    pub seen: Seen,
}

/// How much a window counts when the windows of a recording vote.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vote {
    /// Weight in units of a whole window: less than 1 where the window overlaps another one, or is shorter.
    pub weight: f64,
    /// Whether the window holds evidence: sound, and in a heart recording a plausible rhythm. A window without counts
    /// only where no window has any.
    pub evidence: bool,
}

/// What was found out about a recording before conditioning.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seen {
    /// Number of samples at the original sampling rate.
    pub samples: u64,
    /// Number of samples that are clipped at the highest or lowest value.
    pub clipped: u64,
    /// Number of samples in pieces that hold only the last bits of a converter.
    pub noise_floor: u64,
    /// Sum over all samples of the fraction of energy that was removed as spikes from their piece.
    pub blanked: f64,
}

impl Seen {
    /// For one piece at its original sampling rate; `blanked_fraction` is the fraction of its energy that was removed
    /// as spikes.
    async fn of(recording: &Recording, blanked_fraction: f64, stride: &mut Stride) -> Self {
        let samples = recording.samples();
        let noise_floor = if is_noise_floor(samples, stride).await { samples.len() } else { 0 };
        Self {
            samples: samples.len() as u64,
            clipped: clipped(samples, stride).await as u64,
            noise_floor: noise_floor as u64,
            blanked: blanked_fraction * samples.len() as f64,
        }
    }

    /// Fraction of the energy that was removed as spikes, 0 to 1: the mean over the pieces.
    pub fn blanked_fraction(&self) -> f64 {
        self.blanked / self.samples.max(1) as f64
    }

    /// The same for this recording and the `next` one together.
    #[must_use]
    pub fn and(self, next: Self) -> Self {
        Self {
            samples: self.samples + next.samples,
            clipped: self.clipped + next.clipped,
            noise_floor: self.noise_floor + next.noise_floor,
            blanked: self.blanked + next.blanked,
        }
    }
}

/// The input of a model for some windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    /// Conditioned samples `[windows, samples]`.
    pub samples: Vec<f32>,
    /// Weights `[windows, phases, frames]` of their frames in each phase of the heart cycle; `None` where the
    /// classifier does not use phases, or they are not known.
    pub states: Option<Vec<f32>>,
    /// Number of frames of each window that hold sound, where some windows are padded; `None` where none is.
    pub sounding: Option<Vec<usize>>,
}

impl From<Vec<f32>> for Windows {
    /// Whole windows, without weights for the phases of the heart cycle.
    fn from(samples: Vec<f32>) -> Self {
        Self { samples, states: None, sounding: None }
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
    /// Those of [`Prepared::piece`] and of the iterator, and [`Error::Invalid`] where it gives no piece.
    pub fn join<E: From<Error>>(
        config: &ModelConfig,
        pieces: impl IntoIterator<Item = std::result::Result<Recording, E>>,
    ) -> std::result::Result<Self, E> {
        let mut samples = Vec::new();
        let mut joined: Option<Self> = None;
        for piece in pieces {
            let next = Self::piece(config, &piece?)?;
            let start = samples.len();
            samples.extend_from_slice(next.recording.samples());
            match &mut joined {
                None => joined = Some(next),
                Some(joined) => joined.extend(next, start),
            }
        }
        let joined = joined.ok_or_else(|| Error::invalid("a recording needs at least one piece"))?;
        Ok(Self { recording: Recording::new(samples, config.conditioning.sample_rate)?, ..joined })
    }

    /// Adds what follows from sample `start` on, except for the samples themselves.
    pub(super) fn extend(&mut self, next: Self, start: usize) {
        self.pieces.extend(next.pieces.iter().map(|piece| piece.later(start)));
        self.stretches.extend(next.stretches.iter().map(|stretch| stretch.later(start)));
        self.windows.extend(next.windows.iter().map(|window| window.later(start)));
        self.votes.extend(next.votes);
        self.by_cycles &= next.by_cycles;
        if let (Some(timeline), Some(next)) = (&mut self.timeline, &next.timeline) {
            timeline.extend(next, start);
        }
        self.hearts.extend(next.hearts.into_iter().map(|(stretch, found)| (stretch.later(start), found)));
        self.seen = self.seen.and(next.seen);
    }

    /// Conditions one piece of a recording and lays out its windows. A silent piece has windows too, which hold no
    /// evidence.
    ///
    /// # Errors
    /// Those of [`Conditioning::piece`](crate::audio::Conditioning::piece), and [`Error::Invalid`] where there is no
    /// window at all.
    pub fn piece(config: &ModelConfig, piece: &Recording) -> Result<Self> {
        at_once(Self::in_strides(config, piece, &mut Stride::endless()))
    }

    /// As [`Prepared::piece`], with a pause after every stride.
    ///
    /// # Errors
    /// Those of [`Prepared::piece`].
    pub(crate) async fn in_strides(config: &ModelConfig, piece: &Recording, stride: &mut Stride) -> Result<Self> {
        let Conditioned { recording, blanked_fraction } = config.conditioning.in_strides(piece, stride).await?;
        let seen = Seen::of(piece, blanked_fraction, stride).await;
        let stretches = match seen.noise_floor {
            0 => stretches(recording.samples(), recording.sample_rate(), stride).await,
            _ => Vec::new(),
        };
        let hearts = match config.looks_for_a_heart() {
            true => hearts(&recording, &stretches, stride).await?,
            false => Vec::new(),
        };
        Self::laid_out(config, recording, seen, stretches, hearts)
    }

    /// The windows of what was conditioned and segmented.
    pub(super) fn laid_out(
        config: &ModelConfig,
        recording: Recording,
        seen: Seen,
        stretches: Vec<Window>,
        hearts: Vec<(Window, Segmentation)>,
    ) -> Result<Self> {
        let all = Window { start: 0, end: recording.samples().len() };
        let timeline = config.classifier.sees_states().then(|| {
            let mut timeline = Timeline::new(None);
            hearts.iter().for_each(|(stretch, found)| timeline.extend(&Timeline::new(Some(found)), stretch.start));
            timeline
        });
        let by_states =
            (config.segments == Segments::Cycles).then(|| in_cycles(&hearts)).filter(|found| !found.is_empty());
        let by_cycles = by_states.is_some();
        let (windows, votes) = match by_states {
            Some(cycles) => {
                let votes = vec![Vote { weight: 1.0, evidence: true }; cycles.len()];
                (cycles, votes)
            }
            None if stretches.is_empty() => lay(config, &[all], |_| false),
            None => {
                let with_rhythm =
                    |stretch: &Window| hearts.iter().any(|(heart, found)| heart == stretch && found.plausible);
                lay(config, &stretches, |stretch| config.task != Task::Heart || with_rhythm(stretch))
            }
        };
        if windows.is_empty() {
            return Err(Error::invalid("the recording is too short for a single window"));
        }
        Ok(Self { stretches, windows, votes, by_cycles, timeline, hearts, seen, ..Self::bare(recording) })
    }

    /// A conditioned recording as one piece and one stretch of sound, without windows and not segmented.
    pub fn bare(recording: Recording) -> Self {
        let all = vec![Window { start: 0, end: recording.samples().len() }];
        Self {
            recording,
            pieces: all.clone(),
            stretches: all,
            windows: Vec::new(),
            votes: Vec::new(),
            by_cycles: false,
            timeline: None,
            hearts: Vec::new(),
            seen: Seen::default(),
        }
    }

    /// Whether the recording holds no sound at all.
    pub fn is_silent(&self) -> bool {
        self.stretches.is_empty()
    }

    /// The model's input for some windows of this recording.
    pub fn input(&self, config: &ModelConfig, windows: &[Window]) -> Windows {
        let cut = |window: &Window| config.windowing.cut(self.recording.samples(), window);
        let samples = windows.iter().flat_map(cut).collect();
        Windows { samples, states: self.states(config, windows), sounding: sounding(config, windows) }
    }

    /// Weights `[windows, phases, frames]` of the frames of these windows in each phase of the heart cycle; `None`
    /// where the classifier does not use phases.
    pub fn states(&self, config: &ModelConfig, windows: &[Window]) -> Option<Vec<f32>> {
        let (framing, frames) = (config.front_end.framing, config.frames());
        let (timeline, parts) = (self.timeline.as_ref()?, config.classifier.parts()?);
        let weights = |window: &Window| {
            timeline.weights(window, framing, [frames, config.sounding_frames(window.end - window.start)], parts)
        };
        Some(windows.iter().flat_map(weights).collect())
    }

    /// The heart cycles that are known from S1 to the next S1, where the classifier uses their phases; otherwise none.
    pub(crate) fn cycles(&self) -> Vec<Window> {
        self.timeline.as_ref().map(Timeline::cycles).unwrap_or_default()
    }

    /// For each cycle a window of the model's length with the cycle in its middle, as far as the stretch of sound
    /// allows.
    pub(crate) fn around(&self, config: &ModelConfig, cycles: &[Window]) -> Vec<Window> {
        let length = config.windowing.samples;
        let window = |cycle: &Window| {
            let stretch =
                self.stretches.iter().find(|stretch| stretch.start <= cycle.start && cycle.start < stretch.end);
            let (first, end) =
                stretch.map_or((0, self.recording.samples().len()), |stretch| (stretch.start, stretch.end));
            let middle = (cycle.start + cycle.end) / 2;
            let start = middle.saturating_sub(length / 2).min(end.saturating_sub(length)).max(first);
            Window { start, end: end.min(start + length) }
        };
        cycles.iter().map(window).collect()
    }

    /// The prediction for this recording from the probabilities of all its windows, `windows.len() × labels.len()`
    /// values, window by window. The most probable class is taken, without calibration.
    ///
    /// # Errors
    /// Those of [`Tally::add`].
    pub fn prediction(&self, config: &ModelConfig, probabilities: &[f32]) -> Result<Prediction> {
        let mut tally = Tally::new(config);
        tally.add(self, probabilities)?;
        tally.prediction(&Decision::largest(config))
    }
}

/// Number of frames of each window that hold sound, where some windows are padded; `None` where none is.
pub fn sounding(config: &ModelConfig, windows: &[Window]) -> Option<Vec<usize>> {
    let whole = |window: &Window| window.end - window.start >= config.windowing.samples;
    let frames = |window: &Window| match whole(window) {
        true => config.frames(),
        false => config.sounding_frames(window.end - window.start),
    };
    (!windows.iter().all(whole)).then(|| windows.iter().map(frames).collect())
}

/// Segments each stretch that is long enough.
async fn hearts(
    recording: &Recording,
    stretches: &[Window],
    stride: &mut Stride,
) -> Result<Vec<(Window, Segmentation)>> {
    let mut hearts = Vec::new();
    for stretch in stretches {
        let samples = recording.samples()[stretch.start..stretch.end].to_vec();
        let sound = Recording::new(samples, recording.sample_rate())?;
        if sound.duration_s() >= heart::SHORTEST_S
            && let Ok(found) = heart::segment_in_strides(&sound, stride).await
        {
            hearts.push((*stretch, found));
        }
    }
    Ok(hearts)
}

/// The cycles of all segmentations with a plausible rhythm.
fn in_cycles(hearts: &[(Window, Segmentation)]) -> Vec<Window> {
    let cycles = |(stretch, found): &(Window, Segmentation)| {
        let cycles = found.cycle_windows(stretch.end - stretch.start).unwrap_or_default();
        cycles.into_iter().map(|cycle| cycle.later(stretch.start)).collect::<Vec<Window>>()
    };
    hearts.iter().flat_map(cycles).collect()
}

/// Windows over stretches of sound. Stretches that are shorter than a window have none, unless all are shorter: then
/// the longest has one window, which is padded.
fn lay(config: &ModelConfig, stretches: &[Window], evidence: impl Fn(&Window) -> bool) -> (Vec<Window>, Vec<Vote>) {
    let length = |stretch: &Window| stretch.end - stretch.start;
    let whole = |stretch: &Window| length(stretch) >= config.windowing.samples;
    let longest =
        stretches.iter().copied().reduce(|best, next| if length(&next) > length(&best) { next } else { best });
    let chosen: Vec<Window> = match stretches.iter().any(whole) {
        true => stretches.iter().copied().filter(whole).collect(),
        false => longest.into_iter().collect(),
    };
    let (mut windows, mut votes) = (Vec::new(), Vec::new());
    for stretch in chosen {
        let laid = config.windowing.windows(length(&stretch));
        let evidence = evidence(&stretch);
        votes.extend(config.windowing.weights(&laid).into_iter().map(|weight| Vote { weight, evidence }));
        windows.extend(laid.into_iter().map(|window| window.later(stretch.start)));
    }
    (windows, votes)
}
