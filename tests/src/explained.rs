//! What the page and `spectnet explain` say of why a result is what it is.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use spectnet_core::package;

use crate::args;
use crate::command::spectnet;
use crate::page::Page;

/// Longest wait for an explanation.
pub const LIMIT: Duration = Duration::from_secs(120);
/// Largest difference between contributions of the page and of the command line.
pub const TOLERANCE: f64 = 8e-3;

/// What `spectnet explain --json` says of a recording, on the CPU.
pub fn explain(model: &Path, recording: &Path) -> Value {
    spectnet(args!["explain", recording, "--model", model, "--device", "cpu", "--json"]).json()
}

/// A number with its sign as the page writes it.
///
/// # Panics
/// Where it is none.
pub fn signed(text: &str) -> f64 {
    text.replace('−', "-").parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The filters of a model from low to high, as the page lists them, and what `spectnet explain` says of each. By the model's
/// own centres: those that are said are rounded, and two may look alike.
///
/// # Panics
/// Where the file is no model.
pub fn by_centre<'a>(explained: &'a Value, model: &Path) -> Vec<&'a Value> {
    let package = package::read(&fs::read(model).expect("a model file")).expect("a model");
    let centres = package.filters.iter().map(|filter| filter.centre_hz);
    let mut filters: Vec<(f64, &Value)> = centres.zip(explained["filters"].as_array().expect("a list")).collect();
    filters.sort_by(|a, b| a.0.total_cmp(&b.0));
    filters.into_iter().map(|(_, filter)| filter).collect()
}

/// Presses the button and waits for the explanation.
///
/// # Panics
/// Where there is none in time.
pub async fn ask(page: &Page) {
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
