//! From windows to the prediction on a recording. A [session](crate::recognise::Session) takes these steps in their order.
//!
//! - [`Prepared`]: a conditioned recording, or a piece of one, and its windows
//! - the forward pass: on the CPU by the [engine](crate::network::cpu::engine), on a GPU by whatever drives it
//! - [`Tally`]: collects the windows' probabilities. A recording need not be there as a whole: it takes pieces one after the
//!   other and comes to the same prediction, bit for bit
//! - [`vote`]: how the windows decide together
//! - [`Prediction`]: what is said of the recording, or the [`Abstention`] where nothing can be said
//! - [`assessment`], [`decision`]: what its probability is worth, and from which threshold it counts
//! - [`openness`]: whether a recording is of any kind that the model knows
//! - `elsewhere`: whether a recording of whose beginning nothing can be said holds a heart further on

mod abstention;
pub mod assessment;
pub mod decision;
mod elsewhere;
mod note;
pub mod openness;
mod prepared;
mod recording;
mod tally;
#[cfg(test)]
mod tests;
mod voting;

pub use abstention::{Abstention, Reason};
pub(crate) use elsewhere::Elsewhere;
pub use note::{FileNotes, Note, Noted};
pub use prepared::{Prepared, Seen, Vote, Windows, sounding};
pub(crate) use recording::rounded;
pub use recording::{CyclePrediction, Prediction, Probabilities, Rhythm, WindowPrediction, three_digits};
pub use tally::Tally;
pub use voting::{shares, vote, winner};
