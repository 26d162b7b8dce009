//! From windows to the verdict on a recording.
//!
//! - [`Prepared`]: a conditioned recording, or a piece of one, and its windows
//! - the forward pass: on the CPU by the [engine](crate::engine), on a GPU by whatever drives it
//! - [`Tally`]: collects the windows' probabilities. A recording need not be there as a whole: it takes pieces one after the
//!   other and comes to the same verdict, bit for bit
//! - [`Voting`]: how the windows decide together
//! - [`Verdict`]: what is said of the recording

mod prepared;
mod tally;
#[cfg(test)]
mod tests;
mod verdict;
mod voting;

pub use prepared::{Prepared, Windows};
pub use tally::Tally;
pub use verdict::{CycleVerdict, Rhythm, Verdict, WindowVerdict};
pub use voting::{Voting, shares, vote, winner};
