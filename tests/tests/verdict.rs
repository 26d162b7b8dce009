//! Verdicts with a calibrated probability and a threshold, from the command line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde_json::{Value, json};
use spectnet_core::audio::{Recording, write_wav, write_wav_channels};
use spectnet_core::model::{Compression, SCENE_RATE};
use spectnet_core::package;
use spectnet_core::prediction::assessment::{Assessment, calibrated};
use spectnet_core::synth::{HeartOptions, Murmur, heart};
use spectnet_tests::args;
use spectnet_tests::command::{spectnet, untrained_model};
use spectnet_tests::flac::flac;
use spectnet_tests::recordings::{hearts, noise};
use spectnet_tests::spectnet::{predict, predict_with};
use spectnet_tests::synthesised::hearts_called_right;
use spectnet_tests::{models, recordings};
use xtask::workspace::Workspace;

/// The files of [`models::assessed`]: without an assessment, and with one.
fn models_in(folder: &Path) -> (PathBuf, PathBuf, Assessment) {
    let (plain, assessed, assessment) = models::assessed();
    let [without, with] = ["plain", "assessed"].map(|name| folder.join(format!("{name}.safetensors")));
    fs::write(&without, plain).unwrap();
    fs::write(&with, assessed).unwrap();
    (without, with, assessment)
}

fn abnormal(verdict: &Value) -> f64 {
    verdict["probabilities"]["abnormal"].as_f64().unwrap()
}

fn synth(folder: &Path, count: &str) -> PathBuf {
    let data = folder.join("data");
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", count, "--seconds", "4"]).done();
    data
}

/// Probabilities are written with three digits, so what follows from them is known to about as many.
const DIGITS: f64 = 2e-3;

#[test]
fn predict_calibrates_the_recording_and_its_windows_alike() {
    let folder = tempfile::tempdir().unwrap();
    let (without, with, assessment) = models_in(folder.path());
    let mut labels = Vec::new();
    for recording in hearts(folder.path()) {
        let (raw, verdict) = (predict(&without, &recording), predict(&with, &recording));
        assert_eq!((&raw["calibrated"], &raw["threshold"]), (&json!(false), &json!(0.5)));
        assert!(raw["sensitivity"].is_null() && raw["specificity"].is_null() && raw["measured_recordings"].is_null());
        assert_eq!(verdict["calibrated"], true);
        let alike = |raw: &Value, verdict: &Value| {
            let expected = calibrated(abnormal(raw), assessment.temperature);
            assert!((abnormal(verdict) - expected).abs() < DIGITS, "{expected}: {verdict}");
        };
        alike(&raw, &verdict);
        let windows = |verdict: &Value| verdict["windows"].as_array().unwrap().clone();
        assert_eq!(windows(&raw).len(), windows(&verdict).len());
        windows(&raw).iter().zip(&windows(&verdict)).for_each(|(raw, verdict)| alike(raw, verdict));
        assert!((abnormal(&verdict) - abnormal(&raw)).abs() > 1e-3, "a temperature of {}", assessment.temperature);
        assert_eq!(verdict["threshold"].as_f64(), Some(assessment.threshold));
        for (key, expected) in ["sensitivity", "specificity"].into_iter().zip(assessment.at(assessment.threshold)) {
            assert!((verdict[key].as_f64().unwrap() - expected).abs() < DIGITS, "{key} {expected}: {verdict}");
        }
        assert_eq!(verdict["measured_independently"], false);
        if verdict["label"].is_null() {
            assert!(verdict["abstained"]["reason"].is_string(), "{verdict}");
            continue;
        }
        let label = if abnormal(&verdict) >= assessment.threshold { "abnormal" } else { "normal" };
        assert_eq!((&verdict["label"], &verdict["abstained"]), (&json!(label), &Value::Null));
        labels.push(label);

        for (threshold, label) in [(abnormal(&verdict) - DIGITS, "abnormal"), (abnormal(&verdict) + DIGITS, "normal")] {
            let moved = predict_with(&["--threshold", &threshold.clamp(0.0, 1.0).to_string()], &with, &recording);
            assert_eq!((moved["label"].as_str(), abnormal(&moved)), (Some(label), abnormal(&verdict)));
        }
    }
    assert!(labels.len() >= 3, "{labels:?}");
}

