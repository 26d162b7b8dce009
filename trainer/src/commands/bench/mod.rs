//! `spectnet bench`: how long SpectNet-16 with 3 blocks takes on this machine, per segment of 2500 samples.

use std::time::Instant;

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Distribution, Int, Tensor};
use serde::Serialize;
use spectnet_core::spectnet::SpectNet;
use spectnet_core::task::Task;

use crate::classify::Classifier;
use crate::cli::BenchArgs;
use crate::device::{self, ComputeDevice};
use crate::error::{Error, Result};
use crate::output::{print, print_json};

/// Runs that are not timed: kernels are compiled and chosen in the first ones.
const WARM_UP: u64 = 3;

/// The JSON of `spectnet bench`: medians in milliseconds per segment.
#[derive(Debug, Serialize)]
struct Timing {
    device: String,
    threads: usize,
    /// Signals to images.
    frontend_ms: f64,
    /// Signals to probabilities.
    inference_ms: f64,
    /// Forward, cross-entropy, backward and a step of gradient descent.
    train_ms: f64,
    /// Segments computed together.
    batch: u64,
}

/// Runs the command.
///
/// # Errors
/// A device that is not there or fails.
pub fn run(args: &BenchArgs) -> Result<()> {
    let compute = device::select(args.device)?;
    let labels = ["normal", "abnormal"].map(String::from).to_vec();
    let config = Task::Heart.model(labels, 16, 3);
    let shape = [args.batch as usize, config.windowing.samples];
    let device = &compute.device;
    let model = SpectNet::new(&config, device)?;
    let windows = Tensor::<2>::random(shape, Distribution::Normal(0.0, 0.05), device);

    let classifier = Classifier::new(&config, &model.weights()?, device)?;
    let signal = windows.clone().try_into_vec_as::<f32>();
    let signal = signal.map_err(|error| Error::input(format!("the device failed: {error}")))?;

    let frontend_ms = median_ms(args, device, || _ = model.front_end.forward(windows.clone()))?;
    let inference_ms = median_ms(args, device, || _ = classifier.probabilities(signal.clone()))?;

    let training = device.clone().autodiff();
    let mut model = model.to_device(&training).train();
    let windows = windows.to_device(&training);
    let classes = Tensor::<1, Int>::arange(0..args.batch as i64, &training).remainder_scalar(2);
    let loss = CrossEntropyLossConfig::new().init(&training);
    let mut optimizer = SgdConfig::new().init();
    let train_ms = median_ms(args, device, || {
        let gradients = loss.forward(model.forward(windows.clone()), classes.clone()).backward();
        let gradients = GradientsParams::from_grads(gradients, &model);
        model = optimizer.step(1e-3, model.clone(), gradients);
    })?;

    let ComputeDevice { name, threads, .. } = compute;
    let timing = Timing { device: name, threads, frontend_ms, inference_ms, train_ms, batch: args.batch };
    if args.json { print_json(&timing) } else { print(&timing.table()) }
}

/// Median time of `action` per segment, once the device has finished it.
fn median_ms(args: &BenchArgs, device: &Device, mut action: impl FnMut()) -> Result<f64> {
    let mut times = Vec::new();
    for run in 0..WARM_UP + args.repeat {
        let start = Instant::now();
        action();
        device.sync().map_err(|error| Error::input(format!("the device failed: {error}")))?;
        if run >= WARM_UP {
            times.push(1e3 * start.elapsed().as_secs_f64() / args.batch as f64);
        }
    }
    times.sort_by(f64::total_cmp);
    Ok((times[(times.len() - 1) / 2] + times[times.len() / 2]) / 2.0)
}

impl Timing {
    fn table(&self) -> String {
        let Self { device, threads, frontend_ms, inference_ms, train_ms, batch } = self;
        format!(
            "SpectNet-16, 3 blocks, batches of {batch} segments of 2500 samples (2.5 s of heart sound)\n\
             device      {device} ({threads} CPU threads)\n\
             front-end   {frontend_ms:.3} ms a segment\n\
             inference   {inference_ms:.3} ms a segment\n\
             training    {train_ms:.3} ms a segment"
        )
    }
}
