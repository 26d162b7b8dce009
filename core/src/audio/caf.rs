//! What a CAF file says about itself, checked before Symphonia reads it: its reader multiplies and adds up the sizes in
//! the file without asking whether the results fit, which stops a program that is built with overflow checks.
//!
//! The layout is that of Apple's Core Audio Format specification 1.0: chunks of a four-letter kind and a length, all
//! numbers big-endian.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::RangeInclusive;

use super::file_kind::CONVERT;
use crate::error::{Error, Result};

/// Most bytes, and most frames, of a packet. Those of AAC and ALAC have a few thousand.
const MOST_IN_A_PACKET: u32 = 1 << 20;
/// Sampling rates in Hz that fit the reader; which of them are of use, is asked later.
const RATES: RangeInclusive<f64> = 1.0..=1e9;
/// Most bytes of a table of packets: three hours of the shortest packets of AAC take 2 MiB.
const MOST_OF_A_TABLE: u64 = 32 << 20;
/// A number in a table of packets has seven bits in each byte; more than four bytes would be packets of 256 MiB.
const MOST_BYTES_OF_A_NUMBER: usize = 4;
/// Bytes of the header of a table of packets.
const TABLE_HEADER: u64 = 24;

/// Looks through the chunks of a CAF file, and goes back to its beginning.
///
/// # Errors
/// [`Error::Invalid`] for a file that cannot be what it says; [`Error::Limit`] for a larger table of packets than is
/// read.
pub(super) fn check<S: Read + Seek + ?Sized>(source: &mut S) -> Result<()> {
    let answer = chunks(source).unwrap_or_else(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged("it ends where its sound is described"),
        _ => Err(Error::invalid(format!("the file cannot be read: {error}"))),
    });
    source.rewind().map_err(|error| Error::invalid(format!("the file cannot be read: {error}")))?;
    answer
}

/// The outer result is that of reading, the inner one that of the check.
fn chunks<S: Read + Seek + ?Sized>(source: &mut S) -> io::Result<Result<()>> {
    let end = source.seek(SeekFrom::End(0))?;
    // After "caff", version and flags.
    let mut place = source.seek(SeekFrom::Start(8))?;
    let mut packet = None;
    while place < end {
        let kind: [u8; 4] = read(source)?;
        let length = i64::from_be_bytes(read(source)?);
        let Ok(length) = u64::try_from(length) else {
            let unknown = &kind == b"data" && length == -1;
            return Ok(if unknown { Err(unfinished()) } else { damaged("a chunk has no length") });
        };
        let checked = match &kind {
            b"desc" => match description(source)? {
                Ok(sizes) => {
                    packet = Some(sizes);
                    Ok(())
                }
                Err(error) => Err(error),
            },
            b"pakt" => table(source, length, packet)?,
            _ => Ok(()),
        };
        if checked.is_err() {
            return Ok(checked);
        }
        place = match place.checked_add(12).and_then(|place| place.checked_add(length)) {
            Some(next) if next <= end => source.seek(SeekFrom::Start(next))?,
            _ => return Ok(damaged("it ends before it says")),
        };
    }
    Ok(Ok(()))
}

/// Bytes and frames of a packet; zero where they differ from packet to packet.
fn description<S: Read + ?Sized>(source: &mut S) -> io::Result<Result<[u32; 2]>> {
    let rate = f64::from_be_bytes(read(source)?);
    let _: [u8; 8] = read(source)?;
    let [bytes, frames] = [u32::from_be_bytes(read(source)?), u32::from_be_bytes(read(source)?)];
    if !RATES.contains(&rate) {
        return Ok(damaged(&format!("a sampling rate of {rate} Hz")));
    }
    if bytes.max(frames) > MOST_IN_A_PACKET {
        return Ok(damaged(&format!("packets of {bytes} bytes and {frames} frames")));
    }
    Ok(Ok([bytes, frames]))
}

/// The sizes of all packets.
fn table<S: Read + ?Sized>(source: &mut S, length: u64, packet: Option<[u32; 2]>) -> io::Result<Result<()>> {
    let Some(packet) = packet else { return Ok(damaged("its sound is not described")) };
    if length > MOST_OF_A_TABLE {
        return Ok(Err(Error::limit(format!(
            "the CAF file has a table of packets of {length} bytes; at most {MOST_OF_A_TABLE} are read"
        ))));
    }
    let packets = i64::from_be_bytes(read(source)?);
    let _: [u8; 16] = read(source)?;
    let mut numbers = Vec::new();
    source.take(length.saturating_sub(TABLE_HEADER)).read_to_end(&mut numbers)?;
    let longest = numbers.split(|byte| byte & 0x80 == 0).map(<[u8]>::len).max().unwrap_or(0);
    let there = numbers.iter().filter(|byte| **byte & 0x80 == 0).count();
    // What a packet does not say in the description, it says in the table.
    let in_each = packet.iter().filter(|size| **size == 0).count();
    let announced = usize::try_from(packets).ok().and_then(|packets| packets.checked_mul(in_each));
    Ok(if longest >= MOST_BYTES_OF_A_NUMBER || announced.is_none_or(|announced| announced > there) {
        damaged("its table of packets is not one")
    } else {
        Ok(())
    })
}

