//! The figures: medians of what the device took, once it has finished.

use std::time::Instant;

use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Distribution, Int, Tensor};
use spectnet_core::filterbank::{Bandwidth, Filterbank, FilterbankConfig, Framing};
use spectnet_core::model::Task;
use spectnet_core::network::burn::SpectNet;

use crate::compute::classify::Classifier;
use crate::error::{Error, Result};

/// Runs that are not timed: kernels are compiled and chosen in the first ones.
const WARM_UP: u64 = 3;

/// A device, and how often something is measured.
pub struct Bench {
    pub device: Device,
    pub repeat: u64,
}

/// Milliseconds per window of 2500 samples.
pub struct PerWindow {
    pub frontend_ms: f64,
    pub frontend_backward_ms: f64,
    pub inference_ms: f64,
    pub train_ms: f64,
}

impl Bench {
    /// SpectNet-16 with 3 blocks on windows of noise.
    pub fn per_window(&self, batch: usize) -> Result<PerWindow> {
        let labels = ["normal", "abnormal"].map(String::from).to_vec();
        let config = Task::Heart.model(labels, 16, 3);
        let device = &self.device;
        let model = SpectNet::new(&config, device)?;
        let windows = noise([batch, config.windowing.samples], device);
        let classifier = Classifier::new(&config, &model.weights()?, device)?;
        let signal = windows.clone().try_into_vec_as::<f32>();
        let signal = signal.map_err(|error| Error::input(format!("the device failed: {error}")))?;

        let per_window = |ms: f64| ms / batch as f64;
        let frontend_ms = per_window(self.median_ms(|| _ = model.front_end.forward(windows.clone()))?);
        let inference_ms = per_window(self.median_ms(|| _ = classifier.probabilities(signal.clone().into()))?);

        let training = device.clone().autodiff();
        let mut model = model.to_device(&training).train();
        let windows = windows.to_device(&training);
        let frontend_backward_ms =
            per_window(self.median_ms(|| _ = model.front_end.forward(windows.clone()).mean().backward())?);
        let classes = Tensor::<1, Int>::arange(0..batch as i64, &training).remainder_scalar(2);
        let loss = CrossEntropyLossConfig::new().init(&training);
        let mut optimizer = SgdConfig::new().init();
        let train_ms = per_window(self.median_ms(|| {
            let gradients = loss.forward(model.forward(&config, windows.clone()), classes.clone()).backward();
            let gradients = GradientsParams::from_grads(gradients, &model);
            model = optimizer.step(1e-3, model.clone(), gradients);
        })?);
        Ok(PerWindow { frontend_ms, frontend_backward_ms, inference_ms, train_ms })
    }

    /// Milliseconds for a batch of signals through a front-end at 22.05 kHz, frames of 25 ms every 10 ms.
    pub fn front_end(&self, filters: usize, taps: usize, batch: usize, samples: usize) -> Result<f64> {
        let config = FilterbankConfig {
            sample_rate: 22_050,
            taps,
            range_hz: [50.0, 10_000.0],
            bandwidth: Bandwidth::Erb,
            framing: Framing { window: 551, hop: 220 },
            ..Task::Heart.front_end(filters)
        };
        let bank = Filterbank::new(&config, &self.device)?;
        let signals = noise([batch, samples], &self.device);
        self.median_ms(|| _ = bank.forward(signals.clone()))
    }

    /// Median time of `action`, once the device has finished it.
    fn median_ms(&self, mut action: impl FnMut()) -> Result<f64> {
        let mut times = Vec::new();
        for run in 0..WARM_UP + self.repeat {
            let start = Instant::now();
            action();
            self.device.sync().map_err(|error| Error::input(format!("the device failed: {error}")))?;
            if run >= WARM_UP {
                times.push(1e3 * start.elapsed().as_secs_f64());
            }
        }
        times.sort_by(f64::total_cmp);
        Ok((times[(times.len() - 1) / 2] + times[times.len() / 2]) / 2.0)
    }
}

fn noise(shape: [usize; 2], device: &Device) -> Tensor<2> {
    Tensor::random(shape, Distribution::Normal(0.0, 0.05), device)
}
