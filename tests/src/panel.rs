//! The page's panel in which a model is taught, as a test uses it.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::page::Page;

/// Whether nothing is being learned.
pub const OVER: &str = "return document.querySelector('#learn-progress').hidden;";
/// Whether the first step was made.
pub const STEPS: &str = "return /step [1-9]/.test(document.querySelector('#learn-progress-text').textContent);";

/// From now on the bytes of a download can be read.
const WATCH_DOWNLOADS: &str = "
    const create = URL.createObjectURL;
    URL.createObjectURL = blob => {
        window.downloadedBytes = blob.arrayBuffer();
        return create.call(URL, blob);
    };";
/// They, as numbers.
const DOWNLOADED: &str = "return window.downloadedBytes.then(bytes => Array.from(new Uint8Array(bytes)));";

/// Whether so many examples are there.
pub fn ready(count: usize) -> String {
    format!("return document.querySelectorAll('#learn-rows [data-standing=ready]').length === {count};")
}

/// Gives examples of a class, after which there are so many.
pub async fn give(page: &Page, class: &str, files: &[PathBuf], all: usize) {
    page.choose_at_once("#learn-into", class).await;
    page.give_at_once("#learn-files", files).await;
    page.comes_to(&ready(all)).await;
}

/// Unfolds the panel, and names classes of one's own there: they have the numbers 1, 2, 3 …, and the background has 0.
pub async fn names_classes(page: &Page, names: &[&str]) {
    page.press_at_once("#learn-fold > summary").await;
    page.press_at_once("#learn-mode input[value=new]").await;
    // Two are there from the start.
    for _ in 2..names.len() {
        page.press_at_once("#learn-class-add").await;
    }
    for (number, name) in (1..).zip(names) {
        page.enter(&format!("#learn-class-name-{number}"), name).await;
    }
}

/// From now on the model file that the page gives can be [saved](save).
pub async fn watch_saving(page: &Page) {
    page.script(WATCH_DOWNLOADS, vec![]).await;
}

/// The model file that the page gives, in this folder.
///
/// # Panics
/// Where the folder cannot be written to.
pub async fn save(page: &Page, folder: &Path) -> PathBuf {
    page.press_at_once("#learn-save").await;
    let numbers: Vec<u8> = serde_json::from_value(page.answer(DOWNLOADED).await).expect("bytes");
    let file = folder.join("own.safetensors");
    fs::write(&file, numbers).expect("the folder is writable");
    file
}

/// Waits until the model file with these bytes is the one in use: its digest stands in the card.
///
/// # Panics
/// Where the file cannot be read.
pub async fn is_used(page: &Page, file: &Path) {
    let digest = Sha256::digest(fs::read(file).expect("the file is there"));
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    page.comes_to(&format!("return document.querySelector('#model-card').textContent.includes('{digest}');")).await;
}
