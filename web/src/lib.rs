//! The SpectNet page: classifies a recording in the browser and shows what the filterbank does.
//!
//! Three rooms, and one thing goes through them in a circle:
//!
//! ```text
//! event ──▶ state ──▶ view        what a person sees
//!   ▲         │
//!   └─────── effects              files, network, device: what takes time
//! ```
//!
//! - [`state`]: what the page knows, and one pure function, `update(state, event) -> (state, effects)`
//! - `effects`: carries out what the state asks for, and answers with events; the only asynchronous code
//! - `view`: draws a state, one file a panel
//! - `page`, `listeners`: the circle itself, and the one table of what the browser's events mean
//! - [`gpu`]: a model on the graphics device
//! - [`listen`]: what comes out of the loudspeaker, as numbers
//! - [`plot`]: what the plots show, as numbers
//! - [`turns`]: which of them is drawn next
//!
//! What needs no browser is plain Rust with ordinary tests: the modules named as links here, and [`about`],
//! [`address`], [`capture`], [`example`], [`export`], [`extent`], [`failure`], [`figures`], [`format`](mod@format),
//! [`labels`], [`link`], [`listen`], [`markdown`], [`menu`], [`reported`] and [`result`]. The rest exists for wasm32
//! only and talks to the page through web-sys.

pub mod about;
pub mod address;
pub mod capture;
pub mod example;
pub mod export;
pub mod extent;
pub mod failure;
pub mod figures;
pub mod format;
pub mod gpu;
pub mod labels;
pub mod link;
pub mod listen;
pub mod markdown;
pub mod menu;
pub mod plot;
pub mod reported;
pub mod result;
pub mod state;
pub mod turns;

#[cfg(target_arch = "wasm32")]
mod dom;
#[cfg(target_arch = "wasm32")]
mod effects;
#[cfg(target_arch = "wasm32")]
mod listeners;
#[cfg(target_arch = "wasm32")]
pub mod page;
#[cfg(target_arch = "wasm32")]
mod pause;
#[cfg(target_arch = "wasm32")]
mod view;
