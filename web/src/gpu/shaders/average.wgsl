// The mean over the rows of an image.
struct Shape {
  rows: u32,
  values: u32, // of a row
}
@group(0) @binding(0) var<storage, read> input: array<f32>; // [windows, rows, values]
@group(0) @binding(2) var<storage, read_write> output: array<f32>; // [windows, values]
@group(0) @binding(3) var<uniform> shape: Shape;

// An invocation has one value.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.values) { return; }
  var sum = 0.0;
  for (var row = 0u; row < shape.rows; row++) { sum += input[(id.z * shape.rows + row) * shape.values + id.x]; }
  output[id.z * shape.values + id.x] = sum / f32(shape.rows);
}
