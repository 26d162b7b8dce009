//! What comes first on the page, in a real browser: the result of a recording. Plots follow, each in its turn, whether they are
//! seen or not, and at once where they are needed.

use serde_json::{Value, json};
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{Page, visit};
use spectnet_tests::recordings;

/// From now on is written down what is drawn of a result, in its order: an element that gets something new, once for each
/// task of the page. With the result, whether something was still to be drawn then.
const WATCH: &str = "
    window.drawn = [];
    const status = document.querySelector('#status');
    const seen = new MutationObserver(records => {
        const ids = new Set(records.map(({ target }) => target.closest('[id]').id));
        for (const id of ids) window.drawn.push(id === 'verdict' ? `verdict, drawn ${status.dataset.drawn}` : id);
    });
    for (const id of ['windows', 'cycles', 'bank-behind', 'result-json', 'window-rows']) {
        seen.observe(document.getElementById(id), { childList: true });
    }
    seen.observe(document.querySelector('#verdict'), { attributes: true, attributeFilter: ['data-label'] });";
/// The bank is drawn before there is a result, and its spectrum afterwards.
const PLOTS_BEHIND: [&str; 5] = ["windows", "cycles", "bank-behind", "result-json", "window-rows"];

/// What is drawn and what is not, of all that a result has.
async fn all_is_drawn(page: &Page) {
    for (canvas, colours) in [("#overview", 1), ("#waveform", 1), ("#image", 20), ("#colour-scale", 20)] {
        assert!(page.colours(canvas).await > colours, "{canvas} is empty");
    }
    for drawn in [
        "#windows .bar",
        "#cycles rect, #cycles .rate",
        "#window-rows tr",
        "#filters .filter.selected .now",
        "#bank-behind .spectrum",
        "#bank-arrows .arrow",
        "#bank-coverage .covered",
        "#filter-details table",
        "#filter-curves .learned",
        "#filter-impulse .learned",
        "#model-card dt",
        "#card h3",
    ] {
        assert!(page.count(drawn).await > 0, "{drawn} is not there");
    }
    assert!(!page.result().await["cycles"].as_array().expect("a list").is_empty(), "the result is whole");
    assert_eq!(page.attribute("#status", "data-drawn").await, "true");
}

#[test]
fn browser_shows_the_result_first_and_draws_everything_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 30.0, [0, 0]);
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        page.script(WATCH, vec![]).await;
        assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
        let drawn: Vec<String> = serde_json::from_value(page.script("return window.drawn;", vec![]).await).unwrap();
        let result = drawn.iter().position(|what| what == "verdict, drawn false");
        let result = result.unwrap_or_else(|| panic!("nothing was left when the result came: {drawn:?}"));
        for plot in PLOTS_BEHIND {
            let last = drawn.iter().rposition(|what| what == plot);
            assert!(last.is_some_and(|last| last > result), "{plot} comes behind the result: {drawn:?}");
        }
        assert_eq!(page.script("return scrollY;", vec![]).await, 0, "nobody looked at the rest");
        all_is_drawn(page).await;
    });
}

#[test]
fn browser_draws_what_paper_needs_at_once() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        assert_eq!(page.follow("?example=heart-murmur").await, "done", "{}", page.visible_text("#error").await);
        let theme = "
            const menu = document.querySelector('#theme');
            menu.value = arguments[0];
            menu.dispatchEvent(new Event('change', { bubbles: true }));";
        let plots = "return ['waveform', 'image'].map(id => document.getElementById(id).toDataURL());";
        page.script(theme, vec![json!("light")]).await;
        let light = page.script(plots, vec![]).await;
        page.script(theme, vec![json!("dark")]).await;
        assert_ne!(page.script(plots, vec![]).await, light);
        // All in one task of the page: between the two events the browser takes its picture.
        let printed = format!(
            "dispatchEvent(new Event('beforeprint'));
            const drawn = document.querySelector('#status').dataset.drawn;
            const plots = (() => {{ {plots} }})();
            dispatchEvent(new Event('afterprint'));
            return [drawn, plots];"
        );
        let printed: Value = page.script(&printed, vec![]).await;
        assert_eq!(printed, json!(["true", light]), "dark on white, and all of it");
        all_is_drawn(page).await;
    });
}
