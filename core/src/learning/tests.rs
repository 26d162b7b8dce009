//! Whole steps on the CPU.

mod adapt;

use std::cell::Cell;
use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};

use super::recipe::{Accumulation, Draws, Optimiser, Options, Selection};
use super::schedule::{Schedule, WarmUp};
use super::testing::Known;
use super::*;
use crate::audio::Recording;
use crate::filterbank::Filterbank;
use crate::model::{ClassifierConfig, ModelConfig, Normalisation, Task, Weights};
use crate::network::burn::SpectNet;
use crate::network::cpu::testing::{numbers, weights};
use crate::prediction::Prepared;
use crate::stride::at_once;

fn config(learnable: bool) -> ModelConfig {
    let mut config = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 4, 2);
    config.classifier = ClassifierConfig::Residual { blocks: 2, dropout: 0.0 };
    config.front_end.learnable = learnable;
    config
}

fn recipe() -> Recipe {
    Recipe {
        seed: 3,
        epochs: 1,
        learns: Learns::Everything,
        minutes: None,
        epoch_windows: EpochLength::default(),
        draw: Draws::default(),
        batch: 4,
        accumulate: 1,
        accumulation: Accumulation::default(),
        optimiser: Optimiser::default(),
        clip_norm: None,
        worst_subset: None,
        learning_rate: 3e-3,
        front_end_learning_rate: 1e-2,
        warm_up: WarmUp::default(),
        schedule: Schedule::default(),
        ema: Some(0.9),
        early_stopping: None,
        selection: Selection::Last,
        augment: vec![Augmentation::Gain],
        augment_strength: 1.0,
        options: Options::default(),
    }
}

/// Tones in noise, low ones of one class and high ones of the other.
fn recordings() -> Vec<Known> {
    let recording = |number: u64| {
        let label = usize::from(number % 2 == 1);
        let step = [0.4, 1.2][label] + 0.02 * number as f32;
        let noise = numbers(6000, number).into_iter().enumerate();
        let samples = noise.map(|(k, noise)| 0.1 * (step * k as f32).sin() + 0.02 * noise).collect();
        Known::new(label, "a", Prepared::bare(Recording::new(samples, 1000).unwrap()))
    };
    (0..6).map(recording).collect()
}

/// The same, laid out in windows.
fn windowed(config: &ModelConfig) -> Vec<Known> {
    let mut recordings = recordings();
    for (_, prepared) in recordings.iter_mut().flat_map(|recording| &mut recording.downmixes) {
        prepared.windows = config.windowing.windows(prepared.recording.samples().len());
    }
    recordings
}

/// The published way of making steps, here of three batches.
fn published() -> Recipe {
    Recipe {
        optimiser: Optimiser::Sgd,
        accumulate: 3,
        accumulation: Accumulation::Sum,
        draw: Draws::Windows,
        ema: None,
        augment: Vec::new(),
        ..recipe()
    }
}

fn trainer<'a>(recipe: &Recipe, config: &ModelConfig, images: &'a dyn ImageSource, start: &Weights) -> Trainer<'a> {
    let device = Device::flex();
    let model = SpectNet::with_weights(config, start, &device).unwrap();
    Trainer::new(recipe, config, images, model, &windowed(config), &device, recipe.seed)
}

/// So many batches, one after the other.
fn steps(trainer: &mut Trainer, recordings: &[Known], count: usize) -> Vec<Reading> {
    let step = |_| {
        let batch = trainer.draw(recordings);
        trainer.step(recordings, batch, 1.0).unwrap()
    };
    (0..count).map(step).collect()
}

#[test]
fn a_model_learns_and_its_filters_move() {
    let (config, recordings) = (config(true), recordings());
    let start = weights(&config, 1);
    let recipe = Recipe { ema: None, learning_rate: 1e-2, ..recipe() };
    let mut trainer = trainer(&recipe, &config, &FilterbankImages, &start);
    let losses: Vec<f64> = steps(&mut trainer, &recordings, 30).into_iter().flat_map(|read| read.losses).collect();
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    assert_eq!(losses.len(), 30);
    assert!(mean(&losses[25..]) < 0.7 * mean(&losses[..5]), "{losses:?}");
    assert_ne!(trainer.weights().unwrap()["front_end.centre_frequency"], start["front_end.centre_frequency"]);
    assert_eq!(trainer.batches(), 30);
}

