//! Recordings for the tests: real ones where they are at hand, otherwise synthesised ones.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use spectnet_core::{
    audio::{Decoder, Recording, write_wav},
    synth::{HeartOptions, SCENES, heart, scene},
};

use crate::args;
use crate::command::spectnet;
use crate::flac::flac;
use crate::models::uniform;
use crate::skip::skipped;
use crate::wav::Wav;

/// Heart sounds that were put into a folder of their own: at least three WAV files.
///
/// Taken from `fixtures/heart` of the folder `shared` beside the repository (or `SPECTNET_SHARED`); synthesised where it is absent.
pub fn hearts(folder: &Path) -> Vec<PathBuf> {
    let real = real("heart");
    if real.len() >= 3 {
        return real;
    }
    println!("no real recordings in ../shared/data/fixtures/heart: going on with synthesised ones");
    (1..=3).map(|seed| synthesised_heart(folder, seed)).collect()
}

/// Environmental sounds: at least four files of at least two kinds. The WAV file of 44.1 kHz, 24 bits and two channels and
/// the FLAC file of 22.05 kHz are synthesised; the others are taken from `fixtures/env` of the folder `shared`, and an Ogg
/// Vorbis file of 22.05 kHz from `data/esc10`, or synthesised where there are none.
pub fn environment(folder: &Path) -> Vec<PathBuf> {
    let write = |name: &str, bytes: Vec<u8>| {
        let file = folder.join(name);
        fs::write(&file, bytes).expect("the temporary folder is writable");
        file
    };
    let sound = |name: &str, rate: u32| scene(name, 7, 6.0, rate).expect("these options are valid");
    // The channels differ, so that their mean is what must be used.
    let frame = |sample: &f32| [0.9, 0.4].map(|gain| (gain * sample * 8_388_607.0) as i32);
    let beach = sound(SCENES[0], 44_100);
    let data =
        beach.samples().iter().flat_map(frame).flat_map(|value| value.to_le_bytes().into_iter().take(3)).collect();
    let stereo = Wav { tag: 1, channels: 2, rate: 44_100, bits: 24, data, claim: None };
    let park = sound(SCENES[2], 22_050);
    let samples: Vec<i16> = park.samples().iter().map(|sample| (sample * 32_767.0) as i16).collect();
    let mut files =
        vec![write("stereo.wav", stereo.bytes()), write("park.flac", flac(22_050, &samples, samples.len() as u64))];
    let vorbis = shared().join("data/esc10/rooster/1-27724-A.ogg");
    files.push(if vorbis.is_file() { vorbis } else { fixture("park-22k.ogg") });
    let real = real("env");
    if real.len() >= 2 {
        files.extend(real.into_iter().step_by(4));
    } else {
        println!("no real recordings in ../shared/data/fixtures/env: going on with synthesised ones");
        let wav = |name: &str| write_wav(&sound(name, 22_050)).expect("a recording can be written");
        files.extend([SCENES[1], SCENES[3]].map(|name| write(&format!("{name}.wav"), wav(name))));
    }
    files
}

/// The folder `shared` beside the repository, or what `SPECTNET_SHARED` names; it need not be there.
pub fn shared() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    env::var_os("SPECTNET_SHARED").map_or(beside, PathBuf::from)
}

/// A recording of the folder `fixtures/sound`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sound").join(name)
}

/// The spoken digits in `fixtures` of the folder `shared`, which hold no heart; none where the folder is absent, which is said
/// even though the test passes.
pub fn digits() -> Vec<PathBuf> {
    let digits = real("digits");
    if digits.is_empty() {
        skipped("speech is not judged, for there is none in ../shared/data/fixtures/digits");
    }
    digits
}

/// Writes a heart sound of `seconds` at 2 kHz after `silence[0]` and before `silence[1]` seconds without any sound; its
/// place.
///
/// # Panics
/// Where the folder cannot be written to.
pub fn heart_in_silence(folder: &Path, seconds: f64, silence: [usize; 2]) -> PathBuf {
    const RATE: usize = 2000;
    let options = HeartOptions { seed: 6, seconds, sample_rate: RATE as u32, murmur: None };
    let sound = heart(&options).expect("these options are valid").recording;
    let [before, after] = silence.map(|seconds| vec![0.0; seconds * RATE]);
    let samples = [&before[..], sound.samples(), &after[..]].concat();
    let recording = Recording::new(samples, RATE as u32).expect("a rate that exists");
    let file = folder.join(format!("heart-{}-{}.wav", silence[0], silence[1]));
    fs::write(&file, write_wav(&recording).expect("a recording can be written")).expect("the folder is writable");
    file
}

