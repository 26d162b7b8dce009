//! The sampling rate in the head of an audio file that the browser decodes.
//!
//! A browser decodes to a rate that one must choose before. At the file's own rate nothing is resampled twice.

/// Sampling rate in Hz of a FLAC or Ogg Vorbis file, from its first bytes; none for any other or a damaged one.
pub fn declared(bytes: &[u8]) -> Option<u32> {
    flac(bytes).or_else(|| vorbis(bytes)).filter(|&rate| rate > 0)
}

/// STREAMINFO, always the first block of metadata, has the rate in 20 bits after ten bytes of sizes (RFC 9639, 8.2).
fn flac(bytes: &[u8]) -> Option<u32> {
    let rest = bytes.strip_prefix(b"fLaC")?;
    let &[high, middle, low] = rest.get(4 + 10..4 + 13)? else { return None };
    Some(u32::from_be_bytes([0, high, middle, low]) >> 4)
}

/// The first page of an Ogg stream is 27 bytes and a table of segments, then the packet: its type, the name of the codec,
/// version, number of channels, rate (Vorbis I, 4.2.2).
fn vorbis(bytes: &[u8]) -> Option<u32> {
    let segments = usize::from(*bytes.strip_prefix(b"OggS")?.get(22)?);
    let packet = bytes.get(27 + segments..)?.strip_prefix(b"\x01vorbis")?;
    let rate = packet.get(5..9)?;
    Some(u32::from_le_bytes(rate.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ogg(codec: &[u8], rate: u32) -> Vec<u8> {
        let mut bytes = b"OggS\0\x02".to_vec();
        bytes.extend([0; 20]);
        bytes.extend([1, 30]);
        bytes.extend(codec);
        bytes.extend([0, 0, 0, 0, 1]);
        bytes.extend(rate.to_le_bytes());
        bytes
    }

    #[test]
    fn vorbis_and_flac_declare_their_rate() {
        assert_eq!(declared(&ogg(b"\x01vorbis", 22_050)), Some(22_050));
        let mut flac = b"fLaC\x80\0\0\x22".to_vec();
        flac.extend([0; 10]);
        // 44,100 Hz, one channel, 16 bits.
        flac.extend([0x0a, 0xc4, 0x40, 0xf0]);
        assert_eq!(declared(&flac), Some(44_100));
    }

    #[test]
    fn anything_else_and_half_a_file_declare_none() {
        assert_eq!(declared(&ogg(b"OpusHead", 22_050)), None);
        assert_eq!(declared(&ogg(b"\x01vorbis", 0)), None);
        let whole = ogg(b"\x01vorbis", 8000);
        assert!((0..whole.len()).all(|end| declared(&whole[..end]).is_none()));
        assert!((0..18).all(|end| declared(&b"fLaC\x80\0\0\x22\0\0\0\0\0\0\0\0\0\0"[..end]).is_none()));
    }
}
