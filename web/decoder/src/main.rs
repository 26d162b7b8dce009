//! Entry point of the worker that reads FLAC, Ogg Vorbis, MP3 and AIFF. wasm-bindgen calls `main` once the module is loaded.

#[cfg(target_arch = "wasm32")]
fn main() {
    spectnet_decoder::worker::start(spectnet_core::audio::Formats::without_aac());
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    spectnet_decoder::run_by_hand();
}
