use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::Error;
use crate::audio::{Downmix, Pieces, Recording, Window, Windowing};
use crate::heart::{Confidence, Parts, Segmentation, State, StateInterval};
use crate::model::{ClassifierConfig, ModelConfig, Task, Voting};
use crate::prediction::assessment::{Assessment, Scored, calibrated};
use crate::prediction::decision::{Decision, OperatingPoint};
use crate::synth::{HeartOptions, HeartSound, heart};

fn config() -> ModelConfig {
    Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3)
}

/// A heart that beats 75 times a minute.
fn steady(samples: usize) -> Segmentation {
    let states = State::ALL.into_iter().cycle().enumerate().map(|(number, state)| {
        let start_s = 0.2 * number as f64;
        StateInterval { start_s, end_s: start_s + 0.2, state, probability: 0.9 }
    });
    Segmentation {
        heart_rate_bpm: 75.0,
        alternative_bpm: None,
        systolic_interval_s: 0.4,
        confidence: Confidence { heart_rate: 0.9, systolic_interval: 0.9, states: 0.9 },
        plausible: true,
        quality: None,
        states: states.take(samples / 200).collect(),
    }
}

fn prepared(windows: usize) -> Prepared {
    let window = |i| Window { start: 2500 * i, end: 2500 * (i + 1) };
    let recording = Recording::new(vec![0.1; 2500 * windows], 1000).unwrap();
    Prepared {
        windows: (0..windows).map(window).collect(),
        votes: vec![Vote { weight: 1.0, evidence: true }; windows],
        hearts: vec![(Window { start: 0, end: 2500 * windows }, steady(2500 * windows))],
        ..Prepared::bare(recording)
    }
}

#[test]
fn the_mean_of_the_windows_decides() {
    let prediction = prepared(2).prediction(&config(), &[0.9, 0.1, 0.4, 0.6]).unwrap();
    assert_eq!(prediction.label.as_deref(), Some("normal"));
    assert!((prediction.probabilities["abnormal"] - 0.35).abs() < 1e-6);
    assert_eq!((prediction.windows[1].start_s, prediction.windows[1].end_s), (2.5, 5.0));
}

#[test]
fn a_tie_of_votes_is_abnormal() {
    let config = ModelConfig { voting: Voting::Majority, ..config() };
    let prediction = prepared(2).prediction(&config, &[0.9, 0.1, 0.4, 0.6]).unwrap();
    assert_eq!((prediction.label.as_deref(), prediction.probabilities["abnormal"]), (Some("abnormal"), 0.5));
}

#[test]
fn the_mean_of_logarithms_is_the_renormalised_geometric_mean() {
    let rows = [vec![0.9, 0.1], vec![0.4, 0.6]];
    let [normal, abnormal] = [(0.9f64 * 0.4).sqrt(), (0.1f64 * 0.6).sqrt()];
    let probabilities = vote(Voting::LogMean, &rows, &[], None);
    assert!((probabilities[0] - normal / (normal + abnormal)).abs() < 1e-12, "{probabilities:?}");
    assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    // One window alone says the same as without voting, and windows that agree say no more than one of them.
    assert!((vote(Voting::LogMean, &rows[..1], &[], None)[0] - 0.9).abs() < 1e-12);
    assert!((vote(Voting::LogMean, &vec![rows[1].clone(); 7], &[], None)[1] - 0.6).abs() < 1e-12);
}

#[test]
fn a_window_that_is_sure_outweighs_two_that_are_not() {
    let rows = [vec![0.55, 0.45], vec![0.55, 0.45], vec![0.2, 0.8]];
    assert_eq!(winner(&vote(Voting::Majority, &rows, &[], None), None), 0);
    assert_eq!(winner(&vote(Voting::LogMean, &rows, &[], None), None), 1);
    // Mean and log-mean differ where one window all but rules a class out.
    let rows = [vec![0.8, 0.2], vec![0.8, 0.2], vec![0.001, 0.999]];
    assert_eq!(winner(&vote(Voting::Mean, &rows, &[], None), None), 0);
    assert_eq!(winner(&vote(Voting::LogMean, &rows, &[], None), None), 1);
}

#[test]
fn probabilities_that_underflowed_leave_a_verdict() {
    // Every class is ruled out by one window.
    let probabilities = vote(Voting::LogMean, &[vec![1.0, 0.0], vec![0.0, 1.0]], &[], None);
    assert_eq!(probabilities, [0.5, 0.5]);
    let probabilities = vote(Voting::LogMean, &[vec![1.0, 0.0], vec![0.0, 1.0], vec![0.1, 0.9]], &[], None);
    assert!(probabilities[1] > 0.5 && probabilities.iter().all(|value| value.is_finite()), "{probabilities:?}");
}

