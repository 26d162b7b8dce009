use std::borrow::Cow;
use std::fs;

use super::log_odds::LogOdds;
use super::method::Method;
use super::*;
use crate::audio::Recording;
use crate::heart::Parts;
use crate::model::operations::NORM_EPSILON;
use crate::model::{ClassifierConfig, Compression, ModelConfig, Normalisation, Scaling, Task};
use crate::network::cpu::engine::{CpuEngine, Differentiable, Network};
use crate::network::cpu::moments::moments;
use crate::network::cpu::testing::{numbers, weights};
use crate::package::{self, Package, Provenance};
use crate::prediction::decision::{Decision, OperatingPoint};
use crate::prediction::{FileNotes, Prediction, Prepared};
use crate::recognise::{Answer, Session, Source};
use crate::synth::{HeartOptions, heart};
use crate::{Error, Result};

/// Sampling rate of the recordings in Hz.
const RATE: u32 = 2000;

fn package(config: ModelConfig) -> Package {
    let weights = weights(&config, 1);
    let filters = config.filters(&weights).unwrap();
    Package {
        initial_filters: filters.clone(),
        filters,
        weights,
        config,
        provenance: Provenance::default(),
        assessment: None,
        recordings: None,
        openness: None,
        scope: None,
    }
}

fn model(classifier: ClassifierConfig, filters: usize, classes: usize, normalisation: Normalisation) -> Package {
    let names = ["normal", "abnormal", "third", "fourth"];
    let labels = names[..classes].iter().map(|name| (*name).to_string()).collect();
    let compression = if normalisation == Normalisation::Data { Compression::Power } else { Compression::Log };
    let scaling = Scaling { normalisation, compression, ..Scaling::default() };
    package(ModelConfig { classifier, scaling, ..Task::Heart.model(labels, filters, 3) })
}

fn states(classes: usize) -> Package {
    let parts = Parts { systole: 3, diastole: 4, lead_ms: 0 };
    model(ClassifierConfig::States { dropout: 0.1, parts }, 6, classes, Normalisation::Window)
}

fn networks() -> Vec<Package> {
    let residual = ClassifierConfig::Residual { blocks: 2, dropout: 0.5 };
    let pooled = ClassifierConfig::Pooled { blocks: 2, dropout: 0.5 };
    vec![
        model(residual, 4, 2, Normalisation::None),
        model(residual, 7, 3, Normalisation::Window),
        model(pooled, 5, 2, Normalisation::Data),
        model(pooled, 5, 4, Normalisation::None),
    ]
}

fn shipped() -> Package {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/weights/heart.safetensors");
    package::read(&fs::read(file).unwrap()).unwrap()
}

fn beating(seconds: f64) -> Recording {
    heart(&HeartOptions { seed: 4, seconds, sample_rate: RATE, murmur: None }).unwrap().recording
}

/// A log-energy image as sounds have them.
fn image(package: &Package, seed: u64) -> Vec<f32> {
    let count = package.config.frames() * package.config.front_end.filters;
    numbers(count, seed).into_iter().map(|value| 3.0 * value - 8.0).collect()
}

/// Weights of phases that take turns every ten frames.
fn turns(package: &Package) -> Option<Vec<f32>> {
    let (phases, frames) = (package.config.classifier.parts()?.phases(), package.config.frames());
    let of = move |frame: usize| frame / 10 % phases;
    let row = move |phase: usize| {
        let count = (0..frames).filter(|frame| of(*frame) == phase).count().max(1);
        (0..frames).map(move |frame| if of(frame) == phase { 1.0 / count as f32 } else { 0.0 })
    };
    Some((0..phases).flat_map(row).collect())
}

/// A recording through a model, with its explanation made in steps of `most`.
fn explained(package: &Package, recording: &Recording, most: usize) -> (Prediction, Explanation) {
    let config = &package.config;
    let engine = CpuEngine::new(Network::new(config, &package.weights).unwrap()).unwrap();
    let decision = Decision::new(config, package.assessment.as_ref(), OperatingPoint::Usual).unwrap();
    let source = Source::new(config, recording.sample_rate(), 1, None).unwrap();
    let mut session = Session::of(package, source).unwrap();
    let mut explaining = Explaining::new(package).unwrap();
    let driven = session.drive(
        |pass| {
            let samples = recording.samples().chunks(60 * RATE as usize);
            let pieces = pass.pieces(samples.map(Ok::<_, Error>))?;
            let prepared = move |piece: Result<Recording>| -> Result<Cow<Prepared>> {
                Ok(Cow::Owned(Prepared::piece(config, &piece?)?))
            };
            Ok(pieces.map(prepared))
        },
        |session, batch| -> Result<Answer> {
            let images = engine.images(&batch.input.samples, config.windowing.samples)?;
            assert!(explaining.take(session, &batch, &images[1..]).is_err() || !session.rests_on_windows());
            explaining.take(session, &batch, &images)?;
            let (states, sounding) = (batch.input.states.as_deref(), batch.input.sounding.as_deref());
            let probabilities = engine.probabilities_of(&images, states, sounding)?;
            Ok(Answer { images: Some(images), probabilities })
        },
    );
    driven.unwrap();
    let prediction = session.prediction(&decision, &FileNotes::default()).unwrap();
    let class = Explaining::class(config, &prediction);
    let early = explaining.explanation(class, &prediction, &decision).unwrap_err().to_string();
    assert!(early.contains("steps wait"), "{early}");
    while explaining.waiting() > 0 {
        explaining.work(class, most);
    }
    let explanation = explaining.explanation(class, &prediction, &decision).unwrap();
    (prediction, explanation)
}

