//! The workers of the page in Chromium.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::error::WebDriverResult;

use crate::page::Page;

/// Longest wait until one that was ended is gone.
const LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(200);
/// What Chromium calls their number.
const WORKERS: &str = "WorkerGlobalScopes";

impl Page {
    /// How many there are, as the browser counts them for its tools: of the whole page, whoever started them.
    ///
    /// # Panics
    /// In another browser.
    pub async fn workers(&self) -> u64 {
        self.ask("Performance.enable").await;
        let answer = self.ask("Performance.getMetrics").await;
        let mut metrics = answer["metrics"].as_array().into_iter().flatten();
        let found = metrics.find(|metric| metric["name"] == WORKERS).and_then(|metric| metric["value"].as_f64());
        found.unwrap_or_else(|| panic!("the browser counts no workers: {answer}")) as u64
    }

    /// Waits until there are no more than so many.
    ///
    /// # Panics
    /// Where there still are more after a minute.
    pub async fn has_workers(&self, most: u64) {
        let start = Instant::now();
        loop {
            let workers = self.workers().await;
            if workers <= most {
                return;
            }
            assert!(start.elapsed() < LIMIT, "{workers} workers are left, of {most} that there were");
            tokio::time::sleep(POLL).await;
        }
    }

    async fn ask(&self, command: &str) -> Value {
        let answer: WebDriverResult<Value> = self.engine.session().cdp().send_raw(command, json!({})).await;
        answer.unwrap_or_else(|error| panic!("{command}: {error}"))
    }
}
