//! Checksums of files.

use std::fmt;
use std::io::Read;
use std::path::Path;

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::data::digest;
use crate::error::{Error, Result};
use crate::output::open_file;

/// Bytes that are read at a time.
const PIECE: usize = 1 << 16;

/// What a file must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sum {
    /// Its SHA-256.
    Sha256(String),
    /// Its MD5, against accidents.
    Md5(String),
}

impl Sum {
    /// A SHA-256 as 64 hexadecimal digits.
    pub fn sha256(text: &str) -> Option<Self> {
        hexadecimal(text, 64).map(Self::Sha256)
    }

    /// As Zenodo writes it: `md5:` and 32 hexadecimal digits.
    pub fn of_zenodo(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("md5", digits) => hexadecimal(digits, 32).map(Self::Md5),
            ("sha256", digits) => Self::sha256(digits),
            _ => None,
        }
    }

    /// Whether a file has this one.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn matches(&self, path: &Path) -> Result<bool> {
        Ok(match self {
            Self::Sha256(expected) => of::<Sha256>(path)? == *expected,
            Self::Md5(expected) => of::<Md5>(path)? == *expected,
        })
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Sha256(digits) => write!(f, "sha256:{digits}"),
            Self::Md5(digits) => write!(f, "md5:{digits}"),
        }
    }
}

fn hexadecimal(text: &str, digits: usize) -> Option<String> {
    let is_one = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then(|| text.to_ascii_lowercase())
}

fn of<H: Digest>(path: &Path) -> Result<String> {
    let (mut file, _) = open_file(path)?;
    let (mut hash, mut piece) = (H::new(), vec![0; PIECE]);
    loop {
        let count = file.read(&mut piece).map_err(|source| Error::io("read the file", path, source))?;
        if count == 0 {
            break;
        }
        hash.update(&piece[..count]);
    }
    Ok(digest::hexadecimal(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_sum() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        // The published examples of both.
        let sha256 = Sum::sha256("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD").unwrap();
        let md5 = Sum::of_zenodo("md5:900150983cd24fb0d6963f7d28e17f72").unwrap();
        assert!(sha256.matches(&path).unwrap() && md5.matches(&path).unwrap());
        assert_eq!(md5.to_string(), "md5:900150983cd24fb0d6963f7d28e17f72");
        std::fs::write(&path, "abd").unwrap();
        assert!(!sha256.matches(&path).unwrap() && !md5.matches(&path).unwrap());
        for wrong in ["", "abc", "md5:", "md5:zz0150983cd24fb0d6963f7d28e17f72", "crc32:00000000"] {
            assert_eq!(Sum::of_zenodo(wrong), None, "{wrong}");
        }
    }
}
