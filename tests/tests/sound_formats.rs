//! Recordings in the formats and with the faults that devices and programs leave, written byte by byte: the program finds the
//! same heart in each, or names what it does not read.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spectnet_core::synth::{HeartOptions, heart_at};
use spectnet_tests::args;
use spectnet_tests::command::spectnet;
use spectnet_tests::flac::flac;
use spectnet_tests::spectnet::predict;
use spectnet_tests::wav::Wav;
use xtask::workspace::Workspace;

/// Samples a second.
const RATE: u32 = 2000;
/// Where nothing is lost, probabilities differ by their rounding in JSON at most.
const ROUNDING: f64 = 2e-3;

fn model() -> PathBuf {
    Workspace::root_from_manifest().join("web/weights/heart.safetensors")
}

/// Ten seconds of a heart at full scale.
fn beating() -> Vec<i16> {
    let options = HeartOptions { seed: 3, seconds: 10.0, sample_rate: RATE, murmur: None };
    let recording = heart_at(&options, 70.0).expect("these options are valid").recording;
    let peak = recording.samples().iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
    recording.samples().iter().map(|sample| (32_000.0 / peak * sample) as i16).collect()
}

/// The bytes of samples, lowest first.
fn little(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// Every sample so many times: the same sound at a higher rate.
fn repeated(samples: &[i16], times: usize) -> Vec<i16> {
    samples.iter().flat_map(|sample| vec![*sample; times]).collect()
}

/// One channel of 16-bit integers.
fn plain(samples: &[i16]) -> Wav {
    Wav { tag: 1, channels: 1, rate: RATE, bits: 16, data: little(samples), claim: None }
}

/// A plain file with other bytes in some place.
fn with(samples: &[i16], changes: &[(usize, &[u8])]) -> Vec<u8> {
    let mut bytes = plain(samples).bytes();
    for (at, change) in changes {
        bytes[*at..at + change.len()].copy_from_slice(change);
    }
    bytes
}

/// A plain file with other bytes before the chunk `fmt `.
fn after(bytes: &[u8], samples: &[i16]) -> Vec<u8> {
    let file = plain(samples).bytes();
    let mut file = [&file[..12], bytes, &file[12..]].concat();
    let length = (file.len() - 8) as u32;
    file[4..8].copy_from_slice(&length.to_le_bytes());
    file
}

/// A chunk of so many bytes, filled up to an even number where `filled`.
fn chunk(name: &[u8; 4], length: u32, filled: bool) -> Vec<u8> {
    let padding = vec![0; usize::from(filled && !length.is_multiple_of(2))];
    [&name[..], &length.to_le_bytes(), &vec![b'x'; length as usize], &padding].concat()
}

/// 24 bits in four bytes, in the format that says what it is by a GUID.
fn extensible(samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| (i32::from(*sample) << 16).to_le_bytes()).collect();
    let mut format = [0xfffe_u16, 1].map(u16::to_le_bytes).as_flattened().to_vec();
    format.extend([RATE, 4 * RATE].map(u32::to_le_bytes).as_flattened());
    format.extend([4u16, 32, 22, 24].map(u16::to_le_bytes).as_flattened());
    format.extend(0u32.to_le_bytes());
    format.extend([1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    let length = (4 + 8 + format.len() + 8 + data.len()) as u32;
    let [format_length, data_length] = [format.len(), data.len()].map(|length| (length as u32).to_le_bytes());
    [b"RIFF", &length.to_le_bytes()[..], b"WAVEfmt ", &format_length, &format, b"data", &data_length, &data].concat()
}

/// Highest bytes first, as some recorders write.
fn big_endian(samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_be_bytes()).collect();
    let [file, format, sound] = [36 + data.len(), 16, data.len()].map(|length| (length as u32).to_be_bytes());
    let [rate, bytes] = [RATE, 2 * RATE].map(u32::to_be_bytes);
    let [one, two, bits] = [1u16, 2, 16].map(u16::to_be_bytes);
    [b"RIFX", &file[..], b"WAVEfmt ", &format, &one, &one, &rate, &bytes, &two, &bits, b"data", &sound, &data].concat()
}

/// A file whose true lengths stand in a chunk of their own, as if it had more than 4 GiB.
fn rf64(samples: &[i16]) -> Vec<u8> {
    let file = with(samples, &[(0, b"RF64"), (4, &[255; 4]), (40, &[255; 4])]);
    let data = (file.len() - 44) as u64;
    let lengths = [data + 72, data, samples.len() as u64].map(u64::to_le_bytes);
    [&file[..12], b"ds64\x1c\0\0\0", lengths.as_flattened(), &[0; 4], &file[12..]].concat()
}

/// Apple's format.
fn aiff(samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_be_bytes()).collect();
    let [file, sound] = [46 + data.len(), 8 + data.len()].map(|length| (length as u32).to_be_bytes());
    let frames = (samples.len() as u32).to_be_bytes();
    // 2000 Hz as a number of 80 bits.
    let rate = [0x40, 0x09, 0xfa, 0, 0, 0, 0, 0, 0, 0];
    let common = [b"COMM\0\0\0\x12\0\x01", &frames[..], b"\0\x10", &rate].concat();
    [b"FORM", &file[..], b"AIFF", &common, b"SSND", &sound, &[0; 8], &data].concat()
}

