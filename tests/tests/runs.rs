//! Runs that cannot lie: what was begun goes on with the same settings and recordings and nothing else, and a model file knows
//! the recordings of its making.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use spectnet_core::package::{self, Provenance};
use spectnet_tests::args;
use spectnet_tests::command::{Run, command, small, spectnet, untrained_model};
use spectnet_tests::recordings::scenes;

/// Synthesised heart sounds.
fn hearts(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", "24", "--seed", "1", "--seconds", "4"])
        .done();
    data
}

fn train(data: &Path, out: &Path, more: &[&str]) -> Run {
    let train = args!["train", "--task", "heart", "--data", data, "--out", out, "--device", "cpu", "--filters", "4"];
    let batch = if more.contains(&"--batch") { &[][..] } else { &["--batch", "8"] };
    let more = ["--blocks", "2"].iter().chain(batch).chain(more).map(OsString::from);
    spectnet(train.into_iter().chain(more))
}

/// Changes the text of a data set's manifest.
fn edit(data: &Path, change: impl Fn(&str) -> String) {
    let manifest = data.join("manifest.csv");
    let text = fs::read_to_string(&manifest).unwrap();
    let changed = change(&text);
    assert_ne!(text, changed);
    fs::write(manifest, changed).unwrap();
}

/// Every label is the other one.
fn swapped(text: &str) -> String {
    text.replace(",abnormal", ",other").replace(",normal", ",abnormal").replace(",other", ",normal")
}

fn read(path: PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A run on fold 0 that went on with fold 1 reported on recordings it had been trained on.
#[test]
fn a_run_goes_on_with_what_it_was_made_of_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    train(&data, &out, &["--epochs", "1", "--fold", "0"]).done();
    let list = read(out.join("run.json"));
    let recordings = list["recordings"].as_array().unwrap();
    assert_eq!(recordings.len(), 24);
    let parts = |part: &str| recordings.iter().filter(|recording| recording["part"] == part).count();
    assert_eq!((parts("held_out"), parts("trained") + parts("chose")), (6, 18));
    assert!(recordings.iter().all(|recording| recording["digest"].as_str().unwrap().len() == 16), "{list}");

    let on = |more: &[&str]| train(&data, &out, &[&["--epochs", "2", "--resume"][..], more].concat());
    let cases: [(&[&str], &str); 8] = [
        (&["--fold", "1"], "what is held out was fold 0 of 4 and is fold 1 of 4 now"),
        (
            &["--protocol", "leave-one-subset-out", "--hold-out", "stethoscope-a"],
            "what is held out was fold 0 of 4 and is subset",
        ),
        (&["--seed", "1"], "--seed was 0 and is 1 now"),
        (&["--learning-rate", "0.002"], "--learning-rate was 0.001 and is 0.002 now"),
        (&["--augment", "gain,noise"], "--augment was [\"gain\"] and is [\"gain\",\"noise\"] now"),
        (&["--batch", "4"], "--batch was 8 and is 4 now"),
        (&["--select", "last"], "--select was best and is last now"),
        (&["--dropout", "0.2"], "the model's classifier.dropout was 0.5 and is 0.2 now"),
    ];
    for (more, expected) in cases {
        let run = on(more);
        assert!(run.refusal().contains("run.json: this run was made of something else"), "{run:?}");
        assert!(run.refusal().contains(expected), "{expected}: {run:?}");
    }
    let same = fs::read_to_string(data.join("manifest.csv")).unwrap();
    edit(&data, swapped);
    let run = on(&[]);
    assert!(run.refusal().contains("the label of heart-000"), "{run:?}");
    fs::write(data.join("manifest.csv"), same).unwrap();
    // Another sound under the same name.
    let sound = data.join("heart-00005.wav");
    let before = fs::read(&sound).unwrap();
    fs::copy(data.join("heart-00006.wav"), &sound).unwrap();
    let run = on(&[]);
    assert_eq!(run.status, Some(1), "{run:?}");
    assert!(run.stderr.contains("the sound of heart-00005.wav is another"), "{run:?}");
    fs::write(&sound, before).unwrap();

    assert!(on(&["--fold", "0"]).done().stderr.contains("after epoch 1"));
    assert_eq!(read(out.join("run.json")), list);
    // Of a run of an earlier version nobody knows what it was made of.
    fs::remove_file(out.join("run.json")).unwrap();
    let run = train(&data, &out, &["--epochs", "3", "--resume"]);
    assert!(run.refusal().contains("nobody knows what the run in this folder was trained on"), "{run:?}");
}

