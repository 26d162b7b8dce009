//! From a recording to its result, as soon as there are a recording and a model.

use std::rc::Rc;

use super::{
    Effect, GivenFile, Handle, Input, Judged, OpenedRecording, Options, Phase, Progress, Recording, RecordingSource,
    Rest, Run, State, Status, Step, Ticket, Timeline, Warm, adjust, installing, microphone, rest,
};
use crate::failure::{Failure, Result};
use crate::link::Example;
use crate::result::RecordingResult;
use crate::{example, format};

/// Reads a file and judges it.
pub(super) fn open_file(state: &mut State, file: GivenFile, todo: &mut Vec<Effect>) {
    let name = spectnet_core::text::plain(&file.name).into_owned();
    let doing = format!("Reading {name}");
    open(state, name, doing, "", RecordingSource::File(file.handle), todo);
}

/// Fetches one of the page's own recordings and judges it.
pub(super) fn open_recorded(state: &mut State, index: usize, todo: &mut Vec<Effect>) {
    let Some(model) = &state.model else { return };
    let Some(recorded) = example::recorded(&model.package.config).get(index).copied() else { return };
    let (name, doing) = (recorded.file.to_owned(), format!("Fetching {}", recorded.file));
    open(state, name, doing, recorded.note, RecordingSource::Recorded(recorded), todo);
}

/// Synthesises a sound and judges it.
pub(super) fn open_synthesised(state: &mut State, index: usize, seed: u64, todo: &mut Vec<Effect>) {
    let Some(model) = &state.model else { return };
    let Some(sound) = example::synthesised(&model.package.config).get(index).copied() else { return };
    let name = format!("{} (synthesised, seed {seed})", sound.name());
    let source = RecordingSource::Synthesised(sound, seed);
    open(state, name, "Synthesising a sound".into(), sound.note(), source, todo);
}

/// Takes what the microphone gave and judges it.
pub(super) fn open_captured(
    state: &mut State,
    name: String,
    note: &'static str,
    capture: Handle,
    todo: &mut Vec<Effect>,
) {
    let doing = format!("Reading {name}");
    open(state, name, doing, note, RecordingSource::Captured(capture), todo);
}

/// Another recording takes the place of the one at hand.
fn open(
    state: &mut State,
    name: String,
    doing: String,
    note: &'static str,
    source: RecordingSource,
    todo: &mut Vec<Effect>,
) {
    stop(state, todo);
    microphone::give_way(state, todo);
    if let Recording::Reading { ticket, .. } = state.recording {
        todo.push(Effect::Stop(ticket));
    }
    let (ticket, status) = (state.ticket(), Status::new(Phase::Running, doing));
    state.share.example = Example::of(&source);
    (state.whole, state.channel) = (false, None);
    forget(state, todo);
    state.show(status.clone());
    state.recording = Recording::Reading { ticket, name, note, status };
    todo.extend([Effect::OpenRecording { ticket, source }, Effect::RevealResult]);
}

/// Stops the reading of the recording at hand, and its run.
pub(super) fn stop_all(state: &mut State, todo: &mut Vec<Effect>) {
    stop(state, todo);
    if let Recording::Reading { ticket, .. } = state.recording {
        todo.push(Effect::Stop(ticket));
    }
}

/// No recording is at hand any more: another one is being made.
pub(super) fn put_away(state: &mut State, todo: &mut Vec<Effect>) {
    stop_all(state, todo);
    (state.whole, state.channel) = (false, None);
    state.share.example = None;
    forget(state, todo);
    state.recording = Recording::None;
}

/// Nothing is seen of a recording any more, and nothing is kept of it.
pub(super) fn forget(state: &mut State, todo: &mut Vec<Effect>) {
    rest::stop(state, todo);
    adjust::let_go(state, todo);
    (state.timeline, state.result) = (None, None);
}

