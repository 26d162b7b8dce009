//! A recording through a model, in steps short enough for the page to stay alive.
//!
//! The front-end runs more than once over the same sound: for the picture ([`Imager`]: all of the sound without a gap),
//! inside [`Engine::probabilities`] (the windows), and for a model with an openness score once more for the images of
//! the windows ([`images`], which [`Tally::see`] takes).

use std::rc::Rc;

use spectnet_core::audio::{ChannelChoice, Downmix, Window};
use spectnet_core::prediction::{Elsewhere, Note, Prepared, Tally};

use super::engine::Engine;
use super::imager::Imager;
use super::sound::Sound;
use crate::failure::Result;
use crate::plot::envelope::Envelope;
use crate::state::{Judged, Options, Step};
use crate::{dom, pause};

/// What the browser's timeline calls conditioned windows on their way to probabilities.
const RUN: &str = "probabilities";

/// Judges a recording, piece by piece. `progress` is told after every step what has come out so far, and can stop by an
/// error.
///
/// # Errors
/// Those of `progress`, a recording that cannot be read or judged, or a device that failed.
pub async fn judge(
    sound: &Sound,
    engine: &Engine,
    options: &Options,
    mut progress: impl FnMut(Step) -> Result<()>,
) -> Result<Judged> {
    let started = dom::now();
    let package = &engine.model.package;
    let (config, seconds) = (&package.config, options.max_seconds);
    let channels = options.channels.unwrap_or(ChannelChoice::All(config.conditioning.channels));
    let downmixes = channels.downmixes(sound.channels())?;
    pause::breathe().await;

    let mut tally = Tally::new(config).with_openness(package.openness.as_ref())?;
    let (mut imager, mut waveform) = (Imager::new(engine), Envelope::default());
    let (mut windows, mut judged_s, mut notes) = (0, 0.0, Vec::new());
    for (number, downmix) in downmixes.iter().enumerate() {
        tally.begin(*downmix);
        let done = |seconds: f64| Step::Done { downmix: number, downmixes: downmixes.len(), seconds };
        let mut pieces = sound.pieces(*downmix, 0.0, seconds)?;
        judged_s = 0.0;
        while let Some(piece) = pieces.next().await? {
            progress(done(judged_s))?;
            let prepared = Prepared::piece(config, &piece)?;
            // What is shown of a recording of which there are several downmixes is the first one.
            if number == 0 {
                waveform.extend(piece.samples());
                progress(Step::Piece {
                    waveform: Rc::new(waveform.clone()),
                    taken_s: judged_s + piece.duration_s(),
                    length_s: sound.duration_s(),
                })?;
                let image =
                    imager.add(prepared.recording.samples(), |image| progress(Step::Image(Rc::new(image.clone()))));
                image.await?;
            }
            let count = prepared.spans.len();
            let probabilities = through(engine, &prepared, &prepared.spans, |judged| {
                progress(done(judged_s + piece.duration_s() * judged as f64 / count as f64))
            });
            let probabilities = probabilities.await?;
            judged_s += piece.duration_s();
            let mut proceed = || progress(done(judged_s));
            if tally.sees_images() {
                let images = images(engine, &prepared, &mut proceed).await?;
                tally.see(&prepared, &images)?;
            }
            tally.add(&prepared, &probabilities)?;
            if tally.is_at_first_downmix() {
                let around = prepared.around(config, &prepared.cycles());
                let cycles = through(engine, &prepared, &around, |_| proceed()).await?;
                tally.add_cycles(&prepared, &cycles)?;
            }
            windows += count;
        }
        notes = pieces.notes();
    }
    progress(Step::Image(Rc::new(imager.end().await?)))?;
    let run_s = dom::now() - started;
    let mut prediction = tally.prediction(&options.decision)?;
    let elsewhere = seconds.and_then(|_| Elsewhere::after(config, &prediction, judged_s));
    prediction.notes.extend(notes);
    if let (Some(elsewhere), Some(downmix)) = (elsewhere, downmixes.first()) {
        let found = look_through(elsewhere, sound, *downmix, judged_s, || progress(Step::Elsewhere)).await?;
        prediction.notes.extend(found);
    }
    Ok(Judged { prediction, states: tally.states(), windows, run_s, length_s: sound.duration_s() })
}

/// What there is to note of a recording behind its judged beginning, in which nothing could be said of a heart.
/// `proceed` can stop by an error.
async fn look_through(
    mut elsewhere: Elsewhere<'_>,
    sound: &Sound,
    downmix: Downmix,
    judged_s: f64,
    mut proceed: impl FnMut() -> Result<()>,
) -> Result<Option<Note>> {
    // Half a sample is no sound.
    let sample_s = 1.0 / f64::from(sound.sample_rate());
    if sound.duration_s().is_some_and(|given_s| given_s - judged_s < sample_s) {
        return Ok(None);
    }
    proceed()?;
    let mut pieces = sound.pieces(downmix, judged_s, Some(Elsewhere::SECONDS))?;
    while let Some(piece) = pieces.next().await? {
        pause::breathe().await;
        proceed()?;
        if let Some(note) = elsewhere.look(&piece, "tick “Judge all of it”")? {
            return Ok(Some(note));
        }
    }
    Ok(None)
}

/// The log-energy images of all windows, `[windows, frames, filters]`, for what looks at them beside the classifier.
/// `proceed` can stop by an error.
async fn images(engine: &Engine, prepared: &Prepared, mut proceed: impl FnMut() -> Result<()>) -> Result<Vec<f32>> {
    let config = &engine.model.package.config;
    let mut images = Vec::new();
    for spans in prepared.spans.chunks(engine.batch()) {
        images.extend(engine.images(&prepared.windows(config, spans).samples).await?);
        proceed()?;
        pause::breathe().await;
    }
    Ok(images)
}

/// The probabilities of some windows, `[windows, classes]`. `step` is told after every step how many windows are done,
/// and can stop by an error.
async fn through(
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