/// The epoch is chosen by the mean over subsets, and it was the pooled figure that was shown.
#[test]
fn the_history_shows_the_figure_that_chooses_the_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    let run = train(&data, &out, &["--epochs", "2"]).done();
    let history = fs::read_to_string(out.join("history.csv")).unwrap();
    let mut rows = history.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = rows.next().unwrap();
    assert_eq!(head[..6].join(","), "epoch,seconds,training_loss,validation_loss,validation_macc,largest_shift_hz");
    assert_eq!(head[6..], ["validation_score"]);
    let scores: Vec<f64> = rows.map(|row| row[6].parse().unwrap()).collect();
    let report = read(out.join("report.json"));
    let best = report["provenance"]["epochs"].as_u64().unwrap() as usize;
    let chose = &report["provenance"]["metrics"]["validation"]["mean_over_subsets"]["macc"];
    assert_eq!(json!(scores[best - 1]), *chose);
    assert!(scores.iter().all(|score| *score <= scores[best - 1]), "{history}");
    let line = run.stderr.lines().rfind(|line| line.ends_with("(best)")).unwrap();
    assert!(line.contains(&format!("mean of subsets {:.1} %", 100.0 * scores[best - 1])), "{line}");
}

#[test]
fn a_model_knows_the_recordings_of_its_making_whatever_they_are_called() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    train(&data, &out, &["--epochs", "1", "--fold", "0"]).done();
    let model = out.join("best.safetensors");
    let list = read(out.join("run.json"));
    let of_part = |part: &str| -> Vec<PathBuf> {
        let recordings = list["recordings"].as_array().unwrap().iter().filter(|recording| recording["part"] == part);
        recordings.map(|recording| data.join(recording["path"].as_str().unwrap())).collect()
    };
    let [trained, chose, held_out] = ["trained", "chose", "held_out"].map(of_part);

    let eval = |fold: &[&str]| {
        let eval = args!["eval", "--model", &model, "--data", &data, "--json", "--device", "cpu"];
        spectnet(eval.into_iter().chain(fold.iter().map(OsString::from))).done()
    };
    let all = eval(&[]);
    assert_eq!(
        serde_json::from_str::<Value>(&all.stdout).unwrap()["already_seen"],
        json!({ "trained": trained.len(), "chose": chose.len() })
    );
    assert!(all.stderr.contains("warning: of these 24 recordings the model was trained on"), "{all:?}");
    let fresh = eval(&["--fold", "0"]);
    assert!(!fresh.stderr.contains("warning"), "{fresh:?}");
    assert_eq!(
        serde_json::from_str::<Value>(&fresh.stdout).unwrap()["already_seen"],
        json!({ "trained": 0, "chose": 0 })
    );

    // By its sound, not its name.
    let renamed = folder.path().join("mine.wav");
    fs::copy(&trained[0], &renamed).unwrap();
    let predict = args!["predict", "--model", &model, "--json", "--device", "cpu", &renamed, &chose[0], &held_out[0]];
    let run = spectnet(predict.iter().chain(&args!["--whole"]));
    let seen: Vec<Value> = run.json().as_array().unwrap().iter().map(|one| one["already_seen"].clone()).collect();
    assert_eq!(seen, ["trained", "chose", "held_out"]);
    let run = spectnet(&predict).done();
    assert!(run.stderr.contains("of these 3 recordings the model was trained on 1 and had its epoch"), "{run:?}");
    let stranger = folder.path().join("stranger");
    spectnet(args!["synth", "--task", "heart", "--out", &stranger, "--count", "2", "--seed", "9"]).done();
    let predict = args!["predict", "--model", &model, "--json", "--device", "cpu", stranger.join("heart-00000.wav")];
    assert_eq!(spectnet(predict).json()[0]["already_seen"], Value::Null);

    // Whoever calibrates on recordings has them choose, too.
    let calibrated = folder.path().join("calibrated.safetensors");
    let calibrate = args!["calibrate", "--model", &model, "--data", &data, "--out", &calibrated];
    let run = spectnet(calibrate.into_iter().chain(args!["--fold", "0"])).done();
    assert!(!run.stderr.contains("warning"), "{run:?}");
    let predict = args!["predict", "--model", &calibrated, "--json", "--device", "cpu", &held_out[0], &trained[0]];
    let json = spectnet(predict).json();
    assert_eq!((&json[0]["already_seen"], &json[1]["already_seen"]), (&json!("chose"), &json!("trained")));
}

