//! Recordings of arbitrary samples, conditioned and segmented.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spectnet_core::audio::Recording;
use spectnet_core::heart::{Features, Parameters, conditioning};

fuzz_target!(|bytes: &[u8]| {
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
    });
});
