//! Which file a request means, if it may be read at all, and what type it has.

use std::{
    fs::File,
    path::{Component, Path, PathBuf},
};

/// The file of a request with its length and type, if it may be read.
pub(super) fn open(root: &Path, path: &str) -> Option<(File, u64, &'static str)> {
    let path = locate(root, path)?;
    let file = File::open(&path).ok()?;
    let length = file.metadata().ok()?.len();
    Some((file, length, mime(&path)))
}

/// The file that the path of a request such as `/weights/heart.safetensors` means, if it may be read.
fn locate(root: &Path, path: &str) -> Option<PathBuf> {
    let path = percent_encoding::percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
    let path = if path.is_empty() { "index.html" } else { &*path };
    // Hidden files are the build's own notes; every other kind of component leads out of the folder.
    let allowed = |part: Component| matches!(part, Component::Normal(name) if !name.to_string_lossy().starts_with('.'));
    if !Path::new(path).components().all(allowed) {
        return None;
    }
    let file = root.join(path).canonicalize().ok()?;
    (file.starts_with(root) && file.is_file()).then_some(file)
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("md" | "txt") => "text/plain; charset=utf-8",
        // Browsers compile while they download only under this type.
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("wav") => "audio/wav",
        Some("flac") => "audio/flac",
        _ => "application/octet-stream",
    }
}
