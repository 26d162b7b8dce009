//! Where something stands, for messages.

use std::fmt;
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;

/// A file, or a line of it. The lines of a list share the name of their file: a million rows do not have it a million times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    file: Arc<Path>,
    /// None where the whole file is meant.
    line: Option<NonZeroU64>,
}

impl Place {
    /// A line of a file, counted from 1.
    pub fn new(file: &Arc<Path>, line: u64) -> Self {
        Self { file: Arc::clone(file), line: NonZeroU64::new(line) }
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Place {
    /// A whole file.
    fn from(file: &P) -> Self {
        Self { file: Arc::from(file.as_ref()), line: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}, line {line}", self.file.display()),
            None => write!(f, "{}", self.file.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_names_its_file_and_where_there_is_one_its_line() {
        let file: Arc<Path> = Arc::from(Path::new("a/list.csv"));
        let places = [Place::new(&file, 1), Place::new(&file, 70_000)];
        assert_eq!(places.each_ref().map(Place::to_string), ["a/list.csv, line 1", "a/list.csv, line 70000"]);
        assert_eq!(Place::from("a/list.csv").to_string(), "a/list.csv");
        // The file's name is there once.
        assert_eq!(Arc::strong_count(&file), 1 + places.len());
    }
}
