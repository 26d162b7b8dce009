//! Recordings for the tests: real ones where they are at hand, otherwise synthesised ones.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use spectnet_core::{
    audio::write_wav,
    synth::{HeartOptions, heart},
};

/// Heart sounds that were put into a folder of their own: at least three WAV files.
///
/// Taken from `fixtures/heart` of the folder `shared` beside the repository (or `SPECTNET_SHARED`); synthesised where it is absent.
pub fn hearts(folder: &Path) -> Vec<PathBuf> {
    let real = real_hearts();
    if real.len() >= 3 {
        return real;
    }
    println!("no real recordings in ../shared/data/fixtures/heart: going on with synthesised ones");
    (1..=3).map(|seed| synthesised_heart(folder, seed)).collect()
}

/// The folder `shared` beside the repository, or what `SPECTNET_SHARED` names; it need not be there.
pub fn shared() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    env::var_os("SPECTNET_SHARED").map_or(beside, PathBuf::from)
}

fn real_hearts() -> Vec<PathBuf> {
    let entries = fs::read_dir(shared().join("data/fixtures/heart")).into_iter().flatten().flatten();
    let mut files: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "wav")).collect();
    files.sort();
    files
}

fn synthesised_heart(folder: &Path, seed: u64) -> PathBuf {
    let options = HeartOptions { seed, seconds: 12.0, sample_rate: 2000, murmur: None };
    let sound = heart(&options).expect("these options are valid");
    let file = folder.join(format!("synthesised-{seed}.wav"));
    fs::write(&file, write_wav(&sound.recording).expect("a recording can be written"))
        .expect("the temporary folder is writable");
    file
}
