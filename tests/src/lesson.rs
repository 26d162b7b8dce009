//! The sounds of the lesson in docs/TEACHING.md, and the learner that takes them, without a browser.

use std::f64::consts::TAU;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use spectnet_core::audio::Recording;
use spectnet_core::recognise::Model;
use spectnet_core::synth::{SCENES, scene};
use spectnet_learn::message::{Computer, Labelled, Learns, Order, Step};
use spectnet_learn::recordings::Samples;

use crate::models::shipped;

/// The words that are taught.
pub const WORDS: [&str; 3] = ["yes", "no", "stop"];
/// What there is while nobody speaks.
pub const BACKGROUND: &str = "background";
/// Who gives the examples.
pub const FIRST: Voice = Voice { seed: 1, pitch_hz: 115.0, tract: 1.0, hiss: 1.0 };
/// Somebody else: a child, whose resonances are higher, through a microphone that takes little above them.
pub const SECOND: Voice = Voice { seed: 2, pitch_hz: 270.0, tract: 1.3, hiss: 0.15 };

/// Samples a second.
const RATE: u32 = 16_000;
/// Length of a recording in seconds, as the page records.
const SECONDS: f64 = 3.0;
/// So many seconds at both ends are without the word: then it is in every window of 2.5 s.
const EDGE_S: f64 = 0.5;
/// The room is so much quieter than a word, as a factor of the amplitude: 40 dB.
const ROOM: f64 = 0.01;
/// Level of a recording, as rms of full scale.
const LEVEL: f64 = 0.05;
/// Highest harmonic of a voice, in Hz.
const HIGHEST_HZ: f64 = 5000.0;
/// Width of a resonance of the mouth, in Hz.
const RESONANCE_HZ: f64 = 90.0;
/// Samples between two looks at the resonances: 5 ms.
const BLOCK: usize = 80;
/// Longest training in seconds, which nobody waits for: steps end a run.
const PATIENCE_S: f64 = 3000.0;

/// Burn's random numbers on the CPU are one sequence for the whole process: runs beside each other would take turns in it, and
/// come out otherwise every time.
static ALONE: Mutex<()> = Mutex::new(());

/// A recording, and the number of its class.
pub type Example = (usize, Recording);

/// Who speaks.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    seed: u64,
    pitch_hz: f64,
    /// Factor on all resonances.
    tract: f64,
    /// Factor on the level of an s.
    hiss: f64,
}

/// A part of a word.
struct Sound {
    seconds: f64,
    /// Resonances in Hz where it begins and where it ends.
    resonances: [[f64; 3]; 2],
    /// Levels of voice and of hiss in it.
    levels: [f64; 2],
}

const fn vowel(seconds: f64, begin: [f64; 3], end: [f64; 3]) -> Sound {
    Sound { seconds, resonances: [begin, end], levels: [1.0, 0.0] }
}

const fn hiss(seconds: f64, level: f64) -> Sound {
    Sound { seconds, resonances: [[500.0, 1500.0, 2500.0]; 2], levels: [0.0, level] }
}

/// How the words sound, roughly: y-e-s, n-o, s-t-o-p.
const SPOKEN: [&[Sound]; 3] = [
    &[
        vowel(0.12, [280.0, 2250.0, 2950.0], [530.0, 1800.0, 2500.0]),
        vowel(0.15, [530.0, 1800.0, 2500.0], [560.0, 1750.0, 2500.0]),
        hiss(0.16, 0.5),
    ],
    &[
        vowel(0.08, [250.0, 1100.0, 2300.0], [260.0, 1100.0, 2300.0]),
        vowel(0.30, [520.0, 950.0, 2400.0], [380.0, 780.0, 2300.0]),
    ],
    &[
        hiss(0.15, 0.5),
        hiss(0.06, 0.0),
        vowel(0.22, [720.0, 1150.0, 2500.0], [750.0, 1120.0, 2500.0]),
        hiss(0.05, 0.0),
        hiss(0.02, 0.3),
    ],
];

