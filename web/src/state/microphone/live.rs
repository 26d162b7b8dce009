//! While it is being recorded, what there is so far goes through the model, as any recording does. What is seen is that
//! of the last run that has ended: nothing disappears while the next one is on its way.

use super::super::{
    Effect, Input, Judged, Options, Phase, Recording, State, Status, Step, Ticket, Timeline, adjust, running, why,
};
use super::Stage;
use crate::failure::{Failure, Result};
use crate::state::Handle;

/// A part of what is being recorded, on its way through the model.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Coming {
    /// The run.
    pub(super) ticket: Ticket,
    /// The part as a recording.
    input: Input,
    /// Where it begins and ends in what is being recorded, in seconds.
    part: [f64; 2],
    /// What is seen of it.
    timeline: Timeline,
    /// What was kept of it.
    kept: Option<Handle>,
}

/// There is more of it.
pub(super) fn grew(state: &mut State, ticket: Ticket, sound: Handle, part: [f64; 2], todo: &mut Vec<Effect>) {
    let Some(take) = state.microphone.take_mut(ticket) else { return };
    take.seconds = take.seconds.max(part[1]);
    take.grown = Some((sound, part));
    judge(state, todo);
    say(state);
}

/// Judges the newest part, where there is one and nothing else is being computed.
fn judge(state: &mut State, todo: &mut Vec<Effect>) {
    let judging = state.run.is_some() || state.rest.is_some() || state.microphone.is_judging();
    let computing = judging || state.adjust.is_following();
    if computing || state.waiting().is_some() {
        return;
    }
    let (Some(decision), Some(model)) = (state.decision(), &state.model) else { return };
    let engine = model.engine.clone();
    let max_seconds = if state.whole { None } else { model.package.config.conditioning.max_seconds };
    let options = Box::new(Options { channels: state.channel, max_seconds, decision });
    let Stage::Recording(take) = &mut state.microphone.stage else { return };
    let Some((sound, part)) = take.grown.take() else { return };
    let input = Input {
        ticket: take.ticket,
        name: take.name.clone(),
        note: take.processing.note(),
        sound: sound.clone(),
        sample_rate: take.sample_rate,
        channels: 1,
        length_s: Some(part[1] - part[0]),
    };
    let (ticket, timeline) = (state.ticket(), Timeline::new(&input, max_seconds));
    state.microphone.coming = Some(Coming { ticket, input, part, timeline, kept: None });
    todo.push(Effect::Judge { ticket, sound, engine, options });
}

/// Takes what the run has come to, to be seen when it has ended.
pub(in crate::state) fn judging(state: &mut State, step: Step) {
    let Some(coming) = &mut state.microphone.coming else { return };
    match step {
        Step::Piece { waveform, taken_s, length_s } => {
            coming.timeline.waveform = waveform;
            (coming.timeline.extent.taken_s, coming.timeline.extent.given_s) = (taken_s, length_s);
        }
        Step::Image(image) => coming.timeline.image = image,
        Step::Kept(kept) => coming.kept = Some(kept),
        // It is seen as a whole, when it has ended.
        Step::Done { .. } | Step::Elsewhere | Step::Known(_) => {}
    }
}

/// Shows the result of the run, and goes on with what is new since. Where the graphics device fails the CPU takes over.
pub(in crate::state) fn ended(state: &mut State, answer: Result<Box<Judged>>, todo: &mut Vec<Effect>) {
    let Some(coming) = state.microphone.coming.take() else { return };
    match answer {
        Ok(judged) => show(state, coming, *judged, todo),
        Err(Failure::Device(why)) if state.model.as_ref().is_some_and(|model| model.on_gpu) => {
            running::forget(state, todo);
            state.fall_back(&why);
            running::restart(state, todo);
        }
        Err(failure) => {
            if let Stage::Recording(take) = &mut state.microphone.stage {
                take.problem = Some(failure.to_string());
            }
        }
    }
    judge(state, todo);
    say(state);
}

fn show(state: &mut State, coming: Coming, judged: Judged, todo: &mut Vec<Effect>) {
    let Coming { input, part, timeline, kept, .. } = coming;
    if let Stage::Recording(take) = &mut state.microphone.stage {
        (take.shown, take.problem) = (Some(part), None);
    }
    running::forget(state, todo);
    // The explanation of the last result goes with it.
    why::follow(state, todo);
    state.recording = Recording::Open(input);
    running::show_instead(state, timeline, kept, judged);
    adjust::follow(state, todo);
}

/// Nothing of it is judged any more.
pub(in crate::state) fn stop(state: &mut State, todo: &mut Vec<Effect>) {
    todo.extend(state.microphone.coming.take().map(|coming| Effect::Stop(coming.ticket)));
}

/// Says what is being recorded, and what the result of the moment is about, unless something else is to be said.
pub(in crate::state) fn say(state: &mut State) {
    let Some(take) = state.microphone.take() else { return };
    if state.run.is_none() && state.waiting().is_none() && state.status.phase != Phase::Failed {
        let status = Status::new(Phase::Running, take.status());
        state.show(status);
    }
}
