//! What holds for every refusal, whatever was wrong.

use std::path::Path;

/// Bytes of a message beside what it quotes: the names of ten recordings in folders, advice, all settings that are known.
const OWN_WORDS: usize = 8 << 10;
/// Bytes of a message for each of the input: what is quoted is escaped, six bytes for one, and ten recordings can have the
/// number of one person in their names.
const QUOTED: usize = 32;

/// Checks a message about the file at `path`, which holds these bytes: there is one, it is in proportion, and if it begins with
/// a line of the file, the file has it. Says whether it begins so.
///
/// # Panics
/// Where any of this does not hold.
pub fn check_refusal(message: &str, path: &Path, bytes: &[u8]) -> bool {
    assert!(!message.is_empty(), "a refusal without a word");
    assert!(message.len() <= OWN_WORDS + QUOTED * bytes.len(), "{} bytes of message", message.len());
    let Some(rest) = message.strip_prefix(&format!("{}, line ", path.display())) else { return false };
    let line = rest.split(':').next().and_then(|line| line.parse::<usize>().ok());
    let ends = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
    assert!(line.is_some_and(|line| (1..=ends + 1).contains(&line)), "no such line: {message}");
    true
}
