//! The language of the page. Texts of others get into it only through [`escaped`].

use spectnet_core::text::plain_lines;

use crate::error::Result;

/// The body of a page.
#[derive(Debug, Default)]
pub(super) struct Html {
    text: String,
}

/// A text that is shown as it is.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in plain_lines(text).chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

impl Html {
    /// A heading and what stands under it, or why it is not there.
    pub(super) fn section(&mut self, title: &str, content: Result<Html>) {
        let content = match content {
            Ok(content) => content.text,
            Err(error) => format!("<p class=\"missing\">This is missing: {}</p>\n", escaped(&error.to_string())),
        };
        let title = escaped(title);
        self.text.push_str(&format!("<section aria-label=\"{title}\">\n<h2>{title}</h2>\n{content}</section>\n"));
    }

    /// A paragraph.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.text.push_str(&format!("<p>{}</p>\n", escaped(text)));
    }

    /// A drawing with what it shows in words, for those who see it and, as its title, for those who do not.
    pub(super) fn figure(&mut self, title: &str, svg: &str, words: &str) {
        let title = escaped(title);
        // Within a page it needs no namespace; a title of its own is what it is called.
        let svg = svg.replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1).replacen("<svg", "<svg role=\"img\"", 1);
        let svg = plain_lines(&svg).replacen('>', &format!("><title>{title}</title>"), 1);
        self.text.push_str(&format!(
            "<figure>\n<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"{title}\">\n{svg}</div>\n\
             <figcaption>{}</figcaption>\n</figure>\n",
            escaped(words)
        ));
    }

    /// A table; its first column are the names of its rows.
    pub(super) fn table(&mut self, caption: &str, head: &[&str], rows: &[Vec<String>]) {
        let head = cells(head.iter().copied(), "col", rows);
        let body = rows.iter().map(|row| format!("<tr>{}</tr>\n", cells(row.iter().map(String::as_str), "row", rows)));
        let body: String = body.collect();
        let caption = escaped(caption);
        self.text.push_str(&format!(
            "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"{caption}\">\n<table>\n\
             <caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n</div>\n"
        ));
    }

    /// A text as it stands in a file.
    pub(super) fn code(&mut self, text: &str) {
        self.text.push_str(&format!("<pre tabindex=\"0\"><code>{}</code></pre>\n", escaped(text)));
    }

    /// What is shown when somebody asks for it.
    pub(super) fn details(&mut self, summary: &str, content: Html) {
        let (summary, content) = (escaped(summary), content.text);
        self.text.push_str(&format!("<details>\n<summary>{summary}</summary>\n{content}</details>\n"));
    }

    /// All of it.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// The cells of a row: of the head of a table, which names its columns, or one that begins with its own name.
fn cells<'a>(texts: impl Iterator<Item = &'a str>, names: &str, rows: &[Vec<String>]) -> String {
    let cell = |(column, text): (usize, &str)| {
        let (text, kind) = (escaped(text), if column == 0 { "" } else { kind(rows, column) });
        if column == 0 || names == "col" {
            format!("<th scope=\"{names}\"{kind}>{text}</th>")
        } else {
            format!("<td{kind}>{text}</td>")
        }
    };
    texts.enumerate().map(cell).collect()
}

/// Columns of numbers are aligned at their end.
fn kind(rows: &[Vec<String>], column: usize) -> &'static str {
    let is_number =
        |text: &String| text == "–" || text.starts_with(|first: char| first.is_ascii_digit() || "+-".contains(first));
    let mut cells = rows.iter().filter_map(|row| row.get(column)).peekable();
    if cells.peek().is_some() && cells.all(is_number) { " class=\"number\"" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn texts_of_others_are_shown_and_do_nothing() {
        let evil = "<script>alert('x')</script> & \"\u{202e}\" \u{1b}[2J";
        let mut part = Html::default();
        part.paragraph(evil);
        part.code(evil);
        part.table(evil, &[evil], &[vec![evil.into()]]);
        part.figure(evil, "<svg width=\"1\" xmlns=\"http://www.w3.org/2000/svg\">\n</svg>", evil);
        let mut inner = Html::default();
        inner.paragraph(evil);
        part.details(evil, inner);
        let mut page = Html::default();
        page.section(evil, Ok(part));
        page.section(evil, Err(Error::input(evil)));
        let text = page.into_text();
        assert!(!text.contains("<script") && !text.contains('\u{202e}') && !text.contains('\u{1b}'), "{text}");
        assert!(!text.contains("http") && text.contains("<svg role=\"img\" width=\"1\"><title>&lt;script"), "{text}");
        assert!(text.contains("This is missing: &lt;script&gt;alert(&#39;x&#39;)"), "{text}");
    }

    #[test]
    fn numbers_stand_under_one_another() {
        let mut page = Html::default();
        let row = |cells: [&str; 3]| cells.map(String::from).to_vec();
        page.table("t", &["name", "value", "words"], &[row(["1", "-0.5", "2 of"]), row(["b", "–", "many"])]);
        let text = page.into_text();
        assert!(text.contains("<th scope=\"row\">1</th><td class=\"number\">-0.5</td><td>2 of</td>"), "{text}");
        assert!(text.contains("<th scope=\"col\" class=\"number\">value</th><th scope=\"col\">words</th>"), "{text}");
    }
}
