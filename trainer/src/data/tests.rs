//! Every layout, well formed and not.

mod hearts;
mod later_scenes;
mod lists;
mod strangers;

use std::fs;
use std::path::{Path, PathBuf};

use spectnet_core::audio::{Recording, write_wav};
use spectnet_core::model::Task;

use super::{CircorLabels, Dataset, Example, Opening};

/// A folder with these files; their content matters only where they are tables.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn open(folder: &tempfile::TempDir, task: Task) -> Dataset {
    Dataset::open(folder.path(), task, Opening::default()).unwrap()
}

/// A folder with these recordings beside other files: tones, of which each number is another.
fn recorded(files: &[(&str, &str)], recordings: &[(&str, u32)]) -> tempfile::TempDir {
    let folder = folder(files);
    for (name, number) in recordings {
        let tone = (0..2000 + 10 * *number).map(|k| (0.01 * (number + 1) as f32 * k as f32).sin() * 0.1).collect();
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, write_wav(&Recording::new(tone, 2000).unwrap()).unwrap()).unwrap();
    }
    folder
}

fn refusal(files: &[(&str, &str)]) -> String {
    Dataset::open(folder(files).path(), Task::Heart, Opening::default()).unwrap_err().to_string()
}

fn column<T>(dataset: &Dataset, of: impl Fn(&Example) -> T) -> Vec<T> {
    dataset.examples.iter().map(of).collect()
}

fn names(dataset: &Dataset, folder: &Path) -> Vec<PathBuf> {
    column(dataset, |example| example.path.strip_prefix(folder).unwrap().to_path_buf())
}

#[test]
fn a_manifest_in_any_column_order_with_crlf_and_a_mark_at_its_beginning() {
    let text = "\u{feff}label,quality,path,fold,group,subset,licence\r\n\
        abnormal,poor,x/a.flac,1,anna,e,CC0\r\n\r\nnormal,,b.wav, 2 ,,,\r\n";
    let folder = folder(&[("manifest.csv", text), ("x/a.flac", ""), ("b.wav", "")]);
    let dataset = open(&folder, Task::Heart);
    assert_eq!(dataset.labels, ["normal", "abnormal"]);
    assert_eq!(names(&dataset, folder.path()), [Path::new("x/a.flac"), Path::new("b.wav")]);
    assert_eq!(column(&dataset, |e| (e.label, e.fold)), [(1, Some(1)), (0, Some(2))]);
    assert_eq!(column(&dataset, |e| e.subset.clone()), ["e", "all"]);
    assert_eq!(column(&dataset, |e| e.quality.clone()), [Some("poor".into()), None]);
    assert_eq!(dataset.examples[0].group, "anna");
    // A recording without a group is a group of its own.
    assert!(dataset.examples[1].group.ends_with("b.wav"));
    assert_eq!(Dataset::open(&folder.path().join("manifest.csv"), Task::Heart, Opening::default()).unwrap(), dataset);
}

#[test]
fn a_manifest_wins_over_other_layouts_beside_it() {
    let files = [("manifest.csv", "path,label\na.wav,abnormal\n"), ("REFERENCE.csv", "a,-1\n"), ("a.wav", "")];
    assert_eq!(open(&folder(&files), Task::Heart).examples[0].label, 1);
}

#[test]
fn a_fold_for_some_recordings_only_is_refused() {
    let text = "path,label,fold\na.wav,normal,0\nb.wav,normal,\n";
    let message = refusal(&[("manifest.csv", text), ("a.wav", ""), ("b.wav", "")]);
    assert!(message.contains("line 3: no fold here"), "{message}");
}

#[test]
fn folders_of_parts_are_never_classes() {
    let files = [("train/Normal/1.wav", ""), ("train/ABNORMAL/2.wav", ""), ("Test/normal/3.wav", "")];
    let dataset = open(&folder(&files), Task::Heart);
    let mut found = column(&dataset, |e| (e.subset.clone(), e.label));
    found.sort();
    assert_eq!(found, [("test".into(), 0), ("train".into(), 0), ("train".into(), 1)]);
    for name in ["train", "test", "dev", "eval"] {
        let recording = format!("{name}/1.wav");
        let files = [(&recording[..], ""), ("dog/2.wav", "")];
        let message = Dataset::open(folder(&files).path(), Task::Scene, Opening::default()).unwrap_err().to_string();
        let expected = format!("a folder called {name} is no class");
        assert!(message.contains(&expected) && message.contains("manifest.csv"), "{message}");
    }
}

