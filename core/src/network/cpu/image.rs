//! The activations of one image, surrounded by zeros.

/// `[rows, columns, channels]` values, surrounded by a border of zeros on all four sides.
#[derive(Clone, Debug)]
pub struct Image {
    values: Vec<f32>,
    size: [usize; 2],
    channels: usize,
    border: [usize; 2],
}

impl Image {
    /// An image of zeros of size `[rows, columns]` with `channels` channels and a border of `[rows, columns]` on either
    /// side.
    pub fn zeros(size: [usize; 2], channels: usize, border: [usize; 2]) -> Self {
        let pixels = (size[0] + 2 * border[0]) * (size[1] + 2 * border[1]);
        Self { values: vec![0.0; pixels * channels], size, channels, border }
    }

    /// Turns it into an image of another size in the same memory: zeros in the border, anything inside.
    pub(super) fn reset(&mut self, size: [usize; 2], channels: usize, border: [usize; 2]) {
        let pixels = (size[0] + 2 * border[0]) * (size[1] + 2 * border[1]);
        self.values.resize(pixels * channels, 0.0);
        (self.size, self.channels, self.border) = (size, channels, border);
        let (first, side, step) = (self.start(0), border[1] * channels, self.row_stride());
        // The right border of a row is followed by the left border of the next one.
        let inside = size[1] * channels;
        self.values[..first].fill(0.0);
        for row in 0..size[0] {
            let end = first + row * step + inside;
            // Without a border above and below, nothing follows the right border of the last row.
            let next = (end + 2 * side).min(self.values.len());
            self.values[end..next].fill(0.0);
        }
        self.values[first + size[0] * step - side..].fill(0.0);
    }

    /// Size `[rows, columns]` without the border.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Number of channels: values of one pixel.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Width `[rows, columns]` of the border on either side.
    pub fn border(&self) -> [usize; 2] {
        self.border
    }

    /// The values `[columns, channels]` of row `row`, without the border.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[f32] {
        let start = self.start(row);
        &self.values[start..start + self.size[1] * self.channels]
    }

    /// As [`row`](Self::row), to be written.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        let start = self.start(row);
        &mut self.values[start..start + self.size[1] * self.channels]
    }

    /// All rows from the first to the last.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        (0..self.size[0]).map(|row| self.row(row))
    }

    /// Overwrites the inside with `[rows, columns, channels]`.
    ///
    /// # Panics
    /// If there are fewer or more values.
    pub fn copy_from(&mut self, values: &[f32]) {
        let length = self.size[1] * self.channels;
        assert_eq!(values.len(), self.size[0] * length, "values of an image of {:?}", self.size);
        for row in 0..self.size[0] {
            self.row_mut(row).copy_from_slice(&values[row * length..][..length]);
        }
    }

    /// A copy of the inside, `[rows, columns, channels]`.
    pub fn to_vec(&self) -> Vec<f32> {
        self.rows().flatten().copied().collect()
    }

    /// All values with the border, row by row.
    pub(super) fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values with the border, to be written. The border must stay zero.
    pub(super) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Distance in values from one row to the next.
    pub(super) fn row_stride(&self) -> usize {
        (self.size[1] + 2 * self.border[1]) * self.channels
    }

    /// Index of the first value of a row, after the border.
    pub(super) fn start(&self, row: usize) -> usize {
        (row + self.border[0]) * self.row_stride() + self.border[1] * self.channels
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Also without a border above and below, where nothing follows the last row's own.
        #[test]
        fn a_reset_image_has_zeros_in_its_border(
            size in [1usize..5, 1usize..5],
            channels in 1usize..4,
            border in [0usize..3, 0usize..3],
        ) {
            let mut image = Image::zeros([7, 7], 3, [2, 2]);
            image.values.fill(1.0);
            image.reset(size, channels, border);
            for row in 0..size[0] {
                image.row_mut(row).fill(0.0);
            }
            prop_assert!(image.values().iter().all(|&value| value == 0.0));
        }
    }
}
