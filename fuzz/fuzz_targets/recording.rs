//! Recordings of arbitrary samples: conditioned, segmented, and classified by the shipped heart model.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use spectnet_core::audio::Recording;
use spectnet_core::heart::{Features, Parameters, conditioning};
use spectnet_core::recognise::Model;

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    Model::from_bytes(include_bytes!("../../web/weights/heart.safetensors")).expect("it is part of the project")
});

fuzz_target!(|bytes: &[u8]| {
    let model = &*MODEL;
    spectnet_fuzz::within_memory(bytes.len(), || {
        let Ok(recording) = Recording::new(spectnet_fuzz::samples(bytes), 1000) else { return };
        let Ok(piece) = conditioning().piece(&recording) else { return };
        assert!(piece.samples().iter().all(|sample| sample.is_finite()));
        let mut features = Features::default();
        if features.add(&piece).is_err() {
            return;
        }
        let parameters = Parameters::shipped().expect("they are part of the program");
        if let Ok(segmentation) = parameters.segment(&features) {
            assert!(segmentation.heart_rate_bpm.is_finite());
        }
        let prediction = model.classify(&recording).expect("every recording has a prediction");
        assert!(prediction.label.is_some() != prediction.abstained.is_some());
        assert!(prediction.probabilities.values().all(|probability| (0.0..=1.0).contains(probability)));
    });
});
