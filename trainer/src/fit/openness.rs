//! The openness score, which tells sounds of other kinds, fitted on labelled recordings; docs/SCENES.md has how well it does.

use rayon::prelude::*;
use spectnet_core::filterbank::fused::Plan;
use spectnet_core::model::{ModelConfig, Weights};
use spectnet_core::prediction::openness::{Known, Openness, Summary, noise};

use crate::data::library::LabelledRecording;
use crate::error::Result;
use crate::progress;

/// Fits on `training`, with limits from `others`, which are no part of it, or where these are too few, from the training
/// recordings, each judged by statistics of other groups. `data` names where they come from.
///
/// # Errors
/// Those of [`Openness::fit`].
pub fn fit(
    config: &ModelConfig,
    weights: &Weights,
    training: &[LabelledRecording],
    others: &[LabelledRecording],
    data: &str,
) -> Result<Openness> {
    let [training, others] = [known(config, weights, training)?, known(config, weights, others)?];
    Ok(Openness::fit(config, &training, &others, noise(config, weights)?, data)?)
}

/// The recordings that hold enough sound, with their levels.
fn known(config: &ModelConfig, weights: &Weights, recordings: &[LabelledRecording]) -> Result<Vec<Known>> {
    let known = |(recording, summary): (&LabelledRecording, Summary)| {
        let levels = summary.levels()?;
        Some(Known { levels, class: recording.example.label, group: recording.example.group.clone() })
    };
    Ok(recordings.iter().zip(summaries(config, weights, recordings)?).filter_map(known).collect())
}

/// What is compared of each recording: the levels in all its windows and downmixes.
///
/// # Errors
/// Weights that do not belong to the model, or one that cannot be [summarised](Summary::new).
pub fn summaries(config: &ModelConfig, weights: &Weights, recordings: &[LabelledRecording]) -> Result<Vec<Summary>> {
    let plan = Plan::gammatones(&config.front_end, &config.filters(weights)?)?;
    let samples = config.windowing.samples;
    let bar = progress::bar(recordings.len() as u64, "comparing recordings");
    let summary = |recording: &LabelledRecording| -> Result<Summary> {
        let mut summary = Summary::new(config)?;
        for (_, prepared) in recording.downmixes.iter() {
            let windows = prepared.input(config, &prepared.windows).samples;
            let mut images = vec![0.0; prepared.windows.len() * plan.frames(samples) * config.front_end.filters];
            plan.forward(&windows, samples, &mut images)?;
            summary.add_windows(config, prepared, &images)?;
        }
        bar.inc(1);
        Ok(summary)
    };
    let summaries = recordings.par_iter().map(summary).collect();
    bar.finish_and_clear();
    summaries
}

/// For people.
pub fn line(openness: &Openness) -> String {
    format!(
        "sounds of other kinds are told by their distance from the classes; of {} it refuses {:.1} %",
        openness.measured_on,
        100.0 * openness.refused
    )
}
