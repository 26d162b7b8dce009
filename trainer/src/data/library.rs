//! Recordings decoded and conditioned, in memory: 1,000 heart sounds are 100 MB. What was prepared before comes from the
//! [cache](super::cache).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use spectnet_core::audio::Downmix;
use spectnet_core::learning::Labelled;
use spectnet_core::model::ModelConfig;
use spectnet_core::package::recordings::Digest;
use spectnet_core::prediction::Prepared;

use super::audio_file::AudioFile;
use super::cache::{Cache, Downmixes};
use super::digest::SoundDigest;
use super::example::Example;
use super::left_out::{self, LeftOut};
use crate::error::Result;
use crate::progress;

/// A labelled recording, decoded and conditioned, ready for the network.
#[derive(Clone, Debug)]
pub struct LabelledRecording {
    /// Where it comes from and what it is.
    pub example: Example,
    /// The conditioned recording and its windows, for every downmix that the model takes; there is at least one.
    pub downmixes: Arc<Downmixes>,
    /// Of its samples: the same recording has the same digest under any name.
    pub digest: Digest,
}

impl Labelled for LabelledRecording {
    fn label(&self) -> usize {
        self.example.label
    }

    fn subset(&self) -> &str {
        &self.example.subset
    }

    fn downmixes(&self) -> &[(Downmix, Prepared)] {
        &self.downmixes
    }

    fn name(&self) -> String {
        self.example.path.display().to_string()
    }
}

/// Recordings that stay loaded for the next model that prepares them in the same way.
#[derive(Default)]
pub struct Library {
    prepared_for: Option<ModelConfig>,
    loaded: BTreeMap<PathBuf, Loaded>,
    /// Whether it goes on without recordings that cannot be used.
    skips: bool,
    left_out: BTreeMap<PathBuf, LeftOut>,
    cache: Cache,
}

struct Loaded {
    downmixes: Arc<Downmixes>,
    digest: Digest,
    label: usize,
}

impl Library {
    /// An empty library over a cache. It `skips` recordings that cannot be used, or refuses to go on.
    pub fn new(skips: bool, cache: Cache) -> Self {
        Self { skips, cache, ..Self::default() }
    }

    /// Recordings in the order given, without those that are left out. Only recordings that are neither loaded yet nor in the
    /// cache are decoded and conditioned.
    ///
    /// # Errors
    /// All recordings that cannot be used at once, by name; where those are skipped, only that none is left.
    pub fn load(&mut self, examples: &[Example], config: &ModelConfig) -> Result<Vec<LabelledRecording>> {
        if !self.prepared_for.as_ref().is_some_and(|prepared_for| prepare_alike(prepared_for, config)) {
            (self.prepared_for, self.loaded) = (Some(config.clone()), BTreeMap::new());
        }
        let is_new = |path: &PathBuf| !self.loaded.contains_key(path) && !self.left_out.contains_key(path);
        let missing: Vec<Example> = examples.iter().filter(|example| is_new(&example.path)).cloned().collect();
        if !missing.is_empty() {
            let (recordings, faults) = load_each(&missing, config, &self.cache);
            if !faults.is_empty() && (!self.skips || recordings.is_empty()) {
                return Err(left_out::refusal(&faults, missing.len(), !self.skips));
            }
            left_out::say_left_out(&faults, missing.len());
            self.left_out.extend(faults.into_iter().map(|fault| (fault.path.clone(), fault)));
            self.loaded.extend(recordings.into_iter().map(|LabelledRecording { example, downmixes, digest }| {
                let label = example.label;
                (example.path, Loaded { downmixes, digest, label })
            }));
        }
        let recording = |example: &Example| {
            let Loaded { downmixes, digest, .. } = self.loaded.get(&example.path)?;
            Some(LabelledRecording { downmixes: downmixes.clone(), digest: *digest, example: example.clone() })
        };
        Ok(examples.iter().filter_map(recording).collect())
    }

