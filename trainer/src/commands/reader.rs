//! A recording that is decoded and conditioned on a thread of its own, while the pieces before are classified.

use std::borrow::Cow;
use std::iter;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;

use spectnet_core::model::ModelConfig;
use spectnet_core::prediction::{FileNotes, Prepared};
use spectnet_core::recognise::{Answer, Batch, Pass, Session};

use crate::data::audio_file::AudioFile;
use crate::data::digest::SoundDigest;
use crate::error::{Error, Result};

/// Pieces on their way to the session; none where a pass has ended.
type Pieces = SyncSender<Option<Result<Prepared>>>;

/// A file, and what is to be known of it at the end.
pub struct Reader {
    file: AudioFile,
    /// Whether a file that is cut short is refused.
    strict: bool,
    /// Of the first downmix, as far as it was read.
    pub sound: SoundDigest,
    /// Notes on the file, complete when all that is classified has been read.
    pub notes: FileNotes,
    /// Its length in seconds, as far as that is known then.
    pub duration_s: Option<f64>,
}

impl Reader {
    /// A file of which nothing was read. Of its samples those of the first `max_seconds` make the digest.
    pub fn new(file: AudioFile, max_seconds: Option<f64>, strict: bool) -> Self {
        let duration_s = file.duration_s();
        let sound = SoundDigest::new(file.sample_rate(), max_seconds);
        Self { file, strict, sound, notes: FileNotes::default(), duration_s }
    }

    /// Reads what the session asks for and has `run` compute the rest, until the session is done. While one piece is run the
    /// next one is decoded and conditioned, so three are in memory at most.
    ///
    /// # Errors
    /// A file that cannot be read or conditioned, or those of `run`.
    pub fn drive<'a>(
        self,
        config: &ModelConfig,
        session: &mut Session<'a>,
        run: impl FnMut(&Session<'a>, Batch) -> Result<Answer>,
    ) -> Result<Self> {
        thread::scope(|scope| {
            let (ask, passes) = channel();
            let (give, take) = sync_channel(0);
            let reading = scope.spawn(move || self.read(config, passes, &give));
            let taken = &take;
            let open = |pass: Pass| -> Result<_> {
                // Where the thread has ended, it has sent the reason.
                let _ = ask.send(pass);
                Ok(iter::from_fn(move || taken.recv().ok().flatten().map(|piece| piece.map(Cow::<Prepared>::Owned))))
            };
            let driven = session.drive(open, run);
            // The thread ends where nobody asks or takes any more.
            drop((ask, take));
            let reader = reading.join().unwrap_or_else(|panic| resume_unwind(panic));
            driven?;
            reader.ok_or_else(|| Error::input("the recording was not read to its end"))
        })
    }

    /// Reads pass after pass; none after an error, which is given in the place of a piece.
    fn read(mut self, config: &ModelConfig, passes: Receiver<Pass>, give: &Pieces) -> Option<Self> {
        for pass in passes {
            match self.pass(config, &pass, give) {
                Ok(read) => self = read,
                Err(error) => {
                    let _ = give.send(Some(Err(error)));
                    return None;
                }
            }
            if give.send(None).is_err() {
                break;
            }
        }
        Some(self)
    }

    fn pass(mut self, config: &ModelConfig, pass: &Pass, give: &Pieces) -> Result<Self> {
        self.file = self.file.at(pass)?;
        for piece in pass.pieces(&mut self.file)? {
            let piece = piece?;
            if pass.number == 0 {
                self.sound.add(piece.samples());
            }
            let prepared = Prepared::piece(config, &piece)?;
            // Nobody takes any more after an error, or after the first heart in the rest of a recording.
            if give.send(Some(Ok(prepared))).is_err() {
                break;
            }
        }
        if !pass.is_rest() {
            if self.strict {
                self.file.refuse_cut()?;
            }
            (self.notes, self.duration_s) = (self.file.notes(), self.file.duration_s());
        }
        Ok(self)
    }
}
