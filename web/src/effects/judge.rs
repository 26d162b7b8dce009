//! A recording through a model, in steps short enough for the page to stay alive.
//!
//! A [`Session`] says what comes next; here it is read, run and shown. The front-end runs twice over the same sound: for
//! the picture ([`Imager`]), and for the windows ([`Engine::run`], which has their images and probabilities at once).

use std::cell::RefCell;
use std::rc::Rc;

use spectnet_core::prediction::FileNotes;
use spectnet_core::recognise::{self, Adjusted, Purpose, Session};

use super::adjust::Kept;
use super::engine::Engine;
use super::imager::Imager;
use super::sound::{Pieces, Sound};
use crate::failure::Result;
use crate::plot::envelope::Envelope;
use crate::state::{Handle, Judged, Options, Step};
use crate::{dom, pause};

/// What the browser's timeline calls conditioned windows on their way to probabilities.
const RUN: &str = "probabilities";
/// How a person has all of a recording judged.
const ADVICE: &str = "tick “Judge all of it”";

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
    let session = Session::new(&package.config, package.openness.as_ref(), source)?;
    let mut session = session.in_batches_of(engine.batch()).looking_elsewhere(ADVICE);
    pause::breathe().await;

    let done = |session: &Session, downmix: usize| {
        // Every downmix is as long as those before it.
        let before_s = downmix as f64 * session.judged_s();
        Step::Done { downmix, downmixes, seconds: session.progress_s() - before_s }
    };
    let (mut imager, mut waveform) = (Imager::new(engine), Envelope::default());
    let (mut opened, mut number): (Option<Pieces>, usize) = (None, 0);
    let (mut windows, mut run_s, mut notes) = (0, 0.0, FileNotes::default());
    // So that the recording follows when filters are changed.
    let mut kept = Adjusted::new(Rc::clone(package));
    loop {
        match session.step() {
            recognise::Step::Read(pass) => {
                number = pass.number;
                let mut pieces = match opened.take() {
                    Some(pieces) if pieces.pass == pass => pieces,
                    _ => sound.pieces(pass)?,
                };
                // What is shown of a recording of which there are several downmixes is the first one.
                let shown = number == 0;
                if let Some(piece) = pieces.next().await? {
                    opened = Some(pieces);
                    progress(if pass.is_rest() { Step::Elsewhere } else { done(&session, number) })?;
                    pause::breathe().await;
                    session.piece(&piece)?;
                    if let Some(prepared) = session.piece_at_hand() {
                        kept.keep(pass.downmix, prepared);
                    }
                    if let Some(prepared) = session.piece_at_hand().filter(|_| shown) {
                        waveform.extend(piece.samples());
                        progress(Step::Piece {
                            waveform: Rc::new(waveform.clone()),
                            taken_s: session.progress_s() + piece.duration_s(),
                            length_s: sound.duration_s(),
                        })?;
                        let samples = prepared.recording.samples();
                        let image = imager.add(samples, |image| progress(Step::Image(Rc::new(image.clone()))));
                        image.await?;
                    }
                } else {
                    if shown {
                        imager.end().await?;
                        progress(Step::Image(Rc::new(imager.image.clone())))?;
                    }
                    if !pass.is_rest() {
                        (notes, run_s) = (pieces.notes(), dom::now() - started);
                    }
                    session.end()?;
                }
            }
            recognise::Step::Run(batch) => {
                dom::mark(RUN);
                let answer = engine.run(&batch).await?;
                dom::measure(RUN);
                kept.answer(&batch, &answer);
                session.answer(&answer)?;
                if batch.purpose == Purpose::Windows {
                    windows += batch.windows.len();
                }
                progress(done(&session, number))?;
                pause::breathe().await;
            }
            recognise::Step::Done => break,
        }
    }
    let prediction = session.prediction(&options.decision, &notes)?;
    progress(Step::Kept(Handle::new::<Kept>(RefCell::new(kept))))?;
    Ok(Judged { prediction, states: session.states(), windows, run_s, length_s: sound.duration_s() })
}
