//! A real Chromium, steered through chromedriver, each time with a fresh profile.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, LoggingPrefsLogLevel, WebDriver};
use xtask::setup;

/// Whether the browser offers WebGPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Graphics {
    /// On SwiftShader, which needs no GPU.
    WebGpu,
    /// No adapter, as on most phones and older computers.
    None,
}

/// The screen that the page is shown on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// 1280 × 900 CSS pixels.
    Desktop,
    /// 390 × 844 CSS pixels, touch, as a phone reports them.
    Phone,
    /// 320 × 844 CSS pixels, touch: the narrowest screen that pages are made for.
    Narrow,
}

impl Screen {
    /// CSS pixels from edge to edge.
    pub fn width(self) -> u32 {
        match self {
            Self::Desktop => 1280,
            Self::Phone => 390,
            Self::Narrow => 320,
        }
    }

    /// CSS pixels from top to bottom.
    pub fn height(self) -> u32 {
        match self {
            Self::Desktop => 900,
            Self::Phone | Self::Narrow => 844,
        }
    }
}

/// A running browser.
pub struct Browser {
    /// The session in it.
    pub session: WebDriver,
    driver: Child,
    /// Held so that the profile lives as long as the browser.
    _profile: TempDir,
}

/// Software rendering on two cores can keep the page, and so chromedriver, busy for minutes.
const ANSWER_LIMIT: Duration = Duration::from_secs(300);
/// How often chromedriver may pick a port that is taken.
const STARTS: usize = 5;

impl Browser {
    /// Starts chromedriver on a port of its choice and a browser through it.
    ///
    /// # Panics
    /// When there is none, with the command that installs it.
    pub async fn start(graphics: Graphics, screen: Screen) -> Self {
        Self::start_with(graphics, screen, &[]).await
    }

    /// The same with further options of Chromium.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub async fn start_with(graphics: Graphics, screen: Screen, options: &[String]) -> Self {
        let programs = setup::browser::find()
            .expect("the browser tests need Chromium and chromedriver: `cargo xtask setup` installs them");
        let (mut driver, port) = start_driver(&programs.driver);
        let profile = tempfile::tempdir().expect("a temporary folder for the browser's profile");
        let mut capabilities = DesiredCapabilities::chrome();
        let mut configure = || {
            capabilities.set_binary(&programs.chromium.to_string_lossy())?;
            capabilities.set_browser_log_level(LoggingPrefsLogLevel::All)?;
            let size = format!("--window-size={},900", Screen::Desktop.width());
            let profile = format!("--user-data-dir={}", profile.path().display());
            let always = [
                "--headless",
                // Tests run as root in containers, where Chromium's sandbox cannot start and /dev/shm is small.
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                &size,
                &profile,
            ];
            let webgpu = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
            let extra = if graphics == Graphics::WebGpu { &webgpu[..] } else { &[] };
            for argument in always.iter().chain(extra) {
                capabilities.add_arg(argument)?;
            }
            for option in options {
                capabilities.add_arg(option)?;
            }
            if screen != Screen::Desktop {
                let metrics =
                    json!({ "width": screen.width(), "height": 844, "pixelRatio": 3.0, "mobile": true, "touch": true });
                capabilities.add_experimental_option("mobileEmulation", json!({ "deviceMetrics": metrics }))?;
            }
            thirtyfour::error::WebDriverResult::Ok(())
        };
        configure().expect("the capabilities are valid");
        let address = format!("http://127.0.0.1:{port}");
        match WebDriver::builder(address, capabilities).request_timeout(ANSWER_LIMIT).await {
            Ok(session) => Self { session, driver, _profile: profile },
            Err(error) => {
                stop(&mut driver);
                panic!("chromedriver cannot start {}: {error}", programs.chromium.display());
            }
        }
    }

    /// Ends browser and driver.
    pub async fn quit(mut self) {
        if let Err(error) = self.session.clone().quit().await {
            eprintln!("the browser did not end cleanly: {error}");
        }
        stop(&mut self.driver);
    }
}

fn stop(driver: &mut Child) {
    let _ = driver.kill();
    let _ = driver.wait();
}

/// chromedriver, and the port of its choice. It takes a free port for IPv4 and then the same one for IPv6, and ends where
/// another program has that one: then it is started again.
fn start_driver(program: &Path) -> (Child, u16) {
    let mut said = String::new();
    for _ in 0..STARTS {
        let mut driver = Command::new(program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", program.display()));
        match announced_port(driver.stdout.take().expect("stdout is piped")) {
            Ok(port) => return (driver, port),
            Err(greeting) => said = greeting,
        }
        stop(&mut driver);
    }
    panic!("chromedriver names no port that it listens on; it says: {said}")
}

/// Reads the port from chromedriver's greeting, then keeps reading so that it never writes into a closed pipe; what it says
/// instead where it ends.
fn announced_port(stdout: impl Read + Send + 'static) -> Result<u16, String> {
    let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let mut said = Vec::new();
    while let Some(line) = lines.next() {
        let port = line.split_once("started successfully on port ").map(|(_, port)| port.trim_end_matches('.').parse());
        if let Some(Ok(port)) = port {
            thread::spawn(move || lines.for_each(drop));
            return Ok(port);
        }
        said.push(line);
    }
    Err(said.join("; "))
}