#[test]
fn physionet_as_distributed() {
    let folder = folder(&[
        ("training-a/REFERENCE.csv", "a0001,1\r\na0002,-1\r\n"),
        ("training-a/a0001.wav", ""),
        ("training-a/a0002.flac", ""),
        ("training-e/REFERENCE.csv", "e00001,-1\n"),
        ("training-e/e00001.wav", ""),
        ("annotations/readme.txt", ""),
    ]);
    let dataset = open(&folder, Task::Heart);
    assert_eq!(column(&dataset, |e| (e.label, e.subset.clone())), [(1, "a".into()), (0, "a".into()), (0, "e".into())]);
    assert!(dataset.examples[1].path.ends_with("training-a/a0002.flac"));

    let single = Dataset::open(&folder.path().join("training-e"), Task::Heart, Opening::default()).unwrap();
    assert_eq!(single.examples, dataset.examples[2..]);
}

#[test]
fn physionet_mistakes_are_named_with_file_and_line() {
    let reference = "training-a/REFERENCE.csv";
    let message = refusal(&[(reference, "a0001,1\na0002,1\n"), ("training-a/a0001.wav", "")]);
    assert!(message.contains("REFERENCE.csv, line 2: the recording") && message.contains("a0002.wav"), "{message}");
    let message = refusal(&[(reference, "a0001,0\n"), ("training-a/a0001.wav", "")]);
    assert!(message.contains("line 1: label \"0\" is unknown"), "{message}");
    assert!(refusal(&[(reference, "a0001\n")]).contains("line 1: \"a0001\" is not record,label"));
}

#[test]
fn a_folder_per_class() {
    let folder =
        folder(&[("rain/1.ogg", ""), ("rain/notes.txt", ""), ("dog/2.WAV", ""), ("dog/.3.wav", ""), ("x.wav", "")]);
    let dataset = open(&folder, Task::Scene);
    assert_eq!(dataset.labels, ["dog", "rain"]);
    assert_eq!(names(&dataset, folder.path()), [Path::new("dog/2.WAV"), Path::new("rain/1.ogg")]);
    let message = Dataset::open(folder.path(), Task::Heart, Opening::default()).unwrap_err().to_string();
    assert!(message.contains("label \"dog\" is not one of this task's labels: normal, abnormal"), "{message}");
}

const META: &str = "audio/b020_0_30.wav\tbeach\naudio/c001_0_30.wav\tcafe\naudio/b020_30_60.wav\tbeach\n";
const AUDIO: [(&str, &str); 3] =
    [("audio/b020_0_30.wav", ""), ("audio/c001_0_30.wav", ""), ("audio/b020_30_60.wav", "")];

/// Lists of a development set, and how its refusal reads where files are replaced by these.
fn dcase_refusal(replaced: &[(&str, &str)]) -> String {
    let folder = folder(&[&AUDIO[..], &dcase_lists(), replaced].concat());
    Dataset::open(folder.path(), Task::Scene, Opening::default()).unwrap_err().to_string()
}

fn dcase_lists() -> Vec<(&'static str, &'static str)> {
    vec![
        ("meta.txt", META),
        ("evaluation_setup/fold1_train.txt", "audio/c001_0_30.wav\tcafe\n"),
        ("evaluation_setup/fold1_test.txt", "audio/b020_0_30.wav\naudio/b020_30_60.wav\n"),
        ("evaluation_setup/fold1_evaluate.txt", "audio/b020_0_30.wav\tbeach\naudio/b020_30_60.wav\tbeach\n"),
        ("evaluation_setup/fold2_evaluate.txt", "audio/c001_0_30.wav\tcafe\n"),
    ]
}

#[test]
fn dcase_with_its_locations_and_folds() {
    let files = [&AUDIO[..], &[("meta.txt", META)]].concat();
    let dataset = open(&folder(&files), Task::Scene);
    // As distributed, meta.txt has no third column: the location is in the name of the file.
    assert_eq!(column(&dataset, |e| e.group.clone()), ["b020", "c001", "b020"]);
    assert_eq!(column(&dataset, |e| e.fold), [None; 3]);

    let dataset = open(&folder(&[&AUDIO[..], &dcase_lists()].concat()), Task::Scene);
    assert_eq!(column(&dataset, |e| e.fold), [Some(1), Some(2), Some(1)]);
    assert_eq!(column(&dataset, |e| e.subset.clone()), ["development"; 3]);
}

