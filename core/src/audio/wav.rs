//! WAV files: decoded and encoded by hound.
//!
//! The container is read by [`super::riff`] before hound gets anything: hound gets a plain header and exactly the
//! sample data, so nothing that it reads or allocates depends on a claim in the file. Encodings that hound does not
//! know (big-endian samples, floats and integers of 64 bits, A-law and µ-law) are decoded here.

use std::io::Cursor;
use std::ops::Range;

use hound::{SampleFormat, WavSpec, WavWriter};

use super::channels::Downmix;
use super::recording::{Recording, check_length};
use super::riff::WavScan;
use crate::error::{Error, Result};

/// Decodes a whole WAV file in memory, as the mean of its channels.
///
/// # Errors
/// Those of [`WavScan::read`] and [`Recording::new`].
pub fn read_wav(bytes: &[u8]) -> Result<Recording> {
    let part = |range: Range<u64>| &bytes[range.start as usize..range.end as usize];
    let mut scan = WavScan::new(bytes.len() as u64);
    let sound = loop {
        if let Some(sound) = scan.read(part(scan.wants()))? {
            break sound;
        }
    };
    check_length(usize::try_from(sound.frames()).unwrap_or(usize::MAX))?;
    Recording::new(sound.decode(part(sound.bytes_of(0, u64::MAX)), Downmix::Mean)?, sound.sample_rate())
}

/// Encodes a recording as 16-bit PCM with one channel. Samples beyond full scale are clipped.
///
/// # Errors
/// Those of the encoder; no [`Recording`] is known to cause one.
pub fn write_wav(recording: &Recording) -> Result<Vec<u8>> {
    write_wav_channels(&[recording], 16)
}