#[test]
fn every_view_votes_unless_it_is_silent_beside_another() {
    let config = config();
    let silent = Prepared {
        recording: Recording::new(vec![0.0; 5000], 1000).unwrap(),
        stretches: Vec::new(),
        votes: vec![Vote { weight: 1.0, evidence: false }; 2],
        hearts: Vec::new(),
        ..prepared(2)
    };
    let mut tally = Tally::new(&config);
    tally.add(&prepared(2), &[0.9, 0.1, 0.7, 0.3]).unwrap();
    tally.begin(Downmix::Side);
    tally.add(&silent, &[0.0, 1.0, 0.0, 1.0]).unwrap();
    tally.add(&prepared(1), &[0.2, 0.8]).unwrap();
    let prediction = tally.prediction(&Decision::largest(&config)).unwrap();
    assert!((prediction.probabilities["abnormal"] - 0.4).abs() < 1e-6);
    let places: Vec<_> = prediction.windows.iter().map(|window| (window.downmix, window.start_s)).collect();
    assert_eq!(places, [(Downmix::Mean, 0.0), (Downmix::Mean, 2.5), (Downmix::Side, 5.0)]);
    assert_eq!(prediction.first_downmix().count(), 2);
    // A recording that is silent as a whole has probabilities, and no label.
    let prediction = silent.prediction(&config, &[0.1, 0.9, 0.1, 0.9]).unwrap();
    assert_eq!((prediction.windows.len(), prediction.label), (2, None));
    assert!((prediction.probabilities["abnormal"] - 0.9).abs() < 1e-6);
    assert_eq!(prediction.abstained.unwrap().reason, Reason::Silent);
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
    assert!(prepared(2).prediction(&config(), &[0.5; 3]).is_err());
    assert!(prepared(1).prediction(&config(), &[f32::NAN, 0.5]).unwrap_err().to_string().contains("not a number"));
}

/// Probabilities that tell windows apart: they rest on every sample.
fn probabilities(config: &ModelConfig, prepared: &Prepared, windows: &[Window]) -> Vec<f32> {
    let input = prepared.input(config, windows);
    let probability = |window: &[f32]| 0.5 + 0.5 * window.iter().fold(0.0, |sum, x| 0.5 * sum + x).sin();
    input.samples.chunks(config.windowing.samples).map(probability).flat_map(|p| [p, 1.0 - p]).collect()
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
        let at_once = whole.prediction(&config, &probabilities(&config, &whole, &whole.windows)).unwrap();

        let mut tally = Tally::new(&config);
        for piece in Pieces::new(recording.samples().chunks(777).map(Ok::<_, Error>), rate, None).unwrap() {
            let piece = Prepared::piece(&config, &piece.unwrap()).unwrap();
            tally.add(&piece, &probabilities(&config, &piece, &piece.windows)).unwrap();
        }
        assert_eq!(tally.prediction(&Decision::largest(&config)).unwrap(), at_once);
        assert_eq!(whole.recording, config.conditioning.apply(&recording).unwrap());
        assert_eq!(whole.pieces.len(), ((seconds + 30.0) / 60.0) as usize);
        let inside = |piece: &Window, window: &Window| piece.start <= window.start && window.end <= piece.end;
        assert!(whole.windows.iter().all(|window| whole.pieces.iter().any(|piece| inside(piece, window))));
    }
}

/// The prediction of a model that always says the same.
fn verdict_on(config: &ModelConfig, samples: Vec<f32>, rate: u32) -> Prediction {
    let prepared = Prepared::new(config, &Recording::new(samples, rate).unwrap()).unwrap();
    let row = vec![1.0 / config.labels.len() as f32; config.labels.len()];
    prepared.prediction(config, &row.repeat(prepared.windows.len())).unwrap()
}

fn reason(config: &ModelConfig, samples: Vec<f32>, rate: u32) -> Option<Reason> {
    verdict_on(config, samples, rate).abstained.map(|abstention| abstention.reason)
}

/// `seconds` of a heart at 2000 Hz.
fn beating(seconds: f64) -> Vec<f32> {
    heart(&HeartOptions { seed: 5, seconds, sample_rate: 2000, murmur: None }).unwrap().recording.into_samples()
}

#[test]
fn nothing_is_said_of_what_holds_no_heart() {
    let heart = config();
    assert_eq!(reason(&heart, beating(12.0), 2000), None);
    for silence in [vec![0.0; 20_000], vec![0.3; 20_000]] {
        assert_eq!(reason(&heart, silence, 2000), Some(Reason::Silent));
    }
    let last_bits = (0..20_000).map(|k: i32| (k * 7919 % 5 - 2) as f32 / 32768.0).collect();
    let prediction = verdict_on(&heart, last_bits, 2000);
    assert_eq!(prediction.abstained.as_ref().unwrap().reason, Reason::Silent);
    assert!(prediction.abstained.unwrap().detail.contains("noise floor"));
    assert_eq!(reason(&heart, beating(0.9), 2000), Some(Reason::TooShort));
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let noise = (0..40_000).map(|_| random.random_range(-0.5..0.5)).collect();
    assert_eq!(reason(&heart, noise, 2000), Some(Reason::NoRhythm));
}

