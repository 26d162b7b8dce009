//! Whether the shipped model of environmental sounds tells sounds of other kinds, on recordings from `../shared`.

use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use spectnet_core::audio::{Recording, read_wav};
use spectnet_core::filterbank::fused::Plan;
use spectnet_core::package::{self, Package};
use spectnet_core::prediction::Prepared;
use spectnet_core::prediction::openness::{Known, Openness, Summary, noise};
use spectnet_tests::recordings::{decode, shared};
use spectnet_tests::skip::skipped;
use xtask::workspace::Workspace;

/// Most own recordings that may be refused.
const REFUSED: f64 = 0.05;
/// The least area under the ROC against each kind of other sound.
const AREA: f64 = 0.90;
/// How much of a heart recording is taken, in seconds.
const HEART_S: f64 = 10.0;
/// Sampling rate of what is made, in Hz.
const RATE: u32 = 16_000;
/// Samples of what is made: 5 s.
const SAMPLES: u32 = 5 * RATE;

/// The shipped model, and what computes its images.
struct Model {
    package: Package,
    plan: Plan,
}

impl Model {
    fn shipped() -> Self {
        let file = Workspace::root_from_manifest().join("web/weights/environment.safetensors");
        let package = package::read(&fs::read(file).expect("the shipped model")).expect("a model");
        let filters = package.config.filters(&package.weights).expect("filters");
        let plan = Plan::gammatones(&package.config.front_end, &filters).expect("a filterbank");
        Self { package, plan }
    }

    /// What is compared of a recording.
    fn summary(&self, recording: &Recording) -> Summary {
        let config = &self.package.config;
        let prepared = Prepared::new(config, recording).expect("a recording that can be conditioned");
        let windows = prepared.input(config, &prepared.windows).samples;
        let samples = config.windowing.samples;
        let mut images = vec![0.0; prepared.windows.len() * self.plan.frames(samples) * config.front_end.filters];
        self.plan.forward(&windows, samples, &mut images).expect("whole windows");
        let mut summary = Summary::new(config).expect("a model that can be summarised");
        summary.add_windows(config, &prepared, &images).expect("images of these windows");
        summary
    }
}

fn read(path: &Path) -> Recording {
    if path.extension().is_some_and(|end| end == "wav") {
        return read_wav(&fs::read(path).expect("a file")).expect("a recording");
    }
    decode(path)
}

/// The recordings of a folder, sorted.
fn folder(path: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "wav" || end == "flac"))
}

/// The first [`HEART_S`] seconds.
fn beginning(path: &Path) -> Recording {
    let recording = read(path);
    let length = recording.samples().len().min((HEART_S * f64::from(recording.sample_rate())) as usize);
    Recording::new(recording.samples()[..length].to_vec(), recording.sample_rate()).expect("a recording")
}

/// Noise whose spectrum falls by `fall` dB an octave, with white noise for 0.
fn coloured(seed: u64, fall: f64) -> Recording {
    let mut random = ChaCha8Rng::seed_from_u64(1000 + seed);
    // A sum of first-order low-passes an octave apart falls by 3 dB an octave; one far below all bands by 6.
    let mut states = [0.0f64; 10];
    let samples = (0..SAMPLES).map(|_| {
        let white: f64 = StandardNormal.sample(&mut random);
        let mut sum = 0.0;
        for (octave, state) in states.iter_mut().enumerate() {
            let pole = 1.0 - 1.5 * 0.5f64.powi(octave as i32 + 1);
            *state = pole * *state + (1.0 - pole) * white;
            sum += *state * 2f64.powf(octave as f64 / 2.0);
        }
        0.05 * if fall == 0.0 {
            white
        } else if fall < 4.0 {
            0.2 * sum
        } else {
            100.0 * states[9]
        }
    });
    Recording::new(samples.map(|sample| sample as f32).collect(), RATE).expect("a recording")
}

fn tone(number: u64) -> Recording {
    let hz = 100.0 * 40f64.powf(number as f64 / 20.0);
    let sample = |k: u32| (0.3 * (TAU * hz * f64::from(k) / f64::from(RATE)).sin()) as f32;
    Recording::new((0..SAMPLES).map(sample).collect(), RATE).expect("a recording")
}

