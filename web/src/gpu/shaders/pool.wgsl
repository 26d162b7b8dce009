// Max-pooling, and the sum with the 2 × 2 pooled shortcut, whose missing channels are zero.
struct Shape {
  rows: u32, // of the output
  columns: u32,
  pool_rows: u32,
  pool_columns: u32,
  in_origin: u32,
  in_row: u32,
  in_plane: u32,
  in_window: u32,
  shortcut_channels: u32, // 0: no shortcut
  shortcut_origin: u32,
  shortcut_row: u32,
  shortcut_plane: u32,
  shortcut_window: u32,
  out_origin: u32,
  out_row: u32,
  out_column: u32,
  out_plane: u32,
  out_window: u32,
}
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> shortcut: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

// An invocation has one place of one channel.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.x / shape.columns;
  let column = id.x % shape.columns;
  if (row >= shape.rows) { return; }
  let corner = shape.in_origin + id.z * shape.in_window + id.y * shape.in_plane
    + row * shape.pool_rows * shape.in_row + column * shape.pool_columns;
  var value = input[corner];
  for (var i = 0u; i < shape.pool_rows; i++) {
    for (var j = 0u; j < shape.pool_columns; j++) {
      value = max(value, input[corner + i * shape.in_row + j]);
    }
  }
  if (id.y < shape.shortcut_channels) {
    let above = shape.shortcut_origin + id.z * shape.shortcut_window + id.y * shape.shortcut_plane
      + 2u * row * shape.shortcut_row + 2u * column;
    let below = above + shape.shortcut_row;
    value += max(max(shortcut[above], shortcut[above + 1u]), max(shortcut[below], shortcut[below + 1u]));
  }
  output[shape.out_origin + id.z * shape.out_window + id.y * shape.out_plane + row * shape.out_row
    + column * shape.out_column] = value;
}
