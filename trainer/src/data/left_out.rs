//! Recordings that cannot be used: all of them are reported at once, so that they can be corrected together.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

use crate::error::Error;

pub use spectnet_core::text::{NAMED, first};

/// Where all are named.
const ALL: &str = "`spectnet data verify` lists all";

/// A recording that is not used, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its file.
    #[serde(serialize_with = "as_text")]
    pub path: PathBuf,
    /// The list and the line that name it, where they matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Why it is not used: completes "the recording …".
    pub why: String,
}

impl LeftOut {
    /// A recording that a list names in a way that cannot be.
    pub fn listed(path: &Path, place: &(impl fmt::Display + ?Sized), why: impl Into<String>) -> Self {
        Self { path: path.into(), place: Some(place.to_string()), why: why.into() }
    }

    /// A recording that cannot be read.
    pub fn unreadable(path: &Path, error: Error) -> Self {
        Self::because(path, error.at(path.display()).to_string())
    }

    /// A recording that is left out for what it holds; where the reason begins with its name, it is not said twice, and the
    /// full stop is left to whoever lists several.
    pub fn because(path: &Path, why: impl Into<String>) -> Self {
        let why = why.into();
        let rest = why.strip_prefix(&format!("{}: ", path.display())).map(String::from);
        let why = rest.unwrap_or(why).trim_end_matches('.').to_owned();
        Self { path: path.into(), place: None, why }
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { path, place, why } = self;
        match place {
            Some(place) => write!(f, "{place}: the recording {} {why}", path.display()),
            None => write!(f, "{}: {why}", path.display()),
        }
    }
}

/// Also of names that are no text, which are not refused.
fn as_text<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&path.display())
}

/// Refuses to go on without these of `total` recordings.
pub fn refusal(faults: &[LeftOut], total: usize, may_skip: bool) -> Error {
    let skip = if may_skip { "; --skip-unreadable goes on without them" } else { "" };
    let named = first(faults, NAMED, "; ");
    Error::input(format!("{} of {total} recordings cannot be used: {named}; {ALL}{skip}", faults.len()))
}

/// Says that the work goes on without these of `total` recordings.
pub fn say_left_out(faults: &[LeftOut], total: usize) {
    if !faults.is_empty() {
        say!(
            "left out, {} of {total} recordings, for they cannot be used: {}",
            faults.len(),
            first(faults, NAMED, "; ")
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_first_ten_named() {
        let fault =
            |number: usize| LeftOut::listed(Path::new("x.wav"), &format!("m.csv, line {number}"), "is not there");
        let one = refusal(&[fault(2)], 16, true).to_string();
        assert!(
            one.starts_with("1 of 16 recordings cannot be used: m.csv, line 2: the recording x.wav is not there; ")
        );
        assert!(
            one.contains("`spectnet data verify` lists all") && one.ends_with("--skip-unreadable goes on without them")
        );
        let faults: Vec<LeftOut> = (1..=13).map(fault).collect();
        let all = refusal(&faults, 16, false).to_string();
        assert!(all.starts_with("13 of 16") && all.contains("line 10: ") && !all.contains("line 11"), "{all}");
        assert!(all.contains("; and 3 more; ") && !all.contains("--skip"), "{all}");
    }

    #[test]
    fn a_name_is_not_said_twice() {
        let path = Path::new("a/x.wav");
        let error = Error::io("read the file", path, std::io::Error::other("no"));
        assert_eq!(LeftOut::unreadable(path, error).to_string(), "a/x.wav: cannot read the file: no");
        let error = Error::input("the file is empty.");
        assert_eq!(LeftOut::unreadable(path, error).to_string(), "a/x.wav: the file is empty");
    }
}
