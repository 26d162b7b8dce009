//! The time axis: what is seen of a recording.

use proptest::prelude::*;

use super::super::axis::{Event as Happens, Finger, PAGE};
use super::super::player::{Event as Plays, Place};
use super::super::share::{Copied, Effect as Sharing, Event as Shared, Kind};
use super::*;
use crate::plot::zoom::{Edge, LEAST_S};

/// What must hold after every event.
pub(super) fn check(state: &State) {
    let ([from_s, to_s], length_s) = (state.visible_s(), state.judged_s());
    assert!(from_s >= 0.0 && from_s <= to_s && to_s <= length_s, "{from_s} to {to_s} of {length_s} s");
    assert!(!state.is_zoomed() || to_s - from_s > LEAST_S - 1e-9, "{from_s} to {to_s}");
    assert!(state.recording.open().is_some() || !state.is_zoomed(), "nothing is there to be seen");
}

/// Something that a person does with the axis.
pub(super) fn act(play: &mut Play, pick: u8) -> &mut Play {
    let number = f64::from(pick) / 100.0 - 0.5;
    let finger = Finger { id: i32::from(pick % 3), at: number };
    let event = match pick % 13 {
        0 => Happens::Zoomed { by: number * 3.0, about: None },
        1 => Happens::Zoomed { by: 1.0 + number, about: Some(number) },
        2 => Happens::Panned(number),
        3 => Happens::AllAsked,
        4 => Happens::FingerDown { finger, first: pick.is_multiple_of(2) },
        5 => Happens::FingerMoved(finger),
        6 => Happens::FingerUp(finger.id),
        7 => Happens::Grabbed { at: number, near: 0.02 },
        8 => Happens::Dragged(number),
        9 => Happens::Dropped,
        10 => Happens::EdgeMoved(if pick.is_multiple_of(2) { Edge::From } else { Edge::To }, number),
        11 => Happens::WindowAsked([number * 40.0, number * 40.0 + 2.5]),
        _ => Happens::Turned(usize::from(pick)),
    };
    play.send(Event::Axis(event))
}

/// Something happens to the axis; what is seen then.
fn axis(play: &mut Play, event: Happens) -> [f64; 2] {
    play.send(Event::Axis(event)).state.visible_s()
}

/// A page with the result on a recording of which these seconds are seen.
fn showing([from_s, to_s]: [f64; 2]) -> Play {
    let mut play = Play::done();
    axis(&mut play, Happens::EdgeMoved(Edge::To, (to_s - 60.0) / 60.0));
    let seen = axis(&mut play, Happens::EdgeMoved(Edge::From, from_s / to_s));
    assert_near(seen, [from_s, to_s]);
    play
}

/// What plays is at this time.
fn plays_at(play: &mut Play, position_s: f64) -> [f64; 2] {
    let ticket = play.state.player.playing.as_ref().expect("something plays").ticket;
    play.send(Event::Player(Plays::At { ticket, position_s })).state.visible_s()
}

fn assert_near(seen: [f64; 2], expected: [f64; 2]) {
    let near = seen.iter().zip(expected).all(|(seen, expected)| (seen - expected).abs() < 1e-9);
    assert!(near, "{seen:?} instead of {expected:?}");
}

#[test]
fn all_is_seen_until_a_person_looks_closely() {
    let mut play = Play::done();
    assert_eq!((play.state.visible_s(), play.state.is_zoomed()), ([0.0, 60.0], false));
    let closer = |about| Happens::Zoomed { by: 2.0, about };
    assert_near(axis(&mut play, closer(Some(0.75))), [22.5, 52.5]);
    assert_near(axis(&mut play, closer(None)), [30.0, 45.0]);
    // Where the player stands that is what stays.
    play.send(Event::Player(Plays::Sought(40.0)));
    assert_near(axis(&mut play, closer(None)), [35.0, 42.5]);
    assert!(play.state.is_zoomed());
    assert_eq!((axis(&mut play, Happens::AllAsked), play.state.is_zoomed()), ([0.0, 60.0], false));
}

