//! Nothing gets lost, in a real browser: files that come at any time and in any way, models that cannot be had, work that is
//! stopped, and a program that cannot start.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::agreement::assert_same_prediction;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{self, Page, add_script, copy_dist, dist, visit};
use spectnet_tests::recordings;
use spectnet_tests::spectnet::predict;
use spectnet_tests::wav::Wav;
use xtask::serve::Server;

/// A place where nothing answers, and nothing can: browsers ask no server at this port.
const NOWHERE: &str = "https://127.0.0.1:9/mine.safetensors";

/// The first file of a folder whose name fulfils this.
fn file_of(folder: &Path, is_it: impl Fn(&str) -> bool) -> PathBuf {
    let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found = files.find(|file| is_it(&file.file_name().unwrap_or_default().to_string_lossy()));
    found.unwrap_or_else(|| panic!("{} has no such file", folder.display()))
}

/// The model that the menu marks; empty where it marks none.
async fn marked(page: &Page) -> String {
    let script = "return document.querySelector('#model-select').selectedOptions[0]?.textContent ?? '';";
    page.script(script, vec![]).await.as_str().unwrap_or_default().to_owned()
}

#[test]
fn browser_keeps_the_file_that_comes_before_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::hearts(folder.path())[0].clone();
    let place = folder.path().join("page");
    copy_dist(&place);
    // When the page has been read, and before the first module begins to fetch the program.
    let script = format!(
        "document.addEventListener('readystatechange', () => {{
            const data = new DataTransfer();
            data.items.add(new File([Uint8Array.from({})], 'early.wav'));
            const options = {{ dataTransfer: data, bubbles: true, cancelable: true }};
            document.documentElement.dispatchEvent(new DragEvent('drop', options));
            window.saidMeanwhile = document.querySelector('#status-text').textContent;
        }}, {{ once: true }});",
        json!(fs::read(&recording).unwrap())
    );
    add_script(&place, &script, false);
    let server = Server::start(&place, 0).unwrap();
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.go_to(&server.url()).await;
        page.reaches("done").await;
        let (result, expected) = (page.result().await, predict(&page::default_model(), &recording));
        assert_eq!(result["file"], "early.wav");
        assert_same_prediction(&result, &expected);
        let said = page.script("return window.saidMeanwhile;", vec![]).await;
        assert_eq!(said, "Loading the program; early.wav waits for it");
    });
}

#[test]
fn browser_takes_files_wherever_and_however_they_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs::read(&recordings::hearts(folder.path())[0]).unwrap();
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        let note = "
            window.given = [];
            document.addEventListener('spectnet-files', event => given.push(event.detail.map(file => file.name)));";
        page.script(note, vec![]).await;
        // Beside the column, where nothing of the page is.
        assert!(page.give("dragover", "html", &[("beside.wav", &bytes)]).await);
        assert!(page.give("drop", "html", &[("beside.wav", &bytes), ("second.wav", &bytes)]).await);
        page.reaches("done").await;
        assert_eq!(page.attribute("body", "class").await, "", "nothing is dragged any more");
        assert!(page.give("paste", "#threshold", &[("pasted.wav", &bytes)]).await);
        page.comes_to(
            "return JSON.parse(document.querySelector('#result-json').textContent || '{}').file === 'pasted.wav';",
        )
        .await;
        // What is no file stays what it is: text can be pasted and dragged into the fields.
        assert!(!page.give("paste", "#prevalence", &[]).await);
        assert!(!page.give("dragover", "#prevalence", &[]).await);

        // A folder, as browsers describe one: it gives its entries some at a time, and in no order.
        let folder = "
            const file = name => ({ isFile: true, isDirectory: false, name, fullPath: `/in/${name}`,
                file: done => done(new File(['x'], name)) });
            const folder = (name, ...parts) => ({ isDirectory: true, name, fullPath: `/${name}`,
                createReader: () => ({ readEntries: done => done(parts.shift() ?? []) }) });
            const deep = folder('deep', [file('3.txt')]);
            const all = folder('in', [file('10.txt'), file('.DS_Store')], [deep, file('2.txt')]);
            DataTransferItem.prototype.webkitGetAsEntry = () => all;";
        page.script(folder, vec![]).await;
        assert!(page.give("drop", "body", &[("in", b"")]).await);
        page.comes_to("return given.length === 3;").await;
        let given = page.script("return given;", vec![]).await;
        let expected = json!([["beside.wav", "second.wav"], ["pasted.wav"], ["2.txt", "3.txt", "10.txt"]]);
        assert_eq!(given, expected);
    });
}