#[test]
fn what_the_network_says_of_the_windows_of_a_batch_is_counted() {
    let (config, recordings) = (config(true), recordings());
    let mut start = weights(&config, 7);
    let recipe = Recipe { accumulate: 2, ..recipe() };
    let mut said = |bias: [f32; 2]| {
        start.insert("classifier.output.bias".into(), bias.to_vec());
        steps(&mut trainer(&recipe, &config, &FilterbankImages, &start), &recordings, 2).pop().unwrap()
    };
    let reading = said([0.0, 0.0]);
    assert!(reading.losses.len() == 2 && reading.given.iter().sum::<u64>() == 8, "{reading:?}");
    // A last layer that says the same to everything.
    assert_eq!(said([100.0, -100.0]).given, [8, 0]);
    assert_eq!(said([-100.0, 100.0]).given, [0, 8]);
}

#[test]
fn what_is_awaited_is_what_is_waited_for() {
    let recordings = recordings();
    for (learnable, clip_norm) in [(true, None), (false, Some(0.1))] {
        let (config, recipe) = (config(learnable), Recipe { clip_norm, ..recipe() });
        let start = weights(&config, 2);
        let mut waiting = trainer(&recipe, &config, &FilterbankImages, &start);
        let mut awaiting = trainer(&recipe, &config, &FilterbankImages, &start);
        for _ in 0..3 {
            let read = steps(&mut waiting, &recordings, 1);
            let batch = awaiting.draw(&recordings);
            assert_eq!(at_once(awaiting.step_async(&recordings, batch, 1.0)).unwrap(), read[0]);
            assert!(read[0].losses.len() == 1 && read[0].norms.is_some() && read[0].fault.is_none(), "{read:?}");
            assert_eq!(read[0].norms.is_some_and(|[filters, _]| filters > 0.0), learnable);
        }
        assert_eq!(at_once(awaiting.read_async()).unwrap(), Reading::default());
        assert_eq!(at_once(awaiting.weights_async()).unwrap(), waiting.weights().unwrap());
        let average = waiting.judged().unwrap();
        assert_eq!(at_once(awaiting.judged_async()).unwrap(), average);
        assert_ne!(average, waiting.weights().unwrap());
    }
}

/// Also in the middle of a step, whose gradients wait for those of another batch, and before any optimiser has a state.
#[test]
fn a_trainer_goes_on_where_another_was() {
    let config = config(true);
    let recordings = windowed(&config);
    for (recipe, before, [accumulated, averaged]) in [
        (Recipe { accumulate: 2, ..recipe() }, 3, [1, 1]),
        (Recipe { accumulate: 2, ..recipe() }, 1, [1, 0]),
        (published(), 2, [2, 0]),
        (published(), 4, [1, 0]),
        (Recipe { accumulate: 1, ..published() }, 3, [0, 0]),
    ] {
        let mut first = trainer(&recipe, &config, &FilterbankImages, &weights(&config, 3));
        steps(&mut first, &recordings, before);
        first.read().unwrap();
        let snapshot = first.snapshot().unwrap();
        let at = (snapshot.batches, snapshot.accumulated, snapshot.averaged);
        assert_eq!(at, (before as u64, accumulated, averaged as u64), "{recipe:?}");
        let mut second = trainer(&recipe, &config, &FilterbankImages, &snapshot.weights);
        second.go_on(&snapshot).unwrap();
        assert_eq!(steps(&mut first, &recordings, 5), steps(&mut second, &recordings, 5));
        assert_eq!(first.weights().unwrap(), second.weights().unwrap(), "{recipe:?}");
        assert_eq!(first.judged().unwrap(), second.judged().unwrap());
    }
}

