//! Studies: tables of results, every row trained with every seed, each fold or subset held out in turn. A table can be stopped
//! and goes on where it was, in the middle of a run too.
//!
//! - [`args`]: what is asked of a run: the settings of training, and what shall be done wrong
//! - [`row`]: what a row of the table is
//! - [`run`]: one row, held-out part and seed, from training to the prediction on every held-out recording
//! - [`run_result`]: the result of a run, and its file; `failure`: why there is none; `under_way`: before there is one
//! - [`work`]: all runs of a table, one after the other, by as many processes as there are; [`shard`]: a share of them;
//!   `claim`: who makes a run
//! - [`baselines`]: rows without a network, on MFCCs or mean spectra by logistic regression
//! - [`complete`]: the runs of a row put together, and what its seeds decide
//! - [`summary`]: all runs of a row to numbers
//! - [`comparison`]: two rows side by side
//! - [`published`]: what was published; [`faults`]: what was done wrong there, and here where it is asked for
//! - [`report`]: all results of a table; `markdown`: RESULTS.md; `folder`: both and the plots, in files

pub mod args;
mod baselines;
mod claim;
pub mod comparison;
pub mod complete;
mod failure;
pub mod faults;
mod folder;
mod logistic;
pub mod markdown;
mod mfcc;
pub mod published;
pub mod report;
pub mod row;
pub mod run;
pub mod run_result;
pub mod shard;
pub mod summary;
mod under_way;
pub mod work;
