//! Whether a model abstains, and why.

use super::Tally;
use crate::heart::{self, Quality, Segmentation};
use crate::prediction::{Abstention, Reason};

/// Fewest heart cycles that a heart recording must have.
const LEAST_CYCLES: usize = 2;

/// What is known of a recording beside the probabilities.
pub(super) struct Evidence {
    /// One segmentation for all pieces, where a heart was looked for.
    pub heart: Option<Segmentation>,
    /// Whether the recording is good enough for a prediction.
    pub quality: Option<Quality>,
    /// The openness score.
    pub openness: Option<f64>,
    /// Why the model abstains, if it does.
    pub abstained: Option<Abstention>,
}

impl Tally<'_> {
    /// The evidence from everything that was added.
    pub(super) fn evidence(&self) -> Evidence {
        let heart = heart::joined(self.hearts.iter().map(|(_, found)| found));
        let quality = heart.as_ref().and_then(|heart| heart.quality);
        let openness = self.openness.as_ref().and_then(|(openness, summary)| openness.score(summary));
        let abstained = self.abstention(heart.as_ref().map(|heart| heart.plausible), quality, openness);
        Evidence { heart, quality, openness, abstained }
    }

    /// Why the model abstains, if it does. Reasons are tried in the order of [`Reason::ALL`].
    fn abstention(&self, rhythm: Option<bool>, quality: Option<Quality>, openness: Option<f64>) -> Option<Abstention> {
        let heart = self.config.looks_for_a_heart();
        let (seconds, sounding_s) = (self.seconds(self.first_downmix_samples()), self.seconds(self.sounding));
        let window_s = self.seconds(self.config.windowing.samples);
        let cycles: usize =
            self.hearts.iter().map(|(_, found)| found.cycles().filter(|cycle| cycle.whole).count()).sum();
        let silent = self.votes.iter().all(|vote| !vote.evidence) && self.sounding == 0;
        let too_short = if heart { cycles < LEAST_CYCLES } else { seconds < window_s };
        let (reason, detail) = if silent && self.seen.noise_floor > 0 {
            (Reason::Silent, "Nothing lies above the noise floor: the samples have only a handful of different values. Check microphone and cable.".into())
        } else if silent {
            (Reason::Silent, "There is no sound: all samples are alike, or the channels cancel each other. Check microphone and cable.".into())
        } else if too_short && heart {
            (
                Reason::TooShort,
                format!(
                    "{sounding_s:.1} s of sound hold less than {LEAST_CYCLES} whole heart cycles. Record at least 5 s."
                ),
            )
        } else if too_short {
            (
                Reason::TooShort,
                format!(
                    "{seconds:.1} s are less than the {window_s:.1} s that the model sees at once. Record at least 5 s."
                ),
            )
        } else if rhythm == Some(false) {
            (
                Reason::NoRhythm,
                format!(
                    "No rhythm of a heart was found in {sounding_s:.1} s of sound. Record again in a quiet place, at least 5 s."
                ),
            )
        } else if quality.is_some_and(|quality| quality.too_noisy) {
            (
                Reason::TooNoisy,
                "Heart cycles can hardly be made out. Record again in a quiet place, at least 5 s.".into(),
            )
        } else if openness.is_some_and(|score| score > 1.0) {
            let labels = self.config.labels.join(", ").replace('_', " ");
            (Reason::NoneOfThese, format!("This sounds like none of what the model knows: {labels}."))
        } else {
            return None;
        };
        Some(Abstention { reason, detail })
    }
}