/// Judges a recording that was opened, or says why it was not.
pub(super) fn recording_opened(
    state: &mut State,
    ticket: Ticket,
    answer: Result<OpenedRecording>,
    todo: &mut Vec<Effect>,
) {
    let Recording::Reading { ticket: awaited, ref name, note, .. } = state.recording else { return };
    if awaited != ticket {
        return;
    }
    state.recording = match answer {
        Ok(OpenedRecording { sound, sample_rate, channels, length_s }) => {
            let name = name.clone();
            Recording::Open(Input { ticket, name, note, sound, sample_rate, channels, length_s })
        }
        Err(failure) => Recording::Unreadable { what: format!("{name} could not be read"), why: failure.to_string() },
    };
    begin(state, todo);
}

/// Stops the run. What is left behind a result stays with that.
pub(super) fn stop(state: &mut State, todo: &mut Vec<Effect>) {
    microphone::stop_live(state, todo);
    if let Some(run) = state.run.take() {
        state.progress = None;
        todo.push(Effect::Stop(run.ticket));
    }
}

/// Judges the recording at hand with the model at hand, as soon as there are both, and from its beginning.
pub(super) fn begin(state: &mut State, todo: &mut Vec<Effect>) {
    stop(state, todo);
    if let Some(status) = state.waiting() {
        return state.show(status);
    }
    let without_model = state.model.is_none();
    match &state.recording {
        Recording::Unreadable { what, why } => {
            let (what, why) = (what.clone(), why.clone());
            state.fail(what, &why);
        }
        Recording::Reading { status, .. } => {
            let status = status.clone();
            state.show(status);
        }
        _ if without_model => state.fail("No model", "choose or drop a model file (.safetensors) first"),
        Recording::None => state.show(Status::new(Phase::Ready, "Ready: choose or drop a recording")),
        Recording::Open(_) => run(state, todo),
    }
}

/// The recording at hand goes through the model at hand.
fn run(state: &mut State, todo: &mut Vec<Effect>) {
    rest::stop(state, todo);
    adjust::let_go(state, todo);
    let ticket = state.ticket();
    let (Some(decision), Some(model), Some(input)) = (state.decision(), &state.model, state.recording.open()) else {
        return;
    };
    let conditioning = &model.package.config.conditioning;
    let max_seconds = if state.whole { None } else { conditioning.max_seconds };
    let status = Status::new(Phase::Running, format!("Preparing {}", input.name));
    let (sound, engine) = (input.sound.clone(), model.engine.clone());
    let timeline = Timeline::new(input, max_seconds);
    let options = Box::new(Options { channels: state.channel, max_seconds, decision });
    (state.timeline, state.result, state.run) = (Some(timeline), None, Some(Run { ticket }));
    state.show(status);
    show_progress(state, 0, 1, 0.0);
    todo.push(Effect::Judge { ticket, sound, engine, options });
}

/// Shows what a run has come to.
pub(super) fn judging(state: &mut State, ticket: Ticket, step: Step) {
    if rest::runs(state, ticket) {
        return rest::judging(state, step);
    }
    if !is_running(state, ticket) {
        return;
    }
    let (Some(timeline), Some(input)) = (&mut state.timeline, state.recording.open_mut()) else { return };
    match step {
        Step::Piece { waveform, taken_s, length_s } => {
            (timeline.waveform, timeline.extent.taken_s, timeline.extent.given_s) = (waveform, taken_s, length_s);
            input.length_s = length_s;
            let status = Status::new(Phase::Running, format!("Classifying {}", input.name));
            state.show(status);
        }
        Step::Image(image) => timeline.image = image,
        Step::Kept(kept) => state.adjust.kept = Some(kept),
        Step::Known(judged) => {
            (state.run, state.rest) = (None, Some(Rest::of(ticket, state.adjust.kept.take())));
            show_result(state, *judged);
        }
        Step::Done { downmix, downmixes, seconds } => show_progress(state, downmix, downmixes, seconds),
        Step::Elsewhere => {
            let status = Status::new(Phase::Running, format!("Looking for a heart in the rest of {}", input.name));
            state.progress = None;
            state.show(status);
        }
    }
}

