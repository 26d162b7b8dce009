//! The page by the keyboard alone, in a real browser: the tab key leads to everything that can be pressed, chosen from or
//! typed into.

use serde_json::json;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{Page, visit};

/// The number of the tab key in WebDriver.
const TAB: &str = "\u{e004}";
/// Places that can be scrolled are stops too.
const MORE_STOPS: usize = 40;
/// Everything that is to be reached, and how much that is. From now on is noted what has the focus: first of all the
/// first link. Of radio buttons that belong together the tab key reaches the one that is chosen, and arrow keys the others.
const BEGIN: &str = r#"
    const all = 'a[href], button, input, select, textarea, summary, [role=slider], [tabindex="0"]';
    const chosen = radio => document.querySelector(`input[type=radio][name="${radio.name}"]:checked`);
    const stops = element => element.checkVisibility({ visibilityProperty: true }) && !element.disabled
        && (element.type !== 'radio' || element.checked || !chosen(element));
    window.controls = [...document.querySelectorAll(all)].filter(stops);
    window.reached = new Set();
    window.walker?.abort();
    window.walker = new AbortController();
    const note = event => window.reached.add(event.target);
    document.addEventListener('focusin', note, { signal: window.walker.signal });
    document.activeElement?.blur();
    document.querySelector('.skip').focus();
    return window.controls.length;"#;
/// What was not reached.
const MISSED: &str = "
    const missed = window.controls.filter(element => !window.reached.has(element));
    return missed.map(element => element.outerHTML.slice(0, 160));";

/// Walks through the page, and fails with what it did not come to; how many stops there were.
async fn walk(page: &Page, state: &str) -> usize {
    let count = page.script(BEGIN, vec![]).await.as_u64().expect("a count") as usize;
    page.type_keys(&TAB.repeat(count + MORE_STOPS)).await;
    assert_eq!(page.script(MISSED, vec![]).await, json!([]), "{state}: the tab key does not lead there");
    count
}

#[test]
fn browser_reaches_every_control_by_the_tab_key() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        let ready = walk(page, "ready").await;
        assert!(ready > 20, "{ready} controls");
        page.press_at_once("#microphone-open").await;
        walk(page, "the microphone is explained").await;
        page.press_at_once("#microphone-close").await;

        assert_eq!(page.press("#recorded button:nth-child(2)").await, "done", "{}", page.visible_text("#error").await);
        page.press_at_once("#explain").await;
        page.comes_to("return !document.querySelector('#why-shown').hidden;").await;
        page.press_at_once("#copy-link").await;
        page.comes_to("return document.querySelector('#link').value !== '';").await;
        page.script("document.querySelectorAll('details').forEach(details => { details.open = true; });", vec![]).await;
        let unfolded = walk(page, "everything is unfolded").await;
        assert!(unfolded > ready + 40, "{unfolded} controls, {ready} without a recording");
    });
}
