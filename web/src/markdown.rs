//! As much of Markdown as model cards have: headings, paragraphs, lists, tables, code, bold words and links. It becomes
//! plain data, and markup in it stays text.

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading with its level, 1 is the highest.
    Heading(usize, Vec<Span>),
    /// A paragraph.
    Paragraph(Vec<Span>),
    /// A list.
    List(Vec<Vec<Span>>),
    /// Rows of cells; the first row is the head.
    Table(Vec<Vec<Vec<Span>>>),
    /// Lines that stay as they are.
    Code(String),
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Words.
    Text(String),
    /// Words that stand out.
    Strong(String),
    /// What a program reads.
    Code(String),
    /// Words with an address.
    Link {
        /// The words.
        text: String,
        /// Where it leads.
        address: String,
    },
}

/// The parts of a text.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim_end).peekable();
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        if is_fence(line) {
            let code: Vec<&str> = lines.by_ref().take_while(|line| !is_fence(line)).collect();
            blocks.push(Block::Code(code.join("\n")));
        } else if let Some((level, title)) = heading(line) {
            blocks.push(Block::Heading(level, spans(title)));
        } else if is_row(line) {
            let mut rows = vec![cells(line)];
            while let Some(row) = lines.next_if(|line| is_row(line)) {
                rows.extend((!is_rule(row)).then(|| cells(row)));
            }
            blocks.push(Block::Table(rows));
        } else if let Some(first) = item(line) {
            let mut items = vec![spans(first)];
            while let Some(next) = lines.next_if(|line| item(line).is_some()) {
                items.extend(item(next).map(spans));
            }
            blocks.push(Block::List(items));
        } else {
            let mut words = line.to_owned();
            while let Some(next) = lines.next_if(|line| goes_on(line)) {
                words.push(' ');
                words.push_str(next.trim_start());
            }
            blocks.push(Block::Paragraph(spans(&words)));
        }
    }
    blocks
}

fn is_fence(line: &str) -> bool {
    line.starts_with("```")
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let title = line.trim_start_matches('#');
    let level = line.len() - title.len();
    title.strip_prefix(' ').filter(|_| (1..=6).contains(&level)).map(|title| (level, title.trim()))
}

fn item(line: &str) -> Option<&str> {
    line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))
}

fn is_row(line: &str) -> bool {
    line.starts_with('|')
}

/// The line between the head of a table and its rows.
fn is_rule(line: &str) -> bool {
    line.chars().all(|letter| matches!(letter, '|' | '-' | ':' | ' '))
}

fn cells(line: &str) -> Vec<Vec<Span>> {
    let inner = line.strip_prefix('|').unwrap_or(line);
    inner.strip_suffix('|').unwrap_or(inner).split('|').map(|cell| spans(cell.trim())).collect()
}

/// Whether a line belongs to the paragraph before it.
fn goes_on(line: &str) -> bool {
    !(line.is_empty() || is_fence(line) || is_row(line) || heading(line).is_some() || item(line).is_some())
}

/// The parts of a line. A mark without its counterpart means itself.
fn spans(text: &str) -> Vec<Span> {
    let (mut spans, mut words, mut rest) = (Vec::new(), String::new(), text);
    while let Some(at) = rest.find(['*', '`', '[']) {
        let (before, marked) = rest.split_at(at);
        words.push_str(before);
        if let Some((span, after)) = marked_span(marked) {
            if !words.is_empty() {
                spans.push(Span::Text(std::mem::take(&mut words)));
            }
            spans.push(span);
            rest = after;
        } else {
            // The marks have one byte each.
            let (mark, after) = marked.split_at(1);
            words.push_str(mark);
            rest = after;
        }
    }
    words.push_str(rest);
    if !words.is_empty() {
        spans.push(Span::Text(words));
    }
    spans
}

/// What a mark at the beginning encloses, and what comes behind it.
fn marked_span(marked: &str) -> Option<(Span, &str)> {
    if let Some(inner) = marked.strip_prefix("**") {
        return inner.split_once("**").map(|(text, after)| (Span::Strong(text.into()), after));
    }
    if let Some(inner) = marked.strip_prefix('`') {
        return inner.split_once('`').map(|(text, after)| (Span::Code(text.into()), after));
    }
    let (text, rest) = marked.strip_prefix('[')?.split_once("](")?;
    let (address, after) = rest.split_once(')')?;
    Some((Span::Link { text: text.into(), address: address.into() }, after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(words: &str) -> Vec<Span> {
        vec![Span::Text(words.into())]
    }

    #[test]
    fn every_kind_of_block_is_told_apart() {
        let source = "# A model\n\nOne line\nand another.\n- first\n- second\n\n| a | b |\n|---|--:|\n| 1 | |\n\n```sh\n# code | here\n```\n## End";
        let expected = [
            Block::Heading(1, text("A model")),
            Block::Paragraph(text("One line and another.")),
            Block::List(vec![text("first"), text("second")]),
            Block::Table(vec![vec![text("a"), text("b")], vec![text("1"), vec![]]]),
            Block::Code("# code | here".into()),
            Block::Heading(2, text("End")),
        ];
        assert_eq!(blocks(source), expected);
    }

    #[test]
    fn words_code_and_links_are_told_apart() {
        let expected = [
            Span::Strong("Not".into()),
            Span::Text(" a ".into()),
            Span::Code("[device]".into()),
            Span::Text(", see ".into()),
            Span::Link { text: "the card".into(), address: "https://a.example/x".into() },
            Span::Text(".".into()),
        ];
        assert_eq!(spans("**Not** a `[device]`, see [the card](https://a.example/x)."), expected);
        for plain in ["2 * 3", "a ** b", "`", "[x]", "[x](y", "#tag <b>"] {
            assert_eq!(spans(plain), text(plain));
        }
    }

    #[test]
    fn the_shipped_cards_say_what_they_must() {
        for card in [include_str!("../weights/heart.md"), include_str!("../weights/environment.md")] {
            let blocks = blocks(card);
            let heading = |title: &str| blocks.contains(&Block::Heading(2, text(title)));
            assert!(heading("What it must not be used for") && heading("Data and protocol"));
            assert!(matches!(blocks[0], Block::Heading(1, _)));
            assert!(blocks.iter().any(|block| matches!(block, Block::Table(rows) if rows.len() > 3)));
        }
    }

    proptest! {
        #[test]
        fn any_text_becomes_blocks(text in "[a#|*`()\\[\\] é\n-]{0,80}") {
            for block in blocks(&text) {
                if let Block::Table(rows) = block {
                    prop_assert!(!rows.is_empty());
                }
            }
        }
    }
}
