//! The one inner loop of convolutions and linear layers: a tile of pixels × output channels in registers.
//!
//! `output[pixel] = bias + Σ_k input[pixel's origin + offset of k] · weights[k]`, where neighbouring `k` are neighbours
//! in memory for a whole run (a row of the kernel × input channels). A tile keeps its sums in registers over all `k`;
//! for each `k` it loads a few vectors of weights, and one input value for each pixel.

use pulp::{Arch, Simd, WithSimd};

/// Inputs that are neighbours in memory: pixels of one row of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Rows from the pixel's origin.
    pub row: usize,
    /// Columns from the pixel's origin.
    pub column: usize,
    /// Pixels in the run.
    pub pixels: usize,
}

/// A matrix of weights, in the order in which tiles read it.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    runs: Vec<Run>,
    inputs: usize,
    outputs: usize,
    /// Output channels of a tile.
    width: usize,
    /// `[tiles, runs × pixels × inputs, width]`; outputs that do not exist have weight zero.
    values: Vec<f32>,
}

/// Where the pixels of one side are: the first one, and the distances to the next row and column, in values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    pub start: usize,
    pub row: usize,
    pub column: usize,
}

/// One multiplication for a whole grid of pixels.
pub(super) struct Multiply<'a> {
    /// Rows and columns of pixels.
    pub pixels: [usize; 2],
    pub input: &'a [f32],
    pub origin: Steps,
    /// Distance in values from one row of the input to the next, for the rows of the runs.
    pub input_row: usize,
    pub weights: &'a Packed,
    /// One bias for each output, padded to whole tiles by [`Packed::pad`].
    pub bias: &'a [f32],
    /// Least value of an output; smaller ones are replaced by it.
    pub floor: f32,
    pub output: &'a mut [f32],
    pub target: Steps,
}

/// Pixels and vectors of a tile that keep all sums in registers.
///
/// With 32 registers: 6 × 4 sums, 4 weights and 1 input; with few outputs the tile gets narrower and higher. With 16
/// registers: 6 × 2. In the browser: 2 × 4, because without a fused multiply-add and with a checked index for each
/// pixel, fewer pixels leave room.
pub(super) fn shape<S: Simd>(outputs: usize) -> [usize; 2] {
    let vectors = outputs.div_ceil(S::F32_LANES);
    match S::REGISTER_COUNT {
        _ if cfg!(target_arch = "wasm32") || S::IS_SCALAR => [2, 4],
        32.. if vectors > 2 => [6, 4],
        32.. => [8, vectors.max(1)],
        _ => [6, 2],
    }
}

/// Output channels of a tile on this machine.
pub(super) fn width(outputs: usize) -> usize {
    Arch::new().dispatch(Width(outputs))
}

struct Width(usize);

impl WithSimd for Width {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> usize {
        shape::<S>(self.0)[1] * S::F32_LANES
    }
}

impl Packed {
    /// Takes weights `[runs × pixels × inputs, outputs]`.
    pub fn new(runs: Vec<Run>, inputs: usize, outputs: usize, weights: &[f32]) -> Self {
        let depth = inputs * runs.iter().map(|run| run.pixels).sum::<usize>();
        assert_eq!(weights.len(), depth * outputs, "weights of {depth} inputs × {outputs} outputs");
        let width = width(outputs);
        let tiles = outputs.div_ceil(width);
        let mut values = vec![0.0; tiles * depth * width];
        if outputs > 0 {
            for (k, row) in weights.chunks_exact(outputs).enumerate() {
                for (tile, part) in row.chunks(width).enumerate() {
                    values[(tile * depth + k) * width..][..part.len()].copy_from_slice(part);
                }
            }
        }
        Self { runs, inputs, outputs, width, values }
    }

    /// One value for each output, followed by zeros up to whole tiles.
    pub fn pad(&self, values: &[f32]) -> Vec<f32> {
        assert_eq!(values.len(), self.outputs, "one value for each output");
        let mut padded = values.to_vec();
        padded.resize(self.outputs.next_multiple_of(self.width), 0.0);
        padded
    }

