//! The page in Firefox: the same numbers as the command line, and what a person does most, as in Chromium.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use spectnet_core::audio::write_wav;
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::agreement::{assert_same_prediction, number};
use spectnet_tests::browser::Screen;
use spectnet_tests::explained::{TOLERANCE, ask, by_centre, explain, signed};
use spectnet_tests::flac::flac;
use spectnet_tests::page::{self, Page, visit_firefox};
use spectnet_tests::recordings;
use spectnet_tests::spectnet::{predict, predict_with};
use xtask::serve::Server;

/// Longest wait for a result that follows the filters.
const LIMIT: Duration = Duration::from_secs(60);
/// What WebDriver calls the enter key.
const ENTER: char = '\u{E007}';

/// A synthesised heart at 2 kHz, which no browser decodes: as a WAV or a FLAC file, by its name.
fn write_heart(folder: &Path, name: &str, seed: u64) -> PathBuf {
    let options = HeartOptions { seed, seconds: 12.0, sample_rate: 2000, murmur: None };
    let sound = heart(&options).unwrap().recording;
    let file = folder.join(name);
    let bytes = if name.ends_with(".flac") {
        let samples: Vec<i16> = sound.samples().iter().map(|sample| (sample * 32_767.0) as i16).collect();
        flac(options.sample_rate, &samples, samples.len() as u64)
    } else {
        write_wav(&sound).unwrap()
    };
    fs::write(&file, bytes).unwrap();
    file
}

/// Judges a file and compares the result with the command line's.
async fn judged_alike(page: &Page, file: &Path) -> Value {
    assert_eq!(page.classify(file).await, "done", "{}", page.visible_text("#error").await);
    let result = page.result().await;
    assert_same_prediction(&result, &predict(&page::default_model(), file));
    result
}

#[test]
fn browser_firefox_agrees_with_the_command_line_and_asks_no_other_server() {
    let folder = tempfile::tempdir().unwrap();
    visit_firefox(&page::dist(), Screen::Desktop, async |page: &Page, server: Server| {
        page.open("").await;
        assert_eq!(page.attribute("#backend", "data-backend").await, "cpu", "{}", page.visible_text("#backend").await);
        judged_alike(page, &recordings::hearts(folder.path())[0]).await;
        judged_alike(page, &write_heart(folder.path(), "heart.flac", 8)).await;
        let note = page.visible_text("#recording-note").await;
        assert!(note.starts_with("heart.flac: 12.0 s at 2000 Hz"), "{note}");
        follows_the_threshold(page, folder.path()).await;
        follows_a_filter(page).await;
        plays_and_stops(page).await;
        judges_several(page, folder.path()).await;

        // The page, its program, its decoder and its model come from where the page is; what begins otherwise is within it.
        let requests = page.requests().await;
        assert!(requests.iter().any(|address| address.contains("decoder")), "{requests:?}");
        let within = |address: &str| ["data:", "blob:"].iter().any(|kind| address.starts_with(kind));
        let foreign: Vec<_> =
            requests.iter().filter(|one| !one.starts_with(&server.url()) && !within(one.as_str())).collect();
        assert!(foreign.is_empty(), "{foreign:?}");
    });
}

async fn follows_the_threshold(page: &Page, folder: &Path) {
    let file = folder.join("heart.flac");
    for threshold in [0.2, 0.9] {
        page.slide("#threshold", threshold).await;
        let expected = predict_with(&["--threshold", &threshold.to_string()], &page::default_model(), &file);
        assert_same_prediction(&page.result().await, &expected);
    }
    page.press_at_once("#threshold-usual").await;
    assert_same_prediction(&page.result().await, &predict(&page::default_model(), &file));
}

async fn follows_a_filter(page: &Page) {
    let noted = |changed: bool| {
        format!("return document.querySelector('#notes').textContent.includes('filterbank') === {changed};")
    };
    let before = page.result().await;
    page.enter("#filter-centre", &format!("150{ENTER}")).await;
    page.comes_to(&noted(true)).await;
    assert_ne!(page.result().await["windows"], before["windows"]);
    page.press_at_once("#filters-reset").await;
    page.comes_to(&noted(false)).await;
    assert_eq!(page.result().await, before);
}

async fn plays_and_stops(page: &Page) {
    page.press_at_once("#player-toggle").await;
    page.comes_to("return document.querySelector('#player-position').valueAsNumber > 0.5;").await;
    assert_eq!(page.visible_text("#player-problem").await, "");
    page.press_at_once("#player-toggle").await;
    page.comes_to("return document.querySelector('#player-toggle').dataset.playing === 'false';").await;
}

async fn judges_several(page: &Page, folder: &Path) {
    let files = [("a.wav", 1), ("b.flac", 2), ("c.wav", 3)].map(|(name, seed)| write_heart(folder, name, seed));
    assert_eq!(page.choose_all("#audio-input", &files).await, "done", "{}", page.visible_text("#error").await);
    let standings = page.attributes("#many-rows tr", "data-standing").await;
    assert!(standings.len() >= files.len() && standings.iter().all(|standing| standing == "done"), "{standings:?}");
    assert_same_prediction(&page.result().await, &predict(&page::default_model(), &files[2]));
}

