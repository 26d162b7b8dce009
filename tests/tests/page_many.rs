//! Several recordings on the page, in a real browser: one after the other, in a table, as CSV, and against labels.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spectnet_core::audio::write_wav;
use spectnet_core::prediction::assessment::LEAST_OF_EACH;
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::agreement::{assert_same_prediction, number};
use spectnet_tests::args;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::command::spectnet;
use spectnet_tests::page::{self, Page, visit};
use spectnet_tests::spectnet::predict;

/// From now on everything is written down that the list says of the time that is left.
const WATCH_TIME: &str = "
    window.left = [];
    const place = document.querySelector('#many-left');
    new MutationObserver(() => window.left.push(place.textContent)).observe(place, { childList: true });";

/// Synthesised hearts with these names.
fn hearts(folder: &Path, names: &[&str]) -> Vec<PathBuf> {
    let file = |(seed, name): (u64, &&str)| {
        let options = HeartOptions { seed, seconds: 12.0, sample_rate: 2000, murmur: None };
        let file = folder.join(name);
        fs::write(&file, write_wav(&heart(&options).unwrap().recording).unwrap()).unwrap();
        file
    };
    (1..).zip(names).map(file).collect()
}

/// What the command line says of recordings.
fn predictions(model: &Path, files: &[PathBuf]) -> Vec<Value> {
    let command = args!["predict", "--device", "cpu", "--json", "--model", model];
    let files = files.iter().map(|file| file.clone().into_os_string());
    spectnet(command.into_iter().chain(files)).json().as_array().expect("a list").clone()
}

/// The names in the table.
async fn names(page: &Page) -> String {
    page.content("#many-rows").await.lines().filter(|line| line.contains(".wav")).collect::<Vec<_>>().join(" ")
}

#[test]
fn browser_judges_several_recordings_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = hearts(folder.path(), &["=b.wav", "c.wav", "a.wav"]);
    let broken = folder.path().join("broken.wav");
    fs::write(&broken, b"this is not a recording\n").unwrap();
    files.insert(1, broken);
    let readable = [&files[0], &files[2], &files[3]];
    let expected: Vec<Value> = readable.iter().map(|file| predict(&page::default_model(), file)).collect();
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.visible_text("#many").await, "", "there is no list before there are several");
        assert_eq!(page.choose_all("#audio-input", &files).await, "done", "{}", page.visible_text("#error").await);
        let standings = page.attributes("#many-rows tr", "data-standing").await;
        assert_eq!(standings, ["done", "failed", "done", "done"]);
        assert_eq!(page.attribute("#many-rows tr:nth-child(4)", "aria-current").await, "true");
        assert_same_prediction(&page.result().await, &expected[2]);
        let failed = page.visible_text("#many-rows tr:nth-child(2) .result").await;
        assert!(failed.starts_with("failed: ") && failed.len() > 20, "{failed}");
        assert!(page.visible_text("#many-said").await.starts_with("4 recordings: "));
        assert!(page.visible_text("#many-rows tr:nth-child(1) .rate").await.ends_with("a minute"));
        assert_eq!(page.visible_text("#many-scores").await, "", "nobody gave a label");

        // All of it as a table, in which no name is a formula.
        page.watch_downloads().await;
        page.press_at_once("#many-save").await;
        let table = page.downloaded().await;
        let lines: Vec<&str> = table.split("\r\n").collect();
        assert!(lines[0].starts_with("file,label,abstained,probability of normal,probability of abnormal,"), "{table}");
        assert_eq!((lines.len(), lines[5]), (6, ""), "{table}");
        assert!(lines[1].starts_with("'=b.wav,") && lines[2].starts_with("broken.wav,,,"), "{table}");
        let cells: Vec<&str> = lines[1].split(',').collect();
        let abnormal: f64 = cells[4].parse().unwrap();
        assert!((abnormal - number(&expected[0]["probabilities"]["abnormal"])).abs() < 0.002, "{table}");

        // Another row is shown again, with everything that belongs to it.
        assert_eq!(page.press("#many-rows tr:nth-child(1) th button").await, "done");
        assert_same_prediction(&page.result().await, &expected[0]);
        assert!(page.colours("#waveform").await > 1);
        assert_eq!(page.attribute("#many-rows tr:nth-child(1)", "aria-current").await, "true");

        // Sorted, searched, narrowed.
        page.press_at_once("#many-by-name button").await;
        assert_eq!(names(page).await, "=b.wav a.wav broken.wav c.wav");
        page.press_at_once("#many-by-name button").await;
        assert_eq!(names(page).await, "c.wav broken.wav a.wav =b.wav");
        assert_eq!(page.attribute("#many-by-name", "aria-sort").await, "descending");
        page.enter("#many-search", "B").await;
        assert_eq!(names(page).await, "broken.wav =b.wav");
        page.choose_at_once("#many-narrow", "failed").await;
        assert_eq!(names(page).await, "broken.wav");
        page.press_at_once("#many-rows tr .remove button").await;
        assert!(!page.visible_text("#many-none").await.is_empty());
        page.choose_at_once("#many-narrow", "").await;
        assert_eq!(names(page).await, "=b.wav");

        // One more joins the list; then there is none.
        assert_eq!(page.classify(&files[1]).await, "failed");
        assert_eq!(page.attributes("#many-rows tr", "data-standing").await, ["failed", "done"]);
        page.press_at_once("#many-clear").await;
        assert_eq!(page.visible_text("#many").await, "");
    });
}

