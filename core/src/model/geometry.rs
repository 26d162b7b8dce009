//! Which pixels of its input each output of a convolution sees.

/// Kernel, stride, padding and dilation of a convolution, each `[rows, columns]` in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Size of the kernel in taps.
    pub kernel: [usize; 2],
    /// Distance between the windows of neighbouring outputs.
    pub stride: [usize; 2],
    /// Number of zeros around the input, on either side.
    pub padding: [usize; 2],
    /// Distance between neighbouring taps; 1 is a dense kernel.
    pub dilation: [usize; 2],
}

impl Geometry {
    /// Size `[rows, columns]` of the output for an input of `[rows, columns]`; zero where the kernel is larger than the
    /// padded input.
    pub fn output(&self, input: [usize; 2]) -> [usize; 2] {
        std::array::from_fn(|axis| {
            let span = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
            match (input[axis] + 2 * self.padding[axis]).checked_sub(span) {
                Some(rest) => rest / self.stride[axis] + 1,
                None => 0,
            }
        })
    }

    /// Number of taps of the kernel.
    pub fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }
}
