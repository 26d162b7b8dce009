//! Recordings of many minutes: judged in part or as a whole, in memory that does not grow with them.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use serde_json::Value;
use spectnet_tests::command::{Run, spectnet, untrained_model};
use spectnet_tests::flac::{BLOCK, flac};
use spectnet_tests::wav::Wav;

const RATE: usize = 8000;
/// Windows of a minute of heart sound.
const MINUTE: usize = 24;

/// Some seconds of a tone that gets louder and higher, so that no two windows are alike.
fn sound(seconds: f64) -> Vec<i16> {
    let sample = |k: usize| {
        let t = k as f64 / RATE as f64;
        (3000.0 * (1.0 + t / 100.0) * (t * (300.0 + t)).sin() * (-10.0 * (t % 0.8)).exp()) as i16
    };
    (0..(seconds * RATE as f64) as usize).map(sample).collect()
}

fn wav(samples: &[i16]) -> Wav {
    let data = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    Wav { tag: 1, channels: 1, rate: RATE as u32, bits: 16, data, claim: None }
}

/// Writes the file and judges it.
fn run(folder: &Path, name: &str, bytes: &[u8], more: &[&str]) -> Run {
    let [model, file] = [untrained_model(folder), folder.join(name)];
    fs::write(&file, bytes).unwrap();
    let command = ["predict", "--device", "cpu", "--model"].map(OsString::from).into_iter();
    spectnet(command.chain([model.into(), file.into()]).chain(more.iter().map(OsString::from)))
}

fn predict(folder: &Path, name: &str, bytes: &[u8], more: &[&str]) -> Value {
    run(folder, name, bytes, &[more, &["--json"]].concat()).json()[0].clone()
}

fn windows(verdict: &Value) -> &[Value] {
    verdict["windows"].as_array().unwrap()
}

/// The windows' probabilities, without their times.
fn shares(windows: &[Value]) -> Vec<&Value> {
    windows.iter().map(|window| &window["probabilities"]).collect()
}

#[test]
fn the_whole_of_a_long_recording_is_judged_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let samples = sound(250.0);
    let bytes = wav(&samples).bytes();
    let beginning = predict(folder.path(), "long.wav", &bytes, &[]);
    assert_eq!((&beginning["judged_s"], &beginning["duration_s"]), (&60.0.into(), &250.0.into()));
    assert_eq!(windows(&beginning).len(), MINUTE);
    let whole = predict(folder.path(), "long.wav", &bytes, &["--whole"]);
    assert_eq!((&whole["judged_s"], &whole["duration_s"]), (&250.0.into(), &250.0.into()));
    assert_eq!(windows(&whole).len(), 4 * MINUTE + 4);
    assert_eq!(windows(&whole)[..MINUTE], windows(&beginning)[..]);

    // Every minute is judged as if it stood alone; the last 10 s belong to the fourth.
    for minute in 0..4 {
        let end = if minute == 3 { samples.len() } else { (minute + 1) * 60 * RATE };
        let alone = wav(&samples[minute * 60 * RATE..end]).bytes();
        let alone = predict(folder.path(), "minute.wav", &alone, &["--whole"]);
        let part = &windows(&whole)[minute * MINUTE..][..windows(&alone).len()];
        assert_eq!(shares(part), shares(windows(&alone)));
        assert_eq!(part[0]["start_s"], 60.0 * minute as f64);
    }
    let mean = |label: &str| {
        let weight = |window: &Value| window["weight"].as_f64().unwrap_or(1.0);
        let share = |window: &Value| weight(window) * window["probabilities"][label].as_f64().unwrap();
        windows(&whole).iter().map(share).sum::<f64>() / windows(&whole).iter().map(weight).sum::<f64>()
    };
    // Three digits are written of each.
    assert!((mean("abnormal") - whole["probabilities"]["abnormal"].as_f64().unwrap()).abs() < 2e-3);

    let table = run(folder.path(), "long.wav", &bytes, &[]).done().stdout;
    assert!(table.contains("60.0 of 250.0 s"), "{table}");
    let table = run(folder.path(), "long.wav", &bytes, &["--whole"]).done().stdout;
    assert!(table.contains("250.0 of 250.0 s"), "{table}");
}

