//! Whole steps on the CPU.

mod adapt;

use std::cell::Cell;

use burn::tensor::{Device, Tensor};

use super::recipe::{Options, Selection};
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
        batch: 4,
        accumulate: 1,
        clip_norm: None,
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

fn trainer<'a>(recipe: &Recipe, config: &ModelConfig, images: &'a dyn ImageSource, start: &Weights) -> Trainer<'a> {
    let device = Device::flex();
    let model = SpectNet::with_weights(config, start, &device).unwrap();
    Trainer::new(recipe, config, images, model, &recordings(), &device, recipe.seed)
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

/// Also in the middle of a step, whose gradients wait for those of another batch.
#[test]
fn a_trainer_goes_on_where_another_was() {
    let (config, recordings) = (config(true), recordings());
    let recipe = Recipe { accumulate: 2, ..recipe() };
    let mut first = trainer(&recipe, &config, &FilterbankImages, &weights(&config, 3));
    steps(&mut first, &recordings, 3);
    first.read().unwrap();
    let snapshot = first.snapshot().unwrap();
    assert_eq!((snapshot.batches, snapshot.accumulated, snapshot.averaged), (3, 1, 1));
    let mut second = trainer(&recipe, &config, &FilterbankImages, &snapshot.weights);
    second.go_on(&snapshot).unwrap();
    assert_eq!(steps(&mut first, &recordings, 3), steps(&mut second, &recordings, 3));
    assert_eq!(first.weights().unwrap(), second.weights().unwrap());
    assert_eq!(first.judged().unwrap(), second.judged().unwrap());
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
    assert!(read[0].losses.is_empty() && fault.recordings.len() == 4 && !fault.tensors.is_empty(), "{read:?}");
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
    let mut recordings = recordings();
    for (_, prepared) in recordings.iter_mut().flat_map(|recording| &mut recording.downmixes) {
        prepared.windows = config.windowing.windows(prepared.recording.samples().len());
    }
    let device = Device::flex();
    let fitted = new_model(&config, &FilterbankImages, &recordings, &device).unwrap().weights().unwrap();
    let plain = SpectNet::new(&config, &device).unwrap().weights().unwrap();
    assert_eq!(fitted["front_end.gain"], plain["front_end.gain"]);
    assert_ne!(fitted["scaling.mean"], plain["scaling.mean"]);
}
