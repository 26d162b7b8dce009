//! What comes behind the classified beginning of a recording.

use super::source::{Pass, Source};
use crate::model::ModelConfig;
use crate::prediction::{Elsewhere, Note, Prepared, Tally};

/// Whether the rest is looked through, and what was found there.
#[derive(Clone, Debug, Default)]
pub(super) struct Rest<'a> {
    /// How to classify all of the recording; none: the rest is not looked through.
    pub advice: Option<&'a str>,
    elsewhere: Option<Elsewhere>,
    /// A heart was found.
    pub note: Option<Note>,
}

impl<'a> Rest<'a> {
    /// The rest is looked through.
    pub fn advising(advice: &'a str) -> Self {
        Self { advice: Some(advice), ..Self::default() }
    }

    /// The pass through what comes behind the first `judged` frames, where that makes sense: no more was wanted of a recording
    /// of a heart, of which nothing can be said.
    pub fn pass(
        &mut self,
        config: &ModelConfig,
        source: &Source,
        tally: &Tally,
        judged: u64,
        number: usize,
    ) -> Option<Pass> {
        let rate = f64::from(source.sample_rate);
        let wanted = self.advice.and(source.max_seconds)? * rate;
        let ended = wanted.round() as u64 > judged;
        if ended || !config.looks_for_a_heart() || !tally.abstains() {
            return None;
        }
        self.elsewhere = Some(Elsewhere::behind(judged as f64 / rate));
        let first = source.first().ok()?;
        Some(Pass { number, start: judged, max_seconds: Some(Elsewhere::SECONDS), ..first })
    }

    /// Looks at the next piece, of `seconds` s; whether it holds a heart.
    pub fn finds(&mut self, prepared: &Prepared, seconds: f64) -> bool {
        let advice = self.advice.unwrap_or_default();
        self.note = self.elsewhere.as_mut().and_then(|elsewhere| elsewhere.look(prepared, seconds, advice));
        self.note.is_some()
    }
}
