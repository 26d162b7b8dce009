//! Model files of every version, as they come back from people, and as somebody makes them who means harm.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use spectnet_core::network::cpu::engine::{CpuEngine, Network};
use spectnet_core::package::{self, FORMAT_VERSION, Package};
use spectnet_core::text::is_plain;
use spectnet_tests::args;
use spectnet_tests::command::{measured, spectnet};
use spectnet_tests::recordings::hearts;
use spectnet_tests::skip::skipped;

/// Largest difference of a logit from the one that was computed in 64 bits.
const TOLERANCE: f32 = 1e-3;

fn fixtures(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/format-{version}"))
}

/// What a model says of a window that is the same every time, whose frames lie in one phase of the heart cycle after the
/// other.
fn logits(package: &Package) -> Vec<f32> {
    let config = &package.config;
    let engine = CpuEngine::new(Network::new(config, &package.weights).unwrap()).unwrap();
    let tone = |k: usize| {
        let t = k as f64 / f64::from(config.conditioning.sample_rate);
        let beat = 0.3 * (-20.0 * (t % 0.8)).exp() * (std::f64::consts::TAU * 60.0 * t).sin();
        (beat + 0.02 * (std::f64::consts::TAU * (220.0 * t + 30.0 * t * t)).sin()) as f32
    };
    let samples: Vec<f32> = (0..config.windowing.samples).map(tone).collect();
    let frames = config.frames();
    let states = config.classifier.parts().map(|parts| {
        let phases = parts.phases();
        let phase = |frame: usize| frame * phases / frames;
        let count = |number: usize| (0..frames).filter(|&frame| phase(frame) == number).count() as f32;
        let weight = |number: usize, frame: usize| if phase(frame) == number { 1.0 / count(number) } else { 0.0 };
        (0..phases).flat_map(|number| (0..frames).map(move |frame| weight(number, frame))).collect::<Vec<f32>>()
    });
    engine.logits(&engine.images(&samples, samples.len()).unwrap(), states.as_deref(), None).unwrap()
}

/// Every file says what it said on the day it was written.
#[test]
fn files_of_every_version_are_read_and_say_what_they_said() {
    let files: [(u32, &str, &[f32]); 2] = [
        (1, "heart-states.safetensors", &[-6.3057, 2.9292]),
        (1, "scene-pooled.safetensors", &[-2.1130, -0.6937, 2.9740, 0.1675]),
    ];
    for (version, name, expected) in files {
        let package = package::read(&fs::read(fixtures(version).join(name)).unwrap()).unwrap();
        let found = logits(&package);
        assert_eq!(found.len(), expected.len(), "{name}");
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < TOLERANCE, "version {version}, {name}: {found}, not {expected}");
        }
        assert!(package.provenance.data.starts_with("synthesised-") && package.recordings.is_some(), "{name}");
        assert_eq!(package.assessment.is_some(), package.config.labels == ["normal", "abnormal"], "{name}");
        assert_eq!(package.openness.is_some(), package.assessment.is_none(), "{name}");
    }
}

