//! Entry point of the worker that reads AAC and MP4, which is as large as the other one: each visitor loads one of them.

#[cfg(target_arch = "wasm32")]
fn main() {
    spectnet_decoder::worker::start(spectnet_core::audio::Formats::aac());
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    spectnet_decoder::run_by_hand();
}
