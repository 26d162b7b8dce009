// A convolution with bias and ReLU. The zeros around the input are stored with it, so nothing is tested inside the loop.
struct Shape {
  rows: u32, // of the output
  columns: u32,
  inputs: u32, // channels
  outputs: u32,
  kernel_rows: u32,
  kernel_columns: u32,
  row_stride: u32,
  column_stride: u32,
  row_dilation: u32,
  column_dilation: u32,
  weights: u32, // [kernel rows, kernel columns, inputs, outputs / 4]
  bias: u32,
  in_origin: u32, // where the kernel begins for the first output
  in_row: u32,
  in_plane: u32,
  in_window: u32,
  out_origin: u32,
  out_row: u32,
  out_plane: u32,
  out_window: u32,
}
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

fn put(place: u32, low: vec4<f32>, high: vec4<f32>) {
  let a = max(low, vec4<f32>());
  let b = max(high, vec4<f32>());
  let plane = shape.out_plane;
  output[place] = a.x; output[place + plane] = a.y; output[place + 2u * plane] = a.z; output[place + 3u * plane] = a.w;
  output[place + 4u * plane] = b.x; output[place + 5u * plane] = b.y;
  output[place + 6u * plane] = b.z; output[place + 7u * plane] = b.w;
}

// An invocation has 8 rows of one column and 8 output channels: 64 sums in registers, for which every turn of the inner
// loop loads 8 values and 8 weights. Neighbouring invocations have neighbouring columns, so their loads are neighbours.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.x / shape.columns * 8u;
  let column = id.x % shape.columns;
  if (row >= shape.rows) { return; }
  // Rows beyond the last one are computed as copies of it and not written.
  let last = shape.rows - 1u - row;
  let step = shape.row_stride * shape.in_row;
  let o1 = min(1u, last) * step; let o2 = min(2u, last) * step; let o3 = min(3u, last) * step;
  let o4 = min(4u, last) * step; let o5 = min(5u, last) * step; let o6 = min(6u, last) * step; let o7 = min(7u, last) * step;
  let corner = shape.in_origin + id.z * shape.in_window + row * step + column * shape.column_stride;
  let quads = shape.outputs / 4u;
  var w = shape.weights + 2u * id.y;
  let low = weights[shape.bias + 2u * id.y];
  let high = weights[shape.bias + 2u * id.y + 1u];
  var a0 = low; var a1 = low; var a2 = low; var a3 = low; var a4 = low; var a5 = low; var a6 = low; var a7 = low;
  var b0 = high; var b1 = high; var b2 = high; var b3 = high; var b4 = high; var b5 = high; var b6 = high; var b7 = high;
  for (var i = 0u; i < shape.kernel_rows; i++) {
    for (var j = 0u; j < shape.kernel_columns; j++) {
      var x = corner + i * shape.row_dilation * shape.in_row + j * shape.column_dilation;
      for (var channel = 0u; channel < shape.inputs; channel++) {
        let u = weights[w];
        let v = weights[w + 1u];
        let x0 = input[x]; let x1 = input[x + o1]; let x2 = input[x + o2]; let x3 = input[x + o3];
        let x4 = input[x + o4]; let x5 = input[x + o5]; let x6 = input[x + o6]; let x7 = input[x + o7];
        a0 += x0 * u; a1 += x1 * u; a2 += x2 * u; a3 += x3 * u; a4 += x4 * u; a5 += x5 * u; a6 += x6 * u; a7 += x7 * u;
        b0 += x0 * v; b1 += x1 * v; b2 += x2 * v; b3 += x3 * v; b4 += x4 * v; b5 += x5 * v; b6 += x6 * v; b7 += x7 * v;
        x += shape.in_plane;
        w += quads;
      }
    }
  }
  let place = shape.out_origin + id.z * shape.out_window + 8u * id.y * shape.out_plane + row * shape.out_row + column;
  put(place, a0, b0);
  if (last >= 1u) { put(place + shape.out_row, a1, b1); }
  if (last >= 2u) { put(place + 2u * shape.out_row, a2, b2); }
  if (last >= 3u) { put(place + 3u * shape.out_row, a3, b3); }
  if (last >= 4u) { put(place + 4u * shape.out_row, a4, b4); }
  if (last >= 5u) { put(place + 5u * shape.out_row, a5, b5); }
  if (last >= 6u) { put(place + 6u * shape.out_row, a6, b6); }
  if (last >= 7u) { put(place + 7u * shape.out_row, a7, b7); }
}
