//! Data sets as people have them: with copies, gaps and damage, in lists of every origin. Everything that is wrong is said at
//! once and before anything is computed. The recordings are synthesised.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spectnet_core::audio::{Recording, write_wav};
use spectnet_core::synth::{HeartOptions, Murmur, heart};
use spectnet_tests::args;
use spectnet_tests::command::{Run, spectnet};
use spectnet_tests::flac::flac;

/// Sixteen hearts in three folds.
fn hearts(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    let size = args!["--count", "16", "--seed", "1", "--seconds", "4"];
    spectnet(args!["synth", "--task", "heart", "--out", &data].into_iter().chain(size)).done();
    data
}

fn train(data: &Path, out: &Path, more: &[&str]) -> Run {
    let train = args!["train", "--task", "heart", "--data", data, "--out", out, "--device", "cpu", "--filters", "4"];
    let epochs = if more.contains(&"--epochs") { &[][..] } else { &["--epochs", "1"] };
    let more = ["--blocks", "2", "--batch", "8"].iter().chain(epochs).chain(more).map(OsString::from);
    spectnet(train.into_iter().chain(more))
}

fn read(path: PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The one line on standard error that begins with "error: ".
fn error(run: &Run) -> &str {
    assert_eq!(run.status, Some(1), "{run:?}");
    run.stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_else(|| panic!("{run:?}"))
}

/// What a model was trained on, what chose its epoch and what it is reported on, by the digests of the sounds.
fn sounds(list: &Value, part: &str) -> BTreeSet<String> {
    let of_part = list["recordings"].as_array().unwrap().iter().filter(|recording| recording["part"] == part);
    of_part.filter_map(|recording| recording["digest"].as_str().map(String::from)).collect()
}

fn named(list: &Value) -> BTreeSet<String> {
    let left_out = list["left_out"].as_array().unwrap().iter();
    left_out.map(|one| one["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
}

/// A held-out recording that could not be read was found when all training was over, and one at a time.
#[test]
fn all_faults_are_said_at_once_before_training_held_out_ones_too() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    // Two of fold 0, which is held out, and two of the others.
    let cut = fs::read(data.join("heart-00000.wav")).unwrap();
    fs::write(data.join("heart-00000.wav"), &cut[..cut.len() / 2]).unwrap();
    fs::write(data.join("heart-00001.wav"), "").unwrap();
    fs::remove_file(data.join("heart-00007.wav")).unwrap();
    let manifest = data.join("manifest.csv");
    let mut text = fs::read_to_string(&manifest).unwrap();
    text += "./heart-00008.wav,normal,heart-00008,1,stethoscope-b\n";
    fs::write(&manifest, text).unwrap();

    let run = train(&data, &out, &["--fold", "0"]);
    let refusal = run.refusal();
    for word in [
        "4 of 17 recordings cannot be used",
        "line 9: the recording ",
        "heart-00007.wav is not there",
        "is listed twice",
        "heart-00000.wav: ",
        "heart-00001.wav: ",
        "`spectnet data verify` lists all",
        "--skip-unreadable goes on without them",
    ] {
        assert!(refusal.contains(word), "{word}: {refusal}");
    }
    assert!(!out.join("history.csv").exists() && !out.join("run.json").exists());
    let table =
        args!["reproduce", "heart", "--data", &data, "--out", folder.path().join("table"), "--rows", "majority"];
    assert!(spectnet(&table).refusal().contains("4 of 17 recordings cannot be used"));
    let verified = spectnet(args!["data", "verify", "--json", &data]);
    assert_eq!(verified.status, Some(1), "{verified:?}");
    let found: Value = serde_json::from_str(&verified.stdout).unwrap();
    assert_eq!((&found["recordings"], found["failed"].as_array().unwrap().len()), (&17.into(), 4), "{found}");

    let run = train(&data, &out, &["--fold", "0", "--skip-unreadable"]).done();
    assert!(run.stderr.contains("left out, 4 of 17 recordings, for they cannot be used"), "{run:?}");
    let expected = ["heart-00000.wav", "heart-00001.wav", "heart-00007.wav", "heart-00008.wav"];
    for file in ["report.json", "run.json"] {
        assert_eq!(named(&read(out.join(file))), expected.map(String::from).into(), "{file}");
    }
    // Four of six are left to report on, and the run goes on with the same.
    assert_eq!(sounds(&read(out.join("run.json")), "held_out").len(), 4);
    train(&data, &out, &["--fold", "0", "--skip-unreadable", "--epochs", "2", "--resume"]).done();
    let done = spectnet(table.into_iter().chain(args!["--skip-unreadable", "--seeds", "1"])).done();
    assert!(done.stdout.contains("left out (4): ") && done.stdout.contains("heart-00007.wav is not there"), "{done:?}");
}

/// A compressed file that ends too early is known when all of it has been decoded.
#[test]
fn damage_at_the_end_of_recordings_is_found_before_training_too() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    let samples: Vec<i16> = (0..8000).map(|k| (3000.0 * (0.3 * f64::from(k)).sin()) as i16).collect();
    let manifest = data.join("manifest.csv");
    let text = fs::read_to_string(&manifest).unwrap();
    let mut changed = text.clone();
    for name in ["heart-00002", "heart-00010"] {
        fs::write(data.join(format!("{name}.flac")), flac(2000, &samples, 16_000)).unwrap();
        changed = changed.replacen(&format!("{name}.wav"), &format!("{name}.flac"), 1);
    }
    fs::write(&manifest, changed).unwrap();
    let run = train(&data, &out, &["--fold", "0"]);
    let refusal = error(&run);
    assert!(refusal.contains("2 of 16 recordings cannot be used"), "{refusal}");
    assert!(refusal.contains("heart-00002.flac: ") && refusal.contains("heart-00010.flac: "), "{refusal}");
    assert!(!out.join("history.csv").exists());
    train(&data, &out, &["--fold", "0", "--skip-unreadable"]).done();
    let left_out = named(&read(out.join("report.json")));
    assert_eq!(left_out, ["heart-00002.flac", "heart-00010.flac"].map(String::from).into());
}

#[test]
fn a_class_without_a_recording_to_train_on_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (hearts(folder.path()), folder.path().join("run"));
    let manifest = data.join("manifest.csv");
    let text = fs::read_to_string(&manifest).unwrap();
    let normal: String =
        text.lines().filter(|line| !line.contains("abnormal")).map(|line| format!("{line}\n")).collect();
    fs::write(&manifest, normal).unwrap();
    let run = train(&data, &out, &[]);
    assert!(run.refusal().contains("no recording of class abnormal to train on: the data has none"), "{run:?}");
    // All of them are held out.
    let held_out = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        if cells[1] == "abnormal" {
            format!("{},{},{},9,{}\n", cells[0], cells[1], cells[2], cells[4])
        } else {
            format!("{line}\n")
        }
    };
    fs::write(&manifest, text.lines().map(held_out).collect::<String>()).unwrap();
    let run = train(&data, &out, &["--fold", "9"]);
    assert!(run.refusal().contains("no recording of class abnormal to train on: all 8"), "{run:?}");
    let table =
        args!["reproduce", "heart", "--data", &data, "--out", folder.path().join("table"), "--rows", "majority"];
    assert!(spectnet(table).refusal().contains("no recording of class abnormal to train on"));
}