#[test]
fn browser_says_why_a_model_cannot_be_had_and_uses_the_shipped_one() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::hearts(folder.path())[0].clone();
    let reasons = [
        ("nothing.safetensors", "the server answers 404"),
        ("index.html", "a web page instead of a file"),
        ("http://a.example/mine.safetensors", "try https://a.example/mine.safetensors"),
        ("https://github.com/a/b/blob/main/m.safetensors", "https://raw.githubusercontent.com/a/b/main/m.safetensors"),
        (NOWHERE, "no server answers"),
    ];
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        let shipped = marked(page).await;
        assert!(!shipped.is_empty() && page.visible_text("#trouble").await.is_empty());
        for (address, reason) in reasons {
            page.open(&format!("?model={address}")).await;
            let said = page.visible_text("#trouble-text").await;
            assert!(said.contains(reason), "{address}: {said}");
            assert_eq!(marked(page).await, shipped, "{address}");
            assert_eq!(page.visible_text("#retry").await, "Retry", "{address}");
        }
        assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
        assert_same_prediction(&page.result().await, &predict(&page::default_model(), &recording));

        // The server is there now, and allows no other page to read what it says; then it does.
        let closed = format!(
            "const [here, fetched] = [window.fetch.bind(window), '{NOWHERE}'];
            window.opened = false;
            window.fetch = (address, options) => {{
                if (address !== fetched) return here(address, options);
                if (window.opened) return here('weights/heart.safetensors');
                const answers = options?.mode === 'no-cors';
                return answers ? Promise.resolve(new Response()) : Promise.reject(new TypeError('Failed to fetch'));
            }};"
        );
        page.script(&closed, vec![]).await;
        assert_eq!(page.press("#retry").await, "failed");
        let said = page.visible_text("#error").await;
        assert!(said.contains("CORS") && said.contains("Still in use"), "{said}");
        assert_eq!((marked(page).await, page.visible_text("#trouble-text").await), (shipped, String::new()));
        page.script("window.opened = true;", vec![]).await;
        assert_eq!(page.press("#retry").await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(marked(page).await, "mine.safetensors (from the address)");
        assert_eq!(page.visible_text("#trouble").await, "");
        // A browser writes down every request that fails.
        page.forgive("Failed to load resource").await;
    });
}

#[test]
fn browser_works_without_the_list_of_models_and_asks_for_it_again() {
    let folder = tempfile::tempdir().unwrap();
    copy_dist(folder.path());
    let (list, away) = (folder.path().join("weights/index.json"), folder.path().join("away.json"));
    fs::rename(&list, &away).unwrap();
    let server = Server::start(folder.path(), 0).unwrap();
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.go_to(&server.url()).await;
        assert_eq!(page.state().await, "ready", "{}", page.visible_text("#error").await);
        assert!(page.visible_text("#trouble-text").await.contains("list of models"));
        assert_eq!((marked(page).await.as_str(), page.count("#model-select option").await), ("Heart sounds", 1));
        fs::rename(&away, &list).unwrap();
        page.press_at_once("#retry").await;
        page.comes_to("return document.querySelector('#trouble').hidden;").await;
        assert!(page.count("#model-select option").await > 1);
        assert_eq!(marked(page).await, "Heart sounds");

        // Without any model the menu marks none, so that the first can be chosen too.
        fs::rename(folder.path().join("weights"), folder.path().join("gone")).unwrap();
        // Another address, of which the browser keeps nothing.
        let server = Server::start(folder.path(), 0).unwrap();
        page.go_to(&server.url()).await;
        assert_eq!((page.state().await.as_str(), marked(page).await.as_str()), ("failed", ""));
        assert!(page.visible_text("#trouble-text").await.contains("list of models"));
        fs::rename(folder.path().join("gone"), folder.path().join("weights")).unwrap();
        assert_eq!(page.press("#retry").await, "ready", "{}", page.visible_text("#error").await);
        assert_ne!(marked(page).await, "");
        page.forgive("Failed to load resource").await;
    });
}

