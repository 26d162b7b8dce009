//! What the page says of a recording, in a real browser: a label or why there is none, one threshold for everything that
//! is seen, and what the label is worth.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spectnet_core::audio::write_wav;
use spectnet_tests::agreement::{assert_same_prediction, number};
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{self, Page, visit};
use spectnet_tests::spectnet::{predict, predict_whole, predict_with};
use spectnet_tests::{models, recordings};

/// Height of the plot of the windows in pixels, and of its upper edge.
const PLOT: [f64; 2] = [96.0, 6.0];

/// What stands on the page where nothing can be said: the reason and what to do, and nothing that looks like an answer.
async fn abstains(page: &Page, file: &Path, expected: &Value) -> String {
    assert_eq!(page.classify(file).await, "done", "{}", page.visible_text("#error").await);
    assert_same_prediction(&page.result().await, expected);
    let reason = expected["abstained"]["reason"].as_str().unwrap_or_else(|| panic!("{}: {expected}", file.display()));
    assert_eq!(page.attribute("#verdict", "data-abstained").await, reason);
    assert_eq!(page.attributes("#verdict[data-label]", "data-label").await, [""; 0]);
    assert_eq!(page.attribute("#verdict", "data-positive").await, "false");
    let headline = page.visible_text("#verdict").await;
    assert!(headline.starts_with("Cannot say: "), "{headline}");
    assert!(page.status().await.contains(&headline), "what is read out says it too: {}", page.status().await);
    let detail = page.visible_text("#abstention").await;
    assert_eq!(detail, expected["abstained"]["detail"].as_str().unwrap());
    assert!(["Record", "Check"].iter().any(|advice| detail.contains(advice)), "what to do next: {detail}");
    assert_eq!(page.visible_text("#probability").await, "");
    assert_eq!(page.visible_text("#classes").await, "", "no bars as if they were an answer");
    assert_eq!(page.visible_text("#threshold-choice").await, "");
    assert_eq!(page.attribute("#windows", "class").await, "neutral");

    // Who wants to know finds it folded away.
    page.press_at_once("#all-the-same summary").await;
    assert!(page.visible_text("#classes").await.contains('%'));
    headline
}

#[test]
fn browser_says_that_nothing_can_be_said_of_silence_noise_and_speech() {
    let folder = tempfile::tempdir().unwrap();
    let noise = folder.path().join("noise.wav");
    fs::write(&noise, write_wav(&recordings::noise(12.0)).unwrap()).unwrap();
    let silence = recordings::silence(folder.path(), 5);
    let heart = recordings::heart_in_silence(folder.path(), 12.0, [0, 0]);
    visit(Graphics::WebGpu, Screen::Desktop, async |page| {
        page.open("").await;
        let judged = |file: &Path| predict(&page::default_model(), file);
        assert_eq!(abstains(page, &silence, &judged(&silence)).await, "Cannot say: silent");
        for file in recordings::digits().iter().chain([&noise]) {
            abstains(page, file, &judged(file)).await;
        }
        // What comes next is answered as if nothing had been.
        assert_eq!(page.classify(&heart).await, "done", "{}", page.visible_text("#error").await);
        assert_same_prediction(&page.result().await, &judged(&heart));
        assert_eq!(page.attribute("#verdict", "data-abstained").await, "");
        assert!(!page.attribute("#verdict", "data-label").await.is_empty());
        assert!(page.visible_text("#classes").await.contains('%'));
        assert_eq!(page.visible_text("#all-the-same").await, "");
    });
}

#[test]
fn browser_leaves_the_silent_half_of_a_recording_out() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, half] = [[0, 0], [0, 10]].map(|silence| recordings::heart_in_silence(folder.path(), 10.0, silence));
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        let mut results = Vec::new();
        for (file, noted) in [(&whole, false), (&half, true)] {
            assert_eq!(page.classify(file).await, "done", "{}", page.visible_text("#error").await);
            let result = page.result().await;
            assert_same_prediction(&result, &predict(&page::default_model(), file));
            assert_eq!(page.visible_text("#notes").await.contains("of 20.0 s hold sound"), noted);
            results.push((result["label"].clone(), number(&result["probabilities"]["abnormal"])));
        }
        assert_eq!(results[0].0, results[1].0);
        assert!((results[0].1 - results[1].1).abs() < 0.02, "{results:?}");
    });
}