/// Some takes of every word by one person, each said once in a quiet room; no two are alike.
pub fn said(voice: Voice, takes: Range<u64>) -> Vec<Example> {
    let words = takes.flat_map(|take| (0..WORDS.len()).map(move |word| (word, take)));
    words.map(|(word, take)| (word, said_once(voice, word, take))).collect()
}

fn said_once(voice: Voice, word: usize, take: u64) -> Recording {
    let mut random = ChaCha8Rng::seed_from_u64(voice.seed);
    random.set_stream(1000 * (word as u64 + 1) + take);
    let spoken = spoken(&mut random, voice, SPOKEN[word]);
    let mut samples = noise(&mut random);
    let edge = (EDGE_S * f64::from(RATE)) as usize;
    let start = random.random_range(edge..=samples.len().saturating_sub(spoken.len() + edge).max(edge));
    let gain = 1.0 / (ROOM * rms(&spoken));
    samples[start..].iter_mut().zip(&spoken).for_each(|(sample, word)| *sample += gain * word);
    at_level(&samples)
}

/// A word as this person says it this time, its pitch falling. Hiss is what differs from sample to sample of noise.
fn spoken(random: &mut ChaCha8Rng, voice: Voice, word: &[Sound]) -> Vec<f64> {
    let mut about = |value: f64, part: f64| value * random.random_range(1.0 - part..1.0 + part);
    let (mut pitch_hz, tract, pace) = (about(voice.pitch_hz, 0.1), about(voice.tract, 0.03), about(1.0, 0.15));
    let fall = about(0.998, 0.001);
    let (mut turns, mut before, mut samples) = (0.0, 0.0, Vec::new());
    for sound in word {
        let length = (pace * sound.seconds * f64::from(RATE)) as usize;
        let [voiced, hissing] = [sound.levels[0], voice.hiss * sound.levels[1]];
        let mut harmonics = Vec::new();
        for k in 0..length {
            if k % BLOCK == 0 {
                pitch_hz *= fall;
                harmonics = levels(sound, k as f64 / length as f64, pitch_hz, tract);
            }
            turns += pitch_hz / f64::from(RATE);
            let tones = (1_u32..).zip(&harmonics);
            let voice: f64 = tones.map(|(harmonic, level)| level * (TAU * turns * f64::from(harmonic)).sin()).sum();
            let white: f64 = random.sample(StandardNormal);
            // Soft edges: a mouth does not click.
            let edge = (k.min(length - k) as f64 / BLOCK as f64).min(1.0);
            samples.push(edge * (voiced * voice + hissing * (white - before)));
            before = white;
        }
    }
    samples
}

/// Levels of the harmonics of a voice at a place of a sound, 0 to 1.
fn levels(sound: &Sound, place: f64, pitch_hz: f64, tract: f64) -> Vec<f64> {
    let [begin, end] = sound.resonances;
    let resonances = [0, 1, 2].map(|i| tract * (begin[i] + place * (end[i] - begin[i])));
    let count = (HIGHEST_HZ / pitch_hz) as u32;
    let level = |harmonic: u32| {
        let hz = f64::from(harmonic) * pitch_hz;
        let of = |(resonance, gain): (f64, f64)| gain / (1.0 + ((hz - resonance) / RESONANCE_HZ).powi(2));
        resonances.into_iter().zip([1.0, 0.5, 0.25]).map(of).sum::<f64>()
    };
    (1..=count).map(level).collect()
}

/// The room by itself, under another seed than those of the voices.
pub fn room(seeds: Range<u64>) -> Vec<Recording> {
    let once = |seed: u64| {
        let mut random = ChaCha8Rng::seed_from_u64(0);
        random.set_stream(seed);
        at_level(&noise(&mut random))
    };
    seeds.map(once).collect()
}

/// Sounds of another kind: a beach, a café, a park and a street for every seed.
///
/// # Panics
/// Never: they are the same every time.
pub fn elsewhere(seeds: Range<u64>) -> Vec<Recording> {
    let places = |seed| SCENES.map(|name| scene(name, seed, SECONDS, RATE).expect("these options are valid"));
    seeds.flat_map(places).collect()
}

