//! A real Firefox, steered through WebDriver BiDi, each time with a fresh profile.

use std::{
    cell::RefCell,
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::setup;

use crate::{
    bidi::Bidi,
    browser::Screen,
    engine::{Key, Pointer},
};

/// Settings of the profile: nothing is asked, fetched or sent besides what the page does.
const SETTINGS: &str = r#"
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
// A loudspeaker that is none: without one the clock of the sound never runs.
user_pref("media.cubeb.force_mock_context", true);
"#;
/// What is asked to be told.
const EVENTS: [&str; 4] =
    ["log.entryAdded", "network.beforeRequestSent", "network.fetchError", "network.responseCompleted"];
/// Longest time in which the browser ends by itself.
const END_LIMIT: Duration = Duration::from_secs(20);

/// A running Firefox with one tab.
pub struct Firefox {
    bidi: RefCell<Bidi>,
    /// The tab.
    context: String,
    program: Child,
    /// Everything that was asked for over the network so far.
    requests: RefCell<Vec<String>>,
    /// What the console said and nobody has taken.
    console: RefCell<Vec<String>>,
    /// Held so that the profile lives as long as the browser.
    _profile: TempDir,
}

impl Firefox {
    /// Starts it on a port of its choice.
    ///
    /// # Panics
    /// Where there is none, or it cannot be steered.
    pub fn start(screen: Screen) -> Self {
        let path = setup::browser::firefox().expect("there is no Firefox: `cargo xtask setup` installs it");
        let profile = tempfile::tempdir().expect("a temporary folder for the browser's profile");
        fs::write(profile.path().join("user.js"), SETTINGS).expect("the profile can be written");
        let mut program = Command::new(&path)
            .args(["--headless", "--no-remote", "--remote-debugging-port=0", "--profile"])
            .arg(profile.path())
            // What it writes beside its profile goes with that.
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", path.display()));
        let begun = announced_address(program.stderr.take().expect("stderr is piped")).and_then(|address| {
            let mut bidi = Bidi::connect(&address)?;
            let tabs = bidi.send("browsingContext.getTree", json!({}))?;
            let context = tabs["contexts"][0]["context"].as_str().context("the browser has no tab")?.to_owned();
            bidi.send("session.subscribe", json!({ "events": EVENTS }))?;
            let viewport = json!({ "width": screen.width(), "height": screen.height() });
            bidi.send("browsingContext.setViewport", json!({ "context": context, "viewport": viewport }))?;
            Ok((bidi, context))
        });
        match begun {
            Ok((bidi, context)) => Self {
                bidi: RefCell::new(bidi),
                context,
                program,
                requests: RefCell::default(),
                console: RefCell::default(),
                _profile: profile,
            },
            Err(error) => {
                stop(&mut program);
                panic!("{} cannot be steered: {error:#}", path.display());
            }
        }
    }

    /// Opens an address and waits until it is loaded.
    ///
    /// # Errors
    /// An address at which nothing is.
    pub fn go(&self, address: &str) -> Result<()> {
        let there = json!({ "context": self.context, "url": address, "wait": "complete" });
        self.send("browsingContext.navigate", there).map(drop)
    }

    /// What a script in the page returns, or what its promise comes to; its arguments are `arguments`, as WebDriver has it.
    ///
    /// # Errors
    /// What the script throws.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        let function = format!(
            "async (...given) => JSON.stringify(
                await (function () {{ {script}\n }}).apply(null, given.map(text => JSON.parse(text))) ?? null)"
        );
        let given: Vec<Value> =
            arguments.iter().map(|argument| json!({ "type": "string", "value": argument.to_string() })).collect();
        let answer = self.call(&function, &given)?;
        let text = answer["value"].as_str().context("the script gives no JSON")?;
        serde_json::from_str(text).context("the script gives no JSON")
    }

    /// Clicks on the middle of an element.
    ///
    /// # Errors
    /// Where there is none.
    pub fn click(&self, selector: &str) -> Result<()> {
        self.pointer(selector, &[Pointer::To([0, 0]), Pointer::Down, Pointer::Up])
    }

    /// Moves the mouse, which begins at an element.
    ///
    /// # Errors
    /// Where there is none.
    pub fn pointer(&self, selector: &str, steps: &[Pointer]) -> Result<()> {
        let middle = json!({ "type": "element", "element": { "sharedId": self.element(selector)? } });
        let moved =
            |[x, y]: [i64; 2], origin: &Value| json!({ "type": "pointerMove", "x": x, "y": y, "origin": origin });
        let step = |step: &Pointer| match *step {
            Pointer::To(offset) => moved(offset, &middle),
            Pointer::By(offset) => moved(offset, &json!("pointer")),
            Pointer::Down => json!({ "type": "pointerDown", "button": 0 }),
            Pointer::Up => json!({ "type": "pointerUp", "button": 0 }),
        };
        let steps: Vec<Value> = steps.iter().map(step).collect();
        let mouse =
            json!({ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": steps });
        self.perform(&mouse)
    }

    /// Presses and releases keys where the focus is.
    ///
    /// # Errors
    /// Keys that there are not.
    pub fn keys(&self, keys: &[Key]) -> Result<()> {
        let step = |key: &Key| match key {
            Key::Down(key) => json!({ "type": "keyDown", "value": key.to_string() }),
            Key::Up(key) => json!({ "type": "keyUp", "value": key.to_string() }),
        };
        let steps: Vec<Value> = keys.iter().map(step).collect();
        self.perform(&json!({ "type": "key", "id": "keys", "actions": steps }))
    }

    /// Chooses files, which are given by their whole paths.
    ///
    /// # Errors
    /// An element that takes none.
    pub fn choose(&self, selector: &str, files: &[String]) -> Result<()> {
        let element = json!({ "sharedId": self.element(selector)? });
        self.send("input.setFiles", json!({ "context": self.context, "element": element, "files": files })).map(drop)
    }

    /// What the console said since this was last asked; errors begin with `SEVERE`, as chromedriver has it.
    pub fn take_console(&self) -> Vec<String> {
        self.read_events();
        self.console.take()
    }

    /// Everything that was asked for over the network so far.
    pub fn requests(&self) -> Vec<String> {
        self.read_events();
        self.requests.borrow().clone()
    }

    /// Ends the browser.
    pub fn quit(mut self) {
        if let Err(error) = self.send("browser.close", json!({})) {
            eprintln!("the browser did not end cleanly: {error:#}");
        }
        let start = Instant::now();
        while start.elapsed() < END_LIMIT && matches!(self.program.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(50));
        }
        stop(&mut self.program);
    }

    fn send(&self, method: &str, params: Value) -> Result<Value> {
        self.bidi.borrow_mut().send(method, params)
    }

    fn perform(&self, source: &Value) -> Result<()> {
        self.send("input.performActions", json!({ "context": self.context, "actions": [source] })).map(drop)
    }

    fn element(&self, selector: &str) -> Result<Value> {
        let given = json!({ "type": "string", "value": selector });
        let mut found = self.call("selector => document.querySelector(selector)", &[given])?;
        if found["type"] != "node" {
            bail!("the page has no {selector}");
        }
        Ok(found["sharedId"].take())
    }

    /// Calls a function in the page and waits for what it promises.
    fn call(&self, function: &str, arguments: &[Value]) -> Result<Value> {
        let call = json!({
            "functionDeclaration": function,
            "arguments": arguments,
            "awaitPromise": true,
            "target": { "context": self.context },
        });
        let mut answer = self.send("script.callFunction", call)?;
        if answer["type"] == "exception" {
            bail!("the script throws: {}", answer["exceptionDetails"]["text"]);
        }
        Ok(answer["result"].take())
    }

    fn read_events(&self) {
        // What was told before the answer comes before it.
        if let Err(error) = self.send("session.status", json!({})) {
            self.console.borrow_mut().push(format!("SEVERE the browser does not answer: {error:#}"));
        }
        let events = self.bidi.borrow_mut().take_events();
        for event in events {
            match event.method.as_str() {
                "network.beforeRequestSent" => self.requests.borrow_mut().push(event.address().to_owned()),
                _ => self.console.borrow_mut().extend(event.line()),
            }
        }
    }
}

fn stop(program: &mut Child) {
    let _ = program.kill();
    let _ = program.wait();
}

/// Reads the address from the browser's greeting, then keeps reading so that it never writes into a closed pipe.
fn announced_address(stderr: impl Read + Send + 'static) -> Result<String> {
    let mut lines = BufReader::new(stderr).lines().map_while(std::io::Result::ok);
    let mut said = Vec::new();
    while let Some(line) = lines.next() {
        if let Some((_, address)) = line.split_once("WebDriver BiDi listening on ") {
            let address = address.trim().to_owned();
            thread::spawn(move || lines.for_each(drop));
            return Ok(address);
        }
        said.push(line);
    }
    bail!("it names no address for WebDriver BiDi; it says: {}", said.join("; "))
}