#[test]
fn browser_finds_a_heart_behind_a_silent_minute() {
    let folder = tempfile::tempdir().unwrap();
    let file = recordings::heart_in_silence(folder.path(), 30.0, [70, 0]);
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        abstains(page, &file, &predict(&page::default_model(), &file)).await;
        let note = page.visible_text("#notes").await;
        assert!(note.contains("60 to 100 s do: tick “Judge all of it”"), "{note}");
        assert_eq!(page.press("#whole").await, "done", "{}", page.visible_text("#error").await);
        assert_same_prediction(&page.result().await, &predict_whole(&page::default_model(), &file));
        assert!(!page.attribute("#verdict", "data-label").await.is_empty());
        assert!(!page.visible_text("#notes").await.contains("Judge all of it"));
    });
}

/// A model that was measured, on a heart sound.
async fn measured(page: &Page, folder: &Path) -> (PathBuf, PathBuf) {
    let model = folder.join("assessed.safetensors");
    fs::write(&model, models::assessed().1).unwrap();
    let recording = recordings::heart_in_silence(folder, 15.0, [0, 0]);
    page.open("").await;
    assert_eq!(page.load_model(&model).await, "ready", "{}", page.visible_text("#error").await);
    assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
    (model, recording)
}

#[test]
fn browser_draws_one_threshold_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    visit(Graphics::None, Screen::Desktop, async |page| {
        measured(page, folder.path()).await;
        let result = page.result().await;
        let of = |window: &Value| number(&window["probabilities"]["abnormal"]);
        let shares: Vec<f64> = result["windows"].as_array().unwrap().iter().map(of).collect();
        let usual = number(&result["threshold"]);
        let middle = (of(&result) + shares.iter().copied().fold(0.0, f64::max)) / 2.0;
        let mut counts = Vec::new();
        for threshold in [usual, 0.0, middle, 1.0] {
            if threshold != usual {
                page.slide("#threshold", threshold).await;
            }
            let high = shares.iter().filter(|share| **share >= threshold).count();
            let abnormal = of(&result) >= threshold;
            let label = if abnormal { "abnormal" } else { "normal" };
            assert_eq!(page.attribute("#verdict", "data-label").await, label, "{threshold}");
            assert_eq!(page.attribute("#verdict", "data-positive").await, abnormal.to_string());
            assert_eq!(page.visible_text("#classes .winner .name").await, label);
            let agree = if abnormal { high } else { shares.len() - high };
            let said = page.visible_text("#verdict-basis").await;
            assert!(said.contains(&format!("{agree} of {} say “{label}”", shares.len())), "{threshold}: {said}");
            assert_eq!(page.count("#windows .bar").await, shares.len());
            assert_eq!(page.count("#windows .bar.high").await, high, "{threshold}");
            let [bottom, top] = PLOT;
            let line: f64 = page.attribute("#windows .threshold", "y1").await.parse().unwrap();
            assert!((line - (bottom + (top - bottom) * threshold)).abs() < 0.06, "{threshold}: {line}");
            let style = page.attribute("#classes .line", "style").await;
            let left: f64 = style.trim_start_matches("left:").trim_end_matches("%;").trim().parse().unwrap();
            assert!((left - 100.0 * threshold).abs() < 0.006, "{threshold}: {style}");
            counts.push(high);
        }
        assert!(counts[1] == shares.len() && counts[3] < counts[1], "{counts:?}");
        page.press_at_once("#threshold-usual").await;
        assert_eq!(page.result().await, result);
        assert_eq!(page.count("#windows .bar.high").await, counts[0]);
    });
}

