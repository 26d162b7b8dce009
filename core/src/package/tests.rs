mod foreign;
mod hostile;

use std::collections::HashMap;

use safetensors::SafeTensors;

use super::*;
use crate::model::Task;
use crate::prediction::assessment::Scored;

fn config() -> ModelConfig {
    Task::Heart.model(vec!["normal".into(), "abnormal".into()], 8, 3)
}

/// Start values in the front-end, any numbers in the classifier.
fn weights() -> Weights {
    let raw: Vec<[f64; 3]> = config()
        .front_end
        .initial_filters()
        .unwrap()
        .iter()
        .map(|filter| config().front_end.to_unconstrained(filter))
        .collect();
    let column = |index: usize| raw.iter().map(|numbers| numbers[index] as f32).collect();
    let value = |(name, shape): (String, Vec<usize>)| {
        let values = match name.as_str() {
            "front_end.centre_frequency" => column(0),
            "front_end.bandwidth" => column(1),
            "front_end.gain" => column(2),
            name if name.ends_with("running_var") => vec![1.0; shape[0]],
            _ => (0..shape.iter().product::<usize>()).map(|i| (i as f32).sin()).collect(),
        };
        (name, values)
    };
    config().tensors().unwrap().into_iter().map(value).collect()
}

pub(super) fn file() -> Vec<u8> {
    let provenance = Provenance { data: "synthesised".into(), seed: 7, ..Default::default() };
    write(&config(), &weights(), &provenance).unwrap()
}

#[test]
fn the_same_model_is_the_same_bytes_with_its_keys_in_their_order() {
    let bytes = file();
    (0..20).for_each(|_| assert!(file() == bytes));
    let seen =
        Recordings { trained: [crate::package::recordings::Digest::new([7; 8]).into()].into(), ..Default::default() };
    let with = with_recordings(&bytes, &seen).unwrap();
    (0..20).for_each(|_| assert!(with_recordings(&bytes, &seen).unwrap() == with));
    let (length, _) = with.split_first_chunk::<8>().unwrap();
    let length = u64::from_le_bytes(*length) as usize;
    assert_eq!(length % 8, 0);
    let header = String::from_utf8(with[8..8 + length].to_vec()).unwrap();
    let places: Vec<usize> = ["config", "format", "format_version", "initial_filters", "labels", "recordings", "task"]
        .map(|key| header.find(&format!("\"{key}\":\"")).unwrap())
        .to_vec();
    assert!(places.is_sorted(), "{places:?}");
    // Whoever reads such files finds in it what was put in.
    assert_eq!(SafeTensors::read_metadata(&with).unwrap().1.metadata().as_ref().unwrap()["format"], "spectnet");
    assert_eq!(SafeTensors::deserialize(&with).unwrap().len(), config().tensors().unwrap().len());
}

/// Name, type, shape and numbers.
type Tensor = (String, Dtype, Vec<usize>, Vec<u8>);

/// The same file with its metadata and tensors changed.
fn changed(bytes: &[u8], change: impl FnOnce(&mut HashMap<String, String>, &mut Vec<Tensor>)) -> Vec<u8> {
    let file = SafeTensors::deserialize(bytes).unwrap();
    let (_, header) = SafeTensors::read_metadata(bytes).unwrap();
    let mut metadata = header.metadata().clone().unwrap();
    let mut tensors: Vec<_> = file
        .tensors()
        .into_iter()
        .map(|(name, view)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec()))
        .collect();
    change(&mut metadata, &mut tensors);
    let views = tensors
        .iter()
        .map(|(name, dtype, shape, data)| (name.clone(), TensorView::new(*dtype, shape.clone(), data).unwrap()));
    safetensors::serialize(views, Some(metadata)).unwrap()
}

fn refusal(bytes: Vec<u8>) -> String {
    read(&bytes).expect_err("must be refused").to_string()
}

#[test]
fn a_round_trip_is_exact() {
    let package = read(&file()).unwrap();
    assert_eq!((package.config.clone(), package.provenance.seed), (config(), 7));
    assert_eq!(package.weights, weights());
    for (learned, initial) in package.filters.iter().zip(&package.initial_filters) {
        assert!((learned.centre_hz - initial.centre_hz).abs() < 1e-4);
    }
    let again = write(&package.config, &package.weights, &package.provenance).unwrap();
    assert!(read(&again).unwrap() == package);
}

