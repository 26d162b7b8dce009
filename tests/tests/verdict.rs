//! Verdicts with a calibrated probability and a threshold, from the command line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde_json::{Value, json};
use spectnet_core::assessment::{Assessment, calibrated};
use spectnet_core::audio::{read_wav, write_wav};
use spectnet_core::package;
use spectnet_core::predict::{Probabilities, Verdict, three_digits};
use spectnet_core::scaling::Compression;
use spectnet_core::task::SCENE_RATE;
use spectnet_tests::args;
use spectnet_tests::command::{spectnet, untrained_model};
use spectnet_tests::judge::Judge;
use spectnet_tests::recordings::hearts;
use spectnet_tests::spectnet::{predict, predict_with};
use spectnet_tests::{models, recordings};

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

/// The exact verdict of a model, which is written with three digits.
fn exact(model: &Path, recording: &Path) -> Verdict {
    Judge::read(model).verdict(&read_wav(&fs::read(recording).unwrap()).unwrap())
}

#[test]
fn predict_calibrates_the_recording_and_every_window_and_writes_three_digits() {
    let folder = tempfile::tempdir().unwrap();
    let (without, with, assessment) = models_in(folder.path());
    let mut labels = Vec::new();
    for recording in hearts(folder.path()) {
        let (raw, verdict) = (predict(&without, &recording), predict(&with, &recording));
        assert_eq!((&raw["calibrated"], &raw["threshold"]), (&json!(false), &json!(0.5)));
        assert!(raw["sensitivity"].is_null() && raw["specificity"].is_null());
        assert_eq!(verdict["calibrated"], true);
        let [exact_raw, exact] = [&without, &with].map(|model| exact(model, &recording));
        // Means of 32-bit probabilities need not sum to 1 exactly, and near 1 the log-odds tell.
        let expected = |raw: &Probabilities| {
            calibrated(raw["abnormal"] / (raw["abnormal"] + raw["normal"]), assessment.temperature)
        };
        let probability = exact.probabilities["abnormal"];
        assert!((probability - expected(&exact_raw.probabilities)).abs() < 1e-6, "{probability}: {verdict}");
        assert!((probability - exact_raw.probabilities["abnormal"]).abs() > 1e-3, "{}", assessment.temperature);
        for (window, raw) in exact.windows.iter().zip(&exact_raw.windows) {
            assert!((window.probabilities["abnormal"] - expected(&raw.probabilities)).abs() < 1e-6);
        }
        assert_eq!(abnormal(&verdict), three_digits(probability));
        let written = verdict["windows"].as_array().unwrap();
        assert_eq!(written.len(), exact.windows.len());
        for (window, exact) in written.iter().zip(&exact.windows) {
            assert_eq!(abnormal(window), three_digits(exact.probabilities["abnormal"]));
        }
        let measured = ["sensitivity", "specificity"].map(|key| verdict[key].as_f64().unwrap());
        assert_eq!(measured, assessment.at(assessment.threshold).map(three_digits));
        if !verdict["abstained"].is_null() {
            println!("{}: {}", recording.display(), verdict["abstained"]);
            continue;
        }
        let label = if probability >= assessment.threshold { "abnormal" } else { "normal" };
        assert_eq!(verdict["label"].as_str(), Some(label));
        assert!((verdict["threshold"].as_f64().unwrap() - assessment.threshold).abs() < 1e-3);
        labels.push(label);

        for (threshold, label) in [(probability - 1e-9, "abnormal"), (probability + 1e-9, "normal")] {
            let moved = predict_with(&["--threshold", &threshold.to_string()], &with, &recording);
            assert_eq!((moved["label"].as_str(), abnormal(&moved)), (Some(label), abnormal(&verdict)));
        }
    }
    assert!(labels.len() >= 2, "hearts that can be judged: {labels:?}");
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
        assert!((verdict["threshold"].as_f64().unwrap() - threshold).abs() < 1e-3);
        assert!(verdict[flag].as_f64() >= Some(0.9), "{verdict}");
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
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    let [sensitivity, specificity] = assessment.at(assessment.threshold).map(percent);
    for expected in [
        format!("called abnormal from {} on", percent(assessment.threshold)),
        format!("sensitivity {sensitivity}, specificity {specificity}"),
        "Measured on 60 recordings that were also used to choose this threshold".into(),
    ] {
        assert!(run.stderr.contains(&expected), "{expected}: {run:?}");
    }
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), recordings.len() + 1);
    assert!(lines[0].contains("P(abnormal)"), "{run:?}");
    for (line, recording) in lines[1..].iter().zip(&recordings) {
        let verdict = predict(&with, recording);
        match verdict["label"].as_str() {
            Some(label) => {
                let probability = match exact(&with, recording).probabilities["abnormal"] {
                    p if p < 0.01 => "< 1 %".into(),
                    p if p > 0.99 => "> 99 %".into(),
                    p => percent(p),
                };
                assert!(line.starts_with(label) && line.contains(&probability), "{probability}: {line}");
            }
            None => {
                let reason = verdict["abstained"]["reason"].as_str().unwrap().replace("no_rhythm", "no heart rhythm");
                assert!(line.starts_with(&reason.replace('_', " ")), "{line}");
                assert!(run.stderr.contains(verdict["abstained"]["detail"].as_str().unwrap()), "{run:?}");
            }
        }
        assert!(line.ends_with(&recording.display().to_string()));
    }
}

