//! How far a session has come.

/// Pieces and frames of a recording, counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    /// Pieces that were given in this pass.
    pub pieces: usize,
    /// Frames of this pass that went through the network.
    pub frames: u64,
    /// Those of the last pass that was classified to its end.
    pub judged: u64,
    /// Those of all passes before this one.
    pub finished: u64,
}

impl Progress {
    /// After a pass that was classified to its end.
    pub fn after_pass(self) -> Self {
        Self { pieces: 0, frames: 0, judged: self.frames, finished: self.finished + self.frames }
    }
}
