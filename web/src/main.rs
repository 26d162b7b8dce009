//! Entry point of the page. wasm-bindgen calls `main` once the module is loaded.

#[cfg(target_arch = "wasm32")]
fn main() {
    spectnet_web::page::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("spectnet-web runs in a browser: `cargo xtask demo` builds and serves the page");
}
