// What the image goes through before the first convolution: compression and standardisation of each filter.
struct Shape {
  filters: u32,
  frames: u32,
  powers: u32, // whether levels become powers of the energies
  exponents: u32, // place in the weights, [filters / 4]
  standardised: u32,
  origin: u32, // of the image and of the result
  row: u32,
  window: u32,
}
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> scaled: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

fn value(at: u32, exponent: f32) -> f32 {
  let level = image[at];
  return select(level, exp(level * exponent), shape.powers != 0u);
}

// An invocation has one filter of one window.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.filters) { return; }
  let first = shape.origin + id.z * shape.window + id.x;
  let exponent = weights[shape.exponents + id.x / 4u][id.x % 4u];
  var mean = 0.0;
  var factor = 1.0;
  if (shape.standardised != 0u) {
    for (var frame = 0u; frame < shape.frames; frame++) { mean += value(first + frame * shape.row, exponent); }
    mean /= f32(shape.frames);
    var variance = 0.0;
    for (var frame = 0u; frame < shape.frames; frame++) {
      let apart = value(first + frame * shape.row, exponent) - mean;
      variance += apart * apart;
    }
    factor = inverseSqrt(variance / f32(shape.frames) + 1e-3);
  }
  for (var frame = 0u; frame < shape.frames; frame++) {
    let at = first + frame * shape.row;
    scaled[at] = (value(at, exponent) - mean) * factor;
  }
}
