//! Max-pooling of windows that do not overlap.

use pulp::Arch;

use super::{Activation, Image};

/// The largest value in every window of `size` `[rows, columns]`; rows and columns that do not fill a window are left
/// out.
///
/// `output` must have `input.size() / size` pixels, and as many channels as the input.
pub fn max_pool(input: &Image, size: [usize; 2], activation: Activation, output: &mut Image) {
    assert_eq!(input.channels(), output.channels(), "channels");
    let floor = activation.floor();
    pool(input, size, output, |output, maximum| *output = if maximum < floor { floor } else { maximum });
}

/// Adds the largest value in every window of `size` to the first channels of `output`: the shortcut of a residual
/// block, which has fewer channels than the block's output.
pub fn add_max_pool(input: &Image, size: [usize; 2], output: &mut Image) {
    assert!(input.channels() <= output.channels(), "channels");
    pool(input, size, output, |output, maximum| *output += maximum);
}

fn pool(input: &Image, size: [usize; 2], output: &mut Image, write: impl Fn(&mut f32, f32)) {
    let [rows, columns] = input.size();
    assert_eq!(output.size(), [rows / size[0], columns / size[1]], "size of the output");
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let channels = input.channels();
            for row in 0..output.size()[0] {
                let step = output.channels();
                for (column, output) in output.row_mut(row).chunks_exact_mut(step).enumerate() {
                    pixel(input, [row * size[0], column * size[1]], size, &mut output[..channels], &write);
                }
            }
        },
    );
}

/// Channels whose largest values are in registers at once.
const LANES: usize = 16;

#[inline(always)]
fn pixel(
    input: &Image,
    [row, column]: [usize; 2],
    size: [usize; 2],
    output: &mut [f32],
    write: impl Fn(&mut f32, f32),
) {
    let channels = input.channels();
    let (blocks, rest) = output.as_chunks_mut::<LANES>();
    for (block, output) in blocks.iter_mut().enumerate() {
        let mut maximum = [f32::NEG_INFINITY; LANES];
        for tap in 0..size[0] {
            for pixel in input.row(row + tap)[column * channels..].chunks_exact(channels).take(size[1]) {
                for (maximum, &value) in maximum.iter_mut().zip(&pixel[block * LANES..][..LANES]) {
                    *maximum = larger(*maximum, value);
                }
            }
        }
        output.iter_mut().zip(maximum).for_each(|(output, maximum)| write(output, maximum));
    }
    let first = channels - rest.len();
    for (channel, output) in rest.iter_mut().enumerate() {
        let taps =
            (0..size[0]).flat_map(|tap| input.row(row + tap)[column * channels..].chunks_exact(channels).take(size[1]));
        write(output, taps.map(|pixel| pixel[first + channel]).fold(f32::NEG_INFINITY, larger));
    }
}

/// The larger of two values; a NaN in either is returned.
#[inline(always)]
fn larger(maximum: f32, value: f32) -> f32 {
    if maximum >= value || maximum.is_nan() { maximum } else { value }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::cpu::testing::image;

    proptest! {
        #[test]
        fn agrees_with_the_definition(
            size in [1usize..3, 1usize..3],
            rows in 0usize..9,
            columns in 0usize..9,
            channels in 1usize..40,
            extra in 0usize..20,
            seed: u64,
        ) {
            let input = image([rows, columns], channels, [1, 2], seed);
            let pooled = [rows / size[0], columns / size[1]];
            let expected = |row: usize, column: usize, channel: usize| {
                let window = (0..size[0]).flat_map(|r| (0..size[1]).map(move |c| (r, c)));
                let value = |(r, c): (usize, usize)| {
                    input.row(row * size[0] + r)[(column * size[1] + c) * channels + channel]
                };
                window.map(value).fold(f32::NEG_INFINITY, f32::max)
            };
            let mut plain = Image::zeros(pooled, channels, [1, 1]);
            let mut relu = plain.clone();
            let mut added = image(pooled, channels + extra, [2, 1], !seed);
            let before = added.clone();
            max_pool(&input, size, Activation::None, &mut plain);
            max_pool(&input, size, Activation::Relu, &mut relu);
            add_max_pool(&input, size, &mut added);
            for row in 0..pooled[0] {
                for column in 0..pooled[1] {
                    for channel in 0..channels {
                        let expected = expected(row, column, channel);
                        let at = column * channels + channel;
                        prop_assert_eq!(plain.row(row)[at], expected);
                        prop_assert_eq!(relu.row(row)[at], expected.max(0.0));
                        let at = column * (channels + extra) + channel;
                        prop_assert_eq!(added.row(row)[at], before.row(row)[at] + expected);
                    }
                    let rest = column * (channels + extra) + channels..(column + 1) * (channels + extra);
                    prop_assert_eq!(&added.row(row)[rest.clone()], &before.row(row)[rest]);
                }
            }
        }
    }

    #[test]
    fn numbers_that_are_not_a_number_stay_visible() {
        let mut input = Image::zeros([2, 2], 17, [0, 0]);
        for place in 0..4 {
            input.row_mut(place / 2).fill(1.0);
        }
        input.row_mut(0)[0] = f32::NAN;
        input.row_mut(1)[33] = f32::NAN;
        let mut output = Image::zeros([1, 1], 17, [0, 0]);
        max_pool(&input, [2, 2], Activation::Relu, &mut output);
        assert!(output.row(0)[0].is_nan() && output.row(0)[16].is_nan() && output.row(0)[1] == 1.0);
    }
}
