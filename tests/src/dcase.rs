//! Small folders laid out as TUT Acoustic Scenes 2016 is distributed, and what downloads and editors do to them.
//!
//! The recordings are synthesised: the real ones cannot be redistributed.

use std::fs;
use std::path::{Path, PathBuf};

use spectnet_core::audio::{Recording, write_wav_channels};

use crate::command::spectnet;

/// Both sets side by side.
pub struct Folder {
    /// The folder that holds them.
    pub path: PathBuf,
}

impl Folder {
    /// Has `spectnet synth` write `count` recordings to train on and a third as many to report on.
    pub fn synthesised(path: &Path, count: usize, seconds: f64) -> Self {
        let command = ["synth", "--task", "scene", "--layout", "dcase", "--out"].map(String::from);
        let size = ["--count".into(), count.to_string(), "--seconds".into(), seconds.to_string()];
        spectnet(command.into_iter().chain([path.display().to_string()]).chain(size)).done();
        Self { path: path.into() }
    }

    /// A copy of both sets in another folder.
    pub fn copied(&self, path: &Path) -> Self {
        copy(&self.path, path);
        Self { path: path.into() }
    }

    /// The folder of the development set.
    pub fn development(&self) -> PathBuf {
        self.path.join("TUT-acoustic-scenes-2016-development")
    }

    /// The folder of the evaluation set.
    pub fn evaluation(&self) -> PathBuf {
        self.path.join("TUT-acoustic-scenes-2016-evaluation")
    }

    /// Changes the text of a list of the development set.
    pub fn edit(&self, list: &str, change: impl Fn(String) -> String) {
        let path = self.development().join(list);
        let text = fs::read_to_string(&path).expect("the list is there");
        fs::write(path, change(text)).expect("the temporary folder is writable");
    }

    /// The first recording of the development set's meta.txt, relative to the set's folder.
    pub fn first(&self) -> String {
        let meta = fs::read_to_string(self.development().join("meta.txt")).expect("meta.txt is there");
        meta.split('\t').next().expect("a row").into()
    }

    /// Replaces the first recording by a second of a tone in another form.
    pub fn convert_first(&self, channels: usize, sample_rate: u32, bits: u16) {
        let sample = |k: u32| 0.5 * (0.1 * k as f32).sin();
        let tone = Recording::new((0..sample_rate).map(sample).collect(), sample_rate).expect("a valid recording");
        let bytes = write_wav_channels(&vec![&tone; channels], bits).expect("a known form");
        fs::write(self.development().join(self.first()), bytes).expect("the temporary folder is writable");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the temporary folder is writable");
    for entry in fs::read_dir(from).expect("the folder is there") {
        let (entry, target) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).expect("an entry");
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            fs::copy(&entry, &target).expect("the temporary folder is writable");
        }
    }
}
