use std::borrow::Cow;
use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;
use crate::audio::{ChannelChoice, Channels, Downmix, Recording};
use crate::heart::Parts;
use crate::model::{ClassifierConfig, ModelConfig, Task};
use crate::prediction::decision::Decision;
use crate::prediction::openness::Openness;
use crate::prediction::{FileNotes, Noted, Prediction, Prepared, Reason};
use crate::stride::{STRIDE, Stride, at_once};
use crate::synth::{HeartOptions, heart};
use crate::{Error, Result};

/// Sampling rate of the recordings in Hz.
const RATE: u32 = 2000;

/// A model of heart sounds that sees the states of the heart cycle.
fn config() -> ModelConfig {
    let config = Task::Heart.model(["normal", "abnormal"].map(String::from).to_vec(), 4, 2);
    ModelConfig { classifier: ClassifierConfig::States { dropout: 0.5, parts: Parts::default() }, ..config }
}

/// What tells sounds of other kinds by one mean and one deviation.
pub(super) fn openness() -> Openness {
    Openness {
        coefficients: [1, 1],
        classes: vec![vec![0.0; 2]; 2],
        factor: vec![1.0, 0.0, 1.0],
        distance_limit: 1e6,
        steadiness_limit: None,
        refused: 0.05,
        n: 20,
        measured_on: "nothing".into(),
    }
}

fn samples(seconds: f64) -> usize {
    (seconds * f64::from(RATE)) as usize
}

fn beating(seconds: f64) -> Vec<f32> {
    let options = HeartOptions { seed: 4, seconds, sample_rate: RATE, murmur: None };
    heart(&options).unwrap().recording.into_samples()
}

/// A network whose images and probabilities rest on every sample and on what is known of the frames.
fn network(config: &ModelConfig, batch: &Batch) -> Answer {
    let sum = |values: &[f32]| values.iter().fold(0.0f32, |sum, value| 0.5 * sum + value);
    let of_frames = config.frames() * config.front_end.filters;
    let windows: Vec<&[f32]> = batch.input.samples.chunks(config.windowing.samples).collect();
    let states = batch.input.states.as_deref().unwrap_or_default();
    let a_window = (states.len() / windows.len()).max(1);
    let states = |number: usize| states.chunks(a_window).nth(number).map_or(0.0, sum);
    let images =
        windows.iter().flat_map(|window| (0..of_frames).map(move |at| window[at % window.len()].abs().ln_1p()));
    let of_window = |(number, window): (usize, &&[f32])| 0.5 + 0.5 * (sum(window) + states(number)).sin();
    let probabilities = windows.iter().enumerate().map(of_window).flat_map(|p| [p, 1.0 - p]).collect();
    Answer { images: batch.wants_images.then(|| images.collect()), probabilities }
}

/// Drives a session with samples that come `chunk` at a time.
fn drive(session: &mut Session, config: &ModelConfig, samples: &[f32], chunk: usize) -> Result<()> {
    let mut pieces = None;
    let mut number = usize::MAX;
    loop {
        match session.step() {
            Step::Read(pass) => {
                if pass.number != number {
                    let rest = samples.get(pass.start as usize..).unwrap_or_default();
                    pieces = Some(pass.pieces(rest.chunks(chunk).map(Ok::<_, Error>))?);
                    number = pass.number;
                }
                match pieces.as_mut().and_then(Iterator::next) {
                    Some(piece) => session.piece(&piece?)?,
                    None => session.end()?,
                }
            }
            Step::Run(batch) => session.answer(&network(config, &batch))?,
            Step::Work => session.work()?,
            Step::Done => return Ok(()),
        }
    }
}

fn source(max_seconds: Option<f64>) -> Source {
    Source { sample_rate: RATE, downmixes: vec![Downmix::Mean], max_seconds }
}

/// A heart of several pieces, and what a session says of it when all of it comes at once.
struct Known {
    config: ModelConfig,
    openness: Openness,
    samples: Vec<f32>,
    prediction: Prediction,
}

