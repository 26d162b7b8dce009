//! A recording on its way through the model, in steps short enough for the page to stay alive.

use spectnet_core::audio::Span;
use spectnet_core::predict::{Prepared, Verdict};

use crate::engine::Engine;
use crate::failure::Result;
use crate::pause;
use crate::plot::raster::LogEnergy;

/// The log-energy image of the whole recording, from the model's own front-end.
///
/// The recording is cut so that the images of its pieces join without a gap: each piece is as long as a window of the
/// model and starts where the frames of the one before end. `step` sees the image as it grows, and can stop by an error.
///
/// # Errors
/// Those of `step`, or a device that failed.
pub async fn image(
    engine: &Engine,
    prepared: &Prepared,
    mut step: impl FnMut(&LogEnergy) -> Result<()>,
) -> Result<LogEnergy> {
    let config = &engine.model.package.config;
    let (samples, frames) = (prepared.recording.samples().len(), config.frames());
    // Even the shortest recording has one frame, then of a sound padded with silence.
    let total = config.front_end.frames(samples).max(1);
    let pieces: Vec<Span> = (0..total.div_ceil(frames))
        .map(|piece| {
            let start = piece * frames * config.front_end.framing.hop;
            Span { start, end: (start + config.windowing.samples).min(samples) }
        })
        .collect();
    let mut image = LogEnergy::new(config.front_end.filters);
    for spans in pieces.chunks(engine.batch()) {
        image.extend(&engine.images(&prepared.windows(config, spans)).await?);
        image.truncate(total);
        step(&image)?;
        pause::breathe().await;
    }
    Ok(image)
}

/// The verdict of the model. `step` is told after every step how many windows are done, and can stop by an error.
///
/// # Errors
/// Those of `step`, a device that failed, or an output that is not a number.
pub async fn verdict(
    engine: &Engine,
    prepared: &Prepared,
    mut step: impl FnMut(usize) -> Result<()>,
) -> Result<Verdict> {
    let config = &engine.model.package.config;
    let mut probabilities = Vec::with_capacity(prepared.spans.len() * config.labels.len());
    let mut done = 0;
    for spans in prepared.spans.chunks(engine.batch()) {
        probabilities.extend(engine.probabilities(&prepared.windows(config, spans)).await?);
        done += spans.len();
        step(done)?;
        pause::breathe().await;
    }
    Ok(prepared.verdict(config, &probabilities)?)
}