    /// Leaves out recordings with the samples of another one, so that none is on two sides under two names: the first stays.
    /// Silent recordings are no copies.
    ///
    /// # Errors
    /// The same samples with two labels; where such recordings are skipped, all of them are.
    pub fn leave_out_copies(&mut self, examples: &[Example]) -> Result<()> {
        let mut first: BTreeMap<Digest, (&Example, usize)> = BTreeMap::new();
        let (mut copies, mut contradictions) = (Vec::new(), Vec::new());
        for example in examples {
            let Some(loaded) = self.loaded.get(&example.path).filter(|loaded| !is_silent(&loaded.downmixes)) else {
                continue;
            };
            match first.get(&loaded.digest) {
                None => _ = first.insert(loaded.digest, (example, loaded.label)),
                Some((other, _)) if other.path == example.path => {}
                Some((other, label)) if *label == loaded.label => {
                    copies.push(LeftOut::because(&example.path, format!("the same sound as {}", other.path.display())));
                }
                Some((other, _)) => {
                    let of = |other: &Example| {
                        format!("the same sound as {}, which has another label", other.path.display())
                    };
                    contradictions.push(LeftOut::because(&other.path, of(example)));
                    contradictions.push(LeftOut::because(&example.path, of(other)));
                }
            }
        }
        if !contradictions.is_empty() && !self.skips {
            return Err(left_out::refusal(&contradictions, examples.len(), true));
        }
        if !copies.is_empty() {
            let (count, named) = (copies.len(), left_out::first(&copies, left_out::NAMED, "; "));
            say!("left out, for a recording counts once ({count}): {named}");
        }
        left_out::say_left_out(&contradictions, examples.len());
        for left_out in copies.into_iter().chain(contradictions) {
            self.loaded.remove(&left_out.path);
            self.left_out.insert(left_out.path.clone(), left_out);
        }
        Ok(())
    }

    /// The digests of all that is loaded, by their files.
    pub fn digests(&self) -> BTreeMap<&Path, Digest> {
        self.loaded.iter().map(|(path, loaded)| (&**path, loaded.digest)).collect()
    }

    /// What was left out so far.
    pub fn left_out(&self) -> impl Iterator<Item = &LeftOut> {
        self.left_out.values()
    }
}

/// Whether recordings are the same to both models: conditioned, segmented and cut alike.
fn prepare_alike(a: &ModelConfig, b: &ModelConfig) -> bool {
    (&a.conditioning, &a.windowing, a.segments, a.classifier.sees_states())
        == (&b.conditioning, &b.windowing, b.segments, b.classifier.sees_states())
}

/// Recordings in the order given, decoded and conditioned on all cores where they are not in the cache.
///
/// # Errors
/// All recordings that cannot be read or conditioned, by name.
pub fn load(examples: &[Example], config: &ModelConfig, cache: &Cache) -> Result<Vec<LabelledRecording>> {
    let (recordings, faults) = load_each(examples, config, cache);
    if faults.is_empty() { Ok(recordings) } else { Err(left_out::refusal(&faults, examples.len(), false)) }
}

/// Those of these recordings that the cache has, in the order given, and the others, of which nothing is made. Nothing is said.
pub fn prepared_already(
    examples: &[Example],
    config: &ModelConfig,
    cache: &Cache,
) -> (Vec<LabelledRecording>, Vec<Example>) {
    let find = |example: &Example| Some(labelled(example, cache.find(&example.path, config)?));
    let found: Vec<Option<LabelledRecording>> = examples.par_iter().map(find).collect();
    let others = examples.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(example, _)| example.clone());
    let others = others.collect();
    (found.into_iter().flatten().collect(), others)
}

fn labelled(example: &Example, (downmixes, digest): (Downmixes, Digest)) -> LabelledRecording {
    LabelledRecording { example: example.clone(), downmixes: Arc::new(downmixes), digest }
}