#[test]
fn a_prevalence_turns_sensitivity_and_specificity_into_predictive_values() {
    let folder = tempfile::tempdir().unwrap();
    let (without, with, assessment) = models_in(folder.path());
    let recording = &hearts(folder.path())[0];
    let [sensitivity, specificity] = assessment.at(assessment.threshold);
    let expected = |prevalence: f64| {
        let (yes, no) = (sensitivity * prevalence, (1.0 - specificity) * (1.0 - prevalence));
        yes / (yes + no)
    };
    let measured = assessment.measured.positives as f64 / assessment.measured.n as f64;
    for (extra, prevalence) in [(&[][..], measured), (&["--prevalence", "0.05"], 0.05)] {
        let verdict = predict_with(extra, &with, recording);
        assert!((verdict["prevalence"].as_f64().unwrap() - prevalence).abs() < DIGITS, "{verdict}");
        let value = verdict["positive_predictive_value"].as_f64().unwrap();
        assert!((value - expected(prevalence)).abs() < DIGITS, "{} {verdict}", expected(prevalence));
    }
    let run = |model: &Path, prevalence: &str| {
        spectnet(args!["predict", "--model", model, recording, "--prevalence", prevalence])
    };
    run(&with, "1.5").bad_usage();
    let refusal = run(&without, "0.05");
    assert!(refusal.refusal().contains("a prevalence needs a model with measured"), "{refusal:?}");
}

#[test]
fn what_holds_no_heart_gets_no_label_and_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (_, with, _) = models_in(folder.path());
    let write = |name: &str, recording: &Recording| {
        let path = folder.path().join(name);
        fs::write(&path, write_wav(recording).unwrap()).unwrap();
        path
    };
    let options = HeartOptions { seed: 5, seconds: 20.0, sample_rate: 2000, murmur: None };
    let heart = heart(&options).unwrap().recording.into_samples();
    let at_2000 = |samples: Vec<f32>| Recording::new(samples, 2000).unwrap();
    let cases = [
        ("silent", write("silent.wav", &at_2000(vec![0.0; 20_000]))),
        ("too_short", write("short.wav", &at_2000(heart[..1600].to_vec()))),
        ("no_rhythm", write("noise.wav", &noise(20.0))),
    ];
    for (reason, path) in cases {
        let verdict = predict(&with, &path);
        assert!(verdict["label"].is_null(), "{verdict}");
        assert_eq!(verdict["abstained"]["reason"], reason, "{verdict}");
        assert!(verdict["probabilities"]["abnormal"].is_number(), "{verdict}");
        let shown = spectnet(args!["predict", "--model", &with, &path]).done();
        let line = shown.stdout.lines().nth(1).unwrap();
        assert!(!line.contains("abnormal") && !line.contains('%'), "{line}");
        assert!(shown.stderr.contains(verdict["abstained"]["detail"].as_str().unwrap()), "{shown:?}");
    }

    // A minute of silence before the heart: the rest is looked through.
    let late = write("late.wav", &at_2000([vec![0.0; 130_000], heart].concat()));
    let verdict = predict(&with, &late);
    assert_eq!(
        (&verdict["abstained"]["reason"], &verdict["notes"][0]["kind"]),
        (&json!("silent"), &json!("elsewhere"))
    );
    assert!(verdict["notes"][0]["detail"].as_str().unwrap().contains("--whole"), "{verdict}");
    assert!(predict_with(&["--whole"], &with, &late)["label"].is_string());
}