#[test]
fn browser_stops_what_is_cancelled_and_says_how_long_it_takes() {
    let folder = tempfile::tempdir().unwrap();
    let hour = folder.path().join("hour.wav");
    let sound = heart(&HeartOptions { seed: 6, seconds: 10.0, sample_rate: 2000, murmur: None }).unwrap().recording;
    let once = sound.samples().iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect::<Vec<_>>();
    fs::write(&hour, Wav { tag: 1, channels: 1, rate: 2000, bits: 16, data: once.repeat(360), claim: None }.bytes())
        .unwrap();
    let short = recordings::hearts(folder.path())[0].clone();
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.visible_text("#cancel-choice").await, "");
        assert_eq!(page.classify(&hour).await, "done", "{}", page.visible_text("#error").await);
        page.press_at_once("#whole").await;
        page.comes_to("return document.querySelector('#time-left').textContent.endsWith(' left');").await;
        page.press_at_once("#cancel").await;
        page.reaches("ready").await;
        assert_eq!(page.status().await, "Cancelled");
        for work in ["#progress", "#cancel-choice"] {
            assert_eq!(page.visible_text(work).await, "", "{work}");
        }
        let focused = page.script("return document.activeElement.id;", vec![]).await;
        assert!(focused == "result-title", "the focus is where the button was: {focused}");

        // What was read is still there: its beginning is judged, and all of it again until a key stops that.
        assert_eq!(page.press("#whole").await, "done", "{}", page.visible_text("#error").await);
        page.press_at_once("#whole").await;
        page.reaches("running").await;
        page.script(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));",
            vec![],
        )
        .await;
        page.reaches("ready").await;
        assert_eq!(page.status().await, "Cancelled");
        assert_eq!(page.classify(&short).await, "done", "{}", page.visible_text("#error").await);
        assert_same_prediction(&page.result().await, &predict(&page::default_model(), &short));
    });
}

/// Where the program cannot start the page says so, and what to do, where otherwise its status stands.
async fn cannot_start(page: &Page, address: &str, what: &str, why: &str) {
    page.go_to(address).await;
    assert_eq!((page.state().await, page.status().await), ("failed".to_owned(), what.to_owned()));
    let said = page.visible_text("#error").await;
    assert!(said.contains(why), "{said}");
    assert_eq!(page.visible_text("#backend").await, "");
}

#[test]
fn browser_is_told_why_the_program_cannot_start() {
    let folder = tempfile::tempdir().unwrap();
    let places = ["program", "loader", "vectors", "modules"].map(|name| folder.path().join(name));
    places.iter().for_each(|place| copy_dist(place));
    let [program, loader, vectors, modules] = &places;
    fs::remove_file(file_of(program, |name| name.starts_with("spectnet-web") && name.ends_with(".wasm"))).unwrap();
    fs::remove_file(file_of(loader, |name| name.starts_with("loader"))).unwrap();
    add_script(vectors, "WebAssembly.validate = () => false;", true);
    add_script(modules, "delete HTMLScriptElement.prototype.noModule;", true);
    let servers = places.each_ref().map(|place| Server::start(place, 0).unwrap());
    let [program, loader, vectors, modules] = servers.each_ref().map(Server::url);
    let file = dist().canonicalize().unwrap().join("index.html");
    visit(Graphics::None, Screen::Desktop, async |page| {
        cannot_start(page, &program, "The program could not be started", "a file of the program is missing").await;
        cannot_start(page, &loader, "A file of the program is missing", "The server does not give").await;
        cannot_start(page, &vectors, "This browser is too old for the program", "SIMD").await;
        cannot_start(page, &modules, "This browser is too old for the program", "modules").await;
        let file = format!("file://{}", file.display());
        cannot_start(page, &file, "The program cannot start from a file", "python3 -m http.server").await;
        let width = "return document.querySelector('h1 svg').getBoundingClientRect().width;";
        assert!(page.script(width, vec![]).await.as_f64().is_some_and(|width| width < 50.0), "a black square");
        page.forgive("Failed to load resource").await;
        page.forgive("file://").await;
        // What was asked for ahead is not used where the program does not start.
        page.forgive("preload").await;
    });
}
