//! The page as a test sees it: files chosen, states waited for, results read.

use std::{
    cell::RefCell,
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use thirtyfour::WebDriver;
use thirtyfour::common::command::Command;
use thirtyfour::common::print::PrintParameters;
use xtask::{serve::Server, setup, workspace::Workspace};

use crate::browser::{Browser, Graphics, Screen};
use crate::engine::{Engine, Key, Pointer};
use crate::firefox::Firefox;
use crate::skip::skipped;

/// Longest wait for a state. SwiftShader computes on the CPU what a GPU would.
const LIMIT: Duration = Duration::from_secs(180);
const POLL: Duration = Duration::from_millis(100);
/// Drawing takes less.
const DRAWING: Duration = Duration::from_millis(10);
/// Whether the page still draws what belongs to its status. What waits for a result does not count.
const DRAWS: &str = "return document.querySelector('#status')?.dataset.drawn === 'false';";

/// One browser at a time: each of them takes every core there is.
static BROWSER: Mutex<()> = Mutex::new(());

/// The page in a browser of its own.
pub struct Page {
    pub(crate) engine: Engine,
    address: String,
    graphics: Graphics,
    /// What the browser's console said so far; reading it there empties it.
    console: RefCell<Vec<String>>,
    /// Parts of lines that are no errors of the page: see [`Page::tolerate`].
    tolerated: RefCell<Vec<&'static str>>,
}

/// Serves the built page, opens it in a new browser and runs the test on it.
///
/// Fails also when the browser's console has errors, which is where a panic of the page shows.
///
/// # Panics
/// When the page is not built or there is no browser, with the command to type.
pub fn visit(graphics: Graphics, screen: Screen, test: impl AsyncFnOnce(&Page)) {
    visit_served(&dist(), graphics, screen, async |page: &Page, server: Server| {
        test(page).await;
        drop(server);
    });
}

/// The same in a browser without graphics that is started with further options.
///
/// # Panics
/// As [`visit`].
pub fn visit_with(options: &[String], screen: Screen, test: impl AsyncFnOnce(&Page)) {
    visit_any(&dist(), Graphics::None, screen, options, async |page: &Page, server: Server| {
        test(page).await;
        drop(server);
    });
}

/// The same with a page that lies elsewhere; the test may stop its server.
///
/// # Panics
/// As [`visit`].
pub fn visit_served(dist: &Path, graphics: Graphics, screen: Screen, test: impl AsyncFnOnce(&Page, Server)) {
    visit_any(dist, graphics, screen, &[], test);
}

fn visit_any(
    dist: &Path,
    graphics: Graphics,
    screen: Screen,
    options: &[String],
    test: impl AsyncFnOnce(&Page, Server),
) {
    let start = async || Engine::Chromium(Browser::start_with(graphics, screen, options).await);
    visit_in(start, dist, graphics, test);
}

/// The same as [`visit_served`] in Firefox, which computes on the CPU; where there is none, the test is left out and says so.
///
/// # Panics
/// When the page is not built.
pub fn visit_firefox(dist: &Path, screen: Screen, test: impl AsyncFnOnce(&Page, Server)) {
    if setup::browser::firefox().is_none() {
        skipped("there is no Firefox: `cargo xtask setup` installs it");
        return;
    }
    visit_in(async || Engine::Firefox(Box::new(Firefox::start(screen))), dist, Graphics::None, test);
}

fn visit_in(
    start: impl AsyncFnOnce() -> Engine,
    dist: &Path,
    graphics: Graphics,
    test: impl AsyncFnOnce(&Page, Server),
) {
    let _alone = BROWSER.lock().unwrap_or_else(PoisonError::into_inner);
    let server = Server::start(dist, 0).unwrap_or_else(|error| panic!("{error:#}; `cargo xtask page` builds the page"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime for the driver");
    let page = Page {
        engine: runtime.block_on(start()),
        address: server.url(),
        graphics,
        console: RefCell::default(),
        tolerated: RefCell::default(),
    };

    let outcome = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(test(&page, server));
        let errors = runtime.block_on(page.console_errors());
        assert!(errors.is_empty(), "the browser's console has errors:\n{}", errors.join("\n"));
    }));
    if outcome.is_err() {
        runtime.block_on(page.explain());
    }
    runtime.block_on(page.engine.quit());
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// The folder of the built page.
pub fn dist() -> PathBuf {
    env::var_os("SPECTNET_DIST").map_or_else(|| Workspace::root_from_manifest().join("dist"), PathBuf::from)
}

/// Copies the built page into a folder, where a test may change it.
///
/// # Panics
/// When the page is not built.
pub fn copy_dist(to: &Path) {
    copy(&dist(), to);
}

/// Puts a script into a copy of the built page, before or behind the one that runs first.
///
/// # Panics
/// When the folder has no such page or cannot be written to.
pub fn add_script(folder: &Path, script: &str, before: bool) {
    fs::write(folder.join("added.js"), script).expect("the folder is writable");
    let index = folder.join("index.html");
    let text = fs::read_to_string(&index).unwrap_or_else(|error| panic!("{}: {error}", index.display()));
    let added = r#"<script src="./added.js"></script>"#;
    let place = text.find(r#"<script src="./early.js"#).expect("the script that runs first");
    let behind = place + text[place..].find("</script>").expect("its end") + "</script>".len();
    let place = if before { place } else { behind };
    fs::write(&index, format!("{}{added}{}", &text[..place], &text[place..])).expect("the folder is writable");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder is writable");
    let entries = fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    for entry in entries {
        let entry = entry.expect("the built page can be listed");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("the built page can be copied");
        }
    }
}

/// The model that the page loads by itself.
pub fn default_model() -> PathBuf {
    xtask::page::default_model(&dist()).unwrap_or_else(|error| panic!("{error:#}"))
}

impl Page {
    /// Opens the page, with a query such as `?backend=cpu` or an empty one, and waits until it takes recordings. Where
    /// the browser offers WebGPU the page is told to use it: it is in software, which the page does not take by itself.
    pub async fn open(&self, query: &str) {
        let forced = match query {
            _ if self.graphics == Graphics::None || query.contains("backend=") => String::new(),
            "" => "?backend=webgpu".into(),
            _ => "&backend=webgpu".into(),
        };
        self.go_to(&format!("{}/{query}{forced}", self.address)).await;
        assert_eq!(self.state().await, "ready", "{}", self.status().await);
    }

    /// Opens an address as it is, and waits until the page is ready or says that it cannot be.
    pub async fn go_to(&self, address: &str) {
        self.engine.go(address).await.expect("the page opens");
        self.wait_until("is ready", async || self.settled().await).await;
    }

    /// Waits until the page is in a state.
    pub async fn reaches(&self, state: &str) {
        self.wait_until(&format!("is {state}"), async || self.state().await == state).await;
    }

    /// Waits until the page has drawn all that belongs to its status. Whatever a test does or reads comes behind that.
    pub async fn drawn(&self) {
        let start = Instant::now();
        // While another page is being loaded there is nothing to wait for.
        while self.engine.run(DRAWS, vec![]).await.is_ok_and(|draws| draws == Value::Bool(true)) {
            assert!(start.elapsed() < LIMIT, "the page does not come to an end with drawing");
            tokio::time::sleep(DRAWING).await;
        }
    }

    /// Waits until a script in the page gives true.
    pub async fn comes_to(&self, script: &str) {
        self.wait_until(script, async || self.script(script, vec![]).await == Value::Bool(true)).await;
    }

    /// What a script gives that runs in the page.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.run(script, arguments).await
    }

    /// Errors of the console that contain this text are expected: browsers write down every request that fails.
    pub async fn forgive(&self, text: &str) {
        self.read_console().await;
        self.console.borrow_mut().retain(|line| !line.contains(text));
    }

    /// Opens the page by a link that begins work by itself, and waits for its end; `ready`, `done` or `failed`.
    pub async fn follow(&self, query: &str) -> String {
        self.engine.go(&format!("{}/{query}", self.address)).await.expect("the page opens");
        self.wait_until("comes to an end with the link", async || self.settled().await).await;
        self.state().await
    }

    /// What a script in the page returns.
    pub async fn answer(&self, script: &str) -> Value {
        self.run(script, vec![]).await
    }

    /// Waits until a script in the page returns true; while the page is being loaded it returns nothing.
    pub async fn until(&self, what: &str, script: &str) {
        let start = Instant::now();
        loop {
            let answer = self.engine.run(script, vec![]).await;
            if answer.is_ok_and(|answer| answer == Value::Bool(true)) {
                return;
            }
            assert!(start.elapsed() < LIMIT, "the page never {what}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// The page on paper, as a PDF file.
    pub async fn print(&self) -> Vec<u8> {
        self.session().print_page(PrintParameters::default()).await.expect("the page can be printed")
    }

    /// From now on lines of the console with this in them are no errors: what the browser itself says where a test takes
    /// something away from it.
    pub fn tolerate(&self, part: &'static str) {
        self.tolerated.borrow_mut().push(part);
    }

    /// The server of the page ends, and the page notices. Lines of the console with one of `said` in them, which the browser
    /// says of a server that is gone, are no mistakes of the page.
    pub async fn loses(&self, server: Server, said: &[&'static str]) {
        self.tolerate("?gone");
        said.iter().for_each(|line| self.tolerate(line));
        drop(server);
        self.until(
            "has lost its server",
            "return fetch('weights/index.json?gone', { cache: 'no-store' }).then(() => false, () => true);",
        )
        .await;
    }

    /// Where the page is served, without a slash at the end.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Chooses a recording and waits for the end; `done` or `failed`.
    pub async fn classify(&self, file: &Path) -> String {
        self.choose("#audio-input", file).await
    }

    /// Chooses several files at once and waits for the end of what that starts.
    pub async fn choose_all(&self, input: &str, files: &[PathBuf]) -> String {
        self.watch_states().await;
        let place = |file: &PathBuf| file.canonicalize().expect("the file to choose is there");
        let places: Vec<String> = files.iter().map(|file| place(file).to_string_lossy().into_owned()).collect();
        self.engine.choose(input, &places).await.expect("the input takes files");
        self.wait_for_end().await
    }

    /// Chooses several files at once, where nothing is judged of that.
    pub async fn give_at_once(&self, input: &str, files: &[PathBuf]) {
        let place = |file: &PathBuf| file.canonicalize().expect("the file to choose is there");
        let places: Vec<String> = files.iter().map(|file| place(file).to_string_lossy().into_owned()).collect();
        self.engine.choose(input, &places).await.expect("the input takes files");
    }

    /// From now on the text of a download can be read.
    pub async fn watch_downloads(&self) {
        let script = "
            const create = URL.createObjectURL;
            URL.createObjectURL = blob => {
                window.downloaded = blob.text();
                return create.call(URL, blob);
            };";
        self.run(script, vec![]).await;
    }

    /// The text of the last download since then.
    pub async fn downloaded(&self) -> String {
        self.run("return window.downloaded;", vec![]).await.as_str().expect("a text was downloaded").to_owned()
    }

    /// Chooses a model file and waits for the end; `ready`, `done` or `failed`.
    pub async fn load_model(&self, file: &Path) -> String {
        self.choose("#model-input", file).await
    }

    /// Chooses a model of the menu by its place and waits for the end; `ready`, `done` or `failed`.
    pub async fn choose_in_menu(&self, index: usize) -> String {
        self.choose_of("#model-select", index).await
    }

    /// Chooses an entry of a list by its place and waits for the end of what that starts.
    pub async fn choose_of(&self, list: &str, index: usize) -> String {
        self.watch_states().await;
        let script = "
            const list = document.querySelector(arguments[0]);
            list.selectedIndex = arguments[1];
            list.dispatchEvent(new Event('change', { bubbles: true }));";
        self.run(script, vec![json!(list), json!(index)]).await;
        self.wait_for_end().await
    }

    /// Chooses the entry of a list that has this value, and what it does is there at once.
    pub async fn choose_at_once(&self, list: &str, value: &str) {
        let script = "
            const list = document.querySelector(arguments[0]);
            list.value = arguments[1];
            list.dispatchEvent(new Event('change', { bubbles: true }));";
        self.run(script, vec![json!(list), json!(value)]).await;
    }

    /// Drops a file of these bytes on the page and waits for the end.
    pub async fn drop_file(&self, name: &str, bytes: &[u8]) -> String {
        self.watch_states().await;
        let script = "
            const transfer = new DataTransfer();
            transfer.items.add(new File([Uint8Array.from(arguments[1])], arguments[0]));
            for (const type of ['dragenter', 'dragover', 'drop']) {
                const event = new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true });
                document.body.dispatchEvent(event);
            }";
        self.run(script, vec![json!(name), json!(bytes)]).await;
        self.wait_for_end().await
    }

    /// Presses a button and waits for the end of what it starts.
    pub async fn press(&self, selector: &str) -> String {
        self.watch_states().await;
        self.bring_into_view(selector).await;
        self.engine.click(selector).await.expect("the button can be pressed");
        self.wait_for_end().await
    }

    /// Presses a button whose effect is there at once.
    pub async fn press_at_once(&self, selector: &str) {
        self.bring_into_view(selector).await;
        self.engine.click(selector).await.expect("the button can be pressed");
    }

    /// Moves a slider, as a finger on it does, or puts a number into a field at once, as pasting does.
    pub async fn slide(&self, selector: &str, value: f64) {
        let script = "
            const slider = document.querySelector(arguments[0]);
            slider.value = arguments[1];
            slider.dispatchEvent(new Event('input', { bubbles: true }));";
        self.run(script, vec![json!(selector), json!(value)]).await;
    }

    /// Types into a field, instead of what stands there: as a person does, who selects that first. WebDriver's way to
    /// empty a field leaves it, and the page puts its number back.
    pub async fn enter(&self, selector: &str, text: &str) {
        self.bring_into_view(selector).await;
        let select = "const field = document.querySelector(arguments[0]); field.focus(); field.select();";
        self.run(select, vec![json!(selector)]).await;
        self.type_keys(text).await;
    }

    /// Moves the pointer over the middle of an element.
    pub async fn point_at(&self, selector: &str) {
        self.bring_into_view(selector).await;
        self.engine.pointer(selector, &[Pointer::To([0, 0])]).await.expect("the pointer moves");
    }

    /// Takes the middle of an element with the mouse and lets it go so many pixels to the right and below.
    pub async fn drag(&self, selector: &str, right: i64, down: i64) {
        self.bring_into_view(selector).await;
        let steps = [Pointer::To([0, 0]), Pointer::Down, Pointer::By([right, down]), Pointer::Up];
        self.engine.pointer(selector, &steps).await.expect("the mouse drags");
    }

    /// Puts the focus on an element and presses a key while others are held.
    pub async fn press_key(&self, selector: &str, held: &[char], key: char) {
        self.run("document.querySelector(arguments[0]).focus();", vec![json!(selector)]).await;
        self.drawn().await;
        let down = held.iter().copied().map(Key::Down);
        let up = held.iter().copied().map(Key::Up);
        let keys: Vec<Key> = down.chain([Key::Down(key), Key::Up(key)]).chain(up).collect();
        self.engine.keys(&keys).await.expect("keys can be pressed");
    }

    /// Puts the pointer down on an element and lifts it again, each so many pixels right of its middle.
    pub async fn drag_over(&self, selector: &str, [from, to]: [i64; 2]) {
        self.bring_into_view(selector).await;
        let mut steps = vec![Pointer::To([from, 0]), Pointer::Down];
        if from != to {
            steps.push(Pointer::To([to, 0]));
        }
        steps.push(Pointer::Up);
        self.engine.pointer(selector, &steps).await.expect("the pointer moves");
    }

    /// Carries out actions as WebDriver writes them: of several fingers, for example.
    pub async fn act(&self, actions: Value) {
        let done = self.session().handle().cmd(Command::PerformActions(actions.into())).await;
        done.expect("the browser carries out the actions");
    }

    /// Types where the focus is; keys that have no letter by their numbers in WebDriver.
    pub async fn type_keys(&self, keys: &str) {
        self.drawn().await;
        let keys: Vec<Key> = keys.chars().flat_map(|key| [Key::Down(key), Key::Up(key)]).collect();
        self.engine.keys(&keys).await.expect("keys can be pressed");
    }

    /// Number of elements that a selector finds.
    pub async fn count(&self, selector: &str) -> usize {
        let count = self.run("return document.querySelectorAll(arguments[0]).length;", vec![json!(selector)]).await;
        count.as_u64().expect("a count") as usize
    }

    /// Number of different colours in a canvas.
    pub async fn colours(&self, selector: &str) -> u64 {
        let script = "
            const canvas = document.querySelector(arguments[0]);
            const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            return new Set(new Uint32Array(pixels.buffer)).size;";
        self.run(script, vec![json!(selector)]).await.as_u64().expect("a count")
    }

    /// The states that the page went through since a file was last chosen or dropped.
    pub async fn states(&self) -> Vec<String> {
        let states = self.run("return window.statesSeen || [];", vec![]).await;
        serde_json::from_value(states).expect("states are strings")
    }

    /// `data-state` of `#status`.
    pub async fn state(&self) -> String {
        self.attribute("#status", "data-state").await
    }

    /// What a person reads in `#status`.
    pub async fn status(&self) -> String {
        self.visible_text("#status").await
    }

    /// An attribute of every element that a selector finds; empty where it is not set.
    pub async fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let script = "
            const found = [...document.querySelectorAll(arguments[0])];
            return found.map(element => element.getAttribute(arguments[1]) ?? '');";
        let values = self.run(script, vec![json!(selector), json!(name)]).await;
        serde_json::from_value(values).expect("attributes are strings")
    }

    /// An attribute of an element; empty if it is not set.
    pub async fn attribute(&self, selector: &str, name: &str) -> String {
        let script = "
            const found = document.querySelector(arguments[0]);
            if (!found) throw new Error(`the page has no ${arguments[0]}`);
            return found.getAttribute(arguments[1]) ?? '';";
        let value = self.run(script, vec![json!(selector), json!(name)]).await;
        value.as_str().expect("attributes are strings").to_owned()
    }

    /// The text of an element as it is seen; empty while it is hidden.
    pub async fn visible_text(&self, selector: &str) -> String {
        self.drawn().await;
        self.engine.text(selector).await.expect("texts can be read")
    }

    /// The text in an element, also of a drawing; each piece of it in a line.
    pub async fn content(&self, selector: &str) -> String {
        let script = "
            const texts = document.createTreeWalker(document.querySelector(arguments[0]), NodeFilter.SHOW_TEXT);
            const lines = [];
            while (texts.nextNode()) lines.push(texts.currentNode.data.trim());
            return lines.join('\\n');";
        self.run(script, vec![json!(selector)]).await.as_str().unwrap_or_default().to_owned()
    }

    /// The object in `#result-json`.
    pub async fn result(&self) -> Value {
        let text = self.run("return document.querySelector('#result-json').textContent;", vec![]).await;
        let text = text.as_str().unwrap_or_default();
        serde_json::from_str(text).unwrap_or_else(|error| panic!("#result-json holds no JSON ({error}): {text:?}"))
    }

    /// The result as soon as it is so.
    ///
    /// # Panics
    /// When it is not so within `limit`.
    pub async fn result_when(&self, limit: Duration, so: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let result = self.result().await;
            if so(&result) {
                return result;
            }
            assert!(start.elapsed() < limit, "the result never followed: {result}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// Addresses of everything that the page asked for over the network.
    pub async fn requests(&self) -> Vec<String> {
        if let Engine::Firefox(firefox) = &self.engine {
            return firefox.requests();
        }
        let script =
            "return performance.getEntries().filter(e => e.entryType === 'resource' || e.entryType === 'navigation')
            .map(e => e.name);";
        serde_json::from_value(self.run(script, vec![]).await).expect("addresses are strings")
    }

    /// Width of the page's content in CSS pixels.
    pub async fn content_width(&self) -> u64 {
        let width = self.run("return document.documentElement.scrollWidth;", vec![]).await;
        width.as_u64().expect("a width is a number")
    }

    /// Bytes of the program's memory, which never shrinks.
    pub async fn program_memory(&self) -> usize {
        // The module that the page's loader has started is imported once, and starting it again gives what it exports.
        let script = "
            const done = arguments[arguments.length - 1];
            import(new URL(document.querySelector('#program').dataset.js, document.baseURI))
                .then(program => program.default()).then(exports => done(exports.memory.buffer.byteLength));";
        let size = self.session().execute_async(script, vec![]).await.expect("the program is there").json().as_u64();
        size.and_then(|size| usize::try_from(size).ok()).expect("a number of bytes")
    }

    /// From now on the page has no workers, as where its surroundings forbid them.
    pub async fn without_workers(&self) {
        self.run("window.Worker = function () { throw new Error('no workers here'); };", vec![]).await;
    }

    /// From now on the work that keeps the page from answering is watched.
    pub async fn watch_tasks(&self) {
        let script = "
            window.longestTask = 0;
            const note = task => { window.longestTask = Math.max(window.longestTask, task.duration); };
            new PerformanceObserver(list => list.getEntries().forEach(note)).observe({ type: 'longtask' });";
        self.run(script, vec![]).await;
    }

    /// The longest such work so far, in seconds.
    pub async fn longest_task_s(&self) -> f64 {
        self.run("return window.longestTask;", vec![]).await.as_f64().expect("a number") / 1000.0
    }

    /// Errors in the browser's console since the page was first opened.
    pub async fn console_errors(&self) -> Vec<String> {
        self.read_console().await;
        let tolerated = self.tolerated.borrow();
        let counts = |line: &&String| line.starts_with("SEVERE") && !tolerated.iter().any(|part| line.contains(part));
        self.console.borrow().iter().filter(counts).cloned().collect()
    }

    async fn read_console(&self) {
        let lines = self.engine.take_console().await;
        self.console.borrow_mut().extend(lines);
    }

    async fn choose(&self, input: &str, file: &Path) -> String {
        self.watch_states().await;
        let file = file.canonicalize().expect("the file to choose is there");
        let place = file.to_string_lossy().into_owned();
        self.engine.choose(input, &[place]).await.expect("the input takes a file");
        self.wait_for_end().await
    }

    /// At once: while the page scrolls smoothly, things are not yet where they are clicked.
    async fn bring_into_view(&self, selector: &str) {
        let script = "document.querySelector(arguments[0]).scrollIntoView({ behavior: 'instant', block: 'center' });";
        self.run(script, vec![json!(selector)]).await;
        // What is drawn last is where it stays.
        self.drawn().await;
    }

    /// From now on every state is recorded, so that `done` before and `done` after are told apart.
    async fn watch_states(&self) {
        let script = "
            window.statesSeen = [];
            window.stateObserver?.disconnect();
            const status = document.querySelector('#status');
            window.stateObserver = new MutationObserver(() => window.statesSeen.push(status.dataset.state));
            window.stateObserver.observe(status, { attributes: true, attributeFilter: ['data-state'] });";
        self.run(script, vec![]).await;
    }

    async fn wait_for_end(&self) -> String {
        self.wait_until("comes to an end with the file", async || {
            !self.states().await.is_empty() && self.settled().await
        })
        .await;
        self.state().await
    }

    async fn settled(&self) -> bool {
        ["ready", "done", "failed"].contains(&self.state().await.as_str())
    }

    async fn wait_until(&self, what: &str, condition: impl AsyncFn() -> bool) {
        let start = Instant::now();
        while !condition().await {
            assert!(
                start.elapsed() < LIMIT,
                "the page never {what}: it is in state {:?}: {}",
                self.state().await,
                self.status().await
            );
            tokio::time::sleep(POLL).await;
        }
    }

    /// The session, for what only Chromium can do.
    fn session(&self) -> &WebDriver {
        self.engine.session()
    }

    async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.drawn().await;
        self.engine.run(script, arguments).await.expect("the script runs in the page")
    }

    /// Prints what helps to understand a failure.
    async fn explain(&self) {
        self.read_console().await;
        println!("the browser's console:\n{}", self.console.borrow().join("\n"));
        let Engine::Chromium(browser) = &self.engine else { return };
        let picture = env::temp_dir().join("spectnet-page-at-failure.png");
        if browser.session.screenshot(&picture).await.is_ok() {
            println!("the page at that moment: {}", picture.display());
        }
    }
}
