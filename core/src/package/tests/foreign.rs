//! Files as they come back from other programs.

use std::sync::OnceLock;

use half::{bf16, f16};
use proptest::prelude::*;

use super::*;
use crate::filterbank::{FilterbankConfig, Form};

/// The model of [`file`] with every number written in another type.
fn as_type(dtype: Dtype, written: impl Fn(f32) -> Vec<u8>) -> Vec<u8> {
    changed(&file(), |_, tensors| {
        for (_, of, _, data) in tensors {
            let numbers = data.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk));
            let numbers: Vec<u8> = numbers.flat_map(&written).collect();
            (*of, *data) = (dtype, numbers);
        }
    })
}

#[test]
fn other_floats_are_read_as_the_numbers_they_are() {
    let read = |bytes: &[u8]| read(bytes).unwrap().weights;
    assert_eq!(read(&as_type(Dtype::F64, |number| f64::from(number).to_le_bytes().to_vec())), weights());
    let rounded = |round: fn(f32) -> f32| -> Weights {
        weights().into_iter().map(|(name, values)| (name, values.into_iter().map(round).collect())).collect()
    };
    let half = as_type(Dtype::F16, |number| f16::from_f32(number).to_le_bytes().to_vec());
    assert_eq!(read(&half), rounded(|number| f16::from_f32(number).to_f32()));
    let brain = as_type(Dtype::BF16, |number| bf16::from_f32(number).to_le_bytes().to_vec());
    assert_eq!(read(&brain), rounded(|number| bf16::from_f32(number).to_f32()));
    // What is added to such a file leaves its tensors as they are.
    let assessed = with_assessment(&half, &assessment()).unwrap();
    assert_eq!(File::parse(&assessed).unwrap().tensor("front_end.gain").unwrap().dtype(), Dtype::F16);
}

#[test]
fn a_number_beyond_32_bits_is_not_finite() {
    let bytes = changed(&file(), |_, tensors| {
        let gain = tensors.iter_mut().find(|tensor| tensor.0 == "front_end.gain").unwrap();
        (gain.1, gain.3) = (Dtype::F64, [1e4, 1e4, -1e300, 1e4, 1e4, 1e4, 1e4, 1e4].map(f64::to_le_bytes).concat());
    });
    assert_eq!(refusal(bytes), "tensor \"front_end.gain\" is not finite at index 2");
}

#[test]
fn the_counters_of_pytorch_are_no_part_of_the_model() {
    let with = |names: &[&str]| {
        changed(&file(), |_, tensors| {
            tensors.extend(names.iter().map(|name| (name.to_string(), Dtype::I64, Vec::new(), vec![7; 8])));
        })
    };
    let bytes =
        with(&["classifier.stem.norm.num_batches_tracked", "classifier.blocks.0.first.norm.num_batches_tracked"]);
    assert!(read(&bytes).unwrap() == read(&file()).unwrap());
    assert!(with_assessment(&bytes, &assessment()).is_ok());
    let other = refusal(with(&["classifier.stem.norm.batches"]));
    assert_eq!(other, "tensor \"classifier.stem.norm.batches\" does not belong to this model");
}

#[test]
fn an_empty_tensor_that_is_too_many_is_named() {
    let bytes = changed(&file(), |_, tensors| tensors.push(("empty".into(), Dtype::F32, vec![0], Vec::new())));
    assert_eq!(refusal(bytes), "tensor \"empty\" does not belong to this model");
}

/// What `save_file` leaves that is not told to keep the metadata.
#[test]
fn a_file_without_its_metadata_is_refused_with_the_line_that_keeps_it() {
    let whole = file();
    let resaved = |metadata: Option<[(&str, &str); 1]>| {
        let owned =
            |entries: [(&str, &str); 1]| entries.map(|(key, value)| (key.to_string(), value.to_string())).into();
        refusal(
            safetensors::serialize(SafeTensors::deserialize(&whole).unwrap().tensors(), metadata.map(owned)).unwrap(),
        )
    };
    for metadata in [None, Some([("format", "pt")]), Some([("format", "spectnet")])] {
        let refused = resaved(metadata);
        assert!(refused.contains("from safetensors import safe_open"), "{refused}");
        assert!(refused.contains("save_file(tensors, path, metadata=f.metadata())"), "{refused}");
        assert!(!refused.contains('\n'), "{refused}");
    }
    for key in ["format_version", "config", "labels", "initial_filters", "provenance"] {
        let refused = refusal(changed(&whole, |metadata, _| _ = metadata.remove(key)));
        assert!(refused.starts_with(&format!("the model file's metadata has no {key:?}; a program in")), "{refused}");
    }
}

/// In the paper's form training moves centres in Hz, and momentum does not stop at the ends.
#[test]
fn a_filter_that_training_moved_past_an_end_is_written_as_the_same_one_inside() {
    let with_phase = ModelConfig { front_end: FilterbankConfig { phase: true, ..config().front_end }, ..config() };
    let mut moved = weights();
    moved.get_mut("front_end.centre_frequency").unwrap()[6..].copy_from_slice(&[-7.5, 512.0]);
    moved.insert("front_end.phase".into(), vec![0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
    let package = read(&write(&with_phase, &moved, &Provenance::default()).unwrap()).unwrap();
    assert_eq!(package.weights["front_end.centre_frequency"][6..], [7.5, 488.0]);
    assert_eq!(package.weights["front_end.phase"], [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, -0.6, -0.7]);
    let past = with_phase.filters(&moved).unwrap();
    for (past, inside) in past.iter().zip(&package.filters) {
        let [past, inside] = [past, inside].map(|filter| with_phase.front_end.gammatone(*filter).kernel());
        assert!(past.iter().zip(&inside).all(|(past, inside)| (past - inside).abs() < 1e-9));
    }
    // A bounded filter has no end to pass; its numbers are not in Hz.
    let bounded = FilterbankConfig { form: Form::Bounded, ..config().front_end };
    let weights = Weights::from([("front_end.centre_frequency".to_string(), vec![-7.5, 512.0])]);
    assert_eq!(inside(&ModelConfig { front_end: bounded, ..config() }, &weights), weights);
}

proptest! {
    #[test]
    fn bytes_that_are_no_model_are_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn a_file_with_another_byte_is_refused_or_read_without_a_panic(place in 0usize..6000, byte in any::<u8>()) {
        static FILE: OnceLock<Vec<u8>> = OnceLock::new();
        let mut bytes = FILE.get_or_init(file).clone();
        bytes[place] = byte;
        let _ = read(&bytes);
    }
}
