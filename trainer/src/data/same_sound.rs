//! Recordings that lie in a folder twice, under other names or in other formats.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use rayon::prelude::*;
use spectnet_core::package::recordings::Digest;

use super::audio_file::AudioFile;
use super::digest;

/// What recordings of the same sound have in common without being decoded: sampling rate, channels, samples.
type Form = (u32, usize, Option<u64>);

/// For each of `some`, which of `others` has the same sound; none where none has, or it cannot be read.
pub fn twins(some: &[&Path], others: &[&Path]) -> Vec<Option<usize>> {
    let forms: HashSet<Form> = some.par_iter().filter_map(|path| form(path)).collect();
    // Only what is as long is decoded.
    let alike = others.par_iter().enumerate().filter(|(_, path)| form(path).is_some_and(|form| forms.contains(&form)));
    let sounds: Vec<(Digest, usize)> =
        alike.filter_map(|(index, path)| Some((digest::of_file(path).ok()?, index))).collect();
    if sounds.is_empty() {
        return vec![None; some.len()];
    }
    // Of several the first.
    let sounds: HashMap<Digest, usize> = sounds.into_iter().rev().collect();
    some.par_iter().map(|path| sounds.get(&digest::of_file(path).ok()?).copied()).collect()
}

fn form(path: &Path) -> Option<Form> {
    let file = AudioFile::open(path).ok()?;
    Some((file.sample_rate(), file.channels(), file.samples()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use spectnet_core::audio::{Recording, write_wav};

    use super::*;

    #[test]
    fn the_same_sound_is_found_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, step: f32, count: usize| {
            let sound = Recording::new((0..count).map(|k| (step * k as f32).sin() * 0.1).collect(), 2000).unwrap();
            let path = folder.path().join(name);
            fs::write(&path, write_wav(&sound).unwrap()).unwrap();
            path
        };
        let [first, second] = [write("first.wav", 0.1, 4000), write("second.wav", 0.2, 4000)];
        let [longer, copy] = [write("longer.wav", 0.1, 4001), write("copy of second.wav", 0.2, 4000)];
        let broken = folder.path().join("broken.wav");
        fs::write(&broken, "").unwrap();
        let others: [&Path; 4] = [&first, &second, &longer, &copy];
        assert_eq!(twins(&[&copy, &broken, &second], &others[..3]), [Some(1), None, Some(1)]);
        assert_eq!(twins(&[&second], &others), [Some(1)]);
        assert_eq!(twins(&[&first], &[&second, &longer]), [None]);
    }
}