/// Whoever raises the version keeps a file of it.
#[test]
fn there_is_a_file_of_every_version() {
    for version in 1..=FORMAT_VERSION {
        let folder = fixtures(version);
        let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        assert!(!files.is_empty(), "{}", folder.display());
        for file in files {
            package::read(&fs::read(&file).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        }
    }
}

/// A tensor as it stands in a file.
#[derive(Clone)]
struct Tensor {
    name: String,
    kind: &'static str,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// The metadata of a model file, and its tensors of 32-bit floats in order.
fn parts(file: &[u8]) -> (BTreeMap<String, String>, Vec<Tensor>) {
    let (length, rest) = file.split_first_chunk::<8>().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let mut header: BTreeMap<String, Value> = serde_json::from_slice(header).unwrap();
    let metadata = serde_json::from_value(header.remove("__metadata__").unwrap()).unwrap();
    let tensor = |(name, about): (String, Value)| {
        let [begin, end]: [usize; 2] = serde_json::from_value(about["data_offsets"].clone()).unwrap();
        let shape = serde_json::from_value(about["shape"].clone()).unwrap();
        Tensor { name, kind: "F32", shape, bytes: data[begin..end].to_vec() }
    };
    (metadata, header.into_iter().map(tensor).collect())
}

/// A file of these tensors, in this order.
fn written(metadata: Option<&BTreeMap<String, String>>, tensors: &[Tensor]) -> Vec<u8> {
    let mut header: BTreeMap<&str, Value> = metadata.iter().map(|metadata| ("__metadata__", json!(metadata))).collect();
    let mut data = Vec::new();
    for Tensor { name, kind, shape, bytes } in tensors {
        let offsets = [data.len(), data.len() + bytes.len()];
        header.insert(name, json!({ "dtype": kind, "shape": shape, "data_offsets": offsets }));
        data.extend(bytes);
    }
    let header = serde_json::to_vec(&header).unwrap();
    [&(header.len() as u64).to_le_bytes()[..], &header, &data].concat()
}

/// A model as people and programs change it: what they do, the file, and the words that a refusal must hold; none where it is
/// read.
fn changed() -> Vec<(&'static str, Vec<u8>, Option<&'static str>)> {
    let (metadata, tensors) = parts(&fs::read(fixtures(1).join("heart-states.safetensors")).unwrap());
    let with = |name: &str, kind: &'static str, shape: &[usize], bytes: &[u8]| {
        let tensor = Tensor { name: name.into(), kind, shape: shape.into(), bytes: bytes.into() };
        written(Some(&metadata), &[&tensors[..], &[tensor]].concat())
    };
    let reversed: Vec<Tensor> = tensors.iter().rev().cloned().collect();
    let wide = |tensor: &Tensor| {
        let numbers = tensor.bytes.as_chunks::<4>().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes)));
        Tensor { kind: "F64", bytes: numbers.flat_map(f64::to_le_bytes).collect(), ..tensor.clone() }
    };
    let doubles: Vec<Tensor> = tensors.iter().map(wide).collect();
    let mut loud = tensors.clone();
    let gains = loud.iter_mut().find(|tensor| tensor.name == "front_end.gain").unwrap();
    gains.bytes[..4].copy_from_slice(&1000.0_f32.to_le_bytes());
    let configured = |change: &dyn Fn(&mut Value)| {
        let mut config = serde_json::from_str(&metadata["config"]).unwrap();
        change(&mut config);
        let mut metadata = metadata.clone();
        metadata.insert("labels".into(), config["labels"].to_string());
        metadata.insert("config".into(), config.to_string());
        written(Some(&metadata), &tensors)
    };
    let large = |config: &mut Value| {
        config["front_end"]["filters"] = json!(64);
        config["front_end"]["framing"] = json!({ "window": 1, "hop": 1 });
        config["windowing"] = json!({ "samples": 1 << 24, "hop": 1 << 24 });
    };
    vec![
        ("as it was", written(Some(&metadata), &tensors), None),
        ("another order", written(Some(&metadata), &reversed), None),
        ("PyTorch's counter", with("classifier.norm.num_batches_tracked", "I64", &[], &[0; 8]), None),
        ("64 bits", written(Some(&metadata), &doubles), None),
        ("saved again", written(None, &tensors), Some("save_file(tensors, path, metadata=f.metadata())")),
        ("one more", with("empty", "F32", &[0], &[]), Some("tensor \"empty\" does not belong to this model")),
        ("a gain", written(Some(&metadata), &loud), Some("filter 0: gain inf")),
        (
            "a frame",
            configured(&|config| config["front_end"]["framing"]["window"] = json!(u64::MAX)),
            Some("18446744073709551615 samples: expected 1 to"),
        ),
        ("an image of 4 GiB", configured(&large), Some("values of the image")),
        (
            "a label",
            configured(&|config| config["labels"][0] = json!("\u{1b}[2J\u{1b}[31mnormal\n\r")),
            Some("label 0, \"\\u{1b}[2J\\u{1b}[31mnormal\\n\\r\""),
        ),
        ("a hop", configured(&|config| config["front_end"]["framing"]["hop"] = json!(2000)), Some("leave gaps")),
    ]
}