#[test]
fn dcase_sets_side_by_side() {
    let below = |set: &str, files: &[(&str, &str)]| -> Vec<(String, String)> {
        files.iter().map(|(name, text)| (format!("{set}/{name}"), text.to_string())).collect()
    };
    // Without meta.txt, as an evaluation set can be; its list names the original segment.
    let evaluation =
        [("evaluation_setup/evaluate.txt", "audio/1.wav\tcafe\taudio/c900_0_30.wav\n"), ("audio/1.wav", "")];
    let mut files = below("TUT-development", &[&AUDIO[..], &dcase_lists()].concat());
    files.extend(below("TUT-evaluation", &evaluation));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&name[..], &text[..])).collect();
    let both = folder(&files);
    let dataset = open(&both, Task::Scene);
    assert_eq!(column(&dataset, |e| e.fold), [Some(1), Some(2), Some(1), None]);
    assert_eq!(dataset.examples[3].subset, "evaluation");
    assert_eq!(dataset.examples[3].group, "c900");
    assert!(dataset.folds(4).unwrap_err().to_string().contains("--hold-out evaluation"));
    let one = Dataset::open(&both.path().join("TUT-evaluation"), Task::Scene, Opening::default()).unwrap();
    assert_eq!(one.examples.len(), 1);

    let twice =
        [&files[..], &[("copy/meta.txt", META), ("copy/evaluation_setup/fold1_test.txt", "audio/c001_0_30.wav\n")]];
    let message =
        Dataset::open(folder(&twice.concat()).path(), Task::Scene, Opening::default()).unwrap_err().to_string();
    assert!(message.contains("are both development sets"), "{message}");
    let shared = [&files[..], &[("TUT-evaluation/evaluation_setup/evaluate.txt", "audio/1.wav\tbeach\tb020\n")]];
    let message =
        Dataset::open(folder(&shared.concat()).path(), Task::Scene, Opening::default()).unwrap_err().to_string();
    assert!(message.contains("locations are in the development set and in the evaluation set: b020"), "{message}");
}

#[test]
fn dcase_lists_as_editors_and_downloads_leave_them_are_read() {
    let meta = format!("\u{feff}{}\r\n", META.replace('\n', " \t\r\n"));
    let train = ("evaluation_setup/fold1_train.txt", "  audio/c001_0_30.wav \t cafe\t\r\n\r\n");
    let replaced = [&AUDIO[..], &dcase_lists(), &[("meta.txt", &meta), train]].concat();
    let dataset = open(&folder(&replaced), Task::Scene);
    assert_eq!(dataset.examples.len(), 3);
    assert_eq!(dataset.labels, ["beach", "cafe"]);
    assert_eq!(column(&dataset, |e| e.group.clone()), ["b020", "c001", "b020"]);
}