/// Whether two numbers are the same but for rounding in 64 bits.
fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

/// The logits of the linear model by its definition: a batch normalisation, then a linear layer.
fn logits_by_definition(package: &Package, features: &[f32]) -> Vec<f64> {
    let tensor = |name: &str| -> Vec<f64> {
        package.weights[&format!("classifier.{name}")].iter().map(|value| f64::from(*value)).collect()
    };
    let [gamma, beta, mean, variance] = ["gamma", "beta", "running_mean", "running_var"].map(|part| {
        let name = format!("norm.{part}");
        tensor(&name)
    });
    let (matrix, mut logits) = (tensor("output.weight"), tensor("output.bias"));
    let classes = logits.len();
    for (index, feature) in features.iter().enumerate() {
        let standardised = (f64::from(*feature) - mean[index]) / (variance[index] + NORM_EPSILON).sqrt();
        for (class, logit) in logits.iter_mut().enumerate() {
            *logit += matrix[index * classes + class] * (gamma[index] * standardised + beta[index]);
        }
    }
    logits
}

#[test]
fn contributions_of_the_linear_model_sum_to_the_difference_of_the_logits() {
    for package in [states(2), states(3), shipped()] {
        let (config, method) = (&package.config, Method::new(&package).unwrap());
        let (filters, frames) = (config.front_end.filters, config.frames());
        let way = Differentiable::new(&Network::new(config, &package.weights).unwrap());
        let phases = config.classifier.parts().unwrap().phases();
        assert!(method.is_exact());
        for (seed, states) in [(2, turns(&package)), (3, None)] {
            let image = image(&package, seed);
            let features = moments(&way.scaled(&image, frames), filters, phases, states.as_deref());
            let logits = logits_by_definition(&package, &features);
            let part = method.part(&method.input(&image, states.as_deref(), frames), 1);
            let expected = LogOdds::of(&logits, 1).value;
            let contributions = part.features.as_ref().unwrap();
            assert_eq!(contributions.len(), phases * 2 * filters);
            assert!(same(part.log_odds, expected), "{} {expected}", part.log_odds);
            assert!(same(part.reference + contributions.iter().sum::<f64>(), expected));
            assert!(same(part.filters.iter().sum(), contributions.iter().sum()));
            if config.labels.len() == 2 {
                assert!(same(expected, logits[1] - logits[0]));
                for (filter, probabilities) in part.without.iter().enumerate() {
                    let without = (probabilities[1] / probabilities[0]).ln();
                    assert!((without - (expected - part.filters[filter])).abs() < 1e-6, "{filter}");
                }
            }
            // Over time it is the same, as far as the features are rounded to 32 bits.
            let size: f64 = contributions.iter().map(|value| value.abs()).sum();
            let over_time: f64 = part.cells.iter().sum();
            assert!((over_time - part.filters.iter().sum::<f64>()).abs() < 1e-3 * size.max(1.0), "{over_time} {size}");
        }
    }
}

/// Where all features are as in the mean of the training data, nothing contributes.
#[test]
fn at_the_reference_of_the_linear_model_nothing_contributes() {
    let package = states(2);
    let linear = super::linear::Linear::new(&package.config, &package.weights).unwrap();
    let features: Vec<f64> =
        package.weights["classifier.norm.running_mean"].iter().map(|value| f64::from(*value)).collect();
    let logits = linear.logits(&features);
    let log_odds = LogOdds::of(&logits, 1);
    assert!(linear.contributions(&features, &log_odds).iter().all(|value| *value == 0.0));
    assert!(same(linear.reference(&log_odds), log_odds.value));
    assert!(super::linear::Linear::new(&networks()[0].config, &networks()[0].weights).is_none());
}

