//! TUT Acoustic Scenes 2016 (DCASE 2016) as a user has it: small folders of its form with synthesised recordings, whole
//! and broken in the ways that downloads and editors break them.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use serde_json::Value;
use spectnet_tests::args;
use spectnet_tests::command::{Run, spectnet};
use spectnet_tests::dcase::Folder;

/// What `data verify --json` found; the command must have failed, as every small folder is a part.
fn verify(path: &Path) -> Value {
    let run = spectnet(args!["data", "verify", "--json", path]);
    assert_eq!(run.status, Some(1), "{run:?}");
    assert!(run.stderr.lines().last().is_some_and(|line| line.contains("not as promised")), "{run:?}");
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

fn deviations(found: &Value) -> Vec<&str> {
    found["deviations"].as_array().unwrap().iter().map(|deviation| deviation["what"].as_str().unwrap()).collect()
}

fn summary(path: &Path) -> Run {
    spectnet(args!["data", "summary", path])
}

#[test]
fn the_sets_are_verified_summarised_and_listed_by_scene_and_fold() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Folder::synthesised(&temporary.path().join("data"), 48, 1.0);
    let found = verify(&folder.path);
    assert_eq!((&found["recordings"], &found["failed"]), (&64.into(), &Value::Array(vec![])), "{found}");
    let [development, evaluation] = &found["sets"].as_array().unwrap()[..] else { panic!("{found}") };
    assert_eq!((&development["kind"], &development["locations"]), (&"development".into(), &16.into()));
    assert_eq!(development["folds"]["3"]["cafe/restaurant"], 3);
    assert_eq!((&evaluation["recordings"], &evaluation["locations"]), (&16.into(), &6.into()));
    // Two sets, each of them a part, and shorter than the published recordings; nothing else.
    let part = |whole| format!("a part of the distribution: {whole} recordings");
    let short = "recordings are not 30 s long";
    assert_eq!(deviations(&found), [&part("48 of 1170"), short, &part("16 of 390"), short]);
    assert_eq!(found["deviations"][0]["count"], 15);

    let text = spectnet(args!["data", "verify", &folder.path]);
    assert_eq!(text.status, Some(1));
    assert!(text.stdout.contains(&format!("\n{:<28}{:>8}{:>8}{:>8}", "  beach", 12, 3, 3)), "{text:?}");
    assert!(
        text.stdout.contains("(15): beach 12 of 78, bus 0 of 78, cafe/restaurant 12 of 78 and 12 more."),
        "{text:?}"
    );

    let summed = spectnet(args!["data", "summary", "--json", &folder.path]).json();
    assert_eq!((&summed["recordings"], &summed["folds_given"]), (&64.into(), &true.into()));
    assert_eq!(summed["subsets"]["evaluation"]["city_center"], 3);
    assert_eq!(summed["folds"]["4"]["park"], 3);
    let one = spectnet(args!["data", "summary", "--json", folder.development()]).json();
    assert_eq!((&one["recordings"], &one["groups"]), (&48.into(), &16.into()));
}

#[test]
fn segments_of_thirty_seconds_in_the_published_form_deviate_in_number_only() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Folder::synthesised(&temporary.path().join("data"), 4, 30.0);
    let found = verify(&folder.evaluation());
    assert_eq!(deviations(&found), ["a part of the distribution: 2 of 390 recordings"]);
    assert_eq!(found["seconds"], 60.0);
}

/// What a download or an editor does, and what must then be said of the development set.
type Breakage = (&'static str, fn(&Folder), &'static str);

/// What keeps the sound or the files from being those that were published.
const DAMAGE: [Breakage; 6] = [
    ("missing file", |f| fs::remove_file(f.development().join(f.first())).unwrap(), "recordings are not there"),
    (
        "unlisted file",
        |f| fs::write(f.development().join("audio/stray.wav"), "RIFF").unwrap(),
        "audio files are in no list",
    ),
    ("mono", |f| f.convert_first(1, 44_100, 24), "recordings have not 2 channels (binaural)"),
    ("48 kHz", |f| f.convert_first(2, 48_000, 24), "recordings are not at 44100 Hz"),
    ("16 bits", |f| f.convert_first(2, 44_100, 16), "recordings have not 24 bits"),
    ("no lists", |f| fs::remove_dir_all(f.development().join("evaluation_setup")).unwrap(), "there are no lists"),
];

