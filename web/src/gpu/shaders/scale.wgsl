// What the image goes through before the first convolution: floor, compression and normalisation of each filter.
struct Shape {
  filters: u32,
  frames: u32,
  floored: u32, // whether energies get a floor
  powers: u32, // whether levels become powers of the energies
  over_window: u32, // whether mean and deviation are those of the window
  floors: u32, // places in the weights, [filters / 4]
  exponents: u32,
  means: u32,
  factors: u32,
  variance: u32, // place of the one number that is added to the variance over the window
  origin: u32, // of the image and of the result
  row: u32,
  window: u32,
}
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> scaled: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

fn value(at: u32, floor_energy: f32, exponent: f32) -> f32 {
  var level = image[at];
  level = select(level, log(exp(level) + floor_energy), shape.floored != 0u);
  return select(level, exp(level * exponent), shape.powers != 0u);
}

fn weight(place: u32, filter_index: u32) -> f32 { return weights[place + filter_index / 4u][filter_index % 4u]; }

// An invocation has one filter of one window.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.filters) { return; }
  let first = shape.origin + id.z * shape.window + id.x;
  let floor_energy = weight(shape.floors, id.x);
  let exponent = weight(shape.exponents, id.x);
  var mean = weight(shape.means, id.x);
  var factor = weight(shape.factors, id.x);
  if (shape.over_window != 0u) {
    mean = 0.0;
    for (var frame = 0u; frame < shape.frames; frame++) {
      mean += value(first + frame * shape.row, floor_energy, exponent);
    }
    mean /= f32(shape.frames);
    var variance = 0.0;
    for (var frame = 0u; frame < shape.frames; frame++) {
      let apart = value(first + frame * shape.row, floor_energy, exponent) - mean;
      variance += apart * apart;
    }
    factor = inverseSqrt(variance / f32(shape.frames) + weight(shape.variance, 0u));
  }
  for (var frame = 0u; frame < shape.frames; frame++) {
    let at = first + frame * shape.row;
    scaled[at] = (value(at, floor_energy, exponent) - mean) * factor;
  }
}
