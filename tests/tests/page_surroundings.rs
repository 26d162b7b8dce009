//! What surrounds the page, in a real browser: no JavaScript, colours that the system forces, paper, a policy that keeps
//! foreign code out, and what it takes to be installed.

use serde_json::{Value, json};
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{Page, visit};

/// What a property of an element is, and what a colour of the system is.
const COLOURS: &str = "
    const [selector, property, name] = arguments;
    const probe = document.createElement('span');
    [probe.style.forcedColorAdjust, probe.style.color] = ['none', name];
    document.body.append(probe);
    const system = getComputedStyle(probe).color;
    probe.remove();
    return [getComputedStyle(document.querySelector(selector))[property], system];";
/// Marks and lines of the filterbank, with the colour of the system that each has where colours are forced.
const FORCED: [(&str, &str, &str); 11] = [
    ("#filters .filter:not(.selected) .now", "fill", "CanvasText"),
    ("#filters .filter:not(.selected) .band", "fill", "CanvasText"),
    ("#filters .start", "fill", "Canvas"),
    ("#filters .start", "stroke", "CanvasText"),
    ("#filters .selected .row", "stroke", "Highlight"),
    ("#bank-arrows .way", "stroke", "CanvasText"),
    ("#bank-behind .stripe", "stroke", "CanvasText"),
    ("#bank-behind .spectrum", "stroke", "LinkText"),
    ("#bank-coverage .covered:not(.start)", "stroke", "LinkText"),
    ("#filter-curves .learned", "stroke", "CanvasText"),
    ("#filter-impulse .initial", "stroke", "CanvasText"),
];
/// What browsers without a window have against every page.
const NEVER_INSTALLED: [&str; 1] = ["in-incognito"];

async fn emulate(page: &Page, media: &str, features: Value) {
    page.devtools("Emulation.setEmulatedMedia", json!({ "media": media, "features": features })).await;
}

/// Whether what a selector finds is seen.
async fn is_seen(page: &Page, selector: &str) -> bool {
    page.script("return document.querySelector(arguments[0]).checkVisibility();", vec![json!(selector)]).await == true
}

#[test]
fn browser_without_javascript_is_told_so_in_place() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
        page.load(page.address()).await;
        let said = page.status().await;
        assert!(said.contains("JavaScript is switched off"), "{said}");
        assert!(page.visible_text("body").await.contains("needs JavaScript to start"));
        page.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": false })).await;
        page.open("").await;
        let said = page.visible_text("body").await;
        assert!(!said.contains("JavaScript is switched off") && !said.contains("needs JavaScript"), "{said}");
    });
}

#[test]
fn browser_shows_the_filterbank_in_the_colours_that_a_system_forces() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.press("#examples button").await, "done", "{}", page.visible_text("#error").await);
        for scheme in ["light", "dark"] {
            let wishes = json!([
                { "name": "forced-colors", "value": "active" },
                { "name": "prefers-color-scheme", "value": scheme },
            ]);
            emulate(page, "", wishes).await;
            let forced = page.script("return matchMedia('(forced-colors: active)').matches;", vec![]).await;
            assert_eq!(forced, true, "{scheme}");
            for (selector, property, name) in FORCED {
                let colours = page.script(COLOURS, vec![json!(selector), json!(property), json!(name)]).await;
                assert_eq!(colours[0], colours[1], "{property} of {selector} is not {name}, {scheme}");
            }
        }
    });
}

#[test]
fn browser_prints_the_filterbank_where_there_is_no_result() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        emulate(page, "print", json!([])).await;
        page.script("dispatchEvent(new Event('beforeprint'));", vec![]).await;
        for (selector, seen) in [(".bank", true), ("#filter-curves", true), ("#filter-on", false), (".result", false)] {
            assert_eq!(is_seen(page, selector).await, seen, "{selector}");
        }
        // Every row can be told from the next one, within the page, and its mark is no white on white.
        let rows = "
            return [...document.querySelectorAll('#filters .filter')].map(filter => {
                const { height, left, right } = filter.querySelector('.row').getBoundingClientRect();
                const ink = getComputedStyle(filter.querySelector('.now')).fill;
                return height > 6 && left >= 0 && right <= innerWidth && !['none', 'rgb(255, 255, 255)'].includes(ink);
            });";
        assert_eq!(page.script(rows, vec![]).await, json!(vec![true; 32]));
        let kept = "
            const style = getComputedStyle(document.querySelector('#filters'));
            return style.getPropertyValue('-webkit-print-color-adjust');";
        assert_eq!(page.script(kept, vec![]).await, "exact");
        page.script("dispatchEvent(new Event('afterprint'));", vec![]).await;

        emulate(page, "", json!([])).await;
        assert_eq!(page.press("#examples button").await, "done", "{}", page.visible_text("#error").await);
        emulate(page, "print", json!([])).await;
        for (selector, seen) in [(".bank", false), (".result", true), (".timeline", true)] {
            assert_eq!(is_seen(page, selector).await, seen, "{selector}");
        }
    });
}

#[test]
fn browser_runs_no_code_that_is_put_into_the_page() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        let policy = page.attribute("meta[http-equiv='Content-Security-Policy']", "content").await;
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        for loose in ["'unsafe-inline'", "'unsafe-eval'", "*", "http:"] {
            assert!(!policy.contains(loose), "{loose}: {policy}");
        }
        page.tolerate("Content Security Policy");
        let intruders = "
            window.refused = [];
            document.addEventListener('securitypolicyviolation', event => window.refused.push(event.effectiveDirective));
            const script = document.createElement('script');
            script.textContent = 'window.intruder = true;';
            document.body.append(script);
            const button = document.createElement('button');
            button.setAttribute('onclick', 'window.intruder = true;');
            document.body.append(button);
            button.click();
            button.remove();";
        page.script(intruders, vec![]).await;
        page.comes_to("return new Set(window.refused).size >= 2;").await;
        let refused = "return [[...new Set(window.refused)].sort(), window.intruder ?? null];";
        let refused = page.script(refused, vec![]).await;
        assert_eq!(refused, json!([["script-src-attr", "script-src-elem"], null]));
        assert_eq!(page.state().await, "ready");
    });
}

#[test]
fn browser_has_nothing_against_installing_the_page() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        page.until("is kept on the device", "return navigator.serviceWorker?.controller?.state === 'activated';").await;
        let manifest = page.devtools("Page.getAppManifest", json!({})).await;
        assert!(manifest["url"].as_str().is_some_and(|url| url.ends_with("/manifest.webmanifest")), "{manifest}");
        assert_eq!(manifest["errors"], json!([]), "{manifest}");
        let answer = page.devtools("Page.getInstallabilityErrors", json!({})).await;
        let errors = answer["installabilityErrors"].as_array().unwrap_or_else(|| panic!("no list: {answer}"));
        let of_the_page = |error: &&Value| error["errorId"].as_str().is_none_or(|id| !NEVER_INSTALLED.contains(&id));
        let found: Vec<&Value> = errors.iter().filter(of_the_page).collect();
        assert!(found.is_empty(), "{found:?}");
    });
}
