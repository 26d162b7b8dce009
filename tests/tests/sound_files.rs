//! Recordings as people have them, through the program: formats, lengths that lie, channels, standard input.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spectnet_core::audio::{Recording, write_wav_channels};
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::args;
use spectnet_tests::command::{spectnet, spectnet_reading};
use spectnet_tests::recordings::fixture;
use spectnet_tests::spectnet::{predict, predict_with};
use xtask::workspace::Workspace;

fn model() -> PathBuf {
    Workspace::root_from_manifest().join("web/weights/heart.safetensors")
}

/// Ten seconds of a heart as a WAV file of 16 bits at 2 kHz, header 44 bytes.
fn heart_wav() -> Vec<u8> {
    let options = HeartOptions { seed: 3, seconds: 10.0, sample_rate: 2000, murmur: None };
    let recording = heart(&options).expect("these options are valid").recording;
    write_wav_channels(&[&recording], 16).expect("a recording can be written")
}

fn kinds(verdict: &Value) -> Vec<&str> {
    let notes = verdict["notes"].as_array().into_iter().flatten();
    notes.filter_map(|note| note["kind"].as_str()).collect()
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let file = folder.join(name);
    fs::write(&file, bytes).expect("a writable folder");
    file
}

#[test]
fn a_file_cut_short_is_judged_as_far_as_it_goes_and_strict_refuses_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = put(folder.path(), "cut.wav", &heart_wav()[..44 + 2 * 2000 * 6]);
    let verdict = predict(&model(), &file);
    assert_eq!((kinds(&verdict), verdict["duration_s"].as_f64()), (vec!["cut_short"], Some(6.0)));
    assert!(verdict["notes"][0]["detail"].as_str().unwrap().contains("announces 10.0 s, 6.0 s are there"), "{verdict}");
    let strict = spectnet(args!["predict", "--json", "--strict", "--model", model(), &file]);
    assert!(strict.refusal().contains("cut.wav: The file is cut short"), "{strict:?}");
}

#[test]
fn lengths_that_lie_and_standard_input_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let whole = heart_wav();
    let right = predict(&model(), &put(folder.path(), "whole.wav", &whole));
    for (name, riff, data) in
        [("pipe.wav", u32::MAX, u32::MAX), ("crashed.wav", 0, 0), ("sox.wav", 0x7fff_f024, 0x7fff_f000)]
    {
        let mut bytes = whole.clone();
        bytes[4..8].copy_from_slice(&u32::to_le_bytes(riff));
        bytes[40..44].copy_from_slice(&u32::to_le_bytes(data));
        let file = put(folder.path(), name, &bytes);
        let from_file = predict(&model(), &file);
        assert_eq!((&from_file["probabilities"], kinds(&from_file)), (&right["probabilities"], vec!["file"]), "{name}");
        let piped = spectnet_reading(&file, args!["predict", "--json", "--device", "cpu", "--model", model(), "-"]);
        assert_eq!(piped.json()[0]["probabilities"], right["probabilities"], "{name}");
    }
    for command in [
        args!["segment", "--json", "-"].to_vec(),
        args!["features", "-", "--out", folder.path().join("i.png")].to_vec(),
    ] {
        spectnet_reading(&folder.path().join("pipe.wav"), command).done();
    }
}

#[test]
fn what_is_compressed_is_read_whatever_its_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["pulses.mp3", "pulses.m4a", "pulses-1k.ogg"] {
        let renamed = folder.path().join("recording.wav");
        fs::copy(fixture(name), &renamed).unwrap();
        let verdict = predict(&model(), &renamed);
        let rate = verdict["rhythm"]["heart_rate_bpm"].as_f64().unwrap();
        assert!((rate - 70.0).abs() < 3.5, "{name}: {rate}");
    }
    let opus = spectnet(args!["predict", "--json", "--model", model(), fixture("pulses.opus")]);
    assert!(opus.refusal().contains("Opus; convert it"), "{opus:?}");
}

#[test]
fn a_channel_is_chosen_and_channels_that_differ_are_noted() {
    let folder = tempfile::tempdir().unwrap();
    let options = HeartOptions { seed: 3, seconds: 10.0, sample_rate: 2000, murmur: None };
    let sound = heart(&options).unwrap().recording;
    let other = (0..sound.samples().len()).map(|k| 0.4 * (0.013 * k as f32).sin()).collect();
    let other = Recording::new(other, 2000).unwrap();
    let inverted = Recording::new(sound.samples().iter().map(|x| -x).collect(), 2000).unwrap();
    let write =
        |name: &str, channels: &[&Recording]| put(folder.path(), name, &write_wav_channels(channels, 16).unwrap());
    let alone = predict(&model(), &write("alone.wav", &[&sound]));
    let both = write("both.wav", &[&other, &sound]);
    assert!(kinds(&predict(&model(), &both)).contains(&"channels"));
    let second = predict_with(&["--channel", "2"], &model(), &both);
    assert_eq!((&second["probabilities"], kinds(&second)), (&alone["probabilities"], kinds(&alone)));
    let separate = predict_with(&["--channel", "separate"], &model(), &both);
    assert!(separate["windows"].as_array().unwrap().len() > alone["windows"].as_array().unwrap().len());
    let cancelling = predict(&model(), &write("cancel.wav", &[&sound, &inverted]));
    assert!(cancelling["label"].is_null() && kinds(&cancelling).contains(&"channels"), "{cancelling}");
    let third = spectnet(args!["predict", "--json", "--channel", "3", "--model", model(), &both]);
    assert!(third.refusal().contains("there is no channel 3"), "{third:?}");
    spectnet(args!["predict", "--channel", "0", "--model", model(), &both]).bad_usage();
    let rate = |channel: &str| {
        spectnet(args!["segment", "--json", "--channel", channel, &both]).json()[0]["plausible"].clone()
    };
    assert_eq!((rate("1"), rate("2")), (Value::Bool(false), Value::Bool(true)));
}
