//! A few seconds of a recording as it is, read as they are needed.

use spectnet_core::audio::Downmix;

use crate::effects::sound::Sound;
use crate::failure::Result;

/// Some samples of a recording, from a whole second on.
#[derive(Default)]
pub struct Reel {
    /// Where they begin, in seconds.
    pub start_s: u64,
    /// The samples, mixed down.
    pub samples: Vec<f32>,
}

impl Reel {
    /// Goes to the samples between two times in seconds; fewer where the recording ends. What it has of them is not
    /// read again.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged or has changed.
    pub async fn wind(&mut self, sound: &Sound, downmix: Downmix, [from_s, to_s]: [u64; 2]) -> Result<()> {
        let rate = u64::from(sound.sample_rate());
        let behind = |second: u64| (second - from_s.min(second)) * rate;
        let ends = self.start_s * rate + self.samples.len() as u64;
        if from_s < self.start_s || from_s * rate > ends {
            *self = Self { start_s: from_s, samples: Vec::new() };
        }
        let passed = ((from_s - self.start_s) * rate).min(self.samples.len() as u64) as usize;
        self.samples.drain(..passed);
        self.start_s = from_s;
        let missing = behind(to_s).saturating_sub(self.samples.len() as u64);
        if missing > 0 {
            let interleaved = sound.read(from_s * rate + self.samples.len() as u64, missing).await?;
            self.samples.extend(downmix.of(&interleaved, sound.channels())?);
        }
        Ok(())
    }
}
