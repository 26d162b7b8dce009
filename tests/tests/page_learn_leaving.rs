//! What is left when a model was taught on the page, in a real browser: no worker, no more memory than before, and what was
//! saved.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use spectnet_tests::agreement::assert_same_prediction;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{Page, visit};
use spectnet_tests::panel::{OVER, STEPS, give, is_used, names_classes, save, watch_saving};
use spectnet_tests::recordings::beeps;
use spectnet_tests::spectnet::predict;

/// Examples of a class.
const EXAMPLES: usize = 3;

/// Notes, beyond the end of the page, whether the browser was told to ask before it leaves. A listener that comes later is
/// asked later.
const NOTE_LEAVING: &str = "
    localStorage.removeItem('asked');
    addEventListener('beforeunload', event => localStorage.setItem('asked', String(event.defaultPrevented)));";
/// What was noted.
const ASKED: &str = "return localStorage.getItem('asked');";

/// Sounds of two kinds and of none.
fn kinds(folder: &Path) -> [Vec<PathBuf>; 3] {
    [("low", 300.0), ("high", 3000.0), ("quiet", 0.0)].map(|(kind, hz)| {
        let one = |number: usize| beeps(folder, &format!("{kind}-{number}"), hz * (1.0 + 0.02 * number as f64));
        (0..EXAMPLES).map(one).collect()
    })
}

/// Gives the examples, to the model of environmental sounds.
async fn gives(page: &Page, [low, high, quiet]: &[Vec<PathBuf>; 3]) {
    assert_eq!(page.choose_in_menu(1).await, "ready", "{}", page.visible_text("#error").await);
    names_classes(page, &["low", "high"]).await;
    for (place, (class, files)) in (1..).zip([("1", low), ("2", high), ("0", quiet)]) {
        give(page, class, files, place * EXAMPLES).await;
    }
}

/// Learns until the first steps are made, stops, and waits until the model is the one in use. How many workers there were
/// meanwhile.
async fn learns(page: &Page, folder: &Path) -> (PathBuf, u64) {
    page.press_at_once("#learn-start").await;
    page.comes_to(STEPS).await;
    let workers = page.workers().await;
    page.press_at_once("#learn-stop").await;
    page.comes_to(OVER).await;
    let model = save(page, folder).await;
    is_used(page, &model).await;
    (model, workers)
}

#[test]
fn browser_has_its_memory_back_after_learning_and_no_worker_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let kinds = kinds(folder.path());
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        gives(page, &kinds).await;
        watch_saving(page).await;
        page.watch_workers().await;
        let (_, meanwhile) = learns(page, folder.path()).await;
        assert_eq!([meanwhile, page.workers().await], [1, 0], "while it learns, and afterwards");
        // What a program has once asked for it keeps: the second run finds room in it.
        let first = page.program_memory().await;
        learns(page, folder.path()).await;
        assert_eq!(page.workers().await, 0);
        let second = page.program_memory().await;
        println!("the program's memory: {first} bytes after the first run, {second} after the second");
        assert!(second <= first + first / 10, "{first} bytes, then {second}");
    });
}

#[test]
fn browser_asks_before_it_leaves_and_what_was_saved_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let kinds = kinds(folder.path());
    let recording = &kinds[0][0];
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        page.script(NOTE_LEAVING, vec![]).await;
        page.open("").await;
        assert_eq!(page.script(ASKED, vec![]).await, json!("false"), "nothing would be lost");

        gives(page, &kinds).await;
        watch_saving(page).await;
        page.watch_workers().await;
        let (model, _) = learns(page, folder.path()).await;
        page.press_at_once("#learn-start").await;
        page.comes_to(STEPS).await;
        page.script(NOTE_LEAVING, vec![]).await;
        // The test leaves all the same.
        page.open("").await;
        assert_eq!(page.script(ASKED, vec![]).await, json!("true"));
        assert_eq!(page.visible_text("#learn-result").await, "", "a new page knows nothing of it");
        assert_eq!(page.load_model(&model).await, "ready", "{}", page.visible_text("#error").await);
        assert_eq!(page.classify(recording).await, "done", "{}", page.visible_text("#error").await);
        let result: Value = page.result().await;
        assert_same_prediction(&result, &predict(&model, recording));
    });
}
