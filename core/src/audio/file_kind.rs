//! What kind of file it is, found out from its first bytes: which reader reads it, or which known kind it is that none
//! reads.

use std::fmt;

use crate::error::{Error, Result};

/// Advice for a file of a kind that is not read.
pub(super) const CONVERT: &str = "convert it, for instance with `ffmpeg -i IN -c:a pcm_s16le OUT.wav`";

/// Kinds of files that are decoded packet by packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    Flac,
    Ogg,
    Mpeg,
    Adts,
    Mp4,
    Aiff,
    Caf,
}

/// Refuses a file that is certainly not a recording, by its first bytes: some hundred, or all of a shorter file. So
/// nobody waits until a whole file has arrived that cannot be read.
///
/// # Errors
/// [`Error::Invalid`] for an empty file or one of no known kind; [`Error::Unsupported`] for a known kind that is not
/// read.
pub fn check_head(head: &[u8]) -> Result<()> {
    if super::is_wav(head) || tag_length(head) > 0 { Ok(()) } else { FileKind::of(head).map(|_| ()) }
}

/// Whether a file needs the AAC decoder ([`Formats::aac`](super::Formats::aac)), by its first bytes after any
/// [tag](tag_length).
pub fn needs_aac(head: &[u8]) -> bool {
    matches!(FileKind::of(head), Ok(FileKind::Mp4 | FileKind::Adts))
}

/// First bytes of known kinds of files that are not read: their offset, the bytes, the name of the kind, and advice
/// that replaces the usual one.
const NAMED: [(usize, &[u8], &str, Option<&str>); 16] = [
    (0, b"\x1a\x45\xdf\xa3", "a WebM or Matroska recording", None),
    (
        0,
        b"PK\x03\x04",
        "a ZIP archive, as electronic stethoscopes write (Littmann: .zsa)",
        Some("unpack it, or export the recording as WAV with the vendor's program"),
    ),
    (0, b"#!AMR", "a recording in AMR", None),
    (0, b"\x30\x26\xb2\x75", "a Windows Media recording", None),
    (0, b"MThd", "a MIDI file, which holds notes and no sound", Some("expected a recording")),
    (0, b"MATLAB", "a MATLAB file", Some("write the recording with `audiowrite` there")),
    (0, b"\x89HDF", "an HDF5 file", Some("write the recording as WAV from the program that made it")),
    (0, b"\x93NUMPY", "a NumPy array", Some("write the recording with `scipy.io.wavfile.write`")),
    (0, b"NIST_1A", "a NIST SPHERE file", Some("convert it, for instance with `sox IN OUT.wav`")),
    (0, b".snd", "a Sun/NeXT sound file", Some("convert it, for instance with `sox IN OUT.wav`")),
    (
        0,
        b"0       ",
        "an EDF file",
        Some("write the channel with the heart sound as WAV, for instance with `pyedflib`"),
    ),
    (0, b"%PDF", "a PDF document", Some("expected a recording")),
    (
        0,
        b"version https://git-lfs",
        "the place-holder of a file in Git LFS",
        Some("get the file itself with `git lfs pull`"),
    ),
    (0, b"<!DOCTYPE", "a web page", Some("the download did not give the recording")),
    (0, b"<!doctype", "a web page", Some("the download did not give the recording")),
    (0, b"<html", "a web page", Some("the download did not give the recording")),
];

impl FileKind {
    /// The kind of a file with these first bytes: some hundred, or all of a shorter file.
    ///
    /// # Errors
    /// Those of [`check_head`].
    pub(super) fn of(head: &[u8]) -> Result<Self> {
        if head.is_empty() {
            return Err(Error::invalid(format!("the file is empty; expected a recording ({})", Self::READ)));
        }
        let at = |place: usize, bytes: &[u8]| head.get(place..).is_some_and(|rest| rest.starts_with(bytes));
        let within = |bytes: &[u8]| head.windows(bytes.len()).any(|window| window == bytes);
        let sync = |mask: u8, value: u8| matches!(head, [0xff, second, ..] if second & mask == value);
        Ok(match () {
            () if at(0, b"OggS") => {
                let named = [(&b"OpusHead"[..], "Opus"), (b"Speex   ", "Speex")];
                if let Some((_, codec)) = named.into_iter().find(|(codec, _)| within(codec)) {
                    return Err(Error::unsupported(format!("the Ogg file holds {codec}; {CONVERT}")));
                }
                Self::Ogg
            }
            () if at(0, b"fLaC") => Self::Flac,
            () if at(4, b"ftyp") => Self::Mp4,
            () if at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) => Self::Aiff,
            () if at(0, b"caff") => Self::Caf,
            () if sync(0xf6, 0xf0) => Self::Adts,
            () if sync(0xe0, 0xe0) => Self::Mpeg,
            () => return Err(named(&at)),
        })
    }

    /// The formats that are read, named for people.
    pub(super) const READ: &str = "WAV, FLAC, Ogg Vorbis, MP3, M4A, AAC, AIFF, CAF";

    /// The name of the format, for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Flac => "FLAC",
            Self::Ogg => "Ogg",
            Self::Mpeg => "MP3",
            Self::Adts => "AAC",
            Self::Mp4 => "MP4 (M4A)",
            Self::Aiff => "AIFF",
            Self::Caf => "CAF",
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Length in bytes of the ID3 tag at the beginning of a file; 0 where there is none. Needs the first ten bytes. The
/// length is stored as four times seven bits (ID3v2.4, section 3.1).
pub fn tag_length(head: &[u8]) -> u64 {
    match head.get(..10) {
        Some([b'I', b'D', b'3', _, _, _, size @ ..]) => {
            10 + size.iter().fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7f))
        }
        _ => 0,
    }
}

/// Why a file is not read: the name of its kind where that is known.
fn named(at: &impl Fn(usize, &[u8]) -> bool) -> Error {
    match NAMED.iter().find(|(place, bytes, ..)| at(*place, bytes)) {
        Some((.., what, instead)) => Error::unsupported(format!("this is {what}; {}", instead.unwrap_or(CONVERT))),
        None => {
            let read = FileKind::READ;
            Error::invalid(format!("this is not a recording that can be read; expected {read}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_and_known_kinds_are_named() {
        let reason = |head: &[u8]| FileKind::of(head).unwrap_err().to_string();
        assert_eq!(FileKind::of(b"fLaC\0").unwrap(), FileKind::Flac);
        assert_eq!(
            [tag_length(b"ID3\x04\0\0\0\0\x01\x02"), tag_length(b"fLaC\0\0\0\0\0\0"), tag_length(b"ID3")],
            [140, 0, 0]
        );
        assert_eq!(FileKind::of(b"\0\0\0\x20ftypM4A ").unwrap(), FileKind::Mp4);
        assert_eq!(
            (FileKind::of(b"\xff\xf1").unwrap(), FileKind::of(b"\xff\xfb").unwrap()),
            (FileKind::Adts, FileKind::Mpeg)
        );
        assert_eq!(
            [&b"\0\0\0\x20ftypM4A "[..], b"\xff\xf1", b"\xff\xfb", b"fLaC", b""].map(needs_aac),
            [true, true, false, false, false]
        );
        assert!(reason(b"").contains("empty"));
        assert!(reason(b"OggS\0\x02\0\0\0\0OpusHead").contains("Opus; convert it"));
        assert!(reason(b"PK\x03\x04").contains("Littmann"));
        assert!(reason(b"path,label\n").contains("not a recording that can be read; expected WAV"));
    }
}
