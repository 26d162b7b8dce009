//! Recordings decoded, conditioned and kept in memory: 1,000 heart sounds are 100 MB.

use std::path::Path;

use indicatif::ProgressBar;
use rayon::prelude::*;
use spectnet_core::audio::View;
use spectnet_core::model::ModelConfig;
use spectnet_core::predict::Prepared;

use crate::audio_file::AudioFile;
use crate::dataset::Example;
use crate::error::Result;
use crate::progress;

/// A labelled recording, ready for the network.
#[derive(Clone, Debug)]
pub struct Clip {
    /// Where it comes from and what it is.
    pub example: Example,
    /// The conditioned recording and its windows, for every view of it that the model hears; there is at least one.
    pub views: Vec<(View, Prepared)>,
}

/// Decodes and conditions recordings on all cores, in the order given.
///
/// # Errors
/// The first recording that cannot be read or conditioned, by name.
pub fn load(examples: &[Example], config: &ModelConfig) -> Result<Vec<Clip>> {
    let bar: ProgressBar = progress::bar(examples.len() as u64, "reading recordings");
    let load = |example: &Example| -> Result<Clip> {
        let views = views(&example.path, config).map_err(|error| error.at(example.path.display()))?;
        bar.inc(1);
        Ok(Clip { example: example.clone(), views })
    };
    let clips = examples.par_iter().map(load).collect::<Result<Vec<Clip>>>();
    bar.finish_and_clear();
    clips
}

/// What the model hears of a recording. A view without any sound, as the side of two like channels, teaches nothing where
/// there is another.
fn views(path: &Path, config: &ModelConfig) -> Result<Vec<(View, Prepared)>> {
    let first = AudioFile::open(path)?;
    let mut views = Vec::new();
    for view in first.views(config.conditioning.channels) {
        let prepared = Prepared::join(config, first.hear(view)?.pieces(config.conditioning.max_seconds)?)?;
        if views.is_empty() || !prepared.is_silent() {
            views.push((view, prepared));
        }
    }
    Ok(views)
}

/// Number of windows in all clips together.
pub fn windows(clips: &[Clip]) -> usize {
    clips.iter().flat_map(|clip| &clip.views).map(|(_, prepared)| prepared.spans.len()).sum()
}
