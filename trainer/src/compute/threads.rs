//! How many threads compute on the processor. No result depends on it.

use rayon::ThreadPoolBuilder;

use crate::error::{Error, Result};

/// More threads than any machine has cores; what is meant for another flag is refused before it starts a million of them.
const MOST: usize = 4096;

/// A number of threads as it stands on the command line.
///
/// # Errors
/// What is no such number, with what is expected.
pub fn parse(text: &str) -> std::result::Result<usize, String> {
    match text.parse() {
        Ok(count) if (1..=MOST).contains(&count) => Ok(count),
        _ => Err(format!("expected 1 to {MOST}; leave out --threads for all that the machine has")),
    }
}

/// Starts so many threads for everything that is computed from now on; without a number as many as the machine has, or as
/// `RAYON_NUM_THREADS` says, when they are needed. Once a process.
///
/// # Errors
/// A system that does not start so many.
pub fn start(count: Option<usize>) -> Result<()> {
    let Some(count) = count else { return Ok(()) };
    let started = ThreadPoolBuilder::new().num_threads(count).build_global();
    started.map_err(|error| {
        Error::input(format!("--threads {count}: they cannot be started: {error}; use fewer, or leave out --threads"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_threads_are_read_and_others_refused() {
        assert_eq!((parse("1"), parse("4096")), (Ok(1), Ok(MOST)));
        for text in ["0", "-1", "4097", "all", ""] {
            assert!(parse(text).is_err_and(|message| message.contains("expected 1 to 4096")), "{text}");
        }
    }
}
