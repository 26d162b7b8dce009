//! Entry point of the worker that learns on WebGPU too, which is larger: `cargo xtask page --learn` builds it.

#[cfg(target_arch = "wasm32")]
fn main() {
    spectnet_learn::worker::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    spectnet_learn::run_by_hand();
}
