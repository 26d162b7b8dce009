//! Whatever is wrong with what the user gives: one sentence, exit status 1, and nothing already written is lost.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use spectnet_tests::args;
use spectnet_tests::command::{spectnet, untrained_model};
use spectnet_tests::wav::Wav;

/// Bad recordings, and a word that their refusal must hold.
fn bad_recordings() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let tone = Wav::tone(4);
    let whole = tone.bytes();
    vec![
        ("header-only.wav", whole[..30].to_vec(), "truncated"),
        ("empty.wav", Vec::new(), "empty"),
        ("no-samples.wav", Wav { data: Vec::new(), ..tone.clone() }.bytes(), "empty"),
        ("text.wav", b"path,label\na.wav,normal\n".to_vec(), "not a recording"),
        ("no-channels.wav", Wav { channels: 0, ..tone.clone() }.bytes(), "channel"),
        ("no-rate.wav", Wav { rate: 0, ..tone.clone() }.bytes(), "0 Hz"),
        ("absurd-rate.wav", Wav { rate: u32::MAX, ..tone.clone() }.bytes(), "4294967295 Hz"),
        ("nan.wav", Wav::floats(2000, &[f32::NAN; 8000]).bytes(), "NaN"),
        ("infinite.wav", Wav::floats(2000, &[f32::INFINITY; 8000]).bytes(), "inf"),
        ("broken.flac", b"fLaC\x00\x00\x00\x22 and then nothing of use".to_vec(), "FLAC"),
        ("broken.ogg", b"OggS\x00\x02 and then nothing of use at all, for a page".to_vec(), "Ogg"),
        ("many-channels.wav", Wav { channels: u16::MAX, ..tone.clone() }.bytes(), "65535 channels"),
    ]
}

#[test]
fn every_bad_recording_is_refused_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let model = untrained_model(folder.path());
    let out = folder.path().join("image.safetensors");
    let good = folder.path().join("good.wav");
    fs::write(&good, Wav::tone(4).bytes()).unwrap();
    spectnet(args!["features", &good, "--out", &out]).done();
    let kept = fs::read(&out).unwrap();
    for (name, bytes, word) in bad_recordings() {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        for command in [args!["predict", "--model", &model, &path], args!["features", "--out", &out, &path]] {
            let run = spectnet(&command);
            let refusal = run.refusal();
            assert!(refusal.contains(name) && refusal.contains(word), "{name}, {word}: {refusal}");
        }
        assert!(fs::read(&out).unwrap() == kept, "{name}: the earlier image is gone");
    }
}

#[test]
fn what_is_no_file_or_no_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let model = untrained_model(folder.path());
    let [absent, other, cut] =
        ["absent.wav", "other.safetensors", "cut.safetensors"].map(|name| folder.path().join(name));
    assert!(spectnet(args!["predict", "--model", &model, &absent]).refusal().contains("absent.wav"));
    assert!(spectnet(args!["predict", "--model", &model, folder.path()]).refusal().contains("folder"));
    assert!(spectnet(args!["inspect", &absent]).refusal().contains("absent.wav"));
    fs::write(&other, b"not a model").unwrap();
    assert!(spectnet(args!["inspect", &other]).refusal().contains("not a safetensors file"));
    let bytes = fs::read(&model).unwrap();
    fs::write(&cut, &bytes[..bytes.len() - 100]).unwrap();
    assert!(spectnet(args!["predict", "--model", &cut, &absent]).refusal().contains("cut.safetensors"));
}

#[test]
fn a_bad_manifest_is_refused_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.wav", "b.wav"] {
        fs::write(folder.path().join(name), Wav::tone(1).bytes()).unwrap();
    }
    let cases: [(&[u8], &[&str]); 10] = [
        (b"path,label\na.wav,normal\ngone.wav,normal\n", &["line 3", "gone.wav", "is not there"]),
        (b"path,label\na.wav,strange\n", &["line 2", "\"strange\"", "normal, abnormal"]),
        (b"path,label\na.wav,normal\na.wav,abnormal\n", &["line 3", "listed twice", "line 2"]),
        (b"file,label\na.wav,normal\n", &["line 1", "\"path\""]),
        (b"path,label,fold\na.wav,normal\n", &["line 2", "2 cells; expected 3"]),
        (b"path,label,fold\na.wav,normal,one\n", &["line 2", "\"one\""]),
        (b"path,label,group,fold\na.wav,normal,anna,0\nb.wav,normal,anna,1\n", &["\"anna\"", "fold 0", "fold 1"]),
        (b"path,label\na.wav,normal\n\xff\xfe.wav,normal\n", &["line 3", "UTF-8"]),
        (b"path,label\n", &["no recordings"]),
        (b"", &["empty"]),
    ];
    for (text, words) in cases {
        let manifest = folder.path().join("manifest.csv");
        fs::write(&manifest, text).unwrap();
        let run = spectnet(args!["data", "summary", "--task", "heart", folder.path()]);
        let refusal = run.refusal();
        assert!(
            words
                .iter()
                .chain(&["manifest.csv"][..usize::from(!words.contains(&"\"anna\""))])
                .all(|word| refusal.contains(word)),
            "{words:?}: {refusal}"
        );
    }
    let nothing = tempfile::tempdir().unwrap();
    assert!(spectnet(args!["data", "summary", nothing.path()]).refusal().contains("expected a manifest.csv"));
}

#[test]
fn data_verify_names_every_recording_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("manifest.csv"), "path,label\ngood.wav,normal\nbad.wav,normal\n").unwrap();
    fs::write(folder.path().join("good.wav"), Wav::tone(1).bytes()).unwrap();
    fs::write(folder.path().join("bad.wav"), b"").unwrap();
    let run = spectnet(args!["data", "verify", "--json", folder.path()]);
    assert!(run.refusal().contains("bad.wav"));
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((found["recordings"].as_u64(), found["failed"].as_array().map(Vec::len)), (Some(2), Some(1)));
}

#[test]
fn a_place_that_cannot_be_written_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let model = untrained_model(folder.path());
    let good = folder.path().join("good.wav");
    fs::write(&good, Wav::tone(4).bytes()).unwrap();
    // A folder below a file: not even an administrator can write there.
    let place = good.join("out");
    let refused = |command: &[OsString]| {
        let run = spectnet(command);
        assert!(run.refusal().contains(&place.display().to_string()), "{run:?}");
    };
    refused(&args!["synth", "--task", "heart", "--out", &place]);
    refused(&args!["features", &good, "--out", place.join("image.png")]);
    refused(&args!["inspect", &model, "--plot", place.join("plot.svg")]);
    refused(&args!["train", "--task", "heart", "--data", folder.path(), "--out", &place]);
    assert!(fs::read(&good).unwrap() == Wav::tone(4).bytes());
    assert_eq!(names(folder.path()), ["good.wav", "untrained.safetensors"]);
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
