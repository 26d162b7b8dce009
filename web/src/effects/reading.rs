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
    notes: FileNotes,
}

impl<'a> Reading<'a> {
    /// A recording of which nothing was read.
    pub fn new(sound: &'a Sound) -> Self {
        Self { sound, opened: None, notes: FileNotes::default() }
    }

    /// The next piece of a pass; none after the last.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged or has changed, or a sample that is not finite.
    pub async fn next(&mut self, pass: Pass, slice: &mut Slice) -> Result<Option<Recording>> {
        let mut pieces = match self.opened.take() {
            Some(pieces) if pieces.pass == pass => pieces,
            _ => self.sound.pieces(pass)?,
        };
        let piece = pieces.next(slice).await?;
        if piece.is_some() {
            self.opened = Some(pieces);
        } else if !pass.is_rest() {
            self.notes = pieces.notes();
        }
        Ok(piece)
    }

    /// What a person should know of how the recording was read, as far as a pass that is judged came to its end.
    pub fn notes(&self) -> &FileNotes {
        &self.notes
    }
}