/// After all labels had been shuffled the same command gave the same figures.
#[test]
fn a_table_refuses_results_of_other_data() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (scenes(folder.path(), "20", "2"), folder.path().join("table"));
    let table = || {
        let table =
            args!["reproduce", "scene", "--data", &data, "--out", &out, "--rows", "mfcc,static-6", "--seeds", "1"];
        spectnet(table.into_iter().chain(small()))
    };
    table().done();
    table().done();
    let same = fs::read_to_string(data.join("manifest.csv")).unwrap();
    let other = |text: &str| {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.pop();
        lines.join("\n") + "\n"
    };
    edit(&data, other);
    let run = table();
    assert!(run.refusal().contains("data.json: the runs in this folder were made on other data"), "{run:?}");
    assert!(run.refusal().contains("scene-00019.wav is missing now"), "{run:?}");
    fs::write(data.join("manifest.csv"), &same).unwrap();

    // Two recordings change their labels.
    let mut rows: Vec<Vec<&str>> = same.lines().map(|line| line.split(',').collect()).collect();
    let label = rows[0].iter().position(|name| *name == "label").unwrap();
    let first = rows[1][label];
    let other = rows.iter().skip(1).position(|row| row[label] != first).unwrap() + 1;
    (rows[1][label], rows[other][label]) = (rows[other][label], first);
    let shuffled: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
    fs::write(data.join("manifest.csv"), shuffled.join("\n") + "\n").unwrap();
    let run = table();
    assert!(run.refusal().contains("the label of scene-00000.wav was"), "{run:?}");
    // The runs know it by themselves.
    fs::remove_file(out.join("data.json")).unwrap();
    let run = table();
    assert!(run.refusal().contains("made on other recordings than these"), "{run:?}");
    fs::remove_file(out.join("data.json")).unwrap();
    fs::write(data.join("manifest.csv"), &same).unwrap();
    table().done();
}

/// Where the data gave no groups it was said that none was split.
#[test]
fn subjects_that_nobody_names_may_be_on_both_sides() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    // PhysioNet's own layout names no subjects.
    let physionet = folder.path().join("training-a");
    fs::create_dir(&physionet).unwrap();
    let label = |i: usize| if i.is_multiple_of(2) { -1 } else { 1 };
    let reference: String = (0..24).map(|i| format!("heart-{i:05},{}\n", label(i))).collect();
    fs::write(physionet.join("REFERENCE.csv"), reference).unwrap();
    for i in 0..24 {
        fs::copy(data.join(format!("heart-{i:05}.wav")), physionet.join(format!("heart-{i:05}.wav"))).unwrap();
    }
    let run = train(&physionet, &out, &["--epochs", "1"]).done();
    let expected = "the data names no groups, so subjects may be on both sides";
    assert!(run.stdout.contains(expected) && !run.stdout.contains("no group split"), "{run:?}");
    let protocol = read(out.join("report.json"))["provenance"]["protocol"].as_str().unwrap().to_owned();
    assert!(protocol.contains(expected) && !protocol.contains("by groups"), "{protocol}");
    let inspected = spectnet(args!["inspect", out.join("best.safetensors"), "--json"]).json();
    assert_eq!(inspected["provenance"]["protocol"], protocol);
    let table = args!["reproduce", "heart", "--data", &physionet, "--out", folder.path().join("table")];
    let done = spectnet(table.into_iter().chain(args!["--rows", "majority", "--seeds", "1"])).done();
    assert!(done.stdout.contains(expected) && done.stdout.contains("each of which is its own group"), "{done:?}");
}

/// Tables of a run as cells.
fn table(path: PathBuf) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split(',').map(String::from).collect()).collect()
}

/// In a clone the revision is a commit of it; or it is what was said when the program was built.
fn check_revision(revision: &Value) {
    if let Ok(said) = std::env::var("SPECTNET_REVISION") {
        assert_eq!(*revision, json!(said));
        return;
    }
    let is_known = |commit: &str| {
        let git = Command::new("git").args(["cat-file", "-e", commit]).current_dir(env!("CARGO_MANIFEST_DIR")).output();
        git.is_ok_and(|output| output.status.success())
    };
    match revision.as_str().map(|revision| revision.strip_suffix("-dirty").unwrap_or(revision)) {
        Some(commit) => {
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{revision}");
            assert!(!is_known("HEAD") || is_known(commit), "{revision} is no commit of this clone");
        }
        None => assert!(!is_known("HEAD"), "in a clone the program knows its commit"),
    }
}

