//! Filters that are moved and switched off on the page, in a real browser: the result is that of a model with these filters,
//! and the first one comes back.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use spectnet_core::filterbank::FilterParameters;
use spectnet_core::package::{self, Package};
use spectnet_tests::agreement::assert_same_prediction;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{self, Page, visit};
use spectnet_tests::recordings;
use spectnet_tests::spectnet::predict;

/// Longest wait for a result that follows: a browser that computes in software takes its time.
const LIMIT: Duration = Duration::from_secs(60);
/// What WebDriver calls the enter key.
const ENTER: char = '\u{E007}';
/// Where the filter is moved to, in Hz.
const CENTRE_HZ: f64 = 150.0;

/// The shipped model with one filter elsewhere, by way of its weights.
fn with_filter(model: &Package, filter: usize, centre_hz: f64) -> Vec<u8> {
    let asked = FilterParameters { centre_hz, ..model.filters[filter] };
    let [centre, bandwidth, _] = model.config.front_end.to_unconstrained(&asked);
    let mut weights = model.weights.clone();
    for (name, number) in [("front_end.centre_frequency", centre), ("front_end.bandwidth", bandwidth)] {
        weights.get_mut(name).expect("a tensor of every model")[filter] = number as f32;
    }
    let bytes = package::write(&model.config, &weights, &model.provenance).expect("a valid model");
    let assessed = model.assessment.as_ref().map(|assessment| package::with_assessment(&bytes, assessment));
    assessed.map_or(bytes, |assessed| assessed.expect("a valid assessment"))
}

/// The filter that the page shows first: the one that training moved most.
fn shown_first(model: &Package) -> usize {
    let shift = |(learned, start): (&FilterParameters, &FilterParameters)| (learned.centre_hz - start.centre_hz).abs();
    let shifts = model.filters.iter().zip(&model.initial_filters).map(shift).enumerate();
    shifts.max_by(|a, b| a.1.total_cmp(&b.1)).expect("a filter").0
}

/// What the result says of changed filters; empty where it is that of the model as it was trained.
fn noted(result: &Value) -> String {
    let mut notes = result["notes"].as_array().into_iter().flatten();
    let note = notes.find(|note| note["kind"] == "filterbank");
    note.map_or(String::new(), |note| note["detail"].as_str().unwrap_or_default().to_owned())
}

/// The same result without that note.
fn without_note(result: &Value) -> Value {
    let mut result = result.clone();
    if let Some(notes) = result["notes"].as_array_mut() {
        notes.retain(|note| note["kind"] != "filterbank");
    }
    result
}

/// Moves the filter that is shown, and the result is that of a model with the filter there.
async fn moves_a_filter(page: &Page, folder: &Path, recording: &Path) -> Value {
    let model = package::read(&fs::read(page::default_model()).unwrap()).unwrap();
    let moved = folder.join("moved.safetensors");
    fs::write(&moved, with_filter(&model, shown_first(&model), CENTRE_HZ)).unwrap();
    page.enter("#filter-centre", &format!("{CENTRE_HZ}{ENTER}")).await;
    let result = page.result_when(LIMIT, |result| noted(result).contains("150.0 Hz")).await;
    assert_same_prediction(&without_note(&result), &predict(&moved, recording));
    let seen = page.visible_text("#notes").await;
    assert!(seen.contains("With your changes to the filterbank"), "{seen}");
    result
}

#[test]
fn browser_follows_filters_that_are_moved_and_switched_off() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 30.0, [0, 0]);
    let other = recordings::heart_in_silence(folder.path(), 10.0, [0, 1]);
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
        let before = page.result().await;
        assert_same_prediction(&before, &predict(&page::default_model(), &recording));
        let moved = moves_a_filter(page, folder.path(), &recording).await;
        assert_ne!(moved["windows"], before["windows"]);

        page.press_at_once("#filter-on").await;
        let off = page.result_when(LIMIT, |result| noted(result).contains("off")).await;
        assert_ne!(off["windows"], moved["windows"]);
        // What is no number and what is out of range do no harm.
        page.enter("#filter-bandwidth", &format!("-{ENTER}")).await;
        page.enter("#filter-centre", &format!("99999{ENTER}")).await;
        assert_eq!(page.visible_text("#error").await, "");

        page.press_at_once("#filters-reset").await;
        let again = page.result_when(LIMIT, |result| noted(result).is_empty()).await;
        assert_eq!(again, before);

        // Another recording follows the same filters; another model has its own.
        page.press_at_once("#filter-on").await;
        page.result_when(LIMIT, |result| noted(result).contains("off")).await;
        assert_eq!(page.classify(&other).await, "done", "{}", page.visible_text("#error").await);
        let second = page.result_when(LIMIT, |result| noted(result).contains("off")).await;
        assert_eq!(second["file"], "heart-0-1.wav");
        assert_eq!(page.choose_in_menu(0).await, "done", "{}", page.visible_text("#error").await);
        let fresh = page.result().await;
        assert_eq!(noted(&fresh), "");
        assert_same_prediction(&fresh, &predict(&page::default_model(), &other));
    });
}

/// The device keeps the images of the windows to itself: they are computed when they are needed.
#[test]
fn browser_with_webgpu_follows_a_filter_too() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 10.0, [0, 0]);
    visit(Graphics::WebGpu, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
        let before = page.result().await;
        moves_a_filter(page, folder.path(), &recording).await;
        page.press_at_once("#filters-reset").await;
        assert_eq!(page.result_when(LIMIT, |result| noted(result).is_empty()).await, before);
    });
}
