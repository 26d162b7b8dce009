//! What is kept of a recording between one playing of it and the next.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use spectnet_core::audio::Recording;
use spectnet_core::filterbank::BankFilter;
use web_sys::AudioBuffer;

use crate::listen::{CHUNK_S, Programme};
use crate::state::Handle;

/// Most seconds of what sounds that are kept, so that a short part is not made anew each time it is repeated.
const MOST_S: u64 = 16;

/// What is kept.
#[derive(Default)]
pub struct Kept(RefCell<Store>);

#[derive(Default)]
struct Store {
    /// What it is made from.
    source: Option<(Handle, Programme)>,
    filter: Option<Rc<BankFilter>>,
    piece: Option<Rc<Piece>>,
    chunks: VecDeque<(u64, AudioBuffer)>,
}

/// A conditioned piece of a recording.
pub struct Piece {
    /// Where it begins in the recording, in seconds.
    pub start_s: u64,
    /// Its samples.
    pub recording: Recording,
    /// The factor that makes it loud.
    pub gain: f64,
}

impl Kept {
    /// Keeps only what serves this programme of this recording.
    pub fn prepare(&self, sound: &Handle, programme: &Programme) {
        let mut store = self.0.borrow_mut();
        let before = store.source.replace((sound.clone(), programme.clone()));
        let same_piece = |(of, was): &(Handle, Programme)| {
            of == sound && was.downmix == programme.downmix && was.conditioning == programme.conditioning
        };
        if !before.as_ref().is_some_and(same_piece) {
            store.piece = None;
        }
        if before.as_ref() != store.source.as_ref() {
            store.filter = programme.bank.as_ref().map(|bank| Rc::new(bank.filter()));
            store.chunks.clear();
        }
    }

    /// Keeps nothing.
    pub fn forget(&self) {
        drop(self.0.take());
    }

    /// What the programme goes through.
    pub fn filter(&self) -> Option<Rc<BankFilter>> {
        self.0.borrow().filter.clone()
    }

    /// The piece in which a second of the recording lies.
    pub fn piece(&self, second: u64) -> Option<Rc<Piece>> {
        let ends_s = |piece: &Piece| piece.start_s as f64 + piece.recording.duration_s();
        let found = |piece: &&Rc<Piece>| piece.start_s <= second && (second as f64) < ends_s(piece);
        self.0.borrow().piece.as_ref().filter(found).cloned()
    }

    /// Keeps a piece instead of the one before.
    pub fn keep_piece(&self, piece: &Rc<Piece>) {
        self.0.borrow_mut().piece = Some(piece.clone());
    }

    /// A chunk of the programme.
    pub fn chunk(&self, number: u64) -> Option<AudioBuffer> {
        self.0.borrow().chunks.iter().find(|(kept, _)| *kept == number).map(|(_, buffer)| buffer.clone())
    }

    /// Keeps a chunk, and not the oldest one where there are many.
    pub fn keep_chunk(&self, number: u64, buffer: &AudioBuffer) {
        let chunks = &mut self.0.borrow_mut().chunks;
        if chunks.len() as u64 * CHUNK_S >= MOST_S {
            chunks.pop_front();
        }
        chunks.push_back((number, buffer.clone()));
    }
}
