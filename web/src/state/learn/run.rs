//! What the learner reports, from the press of a button to what was learned.

use std::rc::Rc;

use spectnet_learn::message::{Computer, Order, Report, Step};

use super::order::Asked;
use super::{Before, Effect, Learned, Origins, Run, Side, Stage, Work, choice, trial, words};
use crate::plot::learning::Point;
use crate::state::{Effect as PageEffect, Handle, Source, State, Ticket, adjust, why};

/// Most points of a curve; of more every second one goes.
const MOST_POINTS: usize = 800;
/// Something is read out when so many seconds have passed since the last time.
const SAY_EVERY_S: f64 = 20.0;
/// Most remarks of the learner that are shown.
const MOST_REMARKS: usize = 4;

/// A person wants it learned.
pub(super) fn press(state: &mut State, todo: &mut Vec<PageEffect>) {
    if state.learn.is_learning() || state.learn.is_recording() || state.learn.ending.is_some() {
        return;
    }
    let Some(asked) = state.asked() else { return };
    let Some(before) = current(state) else { return };
    trial::stop(state, todo);
    // What is seen from now on is what the model makes of it, and not what a person made of its filters.
    adjust::apply(state, adjust::Event::Reset, todo);
    why::clear(state, todo);
    let from = Origins::Model(before.model.file.clone());
    let learn = &mut state.learn;
    (learn.problem, learn.learned, learn.filters, learn.unfit) = (None, None, None, None);
    (learn.side, learn.shows, learn.shown) = (Some(Side::After), Some(Side::Before), None);
    learn.curve = Rc::default();
    learn.note.clear();
    learn.remarks.clear();
    learn.device.clear();
    learn.before = Some(before);
    learn.taught += 1;
    for example in Rc::make_mut(&mut learn.examples) {
        if example.part.is_some() {
            Rc::make_mut(example).part = None;
        }
    }
    start(state, asked, from, None, todo);
    state.learn.said = words::BEGINS.into();
    state.learn.said_s = f64::INFINITY;
}

/// The model in use, and how it is looked at.
fn current(state: &State) -> Option<Before> {
    let model = state.model.clone()?;
    let source: Source = state.sources.get(model.source)?.clone();
    let (point, prevalence) = (state.point, state.prevalence);
    Some(Before {
        model,
        source,
        point,
        prevalence,
        sha256: state.share.sha256.clone(),
        card: state.share.card.clone(),
    })
}

/// Has it learned; `kept` is what an earlier learner kept of the same.
fn start(state: &mut State, asked: Asked, from: Origins, kept: Option<Handle>, todo: &mut Vec<PageEffect>) {
    let ticket = state.ticket();
    let Asked { order, examples, materials } = asked;
    let (order, examples, stage) = (Rc::new(order), Rc::new(examples), Stage::Loading(0, None));
    state.learn.run = Some(Run { ticket, stage, order: order.clone(), examples, kept: kept.clone() });
    todo.push(PageEffect::Learn(Effect::Run(Box::new(Work { ticket, order, from, materials, kept }))));
}

/// A person wants no more learned. Where it was asked to stop already, it is ended.
pub(super) fn stop(state: &mut State, todo: &mut Vec<PageEffect>) {
    let Some(run) = &mut state.learn.run else { return };
    match run.stage {
        Stage::Learning => {
            run.stage = Stage::Stopping;
            todo.push(PageEffect::Learn(Effect::AskToStop));
        }
        _ => {
            end(state, todo);
            over(state, "It was stopped", None);
        }
    }
}

/// The learner ends at once.
pub(super) fn end(state: &mut State, todo: &mut Vec<PageEffect>) {
    if let Some(run) = state.learn.run.take() {
        todo.extend([PageEffect::Stop(run.ticket), PageEffect::Learn(Effect::End)]);
    }
}

/// So many recordings are read.
pub(super) fn read(state: &mut State, ticket: Ticket, done: usize) {
    if let Some(run) = state.learn.run.as_mut().filter(|run| run.ticket == ticket) {
        run.stage = Stage::Reading(done);
    }
}

