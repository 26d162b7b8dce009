//! The shaders once more in plain Rust, one invocation after the other, to test plans without a graphics device.
//!
//! Reading or writing outside a buffer panics here, where a device would quietly give zeros.

use super::plan::{Plan, Shader, Source, Step};

/// Runs a plan for `count` windows; all buffers afterwards.
pub fn run(plan: &Plan, windows: &[f32], count: usize) -> Vec<Vec<f32>> {
    let mut buffers: Vec<Vec<f32>> = plan.buffers.iter().map(|values| vec![0.0; values * count]).collect();
    buffers[0].copy_from_slice(windows);
    for step in &plan.steps {
        let mut target = std::mem::take(&mut buffers[step.target]);
        let read = |source: Source| match source {
            Source::Weights => plan.weights.as_slice(),
            Source::Buffer(index) => &buffers[index],
        };
        let sources = step.sources.map(read);
        for z in 0..count {
            match step.shader {
                Shader::Energies => energies(step, sources, &mut target, z),
                Shader::Levels => levels(step, sources, &mut target, z),
                Shader::Scale => scale(step, sources, &mut target, z),
                Shader::Convolution => convolution(step, sources, &mut target, z),
                Shader::Pool => pool(step, sources, &mut target, z),
                Shader::Average => average(step, sources, &mut target, z),
                Shader::Linear => linear(step, sources, &mut target, z),
            }
        }
        buffers[step.target] = target;
    }
    buffers
}

fn energies(step: &Step, [signals, weights]: [&[f32]; 2], target: &mut [f32], z: usize) {
    let &[kernels, taps, samples, hop, head, used, blocks, groups] = step.sizes.as_slice() else { panic!("sizes") };
    for block in 0..blocks {
        for filter in 0..4 * groups {
            let kernel = |tap: usize| weights[4 * (kernels + filter / 4 * taps + tap) + filter % 4];
            let place = 4 * 2 * ((z * blocks + block) * groups + filter / 4) + filter % 4;
            for m in 0..used {
                let signal = |tap: usize| signals[z * samples + (block * hop + m + tap).min(samples - 1)];
                let output: f32 = (0..taps).map(|tap| kernel(tap) * signal(tap)).sum();
                target[place + if m < head { 0 } else { 4 }] += output * output;
            }
        }
    }
}

fn levels(step: &Step, [energies, _]: [&[f32]; 2], target: &mut [f32], z: usize) {
    let &[filters, frames, whole, blocks, groups, origin, row, window] = step.sizes.as_slice() else { panic!("sizes") };
    for frame in 0..frames {
        for filter in 0..filters {
            let part = |block: usize, part: usize| {
                energies[4 * (2 * ((z * blocks + frame + block) * groups + filter / 4) + part) + filter % 4]
            };
            let energy = (0..whole).map(|block| part(block, 0) + part(block, 1)).sum::<f32>() + part(whole, 0);
            target[origin + z * window + frame * row + filter] = (energy + 1e-16).ln();
        }
    }
}

fn scale(step: &Step, [image, weights]: [&[f32]; 2], target: &mut [f32], z: usize) {
    let &[filters, frames, floored, powers, over_window, ref places @ .., origin, row, window] = step.sizes.as_slice()
    else {
        panic!("sizes")
    };
    let &[floors, exponents, means, factors, variances] = places else { panic!("places") };
    for filter in 0..filters {
        let [floor, exponent, mut mean, mut factor] =
            [floors, exponents, means, factors].map(|place| weights[4 * place + filter]);
        let place = |frame: usize| origin + z * window + frame * row + filter;
        let level = |frame: usize| match image[place(frame)] {
            level if floored > 0 => (level.exp() + floor).ln(),
            level => level,
        };
        let value = |frame: usize| match level(frame) {
            level if powers > 0 => (level * exponent).exp(),
            level => level,
        };
        if over_window > 0 {
            mean = (0..frames).map(value).sum::<f32>() / frames as f32;
            let variance = (0..frames).map(|frame| (value(frame) - mean).powi(2)).sum::<f32>() / frames as f32;
            factor = 1.0 / (variance + weights[4 * variances]).sqrt();
        }
        (0..frames).for_each(|frame| target[place(frame)] = (value(frame) - mean) * factor);
    }
}

fn average(step: &Step, [input, _]: [&[f32]; 2], target: &mut [f32], z: usize) {
    let &[rows, values] = step.sizes.as_slice() else { panic!("sizes") };
    for i in 0..values {
        let sum: f32 = (0..rows).map(|row| input[(z * rows + row) * values + i]).sum();
        target[z * values + i] = sum / rows as f32;
    }
}

fn convolution(step: &Step, [input, weights]: [&[f32]; 2], target: &mut [f32], z: usize) {
    let (sides, places) = step.sizes.split_at(12);
    let &[rows, columns, inputs, outputs, height, width, down, right, row_gap, column_gap, first, bias] = sides else {
        panic!("sizes")
    };
    let &[x_origin, x_row, x_plane, x_window, y_origin, y_row, y_plane, y_window] = places else { panic!("sizes") };
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        for output in 0..outputs {
            let mut sum = weights[4 * bias + output];
            for (i, j) in (0..height).flat_map(|i| (0..width).map(move |j| (i, j))) {
                let x = x_origin + z * x_window + (row * down + i * row_gap) * x_row + column * right + j * column_gap;
                for channel in 0..inputs {
                    let weight = 4 * first + ((i * width + j) * inputs + channel) * outputs + output;
                    sum += input[x + channel * x_plane] * weights[weight];
                }
            }
            target[y_origin + z * y_window + output * y_plane + row * y_row + column] = sum.max(0.0);
        }
    }
}

fn pool(step: &Step, [input, shortcut]: [&[f32]; 2], target: &mut [f32], z: usize) {
    let (sides, places) = step.sizes.split_at(8);
    let &[rows, columns, height, width, x_origin, x_row, x_plane, x_window] = sides else { panic!("sizes") };
    let &[added, s_origin, s_row, s_plane, s_window, y_origin, y_row, y_column, y_plane, y_window] = places else {
        panic!("sizes")
    };
    for channel in 0..step.groups[1] {
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            let largest = |values: &[f32], corner: usize, stride: usize, [height, width]: [usize; 2]| {
                let place = |i: usize| corner + (row * height + i / width) * stride + column * width + i % width;
                (0..height * width).map(|i| values[place(i)]).fold(f32::NEG_INFINITY, f32::max)
            };
            let mut value = largest(input, x_origin + z * x_window + channel * x_plane, x_row, [height, width]);
            if channel < added {
                value += largest(shortcut, s_origin + z * s_window + channel * s_plane, s_row, [2, 2]);
            }
            target[y_origin + z * y_window + channel * y_plane + row * y_row + column * y_column] = value;
        }
    }
}

fn linear(step: &Step, [input, weights]: [&[f32]; 2], target: &mut [f32], z: usize) {
    let &[inputs, outputs, first, bias, rectified] = step.sizes.as_slice() else { panic!("sizes") };
    let width = outputs.next_multiple_of(4);
    for output in 0..outputs {
        let products = (0..inputs).map(|i| input[z * inputs + i] * weights[4 * first + i * width + output]);
        let sum = weights[4 * bias + output] + products.sum::<f32>();
        target[z * outputs + output] = if rectified > 0 { sum.max(0.0) } else { sum };
    }
}
