//! Heart cycles: where S1, systole, S2 and diastole begin, and how fast the heart beats.
//!
//! ```text
//! conditioned recording ─ envelopes ─▶ 50 frames a second ─ logistic regression ─▶ likelihoods ─ rhythm, Viterbi ─▶ states
//! ```
//!
//! A hidden semi-Markov model after Springer, Tarassenko and Clifford 2016 ("Logistic regression-HSMM-based heart sound
//! segmentation", IEEE Trans. Biomed. Eng. 63(4)), which builds on Schmidt et al. 2010. What differs, what was tried and
//! how good it is stands in docs/CYCLES.md. The parameters were learned by this project's own program.
//!
//! - [`Features`]: the envelopes of a recording, piece by piece
//! - [`Parameters`]: what was learned: [`Durations`], the [`Observation`] model of the envelopes, and what a [`Listener`] calls
//!   poor
//! - [`Segmentation`]: onsets, heart rate, how sure they are, and the cycles
//! - [`Quality`]: whether a recording is good enough to be judged
//! - [`Timeline`]: the state that each frame of a window lies in, and which of its [`Parts`]
//! - [`Annotation`]: known states

mod annotation;
mod confidence;
mod duration;
mod envelope;
mod features;
mod joined;
mod observation;
mod parameters;
mod quality;
mod search;
mod segment;
mod segmentation;
mod spans;
mod state;
#[cfg(test)]
mod tests;
mod timeline;
mod viterbi;

pub use annotation::Annotation;
pub use confidence::Confidence;
pub use duration::{Durations, Rhythm};
pub use envelope::{CHANNELS, Frame, SAMPLE_RATE};
pub use features::{Features, conditioning};
pub use joined::joined;
pub use observation::{OFFSETS, Observation, around, log_softmax};
pub use parameters::{Parameters, Provenance};
pub use quality::{Listener, Quality};
pub use segment::{SHORTEST_S, segment};
pub use segmentation::{Cycle, Segmentation, Stretch};
pub use state::{STATES, State};
pub use timeline::{Parts, Timeline};
