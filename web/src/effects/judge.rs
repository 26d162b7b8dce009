//! A recording through a model, in steps short enough for the page to stay alive.
//!
//! A [`Session`] says what comes next; here it is read, run and shown. The front-end runs twice over the same sound: for
//! the picture ([`Imager`]), and for the windows ([`Engine::run`], which has their images and probabilities at once).
//!
//! The result comes first. It is [known](Step::Known) when the windows of the last piece are answered; the picture of
//! that piece and the windows around its heart cycles, which are more than half of the work, come behind it.

use std::cell::RefCell;
use std::rc::Rc;

use spectnet_core::recognise::{self, Adjusted, Pass, Purpose, Session};

use super::adjust::Kept;
use super::engine::Engine;
use super::imager::Imager;
use super::reading::Reading;
use super::slice::{BIT_S, Slice};
use super::sound::Sound;
use crate::failure::Result;
use crate::plot::envelope::Envelope;
use crate::state::{Handle, Judged, Options, Step};
use crate::{dom, pause};

/// What the browser's timeline calls conditioned windows on their way to probabilities.
const RUN: &str = "probabilities";
/// How a person has all of a recording judged.
const ADVICE: &str = "tick “Judge all of it”";
/// Samples that are added to the waveform at a time: a few milliseconds of work.
const WAVEFORM: usize = 1 << 18;
/// A piece that ends so many seconds before the recording does is the last one all the same.
const ROUNDING_S: f64 = 0.01;

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
    let source = sound.source(&package.config, options)?;
    let downmixes = source.downmixes.len();
    let mut session = Session::of(package, source)?.in_batches_of(engine.batch()).looking_elsewhere(ADVICE);
    let mut slice = Slice::begin();
    slice.turn().await;

    let done = |session: &Session, downmix: usize| {
        // Every downmix is as long as those before it.
        let before_s = downmix as f64 * session.judged_s();
        Step::Done { downmix, downmixes, seconds: session.progress_s() - before_s }
    };
    let (mut imager, mut waveform) = (Imager::new(engine), Envelope::default());
    let (mut reading, mut given): (Reading, Option<(Pass, f64)>) = (Reading::new(sound), None);
    let (mut number, mut windows, mut run_s) = (0, 0, 0.0);
    // So that the recording follows when filters are changed.
    let mut kept = Adjusted::new(Rc::clone(package));
    let end_s = sound.duration_s().filter(|_| downmixes == 1);
    let end_s = end_s.map(|length_s| options.max_seconds.map_or(length_s, |most_s| most_s.min(length_s)));
    let is_last = |taken_s: f64| end_s.is_some_and(|end_s| taken_s + ROUNDING_S >= end_s);
    // Whether the picture waits until the windows of the last piece are answered.
    let mut waits = false;
    let (mut is_known, mut is_pictured) = (false, false);
    loop {
        let step = session.step();
        if let Some((pass, _)) = given.filter(|_| waits && is_behind_windows(&step)) {
            waits = false;
            is_pictured = reading.is_over(pass, &mut slice).await?;
            if is_pictured {
                run_s = dom::now() - started;
                let prediction = session.prediction_so_far(&options.decision, reading.notes())?;
                // Where nothing can be said, a heart may still be looked for elsewhere.
                is_known = prediction.abstained.is_none();
                if is_known {
                    let (states, length_s) = (session.states(), sound.duration_s());
                    progress(Step::Known(Box::new(Judged { prediction, states, windows, run_s, length_s })))?;
                    // It is seen before anything else is done.
                    pause::picture().await;
                    slice.turn().await;
                }
            }
            // It is shown as a whole.
            imager.work(&mut slice, |_| Ok(())).await?;
            if is_pictured {
                end(&mut imager, &mut slice, &mut progress).await?;
            }
        }
        match step {
            recognise::Step::Read(pass) => {
                number = pass.number;
                // What is shown of a recording of which there are several downmixes is the first one.
                let shown = number == 0;
                if let Some(piece) = reading.next(pass, &mut slice).await? {
                    progress(if pass.is_rest() { Step::Elsewhere } else { done(&session, number) })?;
                    for samples in piece.samples().chunks(WAVEFORM).filter(|_| shown) {
                        slice.room(BIT_S).await;
                        waveform.extend(samples);
                    }
                    given = Some((pass, piece.duration_s()));
                    session.piece_in_bits(piece)?;
                } else {
                    if shown && !is_pictured {
                        end(&mut imager, &mut slice, &mut progress).await?;
                    }
                    if !pass.is_rest() && !is_known {
                        run_s = dom::now() - started;
                    }
                    session.end()?;
                }
            }
            recognise::Step::Work => {
                slice.bit(|| session.work()).await?;
                // Not before the last bit; and what is only looked through has no windows.
                let (Some(prepared), Some((pass, seconds))) = (session.piece_at_hand(), given) else { continue };
                kept.keep(pass.downmix, prepared);
                if pass.number == 0 {
                    slice.turn().await;
                    let (taken_s, length_s) = (session.progress_s() + seconds, sound.duration_s());
                    progress(Step::Piece { waveform: Rc::new(waveform.clone()), taken_s, length_s })?;
                    slice.turn().await;
                    imager.take(prepared.recording.samples());
                    waits = is_last(taken_s);
                    if !waits {
                        imager.work(&mut slice, |image| progress(Step::Image(Rc::new(image.clone())))).await?;
                    }
                }
            }
            recognise::Step::Run(batch) => {
                slice.room(engine.batch_s()).await;
                dom::mark(RUN);
                let answer = engine.run(&batch).await?;
                dom::measure(RUN);
                kept.answer(&batch, &answer);
                session.answer(&answer)?;
                if batch.purpose == Purpose::Windows {
                    windows += batch.windows.len();
                }
                progress(done(&session, number))?;
            }
            recognise::Step::Done => break,
        }
    }
    slice.turn().await;
    let prediction = session.prediction(&options.decision, reading.notes())?;
    progress(Step::Kept(Handle::new::<Kept>(RefCell::new(kept))))?;
    slice.turn().await;
    let judged = Judged { prediction, states: session.states(), windows, run_s, length_s: sound.duration_s() };
    // The result is drawn beside no other work.
    slice.turn().await;
    Ok(judged)
}

/// Ends the picture and shows it.
async fn end(imager: &mut Imager<'_>, slice: &mut Slice, progress: &mut impl FnMut(Step) -> Result<()>) -> Result<()> {
    slice.room(imager.step_s()).await;
    imager.end().await?;
    slice.turn().await;
    progress(Step::Image(Rc::new(imager.image.clone())))?;
    slice.turn().await;
    Ok(())
}

/// Whether a step comes behind all windows of a piece on which the result rests.
fn is_behind_windows(step: &recognise::Step) -> bool {
    match step {
        recognise::Step::Run(batch) => batch.purpose == Purpose::Cycles,
        recognise::Step::Read(_) => true,
        recognise::Step::Work | recognise::Step::Done => false,
    }
}
