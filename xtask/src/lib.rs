//! Set-up, demo and tests of the workspace, behind `cargo xtask`.
//!
//! A library as well as a program, so that the browser tests serve the page with the very server that `cargo xtask demo` uses,
//! and what the documentation says of it is parsed.

pub mod bench;
pub mod check;
pub mod cli;
pub mod command;
pub mod demo;
pub mod fuzz;
pub mod learner;
pub mod page;
pub mod serve;
pub mod setup;
pub mod short_names;
pub mod size;
pub mod stamp;
pub mod workspace;
