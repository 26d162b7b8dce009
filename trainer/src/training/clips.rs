//! Recordings decoded, conditioned and kept in memory: 1,000 heart sounds are 100 MB.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicatif::ProgressBar;
use rayon::prelude::*;
use spectnet_core::audio::{Span, View};
use spectnet_core::model::ModelConfig;
use spectnet_core::predict::Prepared;
use spectnet_core::recordings::Digest;

use crate::audio_file::AudioFile;
use crate::dataset::Example;
use crate::digest::SoundDigest;
use crate::error::Result;
use crate::progress;
use crate::training::faults::Fault;

/// A labelled recording, ready for the network.
#[derive(Clone, Debug)]
pub struct Clip {
    /// Where it comes from and what it is.
    pub example: Example,
    /// The conditioned recording and its windows, for every view of it that the model hears; there is at least one.
    pub views: Arc<Views>,
    /// By which its sound is known again.
    pub digest: Digest,
}

type Views = Vec<(View, Prepared)>;

/// Recordings that stay loaded for the next model that hears them the same way.
#[derive(Default)]
pub struct Library {
    hears: Option<ModelConfig>,
    views: BTreeMap<PathBuf, (Arc<Views>, Digest)>,
}

impl Library {
    /// Recordings in the order given, of which only those are decoded and conditioned that are not there yet.
    ///
    /// # Errors
    /// Those of [`load`].
    pub fn load(&mut self, examples: &[Example], config: &ModelConfig) -> Result<Vec<Clip>> {
        if !self.hears.as_ref().is_some_and(|hears| hear_alike(hears, config)) {
            *self = Self { hears: Some(config.clone()), views: BTreeMap::new() };
        }
        let missing: Vec<Example> =
            examples.iter().filter(|example| !self.views.contains_key(&example.path)).cloned().collect();
        if !missing.is_empty() {
            self.views
                .extend(load(&missing, config)?.into_iter().map(|clip| (clip.example.path, (clip.views, clip.digest))));
        }
        let clip = |example: &Example| {
            let (views, digest) = self.views.get(&example.path)?.clone();
            Some(Clip { views, digest, example: example.clone() })
        };
        Ok(examples.iter().filter_map(clip).collect())
    }
}

/// Whether recordings are the same to both models: conditioned, segmented and cut alike.
fn hear_alike(a: &ModelConfig, b: &ModelConfig) -> bool {
    (&a.conditioning, &a.windowing, a.segments, a.classifier.hears_states())
        == (&b.conditioning, &b.windowing, b.segments, b.classifier.hears_states())
}

/// Decodes and conditions recordings on all cores, in the order given.
///
/// # Errors
/// The first recording that cannot be read or conditioned, by name.
pub fn load(examples: &[Example], config: &ModelConfig) -> Result<Vec<Clip>> {
    let bar: ProgressBar = progress::bar(examples.len() as u64, "reading recordings");
    let load = |example: &Example| -> Result<Clip> {
        let (views, digest) = views(&example.path, config).map_err(|error| error.at(example.path.display()))?;
        bar.inc(1);
        Ok(Clip { example: example.clone(), views: Arc::new(views), digest })
    };
    let clips = examples.par_iter().map(load).collect::<Result<Vec<Clip>>>();
    bar.finish_and_clear();
    clips
}

/// Leaves out the recordings that hold no sound, and says which: whatever their label, they teach nothing.
pub fn without_silent(clips: Vec<Clip>) -> Vec<Clip> {
    let (silent, sounding): (Vec<Clip>, Vec<Clip>) =
        clips.into_iter().partition(|clip| clip.views.iter().all(|(_, prepared)| prepared.is_silent()));
    if !silent.is_empty() {
        let names: Vec<String> = silent.iter().map(|clip| clip.example.path.display().to_string()).collect();
        say!("left out, for they hold no sound ({}): {}", silent.len(), names.join(", "));
    }
    sounding
}

/// Replaces the last heart cycle of every recording by silence where that [fault](Fault::SilentLastCycle) is asked for.
pub fn with_faults(mut clips: Vec<Clip>, faults: &[Fault]) -> Vec<Clip> {
    if faults.contains(&Fault::SilentLastCycle) {
        let views = clips.iter_mut().flat_map(|clip| Arc::make_mut(&mut clip.views));
        views.for_each(|(_, prepared)| silence_last_cycle(prepared));
    }
    clips
}

