//! The laboratory: tables re-made, every row trained with every seed, each fold or subset held out in turn, resumable run by
//! run.
//!
//! - [`row`]: what a row of the table is
//! - [`run`]: one row, held-out part and seed, from training to what was said of every held-out recording
//! - [`outcome`]: what it came to, and the file that keeps it
//! - [`baselines`]: rows without a network, on MFCCs or mean spectra by logistic regression
//! - [`complete`]: the runs of a row put together, and what its seeds decide
//! - [`summary`]: all runs of a row to numbers
//! - [`comparison`]: two rows side by side
//! - [`published`]: what was published; [`faults`]: what was done wrong there, and here where it is asked for
//! - [`report`]: all there is to say about a table; `markdown`: RESULTS.md; `folder`: both and the plots, in files

mod baselines;
pub mod comparison;
pub mod complete;
pub mod faults;
mod folder;
mod logistic;
pub mod markdown;
mod mfcc;
pub mod outcome;
pub mod published;
pub mod report;
pub mod row;
pub mod run;
pub mod summary;
