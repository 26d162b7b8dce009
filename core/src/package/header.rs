//! The header of a model file, before its tensors: what the file is, and the texts that describe the model.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;

use safetensors::SafeTensors;
use safetensors::tensor::{Metadata, TensorView};
use serde::de::DeserializeOwned;

use super::FORMAT_VERSION;
use crate::text::plain;
use crate::{Error, Result};

/// Largest header of a file: one and a half times that of a file with the longest list of recordings. In memory a
/// header may take fifty times as much.
pub const MAX_HEADER_BYTES: usize = 8 << 20;

/// Bytes before the header; they hold its length.
const LENGTH_BYTES: usize = 8;

/// Most characters of a quotation from a file in a message.
const MOST_QUOTED: usize = 200;

/// Advice on how to edit a model file in Python without losing its metadata.
const KEPT_BY: &str = "a program in Python keeps it with: from safetensors import safe_open; \
                       from safetensors.numpy import save_file; f = safe_open(model, \"np\"); \
                       save_file(tensors, path, metadata=f.metadata())";

/// A safetensors file whose header has been read, once; its tensors are read later.
pub(super) struct File<'a> {
    header: Metadata,
    data: &'a [u8],
}

impl<'a> File<'a> {
    /// Reads the header.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self> {
        check_length(bytes)?;
        let (length, header) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(&error))?;
        let data = bytes.get(LENGTH_BYTES + length..).unwrap_or_default();
        Ok(Self { header, data })
    }

    /// The metadata of a SpectNet file that this version can read.
    pub(super) fn metadata(&self) -> Result<&HashMap<String, String>> {
        let ours =
            |metadata: &&HashMap<String, String>| metadata.get("format").is_some_and(|format| format == "spectnet");
        let metadata = self.header.metadata().as_ref().filter(ours).ok_or_else(|| {
            Error::invalid(format!(
                "a safetensors file, but not a SpectNet model, or one that has lost its metadata: there is no format = \
                 spectnet; {KEPT_BY}"
            ))
        })?;
        let version = value(metadata, "format_version")?;
        match version.parse::<u32>() {
            Ok(1..=FORMAT_VERSION) => Ok(metadata),
            Ok(newer) if newer > FORMAT_VERSION => Err(Error::unsupported(format!(
                "the model file has format version {newer}, this software reads up to {FORMAT_VERSION}: update it"
            ))),
            _ => Err(Error::invalid(format!(
                "the model file's format version is {}: expected a number from 1",
                quoted(version)
            ))),
        }
    }

    /// The tensor with this name; `None` where there is none.
    pub(super) fn tensor(&self, name: &str) -> Option<TensorView<'a>> {
        let info = self.header.info(name)?;
        let (begin, end) = info.data_offsets;
        TensorView::new(info.dtype, info.shape.clone(), self.data.get(begin..end)?).ok()
    }

    /// The names of all tensors.
    pub(super) fn names(&self) -> Vec<String> {
        self.header.offset_keys()
    }
}

/// A safetensors file of these tensors. The keys of its metadata stand in their order: `safetensors` itself writes them as
/// a hash map has them, in another order every time.
///
/// # Errors
/// Tensors that no such file can hold.
pub(super) fn serialise<'a, N: AsRef<str> + Ord + Display>(
    tensors: impl IntoIterator<Item = (N, TensorView<'a>)>,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>> {
    let failed = |error: &dyn Display| Error::invalid(error.to_string());
    let bare = safetensors::serialize(tensors, None).map_err(|error| failed(&error))?;
    let damaged = || Error::invalid("its header is not as expected");
    let (length, rest) = bare.split_first_chunk::<LENGTH_BYTES>().ok_or_else(damaged)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| damaged())?;
    let (header, data) = rest.split_at_checked(length).ok_or_else(damaged)?;
    let header = std::str::from_utf8(header).map_err(|error| failed(&error))?.trim_end();
    let tensors = header.strip_prefix('{').ok_or_else(damaged)?;
    let metadata = serde_json::to_string(metadata).map_err(|error| failed(&error))?;
    let comma = if tensors == "}" { "" } else { "," };
    let mut header = format!("{{\"__metadata__\":{metadata}{comma}{tensors}").into_bytes();
    // What follows begins at a multiple of eight bytes.
    header.resize(header.len().next_multiple_of(LENGTH_BYTES), b' ');
    Ok([&(header.len() as u64).to_le_bytes()[..], &header, data].concat())
}

/// The JSON value of a key that must be there.
pub(super) fn parsed<T: DeserializeOwned>(metadata: &HashMap<String, String>, key: &str) -> Result<T> {
    let text = value(metadata, key)?;
    serde_json::from_str(text)
        .map_err(|error| Error::invalid(format!("{key:?} in the model file's metadata: {}", quoted(error))))
}

/// The JSON value of a key that may be missing.
pub(super) fn optional<T: DeserializeOwned>(
    metadata: &HashMap<String, String>,
    key: &str,
    validate: impl FnOnce(&T) -> Result<()>,
) -> Result<Option<T>> {
    if !metadata.contains_key(key) {
        return Ok(None);
    }
    let value = parsed(metadata, key)?;
    let broken = |error: Error| Error::invalid(format!("{key:?} in the model file's metadata: {error}"));
    validate(&value).map_err(broken)?;
    Ok(Some(value))
}

fn value<'a>(metadata: &'a HashMap<String, String>, key: &str) -> Result<&'a str> {
    let missing = || Error::invalid(format!("the model file's metadata has no {key:?}; {KEPT_BY}"));
    metadata.get(key).map(String::as_str).ok_or_else(missing)
}

/// Refuses a header that is too long. One that is longer than the file is left to the reader, which reports the damage.
fn check_length(bytes: &[u8]) -> Result<()> {
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH_BYTES>() else { return Ok(()) };
    let length = u64::from_le_bytes(*length);
    if length > MAX_HEADER_BYTES as u64 && length <= rest.len() as u64 {
        return Err(Error::limit(format!(
            "the metadata of the model file has {} MiB: at most {} MiB are read",
            length.div_ceil(1 << 20),
            MAX_HEADER_BYTES >> 20
        )));
    }
    Ok(())
}

fn damaged(error: &dyn Display) -> Error {
    Error::invalid(format!("not a safetensors file, or a damaged one: {}", quoted(error)))
}

/// The beginning of a text from a file, in plain characters.
pub(super) fn quoted(words: impl Display) -> String {
    let words: String = words.to_string().chars().take(MOST_QUOTED).collect();
    plain(&words).into_owned()
}
