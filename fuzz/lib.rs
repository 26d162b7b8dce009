//! What the targets share: bounds on memory and on messages, a folder for lists, how bytes become samples, and what the program
//! reads lists with.

/// What the program says on standard error is put together here too, but not printed.
macro_rules! say {
    ($($text:tt)*) => { drop(format!($($text)*)) };
}

// The program reads lists, and it has no library. Its own files are compiled here once more, under the names by which they know
// each other, so that the training framework, which takes longest to build, stays out.
#[path = "../trainer/src/data/mod.rs"]
pub mod data;
#[path = "../trainer/src/error.rs"]
pub mod error;
#[path = "../trainer/src/output.rs"]
pub mod output;
pub mod progress;
mod refusal;
mod scratch;

use std::alloc::System;

use cap::Cap;

pub use refusal::check_refusal;
pub use scratch::folder;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// What may be taken for nothing: tables of decoders, the segmentation's parameters.
const ALLOWANCE: usize = 64 << 20;

/// Runs `read` on an input of `length` bytes. An allocation beyond four times that and 64 MiB fails, which ends the program.
pub fn within_memory(length: usize, read: impl FnOnce()) {
    let limit = MEMORY.allocated() + 4 * length + ALLOWANCE;
    MEMORY.set_limit(limit).expect("more is allowed than is in use");
    read();
    MEMORY.set_limit(usize::MAX).expect("as before");
}

/// The bytes as samples, four each.
pub fn samples(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}