#[test]
fn browser_firefox_takes_files_explains_saves_and_follows_a_drag() {
    let folder = tempfile::tempdir().unwrap();
    let file = write_heart(folder.path(), "heart.wav", 6);
    visit_firefox(&page::dist(), Screen::Desktop, async |page: &Page, server: Server| {
        page.open("").await;
        takes_what_is_dropped_and_pasted(page, &file).await;
        explains(page, &file).await;
        saves(page).await;
        drags_a_filter(page).await;
        drop(server);
    });
}

async fn takes_what_is_dropped_and_pasted(page: &Page, file: &Path) {
    let bytes = fs::read(file).unwrap();
    let judged = |name: &str| {
        format!(
            "return document.querySelector('#status').dataset.state === 'done'
                && JSON.parse(document.querySelector('#result-json').textContent || '{{}}').file === '{name}';"
        )
    };
    for (kind, element, name) in [("drop", "html", "dropped.wav"), ("paste", "body", "pasted.wav")] {
        assert!(page.give(kind, element, &[(name, bytes.as_slice())]).await, "{kind}: the browser would open the file");
        page.comes_to(&judged(name)).await;
        assert_same_prediction(&page.result().await, &predict(&page::default_model(), file));
    }
}

/// The same numbers as the command line, and the second that can be listened to.
async fn explains(page: &Page, file: &Path) {
    ask(page).await;
    let model = page::default_model();
    let (explained, cells) = (explain(&model, file), page.content("#why-table tbody").await);
    let (filters, cells) = (by_centre(&explained, &model), cells.lines().collect::<Vec<_>>());
    // Centre, all, without, and the 17 phases of the heart cycle.
    assert_eq!(cells.len(), 20 * filters.len(), "{cells:?}");
    for (row, expected) in cells.chunks(20).zip(filters) {
        assert!((signed(row[1]) - number(&expected["contribution"])).abs() < TOLERANCE, "{row:?}: {expected}");
    }
    page.press_at_once("#telling-play").await;
    page.comes_to("return document.querySelector('#player-toggle').dataset.playing === 'false';").await;
    assert_eq!(page.visible_text("#player-problem").await, "");
    let rest = "
        return document.querySelector('#player-position').valueAsNumber
            - Number(document.querySelector('#telling-play').dataset.end);";
    assert!(number(&page.script(rest, vec![]).await).abs() < 0.11, "it stops where the second ends");
    page.press_at_once("#explain").await;
}

async fn saves(page: &Page) {
    page.keep_files().await;
    let result = page.result().await;
    let [name, kind, text] = page.saved("#download").await;
    assert_eq!((name.as_str(), kind.as_str()), ("pasted.spectnet.json", "application/json"));
    let all: Value = serde_json::from_str(&text).unwrap();
    for (key, value) in result.as_object().unwrap() {
        assert_eq!(&all[key], value, "{key}");
    }
    let [_, kind, text] = page.saved("#save-windows").await;
    assert_eq!((kind.as_str(), text.lines().count() - 1), ("text/csv", result["windows"].as_array().unwrap().len()));
    let [_, kind, text] = page.saved("#save-svg").await;
    assert!(kind == "image/svg+xml" && text.contains("not a medical device"), "{kind}");
    let [name, kind, _] = page.saved("#save-png").await;
    assert_eq!((name.as_str(), kind.as_str()), ("pasted.spectnet.png", "image/png"));
    let [width, height, colours] = page.saved_picture().await;
    assert!(width > 1600 && height > 800 && colours > 200, "{width} × {height}, {colours} colours");
}

async fn drags_a_filter(page: &Page) {
    let before = page.result().await;
    let filters = page.attributes("#filters .filter", "data-filter").await;
    let mark = format!("#filters [data-filter='{}'] .now", filters[filters.len() / 3]);
    let place = async || page.attribute(&mark, "cx").await.parse::<f64>().unwrap();
    let learned = place().await;
    page.drag(&mark, 90, 0).await;
    let moved = place().await;
    assert!((moved - learned - 90.0).abs() < 1.5, "it follows the mouse: from {learned} to {moved}");
    let dragged = page.result_when(LIMIT, |now| now["windows"] != before["windows"]).await;
    assert!(dragged["notes"].to_string().contains("With your changes to the filterbank"), "{}", dragged["notes"]);
    page.press_at_once("#filters-reset").await;
    page.result_when(LIMIT, |now| *now == before).await;
}

#[test]
fn browser_firefox_opens_the_page_again_without_its_server() {
    visit_firefox(&page::dist(), Screen::Phone, async |page: &Page, server: Server| {
        page.open("").await;
        page.until(
            "is kept on the device",
            "const active = navigator.serviceWorker?.controller?.state === 'activated';
            return caches.keys().then(names => active && names.length === 1);",
        )
        .await;
        assert!(page.content_width().await <= u64::from(Screen::Phone.width()));
        page.loses(server, &["sw.js"]).await;
        page.open("?backend=cpu").await;
        assert_eq!(page.press("#recorded button").await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(page.visible_text("#verdict").await, "normal");
    });
}