/// Noise, of which no class can be told, beside tones, of which it can. One trainer goes on where another was.
#[test]
fn the_subset_that_is_hardest_counts_most() {
    let (config, mut recordings, device) = (config(false), recordings(), Device::flex());
    recordings.extend((0..4_u64).map(|number| {
        let samples = numbers(6000, 100 + number).into_iter().map(|noise| 0.1 * noise).collect();
        Known::new((number % 2) as usize, "noise", Prepared::bare(Recording::new(samples, 1000).unwrap()))
    }));
    let recipe = Recipe { worst_subset: Some(0.1), batch: 8, accumulate: 3, learning_rate: 1e-2, ..recipe() };
    let trainer = |recipe: &Recipe, start: &Weights| {
        let model = SpectNet::with_weights(&config, start, &device).unwrap();
        Trainer::new(recipe, &config, &FilterbankImages, model, &recordings, &device, recipe.seed)
    };
    let start = weights(&config, 5);
    let mut first = trainer(&recipe, &start);
    steps(&mut first, &recordings, 100);
    first.read().unwrap();
    let snapshot = first.snapshot().unwrap();
    let [tones, noise] = snapshot.subset_weights[..] else { panic!("{:?}", snapshot.subset_weights) };
    assert!(noise > 1.2 * tones && (noise + tones - 1.0).abs() < 1e-12, "{tones} {noise}");

    let mut second = trainer(&recipe, &snapshot.weights);
    second.go_on(&snapshot).unwrap();
    assert_eq!(steps(&mut first, &recordings, 3), steps(&mut second, &recordings, 3));
    assert_eq!(first.weights().unwrap(), second.weights().unwrap());
    let subset_weights = |trainer: &mut Trainer| trainer.snapshot().unwrap().subset_weights;
    assert_eq!(subset_weights(&mut first), subset_weights(&mut second));

    // Whether it was looked at in the middle of a step, where this one was, changes nothing.
    assert_eq!(snapshot.accumulated, 1);
    let mut unseen = trainer(&recipe, &start);
    steps(&mut unseen, &recordings, 103);
    assert_eq!(unseen.weights().unwrap(), first.weights().unwrap());

    // With weights that hardly move it is as without them.
    let [alike, without] = [Some(1e-12), None].map(|worst_subset| {
        let mut trainer = trainer(&Recipe { worst_subset, ..recipe.clone() }, &start);
        steps(&mut trainer, &recordings, 3)
    });
    let losses = |read: &[Reading]| read.iter().flat_map(|read| read.losses.clone()).collect::<Vec<f64>>();
    for (alike, without) in losses(&alike).into_iter().zip(losses(&without)) {
        assert!((alike - without).abs() < 1e-5 * without, "{alike} {without}");
    }
}

/// Parameters by their numbers, each with its path and its values.
type Parameters = BTreeMap<String, (String, Vec<f32>)>;

/// The parameters as they are now.
fn parameters(trainer: &Trainer) -> Parameters {
    #[derive(Default)]
    struct Values {
        path: Vec<String>,
        found: Parameters,
    }
    impl ModuleVisitor for Values {
        fn enter_module(&mut self, name: &str, _container_type: &str) {
            self.path.push(name.into());
        }

        fn exit_module(&mut self, _name: &str, _container_type: &str) {
            self.path.pop();
        }

        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            let values = device::read(parameter.val()).unwrap();
            self.found.insert(parameter.id.val().to_string(), (self.path.join("."), values));
        }
    }
    let mut values = Values::default();
    trainer.model().visit(&mut values);
    values.found
}

#[test]
fn a_step_of_sgd_is_the_gradient_times_the_rate() {
    let config = config(true);
    let (recordings, start) = (windowed(&config), weights(&config, 5));
    let recipe = Recipe { accumulate: 1, learning_rate: 5e-3, front_end_learning_rate: 0.1, ..published() };
    // The gradient of the same batch, which waits here for another one.
    let waiting = Recipe { accumulate: 2, ..recipe.clone() };
    let mut waiting = trainer(&waiting, &config, &FilterbankImages, &start);
    steps(&mut waiting, &recordings, 1);
    waiting.read().unwrap();
    let gradients = waiting.snapshot().unwrap().gradients;
    let mut moving = trainer(&recipe, &config, &FilterbankImages, &start);
    let before = parameters(&moving);
    let batch = moving.draw(&recordings);
    // As in the middle of a warm-up.
    let reading = moving.step(&recordings, batch, 0.5).unwrap();
    assert!(reading.norms.is_some_and(|[filters, rest]| filters > 0.0 && rest > 0.0), "{reading:?}");
    let after = parameters(&moving);
    let mut moved = [0; 2];
    for (number, gradient) in &gradients {
        let ((path, before), (_, after)) = (&before[number], &after[number]);
        let is_filter = path.starts_with("front_end.");
        moved[usize::from(is_filter)] += 1;
        let rate = 0.5 * if is_filter { 0.1 } else { 5e-3 };
        for ((before, after), gradient) in before.iter().zip(after).zip(gradient) {
            assert_eq!(*after, before - gradient * rate as f32, "{path}");
        }
    }
    // Centre frequencies, bandwidths and gains.
    assert!(moved[0] > 10 && moved[1] == 3, "{moved:?}");
}