/// What a filter contributes is how the log-odds change where the distances of its levels from the reference grow.
#[test]
fn contributions_in_a_network_are_those_of_finite_differences() {
    const STEP: f32 = 0.001;
    for package in networks() {
        let (config, method) = (&package.config, Method::new(&package).unwrap());
        let (filters, frames) = (config.front_end.filters, config.frames());
        let way = Differentiable::new(&Network::new(config, &package.weights).unwrap());
        let image = image(&package, 7);
        let part = method.part(&method.input(&image, None, frames), 1);
        let scaled = way.scaled(&image, frames);
        let log_odds = |scaled: &[f32]| {
            let logits: Vec<f64> = way.logits(scaled, None).into_iter().map(f64::from).collect();
            LogOdds::of(&logits, 1).value
        };
        assert!((part.log_odds - log_odds(&scaled)).abs() < 1e-6 && part.features.is_none() && part.without.is_empty());
        let largest = part.filters.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
        for filter in 0..filters {
            let mean = scaled.iter().skip(filter).step_by(filters).sum::<f32>() / frames as f32;
            let centred = config.scaling.normalisation != Normalisation::None;
            let reference = if centred { 0.0 } else { mean };
            let moved = |step: f32| {
                let mut scaled = scaled.clone();
                let levels = scaled.iter_mut().skip(filter).step_by(filters);
                levels.for_each(|level| *level = reference + (1.0 + step) * (*level - reference));
                log_odds(&scaled)
            };
            let slope = (moved(STEP) - moved(-STEP)) / (2.0 * f64::from(STEP));
            let found = part.filters[filter];
            let name = config.classifier.name();
            assert!((found - slope).abs() < 0.03 * largest + 1e-3, "{name}, {filter}: {found} {slope} of {largest}");

            let mut without = scaled.clone();
            without.iter_mut().skip(filter).step_by(filters).for_each(|level| *level = reference);
            let expected = log_odds(&without);
            let probabilities = method.without(&method.input(&image, None, frames), filter);
            let found = (probabilities[1] / (1.0 - probabilities[1])).ln();
            assert!((found - expected).abs() < 1e-3 * expected.abs().max(1.0), "{name}, {filter}: {found} {expected}");
        }
        assert!(same(part.reference + part.filters.iter().sum::<f64>(), part.log_odds));
        let over_time: f64 = part.cells.iter().sum();
        assert!((over_time - part.filters.iter().sum::<f64>()).abs() < 1e-9 * frames as f64 * largest.max(1.0));
    }
}

/// Padding belongs to no time and is worth nothing.
#[test]
fn frames_of_padding_do_not_contribute() {
    for package in [states(2)].into_iter().chain(networks()) {
        let (method, frames) = (Method::new(&package).unwrap(), package.config.frames());
        let filters = package.config.front_end.filters;
        let phases = package.config.classifier.parts().map(|parts| parts.phases());
        let weight = move |place: usize| if place % frames < 100 { 0.01 } else { 0.0 };
        let states: Option<Vec<f32>> = phases.map(|phases| (0..phases * frames).map(weight).collect());
        let part = method.part(&method.input(&image(&package, 8), states.as_deref(), 100), 0);
        // A hundred frames every 10 ms end within a tenth of a second of the first second.
        assert_eq!(part.cells.len() / filters, 11);
        assert!(part.cells.iter().all(|value| value.is_finite()));
    }
}

#[test]
fn a_recording_is_explained_by_its_windows_in_steps_of_any_size() {
    let recording = beating(12.0);
    for (package, most) in [(shipped(), 1), (networks().remove(2), 3)] {
        let (prediction, explanation) = explained(&package, &recording, most);
        let (config, windows) = (&package.config, &explanation.windows);
        assert_eq!(explained(&package, &recording, usize::MAX).1, explanation);
        assert_eq!((explanation.class.as_str(), explanation.against.as_deref()), ("abnormal", Some("normal")));
        assert_eq!(explanation.probability, prediction.probabilities["abnormal"]);
        assert_eq!(windows.len(), prediction.windows.len());
        assert!(same(windows.iter().map(|window| window.weight).sum(), 1.0));
        let exact = config.classifier.sees_states();
        assert_eq!(explanation.method, if exact { How::Exact } else { How::GradientTimesInput });
        for (window, expected) in windows.iter().zip(&prediction.windows) {
            assert_eq!([window.start_s, window.end_s], [expected.start_s, expected.end_s]);
            assert!(same(window.reference + window.filters.iter().sum::<f64>(), window.log_odds));
        }
        let mean: f64 = windows.iter().map(|window| window.weight * window.log_odds).sum();
        let filters: f64 = explanation.filters.iter().map(|filter| filter.contribution).sum();
        assert!(same(mean, explanation.log_odds) && same(explanation.reference + filters, explanation.log_odds));
        assert_eq!(explanation.filters.len(), config.front_end.filters);
        assert!(explanation.filters.iter().all(|filter| (0.0..=1.0).contains(&filter.probability_without)));
        if let Some(phases) = &explanation.phases {
            assert_eq!(phases.names, phase_names(config.classifier.parts().unwrap()));
            assert!(same(phases.sums().iter().flatten().sum(), filters));
        }
        assert_eq!(explanation.phases.is_some(), exact);
        let over_time: f64 = explanation.over_time.contributions.iter().flatten().sum();
        let size: f64 = explanation.over_time.contributions.iter().flatten().map(|value| value.abs()).sum();
        assert!((over_time - filters).abs() < 1e-3 * size.max(1.0), "{over_time} {filters}");
        let columns = explanation.over_time.contributions.len() as f64;
        assert!((columns * explanation.over_time.step_s - 12.0).abs() < 1.5, "{columns}");
        for telling in &explanation.telling_seconds {
            let inside = 0.0 <= telling.start_s && telling.start_s < telling.end_s && telling.end_s <= 12.01;
            assert!(inside && telling.contribution > 0.0 && telling.end_s - telling.start_s < 1.001, "{telling:?}");
        }
        assert_eq!(Some(&explanation.telling_seconds[0].class), prediction.label.as_ref());
    }
}

