//! Markdown: text of others in it, and what must change where it leaves its folder.

/// Characters that Markdown, or HTML in it, would read as more than themselves.
const SPECIAL: &str = "\\`*_{}[]<>#|~&";

/// A text that is shown as it is, on one line.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if SPECIAL.contains(letter) {
            escaped.push('\\');
        }
        escaped.push(if letter == '\n' { ' ' } else { letter });
    }
    escaped
}

/// The same document with links to other files of its folder, which do not go along, as plain text. Links to the web and
/// within the document stay, and so does what stands in blocks of code.
pub fn without_neighbours(document: &str) -> String {
    let mut is_code = false;
    let line = |line: &str| {
        let fence = line.trim_start().starts_with("```");
        is_code ^= fence;
        if is_code || fence { line.into() } else { unlinked(line) }
    };
    let lines: Vec<String> = document.split('\n').map(line).collect();
    lines.join("\n")
}

fn unlinked(line: &str) -> String {
    let (mut rest, mut kept) = (line, String::with_capacity(line.len()));
    while let Some(middle) = rest.find("](") {
        let (before, after) = (&rest[..middle], &rest[middle + 2..]);
        let (Some(open), Some(close)) = (before.rfind('['), after.find(')')) else {
            kept.push_str(&rest[..middle + 2]);
            rest = after;
            continue;
        };
        if goes_along(&after[..close]) {
            kept.push_str(&rest[..middle + 2 + close + 1]);
        } else {
            kept.push_str(&before[..open]);
            kept.push_str(&before[open + 1..]);
        }
        rest = &after[close + 1..];
    }
    kept + rest
}

/// Whether what a link names is there wherever the document goes.
fn goes_along(target: &str) -> bool {
    target.starts_with('#') || ["https://", "http://", "mailto:"].iter().any(|scheme| target.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_others_stays_text() {
        assert_eq!(escaped("<b>a_b</b> | [x](y)\n# z"), "\\<b\\>a\\_b\\</b\\> \\| \\[x\\](y) \\# z");
        assert_eq!(escaped("baby cry, 50 %"), "baby cry, 50 %");
    }

    #[test]
    fn links_to_neighbours_become_text() {
        let before = "see ([docs/HEART.md](../../docs/HEART.md)), [a](https://b.c/d) and [e](#f) or [g]( h\n```\n[x](y)\n```\n[x](y)\n";
        let after = "see (docs/HEART.md), [a](https://b.c/d) and [e](#f) or [g]( h\n```\n[x](y)\n```\nx\n";
        assert_eq!(without_neighbours(before), after);
    }
}