#[test]
fn nothing_is_said_of_less_than_a_window_of_a_scene() {
    let scene = Task::Scene.model(vec!["rain".into(), "sea".into()], 16, 3);
    let tone = |seconds: f64| (0..(seconds * 16e3) as u32).map(|k| (0.05 * k as f32).sin()).collect::<Vec<f32>>();
    assert_eq!(reason(&scene, tone(5.0), 16_000), None);
    assert_eq!(reason(&scene, tone(2.0), 16_000), Some(Reason::TooShort));
    assert_eq!(reason(&scene, vec![0.0; 80_000], 16_000), Some(Reason::Silent));
    // A bark in five seconds of silence is long enough.
    let mut bark = tone(0.5);
    bark.resize(80_000, 0.0);
    assert_eq!(reason(&scene, bark, 16_000), None);
}

#[test]
fn silence_inside_a_recording_leaves_its_windows_as_they_are() {
    let config = config();
    let beats = beating(10.0);
    let alone = Prepared::new(&config, &Recording::new(beats.clone(), 2000).unwrap()).unwrap();
    for [before, after] in [[5000, 0], [0, 20_000], [5000, 20_000]] {
        let samples = [vec![0.0; before], beats.clone(), vec![0.0; after]].concat();
        let prepared = Prepared::new(&config, &Recording::new(samples, 2000).unwrap()).unwrap();
        // The sound, and at either end as long as the filters ring.
        let (first, ringing) = (before / 2, 200);
        let [stretch] = prepared.stretches[..] else { panic!("{:?}", prepared.stretches) };
        assert!(stretch.start <= first && first - stretch.start < ringing, "{stretch:?}");
        assert!(stretch.end >= first + 10_000 && stretch.end < first + 10_000 + ringing, "{stretch:?}");
        assert!(prepared.windows.iter().all(|window| stretch.start <= window.start && window.end <= stretch.end));
        // Away from the border nothing changes, the level least of all.
        let [inside, there] = [&alone.recording.samples()[..10_000], &prepared.recording.samples()[first..][..10_000]]
            .map(|samples| &samples[ringing..10_000 - ringing]);
        let level = inside.iter().fold(0f32, |most, x| most.max(x.abs()));
        let difference = inside.iter().zip(there).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(difference < 0.05 * level, "{before}, {after}: {difference} of {level}");
    }
}

#[test]
fn what_holds_no_heart_has_no_vote_beside_what_does() {
    let mut config = config();
    config.conditioning.max_seconds = None;
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let noise = (0..40_000).map(|_| random.random_range(-0.1..0.1));
    let samples = beating(20.0).into_iter().chain([0.0; 10_000]).chain(noise).collect();
    let prediction = verdict_on(&config, samples, 2000);
    assert_eq!(prediction.abstained, None);
    let (counted, not): (Vec<_>, Vec<_>) = prediction.windows.iter().partition(|window| window.weight > 0.0);
    assert!(!not.is_empty() && counted.iter().all(|window| window.end_s <= 20.1));
    assert!(not.iter().all(|window| window.start_s >= 24.9));
}

#[test]
fn every_figure_follows_the_same_threshold() {
    let assessment = assessment();
    let config = config();
    let decision = Decision::new(&config, Some(&assessment), OperatingPoint::Threshold(0.3)).unwrap();
    let mut tally = Tally::new(&config);
    tally.add(&prepared(2), &[0.9, 0.1, 0.5, 0.5]).unwrap();
    let prediction = tally.prediction(&decision).unwrap();
    // Windows are calibrated as the recording is.
    let abnormal = |index: usize| prediction.windows[index].probabilities["abnormal"];
    // The two 32-bit probabilities do not sum to 1 exactly.
    assert!((abnormal(0) - calibrated(0.1, assessment.temperature)).abs() < 1e-6);
    assert_eq!(abnormal(1), 0.5);
    let in_order = |index: usize| in_order_of_labels(&config.labels, &prediction.windows[index].probabilities);
    assert_eq!([0, 1].map(|index| decision.label(&in_order(index))), [usize::from(abnormal(0) >= 0.3), 1]);
}

