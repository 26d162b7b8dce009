use std::borrow::Cow;

use super::*;
use crate::audio::{Recording, Windowing};
use crate::filterbank::FilterParameters;
use crate::heart::Parts;
use crate::model::{ClassifierConfig, ModelConfig, Normalisation, Scaling, Task};
use crate::network::cpu::engine::{CpuEngine, Network, softmax};
use crate::network::cpu::moments::moments;
use crate::network::cpu::testing::weights;
use crate::package::{self, Provenance};
use crate::prediction::scope::Scope;
use crate::prediction::{FileNotes, Noted};
use crate::recognise::explain::{Explaining, Explanation};
use crate::recognise::tests::openness;
use crate::recognise::{Pass, Session, Source, Step};
use crate::synth::{HeartOptions, heart};

/// Sampling rate of the recordings in Hz.
const RATE: u32 = 2000;

/// A model of heart sounds with this classifier for images that go through this scaling.
fn model(classifier: ClassifierConfig, filters: usize, scaling: Scaling) -> Package {
    let config = Task::Heart.model(["normal", "abnormal"].map(String::from).to_vec(), filters, 2);
    let config = ModelConfig { classifier, scaling, ..config };
    package::read(&package::write(&config, &weights(&config, 0), &Provenance::default()).unwrap()).unwrap()
}

/// A linear classifier on the phases of the heart cycle, as the shipped one.
fn states() -> Package {
    let classifier = ClassifierConfig::States { dropout: 0.1, parts: Parts { systole: 2, diastole: 3, lead_ms: 0 } };
    let normalisation = Normalisation::Window;
    model(classifier, 6, Scaling { normalisation, floor_db: Some(45.0), least_variance: 0.1, ..Scaling::default() })
}

fn pooled(normalisation: Normalisation) -> Package {
    model(ClassifierConfig::Pooled { blocks: 1, dropout: 0.0 }, 5, Scaling { normalisation, ..Scaling::default() })
}

fn sound(seconds: f64) -> Vec<f32> {
    let options = HeartOptions { seed: 4, seconds, sample_rate: RATE, murmur: None };
    heart(&options).unwrap().recording.into_samples()
}

fn engine(package: &Package) -> CpuEngine {
    CpuEngine::new(Network::new(&package.config, &package.weights).unwrap()).unwrap()
}

/// What a model answers.
fn answers(package: &Package) -> impl Fn(&Batch) -> Answer {
    let (engine, samples) = (engine(package), package.config.windowing.samples);
    move |batch| {
        let images = engine.images(&batch.input.samples, samples).unwrap();
        let (states, sounding) = (batch.input.states.as_deref(), batch.input.sounding.as_deref());
        let probabilities = engine.probabilities_of(&images, states, sounding).unwrap();
        Answer { images: Some(images), probabilities }
    }
}

/// All of a recording through a model that answers so; what is kept, and what is said of it.
fn judge<'a>(
    package: &'a Package,
    downmixes: &[Downmix],
    sound: &[f32],
    answer: impl Fn(&Batch) -> Answer,
) -> (Adjusted<&'a Package>, Prediction) {
    let source = Source { sample_rate: RATE, downmixes: downmixes.to_vec(), max_seconds: None };
    let mut session = Session::of(package, source).unwrap();
    let mut kept = Adjusted::new(package);
    let (mut pieces, mut number) = (None, usize::MAX);
    loop {
        match session.step() {
            Step::Read(pass) => {
                if pass.number != number {
                    pieces = Some(pass.pieces(sound.chunks(5000).map(Ok::<_, Error>)).unwrap());
                    number = pass.number;
                }
                let piece: Option<Result<Recording>> = pieces.as_mut().and_then(Iterator::next);
                match piece {
                    Some(piece) => {
                        session.piece(&piece.unwrap()).unwrap();
                        kept.keep(pass.downmix, session.piece_at_hand().unwrap());
                    }
                    None => session.end().unwrap(),
                }
            }
            Step::Run(batch) => {
                let answer = answer(&batch);
                kept.answer(&batch, &answer);
                session.answer(&answer).unwrap();
            }
            Step::Work => session.work().unwrap(),
            Step::Done => break,
        }
    }
    let prediction = session.prediction(&decision(package), &FileNotes::default()).unwrap();
    (kept, prediction)
}

/// A few seconds through a model as it is.
fn judged(package: &Package) -> (Adjusted<&Package>, Prediction) {
    judge(package, &[Downmix::Mean], &sound(9.0), answers(package))
}