#[test]
fn every_damage_is_a_deviation_with_the_file_that_has_it() {
    let temporary = tempfile::tempdir().unwrap();
    let whole = Folder::synthesised(&temporary.path().join("whole"), 12, 1.0);
    let before = verify(&whole.path);
    for (name, damage, expected) in DAMAGE {
        let folder = whole.copied(&temporary.path().join(name));
        damage(&folder);
        let found = verify(&folder.path);
        let new: Vec<&Value> = found["deviations"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|deviation| !deviations(&before).contains(&deviation["what"].as_str().unwrap()))
            .collect();
        assert_eq!(new.len(), 1, "{name}: {new:?}");
        assert_eq!((&new[0]["what"], &new[0]["count"]), (&expected.into(), &1.into()), "{name}");
        assert!(!new[0]["advice"].as_str().unwrap().is_empty());
        fs::remove_dir_all(folder.path).unwrap();
    }
}

#[test]
fn a_truncated_recording_is_named_and_keeps_nothing_else_from_being_checked() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Folder::synthesised(&temporary.path().join("data"), 12, 1.0);
    let file = folder.development().join(folder.first());
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let found = verify(&folder.path);
    let failed = found["failed"].as_array().unwrap();
    assert_eq!((failed.len(), &found["seconds"]), (1, &15.0.into()), "{found}");
    let error = failed[0]["error"].as_str().unwrap();
    assert!(error.contains(&folder.first()) && error.contains("cut short"), "{error}");
}

/// Lists that contradict each other: training refuses them, and so does `data verify`, each in these words.
const CONTRADICTIONS: [Breakage; 7] = [
    (
        "a file in two evaluate lists",
        |f| {
            let row = format!("{}\tbeach\n", f.first());
            f.edit("evaluation_setup/fold2_evaluate.txt", |text| text + row.as_str());
            f.edit("evaluation_setup/fold2_test.txt", |text| text + row.as_str());
        },
        "recordings are evaluated in two folds",
    ),
    (
        "a list that names a file meta.txt does not",
        |f| f.edit("evaluation_setup/fold1_train.txt", |text| text + "audio/z999_0_30.wav\tpark\n"),
        "evaluation_setup/fold1_train.txt names files that meta.txt does not",
    ),
    (
        "a cut off meta.txt",
        |f| f.edit("meta.txt", |text| text[..text.trim_end().rfind('\n').unwrap() + 1].to_string()),
        "names files that meta.txt does not",
    ),
    (
        "trained on and evaluated",
        |f| {
            let row = format!("{}\tbeach\n", f.first());
            f.edit("evaluation_setup/fold1_train.txt", |text| text + row.as_str());
        },
        "evaluation_setup/fold1_train.txt names files that the fold evaluates",
    ),
    (
        "test and evaluate disagree",
        |f| {
            f.edit("evaluation_setup/fold1_test.txt", |text| {
                text.lines().skip(1).map(|line| format!("{line}\n")).collect()
            })
        },
        "evaluation_setup/fold1_test.txt and evaluation_setup/fold1_evaluate.txt disagree",
    ),
    (
        "another scene",
        |f| f.edit("evaluation_setup/fold1_evaluate.txt", |text| text.replacen("\tbeach", "\tpark", 1)),
        "evaluation_setup/fold1_evaluate.txt and meta.txt disagree on the scene",
    ),
    (
        "a location split over folds",
        |f| {
            let file = f.first();
            for fold in ["fold1", "fold2"] {
                for list in ["train", "test", "evaluate"] {
                    let leaves = (fold == "fold1") == (list != "train");
                    let row = if list == "test" { format!("{file}\n") } else { format!("{file}\tbeach\n") };
                    f.edit(&format!("evaluation_setup/{fold}_{list}.txt"), |text| {
                        if leaves { text.replacen(&row, "", 1) } else { text + row.as_str() }
                    });
                }
            }
        },
        "locations are split over folds",
    ),
];

#[test]
fn every_contradiction_is_refused_in_one_sentence_with_the_offender() {
    let temporary = tempfile::tempdir().unwrap();
    let whole = Folder::synthesised(&temporary.path().join("whole"), 48, 1.0);
    for (name, contradict, expected) in CONTRADICTIONS {
        let folder = whole.copied(&temporary.path().join(name));
        contradict(&folder);
        let run = summary(&folder.development());
        assert!(run.refusal().contains(expected), "{name}: {run:?}");
        assert!(run.refusal().contains("b000") || run.refusal().contains("audio/"), "{name}: {run:?}");
        let found = verify(&folder.development());
        assert!(deviations(&found).iter().any(|what| what.contains(expected)), "{name}: {found}");
        fs::remove_dir_all(folder.path).unwrap();
    }
}

