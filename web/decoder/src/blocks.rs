//! A file that is fetched a block at a time, and read byte by byte.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use spectnet_core::audio::MediaSource;

/// Bytes that are fetched at a time. Whenever a worker reads a file it waits for another process of the browser, whatever the
/// number of bytes, while a decoder asks for some kilobytes; and a block is little beside the samples of ten seconds.
const BLOCK: u64 = 1 << 18;

/// A file of which one block is in memory.
#[derive(Clone, Debug)]
pub struct Blocks<F> {
    fetch: F,
    length: u64,
    /// The byte that is read next.
    at: u64,
    block: Vec<u8>,
    /// Where the block begins in the file.
    start: u64,
}

impl<F: Fn(Range<u64>) -> io::Result<Vec<u8>>> Blocks<F> {
    /// A file of `length` bytes, of which `fetch` gives those that it is asked for.
    pub fn new(length: u64, fetch: F) -> Self {
        Self { fetch, length, at: 0, block: Vec::new(), start: 0 }
    }
}

impl<F: Fn(Range<u64>) -> io::Result<Vec<u8>>> Read for Blocks<F> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let end = self.start + self.block.len() as u64;
        if !(self.start..end).contains(&self.at) {
            let range = self.at..self.length.min(self.at.saturating_add(BLOCK));
            if range.is_empty() {
                return Ok(0);
            }
            let block = (self.fetch)(range.clone())?;
            if block.len() as u64 != range.end - range.start {
                return Err(io::Error::other("the file changed while it was read"));
            }
            (self.block, self.start) = (block, self.at);
        }
        let there = &self.block[(self.at - self.start) as usize..];
        let count = there.len().min(to.len());
        to[..count].copy_from_slice(&there[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl<F> Seek for Blocks<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.length, by),
            SeekFrom::Current(by) => (self.at, by),
        };
        let before = || io::Error::new(io::ErrorKind::InvalidInput, "a place before the beginning of the file");
        self.at = from.checked_add_signed(by).ok_or_else(before)?;
        Ok(self.at)
    }
}

impl<F: Fn(Range<u64>) -> io::Result<Vec<u8>> + Send + Sync> MediaSource for Blocks<F> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn file(length: usize) -> Vec<u8> {
        (0..length).map(|k| (k ^ k >> 8 ^ k >> 16) as u8).collect()
    }

    fn part(bytes: &[u8], range: &Range<u64>) -> Vec<u8> {
        bytes[range.start as usize..range.end as usize].to_vec()
    }

    #[test]
    fn many_small_reads_fetch_every_block_once() {
        let (bytes, fetched) = (file(700_000), Cell::new(0));
        let fetch = |range: Range<u64>| {
            assert!(range.end - range.start <= BLOCK);
            fetched.set(fetched.get() + 1);
            Ok(part(&bytes, &range))
        };
        let mut blocks = Blocks::new(bytes.len() as u64, fetch);
        let (mut read, mut some) = (Vec::new(), [0; 1000]);
        while let count @ 1.. = blocks.read(&mut some).unwrap() {
            read.extend_from_slice(&some[..count]);
        }
        assert!(read == bytes);
        assert_eq!(fetched.get(), bytes.len().div_ceil(BLOCK as usize));
    }

    #[test]
    fn a_file_that_changes_or_cannot_be_fetched_is_an_error_and_not_its_end() {
        let mut changed = Blocks::new(10, |_| Ok(vec![0; 5]));
        assert!(changed.read(&mut [0; 4]).unwrap_err().to_string().contains("changed"));
        let mut gone = Blocks::new(10, |_| Err(io::Error::other("gone")));
        assert_eq!(gone.read(&mut [0; 4]).unwrap_err().to_string(), "gone");
        assert!(gone.seek(SeekFrom::End(-11)).is_err());
    }

    #[derive(Clone, Debug)]
    enum Step {
        Read(usize),
        Seek(SeekFrom),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0usize..300_000).prop_map(Step::Read),
            (0u64..700_000).prop_map(|at| Step::Seek(SeekFrom::Start(at))),
            (-700_000i64..10).prop_map(|by| Step::Seek(SeekFrom::End(by))),
            (-300_000i64..300_000).prop_map(|by| Step::Seek(SeekFrom::Current(by))),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_way_through_the_file_gives_its_bytes(steps in proptest::collection::vec(step(), 1..20)) {
            let bytes = file(600_001);
            let mut blocks = Blocks::new(bytes.len() as u64, |range: Range<u64>| Ok(part(&bytes, &range)));
            let mut plain = Cursor::new(&bytes);
            for step in steps {
                match step {
                    Step::Seek(to) => prop_assert_eq!(blocks.seek(to).ok(), plain.seek(to).ok()),
                    Step::Read(count) => {
                        let (mut got, mut expected) = (Vec::new(), Vec::new());
                        blocks.by_ref().take(count as u64).read_to_end(&mut got).unwrap();
                        plain.by_ref().take(count as u64).read_to_end(&mut expected).unwrap();
                        prop_assert!(got == expected);
                    }
                }
            }
        }
    }
}
