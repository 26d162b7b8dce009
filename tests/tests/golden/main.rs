//! Golden numbers: what the modules, the fused filterbank and the CPU engine compute, beside what NumPy computed in 64-bit
//! floats from docs/FORMAT.md.
//!
//! `golden/golden.py` writes all of them; what each file holds stands in `golden/README.md`.

// Graphics devices have deep types (features cuda, vulkan).
#![recursion_limit = "256"]

mod bounded;
mod classifiers;
mod models;
mod paper;
mod scaling;
mod script;
mod training;
mod values;
