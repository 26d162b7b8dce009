//! WAV files, decoded and encoded by hound.
//!
//! The container is read by [`super::riff`] before hound sees anything: hound gets a plain header
//! and exactly the sample data, so nothing it reads or allocates rests on a claim in the file.

use std::io::{Cursor, Read};
use std::ops::Range;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use super::recording::check_length;
use super::riff::{Format, WavScan};
use super::{Recording, View};
use crate::error::{Error, Result};

/// Where the sound of a WAV file lies and how it is encoded, as a [`WavScan`] found it: 8, 16, 24 or 32-bit integers or
/// 32-bit floats, any number of channels.
#[derive(Clone, Debug, PartialEq)]
pub struct WavSound {
    format: Format,
    data: Range<u64>,
}

impl WavSound {
    /// # Errors
    /// No sound at all, or a format that contradicts itself or the size of the data.
    pub(super) fn new(format: Format, data: Range<u64>) -> Result<Self> {
        let sound = Self { format, data };
        sound.reader(sound.data.end - sound.data.start, &[])?;
        if sound.data.is_empty() { check_length(0).map(|()| sound) } else { Ok(sound) }
    }

    /// Sampling rate in Hz.
    pub fn sample_rate(&self) -> u32 {
        self.format.sample_rate
    }

    /// Number of channels.
    pub fn channels(&self) -> u16 {
        self.format.channels
    }

    /// Bits of a sample.
    pub fn bits(&self) -> u16 {
        self.format.bits
    }

    /// Frames in the file: samples of the mixed sound.
    pub fn frames(&self) -> u64 {
        (self.data.end - self.data.start) / self.frame_bytes()
    }

    /// Size of a frame, one sample of every channel.
    pub fn frame_bytes(&self) -> u64 {
        u64::from(self.format.block_align.max(1))
    }

    /// Where the file has frame `frame`, and `count` frames from there; less where the sound ends before.
    pub fn bytes_of(&self, frame: u64, count: u64) -> Range<u64> {
        let at = |frame: u64| self.data.start + self.frame_bytes() * frame.min(self.frames());
        at(frame)..at(frame.saturating_add(count))
    }

    /// Decodes bytes that hold whole frames, of each this view; full scale becomes ±1. The samples of a file of floats may
    /// have any value.
    ///
    /// # Errors
    /// Bytes that do not divide into frames, or a view that needs more channels.
    pub fn decode(&self, bytes: &[u8], view: View) -> Result<Vec<f32>> {
        let mut reader = self.reader(bytes.len() as u64, bytes)?;
        let WavSpec { channels, bits_per_sample, sample_format, .. } = reader.spec();
        let samples: Vec<f32> = match sample_format {
            SampleFormat::Float => reader.samples().collect::<hound::Result<_>>(),
            SampleFormat::Int => {
                let full_scale = 2f64.powi(i32::from(bits_per_sample) - 1);
                reader.samples::<i32>().map(|sample| Ok((f64::from(sample?) / full_scale) as f32)).collect()
            }
        }
        .map_err(damaged)?;
        view.of(&samples, usize::from(channels))
    }

    /// hound on a plain header that announces `length` bytes, and `bytes`.
    fn reader<'a>(&self, length: u64, bytes: &'a [u8]) -> Result<WavReader<impl Read + use<'a>>> {
        let length = u32::try_from(length).map_err(|_| Error::limit("more than 4 GiB of WAV at once"))?;
        WavReader::new(Cursor::new(self.format.header(length)).chain(bytes)).map_err(damaged)
    }
}

/// Decodes a WAV file that is in memory as a whole.
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
    Recording::new(sound.decode(part(sound.bytes_of(0, u64::MAX)), View::Mean)?, sound.sample_rate())
}

/// Encodes a recording as 16-bit PCM, mono; samples beyond full scale are clipped.
///
/// # Errors
/// The encoder's, none of which a [`Recording`] is known to cause.
pub fn write_wav(recording: &Recording) -> Result<Vec<u8>> {
    write_wav_channels(&[recording], 16)
}