fn assessment() -> Assessment {
    let scored = |i: u32| Scored { probability: f64::from(i) / 20.0, positive: i * 7 % 20 < i };
    Assessment::measure(&(1..20).map(scored).collect::<Vec<_>>(), "nineteen recordings").unwrap()
}

#[test]
fn an_assessment_is_added_and_nothing_else_changes() {
    let before = changed(&file(), |metadata, _| _ = metadata.insert("added_later".into(), "by another version".into()));
    assert_eq!(read(&before).unwrap().assessment, None);
    let after = with_assessment(&before, &assessment()).unwrap();
    let (old, new) = (read(&before).unwrap(), read(&after).unwrap());
    assert_eq!(new.assessment.as_ref().unwrap().threshold, assessment().threshold);
    assert_eq!(Package { assessment: None, ..new }, old);
    assert_eq!(File::parse(&after).unwrap().metadata().unwrap()["added_later"], "by another version");
    // Another one takes its place.
    let mut second = assessment();
    second.measured.measured_on = "others".into();
    let again = with_assessment(&after, &second).unwrap();
    assert_eq!(read(&again).unwrap().assessment.unwrap().measured.measured_on, "others");
}

#[test]
fn a_broken_assessment_is_refused_by_name() {
    let with = |text: String| changed(&file(), |metadata, _| _ = metadata.insert("assessment".into(), text));
    assert!(refusal(with("{}".into())).starts_with("\"assessment\" in the model file's metadata: missing field"));
    let broken = Assessment { temperature: -1.0, ..assessment() };
    assert_eq!(
        refusal(with(json(&broken).unwrap())),
        "\"assessment\" in the model file's metadata: temperature -1: expected 0.1 to 10"
    );
    assert!(with_assessment(&file(), &broken).is_err());
    let mut unsorted = assessment();
    unsorted.measured.roc.reverse();
    assert!(refusal(with(json(&unsorted).unwrap())).contains("expected a rising threshold"));
}

/// Distances in two coefficients from a class at the origin and one at (3, 4).
fn openness() -> Openness {
    Openness {
        coefficients: [1, 1],
        classes: vec![vec![0.0, 0.0], vec![3.0, 4.0]],
        factor: vec![1.0, 0.5, 2.0],
        distance_limit: 1.5,
        steadiness_limit: Some(1.2),
        refused: 0.05,
        n: 40,
        measured_on: "40 recordings".into(),
    }
}

#[test]
fn an_openness_is_added_and_nothing_else_changes() {
    let before = with_assessment(&file(), &assessment()).unwrap();
    let after = with_openness(&before, &openness()).unwrap();
    let (old, new) = (read(&before).unwrap(), read(&after).unwrap());
    assert_eq!((old.openness.clone(), new.openness.clone()), (None, Some(openness())));
    assert_eq!(Package { openness: None, ..new }, old);
    // Adding the other one later keeps it.
    let again = with_assessment(&after, &assessment()).unwrap();
    assert_eq!(read(&again).unwrap().openness, Some(openness()));
}

#[test]
fn a_broken_openness_is_refused_by_name() {
    let with = |text: String| changed(&file(), |metadata, _| _ = metadata.insert("openness".into(), text));
    assert!(refusal(with("{}".into())).starts_with("\"openness\" in the model file's metadata: missing field"));
    let broken = [
        (Openness { coefficients: [9, 1], ..openness() }, "9 and 1 coefficients: expected 1 to 8 of each"),
        (Openness { coefficients: [usize::MAX, 1], ..openness() }, "expected 1 to 8 of each"),
        (Openness { classes: vec![vec![0.0; 2]], ..openness() }, "1 classes for a model of 2"),
        (Openness { classes: vec![Vec::new(); 2], ..openness() }, "one that is not empty"),
        (Openness { classes: vec![vec![0.0; 3]; 2], ..openness() }, "expected 2 numbers a class and 3 in the factor"),
        (Openness { factor: vec![1.0; 2], ..openness() }, "expected 2 numbers a class and 3 in the factor"),
        (Openness { factor: vec![1.0, 0.5, 0.0], ..openness() }, "a diagonal that is not positive"),
        (Openness { factor: vec![1.0, 1e300, 2.0], ..openness() }, "expected numbers below 1e9"),
        (Openness { distance_limit: 0.0, ..openness() }, "distance_limit 0"),
        (Openness { refused: 1.5, ..openness() }, "refused 1.5"),
        (Openness { n: 0, ..openness() }, "n 0"),
        (Openness { measured_on: "x".repeat(2001), ..openness() }, "measured_on: expected at most 2000 bytes"),
    ];
    for (broken, why) in broken {
        let refused = refusal(with(json(&broken).unwrap()));
        assert!(refused.starts_with("\"openness\" in the model file's metadata: "), "{refused}");
        assert!(refused.contains(why), "{refused}: {why}");
        assert!(with_openness(&file(), &broken).is_err());
    }
}

