//! Cutting a recording of any length into the pieces that are conditioned on their own.

use super::Recording;
use super::recording::{check_finite, check_length, check_rate};
use crate::error::{Error, Result};

/// Length of a piece in seconds.
///
/// Conditioning needs a whole signal: its filters run backward too, and it has one level. A long recording is therefore
/// conditioned minute by minute, so that any length fits into memory, and a prediction does not depend on what comes
/// much later. A minute is far longer than the filters ring (tenths of a second), and it is as much as the heart models
/// process.
pub const PIECE_SECONDS: u32 = 60;
/// A remainder shorter than this many seconds joins the piece before it: a short piece would get its level from too
/// little sound. So a recording of less than 90 s is one piece.
const LEAST_SECONDS: u32 = PIECE_SECONDS / 2;

/// Takes the samples of a recording as they arrive, any number at a time, and gives its pieces. It holds at most one
/// and a half pieces besides the samples that were added last.
#[derive(Clone, Debug)]
pub struct PieceCutter {
    sample_rate: u32,
    waiting: Vec<f32>,
    taken: u64,
    length: u64,
    may_be_empty: bool,
}

impl PieceCutter {
    /// A cutter for the first `max_seconds` of a recording at `sample_rate` Hz: at least one sample; all of it for
    /// `None`.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for a sampling rate out of range.
    pub fn new(sample_rate: u32, max_seconds: Option<f64>) -> Result<Self> {
        check_rate(sample_rate)?;
        let samples = |seconds: f64| ((seconds * f64::from(sample_rate)).round() as u64).max(1);
        let length = max_seconds.map_or(u64::MAX, samples);
        Ok(Self { sample_rate, waiting: Vec::new(), taken: 0, length, may_be_empty: false })
    }

    /// Allows a recording without samples, which then has no pieces instead of being an error. For what follows the
    /// beginning of a recording, which may be nothing.
    #[must_use]
    pub fn or_nothing(self) -> Self {
        Self { may_be_empty: true, ..self }
    }

    /// Adds the next samples, full scale ±1. Samples after the first `max_seconds` are ignored.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for a sample that is not finite.
    pub fn add(&mut self, samples: &[f32]) -> Result<()> {
        let left = usize::try_from(self.length - self.taken).unwrap_or(usize::MAX);
        let samples = &samples[..samples.len().min(left)];
        check_finite(samples, self.taken)?;
        self.waiting.extend_from_slice(samples);
        self.taken += samples.len() as u64;
        Ok(())
    }

    /// Says that the recording ends here.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) where no samples were added, unless there [may be
    /// none](Self::or_nothing).
    pub fn end(&mut self) -> Result<()> {
        self.length = self.taken;
        if self.taken == 0 && !self.may_be_empty { check_length(0) } else { Ok(()) }
    }

    /// Whether the first `max_seconds` have been added: more samples would be ignored.
    pub fn is_full(&self) -> bool {
        self.taken == self.length
    }

    /// The next piece, as soon as it is known where it ends; `None` until then, and after the last piece.
    pub fn next_piece(&mut self) -> Option<Recording> {
        let samples = |seconds: u32| seconds as usize * self.sample_rate as usize;
        let length = if self.waiting.len() >= samples(PIECE_SECONDS + LEAST_SECONDS) {
            samples(PIECE_SECONDS)
        } else if self.is_full() {
            self.waiting.len()
        } else {
            return None;
        };
        let rest = self.waiting.split_off(length);
        // Every sample was checked when it was added, so only an empty piece can fail, and that is not a piece.
        Recording::new(std::mem::replace(&mut self.waiting, rest), self.sample_rate).ok()
    }
}

/// Iterator over the pieces of a recording whose samples come from another iterator.
#[derive(Clone, Debug)]
pub struct Pieces<S> {
    source: S,
    cutter: PieceCutter,
}

impl<S> Pieces<S> {
    /// The pieces of the first `max_seconds` of the samples in `source`, at `sample_rate` Hz. No more is taken from
    /// `source` than they need.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for a sampling rate out of range.
    pub fn new(source: S, sample_rate: u32, max_seconds: Option<f64>) -> Result<Self> {
        Ok(Self::cut(source, PieceCutter::new(sample_rate, max_seconds)?))
    }

    /// The pieces that `cutter` makes of the samples in `source`.
    pub fn cut(source: S, cutter: PieceCutter) -> Self {
        Self { source, cutter }
    }
}

impl Pieces<()> {
    /// The pieces of the first `max_seconds` of a recording.
    ///
    /// # Errors
    /// None: the sampling rate of a [`Recording`] is in range.
    pub fn of(recording: &Recording, max_seconds: Option<f64>) -> Result<Pieces<impl Iterator<Item = Result<&[f32]>>>> {
        let rate = recording.sample_rate();
        let samples = recording.samples().chunks(PIECE_SECONDS as usize * rate as usize);
        Pieces::new(samples.map(Ok), rate, max_seconds)
    }
}

