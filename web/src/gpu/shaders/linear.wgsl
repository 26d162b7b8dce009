// A linear layer, with a ReLU or without.
struct Shape {
  inputs: u32,
  outputs: u32,
  weights: u32, // [inputs, outputs / 4], the last four filled up with zeros
  bias: u32,
  rectified: u32,
}
@group(0) @binding(0) var<storage, read> input: array<f32>; // [windows, inputs]
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>; // [windows, outputs]
@group(0) @binding(3) var<uniform> shape: Shape;

// Few: software renderers clear workgroup memory with code of its own for every number in it.
const THREADS = 32u;
var<workgroup> sums: array<vec4<f32>, THREADS>;

// A workgroup has 4 outputs, each of its invocations a part of the inputs.
@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let quads = (shape.outputs + 3u) / 4u;
  var sum = vec4<f32>();
  for (var i = thread; i < shape.inputs; i += THREADS) {
    sum += input[group.z * shape.inputs + i] * weights[shape.weights + i * quads + group.x];
  }
  sums[thread] = sum;
  workgroupBarrier();
  let own = 4u * group.x + thread;
  if (thread < 4u && own < shape.outputs) {
    var total = weights[shape.bias + group.x][thread];
    for (var i = 0u; i < THREADS; i++) { total += sums[i][thread]; }
    output[group.z * shape.outputs + own] = select(total, max(total, 0.0), shape.rectified != 0u);
  }
}