/// With the copies of 301 recordings in the folder `validation`, a model was measured on what it had been trained on.
#[test]
fn no_sound_is_on_two_sides_whatever_it_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let (hearts, out) = (hearts(folder.path()), folder.path().join("run"));
    let physionet = folder.path().join("physionet");
    let mut references = [String::new(), String::new()];
    for part in ["training-a", "validation"] {
        fs::create_dir_all(physionet.join(part)).unwrap();
    }
    for i in 0..16 {
        let (from, name) = (hearts.join(format!("heart-{i:05}.wav")), format!("a{i:04}.WAV"));
        fs::copy(&from, physionet.join("training-a").join(&name)).unwrap();
        writeln!(references[0], "a{i:04},{}\r", if i % 2 == 0 { -1 } else { 1 }).unwrap();
        if i < 4 {
            fs::copy(&from, physionet.join("validation").join(&name)).unwrap();
            writeln!(references[1], "a{i:04},{}", if i % 2 == 0 { -1 } else { 1 }).unwrap();
        }
    }
    fs::write(physionet.join("training-a/REFERENCE.csv"), &references[0]).unwrap();
    fs::write(physionet.join("validation/REFERENCE.csv"), &references[1]).unwrap();
    let summary = spectnet(args!["data", "summary", "--task", "heart", "--json", &physionet]).done();
    assert!(summary.stderr.contains("4 of 4 recordings are copies of others and are left out"), "{summary:?}");
    assert_eq!(summary.json()["recordings"], 16);
    train(&physionet, &out, &["--fold", "0"]).done();
    let list = read(out.join("run.json"));
    let [trained, chose, held_out] = ["trained", "chose", "held_out"].map(|part| sounds(&list, part));
    assert_eq!(trained.len() + chose.len() + held_out.len(), 16);
    assert!(held_out.is_disjoint(&trained) && held_out.is_disjoint(&chose) && trained.is_disjoint(&chose), "{list}");

    // The folder is the published list.
    let paper = folder.path().join("paper");
    train(&physionet, &paper, &["--protocol", "paper", "--segments", "windows"]).done();
    assert_eq!(sounds(&read(paper.join("run.json")), "held_out").len(), 4);

    // In any list: a copy in another fold under another name.
    fs::copy(hearts.join("heart-00000.wav"), hearts.join("another.wav")).unwrap();
    let manifest = hearts.join("manifest.csv");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, format!("{text}another.wav,normal,another,1,stethoscope-a\n")).unwrap();
    let copied = folder.path().join("copied");
    let run = train(&hearts, &copied, &["--fold", "0"]).done();
    assert!(run.stderr.contains("left out, for a recording counts once (1): "), "{run:?}");
    assert_eq!(named(&read(copied.join("report.json"))), ["another.wav".to_owned()].into());
    fs::write(&manifest, format!("{text}another.wav,abnormal,another,1,stethoscope-a\n")).unwrap();
    let run = train(&hearts, &folder.path().join("other"), &["--fold", "0"]);
    assert!(error(&run).contains("another.wav: the same sound as "), "{run:?}");
    assert!(error(&run).contains("which has another label"), "{run:?}");
}

