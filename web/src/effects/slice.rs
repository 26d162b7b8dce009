//! How long work keeps the page from answering, and how it lets it answer: the same for all that judges, explains and
//! follows the filters.

use crate::{dom, pause};

/// Longest time that work keeps the page from answering, in seconds. From 50 ms on a person feels it, and browsers call it
/// a long task; what they do around it takes the rest.
const LONGEST_S: f64 = 0.045;
/// What a bit of work takes where nothing better is known, in seconds: a stride of conditioning or 2¹⁸ samples decoded,
/// each on a slow laptop.
pub const BIT_S: f64 = 0.015;
/// What a batch of windows may take on the CPU, in seconds, so that it finds room beside other bits.
pub const BATCH_S: f64 = 0.03;

/// The time in which the page does not answer.
#[derive(Debug)]
pub struct Slice {
    began_s: f64,
    /// What the last bit of work took, in seconds.
    bit_s: f64,
}

impl Slice {
    /// The page has just answered, or nearly.
    pub fn begin() -> Self {
        Self { began_s: dom::now(), bit_s: 0.0 }
    }

    /// Whether work of so many seconds ends before the page must answer again. Right after it did, any work has room:
    /// what cannot be cut is done alone.
    pub fn has_room(&self, next_s: f64) -> bool {
        dom::now() - self.began_s + next_s <= LONGEST_S
    }

    /// Makes room for work of so many seconds: where there is none, the page answers.
    pub async fn room(&mut self, next_s: f64) {
        if !self.has_room(next_s) {
            self.turn().await;
        }
    }

    /// Does a bit of work when there is room for one as long as the bit before it: what is slow here, or runs on a busy
    /// machine, gets more room.
    pub async fn bit<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.room(self.bit_s.max(BIT_S)).await;
        let began_s = dom::now();
        let done = work();
        self.bit_s = dom::now() - began_s;
        done
    }

    /// Lets the page answer now, so that what comes next begins with all the time there is.
    pub async fn turn(&mut self) {
        pause::turn().await;
        self.began_s = dom::now();
    }
}
