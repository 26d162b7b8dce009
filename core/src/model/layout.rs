//! The residual classifiers as [operations](super::operations): the paper's, and the one that averages over time.

use super::geometry::Geometry;
use super::operations::{ConvLayout, Dropped, Layout, OUTPUT, Operation, Side};
use crate::{Error, Result};

/// Width of the hidden layer of the head.
const HIDDEN: usize = 100;
/// Channels after the stem; every block doubles them.
const STEM_CHANNELS: usize = 16;

/// The paper's network of `blocks` blocks for images of `frames` × `filters`.
///
/// # Errors
/// [`Error::Invalid`] when there is no such network: the strides of the main path and the pooling of the shortcut must
/// lead to the same size.
pub(super) fn paper(blocks: usize, image @ [frames, filters]: [usize; 2], classes: usize) -> Result<Layout> {
    let filters_rule = match blocks {
        2 => "N mod 4 = 0 or 3",
        3 => "N mod 8 = 0 or 7",
        4 => "N mod 16 = 0 or 15",
        _ => return Err(Error::invalid(format!("{blocks} residual blocks: expected 2, 3 or 4"))),
    };
    let stem = Geometry { kernel: [3, 2], stride: [1, 1], padding: [3, 1], dilation: [1, 1] };
    let block = |number: usize| match number {
        // The first block has pooling in its main path where the others have a stride.
        1 => block(number, [square(3, 1, 0), square(3, 1, 2)], true),
        3 => block(number, [square(3, 1, 1), Geometry { dilation: [2, 1], ..square(3, 2, 1) }], false),
        _ => block(number, [square(3, 1, 1), square(3, 2, 1)], false),
    };
    let rows = (blocks == 4).then_some(Operation::MaxPool { size: [2, 1], rectified: false });
    let layout = network(image, stem, (1..=blocks).flat_map(block), rows, classes);
    match layout.misfit() {
        None => Ok(layout),
        Some(Side::Columns) => Err(Error::invalid(format!(
            "{filters} filters do not fit the residual classifier with {blocks} blocks: expected {filters_rule}"
        ))),
        Some(Side::Rows) => Err(Error::invalid(format!(
            "{frames} frames do not fit the residual classifier with {blocks} blocks: change the window length \
             (240 frames fit every size)"
        ))),
    }
}

/// The network for any number of filters and any duration. The stem has a stride over time. The first convolution of a
/// block is 2 × 2 with stride 2, so its output is as large as the pooled shortcut, whatever the size of its input. The
/// head sees the mean over time.
///
/// # Errors
/// [`Error::Invalid`] when the blocks would leave nothing of the image.
pub(super) fn pooled(blocks: usize, image @ [frames, filters]: [usize; 2], classes: usize) -> Result<Layout> {
    if !(1..=4).contains(&blocks) {
        return Err(Error::invalid(format!("{blocks} blocks: expected 1 to 4")));
    }
    let stem = Geometry { kernel: [5, 3], stride: [2, 1], padding: [2, 1], dilation: [1, 1] };
    let block = |number: usize| block(number, [square(2, 2, 0), square(3, 1, 1)], false);
    let layout = network(image, stem, (1..=blocks).flat_map(block), Some(Operation::MeanOverRows), classes);
    if layout.misfit().is_some() {
        return Err(Error::invalid(format!(
            "an image of {frames} frames × {filters} filters is too small for {blocks} blocks: expected at least \
             {} × {}",
            2 << blocks,
            1 << blocks
        )));
    }
    Ok(layout)
}

/// Stem, blocks, the operation on the rows after them, and the head.
fn network(
    image: [usize; 2],
    stem: Geometry,
    blocks: impl Iterator<Item = Operation>,
    rows: Option<Operation>,
    classes: usize,
) -> Layout {
    let dropout = Operation::Dropout(Dropped::Values);
    let head = [Operation::linear("hidden", HIDDEN, true), dropout, Operation::linear(OUTPUT, classes, false)];
    let stem = convolution("stem".into(), [1, STEM_CHANNELS], stem, true);
    Layout::new(image, std::iter::once(stem).chain(blocks).chain(rows).chain(head))
}

/// Two convolutions, of which the first doubles the channels, beside a pooled shortcut; the main path may end in
/// pooling too.
fn block(number: usize, [first, second]: [Geometry; 2], pooled: bool) -> Vec<Operation> {
    let channels = STEM_CHANNELS << number;
    let name = |layer: &str| format!("blocks.{}.{layer}", number - 1);
    let mut operations = vec![
        Operation::Shortcut,
        convolution(name("first"), [channels / 2, channels], first, true),
        Operation::Dropout(Dropped::Channels),
        convolution(name("second"), [channels, channels], second, !pooled),
        Operation::Dropout(Dropped::Channels),
    ];
    operations.extend(pooled.then_some(Operation::MaxPool { size: [2, 2], rectified: true }));
    operations.push(Operation::Add);
    operations
}

/// A kernel with as many rows as columns.
fn square(side: usize, stride: usize, padding: usize) -> Geometry {
    Geometry { kernel: [side; 2], stride: [stride; 2], padding: [padding; 2], dilation: [1, 1] }
}

fn convolution(name: String, channels: [usize; 2], geometry: Geometry, rectified: bool) -> Operation {
    Operation::Convolution(ConvLayout { name, channels, geometry, groups: 1, bias: true, rectified })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_filter_counts_of_the_rule_fit() {
        for (blocks, modulus) in [(2, 4), (3, 8), (4, 16)] {
            for filters in modulus - 1..200 {
                let fits = filters % modulus == 0 || filters % modulus == modulus - 1;
                assert_eq!(paper(blocks, [240, filters], 2).is_ok(), fits, "{blocks} blocks, {filters} filters");
            }
        }
    }

    #[test]
    fn sizes_that_do_not_fit_say_why() {
        let refused = |blocks, image| paper(blocks, image, 2).expect_err("must be refused").to_string();
        assert_eq!(
            refused(3, [240, 12]),
            "12 filters do not fit the residual classifier with 3 blocks: expected N mod 8 = 0 or 7"
        );
        assert_eq!(refused(5, [240, 16]), "5 residual blocks: expected 2, 3 or 4");
        assert!(refused(3, [245, 16]).starts_with("245 frames do not fit"));
        // What the last pooling leaves nothing of.
        assert!(refused(4, [16, 16]).starts_with("16 frames do not fit"));
        assert!(refused(2, [0, 0]).contains("do not fit"));
    }

    #[test]
    fn the_pooled_network_takes_any_number_of_filters_and_any_duration() {
        for filters in [4, 5, 8, 13, 46, 149] {
            for frames in [16, 33, 240, 998] {
                let layout = pooled(2, [frames, filters], 15).unwrap();
                assert_eq!(layout.steps()[layout.head()].input, [1, filters >> 2, 64]);
            }
        }
        let refused = pooled(3, [240, 7], 2).expect_err("must be refused").to_string();
        assert_eq!(refused, "an image of 240 frames × 7 filters is too small for 3 blocks: expected at least 16 × 8");
    }

    #[test]
    fn the_paper_counts_parameters_the_same() {
        let parameters = |blocks, filters| -> usize {
            let tensors = paper(blocks, [240, filters], 2).unwrap().tensors();
            let learned = tensors.iter().filter(|(name, _)| !name.contains("running"));
            learned.map(|(_, shape)| shape.iter().product::<usize>()).sum()
        };
        assert_eq!(parameters(3, 16), 1_060_094);
        assert_eq!(parameters(4, 64), 1_895_166);
    }
}