    pub fn inputs(&self) -> usize {
        self.inputs
    }

    pub fn outputs(&self) -> usize {
        self.outputs
    }
}

impl Multiply<'_> {
    /// Computes with the widest vectors of this machine.
    pub fn run(self) {
        Arch::new().dispatch(self);
    }

    #[inline(always)]
    fn tiles<S: Simd, const P: usize, const V: usize>(self, simd: S) {
        let Self { pixels: [rows, columns], input, origin, input_row, weights, bias, floor, output, target } = self;
        let Packed { ref runs, inputs, outputs, width, ref values } = *weights;
        assert_eq!(width, V * S::F32_LANES);
        let depth = inputs * runs.iter().map(|run| run.pixels).sum::<usize>();
        if rows * columns == 0 || outputs == 0 {
            return;
        }
        let (values, _) = S::as_simd_f32s(values);
        let (values, _) = values.as_chunks::<V>();
        let (bias, _) = S::as_simd_f32s(bias);
        let (bias, _) = bias.as_chunks::<V>();
        let floor = simd.splat_f32s(floor);
        for (tile, &bias) in bias.iter().enumerate() {
            let first = tile * width;
            let used = width.min(outputs - first);
            let values = &values[tile * depth..][..depth];
            let (mut row, mut column) = (0, 0);
            while row < rows {
                // The last tile repeats its last pixel and stores it once.
                let mut from = [0; P];
                let mut to = [0; P];
                let mut count = 0;
                for p in 0..P {
                    if row < rows {
                        from[p] = origin.start + row * origin.row + column * origin.column;
                        to[p] = target.start + row * target.row + column * target.column + first;
                        count += 1;
                        column += 1;
                        if column == columns {
                            (row, column) = (row + 1, 0);
                        }
                    } else {
                        from[p] = from[p - 1];
                    }
                }
                let mut sums = [bias; P];
                let mut rest = values;
                for run in runs {
                    let offset = run.row * input_row + run.column * inputs;
                    let (weights, after) = rest.split_at(run.pixels * inputs);
                    rest = after;
                    let inputs = std::array::from_fn(|p| &input[from[p] + offset..][..weights.len()]);
                    accumulate(simd, &mut sums, inputs, weights);
                }
                for (&to, sums) in to[..count].iter().zip(&sums) {
                    let output = &mut output[to..to + used];
                    if used == width {
                        let (output, _) = S::as_mut_simd_f32s(output);
                        for v in 0..V {
                            output[v] = simd.max_f32s(floor, sums[v]);
                        }
                    } else {
                        for (output, &sum) in output.chunks_mut(S::F32_LANES).zip(sums) {
                            simd.partial_store_f32s(output, simd.max_f32s(floor, sum));
                        }
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn accumulate<S: Simd, const P: usize, const V: usize>(
    simd: S,
    sums: &mut [[S::f32s; V]; P],
    inputs: [&[f32]; P],
    weights: &[[S::f32s; V]],
) {
    // Where the compiler sees the equal lengths, it removes the bounds check of every load below.
    let inputs = inputs.map(|input| &input[..weights.len()]);
    for (k, weights) in weights.iter().enumerate() {
        for p in 0..P {
            let input = simd.splat_f32s(inputs[p][k]);
            for v in 0..V {
                sums[p][v] = simd.mul_add_e_f32s(input, weights[v], sums[p][v]);
            }
        }
    }
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match shape::<S>(self.weights.outputs) {
            [6, 4] => self.tiles::<S, 6, 4>(simd),
            [8, 2] => self.tiles::<S, 8, 2>(simd),
            [8, 1] => self.tiles::<S, 8, 1>(simd),
            [6, 2] => self.tiles::<S, 6, 2>(simd),
            _ => self.tiles::<S, 2, 4>(simd),
        }
    }
}