#[test]
fn no_less_than_a_beat_and_no_more_than_all_is_seen() {
    let mut play = Play::done();
    let [from_s, to_s] = axis(&mut play, Happens::Zoomed { by: 1e9, about: Some(0.5) });
    assert!((to_s - from_s - LEAST_S).abs() < 1e-9 && play.state.is_closest());
    assert_near(axis(&mut play, Happens::Panned(f64::MAX)), [60.0 - LEAST_S, 60.0]);
    assert_near(axis(&mut play, Happens::Panned(f64::MIN)), [0.0, LEAST_S]);
    for by in [f64::NAN, 0.0, -1.0, f64::INFINITY] {
        assert_near(axis(&mut play, Happens::Zoomed { by, about: Some(0.5) }), [0.0, LEAST_S]);
    }
    assert_near(axis(&mut play, Happens::Panned(f64::NAN)), [0.0, LEAST_S]);
    assert_near(axis(&mut play, Happens::Zoomed { by: 1e-9, about: Some(0.5) }), [0.0, 60.0]);
    assert!(!play.state.is_zoomed());
}

#[test]
fn without_a_recording_there_is_no_axis() {
    let mut play = Play::ready(false);
    let before = play.state.clone();
    for pick in 0..=255 {
        act(&mut play, pick);
    }
    assert!(play.state == before && play.state.visible_s() == [0.0, 0.0]);
}

#[test]
fn another_recording_is_seen_as_a_whole_and_the_same_one_as_before() {
    let mut play = showing([20.0, 40.0]);
    play.send(Event::ChannelPicked("1".parse().ok()));
    assert_near(play.state.visible_s(), [20.0, 40.0]);
    play.all_well();
    assert_near(play.state.visible_s(), [20.0, 40.0]);
    play.give(&["b.safetensors"]).all_well();
    assert_near(play.state.visible_s(), [20.0, 40.0]);
    axis(&mut play, Happens::Turned(2));
    play.give(&["b.wav"]).all_well();
    assert_eq!((play.state.visible_s(), play.state.axis.page_of(1000).0), ([0.0, 60.0], 0));
}

#[test]
fn what_is_judged_no_more_is_seen_no_more() {
    let mut play = Play::done();
    play.send(Event::WholePicked(true)).all_well();
    assert_eq!(play.state.visible_s(), [0.0, 100.0], "all stays all");
    axis(&mut play, Happens::EdgeMoved(Edge::From, 0.75));
    assert_near(play.state.visible_s(), [75.0, 100.0]);
    play.send(Event::WholePicked(false)).all_well();
    assert_near(play.state.visible_s(), [35.0, 60.0]);
}

#[test]
fn the_page_is_turned_where_the_player_leaves_it() {
    let mut play = showing([0.0, 10.0]);
    play.send(Event::Player(Plays::Toggled));
    assert_near(plays_at(&mut play, 9.9), [0.0, 10.0]);
    assert_near(plays_at(&mut play, 10.5), [10.0, 20.0]);
    // What a person looks at meanwhile is not taken away, until the player comes and leaves there too.
    assert_near(axis(&mut play, Happens::Panned(2.0)), [30.0, 40.0]);
    assert_near(plays_at(&mut play, 20.1), [30.0, 40.0]);
    assert_near(plays_at(&mut play, 35.0), [30.0, 40.0]);
    assert_near(plays_at(&mut play, 40.2), [39.7, 49.7]);
    // Near the end there is no whole page.
    assert_near(plays_at(&mut play, 49.8), [49.3, 59.3]);
    assert_near(plays_at(&mut play, 59.5), [50.0, 60.0]);
}

#[test]
fn where_the_player_is_sent_is_seen() {
    let mut play = showing([30.0, 40.0]);
    assert_near(play.send(Event::Player(Plays::Sought(5.0))).state.visible_s(), [4.5, 14.5]);
    assert_near(play.send(Event::Player(Plays::PartAsked([50.0, 51.0]))).state.visible_s(), [49.5, 59.5]);
    axis(&mut play, Happens::Panned(f64::MIN));
    assert_near(play.send(Event::Player(Plays::Stepped(-20.0))).state.visible_s(), [29.5, 39.5]);
    // The end of what plays is no wish.
    axis(&mut play, Happens::Panned(f64::MIN));
    let ticket = play.state.player.playing.as_ref().expect("something plays").ticket;
    play.send(Event::Player(Plays::Ended { ticket, answer: Ok(()) }));
    assert_eq!((play.state.visible_s()[0], play.state.player.playing.is_none()), (0.0, true));
    // Where all is seen, all stays seen.
    axis(&mut play, Happens::AllAsked);
    play.send(Event::Player(Plays::Sought(55.0)));
    assert!(!play.state.is_zoomed());
}

