//! Faults of accessibility that a program can find: axe, in Chromium.

use std::fs;

use serde_json::json;
use xtask::setup;

use crate::browser::Screen;
use crate::page::Page;
use crate::skip::skipped;

/// What is asked for: WCAG 2.2 up to AA, and what is good besides.
const RULES: [&str; 7] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
/// Every fault in a line: rule, element, and what is wrong with it.
const RUN: &str = "
    return axe.run(document, { resultTypes: ['violations'], runOnly: arguments[0] }).then(({ violations, passes }) => [
        passes.length,
        violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
            `${id}: ${target.join(' ')}: ${failureSummary.replace(/\\s+/g, ' ')}`)),
    ]);";
/// Fewest rules that apply to the page in any state: fewer, and axe has not seen it.
const FEWEST_RULES: u64 = 30;
/// Colours that a person at the screen wishes.
pub const LIGHT: &str = "light";
/// See [`LIGHT`].
pub const DARK: &str = "dark";

/// axe, or why the test is left out.
pub fn axe() -> Option<String> {
    let script = setup::axe::find().and_then(|file| fs::read_to_string(file).ok());
    if script.is_none() {
        skipped("axe is not here: `cargo xtask setup` fetches it");
    }
    script
}

/// Everything that axe finds, state by state.
pub struct Audit<'a> {
    page: &'a Page,
    found: Vec<String>,
}

impl<'a> Audit<'a> {
    /// Brings axe into the page, of which nothing has been looked at.
    pub async fn begin(page: &'a Page, axe: &str) -> Self {
        page.script(axe, vec![]).await;
        Self { page, found: Vec::new() }
    }

    /// Looks at a state on the widest screen and on the narrowest, in either colours.
    pub async fn look(&mut self, state: &str) {
        self.look_on(state, Screen::Desktop, LIGHT).await;
        self.look_on(state, Screen::Narrow, DARK).await;
        self.page.show_on(Screen::Desktop).await;
    }

    /// The same on every screen in all colours.
    pub async fn look_everywhere(&mut self, state: &str) {
        for screen in [Screen::Narrow, Screen::Phone, Screen::Desktop] {
            for colours in [LIGHT, DARK] {
                self.look_on(state, screen, colours).await;
            }
        }
    }

    /// Looks at a state on one screen in some colours.
    ///
    /// # Panics
    /// Where axe does not look.
    pub async fn look_on(&mut self, state: &str, screen: Screen, colours: &str) {
        self.page.show_on(screen).await;
        self.page.prefer(colours).await;
        let seen = self.page.script(RUN, vec![json!(RULES)]).await;
        let (passed, faults): (u64, Vec<String>) = serde_json::from_value(seen).expect("a number and lines");
        assert!(passed >= FEWEST_RULES, "{state}: axe applied {passed} rules");
        let width = screen.width();
        self.found.extend(faults.iter().map(|fault| format!("{state}, {width} pixels, {colours}: {fault}")));
    }

    /// Everything was looked at.
    ///
    /// # Panics
    /// With all faults that were found.
    pub fn finish(self) {
        assert!(self.found.is_empty(), "axe finds {} faults:\n{}", self.found.len(), self.found.join("\n"));
    }
}