fn decision(package: &Package) -> Decision {
    Decision::largest(&package.config)
}

/// Every number that rests on the filters.
fn figures(prediction: &Prediction) -> Vec<f64> {
    let windows = prediction.windows.iter().map(|window| &window.probabilities);
    let cycles = prediction.cycles.iter().map(|cycle| &cycle.probabilities);
    let rows = std::iter::once(&prediction.probabilities).chain(windows).chain(cycles);
    rows.flat_map(|row| row.values().copied()).chain(prediction.openness).collect()
}

/// The largest difference between two results on the same windows.
fn apart(one: &Prediction, other: &Prediction) -> f64 {
    let (one, other) = (figures(one), figures(other));
    assert_eq!(one.len(), other.len());
    one.iter().zip(&other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// The same model with some filters elsewhere, by way of its weights.
fn with_filters(package: &Package, wanted: &[(usize, f64, f64)]) -> Package {
    let (config, mut weights) = (&package.config, package.weights.clone());
    for &(filter, centre_hz, bandwidth_hz) in wanted {
        // As loud at its centre as before.
        let asked = config.front_end.moved(&package.filters[filter], centre_hz, bandwidth_hz).unwrap();
        let [centre, bandwidth, gain] = config.front_end.to_unconstrained(&asked);
        let names = ["front_end.centre_frequency", "front_end.bandwidth", "front_end.gain"];
        for (name, number) in names.into_iter().zip([centre, bandwidth, gain]) {
            weights.get_mut(name).unwrap()[filter] = number as f32;
        }
    }
    let filters = config.filters(&weights).unwrap();
    Package { weights, filters, ..package.clone() }
}

/// Changes that make the filters of one model those of another.
fn changes(from: &Package, to: &Package) -> BTreeMap<usize, Change> {
    let pairs = from.filters.iter().zip(&to.filters).enumerate().filter(|(_, (from, to))| from != to);
    let change = |to: &FilterParameters| Change { centre_hz: to.centre_hz, bandwidth_hz: to.bandwidth_hz, on: true };
    pairs.map(|(number, (_, to))| (number, change(to))).collect()
}

/// This filter as it was trained, and off.
fn off(package: &Package, filter: usize) -> BTreeMap<usize, Change> {
    let FilterParameters { centre_hz, bandwidth_hz, .. } = package.filters[filter];
    [(filter, Change { centre_hz, bandwidth_hz, on: false })].into()
}

fn models() -> [Package; 5] {
    let normalised = [Normalisation::None, Normalisation::Window, Normalisation::Data].map(pooled);
    let [none, window, data] = normalised;
    let open = Package { openness: Some(openness()), ..states() };
    [states(), open, none, window, data]
}

#[test]
fn with_no_change_the_result_is_that_of_the_session_exactly() {
    for package in models() {
        for seconds in [9.0, 1.8] {
            let (mut kept, prediction) = judge(&package, &[Downmix::Mean], &sound(seconds), answers(&package));
            assert_eq!(kept.predict(&decision(&package)).unwrap(), prediction);
            kept.set(&BTreeMap::new()).unwrap();
            assert_eq!(kept.predict(&decision(&package)).unwrap(), prediction);
            assert!(kept.is_whole() && (kept.seconds() - seconds).abs() < 0.01);
            assert!(kept.rows().unwrap().is_empty());
        }
    }
}

#[test]
fn moved_filters_say_what_a_model_with_these_filters_says_and_back_they_say_what_they_said() {
    for package in models() {
        let other = with_filters(&package, &[(1, 70.0, 20.0), (3, 230.0, 90.0)]);
        let (mut kept, before) = judged(&package);
        kept.set(&changes(&package, &other)).unwrap();
        assert!(kept.prediction(&decision(&package)).unwrap_err().to_string().contains("do not follow"));
        let found = kept.predict(&decision(&package)).unwrap();
        let (_, expected) = judged(&other);
        assert!(apart(&found, &expected) < 1e-5, "{}", apart(&found, &expected));
        assert!(apart(&found, &before) > 1e-4, "the filters say the same wherever they are");
        assert_eq!((&found.notes, found.rhythm, found.quality), (&before.notes, before.rhythm, before.quality));
        // One of them goes back; then both.
        let one = with_filters(&package, &[(3, 230.0, 90.0)]);
        kept.set(&changes(&package, &one)).unwrap();
        assert!(apart(&kept.predict(&decision(&package)).unwrap(), &judged(&one).1) < 1e-5);
        kept.set(&BTreeMap::new()).unwrap();
        assert!(apart(&kept.predict(&decision(&package)).unwrap(), &before) < 1e-6);
    }
}

#[test]
fn a_heart_out_of_scope_is_warned_of_whatever_the_filters_are() {
    let warnings = |heart_rate_bpm: [f64; 2]| {
        let scope = Scope { people: None, heart_rate_bpm: Some(heart_rate_bpm) };
        let package = Package { scope: Some(scope), ..states() };
        let (mut kept, as_trained) = judged(&package);
        assert!(as_trained.rhythm.is_some_and(|rhythm| rhythm.plausible), "{as_trained:?}");
        kept.set(&changes(&package, &with_filters(&package, &[(2, 120.0, 40.0)]))).unwrap();
        let moved = kept.predict(&decision(&package)).unwrap();
        assert_eq!(moved.notes, as_trained.notes);
        moved.notes.iter().filter(|note| note.kind == Noted::OutOfScope).count()
    };
    // Synthesised hearts beat 50 to 100 times a minute.
    assert_eq!([[150.0, 200.0], [40.0, 120.0]].map(warnings), [1, 0]);
}

/// A graphics device does not give its images back.
#[test]
fn images_that_nobody_kept_are_computed_once() {
    let package = states();
    let other = with_filters(&package, &[(2, 120.0, 40.0)]);
    let answer = answers(&package);
    let bare = |batch: &Batch| Answer { images: None, ..answer(batch) };
    let (mut kept, prediction) = judge(&package, &[Downmix::Mean], &sound(9.0), bare);
    assert_eq!(kept.predict(&decision(&package)).unwrap(), prediction);
    kept.set(&changes(&package, &other)).unwrap();
    assert!(apart(&kept.predict(&decision(&package)).unwrap(), &judged(&other).1) < 1e-5);
}

/// By hand: the numbers of the filter in every phase are those of the training data.
#[test]
fn to_the_linear_classifier_a_filter_that_is_off_is_an_average_one() {
    const FILTER: usize = 2;
    let package = states();
    let network = Network::new(&package.config, &package.weights).unwrap();
    let (engine, means) = (engine(&package), &package.weights["classifier.norm.running_mean"]);
    let (frames, filters, phases) = (network.frames, network.front_end.filters, network.phases().unwrap());
    let layer = network.layers.last().unwrap();
    let averaged = |batch: &Batch| {
        let images = engine.images(&batch.input.samples, network.samples).unwrap();
        let states = batch.input.states.as_ref().unwrap().chunks_exact(phases * frames);
        let window = |(image, states): (&[f32], &[f32])| {
            let scaled = network.scaling.apply(image, filters, frames).unwrap();
            let mut numbers = moments(&scaled, filters, phases, Some(states));
            for (place, number) in numbers.iter_mut().enumerate().filter(|(place, _)| place % filters == FILTER) {
                *number = means[place];
            }
            let mut logits = layer.bias.clone();
            for (row, number) in layer.weights.chunks_exact(logits.len()).zip(&numbers) {
                logits.iter_mut().zip(row).for_each(|(logit, weight)| *logit += weight * number);
            }
            softmax(&mut logits);
            logits
        };
        let probabilities = images.chunks_exact(frames * filters).zip(states).flat_map(window).collect();
        Answer { images: None, probabilities }
    };
    let (_, expected) = judge(&package, &[Downmix::Mean], &sound(9.0), averaged);
    let (mut kept, before) = judged(&package);
    kept.set(&off(&package, FILTER)).unwrap();
    let found = kept.predict(&decision(&package)).unwrap();
    assert!(apart(&found, &expected) < 1e-5, "{}", apart(&found, &expected));
    assert!(apart(&found, &before) > 1e-4);
    // Wherever it is, it says nothing.
    let moved = off(&package, FILTER).into_values().map(|change| (FILTER, Change { centre_hz: 400.0, ..change }));
    kept.set(&moved.collect()).unwrap();
    assert!(apart(&kept.predict(&decision(&package)).unwrap(), &expected) < 1e-5);
}

/// Another way to the same level in every frame: through what is scaled afterwards.
#[test]
fn to_the_other_classifiers_a_filter_that_is_off_has_one_level() {
    const FILTER: usize = 3;
    for normalisation in [Normalisation::None, Normalisation::Window, Normalisation::Data] {
        let package = pooled(normalisation);
        let (engine, filters) = (engine(&package), package.filters.len());
        let Windowing { samples, .. } = package.config.windowing;
        let flat = |batch: &Batch| {
            let mut images = engine.images(&batch.input.samples, samples).unwrap();
            for image in images.chunks_exact_mut(package.config.frames() * filters) {
                let column: Vec<f32> = image.iter().skip(FILTER).step_by(filters).copied().collect();
                let level = match normalisation {
                    Normalisation::None => column.iter().sum::<f32>() / column.len() as f32,
                    Normalisation::Window => -5.0,
                    Normalisation::Data => package.weights["scaling.mean"][FILTER],
                };
                image.iter_mut().skip(FILTER).step_by(filters).for_each(|place| *place = level);
            }
            let probabilities = engine.probabilities_of(&images, None, batch.input.sounding.as_deref()).unwrap();
            Answer { images: None, probabilities }
        };
        let (_, expected) = judge(&package, &[Downmix::Mean], &sound(9.0), flat);
        let (mut kept, before) = judged(&package);
        kept.set(&off(&package, FILTER)).unwrap();
        let found = kept.predict(&decision(&package)).unwrap();
        assert!(apart(&found, &expected) < 1e-4, "{normalisation:?}: {}", apart(&found, &expected));
        assert!(apart(&found, &before) > 1e-4, "{normalisation:?}");
    }
}

#[test]
fn without_a_filter_is_what_it_is_when_that_is_off_and_changes_nothing() {
    for package in models() {
        let (mut kept, before) = judged(&package);
        let without = kept.without(1, &decision(&package)).unwrap();
        assert_eq!(kept.predict(&decision(&package)).unwrap(), before);
        kept.set(&off(&package, 1)).unwrap();
        assert_eq!(kept.predict(&decision(&package)).unwrap().probabilities, without);
        // Beside what is off already.
        let both = kept.without(4, &decision(&package)).unwrap();
        assert_eq!(kept.predict(&decision(&package)).unwrap().probabilities, without);
        kept.set(&off(&package, 1).into_iter().chain(off(&package, 4)).collect()).unwrap();
        assert_eq!(kept.predict(&decision(&package)).unwrap().probabilities, both);
        assert!(kept.without(99, &decision(&package)).unwrap_err().to_string().contains("no filter 99"));
    }
}

#[test]
fn what_cannot_be_wanted_is_refused_and_changes_nothing() {
    let package = states();
    let (mut kept, before) = judged(&package);
    let change = Change { centre_hz: 100.0, bandwidth_hz: 30.0, on: true };
    let mut refused = |filter, change| kept.set(&[(filter, change)].into()).unwrap_err().to_string();
    assert!(refused(6, change).contains("no filter 6: the bank has 6"));
    assert!(refused(0, Change { centre_hz: f64::NAN, ..change }).contains("no numbers"));
    assert_eq!(kept.predict(&decision(&package)).unwrap(), before);
    // What is out of range is brought to its limit.
    let far = Change { centre_hz: 1e9, bandwidth_hz: 1e9, on: true };
    let limit = package.config.front_end.moved(&package.filters[0], 1e9, 1e9).unwrap();
    kept.set(&[(0, far)].into()).unwrap();
    let found = kept.predict(&decision(&package)).unwrap();
    kept.set(&[(0, Change { centre_hz: limit.centre_hz, bandwidth_hz: limit.bandwidth_hz, on: true })].into()).unwrap();
    assert_eq!(kept.predict(&decision(&package)).unwrap(), found);
}

/// The explanation of a result from windows that an explaining has.
fn explained(package: &Package, mut explaining: Explaining, prediction: &Prediction) -> Explanation {
    let class = Explaining::class(&package.config, prediction);
    explaining.work(class, explaining.waiting());
    explaining.explanation(class, prediction, &decision(package)).unwrap()
}

#[test]
fn what_is_kept_explains_the_result_as_another_run_does() {
    for package in models() {
        for downmixes in [&[Downmix::Mean][..], &[Downmix::Channel(0), Downmix::Channel(1)]] {
            let sound = sound(9.0);
            let (mut kept, prediction) = judge(&package, downmixes, &sound, answers(&package));
            let mut from_kept = Explaining::new(&package).unwrap();
            assert!(kept.explain(&mut from_kept).unwrap());

            let source = Source { sample_rate: RATE, downmixes: downmixes.to_vec(), max_seconds: None };
            let session = Session::of(&package, source).unwrap();
            let (mut session, mut again) = (session.without_cycles(), Explaining::new(&package).unwrap());
            let answer = answers(&package);
            let open = |pass: Pass| -> Result<_> {
                let piece = Recording::new(sound.clone(), pass.sample_rate)?;
                let prepared: Result<Cow<Prepared>> = Prepared::piece(&package.config, &piece).map(Cow::Owned);
                Ok(std::iter::once(prepared))
            };
            let run = |session: &Session, batch: Batch| -> Result<Answer> {
                let answer = answer(&batch);
                again.take(session, &batch, answer.images.as_deref().unwrap())?;
                Ok(answer)
            };
            session.drive(open, run).unwrap();
            assert_eq!(explained(&package, from_kept, &prediction), explained(&package, again, &prediction));

            // With other filters the windows are not those that were judged any more.
            kept.set(&off(&package, 1)).unwrap();
            kept.predict(&decision(&package)).unwrap();
            let mut nothing = Explaining::new(&package).unwrap();
            assert!(!kept.explain(&mut nothing).unwrap() && nothing.waiting() == 0);
        }
    }
}

#[test]
fn every_downmix_follows() {
    let package = states();
    let other = with_filters(&package, &[(2, 120.0, 40.0)]);
    let both = [Downmix::Channel(0), Downmix::Channel(1)];
    let (mut kept, before) = judge(&package, &both, &sound(9.0), answers(&package));
    assert_eq!(kept.predict(&decision(&package)).unwrap(), before);
    kept.set(&changes(&package, &other)).unwrap();
    let (_, expected) = judge(&other, &both, &sound(9.0), answers(&other));
    assert!(apart(&kept.predict(&decision(&package)).unwrap(), &expected) < 1e-5);
    assert!((kept.seconds() - 9.0).abs() < 0.01);
}

#[test]
fn of_a_long_recording_the_beginning_is_kept() {
    let package = states();
    // Three pieces; the last one alone would still be short enough.
    let (mut kept, all) = judge(&package, &[Downmix::Mean], &sound(150.0), answers(&package));
    assert!(!kept.is_whole() && (kept.seconds() - 60.0).abs() < 0.01, "{}", kept.seconds());
    let beginning = kept.predict(&decision(&package)).unwrap();
    let count = beginning.windows.len();
    assert!(0 < count && count < all.windows.len() && beginning.windows[count - 1].end_s <= 60.0);
    let probabilities = |prediction: &Prediction| -> Vec<Probabilities> {
        prediction.windows.iter().take(count).map(|window| window.probabilities.clone()).collect()
    };
    assert_eq!(probabilities(&beginning), probabilities(&all));
}

#[test]
fn what_is_too_much_is_not_kept_and_that_is_said() {
    let package = states();
    let (mut kept, _) = judged(&package);
    let piece = kept.pieces[0].prepared.clone();
    kept.values = MOST_VALUES;
    kept.keep(Downmix::Mean, &piece);
    assert!(kept.pieces.is_empty() && !kept.is_whole());
    kept.keep(Downmix::Mean, &piece);
    assert!(kept.pieces.is_empty());
    let refused = kept.set(&off(&package, 0)).unwrap_err();
    assert!(matches!(refused, Error::Limit(_)) && refused.to_string().contains("32 MiB"), "{refused}");
}

#[test]
fn the_rows_are_those_of_the_image_of_the_whole_recording() {
    let package = states();
    let other = with_filters(&package, &[(2, 120.0, 40.0)]);
    let (mut kept, _) = judged(&package);
    let mut wanted = changes(&package, &other);
    wanted.extend(off(&package, 5));
    kept.set(&wanted).unwrap();
    let image = engine(&other).image(kept.pieces[0].prepared.recording.samples()).unwrap();
    let rows = kept.rows().unwrap();
    let [(moved, levels), (off, flat)] = &rows[..] else { panic!("{} rows", rows.len()) };
    assert_eq!((*moved, *off, levels.len(), flat.len()), (2, 5, image.len() / 6, image.len() / 6));
    let expected = image.iter().skip(2).step_by(6);
    assert!(levels.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-4));
    let mean = image.iter().skip(5).step_by(6).sum::<f32>() / flat.len() as f32;
    assert!(flat.iter().all(|level| (level - mean).abs() < 1e-2), "{} {mean}", flat[0]);
}
