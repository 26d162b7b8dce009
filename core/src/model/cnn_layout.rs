//! The two baselines that a learned spectrogram is compared with: two convolutions, each followed by pooling over two,
//! and a hidden layer.
//!
//! - over **time**: the output of every filter, sample by sample, has convolutions of its own (Potes et al. 2016,
//!   Humayun et al. 2018: 8 and 4 channels for each filter, kernels of 5, 20 hidden units)
//! - over **time and frequency**: the same on the log-energy image, with kernels of 5 frames × 3 filters; its details
//!   were never published, so these are ours
//!
//! Only Burn's module computes them.

use super::geometry::Geometry;
use super::operations::{ConvLayout, Dropped, Layout, OUTPUT, Operation};
use crate::{Error, Result};

/// Channels of the two convolutions; of each filter where they run over time.
const CHANNELS: [usize; 2] = [8, 4];
/// Kernel over time, in samples or frames.
const KERNEL: usize = 5;
/// Kernel over neighbouring filters.
const ACROSS: usize = 3;
/// Units of the hidden layer.
const HIDDEN: usize = 20;

/// The baseline over the samples of every filter's output.
///
/// # Errors
/// [`Error::Invalid`] for images too short for both convolutions.
pub(super) fn over_time(image @ [_, filters]: [usize; 2], classes: usize) -> Result<Layout> {
    network(image, Some(Operation::ColumnsToChannels), [KERNEL, 1], filters, filters, classes)
}

/// The baseline over the log-energy image.
///
/// # Errors
/// Those of [`over_time`].
pub(super) fn over_time_and_frequency(image: [usize; 2], classes: usize) -> Result<Layout> {
    network(image, None, [KERNEL, ACROSS], 1, 1, classes)
}

fn network(
    image: [usize; 2],
    turned: Option<Operation>,
    kernel: [usize; 2],
    inputs: usize,
    groups: usize,
    classes: usize,
) -> Result<Layout> {
    let [first, second] = CHANNELS.map(|channels| channels * groups);
    let geometry = Geometry { kernel, stride: [1, 1], padding: [0, kernel[1] / 2], dilation: [1, 1] };
    let dropout = Operation::Dropout(Dropped::Values);
    let stage = |name: &str, channels: [usize; 2]| {
        // The normalisation would remove a bias again.
        let conv = ConvLayout { name: name.into(), channels, geometry, groups, bias: false, rectified: true };
        [Operation::Convolution(conv), dropout.clone(), Operation::MaxPool { size: [2, 1], rectified: false }]
    };
    let stages = stage("first", [inputs, first]).into_iter().chain(stage("second", [first, second]));
    let head = [Operation::linear("hidden", HIDDEN, true), dropout.clone(), Operation::linear(OUTPUT, classes, false)];
    let layout = Layout::new(image, turned.into_iter().chain(stages).chain(head));
    if layout.misfit().is_some() {
        let least = 2 * (2 + KERNEL - 1) + KERNEL - 1;
        return Err(Error::invalid(format!(
            "{} frames are too few for two convolutions and pooling: expected at least {least}",
            image[0]
        )));
    }
    Ok(layout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hidden_layer_sees_what_two_convolutions_leave() {
        assert_eq!(over_time([2420, 4], 2).unwrap().features(), 602 * 16);
        assert_eq!(over_time_and_frequency([240, 4], 2).unwrap().features(), 57 * 4 * 4);
        assert_eq!(over_time_and_frequency([16, 5], 2).unwrap().features(), 5 * 4);
        let short = over_time_and_frequency([15, 5], 2).expect_err("must be refused").to_string();
        assert_eq!(short, "15 frames are too few for two convolutions and pooling: expected at least 16");
    }
}
