//! What holds after every event, whatever came before.

use std::cell::Cell;
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::{control, update};
use super::*;
use crate::plot::raster::LogEnergy;

/// What must hold.
pub(super) fn check(play: &Play) {
    let state = &play.state;
    let (reading, run) = (matches!(state.recording, Recording::Reading { .. }), state.run.is_some());
    if state.rest.is_some() {
        assert!(state.result.is_some() && !run && state.adjust.kept.is_none(), "what is left belongs to a result");
    }
    assert_eq!(state.is_busy(), !play.outstanding.is_empty(), "{:?}, {:?}", state.status, play.outstanding);
    check_settled(play);
    check_tickets(play);
    check_result(state);
    adjust::check(play);
    capturing::check(play);
    axis::check(state);
    learn::check(play);
    check_list(state);
    let opening = state.opening.is_some();
    assert!(!(opening && run), "a new model is on its way and the old one works");
    match state.status.phase {
        Phase::Loading | Phase::Compiling => assert!(opening || state.awaits_menu || run),
        Phase::Ready => assert!(state.model.is_some() && !reading && !opening && !run),
        Phase::Running => assert!(reading || run || state.microphone.is_recording()),
        Phase::Done => assert!(state.result.is_some() && !run),
        Phase::Failed => assert!(state.status.error.ends_with(['.', '!', '?']), "{:?}", state.status),
    }
    assert!(state.status.error.is_empty() || state.status.phase == Phase::Failed);
    assert!(state.progress.is_none() || reading || run || opening);
    let last = state.sources.len().saturating_sub(1);
    assert!(state.chosen <= last && state.opening.as_ref().is_none_or(|opening| opening.source <= last));
    if let Some(model) = &state.model {
        assert_eq!(state.sources[model.source].name, model.name);
        assert!(state.selected < model.responses.filters.len());
    }
}

/// What follows from the rest of the state has followed already: nothing waits for the next event, whatever that is.
fn check_settled(play: &Play) {
    let (mut again, mut todo) = (play.state.clone(), Vec::new());
    update::settle(&mut again, &mut todo);
    assert!(again == play.state && todo.is_empty(), "not settled: {todo:?}");
}

/// No two requests have the same ticket, and nothing that was stopped is still outstanding.
fn check_tickets(play: &Play) {
    let fresh = |effect: &&Effect| !matches!(effect, Effect::WarmUp { .. } | Effect::Stop(_));
    let asked: Vec<Ticket> = play.asked.iter().filter(fresh).filter_map(ticket_of).collect();
    assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), asked.len(), "{asked:?}");
    let outstanding: Vec<Ticket> = play.outstanding.iter().filter_map(ticket_of).collect();
    assert_eq!(outstanding.iter().collect::<BTreeSet<_>>().len(), outstanding.len(), "{outstanding:?}");
}

/// A result is that of the recording at hand by the model in use, as it decides now.
fn check_result(state: &State) {
    let Some(result) = &state.result else { return };
    let (model, input) = (state.model.as_ref().expect("a model"), state.recording.open().expect("a recording"));
    assert!(state.timeline.is_some() && result.file == input.name);
    let window = &result.prediction.windows[0];
    assert_eq!([window.start_s, window.end_s], [&model.engine, &input.sound].map(|it| number(it) as f64));
    let decision = state.decision().expect("a model decides");
    assert_eq!((result.prediction.threshold, &result.prediction.figures), (decision.threshold(), &decision.figures()));
}

/// One recording of the list at most is being judged: the one in the panels.
fn check_list(state: &State) {
    let working = |row: &&Rc<many::Row>| row.standing == many::Standing::Working;
    let working: Vec<u64> = state.many.rows.iter().filter(working).map(|row| row.id).collect();
    assert!(working.len() <= 1 && working.first().copied() == state.many.working().map(|row| row.id));
    assert!(working.is_empty() || state.is_busy());
    assert!(!state.many.going || !working.is_empty(), "the list goes on, and nothing is being judged");
    if let (Some(decision), Some(model)) = (state.decision(), &state.model) {
        let verdicts = state.many.rows.iter().filter_map(|row| row.verdict.as_ref());
        for verdict in verdicts.filter(|verdict| verdict.model == model.ticket) {
            assert_eq!(verdict.threshold, decision.threshold());
        }
    }
}

