//! Where the settings of a configuration file stand in it, so that a message about one can say so.

use std::collections::BTreeMap;
use std::path::Path;

/// The lines of the settings of a file that flags have not replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    file: String,
    lines: BTreeMap<String, usize>,
}

impl Origins {
    /// Settings by their names, each with its line from 1.
    pub(super) fn new(lines: BTreeMap<String, usize>) -> Self {
        Self { file: String::new(), lines }
    }

    /// The same, of this file.
    pub(super) fn of_file(self, path: &Path) -> Self {
        Self { file: path.display().to_string(), ..self }
    }

    /// A message about a setting with its place in front; none where it does not begin with one of the file, as `blocks is 9`
    /// and `--range 9,1: …` do.
    pub(super) fn place(&self, message: &str) -> Option<String> {
        let word = message.split([' ', ':', ',']).next()?;
        let line = self.lines.get(word.trim_start_matches("--"))?;
        Some(format!("{}, line {line}: {message}", self.file))
    }
}