#[test]
fn what_cannot_work_is_bad_usage_before_a_file_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    for (more, word) in [
        (&["--dropout", "1"][..], "dropout is 1"),
        (&["--filters", "12"], "12 filters do not fit"),
        (&["--classifier", "pooled", "--filters", "4"], "too small for 3 blocks"),
    ] {
        let train = args!["train", "--task", "heart", "--data", "nowhere", "--out", &out];
        let run = spectnet(train.into_iter().chain(more.iter().map(OsString::from)));
        run.bad_usage();
        assert!(run.stderr.contains(word) && !out.exists(), "{word}: {run:?}");
    }
    let run = spectnet(args!["reproduce", "heart", "--data", "nowhere", "--rows", "static-5", "--out", &out]);
    run.bad_usage();
    assert!(run.stderr.contains("row static-5: 5 filters do not fit"), "{run:?}");
}

#[test]
fn names_that_are_not_in_the_data_are_warned_about() {
    let folder = tempfile::tempdir().unwrap();
    let (data, list) = (hearts(folder.path()), folder.path().join("list.txt"));
    let unknown: String = (0..12).map(|i| format!("a{i:04}\r\n")).collect();
    fs::write(&list, format!("\u{feff}HEART-00000.WAV\r\nheart-00001\r\n{unknown}")).unwrap();
    let list = list.to_string_lossy().into_owned();
    let paper = ["--protocol", "paper", "--validation-list", &list, "--segments", "windows"];
    let run = train(&data, &folder.path().join("run"), &paper).done();
    let warning = "warning: 12 of the 14 names on the validation list are not in the data: a0000, ";
    assert!(run.stderr.contains(warning) && run.stderr.contains("a0009 and 2 more"), "{run:?}");
    assert!(run.stdout.contains("2 recordings of the validation list held out"), "{run:?}");
}

