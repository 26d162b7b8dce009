//! The explanation of a result, in steps short enough for the page to stay alive, and on the CPU: gradients have no
//! shaders.
//!
//! The windows are those that were kept when the recording was judged. Where they are not all there as they were then, it
//! goes through the model once more, window by window.

use std::rc::Rc;

use spectnet_core::prediction::Prediction;
use spectnet_core::recognise::explain::{Explaining, Explanation};
use spectnet_core::recognise::{Answer, Batch, Session, Step};

use super::adjust::Kept;
use super::engine::Engine;
use super::reading::Reading;
use super::slice::{BIT_S, Slice};
use super::sound::Sound;
use super::task::Task;
use super::{Effects, inside};
use crate::dom;
use crate::failure::Result;
use crate::state::why::{Effect, Event};
use crate::state::{self, Handle, Options};

/// Begins to carry out an effect.
pub fn start(effects: &Effects, effect: Effect) {
    let Effect::Explain { ticket, sound, engine, kept, options, class } = effect;
    effects.begin(ticket, async move |task| {
        let answer = explain(task, [&sound, &engine], kept.as_ref(), &options, class).await.map(Rc::new);
        state::Event::Why(Event::Ended { ticket, answer })
    });
}

/// Explains a recording, which is judged as it was before.
async fn explain(
    task: &Task,
    [sound, engine]: [&Handle; 2],
    kept: Option<&Handle>,
    options: &Options,
    class: usize,
) -> Result<Explanation> {
    let (sound, engine) = (inside::<Sound>(sound)?, inside::<Engine>(engine)?);
    let mut work = Work { task, class, slice: Slice::begin(), explaining: Explaining::new(&engine.model.package)? };
    work.slice.turn().await;
    let from_kept = match kept.map(inside::<Kept>).transpose()? {
        Some(kept) => work.kept(&kept, options).await?,
        None => None,
    };
    let prediction = match from_kept {
        Some(prediction) => prediction,
        None => work.again(&sound, &engine, options).await?,
    };
    work.slice.turn().await;
    Ok(work.explaining.explanation(class, &prediction, &options.decision)?)
}

/// An explanation on its way.
struct Work<'a> {
    task: &'a Task,
    class: usize,
    slice: Slice,
    explaining: Explaining<'a>,
}

impl Work<'_> {
    /// Explains the windows that were kept, and says what they come to; nothing where some are missing.
    async fn kept(&mut self, kept: &Kept, options: &Options) -> Result<Option<Prediction>> {
        // Nothing of it is borrowed while the page answers.
        if !kept.borrow().explain(&mut self.explaining)? {
            return Ok(None);
        }
        let (prediction, seconds) = (kept.borrow().prediction(&options.decision)?, kept.borrow().seconds());
        let all = self.explaining.waiting().max(1) as f64;
        self.explain(|waiting| seconds * (1.0 - waiting as f64 / all)).await?;
        Ok(Some(prediction))
    }

    /// Has the recording judged again, and explains its windows on the way.
    async fn again(&mut self, sound: &Sound, engine: &Engine, options: &Options) -> Result<Prediction> {
        let package = &engine.model.package;
        let source = sound.source(&package.config, options)?;
        let mut session = Session::of(package, source)?.in_batches_of(1).without_cycles();
        let mut reading = Reading::new(sound);
        loop {
            match session.step() {
                Step::Read(pass) => match reading.next(pass, &mut self.slice).await? {
                    Some(piece) => session.piece_in_bits(piece)?,
                    None => session.end()?,
                },
                Step::Work => {
                    self.slice.bit(|| session.work()).await?;
                    self.task.check()?;
                }
                Step::Run(batch) => {
                    self.slice.room(BIT_S).await;
                    let answer = run(engine, &batch)?;
                    self.explaining.take(&session, &batch, answer.images.as_deref().unwrap_or_default())?;
                    session.answer(&answer)?;
                    let seconds = session.progress_s();
                    self.explain(|_| seconds).await?;
                }
                Step::Done => break,
            }
        }
        Ok(session.prediction(&options.decision, reading.notes())?)
    }

    /// Explains what waits. `seconds` says how much of the recording that is, from how many steps still wait.
    async fn explain(&mut self, seconds: impl Fn(usize) -> f64) -> Result<()> {
        // A step takes as long as the one before it.
        let mut step_s = BIT_S;
        while self.explaining.waiting() > 0 {
            if !self.slice.has_room(step_s) {
                self.tell(seconds(self.explaining.waiting()))?;
                self.slice.turn().await;
                self.task.check()?;
            }
            let began_s = dom::now();
            self.explaining.work(self.class, 1);
            step_s = dom::now() - began_s;
        }
        self.tell(seconds(0))
    }

    /// So many seconds are explained.
    fn tell(&self, seconds: f64) -> Result<()> {
        let ticket = self.task.ticket();
        self.task.tell(state::Event::Why(Event::Progressed { ticket, seconds }))
    }
}

/// Image and probabilities of a window.
fn run(engine: &Engine, batch: &Batch) -> Result<Answer> {
    let (cpu, windows) = (engine.model.cpu(), &batch.input);
    let images = cpu.images(&windows.samples, cpu.network().samples)?;
    let probabilities = cpu.probabilities_of(&images, windows.states.as_deref(), windows.sounding.as_deref())?;
    Ok(Answer { images: Some(images), probabilities })
}