/// Something that a person or an effect can do; `pick` chooses among several.
fn act(play: &mut Play, kind: u8, pick: u8, end: End) {
    let place = usize::from(pick);
    match kind {
        0 => play.give(&["a.wav"]),
        1 => play.give(&["b.safetensors"]),
        2 => play.give(&["c.wav", "d.safetensors"]),
        3 => play.send(Event::ModelPicked(place % 5)),
        4 => play.send(Event::RecordedPicked(place % 4)),
        5 => play.send(Event::SynthesisedPicked { index: place % 3, seed: 1 }),
        6 => play.send(Event::ChannelPicked(["", "mean", "1", "9"][place % 4].parse().ok())),
        7 => play.send(Event::WholePicked(pick.is_multiple_of(2))),
        8 => play.send(Event::ThresholdMoved(f64::from(pick) / 200.0)),
        9 => play.send(Event::ThresholdProposed),
        10 => play.send(Event::PrevalenceTyped(f64::from(pick) - 50.0)),
        11 => play.send(Event::SaveAsked),
        12 => play.send(Event::SavingFailed("no room".into())),
        13 => play.send(Event::FilterMoved([Move::Next, Move::Previous, Move::First, Move::Last][place % 4])),
        14 => play.send(Event::FilterSelected(place)),
        15 => play.send(Event::LayoutChanged),
        16 | 17 => step(play, pick),
        18 => too_late(play, place, end),
        19 => play.send(Event::Control(control::Event::Cancelled)),
        20 => play.send(Event::Control(control::Event::Retried)),
        21 => play.send(Event::Control(control::Event::DevicePicked(DeviceChoice::ALL[place % 3]))),
        22 | 23 => adjust::act(play, pick),
        24 => play.give(&["e.wav", "f.wav", "labels.csv"]),
        25 | 26 => play.send(Event::Many(of_list(pick))),
        27..=30 => capturing::act(play, pick),
        31 | 32 => axis::act(play, pick),
        33..=36 => learn::act(play, pick),
        _ => {
            if !play.outstanding.is_empty() {
                let next = place % play.outstanding.len();
                play.outstanding.swap(0, next);
                play.package = Some(if pick.is_multiple_of(3) { scenes() } else { heart() });
                play.probability = f64::from(pick) / 255.0;
                play.answer(end);
            }
            play
        }
    };
}

/// Something that a person does with the list.
fn of_list(pick: u8) -> many::Event {
    let id = u64::from(pick / 16);
    match pick % 8 {
        0 => many::Event::Opened(id),
        1 => many::Event::Removed(id),
        2 => many::Event::Cleared,
        3 => many::Event::Stopped,
        4 => many::Event::WentOn,
        5 => many::Event::AllAgain,
        6 => many::Event::ThresholdTaken,
        _ => many::Event::TableAsked,
    }
}

/// Something that is outstanding tells how far it is.
fn step(play: &mut Play, pick: u8) -> &mut Play {
    let of = |effect: &Effect| match effect {
        Effect::ReadModel { ticket, .. } => Some(Event::Received { ticket: *ticket, received: 1e5, total: Some(1e6) }),
        Effect::Judge { ticket, sound, engine, .. } => {
            let seconds = f64::from(pick);
            let step = match pick % 6 {
                0 => Step::Piece { waveform: Rc::default(), taken_s: seconds, length_s: Some(100.0) },
                1 => Step::Image(Rc::new(LogEnergy::new(4))),
                2 => Step::Done { downmix: 0, downmixes: 2, seconds },
                3 => Step::Kept(Handle::new(seconds)),
                4 => Step::Known(Box::new(play.judged(sound, engine))),
                _ => Step::Elsewhere,
            };
            Some(Event::Judging { ticket: *ticket, step })
        }
        _ => None,
    };
    match play.outstanding.iter().find_map(of) {
        Some(event) => play.send(event),
        None => play,
    }
}

/// Something that was stopped answers nevertheless, and the state does not change.
fn too_late(play: &mut Play, place: usize, end: End) -> &mut Play {
    if play.stopped.is_empty() {
        return play;
    }
    let effect = play.stopped[place % play.stopped.len()].clone();
    let (late, before, asked) = (play.answer_of(&effect, end), play.state.clone(), play.asked.len());
    play.send(late);
    assert!(play.state == before && play.asked.len() == asked, "{effect:?} came too late");
    play.late += 1;
    play
}

#[test]
fn after_any_events_the_page_is_consistent_and_comes_to_rest() {
    let acts = || proptest::collection::vec((0u8..52, any::<u8>(), 0u8..6), 0..80);
    let late = Cell::new(0);
    proptest!(ProptestConfig::with_cases(300), |(acts in acts())| {
        let mut play = Play::opened(None);
        for (kind, pick, end) in acts {
            let end = [End::Device, End::Badly].get(usize::from(end)).copied().unwrap_or(End::Well);
            act(&mut play, kind, pick, end);
        }
        late.set(late.get() + play.late);
        play.all_well();
        prop_assert!(!play.state.is_busy());
        prop_assert!([Phase::Ready, Phase::Done, Phase::Failed].contains(&play.phase()));
        // Whatever came before, a recording is judged now; without any model one has to be chosen first.
        if play.state.model.is_none() {
            play.give(&["last.safetensors"]).all_well();
        }
        play.give(&["last.wav"]).all_well();
        prop_assert_eq!(play.phase(), Phase::Done);
        prop_assert_eq!(play.result().0, "last.wav");
    });
    assert!(late.get() > 0, "nothing answered after it was stopped");
}