#[test]
fn every_format_gives_the_same_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let samples = sound(200.0);
    let from_wav = predict(folder.path(), "a.wav", &wav(&samples).bytes(), &["--whole"]);
    for declared in [samples.len() as u64, 0] {
        let bytes = flac(RATE as u32, &samples, declared);
        let from_flac = predict(folder.path(), "a.flac", &bytes, &["--whole"]);
        for key in ["label", "probabilities", "windows", "judged_s", "duration_s"] {
            assert_eq!(from_flac[key], from_wav[key], "{key}");
        }
        // Nobody knows how long it is before all of it is decoded.
        let beginning = predict(folder.path(), "a.flac", &bytes, &[]);
        let expected = if declared == 0 { Value::Null } else { 200.0.into() };
        assert_eq!((&beginning["judged_s"], &beginning["duration_s"]), (&60.0.into(), &expected));
    }
}

#[test]
fn damage_is_noticed_where_it_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let samples = sound(150.0);
    let mut floats: Vec<f32> = samples.iter().map(|&sample| f32::from(sample) / 32_768.0).collect();
    floats[100 * RATE] = f32::NAN;
    let whole = flac(RATE as u32, &samples, samples.len() as u64);
    let mut torn = flac(RATE as u32, &samples, 0);
    let middle = torn.len() * 2 / 3;
    torn[middle..middle + 4 * BLOCK].fill(0x55);
    let cases: [(&str, &[u8], &str); 2] = [
        ("nan.wav", &Wav::floats(RATE as u32, &floats).bytes(), "sample 800000 is NaN"),
        ("torn.flac", &torn, "samples are missing after"),
    ];
    for (name, bytes, word) in cases {
        // Only the beginning is judged, and that is sound.
        assert_eq!(windows(&predict(folder.path(), name, bytes, &[])).len(), MINUTE, "{name}");
        let run = run(folder.path(), name, bytes, &["--whole"]);
        let refusal = run.refusal();
        assert!(refusal.contains(name) && refusal.contains(word), "{refusal}");
        assert!(!run.stdout.contains(name), "{run:?}");
    }
    // What is cut short is judged as far as it goes; the header of a WAV file tells its size, so there it is known at once.
    let bytes = wav(&samples).bytes();
    for (name, bytes) in [("cut.flac", &whole[..middle]), ("cut.wav", &bytes[..bytes.len() * 2 / 3])] {
        let verdict = predict(folder.path(), name, bytes, &["--whole"]);
        let said = verdict["notes"][0]["detail"].as_str().unwrap();
        assert!(said.contains("cut short") && said.contains("150.0 s"), "{name}: {said}");
        assert!(run(folder.path(), name, bytes, &["--whole", "--strict"]).refusal().contains("cut short"), "{name}");
    }
}

#[test]
fn verification_decodes_everything() {
    let folder = tempfile::tempdir().unwrap();
    let samples = sound(150.0);
    let bytes = flac(RATE as u32, &samples, samples.len() as u64);
    fs::write(folder.path().join("whole.flac"), &bytes).unwrap();
    fs::write(folder.path().join("cut.flac"), &bytes[..bytes.len() / 2]).unwrap();
    fs::write(folder.path().join("manifest.csv"), "path,label\nwhole.flac,normal\ncut.flac,normal\n").unwrap();
    let run = spectnet([OsString::from("data"), "verify".into(), "--json".into(), folder.path().into()]);
    assert!(run.refusal().contains("cut.flac"));
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&found["seconds"], found["failed"].as_array().map(Vec::len)), (&150.0.into(), Some(1)));
}