/// Heart sounds, spoken digits, noises and tones.
fn others(model: &Model, data: &Path) -> BTreeMap<&'static str, Vec<Summary>> {
    let read = |path: PathBuf| model.summary(&beginning(&path));
    let subsets = ["a", "b", "c", "e", "f"].map(|subset| data.join(format!("cinc2016/training-{subset}")));
    let hearts = subsets.iter().flat_map(|subset| folder(subset).step_by(4).take(8));
    let made = |sound: &dyn Fn(u64) -> Recording| (0..20).map(|seed| model.summary(&sound(seed))).collect();
    BTreeMap::from([
        ("heart sounds at 1 kHz", hearts.map(read).collect()),
        ("heart sounds at 2 kHz", folder(&data.join("fixtures/heart")).map(read).collect()),
        ("spoken digits", folder(&data.join("fixtures/digits")).map(read).collect()),
        ("white noise", made(&|seed| coloured(seed, 0.0))),
        ("pink noise", made(&|seed| coloured(seed, 3.0))),
        ("brown noise", made(&|seed| coloured(seed, 6.0))),
        ("tones", made(&tone)),
    ])
}

/// The recordings of the classes, each with its fold.
fn own(model: &Model, data: &Path, manifest: &str) -> Vec<(String, Known)> {
    let labels = &model.package.config.labels;
    let known = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let [path, label, group, fold, ..] = cells[..] else { panic!("path,label,group,fold: {line}") };
        let levels = model.summary(&read(&data.join(path))).levels().expect("every clip holds enough sound");
        let class = labels.iter().position(|known| known == label).expect("one of the model's labels");
        (fold.to_owned(), Known { levels, class, group: group.to_owned() })
    };
    manifest.lines().skip(1).map(known).collect()
}

/// The area under the ROC.
fn area(own: &[f64], others: &[f64]) -> f64 {
    let half = |holds: bool| 0.5 * f64::from(u8::from(holds));
    let wins = |other: &f64| own.iter().map(|own| half(other > own) + half(other >= own)).sum::<f64>();
    others.iter().map(wins).sum::<f64>() / (own.len() * others.len()) as f64
}

fn refused(scores: &[f64]) -> f64 {
    scores.iter().filter(|score| **score > 1.0).count() as f64 / scores.len() as f64
}

/// Each fold is judged by what was fitted, limits included, on the other three.
#[test]
fn the_shipped_model_tells_other_sounds_from_clips_that_were_not_fitted_on() {
    let data = shared().join("data");
    let manifest = fs::read_to_string(data.join("esc10/manifest.csv"));
    let needed = ["cinc2016/manifest.csv", "fixtures/heart", "fixtures/digits"];
    let (Ok(manifest), true) = (manifest, needed.iter().all(|name| data.join(name).exists())) else {
        skipped("the shipped score of other kinds of sound is not measured, for ../shared/data has no recordings");
        return;
    };
    let model = Model::shipped();
    let Package { config, weights, .. } = &model.package;
    let own = own(&model, &data.join("esc10"), &manifest);
    let folds: BTreeSet<&String> = own.iter().map(|(fold, _)| fold).collect();
    assert_eq!(folds.len(), 4, "{folds:?}");
    let noise = noise(config, weights).unwrap();
    let others = others(&model, &data);
    let silence = model.summary(&Recording::new(vec![0.0; SAMPLES as usize], RATE).unwrap());

    let mut own_scores = Vec::new();
    let mut other_scores: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for fold in &folds {
        let part = |held_out: bool| -> Vec<Known> {
            own.iter().filter(|(of, _)| (of == *fold) == held_out).map(|(_, known)| known.clone()).collect()
        };
        let openness = Openness::fit(config, &part(false), &[], noise, "esc10").unwrap();
        let scores: Vec<f64> = part(true).iter().map(|known| openness.score_of(&known.levels)).collect();
        let count = scores.iter().filter(|score| **score > 1.0).count();
        println!("fold {fold}: {count} of {} own clips refused", scores.len());
        own_scores.extend(scores);
        for (kind, summaries) in &others {
            let scores = summaries.iter().map(|summary| openness.score(summary).expect("there is sound"));
            other_scores.entry(*kind).or_default().extend(scores);
        }
        assert_eq!(openness.score(&silence), None, "silence has no score: it is called silent");
    }
    println!("own: {:.1} % of {} refused", 100.0 * refused(&own_scores), own_scores.len());
    assert!(refused(&own_scores) <= REFUSED, "{}", refused(&own_scores));
    for (kind, scores) in &other_scores {
        let (area, refused, n) = (area(&own_scores, scores), refused(scores), scores.len() / folds.len());
        println!("{kind}: n = {n}, area under the ROC {area:.3}, {:.1} % refused", 100.0 * refused);
        assert!(n >= 4 && area >= AREA, "{kind}: {area}, n = {n}");
    }
    let all: Vec<f64> = other_scores.into_values().flatten().collect();
    println!("all others: area {:.3}, {:.1} % refused", area(&own_scores, &all), 100.0 * refused(&all));
}