fn read<const N: usize, S: Read + ?Sized>(source: &mut S) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// What Symphonia does not read, though the format has it: sound up to the end of the file.
fn unfinished() -> Error {
    Error::unsupported(format!(
        "the CAF file does not say how long its sound is, as where a recording broke off; {CONVERT}"
    ))
}

fn damaged<T>(what: &str) -> Result<T> {
    Err(Error::invalid(format!("the CAF file is damaged ({what}); copy it again")))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::audio::Decoder;

    /// A CAF file of these chunks; one may say another length than it has.
    fn file(chunks: &[(&[u8; 4], Option<i64>, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = b"caff\0\x01\0\0".to_vec();
        for (kind, length, content) in chunks {
            bytes.extend(*kind);
            bytes.extend(length.unwrap_or(content.len() as i64).to_be_bytes());
            bytes.extend(content);
        }
        bytes
    }

    /// 16-bit sound of one channel.
    fn description(rate: f64, bytes: u32, frames: u32) -> Vec<u8> {
        let numbers = [0, bytes, frames, 1, 16].map(u32::to_be_bytes).concat();
        [&rate.to_be_bytes()[..], b"lpcm", &numbers].concat()
    }

    /// A table of so many packets with these numbers.
    fn table(packets: i64, numbers: &[u8]) -> Vec<u8> {
        [&packets.to_be_bytes()[..], &[0; 16], numbers].concat()
    }

    /// 100 samples, of which the first is 0.5.
    fn samples() -> Vec<u8> {
        [&[0; 4][..], &0x4000_i16.to_be_bytes(), &[0; 198]].concat()
    }

    fn decoded(bytes: Vec<u8>) -> Result<Vec<f32>> {
        let mut decoder = Decoder::open(Box::new(Cursor::new(bytes)))?;
        let mut all = Vec::new();
        while let Some(samples) = decoder.next_frames()? {
            all.extend(samples);
        }
        Ok(all)
    }

    #[test]
    fn caf_files_are_read_and_unfinished_ones_are_refused_with_what_to_do() {
        let of = |length| file(&[(b"desc", None, description(2000.0, 2, 1)), (b"data", length, samples())]);
        let samples = decoded(of(None)).unwrap();
        assert_eq!((samples.len(), samples[0]), (100, 0.5));
        let refused = decoded(of(Some(-1))).unwrap_err();
        assert!(matches!(refused, Error::Unsupported(_)) && refused.to_string().contains("convert it"), "{refused}");
    }

    #[test]
    fn caf_files_with_impossible_sizes_are_refused_by_name() {
        let told = |chunks: &[(&[u8; 4], Option<i64>, Vec<u8>)]| decoded(file(chunks)).unwrap_err().to_string();
        let sound = || (b"data", None, samples());
        let variable = || (b"desc", None, description(2000.0, 0, 0));
        for (chunks, what) in [
            (vec![(b"desc", None, description(2000.0, u32::MAX, 1)), sound()], "packets of 4294967295 bytes"),
            (vec![(b"desc", None, description(f64::NAN, 2, 1)), sound()], "sampling rate of NaN"),
            (vec![variable(), (b"pakt", None, table(1, &[0xff; 9])), sound()], "table of packets"),
            (vec![variable(), (b"pakt", None, table(i64::MAX, &[1, 1])), sound()], "table of packets"),
            (vec![(b"pakt", None, table(1, &[1, 1])), sound()], "not described"),
            (vec![variable(), (b"data", Some(i64::MAX), samples())], "ends before it says"),
            (vec![variable(), (b"free", Some(-5), Vec::new())], "no length"),
        ] {
            let message = told(&chunks);
            assert!(message.contains(what) && message.contains("copy it again"), "{what}: {message}");
        }
    }

    /// The fuzzer found an MP3 with a damaged CAF file in it, which the decoder took for the sound.
    #[test]
    fn a_caf_file_inside_of_another_is_not_looked_for() {
        let inner = file(&[(b"desc", None, description(2000.0, 2, 1)), (b"data", None, samples())]);
        let outer = [&b"\xff\xe3\x48\xc4\0\0\0\0"[..], &inner].concat();
        assert!(decoded(outer).is_err());
    }
}
