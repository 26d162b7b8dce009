//! From the windows of a recording to its prediction. A [session](crate::recognise::Session) takes these steps in their order.
//!
//! - [`Prepared`]: a conditioned recording, or a piece of one, and its windows
//! - [`Groundwork`]: what of it takes long to make and is the same for many models, so that it can be kept
//! - then the network computes the probabilities of the windows: on the CPU in an
//!   [engine](crate::network::cpu::engine), or on a GPU
//! - [`Tally`]: collects the probabilities of the windows. A recording may come piece by piece, and the prediction is
//!   the same, bit for bit
//! - [`vote`]: how the windows decide together
//! - [`Prediction`]: the label of the recording with its evidence, or an [`Abstention`]
//! - [`assessment`], [`decision`]: how good the probabilities are, and from which threshold on a recording is called
//!   positive
//! - [`openness`]: whether a recording is of a kind that the model knows at all
//! - [`scope`]: for whom a model of heart sounds was made
//! - `elsewhere`: whether a recording of whose beginning nothing can be said holds a heart further on

mod abstention;
pub mod assessment;
pub mod decision;
mod elsewhere;
mod groundwork;
mod note;
pub mod openness;
mod prepared;
mod recording;
pub mod scope;
mod tally;
#[cfg(test)]
mod tests;
mod voting;

pub use abstention::{Abstention, Reason};
pub(crate) use elsewhere::Elsewhere;
pub use groundwork::{Groundwork, PREPARATION};
pub use note::{FileNotes, Note, Noted};
pub use prepared::{Prepared, Seen, Vote, Windows, sounding};
pub(crate) use recording::rounded;
pub use recording::{CyclePrediction, Prediction, Probabilities, Rhythm, WindowPrediction, three_digits};
pub use tally::Tally;
pub(crate) use voting::softmax;
pub use voting::{in_order_of_labels, vote, winner};
