//! The workers of the page, as the page itself could count them: Chromium's own number holds the worker that keeps the page on
//! the device too, which comes and goes by itself.

use serde_json::json;

use crate::page::Page;

/// Counts, from now on, those that are begun and not ended.
const WATCH: &str = "
    window.workersAlive = 0;
    window.Worker = class extends Worker {
        ended = false;
        constructor(...given) {
            super(...given);
            window.workersAlive += 1;
        }
        terminate() {
            super.terminate();
            window.workersAlive -= this.ended ? 0 : 1;
            this.ended = true;
        }
    };";

impl Page {
    /// Counts, from now on and until the page is opened again, the workers that are begun and not ended.
    pub async fn watch_workers(&self) {
        self.script(WATCH, vec![]).await;
    }

    /// How many of those there are.
    ///
    /// # Panics
    /// Where nobody counts them.
    pub async fn workers(&self) -> u64 {
        let alive = self.script("return window.workersAlive;", vec![]).await;
        assert_ne!(alive, json!(null), "nobody counts the workers");
        alive.as_u64().expect("a number of workers")
    }
}
