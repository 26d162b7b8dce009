//! Model files, and what they compute.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spectnet_core::audio::Recording;
use spectnet_core::network::cpu::engine::{CpuEngine, Network};
use spectnet_core::package;
use spectnet_core::prediction::decision::Decision;
use spectnet_core::prediction::{Prepared, Tally};

/// Largest image, in values, that is computed here: small, so that sizes are attacked too.
const MOST_VALUES: usize = 1 << 14;

fuzz_target!(|bytes: &[u8]| {
    spectnet_fuzz::within_memory(bytes.len(), || {
        let Ok(package) = package::read(bytes) else { return };
        let config = &package.config;
        let front_end = &config.front_end;
        let taps = front_end.filters * front_end.taps;
        if config.frames() * front_end.filters > MOST_VALUES || config.windowing.samples.max(taps) > 16 * MOST_VALUES {
            return;
        }
        let samples = (0..4000).map(|k| (0.1 * k as f32).sin()).collect();
        let Ok(recording) = Recording::new(samples, config.conditioning.sample_rate) else { return };
        let Ok(prepared) = Prepared::piece(config, &recording) else { return };
        let Ok(engine) = Network::new(config, &package.weights).and_then(CpuEngine::new) else { return };
        let Some(windows) = prepared.windows.get(..prepared.windows.len().min(2)) else { return };
        let input = prepared.input(config, windows);
        if let Ok(probabilities) = engine.probabilities(&input) {
            assert_eq!(probabilities.len(), windows.len() * config.labels.len());
        }
        let _ = Decision::new(config, package.assessment.as_ref(), Default::default())
            .and_then(|decision| Tally::new(config).prediction(&decision));
    });
});
