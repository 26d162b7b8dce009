//! Filterbank, framing and scaling as nodes. Images are `[batch, filters, frames]` here.

use spectnet_core::filterbank::FilterParameters;
use spectnet_core::model::ModelConfig;
use spectnet_core::network::cpu::{Normalised, Scaled};

use super::graph::{Builder, Value, attribute, row};
use super::messages::Type;
use super::{SOUNDING, WINDOWS};

/// Added to the energy of a frame before its logarithm (docs/FORMAT.md).
const LEAST_ENERGY: f32 = 1e-16;
/// The axis of frames.
const FRAMES: i64 = 2;

/// The log-energy image of each window, or the outputs of the filters for a classifier that sees these.
///
/// ONNX has no filterbank: it is a convolution, and the sum over frames is a mean times their length.
pub fn levels(graph: &mut Builder, config: &ModelConfig, filters: &[FilterParameters]) -> Value {
    let front_end = &config.front_end;
    let taps = |filter: &FilterParameters| front_end.gammatone(*filter).kernel();
    let kernels: Vec<f32> = filters.iter().flat_map(taps).map(|tap| tap as f32).collect();
    let channel = graph.integers("channel_axis", &[1]);
    let signals = graph.node("Unsqueeze", &[WINDOWS, &channel], Vec::new());
    let kernels = graph.floats("front_end.kernels", &[filters.len(), 1, front_end.taps], &kernels);
    let outputs = graph.node("Conv", &[&signals, &kernels], vec![row("kernel_shape", &[front_end.taps])]);
    if config.classifier.sees_filter_outputs() {
        return outputs;
    }
    let framing = front_end.framing;
    let squares = graph.node("Mul", &[&outputs, &outputs], Vec::new());
    let frames = vec![row("kernel_shape", &[framing.window]), row("strides", &[framing.hop])];
    let means = graph.node("AveragePool", &[&squares], frames);
    let length = graph.number("front_end.frame_length", framing.window as f32);
    let energies = graph.node("Mul", &[&means, &length], Vec::new());
    let least = graph.number("front_end.least_energy", LEAST_ENERGY);
    let above = graph.node("Add", &[&energies, &least], Vec::new());
    graph.node("Log", &[&above], Vec::new())
}

/// What the classifier sees, for these levels.
pub fn scaled(graph: &mut Builder, config: &ModelConfig, scaled: &Scaled, levels: Value) -> Value {
    let mut levels = levels;
    let each = |graph: &mut Builder, name: &str, numbers: &[f32]| graph.floats(name, &[numbers.len(), 1], numbers);
    if let Some(floor) = &scaled.floor {
        let floor = each(graph, "scaling.floor", floor);
        let energies = graph.node("Exp", &[&levels], Vec::new());
        let above = graph.node("Add", &[&energies, &floor], Vec::new());
        levels = graph.node("Log", &[&above], Vec::new());
    }
    if let Some(exponents) = &scaled.exponents {
        let exponents = each(graph, "scaling.exponents", exponents);
        let powers = graph.node("Mul", &[&levels, &exponents], Vec::new());
        levels = graph.node("Exp", &[&powers], Vec::new());
    }
    match &scaled.normalised {
        Normalised::Not => levels,
        Normalised::Data { mean, deviation } => {
            let mean = each(graph, "scaling.mean", mean);
            let deviation = each(graph, "scaling.deviation", deviation);
            let centred = graph.node("Sub", &[&levels, &mean], Vec::new());
            graph.node("Div", &[&centred, &deviation], Vec::new())
        }
        Normalised::Window => over_the_window(graph, config.frames(), scaled.least_variance, &levels),
    }
}

/// Mean 0 and standard deviation 1 over the frames that hold sound; the others become 0.
fn over_the_window(graph: &mut Builder, frames: usize, least_variance: f32, levels: &str) -> Value {
    let numbers: Vec<i64> = (0..frames as i64).collect();
    let numbers = graph.integers("frame_numbers", &numbers);
    // [batch, 1, 1] beside [frames].
    let axes = graph.integers("filter_and_frame_axes", &[1, FRAMES]);
    let sounding = graph.node("Unsqueeze", &[SOUNDING, &axes], Vec::new());
    let holds = graph.node("Less", &[&numbers, &sounding], Vec::new());
    let mask = graph.node("Cast", &[&holds], vec![attribute("to", i64::from(Type::FLOATS))]);
    let axis = graph.integers("frame_axis", &[FRAMES]);
    let sum =
        |graph: &mut Builder, values: &str| graph.node("ReduceSum", &[values, &axis], vec![attribute("keepdims", 1)]);
    let one = graph.number("one", 1.0);
    let counted = sum(graph, &mask);
    let count = graph.node("Max", &[&counted, &one], Vec::new());
    let sounds = graph.node("Mul", &[levels, &mask], Vec::new());
    let total = sum(graph, &sounds);
    let mean = graph.node("Div", &[&total, &count], Vec::new());
    let centred = graph.node("Sub", &[levels, &mean], Vec::new());
    let centred = graph.node("Mul", &[&centred, &mask], Vec::new());
    let squares = graph.node("Mul", &[&centred, &centred], Vec::new());
    let total = sum(graph, &squares);
    let variance = graph.node("Div", &[&total, &count], Vec::new());
    let least = graph.number("scaling.least_variance", least_variance);
    let variance = graph.node("Add", &[&variance, &least], Vec::new());
    let deviation = graph.node("Sqrt", &[&variance], Vec::new());
    graph.node("Div", &[&centred, &deviation], Vec::new())
}
