//! Memory that the next pass over a batch uses again.
//!
//! A training step stores tens of megabytes of a batch, and releases them at its end. New pages from the operating
//! system take about a third of the time of a step, and setting them to zero takes more.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Memory that is not in use.
static SPARE: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// Some values, whose content is undefined until they are written.
#[derive(Debug)]
pub(super) struct Buffer {
    memory: Vec<f32>,
    length: usize,
}

impl Buffer {
    /// The smallest free buffer that is large enough, or a new one in place of the largest that is not.
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
