//! Where results go: text and JSON on standard output, files that appear whole or not at all.
//!
//! Names of files, labels and texts in model files come from other people. They reach a terminal only through this module, in
//! [plain](spectnet_core::text) characters.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use spectnet_core::text::{plain_json, plain_lines};

use crate::error::{Error, Result};
use crate::progress;

/// Writes a message to standard error, with a line break at its end, unless the program shall be quiet. Where standard error
/// is closed, nothing happens: unlike `eprintln!` it does not panic.
pub fn say(text: std::fmt::Arguments) {
    if !progress::is_quiet() {
        complain(text);
    }
}

/// The same for an error, of which a quiet program speaks too.
pub fn complain(text: std::fmt::Arguments) {
    let text = said(&text.to_string());
    progress::above(|| {
        let _ = writeln!(io::stderr().lock(), "{text}");
    });
}

/// Most characters of a message: a screen. A message that quotes a file could be as long as the lines of that file.
const MOST_SAID: usize = 4000;

/// A message in plain characters, and where it is longer than a screen its beginning and its end.
fn said(text: &str) -> String {
    let text = plain_lines(text);
    let length = text.chars().count();
    if length <= MOST_SAID {
        return text.into_owned();
    }
    let begin: String = text.chars().take(MOST_SAID / 2).collect();
    let end: String = text.chars().skip(length - MOST_SAID / 2).collect();
    format!("{begin} … ({} characters left out) … {end}", length - MOST_SAID)
}

/// Prints a result, with a line break at its end.
///
/// # Errors
/// [`Error::Closed`] when the reader has gone, as in `spectnet predict … | head -1`.
pub fn print(text: &str) -> Result<()> {
    let text = plain_lines(text.trim_end_matches('\n'));
    let written = progress::above(|| {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{text}").and_then(|()| stdout.flush())
    });
    written.map_err(|source| match source.kind() {
        io::ErrorKind::BrokenPipe => Error::Closed,
        _ => Error::Io { place: "standard output".into(), action: "write", source },
    })
}

/// Prints one JSON document.
///
/// # Errors
/// Those of [`print`].
pub fn print_json(value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::input(format!("the result cannot be written as JSON: {error}")))?;
    print(&plain_json(&text))
}

/// Makes a folder and the folders above it.
///
/// # Errors
/// What the system says.
pub fn create_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|source| Error::io("create the folder", path, source))
}

/// Refuses to write to places where something is already, unless it is to be replaced.
///
/// # Errors
/// [`Error::Input`] with the first place that is taken.
pub fn check_free<'a>(places: impl IntoIterator<Item = &'a Path>, replace: bool) -> Result<()> {
    match places.into_iter().find(|place| !replace && place.symlink_metadata().is_ok()) {
        Some(taken) => Err(Error::input(format!(
            "{}: there is something already; choose another place, or replace it with --force",
            taken.display()
        ))),
        None => Ok(()),
    }
}

/// Most names that are tried for a temporary file: so many old ones do not lie there by accident.
const MOST_PARTS: u32 = 1000;

/// Writes a file so that it is either whole or not there: under another name first, then renamed. An older file stays until
/// then.
///
/// # Errors
/// What the system says; nothing half written is left.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    write_whole(path, bytes, fs::File::sync_all)
}

/// As [`write_file`], for what can be made again: it is not waited for until the disk has it, so after a power failure the file
/// may be there in part.
///
/// # Errors
/// Those of [`write_file`].
pub fn write_soon(path: &Path, bytes: &[u8]) -> Result<()> {
    write_whole(path, bytes, |_| Ok(()))
}

fn write_whole(path: &Path, bytes: &[u8], settle: impl FnOnce(&fs::File) -> io::Result<()>) -> Result<()> {
    let Some(name) = path.file_name() else {
        return Err(Error::input(format!("{}: expected the name of a file to write", path.display())));
    };
    let failed = |source| Error::io("write the file", path, source);
    let (part, mut file) = new_part(path, &name.to_string_lossy()).map_err(failed)?;
    let written = file.write_all(bytes).and_then(|()| settle(&file)).and_then(|()| fs::rename(&part, path));
    written.map_err(|source| {
        // The first error is the one to report.
        let _ = fs::remove_file(&part);
        failed(source)
    })
}

