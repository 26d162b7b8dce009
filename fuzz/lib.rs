//! What the targets share: a bound on memory, and how bytes become samples.

use std::alloc::System;

use cap::Cap;

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
