//! Progress of long work on standard error: bars and curves where a person watches; where it goes to a file, a line at least
//! every half minute, with the time left.
//!
//! - [`bar()`]: work in steps
//! - [`run`], [`table`]: a training run, and a table of runs, whose time left is told
//! - `work`: what is under way
//! - `screen`: where it is seen, and how much is said at all
//! - `estimate`: the time left
//! - `sparkline`: a curve in a line of text

mod bar;
mod course;
mod estimate;
mod screen;
mod sparkline;
mod work;

pub use bar::{Bar, bar};
pub use course::{Course, Drift, run, table};
pub use screen::{Manner, above, be, is_quiet, is_verbose, is_watched};
pub use work::left;
