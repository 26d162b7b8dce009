//! A recording on its way through the model, in steps short enough for the page to stay alive.

use spectnet_core::audio::Window;
use spectnet_core::prediction::Prepared;

use crate::engine::Engine;
use crate::failure::Result;
use crate::plot::raster::LogEnergy;
use crate::{dom, pause};

/// The log-energy image of a recording that comes piece by piece, from the model's own front-end.
///
/// It goes through in stretches as long as a window of the model, each starting where the frames of the one before end:
/// their images join without a gap, also from one piece to the next.
pub struct Imager<'a> {
    engine: &'a Engine,
    /// Samples from the start of the next frame on.
    waiting: Vec<f32>,
    /// The image so far.
    pub image: LogEnergy,
}

impl<'a> Imager<'a> {
    /// Nothing yet.
    pub fn new(engine: &'a Engine) -> Self {
        let filters = engine.model.package.config.front_end.filters;
        Self { engine, waiting: Vec::new(), image: LogEnergy::new(filters) }
    }

    /// Adds conditioned samples. `step` sees the image as it grows, and can stop by an error.
    ///
    /// # Errors
    /// Those of `step`, or a device that failed.
    pub async fn add(&mut self, samples: &[f32], mut step: impl FnMut(&LogEnergy) -> Result<()>) -> Result<()> {
        let config = &self.engine.model.package.config;
        let (length, advance) = (config.windowing.samples, config.frames() * config.front_end.framing.hop);
        self.waiting.extend_from_slice(samples);
        while let Some(rest) = self.waiting.len().checked_sub(length) {
            let count = (rest / advance + 1).min(self.engine.batch());
            let windows: Vec<f32> =
                self.waiting.windows(length).step_by(advance).take(count).flatten().copied().collect();
            self.image.extend(&self.engine.images(&windows).await?);
            self.waiting.drain(..count * advance);
            step(&self.image)?;
            pause::breathe().await;
        }
        Ok(())
    }

    /// Ends the recording: the image of what is left.
    ///
    /// # Errors
    /// A device that failed.
    pub async fn end(mut self) -> Result<LogEnergy> {
        let config = &self.engine.model.package.config;
        // Even the shortest recording has one frame, then of a sound padded with silence.
        let least = usize::from(self.image.frames() == 0);
        let frames = config.front_end.frames(self.waiting.len()).max(least);
        if frames > 0 {
            self.waiting.resize(config.windowing.samples, 0.0);
            let image = self.engine.images(&self.waiting).await?;
            self.image.extend(&image[..(frames * config.front_end.filters).min(image.len())]);
        }
        Ok(self.image)
    }
}

/// What the browser's timeline calls conditioned windows on their way to probabilities.
const RUN: &str = "probabilities";

/// The probabilities of all windows, row by row. `step` is told after every step how many windows are done, and can stop
/// by an error.
///
/// # Errors
/// Those of `step`, or a device that failed.
pub async fn probabilities(
    engine: &Engine,
    prepared: &Prepared,
    step: impl FnMut(usize) -> Result<()>,
) -> Result<Vec<f32>> {
    judge(engine, prepared, &prepared.spans, step).await
}

/// The log-energy images of all windows, `[windows, frames, filters]`, for what looks at them beside the classifier. `step` as
/// above.
///
/// # Errors
/// Those of `step`, or a device that failed.
pub async fn images(engine: &Engine, prepared: &Prepared, mut step: impl FnMut() -> Result<()>) -> Result<Vec<f32>> {
    let config = &engine.model.package.config;
    let mut images = Vec::new();
    for spans in prepared.spans.chunks(engine.batch()) {
        images.extend(engine.images(&prepared.windows(config, spans).samples).await?);
        step()?;
        pause::breathe().await;
    }
    Ok(images)
}

/// The probabilities of the windows around every heart cycle that the model knows, row by row. `step` as above.
///
/// # Errors
/// Those of `step`, or a device that failed.
pub async fn cycles(engine: &Engine, prepared: &Prepared, step: impl FnMut(usize) -> Result<()>) -> Result<Vec<f32>> {
    let around = prepared.around(&engine.model.package.config, &prepared.cycles());
    judge(engine, prepared, &around, step).await
}

async fn judge(
    engine: &Engine,
    prepared: &Prepared,
    spans: &[Window],
    mut step: impl FnMut(usize) -> Result<()>,
) -> Result<Vec<f32>> {
    let config = &engine.model.package.config;
    let mut probabilities = Vec::with_capacity(spans.len() * config.labels.len());
    let mut done = 0;
    for spans in spans.chunks(engine.batch()) {
        let windows = prepared.windows(config, spans);
        dom::mark(RUN);
        probabilities.extend(engine.probabilities(&windows).await?);
        dom::measure(RUN);
        done += spans.len();
        step(done)?;
        pause::breathe().await;
    }
    Ok(probabilities)
}
