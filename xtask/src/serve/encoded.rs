//! Files as a client takes them: under brotli or gzip where it says so and where that makes them smaller. A file is compressed
//! once, and again only when it has changed.

use std::{
    collections::HashMap,
    io::{Read, Write},
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::SystemTime,
};

use anyhow::Result;
use flate2::{Compression, write::GzEncoder};
use hyper::{
    HeaderMap,
    body::Bytes,
    header::{ACCEPT_ENCODING, HeaderValue},
};

use super::files::Found;
use crate::size;

/// Quality of brotli: the first visitor waits for it, so it is the best one that takes a blink for a megabyte.
const BROTLI_QUALITY: u32 = 5;
/// The same of gzip.
const GZIP_QUALITY: u32 = 6;
/// Fewest bytes that are compressed: what fits into one packet gains nothing.
const LEAST: u64 = 1 << 10;
/// Most bytes of a file that is compressed, for it is in memory as a whole: ten times the program.
const MOST: u64 = 16 << 20;
/// Most files that are kept compressed: more than the page has.
const MOST_KEPT: usize = 256;

/// How the bytes of an answer are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    /// The word for it in the head of an answer.
    pub(super) fn name(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        })
    }

    /// The best one that a client takes; none where it takes the plain bytes only.
    pub(super) fn accepted(head: &HeaderMap) -> Option<Self> {
        let lines = head.get_all(ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
        let offers: Vec<(&str, bool)> = lines.flat_map(|line| line.split(',')).map(offer).collect();
        let takes = |name: &str| {
            let of = |wanted: &str| offers.iter().find(|offer| offer.0.eq_ignore_ascii_case(wanted));
            of(name).or_else(|| of("*")).is_some_and(|offer| offer.1)
        };
        let best = [("br", Self::Brotli), ("gzip", Self::Gzip)].into_iter().find(|(name, _)| takes(name));
        best.map(|(_, encoding)| encoding)
    }
}

/// `br;q=0.5` as a name and whether it is taken.
fn offer(text: &str) -> (&str, bool) {
    let (name, rest) = text.split_once(';').unwrap_or((text, ""));
    let quality = rest.split(';').find_map(|part| part.trim().strip_prefix("q="));
    // What is no number is no reason to refuse.
    let refused = quality.and_then(|quality| quality.trim().parse::<f32>().ok()).is_some_and(|quality| quality <= 0.0);
    (name.trim(), !refused)
}

/// Whether files of a type get smaller.
pub(super) fn is_compressible(mime: &str) -> bool {
    mime.starts_with("text/")
        || ["application/json", "application/manifest+json", "application/wasm", "image/svg+xml"].contains(&mime)
}

/// The files that were compressed, as they are kept.
#[derive(Default)]
pub(super) struct Kept(Mutex<HashMap<(PathBuf, Encoding), Arc<Entry>>>);

/// One of them.
struct Entry {
    /// Time and length of the file that it was made from.
    made_from: (SystemTime, u64),
    /// None where the file does not get smaller; not there while it is being compressed.
    bytes: OnceLock<Option<Bytes>>,
}

impl Kept {
    /// A file under an encoding; none where it is better sent as it is.
    pub(super) fn bytes(&self, found: &Found, encoding: Encoding) -> Option<Bytes> {
        let made_from = (found.modified?, found.length);
        if !is_compressible(found.mime) || !(LEAST..=MOST).contains(&found.length) {
            return None;
        }
        let entry = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let key = (found.path.clone(), encoding);
            match kept.get(&key).filter(|entry| entry.made_from == made_from) {
                Some(entry) => Arc::clone(entry),
                None => {
                    if kept.len() >= MOST_KEPT {
                        kept.clear();
                    }
                    let entry = Arc::new(Entry { made_from, bytes: OnceLock::new() });
                    kept.insert(key, Arc::clone(&entry));
                    entry
                }
            }
        };
        // Whoever asks for the same file meanwhile waits for this one, and nobody else does.
        entry.bytes.get_or_init(|| compressed(found, encoding)).clone()
    }
}

/// The file under an encoding; none where it gets no smaller, or cannot be read: then the plain answer shows that.
fn compressed(found: &Found, encoding: Encoding) -> Option<Bytes> {
    let mut plain = Vec::new();
    std::fs::File::open(&found.path).ok()?.take(MOST).read_to_end(&mut plain).ok()?;
    let small = match encoding {
        Encoding::Brotli => size::brotli(&plain, BROTLI_QUALITY),
        Encoding::Gzip => gzip(&plain),
    };
    small.ok().filter(|small| small.len() < plain.len()).map(Bytes::from)
}

fn gzip(plain: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(GZIP_QUALITY));
    encoder.write_all(plain)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_encoding_is_taken_that_a_client_does_not_refuse() {
        let accepted = |lines: &[&'static str]| {
            let mut head = HeaderMap::new();
            for line in lines {
                head.append(ACCEPT_ENCODING, HeaderValue::from_static(line));
            }
            Encoding::accepted(&head)
        };
        for (lines, expected) in [
            (&["gzip, deflate, br, zstd"][..], Some(Encoding::Brotli)),
            (&["gzip"], Some(Encoding::Gzip)),
            (&["gzip", "BR;q=0.1"], Some(Encoding::Brotli)),
            (&["br;q=0, gzip;q=0.5"], Some(Encoding::Gzip)),
            (&["br; q=0.0, *"], Some(Encoding::Gzip)),
            (&["*"], Some(Encoding::Brotli)),
            (&["*;q=0"], None),
            (&["deflate, identity"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(accepted(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_file_is_compressed_once_and_again_when_it_has_changed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.js");
        let found =
            |modified, length| Found { path: path.clone(), length, modified: Some(modified), mime: "text/javascript" };
        std::fs::write(&path, "let a = 1;\n".repeat(200)).unwrap();
        let (kept, then) = (Kept::default(), SystemTime::UNIX_EPOCH);
        let first = kept.bytes(&found(then, 2200), Encoding::Gzip).unwrap();
        // The kept bytes come even where the file is gone.
        std::fs::remove_file(&path).unwrap();
        assert_eq!(kept.bytes(&found(then, 2200), Encoding::Gzip), Some(first));
        assert_eq!(kept.bytes(&found(then, 2201), Encoding::Gzip), None);
        assert_eq!(kept.bytes(&found(SystemTime::now(), 2200), Encoding::Gzip), None);
    }
}