/// One byte a sample, as telephones have it (µ-law of ITU-T G.711).
fn mu_law(sample: i16) -> u8 {
    let level = i32::from(sample).abs().min(32_635) + 132;
    let exponent = (level >> 8).checked_ilog2().map_or(0, |bit| bit + 1);
    let mantissa = (level >> (exponent + 3)) & 15;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !(sign | (exponent as u8) << 4 | mantissa as u8)
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let file = folder.join(name);
    fs::write(&file, bytes).expect("a writable folder");
    file
}

fn rate(verdict: &Value) -> f64 {
    verdict["rhythm"]["heart_rate_bpm"].as_f64().unwrap_or_else(|| panic!("{verdict}"))
}

#[test]
fn the_same_samples_say_the_same_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let heart = beating();
    let control = predict(&model(), &put(folder.path(), "control.wav", &plain(&heart).bytes()));
    assert!((rate(&control) - 70.0).abs() < 7.0, "{control}");
    let float = |sample: &i16| f32::from(*sample) / 32_768.0;
    let floats: Vec<f32> = heart.iter().map(float).collect();
    let doubles = heart.iter().flat_map(|sample| f64::from(float(sample)).to_le_bytes()).collect();
    let sound = flac(RATE, &heart, heart.len() as u64);
    let title = b"ID3\x04\0\0\0\0\0\x1fTIT2\0\0\0\x06\0\0\x03heart";
    let tagged = [&title[..], &[0; 15], &sound].concat();
    let open = [255_u8; 4];
    let files = [
        ("pipe.wav", with(&heart, &[(4, &open), (40, &open)])),
        ("crashed.wav", with(&heart, &[(4, &[0; 4]), (40, &[0; 4])])),
        ("block_align_0.wav", with(&heart, &[(28, &[0; 6])])),
        ("twelve_bits_in_two_bytes.wav", with(&heart, &[(34, &[12, 0])])),
        ("float64.wav", Wav { tag: 3, bits: 64, data: doubles, ..plain(&heart) }.bytes()),
        ("float32.wav", Wav::floats(RATE, &floats).bytes()),
        ("extensible.wav", extensible(&heart)),
        ("big_endian.wav", big_endian(&heart)),
        ("rf64.wav", rf64(&heart)),
        ("described.wav", after(&[chunk(b"bext", 603, true), chunk(b"iXML", 40, true)].concat(), &heart)),
        ("odd_chunk_without_padding.wav", after(&chunk(b"bext", 603, false), &heart)),
        ("apple.aiff", aiff(&heart)),
        ("control.flac", sound),
        ("tagged.flac", tagged),
        ("pipe.flac", flac(RATE, &heart, 0)),
    ];
    for (name, bytes) in files {
        let verdict = predict(&model(), &put(folder.path(), name, &bytes));
        let [found, expected] = [&verdict, &control].map(|verdict| verdict["probabilities"]["abnormal"].as_f64());
        let differs = (found.unwrap() - expected.unwrap()).abs();
        let [windows, all] = [&verdict, &control].map(|verdict| verdict["windows"].as_array().map(Vec::len));
        assert!(differs < ROUNDING && windows == all, "{name}: {verdict}");
    }
}