/// In these models only the phase S1 counts; in one of them it begins a tenth of a second before S1.
#[test]
fn where_phases_begin_before_the_states_that_is_said_and_moments_are_where_their_frames_are() {
    let counting = |lead_ms: usize| -> Vec<Vec<bool>> {
        let mut package = states(2);
        let parts = Parts { systole: 3, diastole: 4, lead_ms };
        package.config.classifier = ClassifierConfig::States { dropout: 0.1, parts };
        let of_s1 = 2 * package.config.front_end.filters * package.config.labels.len();
        let worth = package.weights.get_mut("classifier.output.weight").unwrap();
        worth.iter_mut().skip(of_s1).for_each(|weight| *weight = 0.0);
        let (_, explanation) = explained(&package, &beating(11.0), usize::MAX);

        let said = explanation.sentences.iter().filter(|said| said.contains("100 ms before the states")).count();
        assert_eq!(said, usize::from(lead_ms > 0), "{:?}", explanation.sentences);
        assert_eq!(serde_json::to_value(&explanation).unwrap()["phases"]["lead_ms"], lead_ms);
        // The first three windows, which do not overlap: 25 tenths of a second each.
        let OverTime { step_s, contributions } = &explanation.over_time;
        assert_eq!(*step_s, 0.1);
        let counts = |column: &Vec<f64>| column.iter().any(|value| *value != 0.0);
        let starts = explanation.windows[..3].iter().map(|window| (window.start_s / step_s).round() as usize);
        starts.map(|start| contributions[start..start + 25].iter().map(counts).collect()).collect()
    };
    let [plain, early] = [0, 100].map(counting);
    for (plain, early) in plain.iter().zip(&early) {
        // Not all frames of the first and of the last tenth are in the window.
        let of_s1 = plain[2..24].iter().filter(|counts| **counts).count();
        assert!((2..20).contains(&of_s1), "S1 lies in {of_s1} of 22 tenths of a second");
        assert_eq!(early[1..23], plain[2..24]);
    }
}

#[test]
fn an_abstention_is_said_and_the_probabilities_are_explained_nevertheless() {
    let package = shipped();
    let silence = Recording::new(vec![0.0; 8 * RATE as usize], RATE).unwrap();
    let (prediction, explanation) = explained(&package, &silence, 5);
    assert!(prediction.label.is_none() && explanation.abstained == prediction.abstained);
    assert!(explanation.sentences[0].contains("(silent)"), "{:?}", explanation.sentences);
    assert!(explanation.log_odds.is_finite() && explanation.filters.iter().all(|part| part.contribution.is_finite()));
}

#[test]
fn in_json_numbers_have_three_digits_and_what_there_is_not_is_absent() {
    let (_, explanation) = explained(&networks()[0], &beating(6.0), usize::MAX);
    let json = serde_json::to_value(&explanation).unwrap();
    assert_eq!((json["class"].as_str(), json["method"].as_str()), (Some("abnormal"), Some("gradient_times_input")));
    assert!(json.get("phases").is_none() && json["abstained"].is_null() && json["sentences"].is_array());
    let text = serde_json::to_string(&json["over_time"]["contributions"]).unwrap();
    let digits = |number: &str| number.split('e').next().unwrap_or_default().trim_start_matches(['-', '0', '.']).len();
    assert!(text.split(['[', ']', ',']).all(|number| digits(number) <= 5), "{text}");
}

#[test]
fn a_baseline_without_engine_is_refused_in_a_sentence() {
    let package = model(ClassifierConfig::Cnn2d { dropout: 0.5 }, 4, 2, Normalisation::None);
    let refused = Explaining::new(&package).unwrap_err();
    assert!(matches!(refused, Error::Unsupported(_)) && refused.to_string().contains("cnn-2d"), "{refused}");
}
