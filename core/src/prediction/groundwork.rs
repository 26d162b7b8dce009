//! What takes long when a recording is prepared, without the windows, which are laid in no time: so that it can be kept.

use super::{Prepared, Seen};
use crate::audio::{Recording, Window};
use crate::heart::Segmentation;
use crate::model::ModelConfig;
use crate::{Error, Result};

/// Version of decoding, conditioning and segmentation. It is raised whenever one of them gives another result for a
/// recording, in however few bits, so that nothing that was kept before is taken for what would be made now.
/// `tests/tests/cache.rs` notices larger changes.
pub const PREPARATION: u32 = 3;

/// What conditioning and segmentation make of a recording. It is the same for all models that condition alike and
/// [look for a heart](ModelConfig::looks_for_a_heart) alike, whatever their windows are. All positions are in samples of
/// the conditioned recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Groundwork {
    /// The conditioned recording.
    pub recording: Recording,
    /// As [`Prepared::pieces`].
    pub pieces: Vec<Window>,
    /// As [`Prepared::stretches`].
    pub stretches: Vec<Window>,
    /// As [`Prepared::hearts`].
    pub hearts: Vec<(Window, Segmentation)>,
    /// As [`Prepared::seen`].
    pub seen: Seen,
}

impl Groundwork {
    /// Whether all positions can be: pieces one after the other from the first sample to the last, everything else within
    /// one of them.
    ///
    /// # Errors
    /// [`Error::Invalid`] where they cannot.
    pub fn validate(&self) -> Result<()> {
        let mut end = 0;
        for piece in &self.pieces {
            if piece.start != end || piece.end <= end {
                return Err(Error::invalid("the pieces of a prepared recording do not follow one another"));
            }
            end = piece.end;
        }
        let mut others = self.stretches.iter().chain(self.hearts.iter().map(|(stretch, _)| stretch));
        let fits = |window: &Window| {
            let lies_in = |piece: &Window| begins_in(piece, window) && window.end <= piece.end;
            window.start <= window.end && self.pieces.iter().any(lies_in)
        };
        match end == self.recording.samples().len() && others.all(fits) {
            true => Ok(()),
            false => Err(Error::invalid("the parts of a prepared recording lie outside of it")),
        }
    }

    /// The recording as [`Prepared::join`] makes it, bit for bit, for a model that conditions in the same way.
    ///
    /// # Errors
    /// Those of [`Groundwork::validate`], and [`Error::Invalid`] where there is no window at all.
    pub fn laid_out(self, config: &ModelConfig) -> Result<Prepared> {
        self.validate()?;
        let Self { recording, pieces, stretches, hearts, seen } = self;
        let mut joined: Option<Prepared> = None;
        for piece in &pieces {
            let here = |window: &Window| Window { start: window.start - piece.start, end: window.end - piece.start };
            let samples = recording.samples()[piece.start..piece.end].to_vec();
            let sound = Recording::new(samples, recording.sample_rate())?;
            let stretches = stretches.iter().filter(|window| begins_in(piece, window)).map(here).collect();
            let hearts = hearts.iter().filter(|(window, _)| begins_in(piece, window));
            let hearts = hearts.map(|(window, found)| (here(window), found.clone())).collect();
            let next = Prepared::laid_out(config, sound, Seen::default(), stretches, hearts)?;
            match &mut joined {
                None => joined = Some(next),
                Some(joined) => joined.extend(next, piece.start),
            }
        }
        let joined = joined.ok_or_else(|| Error::invalid("a prepared recording needs at least one piece"))?;
        Ok(Prepared { recording, seen, ..joined })
    }
}

impl From<Prepared> for Groundwork {
    /// Forgets the windows.
    fn from(Prepared { recording, pieces, stretches, hearts, seen, .. }: Prepared) -> Self {
        Self { recording, pieces, stretches, hearts, seen }
    }
}

fn begins_in(piece: &Window, window: &Window) -> bool {
    piece.start <= window.start && window.start < piece.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heart::Parts;
    use crate::model::{ClassifierConfig, Segments, Task};
    use crate::synth::{HeartOptions, heart};

    fn config() -> ModelConfig {
        let mut config = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3);
        config.conditioning.max_seconds = None;
        config
    }

    /// A heart, silence, and the heart again: two pieces, and two stretches in the first.
    fn recording() -> Recording {
        let options = HeartOptions { seed: 3, seconds: 45.0, sample_rate: 2000, murmur: None };
        let beats = heart(&options).unwrap().recording;
        let silence = vec![0.0; 8000];
        Recording::new([beats.samples(), &silence, beats.samples()].concat(), 2000).unwrap()
    }

    #[test]
    fn whatever_was_prepared_for_one_model_is_laid_out_for_others() {
        let (plain, recording) = (config(), recording());
        let cycles = ModelConfig { segments: Segments::Cycles, ..config() };
        let states = ClassifierConfig::States { dropout: 0.1, parts: Parts { systole: 3, diastole: 4, lead_ms: 0 } };
        let states = ModelConfig { classifier: states, ..config() };
        let mut half = config();
        half.windowing.hop = half.windowing.samples / 2;
        let configs = [plain, cycles, states, half];
        for from in &configs {
            let prepared = Prepared::new(from, &recording).unwrap();
            assert!(prepared.pieces.len() == 2 && prepared.stretches.len() == 3 && prepared.hearts.len() == 3);
            let kept = Groundwork::from(prepared);
            for to in &configs {
                assert_eq!(kept.clone().laid_out(to).unwrap(), Prepared::new(to, &recording).unwrap());
            }
        }
    }

    #[test]
    fn silence_is_laid_out_too() {
        let silence = Recording::new(vec![0.0; 8000], 2000).unwrap();
        let prepared = Prepared::new(&config(), &silence).unwrap();
        assert!(prepared.is_silent());
        assert_eq!(Groundwork::from(prepared.clone()).laid_out(&config()).unwrap(), prepared);
    }

    #[test]
    fn positions_that_cannot_be_are_refused() {
        let good = Groundwork::from(Prepared::new(&config(), &recording()).unwrap());
        good.validate().unwrap();
        let mut wrong = vec![good.clone(); 6];
        wrong[0].pieces.clear();
        wrong[1].pieces[1].start += 1;
        wrong[2].pieces[1].end += 1;
        wrong[3].stretches[1].end = usize::MAX;
        wrong[4].stretches[0] = Window { start: 7, end: 3 };
        wrong[5].hearts[0].0.end = good.pieces[1].end;
        for wrong in wrong {
            assert!(wrong.validate().is_err());
            assert!(wrong.laid_out(&config()).is_err());
        }
    }
}
