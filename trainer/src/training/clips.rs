//! Recordings decoded, conditioned and kept in memory: 1,000 heart sounds are 100 MB.

use std::path::Path;

use indicatif::ProgressBar;
use rayon::prelude::*;
use spectnet_core::audio::{Span, View};
use spectnet_core::model::ModelConfig;
use spectnet_core::predict::Prepared;

use crate::audio_file::AudioFile;
use crate::dataset::Example;
use crate::error::Result;
use crate::progress;
use crate::training::faults::Fault;

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

/// The same, with the last heart cycle of every recording replaced by silence where that [fault](Fault::SilentLastCycle) is
/// asked for.
///
/// # Errors
/// Those of [`load`].
pub fn load_with_faults(examples: &[Example], config: &ModelConfig, faults: &[Fault]) -> Result<Vec<Clip>> {
    let mut clips = load(examples, config)?;
    if faults.contains(&Fault::SilentLastCycle) {
        let views = clips.iter_mut().flat_map(|clip| &mut clip.views);
        views.for_each(|(_, prepared)| silence_last_cycle(prepared));
    }
    Ok(clips)
}

/// An empty span is padded with zeros to a whole window.
fn silence_last_cycle(prepared: &mut Prepared) {
    let end = prepared.recording.samples().len();
    if let Some(last) = prepared.spans.last_mut().filter(|_| prepared.by_cycles) {
        *last = Span { start: end, end };
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::audio::Recording;
    use spectnet_core::task::Task;

    #[test]
    fn the_last_cycle_is_silenced_and_windows_are_left_alone() {
        let config = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3);
        let span = |i: usize| Span { start: 800 * i, end: 800 * (i + 1) };
        let recording = Recording::new(vec![0.1; 2400], 1000).unwrap();
        let spans: Vec<Span> = (0..3).map(span).collect();
        let mut prepared =
            Prepared { recording, pieces: Vec::new(), spans: spans.clone(), by_cycles: false, timeline: None };
        silence_last_cycle(&mut prepared);
        assert_eq!(prepared.spans, spans);
        prepared.by_cycles = true;
        silence_last_cycle(&mut prepared);
        assert_eq!(prepared.spans[..2], spans[..2]);
        let windows = prepared.windows(&config, &prepared.spans).samples;
        assert!(windows[2500..3300].iter().all(|x| *x == 0.1) && windows[5000..].iter().all(|x| *x == 0.0));
    }
}