/// Encodes recordings as the channels of one file, as integers of `bits` bits: 8, 16, 24 or 32. Samples beyond full
/// scale are clipped.
///
/// # Errors
/// [`Error::Invalid`] for no channels, channels of different lengths or sampling rates, or another number of bits.
pub fn write_wav_channels(channels: &[&Recording], bits: u16) -> Result<Vec<u8>> {
    let cannot = |error| Error::invalid(format!("cannot encode the recording as WAV: {error}"));
    let Some((first, others)) = channels.split_first() else {
        return Err(Error::invalid("a WAV file needs at least one channel"));
    };
    let form = |channel: &Recording| (channel.samples().len(), channel.sample_rate());
    if others.iter().any(|other| form(other) != form(first)) {
        return Err(Error::invalid("the channels of a WAV file must have the same length and rate"));
    }
    let spec = WavSpec {
        channels: u16::try_from(channels.len()).map_err(|_| Error::limit("more than 65535 channels"))?,
        sample_rate: first.sample_rate(),
        bits_per_sample: bits,
        sample_format: SampleFormat::Int,
    };
    if !matches!(bits, 8 | 16 | 24 | 32) {
        return Err(Error::unsupported(format!("WAV with {bits} bits; expected 8, 16, 24 or 32")));
    }
    let full_scale = 2f64.powi(i32::from(bits) - 1);
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, spec).map_err(cannot)?;
    for frame in 0..first.samples().len() {
        for channel in channels {
            let sample = (f64::from(channel.samples()[frame]) * full_scale).round();
            writer.write_sample(sample.clamp(-full_scale, full_scale - 1.0) as i32).map_err(cannot)?;
        }
    }
    writer.finalize().map_err(cannot)?;
    Ok(file.into_inner())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;
    use crate::audio::WavSound;
    use crate::audio::riff::FILE_HEADER;
    use crate::audio::wav_format::{A_LAW, EXTENSIBLE, IEEE_FLOAT, MU_LAW, PCM, SUBFORMAT_TAIL};

    fn encode<S: hound::Sample + Copy>(spec: WavSpec, samples: &[S]) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut file, spec).unwrap();
        samples.iter().for_each(|&sample| writer.write_sample(sample).unwrap());
        writer.finalize().unwrap();
        file.into_inner()
    }

    fn spec(channels: u16, bits_per_sample: u16) -> WavSpec {
        WavSpec { channels, sample_rate: 2000, bits_per_sample, sample_format: SampleFormat::Int }
    }

    /// A file from its chunks, written byte by byte.
    fn file(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WAVE".to_vec();
        for (name, content) in chunks {
            bytes.extend(*name);
            bytes.extend((content.len() as u32).to_le_bytes());
            bytes.extend(*content);
            bytes.extend(&[0][..content.len() % 2]);
        }
        bytes
    }

    /// Format chunk of mono sound at 2 kHz.
    fn format(tag: u16, bits: u16) -> Vec<u8> {
        let block_align = bits.div_ceil(8);
        let mut chunk = [tag, 1].map(u16::to_le_bytes).as_flattened().to_vec();
        chunk.extend([2000, 2000 * u32::from(block_align)].map(u32::to_le_bytes).as_flattened());
        chunk.extend([block_align, bits].map(u16::to_le_bytes).as_flattened());
        chunk
    }

    fn extensible(tag: u16, bits: u16, valid_bits: u16) -> Vec<u8> {
        let mut chunk = format(EXTENSIBLE, bits);
        chunk.extend(22u16.to_le_bytes());
        chunk.extend(valid_bits.to_le_bytes());
        chunk.extend([0; 4]);
        chunk.extend(tag.to_le_bytes());
        chunk.extend(SUBFORMAT_TAIL);
        chunk
    }

    fn reason(bytes: &[u8]) -> String {
        read_wav(bytes).unwrap_err().to_string()
    }

    #[test]
    fn every_integer_width_reaches_full_scale() {
        for bits in [8, 16, 24, 32] {
            let full = 1i64 << (bits - 1);
            let samples = [0, -full, full / 2, full - 1].map(|x| x as i32);
            let recording = read_wav(&encode(spec(1, bits), &samples)).unwrap();
            let last = (1.0 - 1.0 / full as f64) as f32;
            assert_eq!(recording.samples(), [0.0, -1.0, 0.5, last], "{bits} bits");
            assert_eq!(recording.sample_rate(), 2000);
        }
    }

    #[test]
    fn eight_bit_samples_are_unsigned() {
        let bytes = file(&[(b"fmt ", &format(PCM, 8)), (b"data", &[0, 64, 128, 192])]);
        assert_eq!(read_wav(&bytes).unwrap().samples(), [-1.0, -0.5, 0.0, 0.5]);
    }

    #[test]
    fn floats_keep_their_values_even_beyond_full_scale() {
        let float = WavSpec { sample_format: SampleFormat::Float, ..spec(1, 32) };
        let samples = [0.25f32, -1.5, f32::MIN_POSITIVE];
        assert_eq!(read_wav(&encode(float, &samples)).unwrap().samples(), samples);
    }

    #[test]
    fn channels_are_mixed() {
        let samples = [16_384i16, 0, -16_384, -8192, 16_384, 0];
        let recording = read_wav(&encode(spec(2, 16), &samples)).unwrap();
        assert_eq!(recording.samples(), [0.25, -0.375, 0.25]);
        let recording = read_wav(&encode(spec(6, 16), &samples)).unwrap();
        assert_eq!(recording.samples(), [8192.0 / 6.0 / 32_768.0]);
    }

    #[test]
    fn extensible_files_are_read_as_the_format_they_stand_for() {
        let data = 0x4000_0000i32.to_le_bytes();
        for (tag, bits, expected) in [(PCM, 32, 0.5), (PCM, 16, 0.0), (IEEE_FLOAT, 32, 2.0)] {
            let bytes = file(&[(b"fmt ", &extensible(tag, bits, bits)), (b"data", &data)]);
            assert_eq!(read_wav(&bytes).unwrap().samples()[0], expected);
        }
        // 20 valid bits in samples of 24.
        let bytes = file(&[(b"fmt ", &extensible(PCM, 24, 20)), (b"data", &[0, 0, 0x40])]);
        assert_eq!(read_wav(&bytes).unwrap().samples(), [0.5]);
        let mut unknown = extensible(PCM, 16, 16);
        unknown[39] = 0;
        let bytes = file(&[(b"fmt ", &unknown), (b"data", &data)]);
        assert!(reason(&bytes).contains("sub-format"));
        let bytes = file(&[(b"fmt ", &extensible(PCM, 16, 16)[..30]), (b"data", &data)]);
        assert!(reason(&bytes).contains("30 bytes, expected at least 40"));
    }

    #[test]
    fn other_chunks_are_passed_over_whatever_their_length() {
        let (format, data) = (format(PCM, 16), [0, 0x40]);
        let bytes = file(&[
            (b"JUNK", b"odd"),
            (b"fmt ", &format),
            (b"LIST", b"INFO"),
            (b"fact", &[1, 0, 0, 0, 9]),
            (b"data", &data),
            (b"id3 ", b"after the data"),
        ]);
        assert_eq!(read_wav(&bytes).unwrap().samples(), [0.5]);
        // An odd chunk without its padding.
        let mut bytes = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0odd".to_vec();
        bytes.extend(&file(&[(b"fmt ", &format), (b"data", &data)])[FILE_HEADER..]);
        assert_eq!(read_wav(&bytes).unwrap().samples(), [0.5]);
    }

    #[test]
    fn what_is_no_wav_file_gets_a_sentence() {
        assert!(reason(b"").contains("the file is empty"));
        assert!(reason(b"fLaC and so on").contains("not a WAV file"));
        assert!(reason(b"RIF").contains("not a WAV file"));
        assert!(reason(b"RIFF\0\0\0\0AVI ").contains("another kind"));
        assert!(reason(b"RF64\xff\xff\xff\xffWAVE").contains("no fmt chunk"));
    }

    fn sound(bytes: &[u8]) -> WavSound {
        let mut scan = WavScan::new(bytes.len() as u64);
        scan.read(bytes).unwrap().unwrap()
    }

    #[test]
    fn a_file_cut_short_is_read_as_far_as_it_goes_and_says_so() {
        let whole = encode(spec(2, 16), &[1i16; 20]);
        assert_eq!((sound(&whole).cut_short(), sound(&whole).notes().len()), (None, 0));
        for length in 1..whole.len() {
            if length < 48 {
                let message = reason(&whole[..length]);
                let known = ["truncated", "not a WAV", "cut off where its sound begins"];
                assert!(known.iter().any(|known| message.contains(known)), "{length}: {message}");
            } else {
                let sound = sound(&whole[..length]);
                assert_eq!(sound.frames(), (length as u64 - 44) / 4, "{length}");
                assert!(sound.cut_short().unwrap().contains("announces 0.0 s"), "{length}");
            }
        }
    }

    #[test]
    fn lengths_that_pipes_and_crashed_recorders_leave_open_end_with_the_file() {
        let whole = encode(spec(1, 16), &[77i16; 9]);
        let with = |riff: u32, data: u32, extra: usize| {
            let mut bytes = whole.clone();
            bytes[4..8].copy_from_slice(&riff.to_le_bytes());
            bytes[40..44].copy_from_slice(&data.to_le_bytes());
            bytes.extend(vec![7; extra]);
            bytes
        };
        for (riff, data) in
            [(u32::MAX, u32::MAX), (0, 0), (36, 0), (0, 0x7fff_f000), (0x7fff_ffff, 0x7fff_ffdb), (8, 0x8000_0000)]
        {
            let sound = sound(&with(riff, data, 1));
            assert_eq!((sound.frames(), sound.cut_short()), (9, None), "{data:#x}");
            assert!(sound.notes()[0].contains("leaves its length open"), "{:?}", sound.notes());
            assert!(sound.notes()[1].contains("last frame"), "{:?}", sound.notes());
        }
        // A file that is as long as it says, with nothing in its data, holds no sound, whatever follows.
        let mut empty = encode(spec(1, 16), &[0i16; 0]);
        empty.extend(b"LIST\x04\0\0\0INFO");
        empty[4..8].copy_from_slice(&48u32.to_le_bytes());
        assert!(reason(&empty).contains("the recording is empty"));
    }

    #[test]
    fn sizes_of_frames_that_are_wrong_are_taken_as_they_must_be() {
        for (channels, bits, wrong) in [(1, 16, 0), (1, 16, 1), (2, 16, 3), (2, 24, 4), (1, 32, 2), (1, 8, 77)] {
            let samples = [3i32, -4, 5, 6];
            let mut bytes = encode(spec(channels, bits), &samples);
            bytes[32..34].copy_from_slice(&u16::to_le_bytes(wrong));
            let read = sound(&bytes);
            assert!(read.notes()[0].contains(&format!("says {wrong} bytes a frame")), "{:?}", read.notes());
            let right = sound(&encode(spec(channels, bits), &samples));
            assert_eq!(read.interleaved(&bytes[44..]).unwrap(), right.interleaved(&bytes[44..]).unwrap());
        }
    }

    #[test]
    fn fewer_bits_than_their_bytes_are_the_upper_ones() {
        let mut twelve = format(PCM, 12);
        assert_eq!(twelve[12], 2);
        let bytes = file(&[(b"fmt ", &twelve), (b"data", &[0, 0x40, 0, 0xc0])]);
        assert_eq!(read_wav(&bytes).unwrap().samples(), [0.5, -0.5]);
        twelve[14] = 24;
        twelve[12] = 4;
        let bytes = file(&[(b"fmt ", &twelve), (b"data", &[0, 0, 0, 0x40])]);
        assert_eq!(read_wav(&bytes).unwrap().samples(), [0.5]);
    }

    #[test]
    fn numbers_of_eight_bytes_are_read() {
        let data: Vec<u8> = [0.25f64, -1.5].into_iter().flat_map(f64::to_le_bytes).collect();
        let bytes = file(&[(b"fmt ", &format(IEEE_FLOAT, 64)), (b"data", &data)]);
        assert_eq!(read_wav(&bytes).unwrap().samples(), [0.25, -1.5]);
        let data: Vec<u8> = [1i64 << 62, i64::MIN].into_iter().flat_map(i64::to_le_bytes).collect();
        let bytes = file(&[(b"fmt ", &format(PCM, 64)), (b"data", &data)]);
        assert_eq!(read_wav(&bytes).unwrap().samples(), [0.5, -1.0]);
        let bytes = file(&[(b"fmt ", &format(IEEE_FLOAT, 64)), (b"data", &1e300f64.to_le_bytes())]);
        assert!(reason(&bytes).contains("sample 0 is inf"));
    }

    #[test]
    fn telephony_is_read_as_the_standard_says() {
        let read = |tag, bytes: &[u8]| {
            let file = file(&[(b"fmt ", &format(tag, 8)), (b"data", bytes)]);
            read_wav(&file).unwrap().samples().iter().map(|x| (x * 32_768.0) as i32).collect::<Vec<_>>()
        };
        // G.711: the smallest and the largest value of either sign.
        assert_eq!(read(MU_LAW, &[0xff, 0x7f, 0x80, 0x00, 0xf0]), [0, 0, 32_124, -32_124, 120]);
        assert_eq!(read(A_LAW, &[0xd5, 0x55, 0xaa, 0x2a]), [8, -8, 32_256, -32_256]);
    }

    #[test]
    fn big_endian_files_hold_the_same_sound() {
        for bits in [8u16, 16, 24, 32] {
            let samples = [5i32, -6, 100];
            let little = encode(spec(1, bits), &samples);
            let mut big = b"RIFX".to_vec();
            big.extend(((little.len() - 8) as u32).to_be_bytes());
            big.extend(b"WAVEfmt ");
            big.extend(16u32.to_be_bytes());
            big.extend([1u16, 1].map(u16::to_be_bytes).as_flattened());
            big.extend([2000u32, 2000 * u32::from(bits) / 8].map(u32::to_be_bytes).as_flattened());
            big.extend([bits / 8, bits].map(u16::to_be_bytes).as_flattened());
            big.extend(b"data");
            let data = &little[little.len() - 3 * usize::from(bits / 8)..];
            big.extend((data.len() as u32).to_be_bytes());
            big.extend(data.chunks(usize::from(bits / 8)).flat_map(|sample| sample.iter().rev()));
            assert_eq!(read_wav(&big).unwrap(), read_wav(&little).unwrap(), "{bits} bits");
        }
    }

    /// As RF64 or BW64, whose real lengths stand in a chunk of their own.
    fn rf64(kind: &[u8; 4], data_length: u64, data: &[u8]) -> Vec<u8> {
        let mut bytes = kind.to_vec();
        bytes.extend(b"\xff\xff\xff\xffWAVEds64");
        bytes.extend(28u32.to_le_bytes());
        bytes.extend([72 + data_length, data_length, 0].map(u64::to_le_bytes).as_flattened());
        bytes.extend(0u32.to_le_bytes());
        bytes.extend(b"fmt \x10\0\0\0");
        bytes.extend(format(PCM, 16));
        bytes.extend(b"data\xff\xff\xff\xff");
        bytes.extend(data);
        bytes
    }

    #[test]
    fn rf64_and_bw64_are_read_below_and_above_four_gigabytes() {
        for kind in [b"RF64", b"BW64"] {
            let small = rf64(kind, 4, &[0, 0x40, 0, 0xc0, b'L', b'I']);
            assert_eq!(read_wav(&small).unwrap().samples(), [0.5, -0.5]);
            // Of a file of 6 GiB only the head is at hand.
            let head = rf64(kind, 6 << 30, &[]);
            let mut scan = WavScan::new(head.len() as u64 + (6 << 30));
            assert_eq!(scan.wants().end, 65_536);
            let mut bytes = head.clone();
            bytes.resize(65_536, 1);
            let sound = scan.read(&bytes).unwrap().unwrap();
            assert_eq!((sound.frames(), sound.cut_short()), (3 << 30, None));
            let last = sound.bytes_of((3 << 30) - 1, 5);
            assert_eq!(last.end - last.start, 2);
            assert_eq!(sound.decode(&[0, 0x40], Downmix::Mean).unwrap(), [0.5]);
            assert!(
                WavScan::new(head.len() as u64 + 100)
                    .read(&[head.as_slice(), &[0; 100]].concat())
                    .unwrap()
                    .unwrap()
                    .cut_short()
                    .is_some()
            );
        }
    }

    #[test]
    fn wave64_is_read() {
        let guid = |name: &[u8; 4]| [&name[..], b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"].concat();
        let mut bytes = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00".to_vec();
        bytes.extend(110u64.to_le_bytes());
        bytes.extend(guid(b"wave"));
        // An odd chunk, filled up to a multiple of eight.
        bytes.extend([guid(b"junk"), 27u64.to_le_bytes().to_vec(), vec![1, 2, 3, 0, 0, 0, 0, 0]].concat());
        bytes.extend([guid(b"fmt "), 40u64.to_le_bytes().to_vec(), format(PCM, 16)].concat());
        bytes.extend([guid(b"data"), 28u64.to_le_bytes().to_vec(), vec![0, 0x40, 0, 0xc0]].concat());
        assert_eq!(read_wav(&bytes).unwrap().samples(), [0.5, -0.5]);
        let data = bytes.len() - 12;
        bytes[data..data + 8].copy_from_slice(&3u64.to_le_bytes());
        assert!(reason(&bytes).contains("a chunk claims 3 bytes"));
        assert!(reason(&bytes[..30]).contains("truncated"));
    }

    #[test]
    fn impossible_headers_are_refused_with_the_field() {
        let with = |at: usize, value: &[u8]| {
            let mut bytes = encode(spec(1, 16), &[1i16; 8]);
            bytes[at..at + value.len()].copy_from_slice(value);
            reason(&bytes)
        };
        assert!(with(22, &[0, 0]).contains("0 channels"));
        assert!(with(22, &[0xff, 0xff]).contains("65535 channels"));
        assert!(with(24, &[0; 4]).contains("sampling rate is 0 Hz"));
        assert!(with(24, &4_000_000_000u32.to_le_bytes()).contains("4000000000 Hz"));
        assert!(with(34, &[0, 0]).contains("0-bit integers"));
        assert!(with(34, &[48, 0]).contains("48-bit integers"));
        assert!(with(20, &[2, 0]).contains("Microsoft ADPCM; convert it, for instance with"));
        assert!(with(20, &[0x11, 0]).contains("IMA ADPCM"));
        assert!(with(20, &[0x34, 0x12]).contains("0x1234"));
        assert!(with(20, &[3, 0]).contains("16-bit floats"));
        assert!(with(40, &[0; 4]).contains("the recording is empty"));
        assert!(with(12, b"nope").contains("before any fmt chunk"));
        assert!(with(36, b"nope").contains("no data chunk"));
        assert!(with(16, &u32::MAX.to_le_bytes()).contains("fmt chunk claims 4294967295 bytes but only 40 follow"));
    }

    #[test]
    fn samples_that_are_no_numbers_are_refused_with_their_place() {
        let float = WavSpec { sample_format: SampleFormat::Float, ..spec(1, 32) };
        let bytes = encode(float, &[0.0, f32::NAN, f32::NAN]);
        assert!(reason(&bytes).contains("sample 1 is NaN"));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let samples: Vec<f32> = (-32_768..32_768).map(|x| x as f32 / 32_768.0).collect();
        let recording = Recording::new(samples, 44_100).unwrap();
        assert_eq!(read_wav(&write_wav(&recording).unwrap()).unwrap(), recording);
    }

    #[test]
    fn writing_clips_beyond_full_scale() {
        let recording = Recording::new(vec![3.0, -3.0, f32::MAX], 1000).unwrap();
        let read = read_wav(&write_wav(&recording).unwrap()).unwrap();
        let most = 32_767.0 / 32_768.0;
        assert_eq!(read.samples(), [most, -1.0, most]);
    }

    #[test]
    fn channels_and_bits_are_written_and_found_again() {
        let recording = |gain: f32| Recording::new((0..50).map(|k| gain * k as f32 / 64.0).collect(), 44_100).unwrap();
        let [left, right] = [1.0, -0.5].map(recording);
        for bits in [8, 16, 24, 32] {
            let bytes = write_wav_channels(&[&left, &right], bits).unwrap();
            let sound = WavScan::new(bytes.len() as u64).read(&bytes).unwrap().unwrap();
            assert_eq!((sound.channels(), sound.bits(), sound.sample_rate(), sound.frames()), (2, bits, 44_100, 50));
            assert_eq!(read_wav(&bytes).unwrap().samples()[48], 0.1875);
        }
        let short = Recording::new(vec![0.0], 44_100).unwrap();
        assert!(write_wav_channels(&[&left, &short], 16).unwrap_err().to_string().contains("same length"));
        assert!(write_wav_channels(&[&left], 12).unwrap_err().to_string().contains("12 bits"));
        assert!(write_wav_channels(&[], 16).is_err());
    }

    /// A valid file of any encoding with some bytes replaced, cut off somewhere.
    fn mutated() -> impl Strategy<Value = Vec<u8>> {
        let wav = prop_oneof![
            Just(encode(spec(1, 8), &[5i8; 12])),
            Just(encode(spec(2, 16), &[-77i16; 12])),
            Just(encode(spec(3, 24), &[1 << 20; 12])),
            Just(file(&[(b"LIST", b"odd"), (b"fmt ", &format(IEEE_FLOAT, 32)), (b"data", &[7; 40])])),
            Just(file(&[(b"fmt ", &extensible(PCM, 16, 16)), (b"data", &[7; 40])])),
            Just(file(&[(b"fmt ", &format(IEEE_FLOAT, 64)), (b"data", &[7; 40])])),
            Just(rf64(b"RF64", 40, &[7; 40])),
        ];
        let edits = proptest::collection::vec(
            (any::<proptest::sample::Index>(), prop_oneof![any::<u8>(), Just(0), Just(255)]),
            0..6,
        );
        (wav, edits, any::<proptest::sample::Index>(), any::<bool>()).prop_map(|(mut bytes, edits, cut, whole)| {
            for (at, value) in edits {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            if !whole {
                bytes.truncate(cut.index(bytes.len()));
            }
            bytes
        })
    }

    #[test]
    fn sound_far_behind_is_found_through_a_small_window() {
        let format = format(PCM, 16);
        for length in [0, 65_500, 65_535, 65_536, 200_001] {
            let picture = vec![1; length];
            let bytes = file(&[(b"JUNK", &picture), (b"fmt ", &format), (b"id3 ", &picture), (b"data", &[0, 0x40])]);
            assert_eq!(read_wav(&bytes).unwrap().samples(), [0.5], "{length}");
            let mut scan = WavScan::new(bytes.len() as u64);
            assert!(scan.wants().end <= 65_536);
            assert!(scan.read(&bytes[1..]).is_err());
        }
    }

    proptest! {
        #[test]
        fn parts_join_to_the_whole(cuts in proptest::collection::vec(0u64..60, 0..8), bits in 1u16..=4, channels in 1u16..4) {
            let samples: Vec<i32> = (0..60 * i32::from(channels)).map(|k| k - 70).collect();
            let bytes = encode(spec(channels, 8 * bits), &samples);
            let mut scan = WavScan::new(bytes.len() as u64);
            let sound = scan.read(&bytes).unwrap().unwrap();
            prop_assert_eq!(sound.frames(), 60);
            let (mut joined, mut frame) = (Vec::new(), 0);
            for count in cuts.into_iter().chain([u64::MAX]) {
                let part = sound.bytes_of(frame, count);
                joined.extend(sound.decode(&bytes[part.start as usize..part.end as usize], Downmix::Mean).unwrap());
                frame += count.min(60 - frame);
            }
            let whole = read_wav(&bytes).unwrap();
            prop_assert_eq!(&joined[..], whole.samples());
            prop_assert!(channels * bits == 1 || sound.decode(&bytes[..usize::from(channels * bits) - 1], Downmix::Mean).is_err());
        }
    }

    #[test]
    fn damaged_files_never_panic() {
        let (read, refused) = (Cell::new(0), Cell::new(0));
        proptest!(ProptestConfig::with_cases(4000), |(bytes in mutated())| {
            let counted = match read_wav(&bytes) {
                Ok(recording) => {
                    prop_assert!(recording.samples().len() <= bytes.len());
                    prop_assert!(recording.samples().iter().all(|x| x.is_finite()));
                    &read
                }
                Err(_) => &refused,
            };
            counted.set(counted.get() + 1);
        });
        // One in twelve is not damaged at all.
        assert!(read.get() >= 100 && refused.get() >= 100, "{} are read, {} refused", read.get(), refused.get());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn arbitrary_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_wav(&tail);
            let _ = read_wav(&[b"RIFF\0\0\0\0WAVE", &tail[..]].concat());
            let _ = read_wav(&[b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0", &tail[..]].concat());
        }
    }
}