#[test]
fn the_sum_of_the_gradients_of_ten_batches_is_ten_times_their_mean() {
    let config = config(true);
    let (recordings, start) = (windowed(&config), weights(&config, 6));
    let trained = |accumulation, times: f64, batches| {
        let recipe = Recipe {
            accumulate: 10,
            accumulation,
            learning_rate: 1e-3 * times,
            front_end_learning_rate: times,
            ..published()
        };
        let mut trainer = trainer(&recipe, &config, &FilterbankImages, &start);
        let read = steps(&mut trainer, &recordings, batches);
        let losses: Vec<f64> = read.into_iter().flat_map(|reading| reading.losses).collect();
        (losses, trainer.weights().unwrap())
    };
    let (losses, sum) = trained(Accumulation::Sum, 1.0, 10);
    let (same_losses, mean) = trained(Accumulation::Mean, 10.0, 10);
    let near = |one: f64, other: f64| (one - other).abs() <= 2e-6 * one.abs().max(1.0);
    // What is said of a batch is its own loss in either case.
    assert!(losses.len() == 10 && losses.iter().zip(&same_losses).all(|(one, other)| near(*one, *other)), "{losses:?}");
    for (name, values) in &sum {
        let pairs = || values.iter().zip(&mean[name]);
        assert!(pairs().all(|(one, other)| near((*one).into(), (*other).into())), "{name}: {:?}", pairs());
    }
    assert_ne!(trained(Accumulation::Mean, 1.0, 10).1, sum);
    // All of it has moved, and nothing before the tenth batch.
    let (_, waiting) = trained(Accumulation::Sum, 1.0, 9);
    for (name, values) in start.iter().filter(|(name, _)| !name.contains("running_")) {
        assert_eq!(waiting[name], *values, "{name}");
    }
    for name in ["front_end.centre_frequency", "classifier.output.bias"] {
        assert_ne!(sum[name], start[name], "{name}");
    }
}

#[test]
fn a_recipe_says_what_is_not_as_usual_by_the_names_of_the_command_line() {
    let written = |recipe: &Recipe| serde_json::to_value(recipe).unwrap();
    let (usual, published) = (recipe(), Recipe { epoch_windows: EpochLength::LargestGroup, ..published() });
    for (name, expected) in
        [("epoch_windows", "largest-group"), ("draw", "windows"), ("accumulation", "sum"), ("optimiser", "sgd")]
    {
        assert_eq!((written(&usual).get(name), &written(&published)[name]), (None, &expected.into()));
    }
    for recipe in [usual, published] {
        assert_eq!(serde_json::from_value::<Recipe>(written(&recipe)).unwrap(), recipe);
    }
}

/// Images that are no numbers while it is switched on.
#[derive(Default)]
struct Broken(Cell<bool>);

impl ImageSource for Broken {
    fn of(&self, config: &ModelConfig, bank: &Filterbank, windows: Vec<f32>) -> Tensor<4> {
        let images = FilterbankImages.of(config, bank, windows);
        if self.0.get() { images * f64::NAN } else { images }
    }

    fn are_of_filters(&self) -> bool {
        true
    }
}

#[test]
fn a_step_whose_loss_is_no_number_is_undone() {
    let (config, recordings, images) = (config(true), recordings(), Broken::default());
    let mut trainer = trainer(&recipe(), &config, &images, &weights(&config, 4));
    steps(&mut trainer, &recordings, 1);
    let learned = |trainer: &Trainer| -> Weights {
        let weights = trainer.weights().unwrap().into_iter();
        weights.filter(|(name, _)| !name.contains("running_")).collect()
    };
    let before = learned(&trainer);
    images.0.set(true);
    let read = steps(&mut trainer, &recordings, 1);
    let fault = read[0].fault.as_ref().unwrap();
    assert!(read[0].losses.is_empty() && read[0].given.is_empty(), "{read:?}");
    assert!(fault.recordings.len() == 4 && !fault.tensors.is_empty(), "{read:?}");
    assert_eq!(learned(&trainer), before);
    images.0.set(false);
    let read = steps(&mut trainer, &recordings, 1);
    assert!(read[0].fault.is_none() && read[0].losses[0].is_finite(), "{read:?}");
    assert_ne!(learned(&trainer), before);
}

#[test]
fn a_new_model_knows_the_levels_of_its_data() {
    let mut config = config(true);
    config.scaling.normalisation = Normalisation::Data;
    let recordings = windowed(&config);
    let device = Device::flex();
    let fitted = new_model(&config, &FilterbankImages, &recordings, &device).unwrap().weights().unwrap();
    let plain = SpectNet::new(&config, &device).unwrap().weights().unwrap();
    assert_eq!(fitted["front_end.gain"], plain["front_end.gain"]);
    assert_ne!(fitted["scaling.mean"], plain["scaling.mean"]);
}
