//! Text as editors, spreadsheets and Windows leave it.

use std::path::Path;
use std::sync::Arc;

use super::place::Place;
use crate::error::{Error, Result};

/// The text that a file holds in UTF-8 or UTF-16, without the byte-order mark that may stand at its beginning.
///
/// # Errors
/// Bytes that are no such text, with the file and the line.
pub fn parse(path: &Path, bytes: &[u8]) -> Result<String> {
    decode(bytes).map_err(|Wrong { line, what }| Error::input(what).at(Place::new(&Arc::from(path), line)))
}

/// A word without what stands around it and does not belong to it.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// Whether a letter does not belong to the word beside it: blanks of all kinds, and the mark of a file that was joined to another.
pub fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || letter == '\u{feff}'
}

/// Why bytes are no text, and in which line.
struct Wrong {
    line: u64,
    what: &'static str,
}

fn decode(bytes: &[u8]) -> std::result::Result<String, Wrong> {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // Without a mark: every other byte of what begins with a Latin letter is 0.
        [1..=255, 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, 1..=255, ..] => utf16(bytes, u16::from_be_bytes),
        _ => utf8(bytes),
    }?;
    match text.find('\0') {
        Some(at) => Err(Wrong { line: line(&text.as_bytes()[..at]), what: "this is no text; save the file as UTF-8" }),
        None => Ok(text),
    }
}

fn utf8(bytes: &[u8]) -> std::result::Result<String, Wrong> {
    std::str::from_utf8(bytes).map(String::from).map_err(|error| Wrong {
        line: line(&bytes[..error.valid_up_to()]),
        what: "the text is neither UTF-8 nor UTF-16; save the file as UTF-8",
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> std::result::Result<String, Wrong> {
    let what = "the text is damaged or cut off UTF-16; save the file as UTF-8";
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len() / 2);
    for letter in char::decode_utf16(units) {
        text.push(letter.map_err(|_| Wrong { line: line(text.as_bytes()), what })?);
    }
    if bytes.len().is_multiple_of(2) { Ok(text) } else { Err(Wrong { line: line(text.as_bytes()), what }) }
}

/// The line that follows these bytes.
fn line(before: &[u8]) -> u64 {
    1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(bytes: &[u8]) -> (u64, &'static str) {
        let Wrong { line, what } = decode(bytes).unwrap_err();
        (line, what)
    }

    #[test]
    fn the_same_text_comes_out_of_every_encoding() {
        let text = "Pfad;Größe\r\na.wav;ä\r\n";
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [b"\xff\xfe", &little[..]].concat(),
            [b"\xfe\xff", &big[..]].concat(),
            little,
            big,
        ] {
            assert_eq!(decode(&bytes).ok().as_deref(), Some(text), "{bytes:?}");
        }
        assert_eq!(decode(b"").ok().as_deref(), Some(""));
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_line() {
        assert_eq!(wrong(b"a\nb\n\xff\xfe\n").0, 3);
        assert_eq!(wrong(b"a\nb\x00\n"), (2, "this is no text; save the file as UTF-8"));
        // Cut in the middle of a letter, and half of a pair of units.
        assert!(wrong(b"\xff\xfea\0\n\0b").1.contains("UTF-16"));
        assert_eq!(wrong(b"\xff\xfea\0\n\0\x00\xd8").0, 2);
    }

    #[test]
    fn blanks_and_marks_do_not_belong_to_a_word() {
        assert_eq!(trim("\u{feff} \u{a0}a b\t\r\n"), "a b");
    }
}