/// Ten persons as CirCor distributes them, recorded at two places, every second one with a murmur at one of them.
fn circor(folder: &Path) -> PathBuf {
    let data = folder.join("circor");
    let inner = data.join("training_data");
    fs::create_dir_all(&inner).unwrap();
    let mut table =
        String::from("Patient ID,Recording locations:,Murmur,Murmur locations,Outcome,Campaign,Additional ID\n");
    for person in 0..10u64 {
        let abnormal = person % 2 == 1;
        for (number, place) in ["AV", "MV"].into_iter().enumerate() {
            let murmur = (abnormal && number == 0).then_some(Murmur::Systolic);
            let seed = 2 * person + number as u64;
            let sound = heart(&HeartOptions { seed, seconds: 12.0, sample_rate: 4000, murmur }).unwrap();
            let name = format!("{}_{place}", 1000 + person);
            fs::write(inner.join(format!("{name}.wav")), write_wav(&sound.recording).unwrap()).unwrap();
            let mut states = format!("0.0\t{:.3}\t0\n", sound.beats[0].s1_s);
            for (beat, next) in sound.beats.iter().zip(sound.beats.iter().skip(1)) {
                let places = [beat.s1_s, beat.s1_s + 0.13, beat.s2_s, beat.s2_s + 0.1, next.s1_s];
                for (state, ends) in places.windows(2).enumerate() {
                    writeln!(states, "{:.3}\t{:.3}\t{}", ends[0], ends[1], state + 1).unwrap();
                }
            }
            fs::write(inner.join(format!("{name}.tsv")), states).unwrap();
        }
        let murmur = if abnormal { "Present,AV,Abnormal" } else { "Absent,nan,Normal" };
        // The first two are one person.
        let other = match person {
            0 => "1001.0",
            1 => "1000.0",
            _ => "nan",
        };
        writeln!(table, "{},AV+MV,{murmur},CC2014,{other}", 1000 + person).unwrap();
    }
    fs::write(data.join("training_data.csv"), table).unwrap();
    data
}

#[test]
fn circor_is_summarised_trained_on_and_segmented() {
    let folder = tempfile::tempdir().unwrap();
    let data = circor(folder.path());
    let summary = |more: &[&str]| {
        let summary = args!["data", "summary", "--task", "heart", "--json", &data];
        spectnet(summary.into_iter().chain(more.iter().map(OsString::from))).done()
    };
    let murmur = summary(&[]);
    assert!(murmur.stderr.contains("5 of persons with a murmur at another place"), "{murmur:?}");
    let murmur = murmur.json();
    assert_eq!((&murmur["recordings"], &murmur["groups"]), (&15.into(), &9.into()));
    assert_eq!(murmur["subsets"]["circor"], serde_json::json!({ "normal": 10, "abnormal": 5 }));
    let outcome = summary(&["--circor-labels", "outcome"]).json();
    assert_eq!(outcome["subsets"]["circor"], serde_json::json!({ "normal": 10, "abnormal": 10 }));
    let out = folder.path().join("run");
    train(&data, &out, &["--circor-labels", "outcome"]).done();
    assert_eq!(read(out.join("run.json"))["recordings"].as_array().unwrap().len(), 20);

    for states in [data.join("training_data"), data.clone()] {
        let evaluate = args!["segment", "--evaluate", &data, "--states", &states, "--json"];
        let json = spectnet(evaluate).json();
        assert_eq!(json["pooled"]["recordings"], 20, "{json}");
        assert!(json["pooled"]["both"]["f1"].as_f64().unwrap() > 0.5, "{json}");
    }
}

/// From 2018 on a set has a header in its lists and one split; nothing of 2016 is promised of it.
#[test]
fn later_scenes_are_whole_when_their_lists_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let audio = folder.path().join("audio");
    fs::create_dir(&audio).unwrap();
    let mut meta = String::from("filename\tscene_label\tidentifier\tsource_label\r\n");
    for (number, scene) in ["airport", "bus", "airport", "bus"].into_iter().enumerate() {
        let name = format!("{scene}-lyon-{number}-1-a.wav");
        let tone = (0..8000).map(|k| (0.1 * (number + 1) as f32 * k as f32).sin() * 0.1).collect();
        fs::write(audio.join(&name), write_wav(&Recording::new(tone, 8000).unwrap()).unwrap()).unwrap();
        write!(meta, "audio/{name}\t{scene}\tlyon-{number}\ta\r\n").unwrap();
    }
    let run = spectnet(args!["data", "verify", folder.path()]);
    assert!(run.refusal().contains("not whole: meta.txt"), "{run:?}");
    fs::write(folder.path().join("meta.csv"), meta).unwrap();
    let run = spectnet(args!["data", "verify", folder.path()]).done();
    assert!(run.stdout.contains("the lists agree with each other and with the files"), "{run:?}");
    let json = spectnet(args!["data", "summary", "--json", folder.path()]).json();
    assert_eq!((&json["recordings"], &json["groups"]), (&4.into(), &4.into()));
    fs::remove_file(audio.join("bus-lyon-1-1-a.wav")).unwrap();
    let run = spectnet(args!["data", "verify", "--json", folder.path()]);
    assert!(run.stdout.contains("recordings are not there") && run.status == Some(1), "{run:?}");
}
