//! Every link from one of the documents to another file leads somewhere, and to a heading that is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use spectnet_tests::documents::documents;

/// The lines of a document that are text, and no code.
fn text(document: &str) -> impl Iterator<Item = String> {
    let mut fenced = false;
    document.lines().filter_map(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then(|| line.split('`').step_by(2).collect::<String>())
    })
}

/// Where the links of a document lead, those to other servers left out.
fn links(document: &str) -> Vec<String> {
    let links = text(document).flat_map(|line| {
        let ends = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next().map(str::to_owned));
        ends.collect::<Vec<_>>()
    });
    links.filter(|link| !link.contains("://") && !link.starts_with("mailto:")).collect()
}

/// The names by which its headings are found.
fn headings(document: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let lines = document.lines().filter(|line| {
        fenced ^= line.starts_with("```");
        !fenced && line.starts_with('#')
    });
    let name = |heading: &str| -> String {
        let letters = heading.trim_start_matches('#').trim().chars().flat_map(char::to_lowercase);
        letters
            .filter_map(|letter| match letter {
                ' ' => Some('-'),
                letter if letter.is_alphanumeric() || matches!(letter, '-' | '_') => Some(letter),
                _ => None,
            })
            .collect()
    };
    lines.map(name).collect()
}

/// A folder of results was called otherwise than the document said.
#[test]
fn links_lead_somewhere() {
    let mut found = 0;
    for path in documents() {
        let document = fs::read_to_string(&path).unwrap();
        for link in links(&document) {
            let (file, heading) = link.split_once('#').unwrap_or((&link, ""));
            let to = if file.is_empty() { path.clone() } else { path.parent().unwrap_or(Path::new("")).join(file) };
            assert!(to.exists(), "{}: {link} is not there", path.display());
            let is_document = to.extension().is_some_and(|extension| extension == "md");
            if !heading.is_empty() && is_document {
                let there = headings(&fs::read_to_string(&to).unwrap());
                assert!(there.contains(heading), "{}: {link} has no such heading", path.display());
            }
            found += 1;
        }
    }
    assert!(found > 100, "{found} links");
}

#[test]
fn links_and_headings_are_those_of_the_text() {
    let document =
        "# What it *is*, and `why`\n```sh\n# no [heading](a)\n```\nSee [one](b.md#c) `[no](d)`, [two](https://e.f).";
    assert_eq!(links(document), ["b.md#c"]);
    assert_eq!(headings(document).into_iter().collect::<Vec<_>>(), ["what-it-is-and-why"]);
}