/// It once began where the reader happened to stand, up to a minute later, in the last of several channels; the times were
/// wrong.
#[test]
fn the_rest_of_a_recording_is_looked_through_from_where_the_judged_part_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (_, with, _) = models_in(folder.path());
    let options = HeartOptions { seed: 5, seconds: 20.0, sample_rate: 2000, murmur: None };
    let heart = heart(&options).unwrap().recording.into_samples();
    let late = Recording::new([vec![0.0; 130_000], heart].concat(), 2000).unwrap();
    let silence = Recording::new(vec![0.0; 170_000], 2000).unwrap();
    let whole: Vec<i16> = late.samples().iter().map(|sample| (32_000.0 * sample) as i16).collect();
    let cases: [(&str, Vec<u8>, &[&str]); 3] = [
        ("late.wav", write_wav_channels(&[&late], 16).unwrap(), &[]),
        ("late.flac", flac(2000, &whole, whole.len() as u64), &[]),
        ("both.wav", write_wav_channels(&[&late, &silence], 16).unwrap(), &["--channel", "separate"]),
    ];
    for (name, bytes, extra) in cases {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let verdict = predict_with(extra, &with, &path);
        let notes = verdict["notes"].as_array().unwrap_or_else(|| panic!("{name}: {verdict}"));
        let elsewhere = notes.iter().find(|note| note["kind"] == "elsewhere").expect(name);
        let detail = elsewhere["detail"].as_str().unwrap();
        assert!(detail.contains("but 60 to 85 s do: judge all of it with --whole"), "{name}: {detail}");
    }
}

/// Of such recordings a model once said "abnormal, > 99.9 %".
#[test]
fn speech_is_neither_a_normal_nor_an_abnormal_heart() {
    let folder = tempfile::tempdir().unwrap();
    let (_, with, _) = models_in(folder.path());
    for file in recordings::digits() {
        let verdict = predict(&with, &file);
        assert!(verdict["label"].is_null(), "{}: {verdict}", file.display());
        assert!(verdict["abstained"]["detail"].as_str().unwrap().contains("Record"), "what to do: {verdict}");
    }
}

#[test]
fn silence_is_no_environmental_sound() {
    let folder = tempfile::tempdir().unwrap();
    let scene = folder.path().join("scene.safetensors");
    fs::write(&scene, models::random(&models::environment(SCENE_RATE, 16, Compression::Log))).unwrap();
    let verdict = predict(&scene, &recordings::silence(folder.path(), 5));
    assert!(verdict["label"].is_null() && verdict["abstained"]["reason"] == "silent", "{verdict}");
}

#[test]
fn the_silent_half_of_a_recording_has_no_say() {
    let folder = tempfile::tempdir().unwrap();
    let (_, with, _) = models_in(folder.path());
    let [whole, half] = [[0, 0], [0, 10]].map(|silence| recordings::heart_in_silence(folder.path(), 10.0, silence));
    let [whole, half] = [whole, half].map(|file| predict(&with, &file));
    assert!(whole["label"].is_string() && whole["label"] == half["label"], "{whole} {half}");
    assert!((abnormal(&whole) - abnormal(&half)).abs() < 0.02, "{} {}", abnormal(&whole), abnormal(&half));
    assert!(whole["notes"].is_null());
    assert_eq!(half["notes"][0]["kind"], "silence", "{half}");
}

/// Behind the end of a recording there is nothing to look through: that was an error.
#[test]
fn of_silence_as_long_as_what_is_judged_and_shorter_and_longer_nothing_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let (_, with, _) = models_in(folder.path());
    for seconds in [5, 60, 100] {
        let verdict = predict(&with, &recordings::silence(folder.path(), seconds));
        assert_eq!(verdict["abstained"]["reason"], "silent");
        assert!(verdict["notes"].is_null(), "{seconds} s: {verdict}");
    }
}