/// Encodes recordings as the channels of one file, integers of `bits` bits (8, 16, 24 or 32); samples beyond full scale
/// are clipped.
///
/// # Errors
/// No channels, channels of different length or rate, or another number of bits.
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

fn damaged(error: hound::Error) -> Error {
    match error {
        hound::Error::Unsupported | hound::Error::TooWide => {
            Error::unsupported("WAV with an unusual sample size; expected samples of 1, 2, 3 or 4 bytes")
        }
        other => Error::invalid(format!("the WAV file is damaged: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::audio::riff::{EXTENSIBLE, FILE_HEADER, IEEE_FLOAT, PCM, SUBFORMAT_TAIL};

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
        let format = Format { tag, channels: 1, sample_rate: 2000, block_align: bits / 8, bits };
        format.header(0)[20..36].to_vec()
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
        assert!(reason(b"RF64\xff\xff\xff\xffWAVE").contains("not supported: RF64"));
    }

    #[test]
    fn every_truncation_is_noticed() {
        let whole = encode(spec(2, 16), &[1i16; 20]);
        assert!(read_wav(&whole).is_ok());
        for length in 1..whole.len() {
            let message = reason(&whole[..length]);
            assert!(message.contains("truncated") || message.contains("not a WAV"), "{length}: {message}");
        }
        assert!(reason(&whole[..60]).contains("claims 40 bytes but only 16 follow"));
    }

    #[test]
    fn four_gigabytes_claimed_by_a_small_file_are_refused_with_both_numbers() {
        let mut bytes = encode(spec(1, 16), &[1i16; 8]);
        bytes[40..44].copy_from_slice(&0xffff_fff0u32.to_le_bytes());
        assert!(reason(&bytes).contains("claims 4294967280 bytes but only 16 follow"));
        bytes[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
        let message = reason(&bytes);
        assert!(message.contains("leaves the length open"), "{message}");
        assert!(message.contains("4294967295") && message.contains("16 follow"), "{message}");
        bytes[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(reason(&bytes).contains("fmt chunk claims 4294967295 bytes but only 40 follow"));
    }

    #[test]
    fn impossible_headers_are_refused_with_the_field() {
        let with = |at: usize, value: &[u8]| {
            let mut bytes = encode(spec(1, 16), &[1i16; 8]);
            bytes[at..at + value.len()].copy_from_slice(value);
            reason(&bytes)
        };
        assert!(with(22, &[0, 0]).contains("0 channels"));
        assert!(with(24, &[0; 4]).contains("sampling rate is 0 Hz"));
        assert!(with(24, &4_000_000_000u32.to_le_bytes()).contains("4000000000 Hz"));
        assert!(with(32, &[0, 0]).contains("damaged"));
        assert!(with(32, &[3, 0]).contains("damaged"));
        assert!(with(34, &[12, 0]).contains("12-bit integers"));
        assert!(with(34, &[64, 0]).contains("64-bit integers"));
        assert!(with(20, &[6, 0]).contains("0x0006"));
        assert!(with(20, &[3, 0]).contains("16-bit floats"));
        assert!(with(40, &[0; 4]).contains("the recording is empty"));
        assert!(with(12, b"nope").contains("before any fmt chunk"));
        assert!(with(36, b"nope").contains("no data chunk"));
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
                joined.extend(sound.decode(&bytes[part.start as usize..part.end as usize], View::Mean).unwrap());
                frame += count.min(60 - frame);
            }
            let whole = read_wav(&bytes).unwrap();
            prop_assert_eq!(&joined[..], whole.samples());
            prop_assert!(channels * bits == 1 || sound.decode(&bytes[..usize::from(channels * bits) - 1], View::Mean).is_err());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn damaged_files_never_panic(bytes in mutated()) {
            if let Ok(recording) = read_wav(&bytes) {
                prop_assert!(recording.samples().len() <= bytes.len());
                prop_assert!(recording.samples().iter().all(|x| x.is_finite()));
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_wav(&tail);
            let _ = read_wav(&[b"RIFF\0\0\0\0WAVE", &tail[..]].concat());
            let _ = read_wav(&[b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0", &tail[..]].concat());
        }
    }
}
