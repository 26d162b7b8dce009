//! Entry point of the worker. wasm-bindgen calls `main` once the module is loaded.

#[cfg(target_arch = "wasm32")]
fn main() {
    spectnet_decoder::worker::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("spectnet-decoder runs in a browser, beside the page: `cargo xtask demo` builds and serves both");
}
