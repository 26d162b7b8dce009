//! Which file a request means, if it may be read at all, and what type it has.

use std::{
    fs::File,
    path::{Component, Path, PathBuf},
    time::SystemTime,
};

/// A file that may be read.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) length: u64,
    /// When it was changed last; none where the file system does not say.
    pub(super) modified: Option<SystemTime>,
    pub(super) mime: &'static str,
}

/// The file of a request with what is to be known of it, if it may be read.
pub(super) fn open(root: &Path, path: &str) -> Option<(File, Found)> {
    let path = locate(root, path)?;
    let file = File::open(&path).ok()?;
    let metadata = file.metadata().ok()?;
    let (length, modified, mime) = (metadata.len(), metadata.modified().ok(), mime(&path));
    Some((file, Found { path, length, modified, mime }))
}

/// The file that the path of a request such as `/weights/heart.safetensors` means, if it may be read.
fn locate(root: &Path, path: &str) -> Option<PathBuf> {
    let mut path = percent_encoding::percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?.into_owned();
    if path.is_empty() || path.ends_with('/') {
        path.push_str("index.html");
    }
    // Hidden files are the build's own notes; every other kind of component leads out of the folder.
    let allowed = |part: Component| matches!(part, Component::Normal(name) if !name.to_string_lossy().starts_with('.'));
    if !Path::new(&path).components().all(allowed) {
        return None;
    }
    let file = root.join(&path).canonicalize().ok()?;
    (file.starts_with(root) && file.is_file()).then_some(file)
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
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
