//! The layers of the residual classifiers and their sizes, before there are weights.

use super::geometry::Geometry;
use crate::{Error, Result};

/// Width of the hidden layer of the head.
pub const HIDDEN: usize = 100;
/// Channels after the stem; every block doubles them.
const STEM_CHANNELS: usize = 16;

/// A convolution over rows (time) and columns (frequency).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvLayout {
    /// Channels in and out.
    pub channels: [usize; 2],
    /// Kernel, stride, padding and dilation.
    pub window: Geometry,
}

/// A residual block: two convolutions beside a shortcut pooled 2×2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockLayout {
    /// The convolution that doubles the channels.
    pub first: ConvLayout,
    /// The convolution that keeps them.
    pub second: ConvLayout,
    /// The first block pools its main path where the others stride.
    pub pooled: bool,
}

/// What becomes of the rows (time) after the last block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// The head sees every one.
    Kept,
    /// The larger of two neighbours.
    Halved,
    /// Their mean: the head is the same for any duration.
    Averaged,
}

/// All layers of a residual classifier for images `[frames, filters]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResidualLayout {
    /// The first convolution.
    pub stem: ConvLayout,
    /// The residual blocks.
    pub blocks: Vec<BlockLayout>,
    /// What becomes of the rows after the last block.
    pub rows: Rows,
    /// What the head sees, `[rows, columns, channels]`.
    pub last: [usize; 3],
    /// Classes told apart.
    pub classes: usize,
}

impl ResidualLayout {
    /// The paper's network of `blocks` blocks for images of `frames` × `filters`.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is no such network: the strides of the main path and the pooling of the shortcut
    /// must arrive at the same size.
    pub fn new(blocks: usize, image: [usize; 2], classes: usize) -> Result<Self> {
        let last = last_size(blocks, image)?;
        check_classes(classes)?;
        let window = Geometry { kernel: [3, 2], stride: [1, 1], padding: [3, 1], dilation: [1, 1] };
        let stem = ConvLayout { channels: [1, STEM_CHANNELS], window };
        let rows = if blocks == 4 { Rows::Halved } else { Rows::Kept };
        Ok(Self { stem, blocks: (1..=blocks).map(block).collect(), rows, last, classes })
    }

    /// The network for any number of filters and any duration: the stem strides over time, the first convolution of a
    /// block is 2 × 2 with stride 2, which leaves the same size as the pooled shortcut whatever the size before, and the
    /// head sees the mean over time.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the blocks would leave nothing of the image.
    pub fn pooled(blocks: usize, image @ [frames, filters]: [usize; 2], classes: usize) -> Result<Self> {
        if !(1..=4).contains(&blocks) {
            return Err(Error::invalid(format!("{blocks} blocks: expected 1 to 4")));
        }
        check_classes(classes)?;
        let window = Geometry { kernel: [5, 3], stride: [2, 1], padding: [2, 1], dilation: [1, 1] };
        let stem = ConvLayout { channels: [1, STEM_CHANNELS], window };
        let [rows, columns] = window.output(image).map(|side| side >> blocks);
        if rows == 0 || columns == 0 {
            return Err(Error::invalid(format!(
                "an image of {frames} frames × {filters} filters is too small for {blocks} blocks: expected at least \
                 {} × {}",
                2 << blocks,
                1 << blocks
            )));
        }
        let block = |number: usize| {
            let channels = STEM_CHANNELS << (number - 1);
            let conv = |inputs: usize, side: usize, stride: usize, padding: usize| ConvLayout {
                channels: [inputs, 2 * channels],
                window: Geometry { kernel: [side; 2], stride: [stride; 2], padding: [padding; 2], dilation: [1, 1] },
            };
            BlockLayout { first: conv(channels, 2, 2, 0), second: conv(2 * channels, 3, 1, 1), pooled: false }
        };
        let last = [1, columns, STEM_CHANNELS << blocks];
        Ok(Self { stem, blocks: (1..=blocks).map(block).collect(), rows: Rows::Averaged, last, classes })
    }

    /// Numbers the head sees.
    pub fn features(&self) -> usize {
        self.last.iter().product()
    }

    /// Every tensor of the network, by module path, with its shape.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let mut tensors = Vec::new();
        let mut conv = |path: String, layout: &ConvLayout| {
            let [inputs, outputs] = layout.channels;
            let weight = vec![outputs, inputs, layout.window.kernel[0], layout.window.kernel[1]];
            tensors.extend([(format!("{path}.conv.weight"), weight), (format!("{path}.conv.bias"), vec![outputs])]);
            tensors.extend(norm_tensors(&format!("{path}.norm"), outputs));
        };
        conv("stem".into(), &self.stem);
        for (index, block) in self.blocks.iter().enumerate() {
            conv(format!("blocks.{index}.first"), &block.first);
            conv(format!("blocks.{index}.second"), &block.second);
        }
        tensors.extend(linear_tensors("hidden", [self.features(), HIDDEN]));
        tensors.extend(linear_tensors("output", [HIDDEN, self.classes]));
        tensors
    }
}

/// The tensors of a batch normalisation.
pub(super) fn norm_tensors(path: &str, channels: usize) -> [(String, Vec<usize>); 4] {
    ["gamma", "beta", "running_mean", "running_var"].map(|name| (format!("{path}.{name}"), vec![channels]))
}

/// The tensors of a linear layer.
pub(super) fn linear_tensors(path: &str, [inputs, outputs]: [usize; 2]) -> [(String, Vec<usize>); 2] {
    [(format!("{path}.weight"), vec![inputs, outputs]), (format!("{path}.bias"), vec![outputs])]
}

