//! DCASE from 2018 on, and without its lists.

use super::*;

const META_CSV: &str = "filename\tscene_label\tidentifier\tsource_label\n\
    audio/airport-lyon-1-10-a.wav\tairport\tlyon-1\ta\n\
    audio/bus-lyon-1-11-a.wav\tbus\tlyon-1\ta\n\
    audio/bus-paris-2-12-a.wav\tbus\tparis-2\ta\n";

#[test]
fn dcase_from_2018_on_has_a_header_and_one_split() {
    let train = "filename\tscene_label\r\naudio/airport-lyon-1-10-a.wav\tairport\r\n";
    let files = [
        ("meta.csv", META_CSV),
        ("evaluation_setup/fold1_train.csv", train),
        ("evaluation_setup/fold1_test.csv", "filename\naudio/bus-lyon-1-11-a.wav\n"),
        ("evaluation_setup/fold1_evaluate.csv", "filename\tscene_label\naudio/bus-lyon-1-11-a.wav\tbus\n"),
        ("audio/airport-lyon-1-10-a.wav", ""),
        ("audio/bus-lyon-1-11-a.wav", ""),
        ("audio/bus-paris-2-12-a.wav", ""),
    ];
    let dataset = open(&folder(&files), Task::Scene);
    assert_eq!(dataset.labels, ["airport", "bus"]);
    // What is in neither part of the split is left out.
    let found = column(&dataset, |e| (e.group.clone(), e.fold));
    assert_eq!(found, [("airport-lyon-1".into(), Some(2)), ("bus-lyon-1".into(), Some(1))]);
    let unsplit: Vec<(&str, &str)> = files.into_iter().filter(|(name, _)| !name.contains("setup")).collect();
    let dataset = open(&folder(&unsplit), Task::Scene);
    assert_eq!(column(&dataset, |e| e.fold), [None; 3]);
    // Other data may have a meta.csv of its own.
    let other = folder(&[("meta.csv", "id,age\n1,7\n"), ("dog/1.wav", "")]);
    assert_eq!(open(&other, Task::Scene).labels, ["dog"]);
}

/// Without its list it was one class called "audio".
#[test]
fn dcase_without_its_list_is_not_whole() {
    for place in ["", "TUT-acoustic-scenes-2016-development/"] {
        let folder = folder(&[(&format!("{place}audio/b020_0_30.wav")[..], "")]);
        let message = Dataset::open(folder.path(), Task::Scene, Opening::default()).unwrap_err().to_string();
        for word in ["not whole: meta.txt", "1 recordings in audio", "extract the meta archive"] {
            assert!(message.contains(word), "{word}: {message}");
        }
    }
}
