//! Recordings decoded, conditioned and kept in memory: 1,000 heart sounds are 100 MB.

use indicatif::ProgressBar;
use rayon::prelude::*;
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
    /// The conditioned recording and its windows.
    pub prepared: Prepared,
}

/// Decodes and conditions recordings on all cores, in the order given.
///
/// # Errors
/// The first recording that cannot be read or conditioned, by name.
pub fn load(examples: &[Example], config: &ModelConfig) -> Result<Vec<Clip>> {
    let bar: ProgressBar = progress::bar(examples.len() as u64, "reading recordings");
    let load = |example: &Example| -> Result<Clip> {
        let prepared = AudioFile::open(&example.path)
            .and_then(|mut file| Prepared::join(config, file.pieces(config.conditioning.max_seconds)?))
            .map_err(|error| error.at(example.path.display()))?;
        bar.inc(1);
        Ok(Clip { example: example.clone(), prepared })
    };
    let clips = examples.par_iter().map(load).collect::<Result<Vec<Clip>>>();
    bar.finish_and_clear();
    clips
}

/// Number of windows in all clips together.
pub fn windows(clips: &[Clip]) -> usize {
    clips.iter().map(|clip| clip.prepared.spans.len()).sum()
}
