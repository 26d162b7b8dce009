//! WAV files of every kind, as a whole and as they are streamed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spectnet_core::audio::{Downmix, WavScan, is_wav, read_wav};

fuzz_target!(|bytes: &[u8]| {
    spectnet_fuzz::within_memory(bytes.len(), || {
        let recording = read_wav(bytes);
        if let Ok(recording) = &recording {
            assert!(is_wav(bytes) && recording.samples().len() <= bytes.len());
            assert!(recording.samples().iter().all(|sample| sample.is_finite()));
        }
        // A file that is said to be longer than what is at hand.
        let mut scan = WavScan::new(bytes.len() as u64 + (1 << 33));
        let mut block = bytes.to_vec();
        block.resize(scan.wants().end as usize, 0);
        if let Ok(Some(sound)) = scan.read(&block) {
            let part = sound.bytes_of(u64::MAX, 3);
            assert!(part.is_empty() && sound.frames() > 0);
            let _ = sound.decode(&block[..(sound.frame_bytes() as usize).min(block.len())], Downmix::Mean);
        }
    });
});
