//! The page in Firefox: the same numbers as the command line, and what a person does most, as in Chromium.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spectnet_core::audio::write_wav;
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::agreement::assert_same_prediction;
use spectnet_tests::browser::Screen;
use spectnet_tests::flac::flac;
use spectnet_tests::page::{self, Page, visit_firefox};
use spectnet_tests::recordings;
use spectnet_tests::spectnet::{predict, predict_with};
use xtask::serve::Server;

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
