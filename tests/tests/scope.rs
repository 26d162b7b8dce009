//! For whom a model of hearts was made: learned from its recordings, kept in its file, and said where another heart is judged.
//! All hearts are synthesised.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spectnet_core::audio::write_wav;
use spectnet_core::package;
use spectnet_core::prediction::scope::Scope;
use spectnet_core::synth::{HeartOptions, heart_at};
use spectnet_tests::args;
use spectnet_tests::command::{Run, export, spectnet};
use spectnet_tests::models;
use spectnet_tests::spectnet::predict;

const PEOPLE: &str = "adults at rest";

/// A model that nobody trained, made for adults, and the same that does not say for whom.
fn models_in(folder: &Path) -> [PathBuf; 2] {
    let plain = models::random(&models::states(8));
    let scope = Scope { people: Some(PEOPLE.into()), heart_rate_bpm: Some([45.0, 130.0]) };
    let scoped = package::with_scope(&plain, &scope).unwrap();
    [("scoped", scoped), ("plain", plain)].map(|(name, bytes)| {
        let file = folder.join(format!("{name}.safetensors"));
        fs::write(&file, bytes).unwrap();
        file
    })
}

/// Writes a heart that beats about so often a minute.
fn heart(folder: &Path, per_minute: f64) -> PathBuf {
    let options = HeartOptions { seed: 5, seconds: 15.0, sample_rate: 2000, murmur: None };
    let sound = heart_at(&options, per_minute).unwrap().recording;
    let file = folder.join(format!("heart-{per_minute}.wav"));
    fs::write(&file, write_wav(&sound).unwrap()).unwrap();
    file
}

/// The warning that a result carries.
fn warning(verdict: &Value) -> Option<&str> {
    let notes = verdict["notes"].as_array().into_iter().flatten();
    let warnings: Vec<&Value> = notes.filter(|note| note["kind"] == "out_of_scope").collect();
    assert!(warnings.len() <= 1, "{verdict}");
    warnings.first().map(|note| note["detail"].as_str().unwrap())
}

#[test]
fn a_heart_that_the_model_was_not_made_for_carries_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let [scoped, plain] = models_in(folder.path());
    let (mut inside, mut outside) = (0, 0);
    for per_minute in [36.0, 60.0, 75.0, 90.0, 160.0, 175.0, 190.0, 210.0] {
        let file = heart(folder.path(), per_minute);
        let verdict = predict(&scoped, &file);
        assert_eq!(warning(&predict(&plain, &file)), None);
        let rhythm = &verdict["rhythm"];
        let rate = rhythm["heart_rate_bpm"].as_f64().unwrap().round();
        let is_known = |rate: f64| (45.0..=130.0).contains(&rate);
        if rhythm["plausible"] != true || is_known(rate) {
            assert_eq!(warning(&verdict), None, "{verdict}");
            inside += usize::from(rhythm["plausible"] == true);
            continue;
        }
        outside += 1;
        let said = warning(&verdict).unwrap_or_else(|| panic!("{verdict}"));
        let known = "the recordings that this model learned from have 45 to 130 a minute (adults at rest)";
        assert!(said.starts_with(&format!("The heart beats {rate} times a minute")) && said.contains(known), "{said}");
        // The other rate that explains the sound is named where the model knows it.
        let other = rhythm["alternative_bpm"].as_f64().map(f64::round).filter(|other| is_known(*other));
        assert_eq!(said.contains(&format!("{rate} times a minute, or ")), other.is_some(), "{verdict}");
        // People who read the table see the same sentence, and above it for whom the model was made.
        let table = spectnet(args!["predict", "--device", "cpu", "--model", &scoped, &file]).done();
        assert!(table.stderr.contains(said), "{table:?}");
        let made_for = "made for adults at rest; hearts of 45 to 130 beats a minute";
        assert!(table.stderr.lines().any(|line| line == made_for), "{table:?}");
    }
    assert!(inside >= 2 && outside >= 2, "{inside} inside, {outside} outside");
}

#[test]
fn whoever_looks_at_a_model_or_passes_it_on_learns_for_whom_it_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let [scoped, plain] = models_in(folder.path());
    let said = "adults at rest; hearts of 45 to 130 beats a minute";
    let table = |model: &Path| spectnet(args!["inspect", model]).done().stdout;
    assert!(table(&scoped).contains(&format!("made for    {said}")) && !table(&plain).contains("made for"));
    let card = |model: &Path| spectnet(args!["card", model]).done().stdout;
    assert!(card(&scoped).contains(&format!("- Made for: {said}")), "{}", card(&scoped));
    assert!(card(&plain).contains("- Made for: the file does not say"), "{}", card(&plain));
    let hub = folder.path().join("hub");
    spectnet(export(&scoped, "hub", &hub, &["--dtype", "f16"])).done();
    assert!(fs::read_to_string(hub.join("README.md")).unwrap().contains(said));
    assert_eq!(scope(&hub.join("model.safetensors")), scope(&scoped));
}

