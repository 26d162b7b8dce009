//! Where the heart cycles of a recording lie in its samples.

use super::envelope::sample_at;
use super::segmentation::Segmentation;
use crate::audio::Window;

impl Segmentation {
    /// The heart cycles as windows of a conditioned recording of `length` samples at
    /// [`SAMPLE_RATE`](super::SAMPLE_RATE), each from S1 to the next S1 or to the end. `None` where the rhythm is not
    /// plausible.
    pub fn cycle_windows(&self, length: usize) -> Option<Vec<Window>> {
        let place = |seconds: f64| sample_at(seconds).min(length);
        let cycles = self.cycles().filter(|_| self.plausible);
        let windows = cycles.map(|cycle| Window { start: place(cycle.start_s), end: place(cycle.end_s) });
        let windows: Vec<Window> = windows.filter(|window| window.start < window.end).collect();
        (!windows.is_empty()).then_some(windows)
    }
}
