//! The page as a program that stays on a device, in a real browser: without its server, and with a new version of it.

use std::fs;
use std::path::Path;

use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{Page, copy_dist, visit_served};
use xtask::serve::Server;

/// Whether a worker keeps the page, and which versions of it are there.
async fn is_kept(page: &Page, versions: usize, newest: &str) {
    let script = format!(
        "const active = navigator.serviceWorker?.controller?.state === 'activated';
        return caches.keys().then(names => active && names.length === {versions} && names.some(n => n.includes('{newest}')));"
    );
    page.until("is kept on the device", &script).await;
}

#[test]
fn browser_takes_a_new_version_when_asked_and_works_without_its_server() {
    let folder = tempfile::tempdir().unwrap();
    copy_dist(folder.path());
    visit_served(folder.path(), Graphics::None, Screen::Desktop, async |page: &Page, server: Server| {
        page.open("").await;
        is_kept(page, 1, " ").await;
        assert_eq!(page.visible_text("#update").await, "", "the first version is no news");

        // Another build, which the browser finds when it looks for one.
        let worker = folder.path().join("sw.js");
        let text = fs::read_to_string(&worker).unwrap();
        let another = text.replace("const VERSION = \"", "const VERSION = \"another-");
        assert_ne!(another, text);
        fs::write(&worker, another).unwrap();
        page.answer("navigator.serviceWorker.getRegistration().then(found => found.update());").await;
        page.until("tells of a new version", "return !document.querySelector('#update').hidden;").await;
        is_kept(page, 2, " another-").await;
        page.answer("window.before = true;").await;
        page.press_at_once("#update-reload").await;
        page.until(
            "is loaded again",
            "return window.before === undefined && document.querySelector('#status')?.dataset.state === 'ready';",
        )
        .await;
        is_kept(page, 1, " another-").await;

        page.loses(server, &["sw.js", "fetching the script"]).await;
        // Program, decoder, recording and model come from the device, whatever stands behind the question mark.
        page.open("?backend=cpu").await;
        assert_eq!(page.press("#recorded button").await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(page.visible_text("#verdict").await, "normal");
        // The other decoder too: this one reads the file at its own rate, the browser would not.
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sound/pulses.m4a");
        assert_eq!(page.classify(&file).await, "done", "{}", page.visible_text("#error").await);
        let note = page.visible_text("#recording-note").await;
        assert!(note.contains("at 8000 Hz"), "{note}");
        assert_eq!(page.choose_in_menu(1).await, "done", "{}", page.visible_text("#error").await);
        page.until("shows the card", "return document.querySelector('#card').textContent.includes('ESC-10');").await;
        // A model elsewhere is still asked for over the network, and its absence is said.
        page.tolerate("absent.safetensors");
        assert_eq!(page.follow("?model=weights/absent.safetensors").await, "ready");
        let said = page.visible_text("#trouble").await;
        assert!(said.contains("absent.safetensors"), "{said}");
    });
}

/// A page below a path of a server that has other things beside it.
#[test]
fn browser_keeps_the_page_below_any_path() {
    let folder = tempfile::tempdir().unwrap();
    copy_dist(&folder.path().join("some/where"));
    fs::write(folder.path().join("index.html"), "<title>another page</title>").unwrap();
    visit_served(folder.path(), Graphics::None, Screen::Desktop, async |page: &Page, server: Server| {
        page.follow("some/where/index.html").await;
        is_kept(page, 1, "/some/where/ ").await;
        drop(server);
        for line in ["sw.js", "fetching the script"] {
            page.tolerate(line);
        }
        assert_eq!(page.follow("some/where/index.html?example=heart-normal").await, "done");
    });
}
