//! What leaves the page and what brings it back, in a real browser: links, files, pictures, paper; and whether everyone can use
//! and read it.

use serde_json::{Value, json};
use spectnet_tests::agreement::number;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{Page, visit};

async fn string(page: &Page, script: &str) -> String {
    page.answer(script).await.as_str().unwrap_or_default().to_owned()
}

#[test]
fn browser_follows_a_link_and_saves_what_it_shows() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        let query = "?model=weights/heart.safetensors&example=heart-murmur&threshold=0.9&prevalence=0.05&filter=3";
        assert_eq!(page.follow(&format!("{query}&seed=much")).await, "done", "{}", page.visible_text("#error").await);
        let result = page.result().await;
        assert_eq!(result["file"], "heart-murmur.flac");
        assert_eq!((number(&result["threshold"]), number(&result["prevalence"])), (0.9, 0.05));
        assert!(page.visible_text("#filter-details").await.contains("Filter 3 of 32"));
        assert!(page.visible_text("#share-note").await.contains("seed “much” is left out"));
        assert_eq!(page.count("#model-select option").await, 2, "a shipped model is in the menu once");
        assert_eq!(string(page, "return document.querySelector('#prevalence').value;").await, "5");

        page.press_at_once("#copy-link").await;
        page.until("gives a link", "return document.querySelector('#link').value !== '';").await;
        let link = string(page, "return document.querySelector('#link').value;").await;
        assert_eq!(link, format!("{}/{query}", page.address()));
        assert!(!page.visible_text("#share-note").await.is_empty());

        page.keep_files().await;
        let [name, kind, text] = page.saved("#download").await;
        assert_eq!((name.as_str(), kind.as_str()), ("heart-murmur.spectnet.json", "application/json"));
        let all: Value = serde_json::from_str(&text).unwrap();
        for (key, value) in result.as_object().unwrap() {
            assert_eq!(&all[key], value, "{key}");
        }
        let digest = "
            return fetch('weights/heart.safetensors').then(answer => answer.arrayBuffer())
                .then(bytes => crypto.subtle.digest('SHA-256', bytes))
                .then(bytes => [...new Uint8Array(bytes)].map(byte => byte.toString(16).padStart(2, '0')).join(''));";
        assert_eq!(all["model"]["sha256"], string(page, digest).await);
        assert_eq!(all["recording"]["sample_rate"], 1000);
        assert_eq!((&all["settings"]["threshold"], &all["settings"]["backend"]), (&0.9.into(), &"cpu".into()));
        assert_eq!(all["software"]["version"], env!("CARGO_PKG_VERSION"));

        let [name, kind, text] = page.saved("#save-windows").await;
        assert_eq!((name.as_str(), kind.as_str()), ("heart-murmur.spectnet.windows.csv", "text/csv"));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "start_s,end_s,view,weight,normal,abnormal");
        assert_eq!(lines.len() - 1, result["windows"].as_array().unwrap().len());

        let [name, kind, text] = page.saved("#save-svg").await;
        assert_eq!((name.as_str(), kind.as_str()), ("heart-murmur.spectnet.svg", "image/svg+xml"));
        assert!(text.contains(&page.visible_text("#verdict").await) && text.contains("not a medical device"));
        let drawing = "
            return window.given.text().then(text => {
                const drawing = new DOMParser().parseFromString(text, 'image/svg+xml');
                const count = selector => drawing.querySelectorAll(selector).length;
                return [count('parsererror'), count('image[href^=\"data:image/png\"]'), count('svg svg'), count('[class], [style]'),
                    count('svg svg rect[fill^=\"rgb\"]')];
            });";
        let counts: Vec<u64> = serde_json::from_value(page.answer(drawing).await).unwrap();
        assert_eq!(counts[..4], [0, 2, 2, 0], "errors, canvases, drawings, what needs a style sheet");
        assert!(counts[4] > 20, "the drawings have their colours: {counts:?}");

        let [name, kind, _] = page.saved("#save-png").await;
        assert_eq!((name.as_str(), kind.as_str()), ("heart-murmur.spectnet.png", "image/png"));
        let [width, height, colours] = page.saved_picture().await;
        assert!(width > 1600 && height > 800 && colours > 200, "{width} × {height}, {colours} colours");

        let card = page.content("#card").await;
        for part in ["What it must not be used for", "Data and protocol", "ODC-By 1.0", "Results on the held-out fold"]
        {
            assert!(card.contains(part), "{part}");
        }
        let facts = page.visible_text("#model-card").await;
        for part in ["Not to be used for", "recordings trained on", "MIT OR Apache-2.0", "SHA-256"] {
            assert!(facts.contains(part), "{part}: {facts}");
        }
        assert!(page.content("#citation").await.contains("2211.09352"));
        assert!(page.visible_text("#versions").await.contains(env!("CARGO_PKG_VERSION")));
        // Whether the build was told where its source is or not.
        let link = "
            const link = document.querySelector('#source-link');
            return document.querySelector('#source').hidden === !link.href && (!link.href || link.protocol === 'https:');";
        assert_eq!(page.answer(link).await, true, "a link to the source, or none");
    });
}