#[test]
fn the_folder_of_a_run_says_what_it_is_and_does_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    train(&data, &out, &["--epochs", "2", "--fold", "1"]).done();

    let environment = read(out.join("environment.json"));
    assert_eq!(environment["version"], env!("CARGO_PKG_VERSION"));
    assert!(environment["device"].as_str().unwrap().starts_with("CPU") && environment["threads"].as_u64() > Some(0));
    assert!(environment["command"].as_array().unwrap().contains(&json!("--fold")), "{environment}");
    assert!(environment["date"].as_str().unwrap().ends_with('Z') && environment["host"].is_string());
    check_revision(&environment["revision"]);

    let list = read(out.join("data.json"));
    let roles = |role: &str| list["recordings"].as_array().unwrap().iter().filter(|one| one["role"] == role).count();
    assert_eq!((roles("held_out"), roles("trained") + roles("chose")), (6, 18), "{list}");
    assert_eq!(list["fingerprint"].as_str().unwrap().len(), 16);

    let log = fs::read_to_string(out.join("log.jsonl")).unwrap();
    let log: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |event: &str| log.iter().filter(|line| line["event"] == event).collect::<Vec<_>>();
    assert_eq!(of("epoch").iter().map(|line| line["epoch"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2]);
    for line in of("steps") {
        let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{line}"));
        assert!(number(&line["loss"]) > 0.0 && number(&line["windows_per_s"]) > 0.0);
        assert!(
            number(&line["gradient_norm"]["front_end"]) > 0.0 && number(&line["gradient_norm"]["classifier"]) > 0.0
        );
        let rates = ["learning_rate", "front_end_learning_rate"].map(|rate| number(&line[rate]));
        assert!((rates[1] / rates[0] - 10.0).abs() < 1e-9 && (0.0..=1.0).contains(&number(&line["waiting"])));
    }
    assert!(of("steps").len() >= 2);

    let metrics = table(out.join("metrics.csv"));
    let column = |name: &str| metrics[0].iter().position(|head| head == name).unwrap();
    let subsets: Vec<_> = metrics.iter().filter(|row| row[0] == "2" && row[1] == "subset").collect();
    assert!(!subsets.is_empty() && subsets.iter().all(|row| !row[column("subset")].is_empty()));
    let scores = metrics.iter().filter(|row| row[1] == "validation").map(|row| row[column("score")].clone());
    let chose: Vec<String> = table(out.join("history.csv"))[1..].iter().map(|row| row[6].clone()).collect();
    let numbers = |texts: Vec<String>| texts.iter().map(|text| text.parse::<f64>().unwrap()).collect::<Vec<_>>();
    assert_eq!(numbers(scores.collect()), numbers(chose));

    let filters = table(out.join("filters.csv"));
    assert_eq!(filters.len(), 1 + 3 * 4);
    let inspected = spectnet(args!["inspect", out.join("last.safetensors"), "--json"]).json();
    let learned: f64 = filters[12][2].parse().unwrap();
    assert_eq!(inspected["filters"][3]["learned"]["centre_hz"].as_f64(), Some(learned), "{inspected}");

    let predictions = table(out.join("predictions.csv"));
    let of_part = |part: &str| predictions.iter().filter(|row| row[1] == part).count();
    assert_eq!((of_part("held_out"), of_part("chose")), (6, roles("chose")), "{predictions:?}");
    let held_out: Vec<_> = predictions.iter().filter(|row| row[1] == "held_out").collect();
    assert!(held_out.iter().all(|row| row[2] == "1" && row[8].parse::<f64>().is_ok_and(|p| (0.0..=1.0).contains(&p))));
    let right = held_out.iter().filter(|row| row[5] == row[6]).count() as f64;
    let confusion = read(out.join("report.json"))["provenance"]["metrics"]["held_out"]["confusion"].clone();
    let diagonal = confusion[0][0].as_f64().unwrap() + confusion[1][1].as_f64().unwrap();
    assert_eq!(right, diagonal);

    // The same settings in another folder, from the file alone.
    let again = folder.path().join("again");
    spectnet(args!["train", "--config", out.join("config.toml"), "--out", &again]).done();
    for file in ["best.safetensors", "last.safetensors", "config.toml", "predictions.csv", "filters.csv"] {
        assert!(fs::read(out.join(file)).unwrap() == fs::read(again.join(file)).unwrap(), "{file} differs");
    }
    let printed = spectnet(args!["train", "--config", out.join("config.toml"), "--print-config"]).done().stdout;
    assert_eq!(printed, fs::read_to_string(out.join("config.toml")).unwrap());
}

