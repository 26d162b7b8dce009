//! The explanation of a result.

use spectnet_core::recognise::explain::{Explanation, How, OverTime, Telling};

use super::*;
use crate::state::control::Event as Act;
use crate::state::why::{Effect as Wanted, Event as Happened, Why};

/// What an explanation that was asked for answers in the end.
pub(super) fn answer(effect: &Wanted, failure: Option<Failure>) -> Event {
    let explained = Rc::new(explanation());
    Event::Why(Happened::Ended { ticket: effect.ticket(), answer: failure.map_or(Ok(explained), Err) })
}

fn second(class: &str, start_s: f64) -> Telling {
    Telling { class: class.into(), start_s, end_s: start_s + 1.0, contribution: 0.1 }
}

fn explanation() -> Explanation {
    Explanation {
        class: "abnormal".into(),
        against: Some("normal".into()),
        abstained: None,
        method: How::Exact,
        probability: 0.9,
        log_odds: 2.2,
        reference: 0.1,
        sentences: vec!["It is so.".into()],
        telling_seconds: vec![second("abnormal", 3.0), second("normal", 7.0)],
        filters: Vec::new(),
        phases: None,
        over_time: OverTime { step_s: 0.1, contributions: Vec::new() },
        windows: Vec::new(),
    }
}

