// Filter outputs, squared and summed over blocks of one hop: what neighbouring frames share is computed once, and
// nothing as long as the signal is ever stored.
//
// A frame of `window = whole · hop + head` outputs is `whole` blocks and the first `head` outputs of the next one, so
// each block leaves two sums: over its first `head` outputs and over the others.
struct Shape {
  kernels: u32, // where the taps begin among the weights, [filter groups, taps] of 4 filters each
  taps: u32,
  samples: u32,
  hop: u32,
  head: u32,
  used: u32, // outputs of a block that belong to any frame
  blocks: u32,
  groups: u32, // of 4 filters
}
@group(0) @binding(0) var<storage, read> signals: array<f32>; // [windows, samples]
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> energies: array<vec4<f32>>; // [windows, blocks, groups, 2]
@group(0) @binding(3) var<uniform> shape: Shape;

// An invocation has one block of 4 filters. Ten outputs at a time share every tap and slide over the signal.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.blocks) { return; }
  let signal = id.z * shape.samples;
  // The outputs of the last block that no frame has may lie beyond the signal.
  let last = signal + shape.samples - 1u;
  let taps = shape.kernels + id.y * shape.taps;
  var head = vec4<f32>();
  var tail = vec4<f32>();
  for (var m = 0u; m < shape.used; m += 10u) {
    var at = signal + id.x * shape.hop + m;
    var s0 = signals[min(at, last)]; var s1 = signals[min(at + 1u, last)]; var s2 = signals[min(at + 2u, last)];
    var s3 = signals[min(at + 3u, last)]; var s4 = signals[min(at + 4u, last)]; var s5 = signals[min(at + 5u, last)];
    var s6 = signals[min(at + 6u, last)]; var s7 = signals[min(at + 7u, last)]; var s8 = signals[min(at + 8u, last)];
    var y0 = vec4<f32>(); var y1 = vec4<f32>(); var y2 = vec4<f32>(); var y3 = vec4<f32>(); var y4 = vec4<f32>();
    var y5 = vec4<f32>(); var y6 = vec4<f32>(); var y7 = vec4<f32>(); var y8 = vec4<f32>(); var y9 = vec4<f32>();
    at += 9u;
    for (var tap = 0u; tap < shape.taps; tap++) {
      let s9 = signals[min(at + tap, last)];
      let g = weights[taps + tap];
      y0 += g * s0; y1 += g * s1; y2 += g * s2; y3 += g * s3; y4 += g * s4;
      y5 += g * s5; y6 += g * s6; y7 += g * s7; y8 += g * s8; y9 += g * s9;
      s0 = s1; s1 = s2; s2 = s3; s3 = s4; s4 = s5; s5 = s6; s6 = s7; s7 = s8; s8 = s9;
    }
    let outputs = array<vec4<f32>, 10>(y0, y1, y2, y3, y4, y5, y6, y7, y8, y9);
    for (var i = 0u; i < 10u; i++) {
      let energy = outputs[i] * outputs[i];
      if (m + i < shape.head) { head += energy; } else if (m + i < shape.used) { tail += energy; }
    }
  }
  let place = 2u * ((id.z * shape.blocks + id.x) * shape.groups + id.y);
  energies[place] = head;
  energies[place + 1u] = tail;
}
