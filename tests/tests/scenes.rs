//! Full-band sound on its way: several channels, many filters. The scenes are synthesised.

use std::fs;
use std::path::Path;

use serde_json::Value;
use spectnet_core::audio::{Recording, write_wav_channels};
use spectnet_tests::args;
use spectnet_tests::command::{measured, small, spectnet};
use spectnet_tests::recordings::scenes;

#[test]
fn all_recordings_are_trained_on_where_nothing_is_held_out() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "10", "2"), folder.path().join("run"));
    let train =
        args!["train", "--task", "scene", "--data", &data, "--protocol", "all", "--filters", "6", "--out", &out];
    let run = spectnet(train.into_iter().chain(small())).done();
    let report: Value = serde_json::from_slice(&fs::read(out.join("report.json")).unwrap()).unwrap();
    assert!(report["provenance"]["protocol"].as_str().unwrap().contains("nothing held out"), "{report} {run:?}");
    assert!(report["provenance"]["data"].as_str().unwrap().contains("10 recordings trained on"), "{report}");
}

#[test]
fn a_scene_model_learns_where_its_classes_end() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "40", "3"), folder.path().join("run"));
    let train = args!["train", "--task", "scene", "--data", &data, "--protocol", "all", "--select", "last"];
    let run = spectnet(train.into_iter().chain(args!["--filters", "6", "--out", &out]).chain(small())).done();
    assert!(run.stderr.contains("sounds of other kinds are told"), "{run:?}");
    let model = out.join("best.safetensors");
    let openness = |file: &Path| spectnet(args!["inspect", "--json", file]).json()["openness"].clone();
    let trained = openness(&model);
    assert_eq!(trained["n"], 40, "{trained}");
    assert!(trained["refused"].as_f64().unwrap() <= 0.05, "{trained}");
    assert!(
        trained["measured_on"].as_str().unwrap().contains("each judged by statistics of other groups"),
        "{trained}"
    );
    // The same recordings again say the same, and only the score is written.
    let again = folder.path().join("again.safetensors");
    spectnet(args!["calibrate", "--model", &model, "--data", &data, "--out", &again]).done();
    assert_eq!(openness(&again), trained);
    assert_eq!(fs::read(&again).unwrap().len(), fs::read(&model).unwrap().len());

    let few = data.join("few.csv");
    let manifest = fs::read_to_string(data.join("manifest.csv")).unwrap();
    fs::write(&few, manifest.lines().take(11).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    let refused = spectnet(args!["calibrate", "--model", &model, "--data", &few, "--out", folder.path().join("x")]);
    assert!(refused.refusal().contains("10 recordings with enough sound are too few"), "{refused:?}");
}

/// A stereo file of two seconds.
fn stereo(path: &Path, right: impl Fn(f32) -> f32) {
    let left: Vec<f32> = (0..16_000).map(|k| 0.3 * (0.1 * k as f32 + 1e-5 * (k * k) as f32).sin()).collect();
    let right = left.iter().map(|&sample| right(sample)).collect();
    let [left, right] = [left, right].map(|samples| Recording::new(samples, 8000).unwrap());
    fs::write(path, write_wav_channels(&[&left, &right], 16).unwrap()).unwrap();
}

#[test]
fn channels_are_heard_as_the_model_was_trained() {
    let folder = tempfile::tempdir().unwrap();
    let data = scenes(folder.path(), "10", "2");
    let [wide, narrow] = ["wide.wav", "narrow.wav"].map(|name| folder.path().join(name));
    stereo(&wide, |left| 0.5 * left * left);
    stereo(&narrow, |left| left);
    for (channels, expected) in
        [("mean", None), ("mid-side", Some(["mean", "side"])), ("separate", Some(["channel", "channel"]))]
    {
        let out = folder.path().join(channels);
        let train = args![
            "train",
            "--task",
            "scene",
            "--data",
            &data,
            "--protocol",
            "all",
            "--filters",
            "6",
            "--out",
            &out,
            "--channels",
            channels
        ];
        spectnet(train.into_iter().chain(small())).done();
        let predict =
            args!["predict", "--json", "--device", "cpu", "--model", out.join("best.safetensors"), &wide, &narrow];
        let json = spectnet(predict).json();
        let [wide, narrow] = [0, 1].map(|file| json[file]["windows"].as_array().unwrap());
        let Some(downmixes) = expected else {
            assert_eq!((wide.len(), narrow.len()), (3, 3));
            assert!(wide.iter().all(|window| window.get("view").is_none()));
            continue;
        };
        assert_eq!(wide.len(), 6);
        for (window, downmix) in wide.iter().zip([downmixes[0]; 3].iter().chain(&[downmixes[1]; 3])) {
            let shown = window.get("view").map_or("\"mean\"".into(), Value::to_string);
            assert!(shown.contains(downmix), "{window}");
        }
        // Both downmixes cover the same seconds.
        assert_eq!(wide[0]["start_s"], wide[3]["start_s"]);
        assert_eq!(wide[2]["end_s"], wide[5]["end_s"]);
        // The side of two like channels is silence: it has no vote. Each of them by itself has.
        assert_eq!(narrow.len(), if channels == "mid-side" { 3 } else { 6 });
        assert_eq!(json[1]["judged_s"], 2.0);
    }
}

#[test]
fn a_wide_bank_at_full_rate_trains_in_a_gibibyte() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "10", "30"), folder.path().join("run"));
    let train = args!["train", "--task", "scene", "--data", &data, "--out", &out, "--device", "cpu", "--epochs", "1"];
    // Of ten recordings no fold can be held out that leaves every scene one to learn from.
    let train = train.into_iter().chain(args!["--protocol", "all"]);
    let wide =
        args!["--filters", "149", "--sample-rate", "44100", "--window", "10", "--batch", "8", "--select", "last"];
    let (run, peak) = measured(train.chain(wide));
    run.done();
    assert!(peak.is_none_or(|bytes| bytes < 1 << 30), "{peak:?} bytes");
}
