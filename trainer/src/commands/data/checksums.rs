//! Files of checksums beside the data, as `md5sum` and `sha256sum` write them.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use md5::Md5;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::verify::Deviation;
use crate::dataset::folders::entries;
use crate::error::{Error, Result};
use crate::output::{open_file, read_file};
use crate::progress;

/// Names of such files, in lower case; `.txt` may follow.
const NAMES: [&str; 4] = ["md5sums", "sha256sums", "checksums.md5", "checksums.sha256"];
/// A million lines of a hundred bytes.
const MAX_LIST_BYTES: u64 = 128 << 20;
/// Bytes that are hashed at a time.
const BLOCK: usize = 1 << 18;

/// The kinds of sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 32 hexadecimal digits.
    Md5,
    /// 64 hexadecimal digits.
    Sha256,
}

/// One line: a file and what its sum should be.
struct Line {
    path: PathBuf,
    kind: Kind,
    expected: String,
}

/// Checks every file that a checksum file in these folders names. Gives how many were compared, and what deviates.
///
/// # Errors
/// A checksum file that cannot be read or has a line that makes no sense; a file that cannot be read.
pub fn check(folders: &[PathBuf]) -> Result<(usize, Vec<Deviation>)> {
    let mut lines = Vec::new();
    for folder in folders {
        for path in entries(folder)?.into_iter().filter(|path| path.is_file() && is_list(path)) {
            lines.extend(read(&path)?);
        }
    }
    let (present, absent): (Vec<Line>, Vec<Line>) = lines.into_iter().partition(|line| line.path.is_file());
    let bar = progress::bar(present.len() as u64, "comparing checksums");
    let compare = |line: &Line| -> Result<Option<String>> {
        let found = sum(&line.path, line.kind)?;
        bar.inc(1);
        Ok((found != line.expected).then(|| line.path.display().to_string()))
    };
    let differing = present.par_iter().map(compare).collect::<Result<Vec<Option<String>>>>();
    bar.finish_and_clear();
    let name = |line: Line| line.path.display().to_string();
    let deviations = [
        Deviation::of(
            "the checksum is another: damaged or changed",
            differing?.into_iter().flatten().collect(),
            "download or extract them again",
        ),
        Deviation::of(
            "named by the checksum file but not there",
            absent.into_iter().map(name).collect(),
            "download or extract them",
        ),
    ];
    Ok((present.len(), deviations.into_iter().flatten().collect()))
}

/// The sum of a file in hexadecimal digits.
///
/// # Errors
/// A file that cannot be read.
pub fn sum(path: &Path, kind: Kind) -> Result<String> {
    match kind {
        Kind::Md5 => digest::<Md5>(path),
        Kind::Sha256 => digest::<Sha256>(path),
    }
}

fn digest<D: Digest>(path: &Path) -> Result<String> {
    let (mut file, _) = open_file(path)?;
    let mut hasher = D::new();
    let mut block = vec![0; BLOCK];
    loop {
        match file.read(&mut block).map_err(|error| Error::io("read the file", path, error))? {
            0 => break,
            read => hasher.update(&block[..read]),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn is_list(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    NAMES.contains(&name.strip_suffix(".txt").unwrap_or(&name))
}

fn read(path: &Path) -> Result<Vec<Line>> {
    let text = String::from_utf8(read_file(path, MAX_LIST_BYTES)?)
        .map_err(|_| Error::input("the text is not UTF-8; save the file as UTF-8").at(path.display()))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(number, line)| {
            parse(folder, line).ok_or_else(|| {
                Error::input(format!(
                    "{:?} is not a sum and a file in this folder or below it, as md5sum and sha256sum write them",
                    line.trim()
                ))
                .at(format!("{}, line {}", path.display(), number + 1))
            })
        })
        .collect()
}

fn parse(folder: &Path, line: &str) -> Option<Line> {
    let (digits, file) = line.trim().split_once([' ', '\t'])?;
    let kind = match digits.len() {
        32 => Kind::Md5,
        64 => Kind::Sha256,
        _ => return None,
    };
    // A star before the name says that the file was read as bytes.
    let file = file.trim_start();
    let file = file.strip_prefix('*').unwrap_or(file);
    // A list speaks of what lies beside and below it; other files of this machine are none of its business.
    let below = Path::new(file).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let is_sum = digits.bytes().all(|byte| byte.is_ascii_hexdigit()) && !file.is_empty() && below;
    is_sum.then(|| Line { path: folder.join(file), kind, expected: digits.to_lowercase() })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Of "abc": RFC 1321, A.5, and FIPS 180-2, B.1.
    const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";
    const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn folder(lists: &[(&str, String)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("audio")).unwrap();
        fs::write(folder.path().join("audio/a.wav"), "abc").unwrap();
        lists.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).unwrap());
        folder
    }

    fn run(folder: &tempfile::TempDir) -> Result<(usize, Vec<Deviation>)> {
        check(&[folder.path().to_path_buf()])
    }

    #[test]
    fn sums_as_the_usual_programs_write_them() {
        let md5 = format!("\u{feff}# made by hand\r\n{}  ./audio/a.wav\r\n\r\n", MD5.to_uppercase());
        let lists = [("MD5SUMS", md5), ("SHA256SUMS.txt", format!("{SHA256} *audio/a.wav\n"))];
        assert_eq!(run(&folder(&lists)).unwrap(), (2, Vec::new()));
        assert_eq!(run(&folder(&[])).unwrap(), (0, Vec::new()));
    }

    #[test]
    fn wrong_sums_and_missing_files_are_named() {
        let text = format!("{}  audio/a.wav\n{MD5}  audio/gone.wav\n", MD5.replace('9', "8"));
        let (compared, deviations) = run(&folder(&[("checksums.md5", text)])).unwrap();
        assert_eq!((compared, deviations.len()), (1, 2));
        assert!(deviations[0].files[0].ends_with("a.wav") && deviations[0].what.contains("damaged"), "{deviations:?}");
        assert!(deviations[1].files[0].ends_with("gone.wav"), "{deviations:?}");
    }

    #[test]
    fn a_line_that_is_no_sum_is_named_with_its_number() {
        let elsewhere = ["../secret", "/etc/hostname", "audio/../../secret"].map(|file| format!("{MD5}  {file}"));
        let bad = ["abc  audio/a.wav".into(), MD5.into(), format!("{}g  audio/a.wav", &MD5[..31])];
        for bad in bad.into_iter().chain(elsewhere) {
            let message = run(&folder(&[("md5sums", format!("{MD5}  audio/a.wav\n{bad}\n"))])).unwrap_err().to_string();
            assert!(message.contains("md5sums, line 2: "), "{message}");
        }
    }
}
