//! How a test looks at the page in Chromium: how wide it is shown, in which colours, pictures of it, and all else that only
//! its developer tools can do.

use serde_json::{Value, json};
use thirtyfour::error::WebDriverResult;

use crate::browser::Screen;
use crate::page::Page;

/// Waits until the page is painted, and once more.
const PAINTED: &str = "
    return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))));";

impl Page {
    /// Opens an address and waits for nothing else.
    pub async fn load(&self, address: &str) {
        self.engine.go(address).await.expect("the page opens");
    }

    /// From now on the person at the screen wishes these colours, `light` or `dark`, and nothing that moves.
    pub async fn prefer(&self, colours: &str) {
        let wishes = json!([
            { "name": "prefers-color-scheme", "value": colours },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": wishes })).await;
        self.painted().await;
    }

    /// From now on the page is shown on such a screen, each CSS pixel as one pixel.
    pub async fn show_on(&self, screen: Screen) {
        self.resize(screen, screen.height().into()).await;
    }

    /// All of the page from top to end on such a screen, as a PNG file.
    pub async fn picture(&self, screen: Screen) -> Vec<u8> {
        self.show_on(screen).await;
        let height = self.script("return document.documentElement.scrollHeight;", vec![]).await;
        self.resize(screen, height.as_u64().expect("a height is a number")).await;
        let picture = self.engine.session().screenshot_as_png().await.expect("pictures can be taken");
        self.show_on(screen).await;
        picture
    }

    async fn resize(&self, screen: Screen, height: u64) {
        let touch = screen != Screen::Desktop;
        let metrics = json!({ "width": screen.width(), "height": height, "deviceScaleFactor": 1, "mobile": touch });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        self.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": touch })).await;
        self.painted().await;
    }

    /// Waits until the page knows what changed around it, has drawn what comes of that, and is painted.
    async fn painted(&self) {
        self.script(PAINTED, vec![]).await;
        self.drawn().await;
        self.script(PAINTED, vec![]).await;
    }

    /// What a command of the browser's developer tools answers.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let answer: WebDriverResult<Value> = self.engine.session().cdp().send_raw(command, parameters).await;
        answer.unwrap_or_else(|error| panic!("{command}: {error}"))
    }
}
