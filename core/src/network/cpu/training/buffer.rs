//! Memory that the next pass over a batch uses again.
//!
//! What a step keeps of a batch is tens of megabytes, given back at its end. Fresh pages from the operating system cost
//! about a third of the whole step, and zeroing them some more.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// What is not in use.
static SPARE: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// Some values, of which nothing is known before they are written.
#[derive(Debug)]
pub(super) struct Buffer {
    memory: Vec<f32>,
    length: usize,
}

impl Buffer {
    /// The smallest spare memory that is large enough, or new memory in place of the largest that is not.
    pub fn new(length: usize) -> Self {
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        spare.sort_by_key(Vec::len);
        let large_enough = spare.partition_point(|memory| memory.len() < length);
        let memory = if large_enough < spare.len() {
            spare.remove(large_enough)
        } else {
            drop(spare.pop());
            drop(spare);
            vec![0.0; length]
        };
        Self { memory, length }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.memory);
        if !memory.is_empty() {
            SPARE.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        }
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.memory[..self.length]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.memory[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_has_its_length_whatever_was_before() {
        for length in [0, 7, 3, 100, 50, 0, 101] {
            let mut buffer = Buffer::new(length);
            assert_eq!(buffer.len(), length);
            buffer.fill(1.0);
        }
    }
}
