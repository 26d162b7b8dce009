//! The panel that says why a result is what it is, in a real browser: the same numbers as `spectnet explain`, the most
//! telling second, and nothing that stays when its result goes.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use spectnet_core::package;
use spectnet_tests::agreement::number;
use spectnet_tests::args;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::command::spectnet;
use spectnet_tests::page::{self, Page, visit};
use spectnet_tests::{models, recordings};

/// Longest wait for an explanation.
const LIMIT: Duration = Duration::from_secs(120);
/// Largest difference between contributions of the page and of the command line.
const TOLERANCE: f64 = 8e-3;

fn explain(model: &Path, recording: &Path) -> Value {
    spectnet(args!["explain", recording, "--model", model, "--device", "cpu", "--json"]).json()
}

/// Presses the button and waits for the explanation.
async fn ask(page: &Page) {
    page.press_at_once("#explain").await;
    let start = Instant::now();
    while page.visible_text("#why-map-title").await.is_empty() {
        let problem = page.visible_text("#why-problem").await;
        assert!(problem.is_empty() && start.elapsed() < LIMIT, "there is no explanation: {problem}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(page.visible_text("#explain").await, "Hide the explanation");
    assert_eq!(page.attribute("#explain", "aria-expanded").await, "true");
}

/// A number with its sign as the page writes it.
fn signed(text: &str) -> f64 {
    text.replace('−', "-").parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The filters of a model from low to high, as the page lists them, and what `spectnet explain` says of each. By the model's
/// own centres: those that are said are rounded, and two may look alike.
fn by_centre<'a>(explained: &'a Value, model: &Path) -> Vec<&'a Value> {
    let package = package::read(&fs::read(model).unwrap()).unwrap();
    let centres = package.filters.iter().map(|filter| filter.centre_hz);
    let mut filters: Vec<(f64, &Value)> = centres.zip(explained["filters"].as_array().unwrap()).collect();
    filters.sort_by(|a, b| a.0.total_cmp(&b.0));
    filters.into_iter().map(|(_, filter)| filter).collect()
}

/// What the second of the label at hand says, where there is one for it.
async fn telling_agrees(page: &Page, explained: &Value) -> bool {
    let label = page.attribute("#verdict", "data-label").await;
    let seconds = explained["telling_seconds"].as_array().unwrap();
    let Some(second) = seconds.iter().find(|second| second["class"] == label.as_str()) else { return false };
    assert!(page.visible_text("#telling-text").await.contains(&format!("“{label}”")));
    for (attribute, key) in [("data-start", "start_s"), ("data-end", "end_s")] {
        let shown: f64 = page.attribute("#telling-play", attribute).await.parse().unwrap();
        assert!((shown - number(&second[key])).abs() < 0.051, "{attribute}: {shown}, {second}");
    }
    true
}

#[test]
fn browser_explains_a_result_as_the_command_line_does() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 12.0, [0, 0]);
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert!(page.visible_text("#why-empty").await.starts_with("After a result"));
        assert_eq!(page.visible_text("#explain").await, "", "without a result there is nothing to explain");
        assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(
            (page.visible_text("#explain").await.as_str(), page.visible_text("#why-empty").await),
            ("Explain", String::new())
        );
        ask(page).await;

        let explained = explain(&page::default_model(), &recording);
        assert_eq!(page.visible_text("#why-map-title").await, "Filters × phases of the heart cycle");
        let said = page.visible_text("#why-sentences").await;
        assert!(said.contains("The log-odds of “abnormal” are") && said.contains("What speaks"), "{said}");
        assert!(!said.contains("The second"), "it has a line of its own: {said}");
        assert!(page.colours("#why-map").await > 20);
        assert!(page.attribute("#why-map", "aria-label").await.contains("32 filters add in 9 phases"));

        // The table has every number: centre, all, without, and the nine phases, from low to high.
        let cells = page.content("#why-table tbody").await;
        let cells: Vec<&str> = cells.lines().collect();
        assert_eq!(cells.len(), 32 * 12, "{cells:?}");
        let phases = |key: &str, phase: usize, filter: usize| number(&explained["phases"][key][phase][filter]);
        let filters = by_centre(&explained, &page::default_model());
        let place =
            |filter: &Value| explained["filters"].as_array().unwrap().iter().position(|one| one == filter).unwrap();
        for (row, expected) in cells.chunks(12).zip(&filters) {
            assert!((signed(row[1]) - number(&expected["contribution"])).abs() < TOLERANCE, "{row:?}: {expected}");
            assert!(row[2].contains('%'), "{row:?}");
            for (phase, text) in row[3..].iter().enumerate() {
                let sum = phases("mean", phase, place(expected)) + phases("deviation", phase, place(expected));
                assert!((signed(text) - sum).abs() < TOLERANCE, "{row:?}, phase {phase}: {sum}");
            }
        }
        page.press_at_once("#why-numbers summary").await;
        assert!(page.visible_text("#why-table").await.contains("diastole 4/4"));

        // Whichever filter is chosen here is the one of the filterbank too.
        for filter in [3, 20] {
            page.slide("#why-filter", f64::from(filter)).await;
            assert_eq!(page.attributes("#filters .selected", "data-filter").await, [filter.to_string()]);
            let said = page.visible_text("#without").await;
            let expected = 100.0 * number(&explained["filters"][filter as usize]["probability_without"]);
            let shown = said.split(" %").next().unwrap_or_default().parse::<f64>();
            assert!(
                shown.is_ok_and(|shown| (shown - expected).abs() < 1.0) || said.starts_with(['<', '>']),
                "{said}: {expected}"
            );
            assert!(said.contains("“abnormal”") && said.contains("it adds"), "{said}");
        }

        // The second is that of what the recording is called, wherever the threshold is.
        let mut agreed = 0;
        for threshold in [0.0, 1.0] {
            page.slide("#threshold", threshold).await;
            agreed += usize::from(telling_agrees(page, &explained).await);
            assert!(!page.visible_text("#why-map-title").await.is_empty(), "the explanation stays");
        }
        assert!(agreed > 0, "{explained}");

        // It is hidden when a person wants that, and goes with its result.
        page.press_at_once("#explain").await;
        assert_eq!(page.visible_text("#why-map-title").await, "");
        assert_eq!(page.content("#why-sentences").await, "");
        ask(page).await;
        assert_eq!(page.classify(&recordings::silence(folder.path(), 5)).await, "done");
        assert_eq!(
            (page.visible_text("#why-map-title").await, page.visible_text("#explain").await),
            (String::new(), "Explain".into())
        );
        // What the program abstains from is explained with that said first.
        ask(page).await;
        let said = page.visible_text("#why-sentences").await;
        assert!(said.starts_with("Nothing was said of this recording (silent)"), "{said}");
    });
}

