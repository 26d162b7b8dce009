//! Recordings that lie in a folder twice, under other names or in other formats.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use rayon::prelude::*;
use spectnet_core::package::recordings::Digest;

use super::audio_file::AudioFile;
use super::digest;

/// What recordings of the same sound have in common without being decoded: sampling rate, channels, samples.
type Form = (u32, usize, Option<u64>);

/// For each of `some`, which of `others` has the same sound; none where none has, or it cannot be read. A copy is mostly the
/// same file under the same name, for which nothing is decoded.
pub fn twins(some: &[&Path], others: &[&Path]) -> Vec<Option<usize>> {
    // Of several the first.
    let named: HashMap<&OsStr, usize> =
        others.iter().enumerate().rev().filter_map(|(index, path)| Some((path.file_name()?, index))).collect();
    let same_file = |path: &&Path| -> Option<usize> {
        let index = *named.get(path.file_name()?)?;
        let is_same = AudioFile::open(path).is_ok() && same_bytes(path, others[index]).unwrap_or(false);
        is_same.then_some(index)
    };
    let copies: Vec<Option<usize>> = some.par_iter().map(same_file).collect();
    let rest: Vec<&Path> = some.iter().zip(&copies).filter(|(_, copy)| copy.is_none()).map(|(path, _)| *path).collect();
    let mut decoded = by_sound(&rest, others).into_iter();
    copies.into_iter().map(|copy| copy.or_else(|| decoded.next().flatten())).collect()
}

/// Whether two files have the same bytes.
fn same_bytes(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (BufReader::new(File::open(one)?), BufReader::new(File::open(other)?));
    loop {
        let (left, right) = (one.fill_buf()?, other.fill_buf()?);
        let count = left.len().min(right.len());
        if count == 0 || left[..count] != right[..count] {
            return Ok(left.is_empty() && right.is_empty());
        }
        one.consume(count);
        other.consume(count);
    }
}

/// The same, from what is decoded.
fn by_sound(some: &[&Path], others: &[&Path]) -> Vec<Option<usize>> {
    let forms: HashSet<Form> = some.par_iter().filter_map(|path| form(path)).collect();
    if forms.is_empty() {
        return vec![None; some.len()];
    }
    // Only what is as long is decoded.
    let alike = others.par_iter().enumerate().filter(|(_, path)| form(path).is_some_and(|form| forms.contains(&form)));
    let sounds: Vec<(Digest, usize)> =
        alike.filter_map(|(index, path)| Some((digest::of_file(path).ok()?, index))).collect();
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
        // Under the same name lies the same file, a file as long with another sound, and one that is longer.
        fs::create_dir(folder.path().join("copies")).unwrap();
        let copied = |from: &str, to: &str| {
            let path = folder.path().join("copies").join(to);
            fs::copy(folder.path().join(from), &path).unwrap();
            path
        };
        let [same, swapped] = [copied("first.wav", "first.wav"), copied("first.wav", "second.wav")];
        let [cut, empty] = [copied("first.wav", "longer.wav"), copied("broken.wav", "broken.wav")];
        let others: [&Path; 4] = [&first, &second, &longer, &broken];
        assert_eq!(twins(&[&same, &swapped, &cut, &empty], &others), [Some(0), Some(0), Some(0), None]);
        assert_eq!(
            [(&same, &first), (&swapped, &second), (&longer, &cut)].map(|(a, b)| same_bytes(a, b).unwrap()),
            [true, false, false]
        );
    }
}