/// The recordings that can be used, in the order given, and the others.
fn load_each(examples: &[Example], config: &ModelConfig, cache: &Cache) -> (Vec<LabelledRecording>, Vec<LeftOut>) {
    let bar = progress::bar(examples.len() as u64, "preparing recordings");
    let load = |example: &Example| {
        let found = cache.get_or_make(&example.path, config, || downmixes(&example.path, config));
        bar.inc(1);
        found.map(|found| labelled(example, found)).map_err(|error| LeftOut::unreadable(&example.path, error))
    };
    let found: Vec<std::result::Result<LabelledRecording, LeftOut>> = examples.par_iter().map(load).collect();
    bar.finish_and_clear();
    cache.say();
    let (mut recordings, mut faults) = (Vec::with_capacity(examples.len()), Vec::new());
    for found in found {
        match found {
            Ok(recording) => recordings.push(recording),
            Err(fault) => faults.push(fault),
        }
    }
    (recordings, faults)
}

/// Leaves out the recordings that hold no sound, and says which: nothing can be learned from them, whatever their label.
pub fn without_silent(recordings: Vec<LabelledRecording>) -> Vec<LabelledRecording> {
    let silent = silent(&recordings);
    if silent.is_empty() {
        return recordings;
    }
    let names: Vec<String> = silent.iter().map(|silent| silent.path.display().to_string()).collect();
    let named = left_out::first(&names, left_out::NAMED, ", ");
    say!("left out, for they hold no sound ({}): {named}", names.len());
    recordings.into_iter().filter(|recording| !is_silent(&recording.downmixes)).collect()
}

/// Those of these recordings that hold no sound.
pub fn silent(recordings: &[LabelledRecording]) -> Vec<LeftOut> {
    let silent = recordings.iter().filter(|recording| is_silent(&recording.downmixes));
    silent.map(|recording| LeftOut::because(&recording.example.path, "it holds no sound")).collect()
}

fn is_silent(downmixes: &[(Downmix, Prepared)]) -> bool {
    downmixes.iter().all(|(_, prepared)| prepared.is_silent())
}

/// The downmixes that the model takes of a recording, and the digest of the first. A silent downmix, such as half the difference
/// of two equal channels, is left out where there is another.
fn downmixes(path: &Path, config: &ModelConfig) -> Result<(Downmixes, Digest)> {
    let mut file = AudioFile::open(path)?;
    let max_seconds = config.conditioning.max_seconds;
    let mut sound = SoundDigest::new(file.sample_rate(), max_seconds);
    let mut downmixes = Vec::new();
    for (number, downmix) in file.downmixes(config.conditioning.channels).into_iter().enumerate() {
        file = file.downmixed(downmix)?;
        let pieces = file.pieces(max_seconds)?.inspect(|piece| match piece {
            Ok(piece) if number == 0 => sound.add(piece.samples()),
            _ => {}
        });
        let prepared = Prepared::join(config, pieces)?;
        file.refuse_cut()?;
        if downmixes.is_empty() || !prepared.is_silent() {
            downmixes.push((downmix, prepared));
        }
    }
    Ok((downmixes, sound.digest()))
}

