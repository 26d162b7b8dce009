//! The page's learner: a model learns from a person's own recordings, on their device.
//!
//! ```text
//! page  ── Order + model file + samples ─▶  worker: this program
//!       ◀─ Report, Report + model file … ──  conditions, trains, judges what is held out
//! ```
//!
//! - [`message`]: what page and learner say to each other. The page is built with this alone (without the feature `learner`)

pub mod message;