#[test]
fn browser_explains_a_network_over_time_on_a_phone() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("assessed.safetensors");
    fs::write(&model, models::assessed().1).unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 8.0, [0, 0]);
    visit(Graphics::None, Screen::Phone, async |page| {
        page.open("").await;
        assert_eq!(page.load_model(&model).await, "ready", "{}", page.visible_text("#error").await);
        assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
        ask(page).await;
        let explained = explain(&model, &recording);
        assert_eq!(page.visible_text("#why-map-title").await, "Filters × time");
        assert!(page.colours("#why-map").await > 10);
        let cells = page.content("#why-table tbody").await;
        let cells: Vec<&str> = cells.lines().collect();
        let size: f64 = by_centre(&explained, &model).iter().map(|filter| number(&filter["contribution"]).abs()).sum();
        assert_eq!(cells.len(), 4 * 3, "{cells:?}");
        for (row, expected) in cells.chunks(3).zip(by_centre(&explained, &model)) {
            let difference = (signed(row[1]) - number(&expected["contribution"])).abs();
            assert!(difference < TOLERANCE * size.max(1.0), "{row:?}: {expected}");
        }
        page.press_at_once("#why-numbers summary").await;
        assert!(page.visible_text("#why-table").await.contains("All filters"));
        assert!(page.content_width().await <= u64::from(Screen::Phone.width()), "it scrolls within the table");

        // What is asked for and stopped at once leaves nothing behind.
        for _ in 0..3 {
            page.press_at_once("#explain").await;
        }
        let start = Instant::now();
        while page.visible_text("#explain").await != "Explain" {
            assert!(start.elapsed() < LIMIT, "{}", page.visible_text("#explain").await);
            if page.visible_text("#explain").await == "Hide the explanation" {
                page.press_at_once("#explain").await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(page.visible_text("#why-map-title").await, "");
        assert_eq!(page.visible_text("#why-problem").await, "");
    });
}
