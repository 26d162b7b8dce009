//! The learnable filterbank in front of a network of your own, trained together with it:
//! `cargo run --release -p spectnet-core --example own_burn_model`
//!
//! Two tones in noise, 310 Hz and 330 Hz, are told apart by a convolution and a linear layer. The filters begin where they
//! would begin for any sound; the gradients of the loss reach them too, and move them. It takes seconds on a CPU.

// Burn's types are nested more deeply than the compiler looks by itself, once a GPU is compiled in.
#![recursion_limit = "256"]

use std::error::Error;
use std::f64::consts::TAU;

use burn::lr_scheduler::module_lr_scheduler::ModuleLrScheduler;
use burn::module::{Module, ParamGroup};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Distribution, Int, Tensor};
use spectnet_core::filterbank::{Filterbank, FilterbankConfig, Framing};

/// Samples a second.
const RATE: u32 = 2000;
/// Half a second.
const SAMPLES: usize = 1000;
/// The two classes, in Hz.
const TONES: [f64; 2] = [310.0, 330.0];
/// Signals of each class in a batch.
const OF_EACH: usize = 16;
const FILTERS: usize = 8;
const CHANNELS: usize = 8;
const STEPS: usize = 60;
const LEARNING_RATE: f64 = 0.01;
/// Filters have few parameters, and each of them matters: they get a rate of their own.
const FRONT_END_LEARNING_RATE: f64 = 0.02;

/// A network of your own. The filterbank is a Burn module like any other: it is a field, and that is all.
#[derive(Module, Debug)]
struct ToneModel {
    front_end: Filterbank,
    conv: Conv2d,
    output: Linear,
}

impl ToneModel {
    fn new(device: &Device) -> spectnet_core::Result<Self> {
        // Centres at equal steps of the ERB scale, bandwidths of one ERB; frames of 40 ms every 20 ms.
        let front_end = FilterbankConfig {
            framing: Framing::half_overlapping(0.02, RATE),
            ..FilterbankConfig::full_band(FILTERS, RATE)
        };
        Ok(Self {
            front_end: Filterbank::new(&front_end, device)?,
            conv: Conv2dConfig::new([1, CHANNELS], [3, 3]).init(device),
            // A kernel of three filters fits FILTERS - 2 times.
            output: LinearConfig::new(CHANNELS * (FILTERS - 2), TONES.len()).init(device),
        })
    }

    /// Signals `[batch, samples]` → logits `[batch, classes]`.
    fn forward(&self, signals: Tensor<2>) -> Tensor<2> {
        // [batch, 1, frames, filters]: the logarithm of the energy of every filter in every frame.
        let image = self.front_end.forward(signals);
        let features = relu(self.conv.forward(image));
        // The mean over the frames: a tone is the same at every time.
        let features: Tensor<2> = features.mean_dim(2).flatten(1, 3);
        self.output.forward(features)
    }

    /// Centre frequencies of the filters in Hz.
    fn centres(&self) -> Result<Vec<f32>, Box<dyn Error>> {
        let [centres, ..] = self.front_end.parameters();
        Ok(centres.detach().try_into_vec_as::<f32>()?)
    }
}

/// Tones of random phase in noise that is louder than they are, and the number of the class of each.
fn batch(device: &Device) -> (Tensor<2>, Tensor<1, Int>) {
    let noise = Tensor::<2>::random([TONES.len() * OF_EACH, SAMPLES], Distribution::Normal(0.0, 1.0), device);
    let tones = TONES.map(|hz| {
        let samples = Tensor::<1, Int>::arange(0..SAMPLES as i64, device).float().unsqueeze_dim::<2>(0);
        let phases = Tensor::<2>::random([OF_EACH, 1], Distribution::Uniform(0.0, TAU), device);
        (samples * (TAU * hz / f64::from(RATE)) + phases).sin()
    });
    let classes = [[0_i32; OF_EACH], [1; OF_EACH]].concat();
    (Tensor::cat(Vec::from(tones), 0) + noise, Tensor::from_ints(classes.as_slice(), device))
}

fn main() -> Result<(), Box<dyn Error>> {
    // With Burn's feature `cuda` it is `Device::cuda(0)` in place of this, and nothing else.
    let device = Device::flex();
    device.seed(1);
    let device = device.autodiff();

    let mut model = ToneModel::new(&device)?;
    let start = model.centres()?;

    // Groups are found by the path of a parameter: `front_end.centre_frequency`, `front_end.bandwidth`, `front_end.gain`.
    let filters = || ParamGroup::from_predicate("front_end");
    // Decay would pull the filters towards numbers that mean nothing.
    let without_decay = AdamWConfig::new().with_weight_decay(0.0).build();
    let mut optimizer = AdamWConfig::new().init().with_group(filters(), without_decay, None);
    let rates = ModuleLrScheduler::new(LEARNING_RATE).with_group(filters(), FRONT_END_LEARNING_RATE).step();
    let cross_entropy = CrossEntropyLossConfig::new().init(&device);

    let mut losses = Vec::with_capacity(STEPS);
    for step in 1..=STEPS {
        let (signals, classes) = batch(&device);
        let loss = cross_entropy.forward(model.forward(signals), classes);
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(rates.clone(), model, gradients);
        let loss = loss.detach().try_into_scalar::<f32>()?;
        if step % 10 == 0 {
            println!("step {step}: loss {loss:.3}");
        }
        losses.push(loss);
    }

    let learned = model.centres()?;
    for (number, (start, learned)) in start.iter().zip(&learned).enumerate() {
        println!("filter {number}: {start:.0} Hz → {learned:.0} Hz");
    }
    let moved = start.iter().zip(&learned).map(|(start, learned)| (learned - start).abs()).fold(0.0, f32::max);
    let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
    let (first, last) = (mean(&losses[..10]), mean(&losses[STEPS - 10..]));
    println!("the loss fell from {first:.3} to {last:.3}; a centre frequency moved by {moved:.1} Hz at most");
    assert!(last < first / 2.0, "the network did not learn");
    assert!(moved > 1.0, "the filters did not learn");
    Ok(())
}
