//! The explanation of a result, in steps short enough for the page to stay alive.
//!
//! The recording goes through the model once more, window by window and on the CPU: its images are not kept after a
//! run, and gradients have no shaders.

use std::rc::Rc;

use spectnet_core::prediction::FileNotes;
use spectnet_core::recognise::explain::{Explaining, Explanation};
use spectnet_core::recognise::{Answer, Batch, Session, Step};

use super::engine::Engine;
use super::sound::{Pieces, Sound};
use super::task::Task;
use super::{Effects, inside};
use crate::failure::Result;
use crate::state::why::{Effect, Event};
use crate::state::{self, Handle, Options};
use crate::{dom, pause};

/// Longest time that steps keep the page from answering, in seconds, as far as one step is not longer.
const STEP_S: f64 = 0.02;

/// Begins to carry out an effect.
pub fn start(effects: &Effects, effect: Effect) {
    let Effect::Explain { ticket, sound, engine, options, class } = effect;
    effects.begin(ticket, async move |task| {
        let answer = explain(task, &sound, &engine, &options, class).await.map(Rc::new);
        state::Event::Why(Event::Ended { ticket, answer })
    });
}

/// Explains a recording, which is judged as it was before.
async fn explain(task: &Task, sound: &Handle, engine: &Handle, options: &Options, class: usize) -> Result<Explanation> {
    let (sound, engine) = (inside::<Sound>(sound)?, inside::<Engine>(engine)?);
    let package = &engine.model.package;
    let source = sound.source(&package.config, options)?;
    let session = Session::new(&package.config, package.openness.as_ref(), source)?;
    let mut session = session.in_batches_of(1).without_cycles();
    pause::breathe().await;
    let mut explaining = Explaining::new(package)?;
    let (mut opened, mut notes): (Option<Pieces>, FileNotes) = (None, FileNotes::default());
    loop {
        match session.step() {
            Step::Read(pass) => {
                let mut pieces = match opened.take() {
                    Some(pieces) if pieces.pass == pass => pieces,
                    _ => sound.pieces(pass)?,
                };
                match pieces.next().await? {
                    Some(piece) => {
                        opened = Some(pieces);
                        pause::breathe().await;
                        session.piece(&piece)?;
                    }
                    None => {
                        notes = pieces.notes();
                        session.end()?;
                    }
                }
            }
            Step::Run(batch) => {
                let answer = run(&engine, &batch)?;
                explaining.take(&session, &batch, answer.images.as_deref().unwrap_or_default())?;
                session.answer(&answer)?;
                work(&mut explaining, class, task).await?;
                let progressed = Event::Progressed { ticket: task.ticket(), seconds: session.progress_s() };
                task.tell(state::Event::Why(progressed))?;
            }
            Step::Done => break,
        }
    }
    let prediction = session.prediction(&options.decision, &notes)?;
    Ok(explaining.explanation(class, &prediction, &options.decision)?)
}

/// Image and probabilities of a window.
fn run(engine: &Engine, batch: &Batch) -> Result<Answer> {
    let (cpu, windows) = (engine.model.cpu(), &batch.input);
    let images = cpu.images(&windows.samples, cpu.network().samples)?;
    let probabilities = cpu.probabilities_of(&images, windows.states.as_deref(), windows.sounding.as_deref())?;
    Ok(Answer { images: Some(images), probabilities })
}

/// Explains what waits.
async fn work(explaining: &mut Explaining<'_>, class: usize, task: &Task) -> Result<()> {
    loop {
        let started = dom::now();
        while explaining.waiting() > 0 && dom::now() - started < STEP_S {
            explaining.work(class, 1);
        }
        pause::breathe().await;
        task.check()?;
        if explaining.waiting() == 0 {
            return Ok(());
        }
    }
}