/// Shows the result of a run. Where the graphics device fails the CPU takes over.
pub(super) fn ended(state: &mut State, ticket: Ticket, answer: Result<Box<Judged>>, todo: &mut Vec<Effect>) {
    if rest::runs(state, ticket) {
        return rest::ended(state, answer, todo);
    }
    if !is_running(state, ticket) {
        return;
    }
    state.run = None;
    match answer {
        Ok(judged) => show_result(state, *judged),
        Err(Failure::Device(why)) if state.model.as_ref().is_some_and(|model| model.on_gpu) => {
            state.fall_back(&why);
            restart(state, todo);
        }
        Err(failure) => {
            let name = state.recording.open().map(|input| input.name.clone()).unwrap_or_default();
            state.fail(format!("{name} could not be classified"), &failure.to_string());
        }
    }
    adjust::follow(state, todo);
}

/// The same model on the CPU.
pub(super) fn restart(state: &mut State, todo: &mut Vec<Effect>) {
    let ticket = state.ticket();
    let Some(model) = &state.model else { return };
    todo.push(Effect::WarmUp { ticket, model: model.file.clone(), gpu: None });
    state.run = Some(Run { ticket });
    state.show(Status::new(Phase::Compiling, "The graphics device failed: starting again on the CPU"));
}

/// Judges the recording again where the same model runs on the CPU now.
pub(super) fn restarted(state: &mut State, ticket: Ticket, answer: Result<Warm>, todo: &mut Vec<Effect>) {
    if !is_running(state, ticket) {
        return;
    }
    state.run = None;
    match answer {
        Ok(warm) => {
            installing::reinstall(state, warm, todo);
            begin(state, todo);
        }
        Err(failure) => state.fail("The model stopped", &failure.to_string()),
    }
}

/// Shows what was found out beside what is seen, in its place. What went wrong meanwhile stays to be read.
pub(super) fn show_instead(state: &mut State, timeline: Timeline, kept: Option<Handle>, judged: Judged) {
    state.timeline = Some(timeline);
    state.adjust.kept = kept;
    let failed = (state.status.phase == Phase::Failed).then(|| state.status.clone());
    show_result(state, judged);
    if let Some(failed) = failed {
        state.show(failed);
    }
}

/// Shows what is said of the recording at hand, and says that it is there.
fn show_result(state: &mut State, judged: Judged) {
    let (windows, run_s) = (judged.windows, judged.run_s);
    put(state, judged);
    let (Some(model), Some(result)) = (&state.model, &state.result) else { return };
    let said = match result.prediction.label {
        Some(_) => format!("Done: {}", result.file),
        None => format!("Done: {}. {}", result.file, result.headline()),
    };
    state.elapsed = format!(
        "{}, classified in {} ({} a window)",
        model.timing(),
        format::duration(run_s),
        format::duration(run_s / windows.max(1) as f64)
    );
    state.show(Status::new(Phase::Done, said));
    microphone::say(state);
}

/// Puts what is said of the recording at hand, and its heart cycles, into what is seen of it.
pub(super) fn put(state: &mut State, judged: Judged) {
    let provisional = state.microphone.provisional();
    let decision = state.decision();
    let (Some(decision), Some(model), Some(timeline), Some(input)) =
        (decision, &state.model, &mut state.timeline, state.recording.open_mut())
    else {
        return;
    };
    let Judged { mut prediction, states, length_s, .. } = judged;
    // Threshold and prevalence may have been moved meanwhile.
    prediction.relabel(&model.package.config.labels, &decision);
    prediction.notes.extend(provisional);
    if *timeline.states != states {
        timeline.states = Rc::new(states);
    }
    input.length_s = length_s;
    state.result = Some(Rc::new(RecordingResult { file: input.name.clone(), prediction }));
}

/// So many seconds of one of the downmixes are judged.
fn show_progress(state: &mut State, downmix: usize, downmixes: usize, seconds: f64) {
    let Some(timeline) = &state.timeline else { return };
    state.progress = Some(match timeline.extent.total_s() {
        Some(total) => {
            let done = (downmix as f64 * total + seconds) / downmixes.max(1) as f64;
            Progress { part: Some(done / total.max(1e-3)), text: format!("{done:.0} of {total:.0} s") }
        }
        None => Progress { part: None, text: format!("{seconds:.0} s") },
    });
}

fn is_running(state: &State, ticket: Ticket) -> bool {
    state.run.is_some_and(|run| run.ticket == ticket)
}
