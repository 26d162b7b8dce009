//! Text that others wrote, made safe for a terminal or a page; and lists of names, made short for a message.
//!
//! Labels, file names and the provenance of a model are written by whoever made them. A control character in them moves
//! the cursor of a terminal, clears the screen or forges a line of output; a bidirectional mark reverses the text
//! beside it (Boucher & Anderson, *Trojan Source: invisible vulnerabilities*, USENIX Security 2023).

use std::borrow::Cow;
use std::fmt::Display;

/// Names that a message lists, at most.
pub const NAMED: usize = 10;

/// Whether a character is only shown where it stands: not a control character, a bidirectional mark or a line or
/// paragraph separator.
pub fn is_plain(character: char) -> bool {
    let turns =
        matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(character, '\u{2028}' | '\u{2029}');
    !(character.is_control() || turns || breaks)
}

/// The text on one line, with visible escapes such as `\n` or `\u{1b}` in place of every character that is not
/// [plain](is_plain).
pub fn plain(text: &str) -> Cow<'_, str> {
    escaped(text, is_plain, |character| character.escape_default().to_string())
}

/// As [`plain`], but line feeds and tabs stay, for text of several lines.
pub fn plain_lines(text: &str) -> Cow<'_, str> {
    let stays = |character| is_plain(character) || matches!(character, '\n' | '\t');
    escaped(text, stays, |character| character.escape_default().to_string())
}

/// As [`plain`], for a JSON document: escapes are those of JSON, such as `\u001b`, and line feeds stay. A JSON reader
/// gets the same values as before; JSON itself only requires escapes below U+0020.
pub fn plain_json(json: &str) -> Cow<'_, str> {
    let stays = |character| is_plain(character) || character == '\n';
    escaped(json, stays, |character| format!("\\u{:04x}", u32::from(character)))
}

/// The first `shown` names, and how many more there are.
pub fn first(names: &[impl Display], shown: usize, separator: &str) -> String {
    let named: Vec<String> = names.iter().take(shown).map(ToString::to_string).collect();
    let named = named.join(separator);
    match names.len().saturating_sub(shown) {
        0 => named,
        more if separator == ", " => format!("{named} and {more} more"),
        more => format!("{named}{separator}and {more} more"),
    }
}

fn escaped(text: &str, stays: impl Fn(char) -> bool, escape: impl Fn(char) -> String) -> Cow<'_, str> {
    if text.chars().all(&stays) {
        return Cow::Borrowed(text);
    }
    let shown = |character| if stays(character) { character.to_string() } else { escape(character) };
    Cow::Owned(text.chars().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a terminal or a page would obey, each between two letters.
    const OBEYED: [char; 15] = [
        '\0', '\u{7}', '\u{8}', '\r', '\u{1b}', '\u{7f}', '\u{9b}', '\u{61c}', '\u{200e}', '\u{200f}', '\u{2028}',
        '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}',
    ];

    #[test]
    fn what_a_terminal_would_obey_is_seen_instead() {
        assert_eq!(plain("\u{1b}[2J\u{1b}[31mnormal\n\r"), "\\u{1b}[2J\\u{1b}[31mnormal\\n\\r");
        assert_eq!(plain_lines("one\n\ttwo\u{202e}\r\n"), "one\n\ttwo\\u{202e}\\r\n");
        for obeyed in OBEYED {
            let text = format!("a{obeyed}b");
            for shown in [plain(&text), plain_lines(&text), plain_json(&text)] {
                assert!(shown.starts_with("a\\") && shown.ends_with('b') && shown.chars().all(is_plain), "{obeyed:?}");
            }
        }
    }

    #[test]
    fn words_of_every_language_stay_as_they_are() {
        for word in ["normal", "Straße, 50 %", "נורמלי", "طبيعي", "正常", "साधारण", "👩\u{200d}⚕\u{fe0f}"]
        {
            assert!(matches!(plain(word), Cow::Borrowed(same) if same == word), "{word}");
        }
    }

    #[test]
    fn few_names_are_all_there_is() {
        assert_eq!(first(&["a", "b"], 3, ", "), "a, b");
        assert_eq!(first(&["a", "b", "c", "d"], 3, ", "), "a, b, c and 1 more");
        assert_eq!(first(&["a", "b", "c", "d"], 2, "; "), "a; b; and 2 more");
    }

    proptest! {
        #[test]
        fn nothing_obeyed_is_left_and_nothing_else_changes(text in ".*") {
            prop_assert!(plain(&text).chars().all(is_plain));
            prop_assert_eq!(plain(&text) == text, text.chars().all(is_plain));
        }

        /// Programs read the same text from the JSON as before.
        #[test]
        fn json_says_the_same(text in any::<String>()) {
            let json = serde_json::to_string_pretty(&[&text]).unwrap();
            let safe = plain_json(&json);
            prop_assert!(safe.chars().all(|character| is_plain(character) || character == '\n'));
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&safe).unwrap(), [text]);
        }
    }
}
