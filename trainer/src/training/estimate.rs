//! How long a run will take, about: from a few recordings and a few batches.

use std::collections::BTreeMap;
use std::time::Instant;

use burn::tensor::Device;
use spectnet_core::learning::sampler::windows_of_groups;
use spectnet_core::learning::{Recipe, Trainer, new_model};
use spectnet_core::model::ModelConfig;

use super::parts::Parts;
use crate::compute::images::Images;
use crate::data::Example;
use crate::data::cache::Cache;
use crate::data::library::{self, LabelledRecording};
use crate::error::Result;

/// Recordings that are read.
const RECORDINGS: usize = 8;
/// Windows of a batch: few, so that a large model takes no minute for one.
const WINDOWS: usize = 4;
/// No batch is begun after so many seconds.
const SECONDS: f64 = 0.7;
/// Most batches.
const BATCHES: u32 = 8;
/// A window forward costs a third of what it costs forward and back.
const FORWARD: f64 = 1.0 / 3.0;

/// About how long a run takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Seconds to read all recordings, and to prepare those that are not yet.
    pub reading: f64,
    /// Share of the recordings, 0 to 1, that the cache has prepared already.
    pub prepared: f64,
    /// Seconds of an epoch, with its validation.
    pub epoch: f64,
    /// Windows of an epoch.
    pub windows: f64,
}

/// Measures a run on a device, whose recordings come from this cache as far as it has them. The random numbers of the device
/// are others afterwards; the cache is as it was.
///
/// # Errors
/// Recordings that cannot be read, a model that cannot be, or a device that fails.
pub fn estimate(
    recipe: &Recipe,
    config: &ModelConfig,
    parts: &Parts,
    cache: &Cache,
    device: &Device,
) -> Result<Estimate> {
    let sample = spread(&parts.training, RECORDINGS);
    let of_sample = |sum: f64| sum / sample.len().max(1) as f64;
    let begun = Instant::now();
    // Those that are prepared already are read ten times as fast as the others. They are as large a share of the sample as of
    // all, so the mean over the sample is that over all.
    let (mut recordings, others) = library::prepared_already(&sample, config, cache);
    let prepared = of_sample(recordings.len() as f64);
    if !others.is_empty() {
        recordings.extend(library::load(&others, config, &Cache::default())?);
    }
    let a_recording = of_sample(begun.elapsed().as_secs_f64());
    let windows_each = of_sample(windows_of_groups(&recordings).iter().sum::<usize>() as f64);
    let a_window = seconds_of_a_window(recipe, config, &recordings, device)?;
    let groups = groups(&parts.training).map(|count| (windows_each * count as f64).ceil() as usize);
    let windows = recipe.epoch_windows.windows(&groups.collect::<Vec<usize>>()).max(recipe.batch) as f64;
    let all = parts.training.len() + parts.validation.len() + parts.held_out.len();
    Ok(Estimate {
        reading: a_recording * all as f64,
        prepared,
        epoch: a_window * (windows + FORWARD * windows_each * parts.validation.len() as f64),
        windows,
    })
}

/// Number of recordings of every class × subset.
fn groups(examples: &[Example]) -> impl Iterator<Item = usize> {
    let mut groups: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    examples.iter().for_each(|one| *groups.entry((one.label, &one.subset)).or_default() += 1);
    groups.into_values()
}

/// So many of them, equally far apart.
pub fn spread(examples: &[Example], count: usize) -> Vec<Example> {
    let step = examples.len().div_ceil(count.max(1)).max(1);
    examples.iter().step_by(step).cloned().collect()
}

/// Forward and back, with the step.
fn seconds_of_a_window(
    recipe: &Recipe,
    config: &ModelConfig,
    recordings: &[LabelledRecording],
    device: &Device,
) -> Result<f64> {
    let batch = recipe.batch.min(WINDOWS);
    let recipe = Recipe { batch, ..recipe.clone() };
    let images = Images::Filterbank;
    let model = new_model(config, &images, recordings, device)?;
    let mut trainer = Trainer::new(&recipe, config, &images, model, recordings, device, recipe.seed);
    let begun = Instant::now();
    let mut last = 0.0;
    // The first batch makes room for those that follow; where it takes all the time, it is all there is.
    for _ in 0..BATCHES {
        let step = Instant::now();
        let batch = trainer.draw(recordings);
        trainer.step(recordings, batch, 1.0)?;
        trainer.read()?;
        last = step.elapsed().as_secs_f64();
        if begun.elapsed().as_secs_f64() > SECONDS {
            break;
        }
    }
    Ok(last / batch.max(1) as f64)
}