#[test]
fn dcase_lists_that_contradict_each_other_are_named() {
    let fold = |number: u32, list: &str| format!("evaluation_setup/fold{number}_{list}.txt");
    let cases: [(String, &str, &[&str]); 10] = [
        (
            fold(2, "evaluate"),
            "audio/c001_0_30.wav\tcafe\naudio/b020_0_30.wav\tbeach\n",
            &[
                "evaluated in two folds: audio/b020_0_30.wav (evaluation_setup/fold2_evaluate.txt, line 2) is in folds 1 and 2",
            ],
        ),
        (
            fold(2, "evaluate"),
            "audio/c001_0_30.wav\tcafe\naudio/z_0_30.wav\tcafe\n",
            &["fold2_evaluate.txt names files that meta.txt does not: audio/z_0_30.wav", "line 2"],
        ),
        (
            fold(2, "evaluate"),
            "audio/c001_0_30.wav\tbeach\n",
            &["disagree on the scene", "is beach here and cafe in meta.txt"],
        ),
        (
            fold(2, "evaluate"),
            "audio/c001_0_30.wav\tcafe\naudio/c001_0_30.wav\tcafe\n",
            &["names files twice", "line 2"],
        ),
        (fold(2, "evaluate"), "", &["fold*_evaluate.txt does not name recordings of meta.txt: audio/c001_0_30.wav"]),
        (fold(3, "train"), "audio/c001_0_30.wav\tcafe\n", &["folds have no evaluate list: fold 3"]),
        (fold(1, "test"), "audio/b020_0_30.wav\n", &["fold1_test.txt and ", "disagree: audio/b020_30_60.wav"]),
        (
            fold(1, "train"),
            "audio/c001_0_30.wav\tcafe\naudio/b020_0_30.wav\tbeach\n",
            &["fold1_train.txt names files that the fold evaluates: audio/b020_0_30.wav"],
        ),
        (
            fold(1, "train"),
            "",
            &["fold 1 does not name recordings of meta.txt: audio/c001_0_30.wav (meta.txt, line 2)"],
        ),
        ("meta.txt".into(), "audio/b020_0_30.wav\n", &["meta.txt, line 1", "separated by a tab"]),
    ];
    for (name, text, words) in cases {
        let message = dcase_refusal(&[(&name, text)]);
        assert!(words.iter().all(|word| message.contains(word)), "{name} {words:?}: {message}");
    }
    let twice = format!("{META}audio/c001_0_30.wav\tcafe\n");
    assert!(dcase_refusal(&[("meta.txt", &twice)]).contains("listed twice: audio/c001_0_30.wav (meta.txt, line 4)"));
}

#[test]
fn a_dcase_location_that_is_split_over_folds_is_named() {
    let message = dcase_refusal(&[
        ("evaluation_setup/fold1_test.txt", "audio/b020_0_30.wav\n"),
        ("evaluation_setup/fold1_evaluate.txt", "audio/b020_0_30.wav\tbeach\n"),
        ("evaluation_setup/fold1_train.txt", "audio/c001_0_30.wav\tcafe\naudio/b020_30_60.wav\tbeach\n"),
        ("evaluation_setup/fold2_evaluate.txt", "audio/c001_0_30.wav\tcafe\naudio/b020_30_60.wav\tbeach\n"),
    ]);
    let expected =
        "locations are split over folds: \"b020\" (audio/b020_0_30.wav in fold 1, audio/b020_30_60.wav in fold 2)";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn dcase_recordings_that_are_not_there_are_counted() {
    let message =
        Dataset::open(folder(&[&AUDIO[1..], &dcase_lists()].concat()).path(), Task::Scene, Opening::default())
            .unwrap_err();
    let message = message.to_string();
    assert!(message.starts_with("1 of 3 recordings cannot be used: "), "{message}");
    assert!(message.contains("meta.txt, line 1: ") && message.contains("b020_0_30.wav is not there"), "{message}");
    assert!(message.contains("extract all audio archives"), "{message}");
    let message =
        Dataset::open(folder(&dcase_lists()).path(), Task::Scene, Opening::default()).unwrap_err().to_string();
    assert!(message.contains("audio is not there: extract the audio archives"), "{message}");
}

#[test]
fn labels_are_renumbered_for_a_model() {
    let folder = folder(&[("manifest.csv", "path,label\na.wav,rain\nb.wav,dog\n"), ("a.wav", ""), ("b.wav", "")]);
    let labels = ["cat", "rain", "dog"].map(String::from);
    let dataset = open(&folder, Task::Scene).with_labels(&labels).unwrap();
    assert_eq!((column(&dataset, |e| e.label), &dataset.labels[..]), (vec![1, 2], &labels[..]));
    let message = open(&folder, Task::Scene).with_labels(&labels[..2]).unwrap_err().to_string();
    assert!(message.contains("label \"dog\" is not one of the model's labels: cat, rain"), "{message}");
}

#[test]
fn nothing_recognisable_says_what_was_expected() {
    assert!(refusal(&[("notes.txt", "")]).contains("expected a manifest.csv"));
    let message = Dataset::open(Path::new("/nowhere/at/all"), Task::Heart, Opening::default()).unwrap_err().to_string();
    assert_eq!(message, "/nowhere/at/all: there is no such file or folder");
    let list = folder(&[("list.txt", "")]);
    let message =
        Dataset::open(&list.path().join("list.txt"), Task::Heart, Opening::default()).unwrap_err().to_string();
    assert!(message.contains("list.txt: expected a manifest.csv"), "{message}");
}
