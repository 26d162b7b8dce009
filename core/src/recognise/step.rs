//! What a session asks for, and what it is told.

use super::source::Pass;
use crate::audio::Window;
use crate::prediction::Windows;

/// Windows that go through the network together where nothing else is said: enough to keep a CPU busy, some tens of MiB.
pub const BATCH: usize = 16;

/// What a session wants next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The next piece of this pass: [`Session::piece`](super::Session::piece) or
    /// [`Session::prepared`](super::Session::prepared); [`Session::end`](super::Session::end) where there is none.
    Read(Pass),
    /// Nothing from others, but time: [`Session::work`](super::Session::work) does the next bit of what is left to do with a
    /// piece that came [in bits](super::Session::piece_in_bits).
    Work,
    /// Images and probabilities of these windows: [`Session::answer`](super::Session::answer).
    Run(Batch),
    /// Nothing: [`Session::prediction`](super::Session::prediction) has the result.
    Done,
}

/// Windows to run through the network together, all of one piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// What they are for.
    pub purpose: Purpose,
    /// Where they lie in the [piece at hand](super::Session::piece_at_hand), in conditioned samples; at least one.
    pub windows: Vec<Window>,
    /// The same windows as the model takes them: samples `[windows, samples]`, and what is known of their frames.
    pub input: Windows,
    /// Whether the answer must hold their log-energy images.
    pub wants_images: bool,
}

/// What windows are run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The result rests on them.
    Windows,
    /// Each lies around one heart cycle, of which its probabilities are shown. The result does not rest on them.
    Cycles,
}

/// What the network says of a [`Batch`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Log-energy images `[windows, frames, filters]` in nats, from which the probabilities were computed. They are looked at
    /// where the batch wants them; otherwise there may be none.
    pub images: Option<Vec<f32>>,
    /// Probabilities `[windows, classes]`, 0 to 1.
    pub probabilities: Vec<f32>,
}