#[test]
fn two_fingers_hold_what_is_under_them() {
    let mut play = Play::done();
    let finger = |id, at| Finger { id, at };
    let place = |at_s: f64| Place { at_s, x: 10.0 * at_s };
    play.send(Event::Player(Plays::Pressed { place: place(10.0), selects: true }));
    axis(&mut play, Happens::FingerDown { finger: finger(4, 0.1), first: true });
    play.send(Event::Player(Plays::Dragged(place(15.0))));
    assert_near(axis(&mut play, Happens::FingerMoved(finger(4, 0.25))), [0.0, 60.0]);
    assert_eq!(play.state.player.selection, Some([10.0, 15.0]), "one finger selects");
    axis(&mut play, Happens::FingerDown { finger: finger(7, 0.75), first: false });
    assert_eq!((play.state.player.selection, play.state.player.drag), (None, None), "two do not");
    assert_near(axis(&mut play, Happens::FingerMoved(finger(7, 1.0))), [5.0, 45.0]);
    // Both to the side: what is seen moves along. A third finger says nothing.
    axis(&mut play, Happens::FingerDown { finger: finger(9, 0.5), first: false });
    axis(&mut play, Happens::FingerMoved(finger(9, 0.9)));
    axis(&mut play, Happens::FingerMoved(finger(4, 0.15)));
    assert_near(axis(&mut play, Happens::FingerMoved(finger(7, 0.9))), [9.0, 49.0]);
    axis(&mut play, Happens::FingerUp(7));
    assert_near(axis(&mut play, Happens::FingerMoved(finger(4, 0.0))), [9.0, 49.0]);
    assert!(play.state.axis.is_touched());
    axis(&mut play, Happens::FingerUp(4));
    assert!(!play.state.axis.is_touched());
    // One that was lost does not make two of the next one.
    axis(&mut play, Happens::FingerDown { finger: finger(1, 0.5), first: true });
    axis(&mut play, Happens::FingerDown { finger: finger(2, 0.5), first: true });
    assert_near(axis(&mut play, Happens::FingerMoved(finger(2, 0.9))), [9.0, 49.0]);
}

#[test]
fn the_frame_is_moved_in_the_overview() {
    let mut play = showing([20.0, 40.0]);
    let near = 0.02;
    axis(&mut play, Happens::Grabbed { at: 0.5, near });
    assert_near(axis(&mut play, Happens::Dragged(0.75)), [35.0, 55.0]);
    assert_near(axis(&mut play, Happens::Dragged(9.0)), [40.0, 60.0]);
    assert_near(axis(&mut play, Happens::Dragged(0.75)), [35.0, 55.0]);
    axis(&mut play, Happens::Dropped);
    assert_near(axis(&mut play, Happens::Dragged(0.1)), [35.0, 55.0]);
    // An edge from a little beside it: nothing jumps.
    assert_near(axis(&mut play, Happens::Grabbed { at: 35.6 / 60.0, near }), [35.0, 55.0]);
    assert_near(axis(&mut play, Happens::Dragged(6.0 / 60.0)), [5.4, 55.0]);
    axis(&mut play, Happens::Grabbed { at: 55.6 / 60.0, near });
    assert_near(axis(&mut play, Happens::Dragged(-3.0)), [5.4, 5.4 + LEAST_S]);
    // Beside the frame it comes to the pointer, and is held.
    let mut play = showing([20.0, 40.0]);
    assert_near(axis(&mut play, Happens::Grabbed { at: 0.75, near }), [35.0, 55.0]);
    assert_near(axis(&mut play, Happens::Dragged(0.5)), [20.0, 40.0]);
    assert_near(axis(&mut play, Happens::Grabbed { at: f64::NAN, near }), [20.0, 40.0]);
}