#[test]
fn the_curve_offers_a_threshold_for_what_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let (without, with, assessment) = models_in(folder.path());
    let recording = &hearts(folder.path())[0];
    for (flag, wanted, threshold) in [
        ("sensitivity", "0.9", assessment.for_sensitivity(0.9).unwrap()),
        ("specificity", "0.9", assessment.for_specificity(0.9).unwrap()),
    ] {
        let verdict = predict_with(&[&format!("--{flag}"), wanted], &with, recording);
        assert_eq!(verdict["threshold"].as_f64(), Some(threshold));
        assert!(verdict[flag].as_f64() >= Some(0.9 - DIGITS), "{verdict}");
        let other = if flag == "sensitivity" { "specificity" } else { "sensitivity" };
        assert!(verdict[other].as_f64() > Some(0.0), "{verdict}");

        let run = |model: &Path, more: &[&str]| {
            spectnet(args!["predict", "--model", model, recording].into_iter().chain(more.iter().map(OsString::from)))
        };
        let flag = format!("--{flag}");
        let unreached = run(&with, &[&flag, "1"]);
        assert!(unreached.refusal().contains("no threshold of this model reaches"), "{unreached:?}");
        let unknown = run(&without, &[&flag, "0.9"]);
        assert!(unknown.refusal().contains("spectnet calibrate"), "{unknown:?}");
        run(&with, &[&flag, "0.9", "--threshold", "0.5"]).bad_usage();
        run(&with, &[&flag, "1.5"]).bad_usage();
    }
    // A threshold alone needs no assessment, but a class that it is for.
    let moved = predict_with(&["--threshold", "0"], &without, recording);
    assert_eq!((&moved["label"], &moved["calibrated"]), (&json!("abnormal"), &json!(false)));
    let scene = folder.path().join("scene.safetensors");
    fs::write(&scene, models::random(&models::environment(SCENE_RATE, 16, Compression::Log))).unwrap();
    let run = spectnet(args!["predict", "--model", &scene, recording, "--threshold", "0.5"]);
    assert!(run.refusal().contains("scene.safetensors") && run.refusal().contains("equal classes"), "{run:?}");
    let verdict = predict(&scene, recording);
    assert!(verdict["threshold"].is_null() && verdict["calibrated"] == false, "{verdict}");
}

#[test]
fn a_person_reads_a_line_a_recording() {
    let folder = tempfile::tempdir().unwrap();
    let (_, with, assessment) = models_in(folder.path());
    let recordings = hearts(folder.path());
    let command = args!["predict", "--device", "cpu", "--model", &with];
    let run = spectnet(command.into_iter().chain(recordings.iter().map(OsString::from))).done();
    // What the label is worth stands above the table, for all recordings.
    let [sensitivity, specificity] = assessment.at(assessment.threshold).map(|share| 100.0 * share);
    for expected in [
        format!("called abnormal from {:.0} % on", 100.0 * assessment.threshold),
        format!("sensitivity {sensitivity:.0} %, specificity {specificity:.0} %"),
        "were also used to choose this threshold, so these figures are optimistic".to_owned(),
    ] {
        assert!(run.stderr.contains(&expected), "{expected}: {run:?}");
    }
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), recordings.len() + 1);
    assert!(lines[0].contains("P(abnormal)  windows"), "{run:?}");
    for (line, recording) in lines[1..].iter().zip(&recordings) {
        let verdict = predict(&with, recording);
        assert!(line.ends_with(&recording.display().to_string()), "{line}");
        match verdict["label"].as_str() {
            Some(label) => {
                let shown = format!("{:.0} %", 100.0 * abnormal(&verdict));
                assert!(line.starts_with(label) && line.contains(&shown), "{shown}: {line}");
            }
            None => assert!(!line.contains('%'), "{line}"),
        }
    }
}

