//! What is held out: it only shows how well what was learned does.

use spectnet_core::Result;
use spectnet_core::audio::Window;
use spectnet_core::model::ModelConfig;
use spectnet_core::network::cpu::engine::CpuEngine;
use spectnet_core::prediction::{Prepared, Windows, winner};

use crate::recordings::Conditioned;

/// Most windows that are judged, where there are not more recordings: they are judged over and over while it learns, and more
/// of them would take most of the time.
const MOST_WINDOWS: usize = 48;
/// Smaller probabilities count as this one where their logarithm is taken, as in `spectnet eval`.
const LEAST: f64 = 1e-7;

/// The windows that are judged.
#[derive(Clone, Debug, Default)]
pub struct HeldOut {
    batches: Vec<Batch>,
}

/// Windows of one recording.
#[derive(Clone, Debug)]
struct Batch {
    label: usize,
    windows: usize,
    input: Windows,
}

/// How well a model does on them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Judged {
    /// So many are named right.
    pub right: usize,
    /// Their mean loss, in nats.
    pub loss: f64,
}

impl HeldOut {
    /// Windows of these recordings: those with evidence, or any where there are none; as many of each recording, spread over
    /// all of it.
    pub fn new(config: &ModelConfig, recordings: &[Conditioned]) -> Self {
        let downmixes: usize = recordings.iter().map(|recording| recording.downmixes.len()).sum();
        let most = (MOST_WINDOWS / downmixes.max(1)).max(1);
        let batch = |recording: &Conditioned, prepared: &Prepared| {
            let windows = chosen(prepared, most);
            Batch { label: recording.label, windows: windows.len(), input: prepared.input(config, &windows) }
        };
        let batches = recordings
            .iter()
            .flat_map(|recording| recording.downmixes.iter().map(move |(_, prepared)| batch(recording, prepared)));
        Self { batches: batches.collect() }
    }

    /// Number of windows.
    pub fn len(&self) -> usize {
        self.batches.iter().map(|batch| batch.windows).sum()
    }

    /// Whether nothing is held out.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The images of the windows, recording by recording.
    ///
    /// # Errors
    /// Those of [`CpuEngine::images`].
    pub fn images(&self, engine: &CpuEngine) -> Result<Vec<Vec<f32>>> {
        let samples = engine.network().samples;
        self.batches.iter().map(|batch| engine.images(&batch.input.samples, samples)).collect()
    }

    /// How well a model does, of whose filters these are the [images](Self::images).
    ///
    /// # Errors
    /// Those of [`CpuEngine::probabilities_of`].
    pub fn judge(&self, config: &ModelConfig, engine: &CpuEngine, images: &[Vec<f32>]) -> Result<Judged> {
        let (mut right, mut loss) = (0, 0.0);
        for (batch, images) in self.batches.iter().zip(images) {
            let (states, sounding) = (batch.input.states.as_deref(), batch.input.sounding.as_deref());
            let probabilities = engine.probabilities_of(images, states, sounding)?;
            for row in probabilities.chunks_exact(config.labels.len().max(1)) {
                let row: Vec<f64> = row.iter().map(|&probability| f64::from(probability)).collect();
                right += usize::from(winner(&row, config.positive()) == batch.label);
                // What is no number is wrong too.
                loss -= row.get(batch.label).copied().unwrap_or(0.0).max(LEAST).ln();
            }
        }
        Ok(Judged { right, loss: loss / self.len().max(1) as f64 })
    }
}

/// At most so many windows of a recording, spread over all of it.
fn chosen(prepared: &Prepared, most: usize) -> Vec<Window> {
    let telling = prepared.windows.iter().zip(&prepared.votes).filter(|(_, vote)| vote.evidence);
    let telling: Vec<Window> = telling.map(|(window, _)| *window).collect();
    let from = if telling.is_empty() { &prepared.windows } else { &telling };
    let count = from.len().min(most);
    // The middle of each of `count` equal parts.
    (0..count).map(|part| from[(2 * part + 1) * from.len() / (2 * count)]).collect()
}

#[cfg(test)]
mod tests {
    use spectnet_core::model::Task;

    use super::*;
    use crate::recordings::Sound;

    fn recording(seconds: f64, config: &ModelConfig) -> Conditioned {
        let samples = (0..(seconds * 16_000.0) as usize).map(|k| 0.1 * (0.3 * k as f32).sin()).collect();
        Conditioned::new(config, 1, "", &Sound::new(vec![samples], 16_000).unwrap()).unwrap()
    }

    #[test]
    fn windows_are_spread_over_all_recordings_and_all_of_each() {
        let config = Task::Scene.model(vec!["tone".into(), "noise".into()], 16, 2);
        let long = recording(200.0, &config);
        let all = &long.downmixes[0].1.windows;
        let few = chosen(&long.downmixes[0].1, 8);
        assert!(few.len() == 8 && few.windows(2).all(|pair| pair[0].end <= pair[1].start), "{few:?}");
        assert!(few[0].start < all[all.len() / 8].start && few[7].start > all[6 * all.len() / 8].start);
        let short = recording(0.5, &config);
        assert_eq!(chosen(&short.downmixes[0].1, 8).len(), 1);
        let held_out = HeldOut::new(&config, &[long.clone(), short, long.clone()]);
        assert_eq!(held_out.len(), 2 * MOST_WINDOWS / 3 + 1);
        assert_eq!(HeldOut::new(&config, &vec![long; 60]).len(), 60);
        assert!(HeldOut::new(&config, &[]).is_empty());
    }
}
