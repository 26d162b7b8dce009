// The log-energy image from the blocks' energies: the natural logarithm of the energy in each frame.
struct Shape {
  filters: u32,
  frames: u32,
  whole: u32, // blocks that a frame has entirely
  blocks: u32,
  groups: u32, // of 4 filters
  image_origin: u32,
  image_row: u32,
  image_window: u32,
}
@group(0) @binding(0) var<storage, read> energies: array<vec4<f32>>; // [windows, blocks, groups, 2]
@group(0) @binding(2) var<storage, read_write> image: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

// An invocation has one frame of 4 filters.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.frames) { return; }
  var at = 2u * ((id.z * shape.blocks + id.x) * shape.groups + id.y);
  var energy = vec4<f32>();
  for (var block = 0u; block < shape.whole; block++) {
    energy += energies[at] + energies[at + 1u];
    at += 2u * shape.groups;
  }
  energy += energies[at];
  let level = log(energy + 1e-16);
  let filters = shape.filters - 4u * id.y;
  let place = shape.image_origin + id.z * shape.image_window + id.x * shape.image_row + 4u * id.y;
  image[place] = level.x;
  if (filters > 1u) { image[place + 1u] = level.y; }
  if (filters > 2u) { image[place + 2u] = level.z; }
  if (filters > 3u) { image[place + 3u] = level.w; }
}
