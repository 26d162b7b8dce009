//! WAV files.
use crate::audio::Recording;
use crate::error::Result;
/// Decodes a WAV file.
pub fn read_wav(_bytes: &[u8]) -> Result<Recording> { todo!() }
/// Encodes 16-bit PCM mono.
pub fn write_wav(_recording: &Recording) -> Result<Vec<u8>> { todo!() }