#[test]
fn keys_move_an_edge_alone() {
    let mut play = showing([20.0, 40.0]);
    assert_near(axis(&mut play, Happens::EdgeMoved(Edge::From, 0.5)), [30.0, 40.0]);
    assert_near(axis(&mut play, Happens::EdgeMoved(Edge::To, -0.25)), [30.0, 37.5]);
    assert_near(axis(&mut play, Happens::EdgeMoved(Edge::To, f64::MAX)), [30.0, 60.0]);
    assert_near(axis(&mut play, Happens::EdgeMoved(Edge::From, f64::MIN)), [0.0, 60.0]);
    assert_near(axis(&mut play, Happens::EdgeMoved(Edge::From, f64::MAX)), [60.0 - LEAST_S, 60.0]);
    assert_near(axis(&mut play, Happens::EdgeMoved(Edge::From, f64::NAN)), [60.0 - LEAST_S, 60.0]);
}

#[test]
fn a_row_of_the_table_leads_view_and_player_there() {
    let mut play = Play::done();
    assert_near(axis(&mut play, Happens::WindowAsked([30.0, 32.5])), [26.25, 36.25]);
    assert_eq!(play.state.player.position_s, 30.0);
    assert_near(axis(&mut play, Happens::WindowAsked([31.0, 33.5])), [26.25, 36.25]);
    assert_eq!(play.state.player.position_s, 31.0);
    assert_near(axis(&mut play, Happens::WindowAsked([50.0, 52.5])), [46.25, 56.25]);
    assert_near(axis(&mut play, Happens::WindowAsked([f64::NAN, 2.5])), [46.25, 56.25]);
    // Closer than a window, the window has room.
    axis(&mut play, Happens::Zoomed { by: 1e9, about: None });
    assert_near(axis(&mut play, Happens::WindowAsked([10.0, 12.5])), [10.0, 12.5]);
}

#[test]
fn the_table_has_pages() {
    let mut play = Play::done();
    assert_eq!(
        [0, 1, PAGE, PAGE + 1, 1440].map(|rows| play.state.axis.page_of(rows)),
        [(0, 1), (0, 1), (0, 1), (0, 2), (0, 15)]
    );
    axis(&mut play, Happens::Turned(3));
    assert_eq!([1440, 150].map(|rows| play.state.axis.page_of(rows)), [(3, 15), (1, 2)]);
}

#[test]
fn what_is_seen_is_said_and_goes_into_pictures_and_links() {
    let mut play = Play::done();
    assert_eq!(play.state.visible_note(), "all of 60.0 s");
    let link = |play: &mut Play| {
        play.send(Event::Share(Shared::LinkAsked));
        match play.asked.last() {
            Some(Effect::Share(Sharing::Copy { what: Copied::Link, text })) => text.clone(),
            other => panic!("{other:?}"),
        }
    };
    axis(&mut play, Happens::EdgeMoved(Edge::From, 0.5));
    assert_eq!(play.state.visible_note(), "30.0 s to 60.0 s of 60.0 s");
    assert!(!link(&mut play).contains("from="), "nobody else has the recording");
    play.send(Event::Share(Shared::PictureAsked(Kind::Svg)));
    let Some(Effect::Share(Sharing::Picture { heading, .. })) = play.asked.last() else { panic!("no picture") };
    assert_eq!(heading[2], "The plots show 30.0 s to 60.0 s of 60.0 s.");

    play.send(Event::RecordedPicked(0)).all_well();
    assert!(!link(&mut play).contains("from="), "all of it is seen");
    axis(&mut play, Happens::EdgeMoved(Edge::From, 0.25));
    assert!(link(&mut play).ends_with("&from=15&to=60"), "{}", link(&mut play));
}

proptest! {
    #[test]
    fn after_anything_what_is_seen_lies_within_the_recording(acts in proptest::collection::vec(any::<u8>(), 0..60)) {
        let mut play = Play::done();
        for pick in acts {
            act(&mut play, pick);
            check(&play.state);
        }
        axis(&mut play, Happens::AllAsked);
        prop_assert_eq!(play.state.visible_s(), [0.0, 60.0]);
    }
}
