//! What stands on the page of the program itself: versions, licence, how to cite it, and what no model may be used for.

use spectnet_core::model::Task;
use spectnet_core::package::{FORMAT_VERSION, Package};

use crate::format;

/// Version of the page.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit that the page was built from; none where the build did not know it.
pub const COMMIT: Option<&str> = option_env!("SPECTNET_COMMIT");
/// Where the source is, as the build was told, and as Cargo.toml has it.
const SOURCES: [Option<&str>; 2] = [option_env!("SPECTNET_SOURCE"), option_env!("CARGO_PKG_REPOSITORY")];
/// Licence of the program and of the models that come with it.
pub const LICENCE: &str = env!("CARGO_PKG_LICENSE");

/// Where the source of the page is: the address of a link, or none where nobody said.
pub fn source() -> Option<&'static str> {
    address(SOURCES)
}

/// The first of these that a browser opens.
fn address(told: [Option<&str>; 2]) -> Option<&str> {
    told.into_iter().flatten().map(str::trim).find(|told| told.starts_with("https://"))
}

/// Program, commit and format of model files, in words.
pub fn versions() -> String {
    let commit = COMMIT.map(|commit| format!(", commit {commit}")).unwrap_or_default();
    format!("SpectNet {VERSION}{commit}; reads model files up to format version {FORMAT_VERSION}")
}

/// How to cite the program and the paper that it implements, as BibTeX.
pub fn citation() -> String {
    let commit = COMMIT.map(|commit| format!(",\n  note    = {{Commit {commit}}}")).unwrap_or_default();
    format!(
        "@software{{spectnet-in-rust,\n  title   = {{{{SpectNet}} in {{Rust}}}},\n  author  = {{{{The SpectNet authors}}}},\n  \
         version = {{{VERSION}}},\n  license = {{{LICENCE}}}{commit}\n}}\n\n\
         @misc{{ansari2022spectnet,\n  title   = {{{{SpectNet}}: End-to-End Audio Signal Classification Using Learnable \
         Spectrograms}},\n  author  = {{Ansari, Md. Istiaq and Hasan, Taufiq}},\n  year    = {{2022}},\n  eprint  = \
         {{2211.09352}},\n  archivePrefix = {{arXiv}}\n}}\n"
    )
}

/// What a model of this task must not be used for.
pub fn not_for(task: Task) -> &'static str {
    match task {
        Task::Heart => {
            "Deciding anything about a person. It is a research demo, not a medical device, and says nothing about health."
        }
        Task::Scene => {
            "Anything that depends on it. It names one of the classes that it was trained on, also for what is like none \
             of them."
        }
    }
}

/// Under which licence the model is, as far as that is known.
pub fn licence(shipped: bool) -> String {
    match shipped {
        true => {
            format!("{LICENCE}, as the program. The data that it was trained on has licences of its own: see the card.")
        }
        false => "not stated in the file: ask whoever made it".into(),
    }
}

/// Under which licence a model is that was learned on this page.
pub const LEARNED_LICENCE: &str =
    "yours to choose, as far as the recordings and the model from which it was learned allow it";

/// Where a model comes from that was learned on this page.
pub fn learned(package: &Package) -> String {
    match package.provenance.data.trim() {
        "" => "in this browser".into(),
        data => format!("in this browser, from {}", data.trim_end_matches('.')),
    }
}

/// How many recordings the model has seen, where its file lists them.
pub fn seen(package: &Package) -> String {
    let Some(recordings) = &package.recordings else { return "not listed in the file".into() };
    let [trained, chose, held_out] =
        [&recordings.trained, &recordings.chose, &recordings.held_out].map(|digests| digests.len());
    format!(
        "{} trained on, {chose} that chose epoch, calibration or threshold, {held_out} held out",
        format::count(trained, "recording")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_are_those_of_the_build() {
        let said = versions();
        assert!(said.starts_with(&format!("SpectNet {VERSION}")), "{said}");
        assert!(said.ends_with(&format!("format version {FORMAT_VERSION}")), "{said}");
        assert_eq!(said.contains("commit"), COMMIT.is_some());
    }

    #[test]
    fn there_is_a_link_to_the_source_only_where_somebody_said_where_it_is() {
        let (told, cargo) = (Some("https://a.example/told"), Some("https://a.example/cargo"));
        assert_eq!(address([told, cargo]), told, "the build is asked first");
        for without in [None, Some(""), Some(" "), Some("git@a.example:spectnet"), Some("javascript:alert(1)")] {
            assert_eq!(address([without, cargo]), cargo, "{without:?}");
            assert_eq!(address([without, Some("")]), None, "{without:?}");
        }
        assert_eq!(address([Some(" https://a.example/told\n"), None]), told);
        assert_eq!(source(), address(SOURCES));
    }

    #[test]
    fn a_model_of_this_page_says_from_what_it_was_learned() {
        let config = Task::Heart.model(["a", "b"].map(String::from).to_vec(), 2, 2);
        let filters = config.front_end.initial_filters().unwrap();
        let mut package = Package {
            config,
            weights: Default::default(),
            initial_filters: filters.clone(),
            filters,
            provenance: Default::default(),
            assessment: None,
            recordings: None,
            openness: None,
            scope: None,
        };
        assert_eq!(learned(&package), "in this browser");
        package.provenance.data = "6 recordings of 2 classes.".into();
        assert_eq!(learned(&package), "in this browser, from 6 recordings of 2 classes");
    }

    #[test]
    fn the_citation_is_whole() {
        let bibtex = citation();
        assert_eq!(bibtex.matches('{').count(), bibtex.matches('}').count(), "{bibtex}");
        for part in ["@software{", "@misc{", VERSION, LICENCE, "2211.09352", "  title   = {{SpectNet} in {Rust}},"] {
            assert!(bibtex.contains(part), "{part}: {bibtex}");
        }
    }
}
