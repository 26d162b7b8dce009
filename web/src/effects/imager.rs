//! The log-energy image that is seen of a recording.

use super::engine::Engine;
use super::slice::Slice;
use crate::dom;
use crate::failure::Result;
use crate::plot::raster::LogEnergy;

/// The growing image is shown at most this often, in seconds: to draw it takes time.
const SHOWN_EVERY_S: f64 = 0.25;

/// The log-energy image of a recording that comes piece by piece, from the model's own front-end.
///
/// It goes through in stretches as long as a window of the model, each starting where the frames of the one before end:
/// their images join without a gap, also from one piece to the next.
///
/// The images of the windows that are classified cannot take its place. They leave out silence, and the end of each
/// window where the next one does not begin before; a stretch of sound begins at any sample, so that their frames may lie
/// between those of the picture; and a device would have to give back all of them, which few models ask for. Little would
/// be saved: the picture takes every sample once, windows that overlap by half take it twice, and those around the heart
/// cycles some times more.
pub struct Imager<'a> {
    engine: &'a Engine,
    /// Samples from the start of the next frame on.
    waiting: Vec<f32>,
    /// The image so far.
    pub image: LogEnergy,
    /// When it was shown last, in seconds; none before the first time.
    shown_s: Option<f64>,
}

impl<'a> Imager<'a> {
    /// Nothing yet.
    pub fn new(engine: &'a Engine) -> Self {
        let filters = engine.model.package.config.front_end.filters;
        Self { engine, waiting: Vec::new(), image: LogEnergy::new(filters), shown_s: None }
    }

    /// Takes the next conditioned samples, whose image is made when it [works](Self::work).
    pub fn take(&mut self, samples: &[f32]) {
        self.waiting.extend_from_slice(samples);
    }

    /// Adds the image of what it took. `step` sees it as it grows, now and then, and can stop by an error.
    ///
    /// # Errors
    /// Those of `step`, or a device that failed.
    pub async fn work(&mut self, slice: &mut Slice, mut step: impl FnMut(&LogEnergy) -> Result<()>) -> Result<()> {
        let config = &self.engine.model.package.config;
        let (length, advance) = (config.windowing.samples, config.frames() * config.front_end.framing.hop);
        while let Some(rest) = self.waiting.len().checked_sub(length) {
            slice.room(self.engine.batch_s()).await;
            let count = (rest / advance + 1).min(self.engine.batch());
            let windows: Vec<f32> =
                self.waiting.windows(length).step_by(advance).take(count).flatten().copied().collect();
            self.image.extend(&self.engine.images(&windows).await?);
            self.waiting.drain(..count * advance);
            let now_s = dom::now();
            if self.shown_s.is_none_or(|shown_s| now_s - shown_s >= SHOWN_EVERY_S) {
                self.shown_s = Some(now_s);
                // It is drawn beside no other work.
                slice.turn().await;
                step(&self.image)?;
                slice.turn().await;
            }
        }
        Ok(())
    }

    /// How long a step keeps the page from answering, in seconds, as far as that was measured.
    pub fn step_s(&self) -> f64 {
        self.engine.batch_s()
    }

    /// Ends the recording: adds the image of what is left.
    ///
    /// # Errors
    /// A device that failed.
    pub async fn end(&mut self) -> Result<()> {
        let config = &self.engine.model.package.config;
        // Even the shortest recording has one frame, then of a sound padded with silence.
        let least = usize::from(self.image.frames() == 0);
        let frames = config.front_end.frames(self.waiting.len()).max(least);
        if frames > 0 {
            self.waiting.resize(config.windowing.samples, 0.0);
            let image = self.engine.images(&self.waiting).await?;
            self.image.extend(&image[..(frames * config.front_end.filters).min(image.len())]);
        }
        Ok(())
    }
}