#[test]
fn figures_are_of_recordings_that_chose_nothing_where_there_are_some() {
    let config = config();
    let own = assessment();
    let scored: Vec<Scored> =
        (0..10).map(|i| Scored { probability: f64::from(i) / 10.0, positive: i % 2 == 0 }).collect();
    let other = own.clone().measured_independently(&scored, "ten others").unwrap();
    let figures = |assessment: &Assessment| {
        Decision::new(&config, Some(assessment), OperatingPoint::Threshold(0.45)).unwrap().figures()
    };
    assert_eq!(figures(&own).measured_independently, Some(false));
    assert!(figures(&own).source().unwrap().contains("were also used to choose"));
    let figures = figures(&other);
    assert_eq!((figures.measured_independently, figures.measured_recordings), (Some(true), Some(10)));
    // Of 0, 0.2, 0.4, 0.6, 0.8 two are above; of 0.1, 0.3, 0.5, 0.7, 0.9 two are below.
    assert_eq!((figures.sensitivity, figures.specificity, figures.prevalence), (Some(0.4), Some(0.4), Some(0.5)));
    assert_eq!((figures.positive_predictive_value, figures.negative_predictive_value), (Some(0.4), Some(0.4)));
    let decision = Decision::new(&config, Some(&other), OperatingPoint::Threshold(0.45)).unwrap();
    let rare = decision.clone().at_prevalence(0.1).unwrap().figures();
    assert!((rare.positive_predictive_value.unwrap() - 0.04 / (0.04 + 0.54)).abs() < 1e-12);
    assert!((rare.negative_predictive_value.unwrap() - 0.36 / (0.36 + 0.06)).abs() < 1e-12);
    assert!(decision.at_prevalence(1.5).is_err() && Decision::largest(&config).at_prevalence(0.1).is_err());
}

fn assessment() -> Assessment {
    let scored = |i: u32| Scored { probability: f64::from(i) / 20.0, positive: i * 7 % 20 < i };
    Assessment::measure(&(1..20).map(scored).collect::<Vec<_>>(), "nineteen recordings").unwrap()
}

#[test]
fn a_verdict_needs_a_window() {
    assert!(Tally::new(&config()).prediction(&Decision::largest(&config())).is_err());
}

#[test]
fn windows_stand_row_by_row() {
    let mut prepared = prepared(2);
    prepared.recording = Recording::new((0..5000).map(|k| k as f32 * 1e-4).collect(), 1000).unwrap();
    assert_eq!(prepared.input(&config(), &prepared.windows).samples, prepared.recording.samples());
}

#[test]
fn every_heart_cycle_is_judged_whether_pieces_come_together_or_not() {
    let classifier = ClassifierConfig::States { dropout: 0.5, parts: Parts::default() };
    let mut config = ModelConfig { classifier, ..config() };
    config.conditioning.max_seconds = None;
    let options = HeartOptions { seed: 3, seconds: 100.0, sample_rate: 2000, murmur: None };
    let HeartSound { recording, beats, .. } = heart(&options).unwrap();
    let whole = Prepared::new(&config, &recording).unwrap();
    let cycles = whole.cycles();
    for (cycle, window) in cycles.iter().zip(whole.around(&config, &cycles)) {
        assert_eq!(window.end - window.start, config.windowing.samples);
        assert!(window.start <= cycle.start && cycle.end <= window.end, "{cycle:?} in {window:?}");
        let piece = whole.pieces.iter().find(|piece| piece.start <= window.start && window.end <= piece.end).unwrap();
        // In the middle, but for the ends of a piece.
        let off = (cycle.start + cycle.end).abs_diff(window.start + window.end);
        assert!(off <= 1 || window.start == piece.start || window.end == piece.end, "{cycle:?} in {window:?}");
    }

    let judge = |tally: &mut Tally, prepared: &Prepared| {
        tally.add(prepared, &probabilities(&config, prepared, &prepared.windows)).unwrap();
        let around = prepared.around(&config, &prepared.cycles());
        tally.add_cycles(prepared, &probabilities(&config, prepared, &around)).unwrap();
    };
    let mut tally = Tally::new(&config);
    judge(&mut tally, &whole);
    let at_once = tally.prediction(&Decision::largest(&config)).unwrap();
    let mut tally = Tally::new(&config);
    for piece in Pieces::of(&recording, None).unwrap() {
        judge(&mut tally, &Prepared::piece(&config, &piece.unwrap()).unwrap());
    }
    // Another downmix of the same sound has the same cycles.
    tally.begin(Downmix::Side);
    judge(&mut tally, &whole);
    let by_pieces = tally.prediction(&Decision::largest(&config)).unwrap();
    assert_eq!(by_pieces.cycles, at_once.cycles);
    assert!(at_once.cycles.len().abs_diff(beats.len()) < 6, "{} of {}", at_once.cycles.len(), beats.len());
    assert!(Tally::new(&config).add_cycles(&whole, &[0.5]).is_err());
}
