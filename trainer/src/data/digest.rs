//! Digests: of a recording's samples, which are the same whatever its file is called, and of text.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use spectnet_core::package::recordings::Digest;

use super::audio_file::AudioFile;
use crate::error::Result;

pub use spectnet_core::package::digest::{SoundDigest, of_bytes as of_text};

/// The digest of all of a recording, as the mean of its channels.
///
/// # Errors
/// A file that cannot be read to its end.
pub fn of_file(path: &Path) -> Result<Digest> {
    let mut file = AudioFile::open(path)?;
    let mut sound = SoundDigest::new(file.sample_rate(), None);
    for samples in &mut file {
        sound.add(&samples?);
    }
    Ok(sound.digest())
}

/// The SHA-256 of bytes, as 64 hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Bytes as hexadecimal digits, two each.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
