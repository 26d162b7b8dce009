//! The geometry of a sliding window: what a convolution sees of its input.

/// Kernel, stride, padding and dilation, each `[rows, columns]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Taps.
    pub kernel: [usize; 2],
    /// Pixels between the windows of neighbouring outputs.
    pub stride: [usize; 2],
    /// Zeros around the input, on either side.
    pub padding: [usize; 2],
    /// Pixels between neighbouring taps.
    pub dilation: [usize; 2],
}

impl Geometry {
    /// Output `[rows, columns]` for an input of `[rows, columns]`; zero where the window is larger than the input.
    pub fn output(&self, input: [usize; 2]) -> [usize; 2] {
        std::array::from_fn(|axis| {
            let span = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            match (input[axis] + 2 * self.padding[axis]).checked_sub(span) {
                Some(rest) => rest / self.stride[axis] + 1,
                None => 0,
            }
        })
    }

    /// Number of taps.
    pub fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }
}
