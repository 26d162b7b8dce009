//! A recording at any place, from a source that only goes forward.

use spectnet_core::Result;
use spectnet_core::audio::Decoder;

/// What gives the samples of a recording one after the other.
pub trait Source {
    /// Samples in a frame, at least one.
    fn channels(&self) -> usize;

    /// The next interleaved samples, whole frames; `None` at the end.
    ///
    /// # Errors
    /// A damaged recording.
    fn next_frames(&mut self) -> Result<Option<&[f32]>>;
}

impl Source for Decoder {
    fn channels(&self) -> usize {
        Decoder::channels(self)
    }

    fn next_frames(&mut self) -> Result<Option<&[f32]>> {
        Decoder::next_frames(self)
    }
}

/// Reads a recording at any place. To go back it opens it anew.
#[derive(Clone, Debug)]
pub struct Reader<S, O> {
    open: O,
    source: S,
    /// The frame that comes next.
    at: u64,
    /// What the source gave last, of which `given` samples are gone.
    last: Vec<f32>,
    given: usize,
}

impl<S: Source, O: Fn() -> Result<S>> Reader<S, O> {
    /// Opens a recording.
    ///
    /// # Errors
    /// Those of `open`.
    pub fn new(open: O) -> Result<Self> {
        Ok(Self { source: open()?, open, at: 0, last: Vec::new(), given: 0 })
    }

    /// What it reads from.
    pub fn source(&self) -> &S {
        &self.source
    }

    /// The frame behind those that were read last; at the end of the recording the number of its frames.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The interleaved samples of `count` frames from frame `from` on; fewer only where the recording ends.
    ///
    /// # Errors
    /// A damaged recording, or one that cannot be opened again.
    pub fn read(&mut self, from: u64, count: u64) -> Result<Vec<f32>> {
        let read = self.go_and_read(from, count);
        if read.is_err() {
            // What a source gives after a failure need not follow what came before: the next reading begins anew.
            self.at = u64::MAX;
        }
        read
    }

    fn go_and_read(&mut self, from: u64, count: u64) -> Result<Vec<f32>> {
        if from < self.at {
            (self.source, self.at, self.given) = ((self.open)()?, 0, 0);
            self.last.clear();
        }
        while self.at < from {
            if self.advance(from - self.at)?.is_none() {
                return Ok(Vec::new());
            }
        }
        let (mut samples, end) = (Vec::new(), from.saturating_add(count));
        while self.at < end
            && let Some(next) = self.advance(end - self.at)?
        {
            samples.extend_from_slice(next);
        }
        Ok(samples)
    }

    /// The next frames, one to `most`; none at the end.
    fn advance(&mut self, most: u64) -> Result<Option<&[f32]>> {
        let channels = self.source.channels().max(1);
        while self.last.len() - self.given < channels {
            let Some(samples) = self.source.next_frames()? else { return Ok(None) };
            self.last.clear();
            self.last.extend_from_slice(samples);
            self.given = 0;
        }
        let frames = (self.last.len() - self.given) / channels;
        let frames = frames.min(usize::try_from(most).unwrap_or(usize::MAX));
        let start = self.given;
        (self.given, self.at) = (start + frames * channels, self.at + frames as u64);
        Ok(Some(&self.last[start..self.given]))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;
    use spectnet_core::Error;

    use super::*;

    /// Sample `k` of a recording is `k`, and comes in packets of these numbers of frames, in turn.
    #[derive(Debug)]
    struct Numbers {
        channels: usize,
        frames: usize,
        packets: Vec<usize>,
        given: usize,
        number: usize,
        packet: Vec<f32>,
        torn_at: usize,
    }

    impl Numbers {
        fn new(channels: usize, frames: usize, packets: &[usize]) -> Self {
            let packets = packets.to_vec();
            Self { channels, frames, packets, given: 0, number: 0, packet: Vec::new(), torn_at: usize::MAX }
        }
    }

    impl Source for Numbers {
        fn channels(&self) -> usize {
            self.channels
        }

        fn next_frames(&mut self) -> Result<Option<&[f32]>> {
            if self.given >= self.torn_at {
                return Err(Error::invalid("torn"));
            }
            let count = self.packets[self.number % self.packets.len()].min(self.frames - self.given);
            let samples = self.given * self.channels..(self.given + count) * self.channels;
            self.packet = samples.map(|k| k as f32).collect();
            (self.given, self.number) = (self.given + count, self.number + 1);
            Ok((count > 0).then_some(&self.packet[..]))
        }
    }

    #[test]
    fn going_forward_opens_once_and_going_back_opens_again() {
        let opened = Cell::new(0);
        let open = || {
            opened.set(opened.get() + 1);
            Ok(Numbers::new(2, 100, &[7]))
        };
        let mut reader = Reader::new(open).unwrap();
        for from in (0..100).step_by(20) {
            assert_eq!(reader.read(from, 20).unwrap().len(), 40);
        }
        assert_eq!((reader.at(), opened.get()), (100, 1));
        assert!(reader.read(100, 20).unwrap().is_empty());
        assert_eq!((reader.at(), reader.read(300, 20).unwrap().len(), reader.at()), (100, 0, 100));
        assert_eq!((reader.read(50, 1).unwrap(), opened.get()), (vec![100.0, 101.0], 2));
    }

    #[test]
    fn what_comes_before_the_damage_can_be_read_again() {
        let mut reader = Reader::new(|| Ok(Numbers { torn_at: 30, ..Numbers::new(1, 100, &[10]) })).unwrap();
        assert_eq!(reader.read(0, 30).unwrap().len(), 30);
        for _ in 0..2 {
            assert_eq!(reader.read(30, 10).unwrap_err().to_string(), "torn");
            assert_eq!(reader.read(20, 10).unwrap()[0], 20.0);
        }
    }

    proptest! {
        #[test]
        fn every_reading_gives_the_frames_that_it_asks_for(
            channels in 1usize..4, frames in 0usize..200, packets in proptest::collection::vec(1usize..40, 1..5),
            readings in proptest::collection::vec((0usize..250, 0usize..120), 1..12),
        ) {
            let mut reader = Reader::new(|| Ok(Numbers::new(channels, frames, &packets))).unwrap();
            for (from, count) in readings {
                let expected = channels * from.min(frames)..channels * (from + count).min(frames);
                let samples = reader.read(from as u64, count as u64).unwrap();
                prop_assert_eq!(samples, expected.map(|k| k as f32).collect::<Vec<_>>());
                prop_assert_eq!(reader.at(), (from + count).min(frames) as u64);
            }
        }
    }
}
