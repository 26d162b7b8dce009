//! The pieces of a recording, as a session asks for them.

use spectnet_core::audio::Recording;
use spectnet_core::prediction::FileNotes;
use spectnet_core::recognise::Pass;

use super::slice::Slice;
use super::sound::{Pieces, Sound};
use crate::failure::Result;

/// A recording that is read pass by pass and piece by piece.
pub struct Reading<'a> {
    sound: &'a Sound,
    /// The pass that is being read.
    opened: Option<Pieces<'a>>,
    /// A piece that was looked for before it was wanted.
    ahead: Option<Recording>,
    /// The last pass that came to its end.
    over: Option<Pass>,
    notes: FileNotes,
}

impl<'a> Reading<'a> {
    /// A recording of which nothing was read.
    pub fn new(sound: &'a Sound) -> Self {
        Self { sound, opened: None, ahead: None, over: None, notes: FileNotes::default() }
    }

    /// Whether no piece of this pass comes any more. One that comes is kept for the next call of [`next`](Self::next).
    ///
    /// # Errors
    /// Those of [`next`](Self::next).
    pub async fn is_over(&mut self, pass: Pass, slice: &mut Slice) -> Result<bool> {
        self.ahead = self.next(pass, slice).await?;
        Ok(self.ahead.is_none())
    }

    /// The next piece of a pass; none after the last.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged or has changed, or a sample that is not finite.
    pub async fn next(&mut self, pass: Pass, slice: &mut Slice) -> Result<Option<Recording>> {
        let ahead = self.ahead.take();
        if ahead.is_some() || self.over == Some(pass) {
            return Ok(ahead);
        }
        let mut pieces = match self.opened.take() {
            Some(pieces) if pieces.pass == pass => pieces,
            _ => self.sound.pieces(pass)?,
        };
        let piece = pieces.next(slice).await?;
        if piece.is_some() {
            self.opened = Some(pieces);
        } else {
            self.over = Some(pass);
            if !pass.is_rest() {
                self.notes = pieces.notes();
            }
        }
        Ok(piece)
    }

    /// What a person should know of how the recording was read, as far as a pass that is judged came to its end.
    pub fn notes(&self) -> &FileNotes {
        &self.notes
    }
}