#[test]
fn what_editors_do_to_lists_is_tolerated() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Folder::synthesised(&temporary.path().join("data"), 12, 1.0);
    let before = (summary(&folder.path).done().stdout, verify(&folder.path));
    folder.edit("meta.txt", |text| format!("\u{feff}{}\r\n", text.replace('\n', " \t\r\n")));
    folder.edit("evaluation_setup/fold1_train.txt", |text| text.replace('\n', "\t\n\n"));
    folder.edit("evaluation_setup/fold1_evaluate.txt", |text| text.replace('\t', "  \t "));
    folder.edit("evaluation_setup/fold1_test.txt", |text| text.replace('\n', "\r\n").trim_end().to_string());
    assert_eq!((summary(&folder.path).done().stdout, verify(&folder.path)), before);
}

#[test]
fn a_model_is_trained_on_an_official_fold_and_measured_on_the_evaluation_set() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Folder::synthesised(&temporary.path().join("data"), 48, 3.0);
    let train = |data: &Path, out: &Path, more: &[&str]| {
        let train = args!["train", "--task", "scene", "--data", data, "--out", out, "--device", "cpu", "--epochs", "1"];
        let small = args!["--filters", "4", "--blocks", "2", "--batch", "8"];
        spectnet(train.into_iter().chain(small).chain(more.iter().map(OsString::from)))
    };
    let [fold, subset] = ["fold", "subset"].map(|name| temporary.path().join(name));
    train(&folder.development(), &fold, &["--fold", "2"]).done();
    let report: Value = serde_json::from_slice(&fs::read(fold.join("report.json")).unwrap()).unwrap();
    let text = report.to_string();
    assert!(text.contains("fold 2 of 4 held out"), "{text}");

    // With both sets, folds would let the evaluation set into training.
    let refused = train(&folder.path, &subset, &["--fold", "2"]);
    let sentence = refused.refusal();
    assert!(sentence.contains("16 of 64 recordings are in no fold (subset evaluation)"), "{sentence}");
    assert!(sentence.contains("--protocol leave-one-subset-out --hold-out evaluation"), "{sentence}");
    train(&folder.path, &subset, &["--protocol", "leave-one-subset-out", "--hold-out", "evaluation"]).done();

    let (model, plot) = (subset.join("best.safetensors"), temporary.path().join("confusion.svg"));
    let eval = args!["eval", "--device", "cpu", "--model", &model, "--data", folder.evaluation(), "--plot", &plot];
    let table = spectnet(&eval).done().stdout;
    assert!(table.contains("one class against the rest") && table.contains("\n  2 cafe/restaurant"), "{table}");
    let json = spectnet(eval.into_iter().chain(args!["--json"])).json();
    let answered = json["recording"]["n"].as_u64().unwrap();
    assert!(answered >= 8 && json["abstentions_as_errors"]["n"] == 16, "{json}");
    assert!(fs::read_to_string(plot).unwrap().contains(&format!("{answered} predictions")));
    let per_class = json["per_class"].as_object().unwrap();
    assert_eq!(per_class.len(), 4);
    let mean = |metric: &str| per_class.values().map(|class| class[metric].as_f64().unwrap()).sum::<f64>() / 4.0;
    for metric in ["sensitivity", "specificity", "f1", "macc"] {
        let pooled = json["recording"][metric].as_f64().unwrap();
        assert!((mean(metric) - pooled).abs() < 1e-9, "{metric}: {json}");
    }
}

#[test]
fn the_layout_is_for_scenes_and_does_not_overwrite() {
    let temporary = tempfile::tempdir().unwrap();
    let out = temporary.path().join("data");
    spectnet(args!["synth", "--task", "heart", "--layout", "dcase", "--out", &out]).bad_usage();
    Folder::synthesised(&out, 4, 1.0);
    let again = spectnet(args!["synth", "--task", "scene", "--layout", "dcase", "--out", &out]);
    assert!(again.refusal().contains("there is data already"), "{again:?}");
}