impl Known {
    fn get() -> &'static Self {
        static KNOWN: OnceLock<Known> = OnceLock::new();
        KNOWN.get_or_init(|| {
            let (config, openness, samples) = (config(), openness(), beating(100.0));
            let prediction = predict(&config, &openness, &samples, samples.len(), BATCH);
            Self { config, openness, samples, prediction }
        })
    }
}

fn predict(config: &ModelConfig, openness: &Openness, samples: &[f32], chunk: usize, batch: usize) -> Prediction {
    let mut session = Session::new(config, Some(openness), source(None)).unwrap().in_batches_of(batch);
    drive(&mut session, config, samples, chunk).unwrap();
    session.prediction(&Decision::largest(config), &FileNotes::default()).unwrap()
}

#[test]
fn a_heart_in_pieces_has_windows_cycles_and_a_score() {
    let Known { prediction, .. } = Known::get();
    assert!(prediction.label.is_some() && prediction.openness.is_some(), "{prediction:?}");
    let (windows, cycles) = (&prediction.windows, &prediction.cycles);
    assert!(windows.len() >= 30 && cycles.len() > 60, "{} windows, {} cycles", windows.len(), cycles.len());
    assert!(windows.last().unwrap().end_s > 95.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn however_a_recording_comes_the_result_is_the_same_bit_for_bit(chunk in 1usize..300_000, batch in 1usize..60) {
        let Known { config, openness, samples, prediction } = Known::get();
        prop_assert_eq!(&predict(config, openness, samples, chunk, batch), prediction);
    }
}

/// Conditioned elsewhere, and driven as a whole.
#[test]
fn pieces_conditioned_beforehand_and_a_session_driven_at_once_say_the_same() {
    let Known { config, openness, samples, prediction } = Known::get();
    let mut session = Session::new(config, Some(openness), source(None)).unwrap();
    let (mut opened, mut progress) = (0, Vec::new());
    let open = |pass: Pass| -> Result<_> {
        opened += 1;
        let pieces = pass.pieces(samples.chunks(777).map(Ok::<_, Error>))?;
        let prepared = move |piece: Result<Recording>| -> Result<Cow<Prepared>> {
            Ok(Cow::Owned(Prepared::piece(config, &piece?)?))
        };
        Ok(pieces.map(prepared))
    };
    let run = |session: &Session, batch: Batch| -> Result<Answer> {
        assert!(session.piece_at_hand().is_some());
        progress.push(session.progress_s());
        Ok(network(config, &batch))
    };
    session.drive(open, run).unwrap();
    assert_eq!(&session.prediction(&Decision::largest(config), &FileNotes::default()).unwrap(), prediction);
    assert!(opened == 1 && progress.is_sorted() && progress[0] == 0.0, "{opened} {progress:?}");
    assert!(session.piece_at_hand().is_none() && !session.states().is_empty());
    for seconds in [session.judged_s(), session.progress_s()] {
        assert!((seconds - 100.0).abs() < 1e-9, "{seconds}");
    }
}

/// A page shows it then, and what rests on the heart cycles later.
#[test]
fn the_result_is_known_when_only_heart_cycles_are_left() {
    let (config, openness, samples) = (config(), openness(), beating(30.0));
    let whole = predict(&config, &openness, &samples, samples.len(), BATCH);
    let mut session = Session::new(&config, Some(&openness), source(None)).unwrap();
    let (decision, notes) = (Decision::largest(&config), FileNotes::default());
    assert!(session.prediction_so_far(&decision, &notes).is_err(), "nothing was answered yet");
    let mut known = Vec::new();
    let mut piece = Some(Recording::new(samples, RATE).unwrap());
    loop {
        match session.step() {
            Step::Read(_) => match piece.take() {
                Some(piece) => session.piece(&piece).unwrap(),
                None => session.end().unwrap(),
            },
            Step::Work => session.work().unwrap(),
            Step::Run(batch) => {
                if batch.purpose == Purpose::Cycles {
                    assert!(session.prediction(&decision, &notes).is_err(), "it is not the whole of it");
                    known.push(session.prediction_so_far(&decision, &notes).unwrap());
                }
                session.answer(&network(&config, &batch)).unwrap();
            }
            Step::Done => break,
        }
    }
    assert!(known.len() > 1 && whole.cycles.len() > 20, "{} times, {} cycles", known.len(), whole.cycles.len());
    for known in known {
        assert!(known.cycles.is_empty());
        assert_eq!(Prediction { cycles: whole.cycles.clone(), ..known }, whole);
    }
    assert_eq!(session.prediction_so_far(&decision, &notes).unwrap(), whole);
}

/// A page does so.
#[test]
fn pieces_conditioned_in_bits_say_the_same_and_let_others_run() {
    let Known { config, openness, samples, prediction } = Known::get();
    let mut session = Session::new(config, Some(openness), source(None)).unwrap();
    assert!(refused(session.work()).contains("no work is left"));
    let recording = |part: &[f32]| Recording::new(part.to_vec(), RATE).unwrap();
    let mut recordings = samples.chunks(60 * RATE as usize).map(recording);
    let (mut pieces, mut bits) = (0, 0);
    loop {
        match session.step() {
            Step::Read(_) => match recordings.next() {
                Some(piece) => {
                    let other = Recording::new(vec![0.1; 8000], 2 * RATE).unwrap();
                    assert!(refused(session.piece_in_bits(other)).contains("4000 Hz of a recording at 2000 Hz"));
                    session.piece_in_bits(piece.clone()).unwrap();
                    assert!(session.step() == Step::Work && session.piece_at_hand().is_none());
                    for early in [session.piece(&piece), session.piece_in_bits(piece), session.end()] {
                        assert!(refused(early).contains("still being conditioned"));
                    }
                    pieces += 1;
                }
                None => session.end().unwrap(),
            },
            Step::Work => {
                session.work().unwrap();
                bits += 1;
            }
            Step::Run(batch) => session.answer(&network(config, &batch)).unwrap(),
            Step::Done => break,
        }
    }
    // One minute and 40 seconds: two pieces.
    assert!(pieces == 2 && bits >= 100, "{pieces} pieces in {bits} bits");
    assert_eq!(&session.prediction(&Decision::largest(config), &FileNotes::default()).unwrap(), prediction);
}

/// What a piece comes to, and the most that was done for it without a pause.
fn prepared(config: &ModelConfig, piece: &Recording, most: usize) -> (String, usize) {
    let mut stride = Stride::of(most);
    let prepared = at_once(Prepared::in_strides(config, piece, &mut stride)).unwrap();
    (format!("{prepared:?}"), stride.longest)
}

/// A transform of the resampler, one pass over all samples and the best path of one rhythm are not cut.
#[test]
fn no_bit_is_longer_than_a_stride_and_what_cannot_be_cut() {
    let config = config();
    let piece = Recording::new(beating(89.0), RATE).unwrap();
    let (whole, all) = prepared(&config, &piece, usize::MAX);
    for most in [1 << 10, STRIDE] {
        let (cut, longest) = prepared(&config, &piece, most);
        assert!(cut == whole, "{most}");
        assert!(longest < most + 3 * 90_000 && longest < all / 20, "{longest} of {all} units in strides of {most}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn however_long_a_stride_is_a_piece_comes_to_the_same(
        most in 1usize..200_000, rate in 1500u32..5000, gap in 0usize..9000,
    ) {
        let config = config();
        let mut sound = beating(6.0);
        sound.extend(std::iter::repeat_n(0.0, gap));
        sound.extend(beating(3.0));
        sound[5000..5010].fill(0.9);
        let piece = Recording::new(sound, rate).unwrap();
        prop_assert!(prepared(&config, &piece, most).0 == prepared(&config, &piece, usize::MAX).0);
    }
}

#[test]
fn without_cycles_the_result_is_the_same_but_for_them() {
    let Known { config, openness, samples, prediction } = Known::get();
    let mut session = Session::new(config, Some(openness), source(None)).unwrap().without_cycles();
    drive(&mut session, config, samples, 5000).unwrap();
    let found = session.prediction(&Decision::largest(config), &FileNotes::default()).unwrap();
    assert_eq!(found, Prediction { cycles: Vec::new(), ..prediction.clone() });
}

/// The reason why something is refused.
fn refused<T>(result: Result<T>) -> String {
    match result {
        Err(Error::Invalid(why)) => why,
        Err(other) => panic!("another kind of error: {other}"),
        Ok(_) => panic!("it was taken"),
    }
}

#[test]
fn what_comes_in_another_order_is_refused_and_changes_nothing() {
    let Known { config, openness, samples: known, .. } = Known::get();
    let piece = Recording::new(known[..samples(20.0)].to_vec(), RATE).unwrap();
    let (decision, file) = (Decision::largest(config), FileNotes::default());
    let mut session = Session::new(config, Some(openness), source(None)).unwrap();
    let nothing = Answer::default();

    assert!(matches!(session.step(), Step::Read(pass) if pass.number == 0 && !pass.is_rest()));
    assert!(refused(session.answer(&nothing)).contains("no windows wait"));
    assert!(refused(session.end()).contains("before its first piece"));
    assert!(refused(session.prediction(&decision, &file)).contains("no result yet"));
    let other = Recording::new(vec![0.1; 8000], 2 * RATE).unwrap();
    assert!(refused(session.piece(&other)).contains("4000 Hz of a recording at 2000 Hz"));
    assert!(refused(session.prepared(Cow::Owned(Prepared::bare(piece.clone())))).contains("0 windows"));

    session.piece(&piece).unwrap();
    let before = session.step();
    assert!(refused(session.piece(&piece)).contains("still wait"));
    assert!(refused(session.end()).contains("still wait"));
    assert!(refused(session.prediction(&decision, &file)).contains("no result yet"));
    let Step::Run(batch) = &before else { panic!("{before:?}") };
    assert!(batch.wants_images && batch.purpose == Purpose::Windows && batch.windows.len() <= BATCH);
    let right = network(config, batch);
    let values = |count: usize| Answer { probabilities: vec![0.5; count], ..right.clone() };
    for count in [0, right.probabilities.len() - 1, right.probabilities.len() + 2] {
        assert!(refused(session.answer(&values(count))).starts_with(&format!("{count} probabilities for")));
    }
    let images = |images: Option<Vec<f32>>| Answer { images, ..right.clone() };
    assert!(refused(session.answer(&images(None))).starts_with("0 levels for the images"));
    assert!(refused(session.answer(&images(Some(vec![0.0; 5])))).starts_with("5 levels for the images"));
    let mut torn = right.clone();
    torn.probabilities[1] = f32::NAN;
    assert!(refused(session.answer(&torn)).contains("not a number"));
    let infinite = vec![f32::INFINITY; right.images.as_ref().unwrap().len()];
    assert!(refused(session.answer(&images(Some(infinite)))).contains("not a number"));
    assert_eq!(session.step(), before);

    while let Step::Run(batch) = session.step() {
        session.answer(&network(config, &batch)).unwrap();
    }
    assert!(matches!(session.step(), Step::Read(_)));
    session.end().unwrap();
    assert_eq!(session.step(), Step::Done);
    assert!(refused(session.piece(&piece)).contains("is done"));
    assert!(refused(session.end()).contains("is done"));
    assert!(refused(session.answer(&right)).contains("no windows wait"));
    // As often as one likes.
    let prediction = session.prediction(&decision, &file).unwrap();
    assert_eq!(session.prediction(&decision, &file).unwrap(), prediction);
}

#[test]
fn a_source_without_a_downmix_or_rate_is_refused() {
    let config = config();
    let none = Source { downmixes: Vec::new(), ..source(None) };
    assert!(refused(Session::new(&config, None, none)).contains("no downmix"));
    let rate = Source { sample_rate: 0, ..source(None) };
    assert!(refused(Session::new(&config, None, rate)).contains("0 Hz"));
    assert!(refused(Source::new(&config, RATE, 2, Some(ChannelChoice::One(2)))).contains("no channel 3"));
    let separate = Source::new(&config, RATE, 2, Some(ChannelChoice::All(Channels::Separate))).unwrap();
    assert_eq!((separate.downmixes.len(), separate.max_seconds), (2, Some(60.0)));
    assert_eq!(separate.whole().max_seconds, None);
}

#[test]
fn every_downmix_has_its_pass_and_rhythm_and_cycles_are_those_of_the_first() {
    let (config, sound) = (config(), beating(12.0));
    let both = Source::new(&config, RATE, 2, Some(ChannelChoice::All(Channels::Separate))).unwrap();
    let mut session = Session::new(&config, None, both).unwrap();
    let mut passes = Vec::new();
    loop {
        match session.step() {
            Step::Read(pass) if passes.last() == Some(&pass.downmix) => session.end().unwrap(),
            Step::Read(pass) => {
                passes.push(pass.downmix);
                session.piece(&Recording::new(sound.clone(), RATE).unwrap()).unwrap();
            }
            Step::Work => session.work().unwrap(),
            Step::Run(batch) => {
                assert!(!batch.wants_images && (batch.purpose == Purpose::Windows || passes.len() == 1));
                session.answer(&network(&config, &batch)).unwrap();
            }
            Step::Done => break,
        }
    }
    assert_eq!(passes, [Downmix::Channel(0), Downmix::Channel(1)]);
    let prediction = session.prediction(&Decision::largest(&config), &FileNotes::default()).unwrap();
    assert_eq!(prediction.windows.len(), 2 * prediction.first_downmix().count());
    assert!(prediction.cycles.len() > 4 && prediction.cycles.last().unwrap().end_s <= 12.0);
    assert!((session.judged_s() - 12.0).abs() < 1e-9 && (session.progress_s() - 24.0).abs() < 1e-9);
}

/// The command line began where its reader happened to stand, some seconds behind what was judged.
#[test]
fn the_rest_begins_where_the_classified_part_ends() {
    let config = config();
    let late = [vec![0.0; samples(65.0)], beating(20.0)].concat();
    let predict = |sound: &[f32], max_seconds: Option<f64>| {
        let session = Session::new(&config, None, source(max_seconds)).unwrap();
        let mut session = session.looking_elsewhere("classify all of it");
        drive(&mut session, &config, sound, 4096).unwrap();
        let file = FileNotes { file: vec!["No length.".into()], ..FileNotes::default() };
        session.prediction(&Decision::largest(&config), &file).unwrap()
    };
    let prediction = predict(&late, Some(60.0));
    assert_eq!(prediction.abstained.unwrap().reason, Reason::Silent);
    let [.., file, elsewhere] = &prediction.notes[..] else { panic!("{:?}", prediction.notes) };
    assert_eq!([file.kind, elsewhere.kind], [Noted::File, Noted::Elsewhere]);
    assert!(elsewhere.detail.contains("but 60 to 85 s do: classify all of it."), "{}", elsewhere.detail);

    let elsewhere = |prediction: &Prediction| prediction.notes.iter().any(|note| note.kind == Noted::Elsewhere);
    // Nothing is left, nothing more is wanted, or nothing was missed.
    assert!(!elsewhere(&predict(&late[..samples(60.0)], Some(60.0))));
    assert!(!elsewhere(&predict(&late[..samples(30.0)], Some(60.0))));
    assert!(!elsewhere(&predict(&late, None)));
    assert!(!elsewhere(&predict(&beating(100.0), Some(60.0))));
}

#[test]
fn only_a_beginning_of_which_nothing_can_be_said_makes_it_look_on() {
    let config = config();
    let silence = Recording::new(vec![0.0; samples(60.0)], RATE).unwrap();
    let passes = |looking: bool| {
        let session = Session::new(&config, None, source(Some(60.0))).unwrap();
        let mut session = if looking { session.looking_elsewhere("look") } else { session };
        session.piece(&silence).unwrap();
        while let Step::Run(batch) = session.step() {
            session.answer(&network(&config, &batch)).unwrap();
        }
        session.end().unwrap();
        let Step::Read(rest) = session.step() else { return None };
        assert_eq!((rest.number, rest.start, rest.max_seconds), (1, 120_000, Some(600.0)));
        assert!(rest.is_rest() && (rest.start_s() - 60.0).abs() < 1e-9);
        // It may hold no piece.
        session.end().unwrap();
        assert_eq!(session.step(), Step::Done);
        Some(rest)
    };
    assert!(passes(true).is_some() && passes(false).is_none());
}
