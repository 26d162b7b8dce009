//! Names of files that come from elsewhere: none may lie outside of the folder of its set.

use std::path::{Component, Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands in an address as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// The path that a name means below a folder; none where it would lead out of it, or means different things on different
/// systems.
pub fn below(name: &str) -> Option<PathBuf> {
    let is_strange = |letter: char| letter.is_control() || letter == '\\' || letter == ':';
    let path = Path::new(name);
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    (!name.is_empty() && !name.contains(is_strange) && is_plain).then(|| path.into())
}

/// A path as part of an address.
pub fn in_address(name: &str) -> String {
    utf8_percent_encode(name, PLAIN).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for good in ["a.wav", "training-a/a0001.wav", "a/b/c d.txt"] {
            assert_eq!(below(good).unwrap(), Path::new(good));
        }
        for bad in ["", "/etc/passwd", "../a", "a/../../b", "C:\\a", "a\\..\\b", "c:a", "a\nb"] {
            assert_eq!(below(bad), None, "{bad:?}");
        }
        assert_eq!(in_address("a b/ü?.wav"), "a%20b/%C3%BC%3F.wav");
    }
}
