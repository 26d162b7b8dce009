//! Entry point of the worker that learns on the CPU. wasm-bindgen calls `main` once the module is loaded.

fn main() {
    spectnet_learn::main();
}