/// The digests of these recordings, by their files.
pub fn digests<'a>(recordings: impl IntoIterator<Item = &'a LabelledRecording>) -> BTreeMap<&'a Path, Digest> {
    recordings.into_iter().map(|recording| (&*recording.example.path, recording.digest)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::audio::{Recording, write_wav};
    use spectnet_core::heart::Parts;
    use spectnet_core::model::{ClassifierConfig, Task};

    fn config() -> ModelConfig {
        Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3)
    }

    fn example(path: &Path, label: usize) -> Example {
        Example {
            path: path.into(),
            label,
            group: "g".into(),
            fold: None,
            subset: "a".into(),
            quality: None,
            age: None,
        }
    }

    /// Writes a tone, or silence where the level is 0.
    fn tone(path: &Path, step: f32, level: f32) {
        let sound = Recording::new((0..8000).map(|k| (step * k as f32).sin() * level).collect(), 2000).unwrap();
        std::fs::write(path, write_wav(&sound).unwrap()).unwrap();
    }

    /// Training once stopped at the first recording that could not be read.
    #[test]
    fn all_recordings_that_cannot_be_read_are_named_or_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["good.wav", "empty.wav", "text.wav", "gone.wav"].map(|name| folder.path().join(name));
        tone(&paths[0], 0.2, 0.1);
        std::fs::write(&paths[1], "").unwrap();
        std::fs::write(&paths[2], "no sound").unwrap();
        let examples: Vec<Example> = paths.iter().map(|path| example(path, 0)).collect();
        let refused = load(&examples, &config(), &Cache::default()).unwrap_err().to_string();
        assert!(refused.starts_with("3 of 4 recordings cannot be used: ") && !refused.contains("--skip"), "{refused}");
        let refused = Library::default().load(&examples, &config()).unwrap_err().to_string();
        for word in ["3 of 4", "empty.wav: ", "text.wav: ", "gone.wav: ", "data verify", "--skip-unreadable"] {
            assert!(refused.contains(word), "{word}: {refused}");
        }
        let mut library = Library::new(true, Cache::default());
        for _ in 0..2 {
            let recordings = library.load(&examples, &config()).unwrap();
            assert_eq!(recordings.iter().map(|recording| recording.example.name()).collect::<Vec<_>>(), ["good"]);
        }
        assert_eq!(library.left_out().count(), 3);
        assert!(Library::new(true, Cache::default()).load(&examples[1..], &config()).is_err());
    }

    /// The folder `validation` of PhysioNet 2016 put 301 recordings on both sides.
    #[test]
    fn the_same_sound_under_two_names_counts_once_and_has_one_label() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a.wav", "b.wav", "copy of a.wav", "silence.wav", "more silence.wav"];
        let paths = paths.map(|name| folder.path().join(name));
        for (path, (step, level)) in paths.iter().zip([(0.2, 0.1), (0.3, 0.1), (0.2, 0.1), (0.1, 0.0), (0.2, 0.0)]) {
            tone(path, step, level);
        }
        let examples = |copied: usize| -> Vec<Example> {
            paths.iter().zip([0, 1, copied, 0, 1]).map(|(path, label)| example(path, label)).collect()
        };
        let names = |skips: bool, copied: usize| -> Result<Vec<String>> {
            let (examples, mut library) = (examples(copied), Library::new(skips, Cache::default()));
            library.load(&examples, &config())?;
            assert_eq!(library.digests().len(), 5);
            library.leave_out_copies(&examples)?;
            Ok(library.load(&examples, &config())?.iter().map(|recording| recording.example.name()).collect())
        };
        assert_eq!(names(false, 0).unwrap(), ["a", "b", "silence", "more silence"]);
        let refused = names(false, 1).unwrap_err().to_string();
        assert!(
            refused.contains("a.wav: the same sound as ") && refused.contains("which has another label"),
            "{refused}"
        );
        assert_eq!(names(true, 1).unwrap(), ["b", "silence", "more silence"]);
    }

    #[test]
    fn a_library_reads_a_recording_once_for_all_models_that_prepare_it_alike() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heart.wav");
        tone(&path, 0.2, 0.1);
        let (config, example) = (config(), |label| example(&path, label));
        let mut library = Library::default();
        let first = library.load(&[example(0)], &config).unwrap();
        std::fs::remove_file(&path).unwrap();
        // More filters need the same preparation; what is changed in the recordings that were given out is not changed in the library.
        let mut more = config.clone();
        more.front_end.filters = 32;
        Arc::make_mut(&mut library.load(&[example(0)], &more).unwrap()[0].downmixes).clear();
        let again = library.load(&[example(1), example(0)], &more).unwrap();
        assert_eq!([again[0].example.label, again[1].example.label], [1, 0]);
        assert!(again.iter().all(|recording| Arc::ptr_eq(&recording.downmixes, &first[0].downmixes)));
        // A model of states needs another preparation.
        more.classifier = ClassifierConfig::States { dropout: 0.5, parts: Parts::default() };
        assert!(library.load(&[example(0)], &more).is_err());
    }
}
