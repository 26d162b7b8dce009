//! The page's decoder: reads with the command line's code what browsers do not read, or not at its own rate. It runs in a
//! worker, so that the page answers meanwhile, and is loaded when the first such recording comes.
//!
//! The page asks by messages. Each question has one answer, in the order of the questions:
//!
//! | question | answer |
//! |---|---|
//! | none: it has started | `{ready: true}` |
//! | `{open: Blob}` | `{rate, channels, frames}`: frames a second, channels, and how many frames the file says it has, or null |
//! | `{read: count, from: frame}` | `{samples: Float32Array, end, cutShort, leftOut}`: interleaved samples of so many frames from there on, fewer only at the end; then `end` is the number of frames of the recording, else null. `cutShort` and `leftOut` are sentences on the file, or null |
//! | any | `{failed: why, unsupported: whether another decoder may read it}` |
//!
//! There are two such workers, one for AAC and MP4 and one for the rest, so that nobody waits for what their recording does not
//! need.
//!
//! Memory does not grow with the recording: its file is read a [block](blocks) at a time, and a [reader] decodes only
//! what is asked for and what lies before it. Both are plain Rust with ordinary tests; the worker itself exists for wasm32
//! only.

pub mod blocks;
pub mod reader;
#[cfg(target_arch = "wasm32")]
pub mod worker;

/// Says where these programs run.
#[cfg(not(target_arch = "wasm32"))]
pub fn run_by_hand() {
    eprintln!("the decoder runs in a browser, beside the page: `cargo xtask demo` builds and serves both");
}