/// Heart cycles follow it too: the shipped model judges each by itself.
#[test]
fn browser_colours_heart_cycles_by_the_threshold() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 15.0, [0, 0]);
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
        let result = page.result().await;
        let cycles = result["cycles"].as_array().unwrap();
        assert!(cycles.len() > 5, "{result}");
        for threshold in [number(&result["threshold"]), 0.0, 1.0] {
            page.slide("#threshold", threshold).await;
            let of = |cycle: &&Value| number(&cycle["probabilities"]["abnormal"]) >= threshold;
            assert_eq!(page.count("#windows .cycle").await, cycles.len());
            assert_eq!(page.count("#windows .cycle.high").await, cycles.iter().filter(of).count(), "{threshold}");
        }
    });
}

#[test]
fn browser_turns_a_prevalence_into_predictive_values() {
    let folder = tempfile::tempdir().unwrap();
    visit(Graphics::None, Screen::Desktop, async |page| {
        let (model, recording) = measured(page, folder.path()).await;
        let usual = page.result().await;
        assert_same_prediction(&usual, &predict(&model, &recording));
        let percent = |share: &Value| format!("{:.0} %", 100.0 * number(share));
        let label = page.visible_text("#prevalence-label").await;
        assert_eq!(label, "Fraction of abnormal among the recordings you judge");
        let said = page.visible_text("#predictive").await;
        assert!(said.starts_with(&format!("Where {} are abnormal", percent(&usual["prevalence"]))), "{said}");

        page.enter("#prevalence", "5").await;
        let (rare, expected) = (page.result().await, predict_with(&["--prevalence", "0.05"], &model, &recording));
        assert_same_prediction(&rare, &expected);
        assert!(number(&rare["positive_predictive_value"]) < number(&usual["positive_predictive_value"]));
        let sentence = format!(
            "Where 5 % are abnormal, a recording called abnormal is so in {} of cases; another is normal in {}.",
            percent(&rare["positive_predictive_value"]),
            percent(&rare["negative_predictive_value"])
        );
        assert_eq!(page.visible_text("#predictive").await, sentence);

        // What is no share changes nothing, and that is said until there is one again.
        for wrong in [500.0, -3.0] {
            page.slide("#prevalence", wrong).await;
            let problem = page.visible_text("#prevalence-problem").await;
            assert!(problem.contains("0 to 100; 5 % still counts"), "{wrong}: {problem}");
            assert_eq!(page.attribute("#prevalence", "aria-invalid").await, "true");
            assert_eq!(page.result().await, rare);
            page.enter("#prevalence", "5").await;
            assert_eq!(page.visible_text("#prevalence-problem").await, "");
        }
        // It stays where the threshold moves.
        page.slide("#threshold", 0.0).await;
        assert_eq!(page.result().await["prevalence"], 0.05);
        let said = page.visible_text("#predictive").await;
        assert_eq!(
            said,
            "Where 5 % are abnormal, a recording called abnormal is so in 5 % of cases; none is called normal."
        );
    });
}

#[test]
fn browser_does_not_call_silence_by_the_name_of_an_environmental_sound() {
    let folder = tempfile::tempdir().unwrap();
    let silence = recordings::silence(folder.path(), 5);
    visit(Graphics::WebGpu, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.choose_in_menu(1).await, "ready", "{}", page.visible_text("#error").await);
        let model = page::dist().join("weights/environment.safetensors");
        assert_eq!(abstains(page, &silence, &predict(&model, &silence)).await, "Cannot say: silent");
        assert_eq!(page.press("#recorded button").await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(page.visible_text("#verdict").await, "dog bark");
    });
}

/// One of the real recordings for each kind of answer, as their makers labelled them.
#[test]
fn browser_shows_real_hearts_of_every_kind() {
    for graphics in [Graphics::WebGpu, Graphics::None] {
        visit(graphics, Screen::Desktop, async |page| {
            page.open("").await;
            for (number, said) in [(1, "normal"), (2, "abnormal"), (3, "Cannot say: too noisy")] {
                let button = format!("#recorded button:nth-child({number})");
                assert_eq!(page.press(&button).await, "done", "{}", page.visible_text("#error").await);
                assert_eq!(page.visible_text("#verdict").await, said);
                assert_eq!(page.result().await["label"].is_null(), number == 3);
            }
        });
    }
}
