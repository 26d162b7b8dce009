//! PhysioNet 2016 with its copies and quality, CirCor and PASCAL.

use super::*;

/// With copies on both sides a model was measured on what it had been trained on.
#[test]
fn what_lies_in_the_folder_validation_too_is_one_recording() {
    let references = [
        ("training-a/REFERENCE.csv", "a0001,-1\r\na0002,1\r\n"),
        ("training-b/REFERENCE.csv", "b0001,-1\n"),
        ("validation/REFERENCE.csv", "a0001,-1\nb0001,-1\nother,1\na0002,1\n"),
    ];
    // Of a0002 only the line is there; `b0001` is another sound than in training-b, and `other` the sound of it.
    let sounds = [
        ("training-a/a0001.wav", 1),
        ("training-a/a0002.wav", 2),
        ("training-b/b0001.wav", 3),
        ("validation/a0001.wav", 1),
        ("validation/b0001.wav", 4),
        ("validation/other.wav", 3),
    ];
    let folder = recorded(&references, &sounds);
    let dataset = open(&folder, Task::Heart);
    let found: Vec<String> = column(&dataset, |e| format!("{} {}", e.name(), e.subset));
    assert_eq!(found, ["a0001 a", "a0002 a", "b0001 b", "b0001 b"]);
    assert!(dataset.examples[3].path.ends_with("validation/b0001.wav"));
    // By itself it is a data set as any other.
    let alone =
        Dataset::open(&folder.path().join("validation"), Task::Heart, Opening { skips: true, ..Opening::default() });
    assert_eq!(alone.unwrap().examples.len(), 3);
}

#[test]
fn physionet_tables_as_they_are_found() {
    let quality = |sqi: &str, reference: &str| {
        let files = [
            ("training-a/REFERENCE.csv", reference),
            ("training-a/REFERENCE-SQI.csv", sqi),
            ("training-a/a0001.WAV", ""),
            ("training-a/A0002.flac", ""),
        ];
        let files: Vec<(&str, &str)> = files.into_iter().filter(|(_, text)| *text != "none").collect();
        let dataset = open(&folder(&files), Task::Heart);
        column(&dataset, |e| (e.label, e.quality.clone().unwrap_or_default()))
    };
    let (good, poor) = ((0, "good".to_owned()), (1, "poor".to_owned()));
    assert_eq!(quality("a0001,-1,1\na0002,1,0\n", "a0001,-1\na0002,1\n"), [good.clone(), poor.clone()]);
    assert_eq!(quality("none", "record;label;sqi\r\na0001.wav;-1;1\r\na0002.WAV;1.0;0\r\n"), [good, poor]);
    let none = [(0, String::new()), (1, String::new())];
    assert_eq!(quality("none", "Record,Label\na0001,Normal\na0002,Abnormal\n"), none);
    // A third column of something else says nothing of quality.
    assert_eq!(quality("none", "a0001,-1,12\na0002,1,1\n"), [none[0].clone(), (1, String::new())]);
}

const CIRCOR: &str = "Patient ID,Recording locations:,Age,Murmur,Murmur locations,Outcome,Campaign,Additional ID\n\
    2530,AV+MV,Child,Absent,nan,Abnormal,CC2015,nan\n\
    9979,AV+PV,Child,Present,AV,Abnormal,CC2014,49628.0\n\
    49628,TV,Child,Unknown,nan,Normal,CC2015,9979.0\n";
const CIRCOR_FILES: [&str; 6] = ["2530_AV", "2530_MV_1", "9979_AV", "9979_PV", "49628_TV", "7_AV"];

/// The folder of CirCor with this table.
fn circor(table: &str) -> tempfile::TempDir {
    let files = CIRCOR_FILES.map(|name| format!("training_data/{name}.wav"));
    let mut all: Vec<(&str, &str)> = files.iter().map(|name| (&name[..], "")).collect();
    all.extend([("training_data.csv", table), ("training_data/2530_AV.tsv", ""), ("training_data/2530.txt", "")]);
    folder(&all)
}

