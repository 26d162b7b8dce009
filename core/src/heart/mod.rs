//! Segmentation of heart sounds: where S1, systole, S2 and diastole begin, and the heart rate.
//!
//! ```text
//! conditioned recording ─ envelopes ─▶ 50 frames a second ─ network ─▶ likelihoods ─ rhythm, Viterbi ─▶ states
//! ```
//!
//! A hidden semi-Markov model after Springer, Tarassenko and Clifford 2016 ("Logistic regression-HSMM-based heart sound
//! segmentation", IEEE Trans. Biomed. Eng. 63(4)), which builds on Schmidt et al. 2010. docs/CYCLES.md says what
//! differs, what was tried and how good it is. The parameters were learned by this project's own program.
//!
//! - [`Features`]: the envelopes of a recording, computed piece by piece
//! - [`Parameters`]: what was learned: [`Durations`], the [`Observation`] model of the envelopes, and the
//!   [`QualityModel`]
//! - [`Segmentation`]: the states, the heart rate, how sure they are, and the cycles
//! - [`Quality`]: whether a recording is good enough for a prediction
//! - [`Timeline`]: the state and the phase of each frame of a window; [`Parts`]: which phases there are
//! - [`Annotation`]: known states

mod annotation;
mod confidence;
mod cycle_windows;
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
pub use observation::{HIDDEN, OFFSETS, Observation, around, log_softmax, offsets_for};
pub use parameters::{Parameters, Provenance};
pub use quality::{Quality, QualityModel};
pub(crate) use segment::segment_in_strides;
pub use segment::{SHORTEST_S, segment};
pub use segmentation::{Cycle, Segmentation, StateInterval};
pub use state::{STATES, State};
pub use timeline::{Parts, Timeline};
