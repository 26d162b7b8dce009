//! Where the cycles of a recording lie in its samples.

use super::envelope::SAMPLE_RATE;
use super::segment::segment;
use crate::audio::{Recording, Span};

/// The cycles of a conditioned recording, each from S1 to the next S1 or to the end; none where no rhythm is plausible.
pub fn spans(recording: &Recording) -> Option<Vec<Span>> {
    let found = segment(recording).ok().filter(|found| found.plausible)?;
    let length = recording.samples().len();
    let place = |seconds: f64| ((seconds * f64::from(SAMPLE_RATE)).round() as usize).min(length);
    let spans = found.cycles().map(|cycle| Span { start: place(cycle.start_s), end: place(cycle.end_s) });
    let spans: Vec<Span> = spans.filter(|span| span.start < span.end).collect();
    (!spans.is_empty()).then_some(spans)
}