#[test]
fn calibrate_measures_anew_and_leaves_the_weights() {
    let folder = tempfile::tempdir().unwrap();
    let (model, data) = (untrained_model(folder.path()), synth(folder.path(), "24"));
    let out = folder.path().join("calibrated.safetensors");
    let before = fs::read(&model).unwrap();
    let first = spectnet(args!["calibrate", "--model", &model, "--data", &data, "--fold", "0", "--out", &out]).done();
    assert!(
        first.stdout.contains("before: nothing was measured") && first.stdout.contains("data (fold 0)"),
        "{first:?}"
    );
    assert_eq!(fs::read(&model).unwrap(), before);
    let after = fs::read(&out).unwrap();
    let [old, new] = [&before, &after].map(|bytes| package::read(bytes).unwrap());
    assert!(old.weights == new.weights && old.config == new.config && old.provenance == new.provenance);
    assert_eq!(
        SafeTensors::deserialize(&before).unwrap().names().len(),
        SafeTensors::deserialize(&after).unwrap().names().len()
    );
    let assessment = new.assessment.unwrap();
    assert_eq!(assessment.measured.n, 6);
    let inspected = spectnet(args!["inspect", &out, "--json"]).json();
    assert_eq!(inspected["assessment"]["temperature"], assessment.temperature);
    assert!(spectnet(args!["inspect", &out]).done().stdout.contains("Brier score"));

    // What is said of the same recordings is what was measured on them.
    let svg = folder.path().join("reliability.svg");
    let eval = args!["eval", "--model", &out, "--data", &data, "--fold", "0", "--json", "--reliability", &svg];
    let measured = spectnet(&eval).json();
    let near = |key: &str, expected: f64| {
        assert!((measured[key].as_f64().unwrap() - expected).abs() < 1e-6, "{key} {expected}: {measured}");
    };
    near("brier", assessment.brier_after);
    near("auc", assessment.measured.auc);
    near("threshold", assessment.threshold);
    assert_eq!(measured["calibrated"], true);
    assert_eq!(measured["reliability"].as_array().unwrap().len(), assessment.reliability.len());
    for (key, expected) in ["sensitivity", "specificity"].into_iter().zip(assessment.at(assessment.threshold)) {
        let found = measured["recording"][key].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-12, "{key} {expected}: {found}");
    }
    let drawing = fs::read_to_string(&svg).unwrap();
    assert!(
        drawing.starts_with("<svg") && drawing.contains("Brier score") && drawing.contains("ROC, area"),
        "{drawing}"
    );

    // In place, on others, after the first one.
    let again = spectnet(args!["calibrate", "--model", &out, "--data", &data, "--out", &out]).done();
    assert!(
        again.stdout.contains("before: calibrated on 3 positive") && again.stdout.contains("24 recordings"),
        "{again:?}"
    );
    let mut every = args!["eval", "--model", &out, "--data", &data, "--json", "--threshold", "1"].to_vec();
    assert_eq!(spectnet(&every).json()["recording"]["sensitivity"], 0.0);
    every.pop();
    every.push("0".into());
    assert_eq!(spectnet(&every).json()["recording"]["sensitivity"], 1.0);
}