impl<S, T, E> Iterator for Pieces<S>
where
    S: Iterator<Item = std::result::Result<T, E>>,
    T: AsRef<[f32]>,
    E: From<Error>,
{
    type Item = std::result::Result<Recording, E>;

    /// The next piece, or the error that ended the recording; after an error there is nothing more.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(piece) = self.cutter.next_piece() {
                return Some(Ok(piece));
            }
            if self.cutter.is_full() {
                return None;
            }
            let added = match self.source.next() {
                Some(Ok(samples)) => self.cutter.add(samples.as_ref()).map_err(E::from),
                Some(Err(error)) => Err(error),
                None => self.cutter.end().map_err(E::from),
            };
            if let Err(error) = added {
                self.cutter.waiting.clear();
                self.cutter.length = self.cutter.taken;
                return Some(Err(error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATE: u32 = 100;

    fn lengths(seconds: f64, max_seconds: Option<f64>) -> Vec<f64> {
        let recording = Recording::new(vec![0.1; (seconds * f64::from(RATE)) as usize], RATE).unwrap();
        Pieces::of(&recording, max_seconds).unwrap().map(|piece| piece.unwrap().duration_s()).collect()
    }

    #[test]
    fn a_short_remainder_joins_the_piece_before_it() {
        assert_eq!(lengths(0.01, None), [0.01]);
        assert_eq!(lengths(60.0, None), [60.0]);
        assert_eq!(lengths(89.99, None), [89.99]);
        assert_eq!(lengths(90.0, None), [60.0, 30.0]);
        assert_eq!(lengths(120.0, None), [60.0, 60.0]);
        assert_eq!(lengths(149.99, None), [60.0, 89.99]);
        assert_eq!(lengths(150.0, None), [60.0, 60.0, 30.0]);
    }

    #[test]
    fn no_more_is_taken_than_is_asked_for() {
        assert_eq!(lengths(1000.0, Some(60.0)), [60.0]);
        assert_eq!(lengths(1000.0, Some(100.0)), [60.0, 40.0]);
        assert_eq!(lengths(20.0, Some(60.0)), [20.0]);
        assert_eq!(lengths(20.0, Some(1e-9)), [0.01]);
        let mut given = 0;
        let source = std::iter::repeat_with(|| Ok::<_, Error>([0.0; 100])).inspect(|_| given += 1);
        assert_eq!(Pieces::new(source, RATE, Some(90.0)).unwrap().count(), 2);
        assert_eq!(given, 90);
    }

    #[test]
    fn an_error_comes_in_its_turn_and_is_the_last_thing() {
        let minute = || Ok([0.0; 6000].as_slice());
        let source = [minute(), minute(), Err(Error::invalid("torn")), minute()];
        let found: Vec<Result<Recording>> = Pieces::new(source.into_iter(), RATE, None).unwrap().collect();
        assert_eq!(found.len(), 2);
        assert!(found[0].is_ok() && found[1].as_ref().is_err_and(|error| error.to_string() == "torn"));

        let source = [minute(), Ok([0.0, f32::NAN].as_slice())];
        let found = Pieces::new(source.into_iter(), RATE, None).unwrap().last().unwrap();
        assert!(found.unwrap_err().to_string().contains("sample 6001 is NaN"));

        let nothing = std::iter::empty::<Result<[f32; 0]>>();
        let found: Vec<Result<Recording>> = Pieces::new(nothing, RATE, None).unwrap().collect();
        assert!(matches!(&found[..], [Err(error)] if error.to_string().contains("empty")));
        assert!(PieceCutter::new(0, None).is_err());
    }

    #[test]
    fn behind_the_beginning_of_a_recording_there_may_be_nothing() {
        let cutter = || PieceCutter::new(RATE, Some(600.0)).unwrap().or_nothing();
        let nothing = std::iter::empty::<Result<[f32; 0]>>();
        assert_eq!(Pieces::cut(nothing, cutter()).count(), 0);
        let something = [Ok::<_, Error>([0.1; 100])];
        let pieces: Vec<Recording> = Pieces::cut(something.into_iter(), cutter()).map(Result::unwrap).collect();
        assert_eq!(pieces.iter().map(Recording::duration_s).collect::<Vec<_>>(), [1.0]);
    }

    proptest! {
        #[test]
        fn pieces_join_to_the_recording_however_it_comes(
            length in 1usize..60_000, step in 1usize..20_000, wanted in proptest::option::of(0.1f64..700.0),
        ) {
            let samples: Vec<f32> = (0..length).map(|k| k as f32).collect();
            let kept = wanted.map_or(length, |s| ((s * f64::from(RATE)).round() as usize).clamp(1, length));
            let source = samples.chunks(step).map(Ok::<_, Error>);
            let pieces: Vec<Recording> = Pieces::new(source, RATE, wanted).unwrap().map(Result::unwrap).collect();
            let joined: Vec<f32> = pieces.iter().flat_map(|piece| piece.samples().to_vec()).collect();
            prop_assert_eq!(&joined[..], &samples[..kept]);
            let (last, before) = pieces.split_last().unwrap();
            prop_assert!(before.iter().all(|piece| piece.samples().len() == 6000));
            prop_assert!(last.samples().len() < 9000 && (before.is_empty() || last.samples().len() >= 3000));
        }
    }
}