#[test]
fn circor_is_labelled_by_murmur_or_by_outcome_and_grouped_by_person() {
    let folder = circor(CIRCOR);
    let labelled = |circor: CircorLabels, path: &Path| {
        let dataset = Dataset::open(path, Task::Heart, Opening { circor, ..Opening::default() }).unwrap();
        column(&dataset, |e| format!("{} {} {} {}", e.name(), e.label, e.group, e.subset))
    };
    let murmur = ["2530_AV 0 circor-2530 circor", "2530_MV_1 0 circor-2530 circor", "9979_AV 1 circor-9979 circor"];
    assert_eq!(labelled(CircorLabels::Murmur, folder.path()), murmur);
    assert_eq!(labelled(CircorLabels::Murmur, &folder.path().join("training_data")), murmur);
    let outcome = labelled(CircorLabels::Outcome, folder.path());
    assert_eq!(outcome.len(), 5);
    // One person under two numbers.
    assert_eq!(outcome[3..], ["9979_PV 1 circor-9979 circor", "49628_TV 0 circor-9979 circor"]);
}

#[test]
fn what_circor_lacks_is_named() {
    let refused = |folder: &tempfile::TempDir| {
        Dataset::open(folder.path(), Task::Heart, Opening::default()).unwrap_err().to_string()
    };
    let short = refused(&circor("Patient ID,Recording locations:,Murmur\n2530,AV,Absent\n9979,AV+PV,Present\n"));
    for word in ["training_data.csv, line 3: ", "PhysioNet 2022", "Murmur locations", "manifest.csv (path,label"] {
        assert!(short.contains(word), "{word}: {short}");
    }
    let without = refused(&folder(&[("training_data/2530_AV.wav", "")]));
    assert!(without.contains("PhysioNet 2022 (CirCor) without their table"), "{without}");
    let unknown = refused(&circor(&CIRCOR.replace("AV+MV", "AV+M")));
    assert!(unknown.contains("training_data.csv, line 2: \"M\" is no place on the chest"), "{unknown}");
    let missing = refused(&circor(&CIRCOR.replace("AV+MV", "AV+MV+TV")));
    assert!(missing.contains("line 2: the recording ") && missing.contains("2530_TV.wav is not there"), "{missing}");
}

/// Every unknown place once became a missing recording, named by the person's number: 43 kB took 165 MB.
#[test]
fn unknown_places_of_a_person_with_a_long_number_are_one_refusal() {
    let (number, places) = ("9".repeat(1 << 20), "x+".repeat(1 << 20));
    let table = format!("Patient ID,Recording locations:,Outcome\n7,AV,Normal\n{number},{places},Normal\n");
    let opening = Opening { skips: true, ..Opening::labelled_by(CircorLabels::Outcome) };
    let refused = Dataset::open(circor(&table).path(), Task::Heart, opening).unwrap_err().to_string();
    assert!(refused.contains("training_data.csv, line 3: \"x\" is no place on the chest"), "{refused}");
}

#[test]
fn pascal_is_read_by_its_tables() {
    let b = "dataset,fname,label,sublabel\r\n\
        b,set_b/Btraining_normal_Btraining_noisynormal_103_13_B.wav,normal,noisynormal\r\n\
        b,set_b/Btraining_extrastole_127_14_C2.wav,extrastole,\r\n\
        b,set_b/Bunlabelledtest_101_15_A.wav,,\r\n";
    let a = "dataset,fname,label,sublabel\na,set_a/normal__2011.wav,normal,\na,set_a/artifact__2012.wav,artifact,\n";
    let files = [
        ("set_b.csv", b),
        ("set_b/normal_noisynormal_103_13_B.wav", ""),
        ("set_b/extrastole__127_14_C2.wav", ""),
        ("set_b/Bunlabelledtest__101_15_A.wav", ""),
        ("set_a.csv", a),
        ("set_a/normal__2011.wav", ""),
        ("set_a/artifact__2012.wav", ""),
    ];
    let both = folder(&files);
    let found = column(&open(&both, Task::Heart), |e| format!("{} {} {}", e.name(), e.label, e.subset));
    assert_eq!(found, ["normal__2011 0 set_a", "normal_noisynormal_103_13_B 0 set_b", "extrastole__127_14_C2 1 set_b"]);
    let one = Dataset::open(&both.path().join("set_b"), Task::Heart, Opening::default()).unwrap();
    assert_eq!(column(&one, |e| e.group.clone()), ["set_b-103", "set_b-127"]);

    let without = refusal(&files[1..4]);
    assert!(without.contains("its table set_b.csv is not there") && without.contains("manifest.csv"), "{without}");
    let other = refusal(&[("set_a.csv", a), ("set_a/murmur__2013.wav", "")]);
    assert!(other.contains("none of the 1 recordings that the tables of PASCAL call normal"), "{other}");
    assert!(other.contains("1 that the table does not name"), "{other}");
}
