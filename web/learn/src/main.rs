//! Entry point of the worker that learns on the CPU. wasm-bindgen calls `main` once the module is loaded.

#[cfg(target_arch = "wasm32")]
fn main() {
    spectnet_learn::worker::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    spectnet_learn::run_by_hand();
}
