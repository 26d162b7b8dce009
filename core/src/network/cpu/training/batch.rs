//! Processes the images of a batch in parallel.

use std::cell::RefCell;
use std::ops::Range;

use crate::network::cpu::Image;

/// Groups that a batch is divided into: more groups give more threads work, but each has sums of its own.
const GROUPS: usize = 16;

/// Memory of one thread, used again for every image.
pub(super) struct Scratch {
    /// Input of a convolution.
    pub input: Image,
    /// Input or output of a convolution or its gradient.
    pub other: Image,
    /// Gradient of a convolution's input.
    pub result: Image,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch {
        input: Image::zeros([0, 0], 0, [0, 0]),
        other: Image::zeros([0, 0], 0, [0, 0]),
        result: Image::zeros([0, 0], 0, [0, 0]),
    });
}

/// Processes groups of images with their parts of two buffers, on all threads where there are threads.
///
/// Each buffer holds the same number of values for each image. The results of the groups come in the order of the
/// images.
pub(super) fn by_group<R: Send>(
    batch: usize,
    buffers: [&mut [f32]; 2],
    run: impl Fn(&mut Scratch, Range<usize>, [&mut [f32]; 2]) -> R + Sync,
) -> Vec<R> {
    let group = batch.div_ceil(GROUPS).max(1);
    let [mut first, mut second] = buffers;
    let each = [first.len() / batch.max(1), second.len() / batch.max(1)];
    let mut parts = Vec::new();
    for start in (0..batch).step_by(group) {
        let images = start..(start + group).min(batch);
        let (a, b);
        (a, first) = first.split_at_mut(images.len() * each[0]);
        (b, second) = second.split_at_mut(images.len() * each[1]);
        parts.push((images, [a, b]));
    }
    let run = |(images, buffers)| SCRATCH.with_borrow_mut(|scratch| run(scratch, images, buffers));
    #[cfg(not(target_arch = "wasm32"))]
    {
        use rayon::prelude::*;
        parts.into_par_iter().map(run).collect()
    }
    #[cfg(target_arch = "wasm32")]
    parts.into_iter().map(run).collect()
}

/// The values of one image in a buffer.
pub(super) fn of(buffer: &[f32], image: usize, values: usize) -> &[f32] {
    &buffer[image * values..(image + 1) * values]
}