/// Noise of a room, whose colour is another every time.
fn noise(random: &mut ChaCha8Rng) -> Vec<f64> {
    let low: f64 = random.random_range(0.0..0.6);
    let (mut before, mut samples) = (0.0, Vec::new());
    for _ in 0..(SECONDS * f64::from(RATE)) as usize {
        let white: f64 = random.sample(StandardNormal);
        before = low * before + (1.0 - low * low).sqrt() * white;
        samples.push(before);
    }
    samples
}

fn rms(samples: &[f64]) -> f64 {
    (samples.iter().map(|sample| sample * sample).sum::<f64>() / samples.len().max(1) as f64).sqrt()
}

fn at_level(samples: &[f64]) -> Recording {
    let gain = LEVEL / rms(samples);
    Recording::new(samples.iter().map(|sample| (gain * sample) as f32).collect(), RATE).expect("a recording")
}

/// What the shipped model of environmental sounds is asked to learn from these examples, and their samples, recording by recording
/// and channel by channel.
pub fn order(labels: &[&str], learns: Learns, compare: bool, steps: u32, examples: &[Example]) -> (Order, Samples) {
    let recording = |(number, (label, sound)): (usize, &Example)| Labelled {
        name: format!("example {number}"),
        label: *label,
        sample_rate: sound.sample_rate(),
        group: String::new(),
    };
    let order = Order {
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
        learns,
        compare,
        seed: 1,
        seconds: PATIENCE_S,
        steps: Some(steps),
        device: Computer::Cpu,
        recordings: examples.iter().enumerate().map(recording).collect(),
        browser: "a test".into(),
    };
    (order, examples.iter().map(|(_, sound)| vec![sound.samples().to_vec()]).collect())
}

/// Does an order, from the shipped model of environmental sounds.
///
/// # Panics
/// Where nothing can be learned.
pub fn learned(order: &Order, samples: Samples) -> (Vec<u8>, Step) {
    learned_from(&std::fs::read(shipped("environment")).expect("the shipped model"), order, samples)
}

/// Does an order, from a model file.
///
/// # Panics
/// Where nothing can be learned.
pub fn learned_from(start: &[u8], order: &Order, samples: Samples) -> (Vec<u8>, Step) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    spectnet_learn::run(order, start, samples, |_: &Step| {}).unwrap_or_else(|error| panic!("{error}"))
}

/// Has the shipped model of environmental sounds learn these classes from these examples, as the page does it.
///
/// # Panics
/// Where nothing can be learned.
pub fn taught(labels: &[&str], learns: Learns, compare: bool, steps: u32, examples: &[Example]) -> Taught {
    let (order, samples) = order(labels, learns, compare, steps, examples);
    let (file, last) = learned(&order, samples);
    println!("{} steps in {:.1} s: {:?}, frozen {:?}", last.step, last.seconds, last.learned, last.frozen);
    Taught::from_file(&file, last)
}

/// A model that was taught something.
pub struct Taught {
    model: Model,
    /// What it came to.
    pub last: Step,
}

impl Taught {
    /// The model of a file, which came to this.
    ///
    /// # Panics
    /// Where it is no model file.
    pub fn from_file(file: &[u8], last: Step) -> Self {
        Self { model: Model::from_bytes(file).expect("a model file"), last }
    }

    /// The label that a recording gets, and its probability; none where the model abstains.
    ///
    /// # Panics
    /// Where it cannot be judged.
    pub fn named(&self, sound: &Recording) -> Option<(String, f64)> {
        let result = self.model.classify(sound).expect("a result");
        let label = result.label?;
        let probability = result.probabilities.get(&label).copied().unwrap_or(0.0);
        Some((label, probability))
    }

    /// How many of these words get their own name.
    pub fn words_right(&self, words: &[Example]) -> usize {
        words.iter().filter(|(word, sound)| self.named(sound).is_some_and(|(label, _)| label == WORDS[*word])).count()
    }

    /// How many of these are called `label`.
    pub fn called(&self, label: &str, sounds: &[Recording]) -> usize {
        sounds.iter().filter(|sound| self.named(sound).is_some_and(|(own, _)| own == label)).count()
    }
}