#[test]
fn eval_calls_every_recording_what_predict_calls_it() {
    let folder = tempfile::tempdir().unwrap();
    let ((_, with, _), data) = (models_in(folder.path()), synth(folder.path(), "12"));
    let manifest = fs::read_to_string(data.join("manifest.csv")).unwrap();
    let truth: BTreeMap<&str, &str> =
        manifest.lines().skip(1).filter_map(|line| Some((line.split(',').next()?, line.split(',').nth(1)?))).collect();
    assert_eq!(truth.len(), 12);
    let files = truth.keys().map(|name| data.join(name).into_os_string());
    let verdicts = spectnet(args!["predict", "--json", "--model", &with].into_iter().chain(files)).json();
    let (mut confusion, mut brier, mut answered) = ([[0, 0], [0, 0]], 0.0, 0);
    for (verdict, truth) in verdicts.as_array().unwrap().iter().zip(truth.values()) {
        let number = |label: &str| usize::from(label == "abnormal");
        if let Some(label) = verdict["label"].as_str() {
            confusion[number(truth)][number(label)] += 1;
            brier += (abnormal(verdict) - number(truth) as f64).powi(2);
            answered += 1;
        }
    }
    assert!(answered >= 8, "{answered}");
    brier /= f64::from(answered);
    let measured = spectnet(args!["eval", "--json", "--model", &with, "--data", &data]).json();
    assert_eq!(measured["confusion"], json!(confusion));
    assert!((measured["brier"].as_f64().unwrap() - brier).abs() < DIGITS, "{brier}: {measured}");
    assert!((measured["coverage"].as_f64().unwrap() - f64::from(answered) / 12.0).abs() < 1e-12, "{measured}");
    let table = spectnet(args!["eval", "--model", &with, "--data", &data]).done().stdout;
    assert!(table.contains("calibrated probabilities of recordings: Brier score"), "{table}");
}

#[test]
fn what_cannot_be_calibrated_or_drawn_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let data = synth(folder.path(), "8");
    let scene = folder.path().join("scene.safetensors");
    fs::write(&scene, models::random(&models::environment(SCENE_RATE, 16, Compression::Log))).unwrap();
    let out = folder.path().join("out.safetensors");
    let run = spectnet(args!["calibrate", "--model", &scene, "--data", &data, "--out", &out]);
    assert!(run.refusal().contains("is not one of the model's labels"), "{run:?}");
    let run = spectnet(args!["eval", "--model", &scene, "--data", &data, "--reliability", "x.svg"]);
    assert!(run.refusal().contains("--reliability"), "{run:?}");

    // One class alone: neither a temperature nor a curve.
    let (_, with, _) = models_in(folder.path());
    let one = data.join("one.csv");
    let manifest = fs::read_to_string(data.join("manifest.csv")).unwrap();
    let kept = manifest.lines().enumerate().filter(|(number, line)| *number == 0 || line.contains(",normal"));
    fs::write(&one, kept.map(|(_, line)| format!("{line}\n")).collect::<String>()).unwrap();
    let run = spectnet(args!["calibrate", "--model", &with, "--data", &one, "--out", &out]);
    assert!(run.refusal().contains("both classes"), "{run:?}");
    assert!(!out.exists());
    let run = spectnet(args!["eval", "--model", &with, "--data", &one, "--reliability", folder.path().join("r.svg")]);
    assert!(run.refusal().contains("both classes"), "{run:?}");
}

#[test]
fn a_model_with_a_broken_assessment_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, with, _) = models_in(folder.path());
    let bytes = fs::read(&with).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let mut metadata = header.metadata().clone().unwrap();
    let mut assessment: Value = serde_json::from_str(&metadata["assessment"]).unwrap();
    assessment["threshold"] = json!(2.0);
    metadata.insert("assessment".into(), assessment.to_string());
    let tensors = SafeTensors::deserialize(&bytes).unwrap().tensors();
    fs::write(&with, safetensors::serialize(tensors, Some(metadata)).unwrap()).unwrap();
    let run = spectnet(args!["predict", "--model", &with, &hearts(folder.path())[0]]);
    let message = run.refusal();
    assert!(
        message.contains("assessed.safetensors: \"assessment\"") && message.contains("threshold 2: expected 0 to 1")
    );
}

#[test]
fn what_the_page_generates_is_called_by_its_name_nine_times_in_ten() {
    let folder = tempfile::tempdir().unwrap();
    let model = Workspace::root_from_manifest().join("web/weights/heart.safetensors");
    for murmur in [None, Some(Murmur::Systolic)] {
        let right = hearts_called_right(&model, folder.path(), murmur, 20);
        assert!(right >= 18, "{murmur:?}: {right} of 20");
    }
}
