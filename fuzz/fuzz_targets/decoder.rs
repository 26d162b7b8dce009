//! Everything that is decoded packet by packet, up to ten minutes of it.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use spectnet_core::audio::Decoder;

/// Frames after which a file is taken for one that does not end.
const MOST: usize = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    spectnet_fuzz::within_memory(bytes.len(), || {
        let Ok(mut decoder) = Decoder::open(Box::new(Cursor::new(bytes.to_vec()))) else { return };
        let (channels, mut frames) = (decoder.channels(), 0);
        while let Ok(Some(samples)) = decoder.next_frames() {
            assert!(!samples.is_empty() && samples.len() % channels == 0);
            frames += samples.len() / channels;
            if frames > MOST {
                break;
            }
        }
        let _ = (decoder.cut_short(), decoder.left_out(), decoder.frames());
    });
});
