//! Heart cycles: S1, systole, S2, diastole. (prototype)
#![allow(missing_docs, dead_code, private_interfaces)]
pub mod duration;
pub mod envelope;
pub mod fit;
pub mod minimise;
pub mod observation;
pub mod state;
pub mod viterbi;