#[test]
fn coarser_louder_and_shorter_files_hold_the_same_heart() {
    let folder = tempfile::tempdir().unwrap();
    let heart = beating();
    let control = rate(&predict(&model(), &put(folder.path(), "control.wav", &plain(&heart).bytes())));
    let [twice, four_times] = [2, 4].map(|times| repeated(&heart, times));
    let bytes = twice.iter().map(|sample| ((i32::from(*sample) >> 8) + 128) as u8).collect();
    let loud: Vec<f32> = heart.iter().map(|sample| f32::from(*sample)).collect();
    let left: Vec<i16> = heart.iter().flat_map(|sample| [*sample, 0]).collect();
    let telephone = four_times.iter().map(|sample| mu_law(*sample)).collect();
    let odd = (2 * heart.len() - 1) as u32;
    let files = [
        ("cut.wav", plain(&heart).bytes()[..44 + 12_000 * 2].to_vec()),
        ("last_sample_half.wav", with(&heart, &[(40, &odd.to_le_bytes())])),
        ("integers_as_floats.wav", Wav::floats(RATE, &loud).bytes()),
        ("eight_bits.wav", Wav { rate: 2 * RATE, bits: 8, data: bytes, ..plain(&heart) }.bytes()),
        ("telephone.wav", Wav { tag: 7, rate: 4 * RATE, bits: 8, data: telephone, ..plain(&heart) }.bytes()),
        ("twice_the_rate.wav", Wav { rate: 2 * RATE, ..plain(&twice) }.bytes()),
        ("left_only.wav", Wav { channels: 2, ..plain(&left) }.bytes()),
    ];
    for (name, bytes) in files {
        let verdict = predict(&model(), &put(folder.path(), name, &bytes));
        assert!((rate(&verdict) / control - 1.0).abs() < 0.08, "{name}, {control} a minute: {verdict}");
    }
}

#[test]
fn what_is_not_read_is_named_and_what_holds_no_heart_has_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let heart = beating();
    let memo = b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom\0\0\0\0\0\0\0\x08mdat";
    for (name, bytes, said) in
        [("dictated.wav", with(&heart, &[(20, &[0x11, 0])]), "IMA ADPCM"), ("memo.m4a", memo.to_vec(), "M4A")]
    {
        let file = put(folder.path(), name, &bytes);
        let run = spectnet(args!["predict", "--json", "--model", model(), &file]);
        assert!(run.refusal().contains(said), "{name}: {run:?}");
    }
    let hum = |k: u16| (9000.0 * (0.05 * std::f64::consts::PI * f64::from(k)).sin()) as i16;
    for (name, samples, reason) in [
        ("silent.wav", vec![0; 20_000], "silent"),
        ("hum.wav", (0..20_000).map(hum).collect(), "no_rhythm"),
        ("short.wav", heart[..1520].to_vec(), "too_short"),
    ] {
        let verdict = predict(&model(), &put(folder.path(), name, &plain(&samples).bytes()));
        assert_eq!((&verdict["label"], &verdict["abstained"]["reason"]), (&Value::Null, &reason.into()), "{name}");
    }
}
