//! A recording on its way through the model, in steps short enough for the page to stay alive.

use spectnet_core::audio::Span;
use spectnet_core::predict::{self, Prepared, Verdict};

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
    let config = &engine.package.config;
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
        let batch = prepared.batch(config, &padded(engine, spans), &engine.backend.device);
        let values = engine.backend.read(engine.package.model.front_end.forward(batch)).await?;
        image.extend(&values[..(spans.len() * frames * config.front_end.filters).min(values.len())]);
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
    let config = &engine.package.config;
    let mut probabilities = Vec::with_capacity(prepared.spans.len() * config.labels.len());
    let mut done = 0;
    for spans in prepared.spans.chunks(engine.batch()) {
        let batch = prepared.batch(config, &padded(engine, spans), &engine.backend.device);
        let rows = engine.backend.read(predict::probabilities(&engine.package.model, batch)).await?;
        probabilities.extend(rows.into_iter().take(spans.len() * config.labels.len()));
        done += spans.len();
        step(done)?;
        pause::breathe().await;
    }
    Ok(prepared.verdict(config, &probabilities)?)
}

/// On the GPU every step has the same shape: what is missing is filled up with silence.
fn padded(engine: &Engine, spans: &[Span]) -> Vec<Span> {
    let mut spans = spans.to_vec();
    if engine.backend.gpu {
        spans.resize(engine.batch(), Span { start: 0, end: 0 });
    }
    spans
}