/// Of such recordings a model once said "abnormal, > 99.9 %".
#[test]
fn silence_noise_and_speech_are_neither_normal_nor_abnormal() {
    let folder = tempfile::tempdir().unwrap();
    let (_, with, _) = models_in(folder.path());
    let noise = folder.path().join("noise.wav");
    fs::write(&noise, write_wav(&recordings::noise(12.0)).unwrap()).unwrap();
    let silence = recordings::silence(folder.path(), 5);
    let others = [&silence, &noise].map(PathBuf::clone).into_iter().chain(recordings::digits());
    for file in others {
        let verdict = predict(&with, &file);
        assert!(verdict["label"].is_null(), "{}: {verdict}", file.display());
        let detail = verdict["abstained"]["detail"].as_str().unwrap();
        assert!(detail.contains("Record") || detail.contains("Check"), "what to do: {detail}");
        assert_eq!(verdict["abstained"]["reason"] == "silent", file == silence, "{verdict}");
        assert!(abnormal(&verdict).is_finite(), "probabilities are there all the same");
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
    assert_eq!(whole["label"], half["label"]);
    assert!((abnormal(&whole) - abnormal(&half)).abs() < 0.02, "{} {}", abnormal(&whole), abnormal(&half));
    assert!(whole["notes"].is_null());
    assert_eq!(half["notes"][0]["kind"], "silence", "{half}");
}

/// A silent recording has nothing behind its end to look through.
#[test]
fn a_heart_behind_a_silent_minute_is_named_where_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let (_, with, _) = models_in(folder.path());
    let verdict = predict(&with, &recordings::heart_in_silence(folder.path(), 30.0, [70, 0]));
    assert_eq!(verdict["abstained"]["reason"], "silent");
    let note = &verdict["notes"][0];
    assert_eq!(note["kind"], "elsewhere", "{verdict}");
    assert!(note["detail"].as_str().unwrap().contains("60 to 100 s do: judge all of it with --whole"), "{note}");
    for seconds in [5, 60, 100] {
        let verdict = predict(&with, &recordings::silence(folder.path(), seconds));
        assert_eq!(verdict["abstained"]["reason"], "silent");
        assert!(verdict["notes"].is_null(), "{seconds} s: {verdict}");
    }
}

#[test]
fn a_prevalence_gives_predictive_values() {
    let folder = tempfile::tempdir().unwrap();
    let (without, with, assessment) = models_in(folder.path());
    let recording = recordings::heart_in_silence(folder.path(), 10.0, [0, 0]);
    let [sensitivity, specificity] = assessment.at(assessment.threshold);
    let usual = predict(&with, &recording);
    let of = |verdict: &Value, key: &str| verdict[key].as_f64().unwrap();
    assert_eq!(of(&usual, "prevalence"), three_digits(assessment.positives as f64 / assessment.n as f64));
    assert_eq!((&usual["measured_recordings"], &usual["measured_independently"]), (&json!(60), &json!(false)));
    let rare = predict_with(&["--prevalence", "0.05"], &with, &recording);
    let right = sensitivity * 0.05;
    assert_eq!(of(&rare, "positive_predictive_value"), three_digits(right / (right + (1.0 - specificity) * 0.95)));
    let right = specificity * 0.95;
    assert_eq!(of(&rare, "negative_predictive_value"), three_digits(right / (right + (1.0 - sensitivity) * 0.05)));
    let run = spectnet(args!["predict", "--model", &without, &recording, "--prevalence", "0.05"]);
    assert!(run.refusal().contains("measured sensitivity and specificity"), "{run:?}");
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
    assert_eq!(assessment.n, 6);
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
    near("auc", assessment.auc);
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
    let (mut confusion, mut errors) = ([[0, 0], [0, 0]], Vec::new());
    for (verdict, (name, truth)) in verdicts.as_array().unwrap().iter().zip(&truth) {
        let number = |label: &str| usize::from(label == "abnormal");
        let Some(label) = verdict["label"].as_str() else { continue };
        confusion[number(truth)][number(label)] += 1;
        let probability = exact(&with, &data.join(name)).probabilities["abnormal"];
        errors.push((probability - number(truth) as f64).powi(2));
    }
    assert!(errors.len() >= 6, "most of them can be judged: {verdicts}");
    let brier = errors.iter().sum::<f64>() / errors.len() as f64;
    let measured = spectnet(args!["eval", "--json", "--model", &with, "--data", &data]).json();
    assert_eq!(measured["confusion"], json!(confusion));
    assert_eq!(measured["coverage"], errors.len() as f64 / 12.0);
    assert!((measured["brier"].as_f64().unwrap() - brier).abs() < 1e-6, "{brier}: {measured}");
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
    assert!(run.refusal().contains("two classes, one of them positive"), "{run:?}");
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
