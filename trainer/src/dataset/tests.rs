//! Every layout, well formed and not.

use std::fs;
use std::path::{Path, PathBuf};

use spectnet_core::task::Task;

use super::{Dataset, Example};

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
    Dataset::open(folder.path(), task).unwrap()
}

fn refusal(files: &[(&str, &str)]) -> String {
    Dataset::open(folder(files).path(), Task::Heart).unwrap_err().to_string()
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
    assert_eq!(Dataset::open(&folder.path().join("manifest.csv"), Task::Heart).unwrap(), dataset);
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

    let single = Dataset::open(&folder.path().join("training-e"), Task::Heart).unwrap();
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
    let message = Dataset::open(folder.path(), Task::Heart).unwrap_err().to_string();
    assert!(message.contains("label \"dog\" is not one of this task's labels: normal, abnormal"), "{message}");
}

#[test]
fn dcase_with_its_places_and_folds() {
    let files = [
        ("meta.txt", "audio/1.wav\tbeach\tb020\naudio/2.wav\tcafe\tc001\naudio/3.wav\tbeach\tb020\n"),
        ("audio/1.wav", ""),
        ("audio/2.wav", ""),
        ("audio/3.wav", ""),
    ];
    let mut dataset = open(&folder(&files), Task::Scene);
    assert_eq!(column(&dataset, |e| e.group.clone()), ["b020", "c001", "b020"]);
    assert_eq!(column(&dataset, |e| e.fold), [None; 3]);

    let setup = [
        ("evaluation_setup/fold1_train.txt", "audio/2.wav\tcafe\n"),
        ("evaluation_setup/fold1_evaluate.txt", "audio/1.wav\tbeach\naudio/3.wav\tbeach\n"),
        ("evaluation_setup/fold2_evaluate.txt", "audio/2.wav\tcafe\n"),
    ];
    dataset = open(&folder(&[&files[..], &setup].concat()), Task::Scene);
    assert_eq!(column(&dataset, |e| e.fold), [Some(1), Some(2), Some(1)]);

    let partial = folder(&[&files[..], &setup[..2]].concat());
    let message = Dataset::open(partial.path(), Task::Scene).unwrap_err().to_string();
    assert!(message.contains("meta.txt, line 2: audio/2.wav is in no evaluation_setup"), "{message}");
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
    let message = Dataset::open(Path::new("/nowhere/at/all"), Task::Heart).unwrap_err().to_string();
    assert_eq!(message, "/nowhere/at/all: there is no such file or folder");
    let list = folder(&[("list.txt", "")]);
    let message = Dataset::open(&list.path().join("list.txt"), Task::Heart).unwrap_err().to_string();
    assert!(message.contains("list.txt: expected a manifest.csv"), "{message}");
}