/// Writes digital silence at 2 kHz; its place.
///
/// # Panics
/// Where the folder cannot be written to.
pub fn silence(folder: &Path, seconds: usize) -> PathBuf {
    let recording = Recording::new(vec![0.0; 2000 * seconds], 2000).expect("a rate that exists");
    let file = folder.join(format!("silence-{seconds}.wav"));
    fs::write(&file, write_wav(&recording).expect("a recording can be written")).expect("the folder is writable");
    file
}

/// Writes three seconds of beeps at a frequency in Hz in some noise, at 16 kHz: sounds of one kind for a model that is
/// taught; without a frequency only the noise. Its place.
///
/// # Panics
/// Where the folder cannot be written to.
pub fn beeps(folder: &Path, name: &str, hz: f64) -> PathBuf {
    let mut random = uniform();
    // Other noise in every file, the same every time.
    for _ in 0..name.bytes().map(usize::from).sum::<usize>() {
        random();
    }
    let sample = |k: usize| {
        let time_s = k as f64 / 16_000.0;
        let sounds = hz > 0.0 && time_s % 0.5 < 0.3;
        let beep = if sounds { 0.3 * (std::f64::consts::TAU * hz * time_s).sin() } else { 0.0 };
        beep as f32 + 0.02 * random()
    };
    let samples = (0..48_000).map(sample).collect();
    let recording = Recording::new(samples, 16_000).expect("a rate that exists");
    let file = folder.join(format!("{name}.wav"));
    fs::write(&file, write_wav(&recording).expect("a recording can be written")).expect("the folder is writable");
    file
}

/// The WAV files of one kind in `fixtures`.
fn real(kind: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(shared().join("data/fixtures").join(kind)).into_iter().flatten().flatten();
    let mut files: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "wav")).collect();
    files.sort();
    files
}

fn synthesised_heart(folder: &Path, seed: u64) -> PathBuf {
    let options = HeartOptions { seed, seconds: 12.0, sample_rate: 2000, murmur: None };
    let sound = heart(&options).expect("these options are valid");
    let file = folder.join(format!("synthesised-{seed}.wav"));
    fs::write(&file, write_wav(&sound.recording).expect("a recording can be written"))
        .expect("the temporary folder is writable");
    file
}

/// `count` heart sounds of at least `seconds` that the shipped model was not trained on, with their names: spread evenly over
/// all those of fold 0 in the folder `shared`, so over its collections too, or synthesised where it is absent.
///
/// # Panics
/// Where the list of recordings cannot be read.
pub fn held_out_hearts(count: usize, seconds: f64) -> Vec<(String, Recording)> {
    let data = shared().join("data/cinc2016");
    let Ok(list) = fs::read_to_string(data.join("manifest.csv")) else {
        println!("no recordings in ../shared/data/cinc2016: going on with synthesised ones");
        let made = |seed| {
            let options = HeartOptions { seed, seconds: seconds.max(20.0), sample_rate: 2000, murmur: None };
            (format!("synthesised {seed}"), heart(&options).expect("these options are valid").recording)
        };
        return (1..=count as u64).map(made).collect();
    };
    let of_fold = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        (cells[4] == "0" && cells[5].trim() == "good").then(|| cells[0].to_owned())
    };
    let read = |name: String| (name.clone(), decode(&data.join(name)));
    let long = |(_, recording): &(String, Recording)| recording.duration_s() >= seconds;
    let all: Vec<_> = list.lines().skip(1).filter_map(of_fold).map(read).filter(long).collect();
    let spread = count.min(all.len());
    (0..spread).map(|number| all[number * all.len() / spread].clone()).collect()
}

/// The first channel of a recording in a file.
///
/// # Panics
/// Where it cannot be decoded.
pub fn decode(path: &Path) -> Recording {
    let file = fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut decoder = Decoder::open(Box::new(file)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (rate, channels) = (decoder.sample_rate(), decoder.channels());
    let mut samples = Vec::new();
    while let Some(frames) = decoder.next_frames().expect("whole packets") {
        samples.extend(frames.iter().step_by(channels));
    }
    Recording::new(samples, rate).expect("a recording")
}

/// Noise without any rhythm, at 1 kHz.
///
/// # Panics
/// Never: it is the same every time.
pub fn noise(seconds: f64) -> Recording {
    let mut random = uniform();
    let samples = (0..(1000.0 * seconds) as usize).map(|_| 0.2 * random()).collect();
    Recording::new(samples, 1000).expect("a rate that exists")
}

/// A small data set of five kinds of scenes in two folds, synthesised.
pub fn scenes(folder: &Path, count: &str, seconds: &str) -> PathBuf {
    let data = folder.join("scenes");
    spectnet(args!["synth", "--task", "scene", "--out", &data, "--count", count, "--seconds", seconds]).done();
    data
}
