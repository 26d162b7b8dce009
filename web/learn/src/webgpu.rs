//! Entry point of the worker that learns on WebGPU too, which is larger: `cargo xtask page --learn` builds it.

fn main() {
    spectnet_learn::main();
}