/// The request that is outstanding.
fn asked(play: &Play) -> (Ticket, &Options, usize) {
    let found = play.outstanding.iter().find_map(|effect| match effect {
        Effect::Why(Wanted::Explain { ticket, options, class, .. }) => Some((*ticket, options.as_ref(), *class)),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("nothing is being explained: {:?}", play.outstanding))
}

fn press(play: &mut Play) -> &mut Play {
    play.send(Event::Why(Happened::Pressed))
}

#[test]
fn a_result_is_explained_when_a_person_asks_for_it() {
    let mut play = Play::done();
    assert_eq!(play.state.why, Why::default());
    press(&mut play);
    let (ticket, options, class) = asked(&play);
    assert_eq!((options.max_seconds, options.channels, class), (Some(60.0), None, 1));
    assert!(play.state.is_busy() && play.phase() == Phase::Done);
    play.send(Event::Why(Happened::Progressed { ticket, seconds: 12.0 }));
    assert_eq!((play.state.why.seconds, play.state.why.run), (12.0, Some(ticket)));
    play.all_well();
    assert!(play.state.why.explanation.is_some() && play.state.why.run.is_none() && !play.state.is_busy());
    // It is hidden again, and nothing is computed for that.
    let before = play.asked.len();
    press(&mut play);
    assert_eq!((&play.state.why, play.asked.len()), (&Why::default(), before));
}

#[test]
fn what_was_kept_of_the_recording_goes_with_the_request() {
    let given = |play: &Play| {
        let mut found = play.outstanding.iter().filter_map(|effect| match effect {
            Effect::Why(Wanted::Explain { kept, .. }) => Some(kept.clone()),
            _ => None,
        });
        found.next().expect("an explanation is asked for")
    };
    let mut play = Play::ready(false);
    play.give(&["first.wav"]).answer(End::Well);
    super::adjust::keep(&mut play).all_well();
    press(&mut play);
    assert!(given(&play).is_some() && given(&play) == play.state.adjust.kept);
    // Without it the recording is judged again.
    let mut play = Play::done();
    press(&mut play);
    assert_eq!(given(&play), None);
}

#[test]
fn an_explanation_on_its_way_can_be_stopped_and_then_changes_nothing() {
    let mut play = Play::done();
    press(&mut play);
    let ticket = asked(&play).0;
    press(&mut play);
    assert!(play.asked.contains(&Effect::Stop(ticket)) && play.outstanding.is_empty());
    let before = play.state.clone();
    for late in [
        Event::Why(Happened::Progressed { ticket, seconds: 3.0 }),
        Event::Why(Happened::Ended { ticket, answer: Ok(Rc::new(explanation())) }),
    ] {
        play.send(late);
        assert_eq!(play.state, before);
    }
}

#[test]
fn an_explanation_on_its_way_says_how_long_it_takes_and_the_escape_key_stops_it() {
    let mut play = Play::done();
    let cancel = |play: &mut Play| {
        play.send(Event::Control(Act::Cancelled));
    };
    press(&mut play);
    let ticket = asked(&play).0;
    let told = |play: &mut Play, seconds: f64, now_s: f64| {
        play.send(Event::Why(Happened::Progressed { ticket, seconds }));
        play.send(Event::Control(Act::Timed { ticket, now_s }));
        play.state.why.time_left()
    };
    assert_eq!(told(&mut play, 0.0, 100.0), "");
    assert_eq!(told(&mut play, 6.0, 100.5), "", "half a second says little");
    // A fifth of 60 s took 2 s.
    assert_eq!(told(&mut play, 12.0, 102.0), "about 8 s left");
    assert!(play.state.can_stop() && !play.state.can_cancel(), "it has a button of its own");
    cancel(&mut play);
    assert!(play.asked.contains(&Effect::Stop(ticket)) && play.outstanding.is_empty());
    assert_eq!((&play.state.why, play.phase(), play.result().0), (&Why::default(), Phase::Done, "first.wav"));
    // One that is there stays, and the next one has a pace of its own.
    press(&mut play);
    assert_eq!(play.state.why.time_left(), "");
    play.all_well();
    let before = play.state.clone();
    cancel(&mut play);
    assert!(play.state == before && before.why.explanation.is_some() && !before.can_stop());
}

#[test]
fn an_explanation_goes_with_its_result() {
    let others = || {
        let files = vec![GivenFile { name: "b.wav".into(), handle: Handle::new(0_u64) }];
        let channel = Event::ChannelPicked("1".parse().ok());
        [Event::FilesGiven(files), Event::WholePicked(true), channel]
    };
    for other in 0..others().len() {
        for finished in [true, false] {
            let mut play = Play::done();
            press(&mut play);
            let ticket = asked(&play).0;
            if finished {
                play.all_well();
            }
            play.send(others()[other].clone());
            assert!(play.state.why == Why::default() && play.asked.contains(&Effect::Stop(ticket)) != finished);
        }
    }
    // Another model says something else of the same recording.
    let mut play = Play::done();
    press(&mut play).all_well();
    play.send(Event::ModelPicked(1)).all_well();
    assert_eq!((play.phase(), &play.state.why), (Phase::Done, &Why::default()));
}

#[test]
fn a_threshold_that_moves_keeps_the_explanation_and_chooses_the_second() {
    let mut play = Play::done();
    press(&mut play).all_well();
    let start_s = |play: &Play| {
        let label = play.result().1.map(String::from);
        play.state.why.telling(label.as_deref()).map(|second| second.start_s)
    };
    assert_eq!((play.result().1, start_s(&play)), (Some("abnormal"), Some(3.0)));
    play.send(Event::ThresholdMoved(0.95));
    assert_eq!((play.result().1, start_s(&play)), (Some("normal"), Some(7.0)));
    assert_eq!(play.state.why.telling(None).map(|second| second.start_s), Some(3.0));
}

#[test]
fn what_cannot_be_explained_says_why_and_can_be_asked_for_again() {
    let mut play = Play::done();
    press(&mut play).answer(End::Badly);
    assert_eq!(play.state.why.problem.as_deref(), Some("The result cannot be explained: it is broken."));
    assert_eq!((play.phase(), play.result().0), (Phase::Done, "first.wav"));
    press(&mut play).all_well();
    assert!(play.state.why.problem.is_none() && play.state.why.explanation.is_some());
}

#[test]
fn without_a_result_there_is_nothing_to_explain() {
    for mut play in [Play::opened(None), Play::ready(false)] {
        let (before, outstanding) = (play.asked.len(), play.outstanding.len());
        press(&mut play);
        assert_eq!((play.asked.len(), play.outstanding.len()), (before, outstanding));
        assert_eq!(play.state.why, Why::default());
    }
}