#[test]
fn browser_opens_the_part_of_an_example_that_a_link_names() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        let query = "?model=weights/heart.safetensors&example=heart-murmur&filter=3&from=5&to=9";
        assert_eq!(page.follow(query).await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(page.visible_text("#axis-text").await, "Shown: 5.0 s to 9.0 s of 22.7 s");
        let edges = "
            return ['from', 'to'].map(edge => Number(document.querySelector(`#overview-${edge}`).ariaValueNow));";
        assert_eq!(page.answer(edges).await, json!([5, 9]));
        assert!(page.attribute("#image", "aria-label").await.contains("shown 5.0 s to 9.0 s"));
        page.press_at_once("#copy-link").await;
        page.until("gives a link", "return document.querySelector('#link').value !== '';").await;
        let link = string(page, "return document.querySelector('#link').value;").await;
        assert_eq!(link, format!("{}/{query}", page.address()), "the link leads here again");
        // Without it all is seen.
        assert_eq!(page.follow("?example=heart-murmur").await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(page.visible_text("#axis-text").await, "Shown: all of 22.7 s");
    });
}

#[test]
fn browser_has_both_themes_and_prints_one_clean_page() {
    let pick = |theme: &str| {
        format!(
            "const menu = document.querySelector('#theme');
            menu.value = '{theme}';
            menu.dispatchEvent(new Event('change', {{ bubbles: true }}));"
        )
    };
    let ground = "return getComputedStyle(document.documentElement).backgroundColor;";
    let plot = "return document.querySelector('#waveform').toDataURL();";
    visit(Graphics::None, Screen::Desktop, async |page| {
        assert_eq!(page.follow("?example=heart-murmur").await, "done", "{}", page.visible_text("#error").await);
        let mut seen = Vec::new();
        for (theme, colour) in [("light", "rgb(246, 244, 239)"), ("dark", "rgb(16, 20, 22)")] {
            page.answer(&pick(theme)).await;
            assert_eq!(string(page, ground).await, colour, "{theme}");
            seen.push(string(page, plot).await);
        }
        assert!(seen[0] != seen[1], "the plots have the colours of the theme");

        // While it is printed, the page is light; afterwards it is as before.
        let paper = page.print().await;
        assert_eq!(pages(&paper), 1, "one page");
        page.answer("dispatchEvent(new Event('beforeprint'));").await;
        assert_eq!(string(page, plot).await, seen[0], "dark on white");
        let said = page.content("#paper").await;
        assert!(said.starts_with("Printed on 2") && said.contains("Model: Heart sounds"), "{said}");
        page.answer("dispatchEvent(new Event('afterprint'));").await;
        assert_eq!(string(page, plot).await, seen[1]);

        page.open("").await;
        assert_eq!(page.attribute("html", "data-theme").await, "dark", "it is kept");
        assert_eq!(string(page, ground).await, "rgb(16, 20, 22)");
        page.answer(&pick("automatic")).await;
        assert_eq!(page.attribute("html", "data-theme").await, "");
    });
}

/// Number of pages of a PDF file.
fn pages(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    text.matches("/Type /Page").count() - text.matches("/Type /Pages").count()
}

#[test]
fn browser_on_a_phone_shows_the_warning_with_the_result_and_has_room_for_fingers() {
    visit(Graphics::None, Screen::Phone, async |page| {
        page.open("").await;
        assert!(page.content("#announcement").await.contains("Ready"));
        assert_eq!(page.press("#recorded button:nth-child(2)").await, "done", "{}", page.visible_text("#error").await);
        let said = page.content("#announcement").await;
        assert!(said.starts_with("heart-murmur.flac: abnormal, ") && said.ends_with("“abnormal”."), "{said}");

        let apart = "
            const place = selector => document.querySelector(selector).getBoundingClientRect();
            return place('.result').top - place('#notice-heart').bottom;";
        let apart = number(&page.answer(apart).await);
        assert!(apart.abs() < 1.5, "warning and result are {apart} pixels apart");

        // Everything unfolded, so that all of it is measured.
        page.answer("document.querySelectorAll('details').forEach(details => { details.open = true; });").await;
        assert_eq!(page.count(".help").await, 12);
        for text in page
            .answer("return [...document.querySelectorAll('.help')].map(help => help.innerText);")
            .await
            .as_array()
            .unwrap()
        {
            // Of a panel that is not there now it begins with the space before it.
            let text = text.as_str().unwrap().trim_start();
            assert!(text.starts_with("What am I looking at?") && text.len() > 100, "{text}");
        }
        let small = "
            const touched = 'button, select, summary, .quiet-button, input[type=range], input[type=number], label:has([type=checkbox])';
            return [...document.querySelectorAll(touched)].map(element => [element, element.getBoundingClientRect()])
                .filter(([, place]) => place.width > 0 && (place.height < 43.5 || place.width < 43.5))
                .map(([element, place]) => `${element.tagName} ${element.id} ${place.width} × ${place.height}`);";
        let small: Vec<String> = serde_json::from_value(page.answer(small).await).unwrap();
        assert!(small.is_empty(), "too small for a finger: {small:?}");
        let width = page.content_width().await;
        assert!(width <= u64::from(Screen::Phone.width()), "unfolded, the page is {width} pixels wide");
        // One region is read out for the result, and progress is not in it.
        assert_eq!(page.count("#announcement[role=status]").await, 1);
        assert_eq!(page.count("#status[role], #progress[role], [role=status] progress").await, 0);
    });
}