/// An empty span is padded with zeros to a whole window.
fn silence_last_cycle(prepared: &mut Prepared) {
    let end = prepared.recording.samples().len();
    if let Some(last) = prepared.spans.last_mut().filter(|_| prepared.by_cycles) {
        *last = Span { start: end, end };
    }
}

/// What the model hears of a recording, and the digest of its first view. A view without any sound, as the side of two like
/// channels, teaches nothing where there is another.
fn views(path: &Path, config: &ModelConfig) -> Result<(Views, Digest)> {
    let first = AudioFile::open(path)?;
    let max_seconds = config.conditioning.max_seconds;
    let mut sound = SoundDigest::new(first.sample_rate(), max_seconds);
    let mut views = Vec::new();
    for (number, view) in first.views(config.conditioning.channels).into_iter().enumerate() {
        let mut file = first.hear(view)?;
        let pieces = file.pieces(max_seconds)?.inspect(|piece| match piece {
            Ok(piece) if number == 0 => sound.add(piece.samples()),
            _ => {}
        });
        let prepared = Prepared::join(config, pieces)?;
        if views.is_empty() || !prepared.is_silent() {
            views.push((view, prepared));
        }
    }
    Ok((views, sound.digest()))
}

/// The digests of these recordings, by their files.
pub fn digests<'a>(clips: impl IntoIterator<Item = &'a Clip>) -> BTreeMap<&'a Path, Digest> {
    clips.into_iter().map(|clip| (&*clip.example.path, clip.digest)).collect()
}

/// Number of windows in all clips together.
pub fn windows(clips: &[Clip]) -> usize {
    clips.iter().flat_map(|clip| clip.views.iter()).map(|(_, prepared)| prepared.spans.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::audio::{Recording, write_wav};
    use spectnet_core::classifier::ClassifierConfig;
    use spectnet_core::cycles::Parts;
    use spectnet_core::task::Task;

    #[test]
    fn the_last_cycle_is_silenced_and_windows_are_left_alone() {
        let config = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3);
        let span = |i: usize| Span { start: 800 * i, end: 800 * (i + 1) };
        let recording = Recording::new(vec![0.1; 2400], 1000).unwrap();
        let spans: Vec<Span> = (0..3).map(span).collect();
        let mut prepared = Prepared { spans: spans.clone(), ..Prepared::bare(recording) };
        silence_last_cycle(&mut prepared);
        assert_eq!(prepared.spans, spans);
        prepared.by_cycles = true;
        silence_last_cycle(&mut prepared);
        assert_eq!(prepared.spans[..2], spans[..2]);
        let windows = prepared.windows(&config, &prepared.spans).samples;
        assert!(windows[2500..3300].iter().all(|x| *x == 0.1) && windows[5000..].iter().all(|x| *x == 0.0));
    }

    #[test]
    fn a_library_reads_a_recording_once_for_all_models_that_hear_it_alike() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heart.wav");
        let sound = Recording::new((0..8000).map(|k| (0.2 * k as f32).sin() * 0.1).collect(), 2000).unwrap();
        std::fs::write(&path, write_wav(&sound).unwrap()).unwrap();
        let example = |label| Example {
            path: path.clone(),
            label,
            group: "g".into(),
            fold: None,
            subset: "a".into(),
            quality: None,
        };
        let config = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3);
        let mut library = Library::default();
        let first = library.load(&[example(0)], &config).unwrap();
        std::fs::remove_file(&path).unwrap();
        // More filters hear the same sound; what is silenced in one loan is not in the next.
        let mut more = config.clone();
        more.front_end.filters = 32;
        Arc::make_mut(&mut library.load(&[example(0)], &more).unwrap()[0].views).clear();
        let again = library.load(&[example(1), example(0)], &more).unwrap();
        assert_eq!([again[0].example.label, again[1].example.label], [1, 0]);
        assert!(again.iter().all(|clip| Arc::ptr_eq(&clip.views, &first[0].views)));
        // By the states of the heart cycle it is another.
        more.classifier = ClassifierConfig::States { dropout: 0.5, parts: Parts::default() };
        assert!(library.load(&[example(0)], &more).is_err());
    }
}