/// # Errors
/// Less than two classes.
pub(super) fn check_classes(classes: usize) -> Result<()> {
    match classes {
        0 | 1 => Err(Error::invalid(format!("{classes} classes: a classifier needs at least 2"))),
        _ => Ok(()),
    }
}

/// # Errors
/// [`Error::Invalid`] when `dropout` is not a share.
pub(crate) fn check_dropout(dropout: f64) -> Result<()> {
    if (0.0..1.0).contains(&dropout) {
        return Ok(());
    }
    Err(Error::invalid(format!("dropout {dropout}: expected 0 or more and less than 1")))
}

fn block(number: usize) -> BlockLayout {
    let channels = STEM_CHANNELS << (number - 1);
    let conv = |inputs: usize, stride: usize, padding: usize, dilation: [usize; 2]| ConvLayout {
        channels: [inputs, 2 * channels],
        window: Geometry { kernel: [3, 3], stride: [stride; 2], padding: [padding; 2], dilation },
    };
    let pooled = number == 1;
    let (first, second) = if pooled {
        (conv(channels, 1, 0, [1, 1]), conv(2 * channels, 1, 2, [1, 1]))
    } else {
        let dilation = if number == 3 { [2, 1] } else { [1, 1] };
        (conv(channels, 1, 1, [1, 1]), conv(2 * channels, 2, 1, dilation))
    };
    BlockLayout { first, second, pooled }
}

/// `[rows, columns, channels]` after the last block and pooling, or why the image does not fit.
fn last_size(blocks: usize, [frames, filters]: [usize; 2]) -> Result<[usize; 3]> {
    if !(2..=4).contains(&blocks) {
        return Err(Error::invalid(format!("{blocks} residual blocks: expected 2, 3 or 4")));
    }
    let filters_rule = match blocks {
        2 => "N mod 4 = 0 or 3",
        3 => "N mod 8 = 0 or 7",
        _ => "N mod 16 = 0 or 15",
    };
    let wrong_filters = || {
        Error::invalid(format!(
            "{filters} filters do not fit the residual classifier with {blocks} blocks: expected {filters_rule}"
        ))
    };
    // After the stem and the first block, which pools both paths alike.
    let (mut height, mut width) = ((frames + 4) / 2, filters.div_ceil(2));
    let mut dilation_of_block = [1, 2, 1].iter();
    for _ in 1..blocks {
        let dilation = dilation_of_block.next().copied().unwrap_or(1);
        // Kernel 3, stride 2, padding 1 on the main path; 2 × 2 pooling on the shortcut.
        let strided = |side: usize, dilation: usize| (side + 1).checked_sub(2 * dilation).map(|rest| rest / 2 + 1);
        if strided(width, 1) != Some(width / 2) || width < 2 {
            return Err(wrong_filters());
        }
        if strided(height, dilation) != Some(height / 2) || height < 2 {
            return Err(Error::invalid(format!(
                "{frames} frames do not fit the residual classifier with {blocks} blocks: change the window length \
                 (240 frames fit every size)"
            )));
        }
        (height, width) = (height / 2, width / 2);
    }
    if blocks == 4 {
        height /= 2;
    }
    let channels = STEM_CHANNELS << blocks;
    if height == 0 || width == 0 { Err(wrong_filters()) } else { Ok([height, width, channels]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_filter_counts_of_the_rule_fit() {
        for (blocks, modulus) in [(2, 4), (3, 8), (4, 16)] {
            for filters in modulus - 1..200 {
                let fits = filters % modulus == 0 || filters % modulus == modulus - 1;
                let layout = ResidualLayout::new(blocks, [240, filters], 2);
                assert_eq!(layout.is_ok(), fits, "{blocks} blocks, {filters} filters");
            }
        }
    }

    #[test]
    fn sizes_that_do_not_fit_say_why() {
        let refused = |blocks, image, classes| {
            ResidualLayout::new(blocks, image, classes).expect_err("must be refused").to_string()
        };
        assert_eq!(
            refused(3, [240, 12], 2),
            "12 filters do not fit the residual classifier with 3 blocks: expected N mod 8 = 0 or 7"
        );
        assert_eq!(refused(5, [240, 16], 2), "5 residual blocks: expected 2, 3 or 4");
        assert!(refused(3, [245, 16], 2).starts_with("245 frames do not fit"));
        assert!(refused(3, [240, 16], 1).starts_with("1 classes"));
        assert!(refused(2, [0, 0], 2).contains("do not fit"));
    }

    #[test]
    fn the_pooled_network_takes_any_number_of_filters_and_any_duration() {
        for filters in [4, 5, 8, 13, 46, 149] {
            for frames in [16, 33, 240, 998] {
                let blocks = 2;
                let layout = ResidualLayout::pooled(blocks, [frames, filters], 15).unwrap();
                assert_eq!(layout.last, [1, filters >> blocks, 64]);
            }
        }
        let refused = ResidualLayout::pooled(3, [240, 7], 2).expect_err("must be refused").to_string();
        assert_eq!(refused, "an image of 240 frames × 7 filters is too small for 3 blocks: expected at least 16 × 8");
    }

    #[test]
    fn the_paper_counts_parameters_the_same() {
        let parameters = |blocks, filters| -> usize {
            let tensors = ResidualLayout::new(blocks, [240, filters], 2).unwrap().tensors();
            let learned = tensors.iter().filter(|(name, _)| !name.contains("running"));
            learned.map(|(_, shape)| shape.iter().product::<usize>()).sum()
        };
        assert_eq!(parameters(3, 16), 1_060_094);
        assert_eq!(parameters(4, 64), 1_895_166);
    }
}