/// The labelled recordings suggest the threshold of the file that `spectnet calibrate` writes: the same ones are called
/// abnormal.
#[test]
fn browser_suggests_the_threshold_that_the_command_line_finds() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let count = (2 * LEAST_OF_EACH).to_string();
    let hearts = args!["synth", "--task", "heart", "--seconds", "8", "--seed", "3", "--count", &count, "--out", &data];
    spectnet(hearts).done();
    let files: Vec<PathBuf> =
        (0..2 * LEAST_OF_EACH).map(|number| data.join(format!("heart-{number:05}.wav"))).collect();
    let calibrated = folder.path().join("calibrated.safetensors");
    let model = page::default_model();
    let command = args!["calibrate", "--device", "cpu", "--model", &model, "--data", &data, "--out", &calibrated];
    spectnet(command).done();
    let called = |model: &Path| -> Vec<String> {
        predictions(model, &files).iter().map(|one| (one["label"] == "abnormal").to_string()).collect()
    };
    let (before, after) = (called(&model), called(&calibrated));
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        page.script(WATCH_TIME, vec![]).await;
        let given: Vec<PathBuf> = files.iter().cloned().chain([data.join("manifest.csv")]).collect();
        assert_eq!(page.choose_all("#audio-input", &given).await, "done", "{}", page.visible_text("#error").await);
        let left: Vec<String> = serde_json::from_value(page.script("return window.left;", vec![]).await).unwrap();
        let says = |text: &String| text.starts_with("about ") && text.ends_with(" left");
        assert!(left.iter().any(says) && left.last().is_some_and(String::is_empty), "{left:?}");
        let note = page.visible_text("#many-note").await;
        assert!(note.contains(&format!("{count} of {count} recordings have a label")), "{note}");
        assert_eq!(page.attributes("#many-rows tr", "data-positive").await, before);
        let said = page.visible_text("#many-suggested").await;
        assert!(said.starts_with("These recordings suggest a threshold of ") && said.contains("optimistic"), "{said}");

        page.press_at_once("#many-use").await;
        assert_eq!(page.attributes("#many-rows tr", "data-positive").await, after);
        assert_eq!(page.visible_text("#many-use").await, "", "it is in use");
        // Synthesised hearts are normal and abnormal in turn.
        let positives = after.iter().filter(|called| *called == "true").count();
        let found = after.iter().skip(1).step_by(2).filter(|called| *called == "true").count();
        let counts = [LEAST_OF_EACH - (positives - found), positives - found, 0, LEAST_OF_EACH - found, found, 0];
        let cells = page.content("#many-confusion tbody").await;
        let cells: Vec<usize> = cells.lines().filter_map(|cell| cell.parse().ok()).collect();
        assert_eq!(cells, counts);
        let figures = page.content("#many-figures").await;
        assert!(figures.contains(&format!("({found} of {LEAST_OF_EACH})")), "{figures}");
    });
}

#[test]
fn browser_on_a_phone_shows_the_list_without_scrolling_sideways() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}.wav", "a-recording-with-a-long-name-".repeat(6));
    let mut files = hearts(folder.path(), &[&long, "b.wav"]);
    let labels = folder.path().join("labels.csv");
    fs::write(&labels, "name,label\nb.wav,1\n").unwrap();
    files.push(labels);
    visit(Graphics::None, Screen::Phone, async |page| {
        page.open("").await;
        assert_eq!(page.choose_all("#audio-input", &files).await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(page.visible_text("#many-rows tr:nth-child(2) .truth").await, "abnormal");
        assert!(page.visible_text("#many-suggested").await.contains("too few"));
        page.press_at_once("#many .help summary").await;
        assert!(page.visible_text("#many .help").await.contains("one after the other"));
        let width = page.content_width().await;
        assert!(width <= u64::from(Screen::Phone.width()), "the page is {width} pixels wide");
    });
}