/// What a model file says.
fn scope(model: &Path) -> Value {
    spectnet(args!["inspect", "--json", model]).json()["scope"].clone()
}

fn range(scope: &Value) -> [f64; 2] {
    serde_json::from_value(scope["heart_rate_bpm"].clone()).unwrap_or_else(|error| panic!("{error}: {scope}"))
}

/// Trains for an epoch on all of a data set.
fn train(data: &Path, out: &Path, more: &[&str]) -> Run {
    let train = args!["train", "--data", data, "--out", out, "--device", "cpu", "--epochs", "1", "--batch", "8"];
    let all = ["--protocol", "all"].iter().chain(more).map(OsString::from);
    spectnet(train.into_iter().chain(all)).done()
}

/// Thirty hearts that beat 110 to 168 times a minute, as a data set.
fn fast_hearts(folder: &Path) -> PathBuf {
    let data = folder.join("fast");
    fs::create_dir_all(&data).unwrap();
    let mut manifest = String::from("path,label\n");
    for number in 0..30 {
        let file = heart(&data, 110.0 + 2.0 * f64::from(number));
        let label = if number % 2 == 0 { "normal" } else { "abnormal" };
        manifest += &format!("{},{label}\n", file.file_name().unwrap().to_string_lossy());
    }
    fs::write(data.join("manifest.csv"), manifest).unwrap();
    data
}

#[test]
fn a_trained_model_knows_the_hearts_of_its_recordings_and_keeps_them() {
    let folder = tempfile::tempdir().unwrap();
    let [data, out, more] = ["hearts", "run", "more"].map(|name| folder.path().join(name));
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", "40", "--seconds", "10"]).done();
    let new = ["--task", "heart", "--classifier", "states", "--filters", "8", "--people", PEOPLE];
    let run = train(&data, &out, &new);
    assert!(run.stderr.contains("made for: adults at rest; hearts of "), "{run:?}");
    let model = out.join("best.safetensors");
    let learned = scope(&model);
    assert_eq!((&learned["people"], &scope(&out.join("last.safetensors"))), (&PEOPLE.into(), &learned));
    // They beat 50 to 100 times a minute, and all are known to some beats.
    let [low, high] = range(&learned);
    assert!(low < 70.0 && high > 80.0 && [low, high].iter().all(|rate| rate.fract() == 0.0), "{learned}");

    let calibrated = folder.path().join("calibrated.safetensors");
    spectnet(args!["calibrate", "--model", &model, "--data", &data, "--device", "cpu", "--out", &calibrated]).done();
    assert_eq!(scope(&calibrated), learned);

    // Who goes on with other hearts knows both.
    let from = ["--from", model.to_str().unwrap()];
    train(&fast_hearts(folder.path()), &more, &from);
    let both = scope(&more.join("best.safetensors"));
    let [lower, higher] = range(&both);
    assert!(both["people"] == PEOPLE && lower <= low && higher >= high.max(140.0), "{both} after {learned}");
    let children = folder.path().join("children");
    train(&data, &children, &[&from[..], &["--people", "children"]].concat());
    let children = scope(&children.join("best.safetensors"));
    assert_eq!((&children["people"], range(&children)), (&"children".into(), [low, high]));
}

#[test]
fn nobody_says_more_than_the_start_of_a_run_knew() {
    let folder = tempfile::tempdir().unwrap();
    let start = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/format-1/heart-states.safetensors");
    assert_eq!(scope(&start), Value::Null);
    let [data, out, few] = ["hearts", "run", "few"].map(|name| folder.path().join(name));
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", "40", "--seconds", "10"]).done();
    let run = train(&data, &out, &["--from", start.to_str().unwrap()]);
    assert!(run.stderr.contains("will not say for which heart rates it was made, for heart-states.safet"), "{run:?}");
    assert_eq!(scope(&out.join("best.safetensors")), Value::Null);

    // Twelve hearts are no range.
    spectnet(args!["synth", "--task", "heart", "--out", &few, "--count", "12", "--seconds", "10"]).done();
    let out = folder.path().join("of few");
    train(&few, &out, &["--task", "heart", "--classifier", "states", "--filters", "8", "--people", PEOPLE]);
    let scope = scope(&out.join("best.safetensors"));
    assert!(scope["people"] == PEOPLE && scope.get("heart_rate_bpm").is_none(), "{scope}");
}