/// Takes what the learner says, and the files that came with it.
pub(super) fn reported(
    state: &mut State,
    ticket: Ticket,
    at_s: f64,
    report: Report,
    [model, kept]: [Option<Handle>; 2],
    todo: &mut Vec<PageEffect>,
) {
    let learn = &mut state.learn;
    let Some(run) = learn.run.as_mut().filter(|run| run.ticket == ticket) else { return };
    learn.now_s = at_s;
    if kept.is_some() {
        run.kept = kept;
    }
    if let Some(bytes) = model {
        let (run, name) = (run.ticket, format!("Own model {}, learned in this browser", learn.taught));
        // A run that goes on with another one goes on with its model.
        let run = learn.learned.as_ref().map_or(run, |learned| learned.run);
        learn.learned = Some(Learned { bytes, run, name, saved: false });
    }
    match report {
        Report::Loading { received, total } => run.stage = Stage::Loading(received, total),
        Report::Ready => run.stage = Stage::Reading(0),
        Report::Preparing { done } => run.stage = Stage::Preparing(done),
        Report::Prepared { parts, device } => {
            let examples = run.examples.clone();
            (run.stage, learn.device) = (Stage::Learning, device);
            for (example, part) in examples.iter().zip(parts) {
                learn.change(*example, |example| example.part = Some(part));
            }
        }
        Report::Step(step) => {
            if run.stage != Stage::Stopping {
                run.stage = Stage::Learning;
            }
            went(state, step);
        }
        Report::Note { text } => remark(state, &text),
        Report::Ended { why, last } => {
            let best = went(state, last);
            state.learn.run = None;
            over(state, &why, Some(best));
        }
        Report::Failed { why } => failed(state, &why, todo),
        Report::Lost { why } => died(state, ticket, &why, todo),
    }
    say(state);
}

/// How far it is.
fn went(state: &mut State, step: Step) -> Point {
    let learn = &mut state.learn;
    let point = Point { step: step.step, seconds: step.seconds, learned: step.learned, frozen: step.frozen };
    if !step.filters.is_empty() {
        learn.filters = Some(Rc::new(step.filters));
    }
    let curve = Rc::make_mut(&mut learn.curve);
    // The last step is told twice where it is also the end; and where a device was lost, steps are made once more.
    while curve.pop_if(|last| last.step >= point.step).is_some() {}
    curve.push(point);
    if curve.len() > MOST_POINTS {
        let last = curve.len() - 1;
        let mut place = 0;
        curve.retain(|_| {
            place += 1;
            (place - 1_usize).is_multiple_of(2) || place - 1 == last
        });
    }
    point
}

fn remark(state: &mut State, text: &str) {
    let remarks = &mut state.learn.remarks;
    if remarks.matches('\n').count() < MOST_REMARKS && !remarks.contains(text) {
        remarks.push_str(&words::sentence(text));
        remarks.push('\n');
    }
}

/// The run is over. Without anything learned everything is as before.
fn over(state: &mut State, why: &str, best: Option<Point>) {
    let learn = &mut state.learn;
    learn.filters = None;
    let last = best.or(learn.curve.last().copied());
    learn.said = words::over(why, last.as_ref(), learn.learned.is_some());
    if learn.learned.is_none() {
        choice::forget(state);
    }
}

/// It cannot be done: on the graphics device perhaps, but on the CPU.
fn failed(state: &mut State, why: &str, todo: &mut Vec<PageEffect>) {
    let Some(run) = state.learn.run.take() else { return };
    if run.order.device == Computer::Webgpu && matches!(run.stage, Stage::Loading(..) | Stage::Learning) {
        return go_on_with_cpu(state, &run, why, todo);
    }
    let kept = state.learn.learned.is_some();
    state.learn.fail(words::failed(why, kept), true);
    over(state, why, None);
}

/// The learner could not be started, or is gone. Where a graphics device was to compute the CPU goes on, whatever it was at.
pub(super) fn died(state: &mut State, ticket: Ticket, why: &str, todo: &mut Vec<PageEffect>) {
    let Some(run) = state.learn.run.take_if(|run| run.ticket == ticket) else { return };
    if run.order.device == Computer::Webgpu && run.stage != Stage::Stopping {
        return go_on_with_cpu(state, &run, why, todo);
    }
    let kept = state.learn.learned.is_some();
    state.learn.fail(words::failed(why, kept), true);
    over(state, why, None);
}

/// The CPU goes on where the graphics device stopped, with what the learner kept last. Where nothing was kept it begins anew.
fn go_on_with_cpu(state: &mut State, run: &Run, why: &str, todo: &mut Vec<PageEffect>) {
    // While it learns none of them goes.
    let material = |example: &u64| state.learn.examples.iter().find(|known| known.id == *example);
    let materials = run.examples.iter().filter_map(material).map(|example| example.material.clone()).collect();
    let before = state.learn.before.as_ref().map(|before| Origins::Model(before.model.file.clone()));
    let Some(from) = before else { return over(state, why, None) };
    let order = Order { device: Computer::Cpu, ..Order::clone(&run.order) };
    remark(state, &words::on_cpu(why, run.kept.is_some()));
    start(state, Asked { order, examples: run.examples.to_vec(), materials }, from, run.kept.clone(), todo);
}

/// Says how far it is, where something was last said long ago.
fn say(state: &mut State) {
    let learn = &mut state.learn;
    // The clock begins with the first report.
    learn.said_s = learn.said_s.min(learn.now_s);
    if learn.is_learning() && learn.now_s - learn.said_s >= SAY_EVERY_S {
        learn.said_s = learn.now_s;
        state.learn.said = state.learn_progress();
    }
}