#[test]
fn what_comes_back_from_other_programs_is_read_or_refused_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let heart = &hearts(folder.path())[0];
    let model = folder.path().join("model.safetensors");
    let mut results = Vec::new();
    for (change, file, refused) in changed() {
        fs::write(&model, file).unwrap();
        let [inspected, predicted] = [
            args!["inspect", &model, "--json"].to_vec(),
            args!["predict", "--device", "cpu", "--json", "--model", &model, heart].to_vec(),
        ]
        .map(spectnet);
        match refused {
            None => {
                inspected.done();
                results.push(predicted.json());
            }
            Some(words) => {
                for run in [inspected, predicted] {
                    assert!(run.refusal().contains(words), "{change}: {run:?}");
                    assert!(run.stdout.is_empty(), "{change}: {run:?}");
                }
            }
        }
    }
    // The same weights in another order, in 64 bits, or beside a counter: the same result.
    assert!(results.len() == 4 && results.iter().all(|result| *result == results[0]), "{results:?}");
}

/// 85 MB of metadata became 3.7 GB before anybody looked at them.
#[test]
fn metadata_of_any_length_takes_no_memory() {
    const LENGTH: usize = 85_000_000;
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("long.safetensors");
    let mut file = fs::File::create(&model).unwrap();
    file.write_all(&(LENGTH as u64).to_le_bytes()).unwrap();
    let entry = "\"k\":\"\",".as_bytes();
    let begin = br#"{"__metadata__":{"#;
    file.write_all(begin).unwrap();
    file.write_all(&entry.repeat((LENGTH - begin.len()) / entry.len())).unwrap();
    file.write_all(" ".repeat((LENGTH - begin.len()) % entry.len()).as_bytes()).unwrap();
    drop(file);
    let (run, peak) = measured(args!["inspect", &model]);
    assert!(run.refusal().contains("82 MiB: at most 8 MiB are read"), "{run:?}");
    assert!(peak.is_none_or(|bytes| bytes < 400 << 20), "{peak:?}");
}

/// Whether a terminal obeys nothing of it but the ends of lines.
fn harmless(text: &str) -> bool {
    text.chars().all(|character| is_plain(character) || character == '\n')
}

#[test]
fn no_name_of_a_file_reaches_the_terminal_as_more_than_text() {
    let folder = tempfile::tempdir().unwrap();
    let name = "a\u{1b}[2J\u{202e}b\u{9b}31m.safetensors";
    let model = folder.path().join(name);
    if fs::copy(fixtures(1).join("heart-states.safetensors"), &model).is_err() {
        skipped("names of files with control characters are not shown, for this system has none");
        return;
    }
    let table = spectnet(args!["inspect", &model]).done();
    assert!(harmless(&table.stdout) && harmless(&table.stderr), "{table:?}");
    assert!(table.stdout.contains("a\\u{1b}[2J\\u{202e}b\\u{9b}31m.safetensors: SpectNet-4 for heart"), "{table:?}");
    let listed = spectnet(args!["inspect", &model, "--json"]);
    assert!(harmless(&listed.stdout), "{listed:?}");
    // To a program it is the name that it is.
    assert_eq!(listed.json()["file"], model.display().to_string());
    let absent = folder.path().join("c\u{1b}]0;title\u{7}.wav");
    let refused = spectnet(args!["predict", "--json", "--device", "cpu", "--model", &model, &absent]);
    assert!(refused.refusal().contains("c\\u{1b}]0;title\\u{7}.wav"), "{refused:?}");
    assert!(harmless(&refused.stdout) && harmless(&refused.stderr), "{refused:?}");
}