/// Removes what [`write_file`] left half written in a folder when its process was killed. Nobody else may be writing there.
pub fn sweep(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        // As `new_part` names them: .NAME.PROCESS.NUMBER.part
        let mut words = name.rsplit('.');
        let is_part = name.starts_with('.') && words.next() == Some("part");
        let is_number = |word: Option<&str>| word.is_some_and(|word| word.parse::<u32>().is_ok());
        if is_part && is_number(words.next()) && is_number(words.next()) {
            // What cannot be removed is in nobody's way.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A new file beside `path`. A file that is there already is never written to: it may be a link to another place.
fn new_part(path: &Path, name: &str) -> io::Result<(PathBuf, fs::File)> {
    let mut taken = None;
    for number in 0..MOST_PARTS {
        let part = path.with_file_name(format!(".{name}.{}.{number}.part", std::process::id()));
        match fs::File::create_new(&part) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = Some(error),
            made => return made.map(|file| (part, file)),
        }
    }
    Err(taken.unwrap_or_else(|| io::ErrorKind::AlreadyExists.into()))
}

/// Opens a file for reading; also gives its metadata.
///
/// # Errors
/// [`Error::Io`]: what the system says, or that this is a folder.
pub fn open_file(path: &Path) -> Result<(fs::File, fs::Metadata)> {
    let open = || {
        let file = fs::File::open(path)?;
        let about = file.metadata()?;
        if about.is_dir() { Err(io::Error::other("this is a folder; expected a file")) } else { Ok((file, about)) }
    };
    open().map_err(|source| Error::io("read the file", path, source))
}

/// Reads a whole file of at most `limit` bytes.
///
/// # Errors
/// Those of [`open_file`], what the system says while it is read, or [`Error::Limit`].
pub fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let (file, about) = open_file(path)?;
    let too_large = || {
        let size = if limit < 1 << 20 { format!("{limit} bytes") } else { format!("{} MiB", limit >> 20) };
        Err(Error::Limit(format!("{}: the file has more than {size}, which is the most that is read", path.display())))
    };
    if about.len() > limit {
        return too_large();
    }
    // A pipe or a device does not say how much will come.
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|source| Error::io("read the file", path, source))?;
    if bytes.len() as u64 > limit { too_large() } else { Ok(bytes) }
}

/// Larger than any list of a few dozen settings, or of the names of some ten thousand recordings.
const MAX_TEXT_BYTES: u64 = 1 << 20;

/// Reads a whole text that a person has written.
///
/// # Errors
/// Those of [`read_file`], or [`Error::Input`] where it is not UTF-8.
pub fn read_text(path: &Path) -> Result<String> {
    let bytes = read_file(path, MAX_TEXT_BYTES)?;
    String::from_utf8(bytes).map_err(|_| Error::input("not UTF-8 text").at(path.display()))
}

/// A fraction in percent, for people; a dash where there is none.
pub fn percent(fraction: Option<f64>) -> String {
    fraction.map_or("–".into(), |fraction| format!("{:.1} %", 100.0 * fraction))
}

/// A probability in whole per cents, for people; one that is neither 0 nor 1 is never shown as if it were, and there is a dash
/// where there is none.
pub fn whole_percent(probability: Option<f64>) -> String {
    match probability.map(|probability| 100.0 * probability) {
        None => "–".into(),
        Some(p) if p > 0.0 && p < 1.0 => "< 1 %".into(),
        Some(p) if p > 99.0 && p < 100.0 => "> 99 %".into(),
        Some(p) => format!("{p:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_replaces_the_old_one_and_leaves_no_part() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_file(&path, b"one").unwrap();
        write_file(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_keeps_what_was_there_and_leaves_no_part() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        let message = write_file(&path, b"one").unwrap_err().to_string();
        assert!(message.contains("taken: cannot write the file"), "{message}");
        assert!(path.is_dir());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write_file(&folder.path().join("none").join("a"), b"").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_waits_in_the_place_of_a_part_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let [path, mine] = ["a.txt", "mine.txt"].map(|name| folder.path().join(name));
        fs::write(&mine, b"mine").unwrap();
        let part = folder.path().join(format!(".a.txt.{}.0.part", std::process::id()));
        std::os::unix::fs::symlink(&mine, &part).unwrap();
        write_file(&path, b"one").unwrap();
        assert_eq!((fs::read(&path).unwrap(), fs::read(&mine).unwrap()), (b"one".to_vec(), b"mine".to_vec()));
        assert!(part.is_symlink());
    }

    #[test]
    fn a_message_that_quotes_a_whole_file_is_a_screen_long() {
        let long = format!("a.csv, line 1: {:?} has no column; name it", "x,".repeat(5000));
        let said = said(&long);
        assert!(said.chars().count() < MOST_SAID + 60, "{}", said.len());
        assert!(said.starts_with("a.csv, line 1: ") && said.ends_with("has no column; name it"), "{said}");
        assert_eq!(super::said("short\u{7}"), "short\\u{7}");
    }

    #[test]
    fn no_probability_looks_certain_unless_it_is() {
        let shown = [0.0, 1e-6, 0.0149, 0.5, 0.989, 0.9999, 1.0].map(|p| whole_percent(Some(p)));
        assert_eq!(shown, ["0 %", "< 1 %", "1 %", "50 %", "99 %", "> 99 %", "100 %"]);
        assert_eq!(whole_percent(None), "–");
    }

    #[test]
    fn folders_and_large_files_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read_file(folder.path(), 10).unwrap_err().to_string().contains("is a folder"));
        let path = folder.path().join("large");
        fs::write(&path, [0; 11]).unwrap();
        assert!(matches!(read_file(&path, 10), Err(Error::Limit(_))));
        assert_eq!(read_file(&path, 11).unwrap().len(), 11);
        // What has no size and no end.
        let endless = Path::new("/dev/zero");
        assert!(!endless.exists() || matches!(read_file(endless, 1 << 20), Err(Error::Limit(_))));
    }
}