/// The fold and the bandwidths were missing where nobody had said them, and the data began in the working folder.
#[test]
fn the_settings_of_a_run_do_it_again_in_another_folder() {
    let folder = tempfile::tempdir().unwrap();
    hearts(folder.path());
    let root = fs::canonicalize(folder.path()).unwrap();
    let elsewhere = root.join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let run = |place: &Path, words: &[&str]| {
        Run::from(command().arg("train").args(words).current_dir(place).output().expect("spectnet starts")).done()
    };
    let small = ["--device", "cpu", "--filters", "4", "--blocks", "2", "--batch", "8", "--epochs", "1"];
    run(&root, &[&["--task", "heart", "--data", "data", "--out", "run"], &small[..]].concat());
    let settings = fs::read_to_string(root.join("run/config.toml")).unwrap();
    let data = format!("data = \"{}\"", root.join("data").display());
    for line in ["fold = 0", "bandwidth = \"near 100\"", &data] {
        assert!(settings.lines().any(|said| said == line), "{line}: {settings}");
    }
    run(&elsewhere, &["--config", "../run/config.toml", "--out", "again"]);
    for file in ["best.safetensors", "last.safetensors", "config.toml", "data.json", "predictions.csv"] {
        let [one, other] = [root.join("run"), elsewhere.join("again")].map(|run| fs::read(run.join(file)).unwrap());
        assert!(one == other, "{file} differs");
    }
}

#[test]
fn a_run_that_diverges_keeps_what_it_has_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    let run = train(&data, &out, &["--epochs", "9", "--protocol", "all", "--batch", "2", "--learning-rate", "1e30"]);
    assert_eq!(run.status, Some(1), "{run:?}");
    let error = run.stderr.lines().find(|line| line.starts_with("error: ")).unwrap();
    for word in ["10 steps in a row were skipped", "was not a number", ".wav", "--learning-rate", "models saved so far"]
    {
        assert!(error.contains(word), "{word}: {error}");
    }
    assert!(run.stderr.contains("warning: a step was skipped"), "{run:?}");
    let checkpoints = fs::read_dir(out.join("checkpoints")).unwrap().count();
    assert!((1..=2).contains(&checkpoints), "{checkpoints}");
    // A shorter gradient changes what comes out, and one that is as long as it likes does not.
    let trained = |out: &str, more: &[&str]| {
        let out = folder.path().join(out);
        train(&data, &out, &[&["--epochs", "1"], more].concat()).done();
        fs::read(out.join("last.safetensors")).unwrap()
    };
    let usual = trained("usual", &[]);
    assert!(trained("same", &[]) == usual);
    assert!(trained("cut", &["--clip-norm", "1e-6"]) != usual);
}

/// Where no recordings choose the epoch nobody noticed it.
#[test]
fn a_head_that_says_the_same_to_everything_is_named_where_nothing_is_validated_too() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    let package = package::read(&fs::read(untrained_model(folder.path())).unwrap()).unwrap();
    let mut weights = package.weights;
    let bias = weights.insert("classifier.output.bias".into(), vec![100.0, -100.0]);
    assert!(bias.is_some(), "{:?}", weights.keys());
    let from = folder.path().join("stubborn.safetensors");
    fs::write(&from, package::write(&package.config, &weights, &Provenance::default()).unwrap()).unwrap();
    let train = args!["train", "--from", &from, "--data", &data, "--out", &out, "--device", "cpu", "--batch", "8"];
    let last = args!["--protocol", "all", "--epochs", "3", "--learning-rate", "1e-12"];
    let run = spectnet(train.into_iter().chain(last)).done();
    let expected = "warning: for 3 epochs the network has called every window that it learned from normal; a lower";
    assert!(run.stderr.contains(expected), "{run:?}");
}