fn adults() -> Scope {
    Scope { people: Some("adults at rest".into()), heart_rate_bpm: Some([45.0, 130.5]) }
}

#[test]
fn a_scope_is_added_and_nothing_else_changes() {
    let before = with_assessment(&file(), &assessment()).unwrap();
    let after = with_scope(&before, &adults()).unwrap();
    let (old, new) = (read(&before).unwrap(), read(&after).unwrap());
    assert_eq!((old.scope.clone(), new.scope.clone()), (None, Some(adults())));
    assert_eq!(Package { scope: None, ..new }, old);
    // Whatever is added later keeps it.
    let again = with_assessment(&after, &assessment()).unwrap();
    let again = with_recordings(&with_openness(&again, &openness()).unwrap(), &Recordings::default()).unwrap();
    assert_eq!(read(&again).unwrap().scope, Some(adults()));
}

#[test]
fn a_scope_may_say_less_or_more_than_this_version_knows() {
    let scope = |text: &str| read(&changed(&file(), |metadata, _| _ = metadata.insert("scope".into(), text.into())));
    for (text, expected) in [
        ("{}", None),
        (r#"{"added_later": [7]}"#, None),
        (r#"{"people": "adults at rest"}"#, Some(Scope { heart_rate_bpm: None, ..adults() })),
        (r#"{"heart_rate_bpm": [45, 130.5], "added_later": 7}"#, Some(Scope { people: None, ..adults() })),
    ] {
        assert_eq!(scope(text).unwrap().scope, expected, "{text}");
    }
}

#[test]
fn a_broken_scope_is_refused_by_name() {
    let with = |text: String| changed(&file(), |metadata, _| _ = metadata.insert("scope".into(), text));
    for wrong in ["7", r#"{"people": 7}"#, r#"{"heart_rate_bpm": [45]}"#, r#"{"heart_rate_bpm": [null, 90]}"#] {
        assert!(refusal(with(wrong.into())).starts_with("\"scope\" in the model file's metadata: "), "{wrong}");
    }
    for [low, high] in [[130.0, 45.0], [90.0, 90.0], [19.9, 130.0], [45.0, 300.1], [-1e308, 1e308], [0.0, 0.0]] {
        let broken = Scope { heart_rate_bpm: Some([low, high]), ..adults() };
        assert_eq!(
            refusal(with(json(&broken).unwrap())),
            format!(
                "\"scope\" in the model file's metadata: heart_rate_bpm {low} to {high}: expected a rising range \
                 within 20 to 300 beats a minute"
            )
        );
        assert!(with_scope(&file(), &broken).is_err());
    }
    for number in [f64::NAN, f64::INFINITY] {
        assert!(with_scope(&file(), &Scope { heart_rate_bpm: Some([45.0, number]), ..adults() }).is_err());
    }
    // Scenes have no heart.
    let scenes = Task::Scene.model(vec!["rain".into(), "sea".into()], 8, 3);
    assert!(adults().validate_for(&scenes).unwrap_err().to_string().contains("a model for heart sounds"));
}

#[test]
fn the_recordings_of_its_making_are_listed_and_other_lists_are_refused_by_name() {
    let recordings: Recordings =
        serde_json::from_str(r#"{"trained": ["0123456789abcdef", "00000000000000ff"], "chose": ["00000000000000ff"]}"#)
            .unwrap();
    assert_eq!(read(&file()).unwrap().recordings, None);
    let listed = with_recordings(&with_assessment(&file(), &assessment()).unwrap(), &recordings).unwrap();
    let package = read(&listed).unwrap();
    assert_eq!((package.recordings, package.assessment), (Some(recordings), Some(assessment())));
    // A new assessment leaves the list alone.
    assert!(read(&with_assessment(&listed, &assessment()).unwrap()).unwrap().recordings.is_some());
    let with = |text: &str| changed(&file(), |metadata, _| _ = metadata.insert("recordings".into(), text.into()));
    for wrong in [r#"{"trained": ["a.wav"]}"#, r#"{"chose": [7]}"#, "[]]", r#"{"held_out": ["0123456789ABCDEF"]}"#] {
        assert!(refusal(with(wrong)).starts_with("\"recordings\" in the model file's metadata: "), "{wrong}");
    }
}

#[test]
fn weights_that_could_not_be_read_are_not_written() {
    let refused = |weights: Weights| write(&config(), &weights, &Provenance::default()).unwrap_err().to_string();
    let mut missing = weights();
    missing.remove("front_end.gain");
    assert!(refused(missing).contains("\"front_end.gain\" is missing"));
    let mut infinite = weights();
    infinite.insert("front_end.gain".into(), vec![f32::INFINITY; 8]);
    assert!(refused(infinite).contains("not finite at index 0"));
}

#[test]
fn a_missing_tensor_is_named() {
    let bytes = changed(&file(), |_, tensors| tensors.retain(|tensor| tensor.0 != "classifier.hidden.bias"));
    assert_eq!(refusal(bytes), "tensor \"classifier.hidden.bias\" is missing from the model file");
}

#[test]
fn an_unknown_tensor_is_named() {
    let bytes = changed(&file(), |_, tensors| tensors.push(("extra".into(), Dtype::F32, vec![1], vec![0; 4])));
    assert_eq!(refusal(bytes), "tensor \"extra\" does not belong to this model");
}

#[test]
fn a_wrong_shape_is_named_with_both_shapes() {
    let bytes = changed(&file(), |_, tensors| {
        let gain = tensors.iter_mut().find(|tensor| tensor.0 == "front_end.gain").unwrap();
        (gain.2, gain.3) = (vec![7], vec![0; 28]);
    });
    assert_eq!(refusal(bytes), "tensor \"front_end.gain\" has shape [7]: expected [8]");
}

#[test]
fn a_tensor_that_is_not_finite_is_named_with_the_place() {
    let bytes = changed(&file(), |_, tensors| {
        let gain = tensors.iter_mut().find(|tensor| tensor.0 == "front_end.gain").unwrap();
        gain.3[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    assert_eq!(refusal(bytes), "tensor \"front_end.gain\" is not finite at index 2");
}

#[test]
fn another_type_is_named() {
    let bytes = changed(&file(), |_, tensors| {
        let gain = tensors.iter_mut().find(|tensor| tensor.0 == "front_end.gain").unwrap();
        (gain.1, gain.3) = (Dtype::I32, vec![0; 32]);
    });
    assert_eq!(refusal(bytes), "tensor \"front_end.gain\" is I32: expected F32, or F64, F16 or BF16");
}

#[test]
fn a_newer_version_asks_for_an_update() {
    let bytes = changed(&file(), |metadata, _| _ = metadata.insert("format_version".into(), "2".into()));
    let message = refusal(bytes);
    assert!(message.contains("format version 2") && message.contains("update"), "{message}");
}

#[test]
fn foreign_and_damaged_files_say_so() {
    assert!(refusal(Vec::new()).starts_with("not a safetensors file"));
    assert!(refusal(b"RIFF....WAVE".to_vec()).starts_with("not a safetensors file"));
    let whole = file();
    assert!(refusal(whole[..whole.len() / 2].to_vec()).contains("damaged"));
    let foreign = changed(&whole, |metadata, _| metadata.clear());
    assert!(refusal(foreign).contains("not a SpectNet model"));
    let garbled = changed(&whole, |metadata, _| _ = metadata.insert("config".into(), "{}".into()));
    assert!(refusal(garbled).starts_with("\"config\" in the model file's metadata"));
}

#[test]
fn a_small_file_cannot_ask_for_a_huge_network() {
    let mut huge = config();
    huge.front_end.filters = 4096;
    let bytes = changed(&file(), |metadata, _| {
        metadata.insert("config".into(), json(&huge).unwrap());
        metadata.insert("initial_filters".into(), json(&huge.front_end.initial_filters().unwrap()).unwrap());
    });
    assert!(refusal(bytes).contains("has shape [8]: expected [4096]"));
}
