//! Where the values of an image with its channels lie in a buffer.

/// Maps `[channels, rows, columns]` of every window in a buffer, with zeros around them for the next convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maps {
    /// The buffer, by its place in [`Plan::buffers`](super::plan::Plan::buffers).
    pub buffer: usize,
    /// Number of channels.
    pub channels: usize,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// Place of the first value.
    pub origin: usize,
    /// Distance of neighbouring rows.
    pub row: usize,
    /// Distance of neighbouring columns.
    pub column: usize,
    /// Distance of neighbouring channels.
    pub plane: usize,
    /// Distance of neighbouring windows.
    pub window: usize,
}

impl Maps {
    /// Channels first, with `[rows, columns]` of zeros on every side. WebGPU clears buffers, and nothing is ever written
    /// there.
    pub fn bordered(buffer: usize, [rows, columns, channels]: [usize; 3], border: [usize; 2]) -> Self {
        let row = columns + 2 * border[1];
        let plane = (rows + 2 * border[0]) * row;
        let origin = border[0] * row + border[1];
        Self { buffer, channels, rows, columns, origin, row, column: 1, plane, window: channels * plane }
    }

    /// Channels last and nothing around them, as a linear layer takes them.
    pub fn flat(buffer: usize, [rows, columns, channels]: [usize; 3]) -> Self {
        let row = columns * channels;
        Self { buffer, channels, rows, columns, origin: 0, row, column: channels, plane: 1, window: rows * row }
    }

    /// Place of the corner where a kernel with this padding begins.
    pub fn corner(&self, padding: [usize; 2]) -> usize {
        self.origin - padding[0] * self.row - padding[1]
    }

    /// The window's part of the buffer for the values of one map, row by row: the inverse of [`values`](Self::values).
    pub fn laid_out(&self, values: &[f32]) -> Vec<f32> {
        let mut window = vec![0.0; self.window];
        let rows = window.get_mut(self.origin..).unwrap_or_default().chunks_mut(self.row);
        for (place, row) in rows.zip(values.chunks(self.columns)) {
            place.iter_mut().zip(row).for_each(|(place, value)| *place = *value);
        }
        window
    }

    /// The values of one map, row by row, from the window's part of the buffer.
    pub fn values(&self, window: &[f32]) -> Vec<f32> {
        let rows = window.get(self.origin..).unwrap_or_default().chunks(self.row).take(self.rows);
        rows.flat_map(|row| row.iter().take(self.columns).copied()).collect()
    }
}
