//! The slider from start to learned, the film of it, and what a pointer holds.

use super::*;
use crate::plot::drag::{Drag, Grip};
use crate::state::adjust::Change;
use crate::state::bank::{self, Bank};

/// A page whose model has a filter that training moved.
fn trained() -> Play {
    let mut package = (*heart()).clone();
    package.filters[2].centre_hz += 60.0;
    let mut play = Play { package: Some(Rc::new(package)), ..Play::default() };
    play.send(Event::Opened { model: None });
    play.answer(End::Badly);
    play.all_well();
    play
}

fn send(play: &mut Play, event: bank::Event) -> Vec<Effect> {
    let before = play.asked.len();
    play.send(Event::Bank(event));
    play.asked[before..].to_vec()
}

fn press(play: &mut Play, still: bool) -> Vec<Effect> {
    send(play, bank::Event::PlayPressed { still })
}

/// The film that is asked for.
fn film(effects: &[Effect]) -> Ticket {
    match effects {
        [Effect::Bank(bank::Effect::AwaitPicture(ticket))] => *ticket,
        other => panic!("no film, but {other:?}"),
    }
}

#[test]
fn the_slider_moves_the_marks_between_start_and_learned() {
    let mut play = trained();
    let centre = |play: &Play| play.state.mark(2).unwrap().now.centre_hz;
    let learned = centre(&play);
    assert_eq!(learned, play.state.model.as_ref().unwrap().package.filters[2].centre_hz);
    assert_eq!(send(&mut play, bank::Event::ProgressMoved(0.0)), []);
    assert!((learned - centre(&play) - 60.0).abs() < 1e-9);
    send(&mut play, bank::Event::ProgressMoved(0.5));
    assert!((learned - centre(&play) - 30.0).abs() < 1e-9);
    for (typed, shown) in [(7.0, 1.0), (-1.0, 0.0), (f64::NAN, 0.0)] {
        send(&mut play, bank::Event::ProgressMoved(typed));
        assert_eq!(play.state.bank.progress, shown, "{typed}");
    }
    assert_eq!(play.state.marks().len(), 4);
}

#[test]
fn the_film_goes_from_start_to_learned_and_ends() {
    let mut play = trained();
    let ticket = film(&press(&mut play, false));
    assert_eq!(play.state.bank.progress, 0.0, "it begins at the start again");
    let mut shown = Vec::new();
    for at_s in [10.0, 10.5, 11.5, 12.4] {
        assert_eq!(film(&send(&mut play, bank::Event::Picture { ticket, at_s })), ticket);
        shown.push(play.state.bank.progress);
    }
    assert!(shown[0] == 0.0 && shown.windows(2).all(|pair| pair[0] < pair[1]), "{shown:?}");
    assert_eq!(send(&mut play, bank::Event::Picture { ticket, at_s: 20.0 }), []);
    assert_eq!(play.state.bank, Bank::default(), "it is over");
    assert_eq!(send(&mut play, bank::Event::Picture { ticket, at_s: 20.1 }), [], "a late picture changes nothing");
    assert_eq!(play.state.bank, Bank::default());
}

#[test]
fn the_film_pauses_and_goes_on_where_it_was() {
    let mut play = trained();
    let first = film(&press(&mut play, false));
    for at_s in [1.0, 2.0] {
        send(&mut play, bank::Event::Picture { ticket: first, at_s });
    }
    let paused = play.state.bank.progress;
    assert_eq!(press(&mut play, false), []);
    assert_eq!(send(&mut play, bank::Event::Picture { ticket: first, at_s: 2.1 }), []);
    assert_eq!((play.state.bank.progress, play.state.bank.film), (paused, None));
    let second = film(&press(&mut play, false));
    assert_ne!(first, second);
    send(&mut play, bank::Event::Picture { ticket: second, at_s: 50.0 });
    assert!((play.state.bank.progress - paused).abs() < 1e-9, "however long it paused");
    // Whoever moves the slider takes over.
    send(&mut play, bank::Event::ProgressMoved(0.2));
    assert_eq!((play.state.bank.progress, play.state.bank.film), (0.2, None));
}

#[test]
fn without_motion_it_is_one_step_from_end_to_end() {
    let mut play = trained();
    for expected in [0.0, 1.0, 0.0] {
        assert_eq!(press(&mut play, true), []);
        assert_eq!((play.state.bank.progress, play.state.bank.film), (expected, None));
    }
    send(&mut play, bank::Event::ProgressMoved(0.4));
    press(&mut play, true);
    assert_eq!(play.state.bank.progress, 1.0);
}

#[test]
fn what_is_held_is_selected_until_it_is_dropped() {
    let mut play = trained();
    let drag = Drag { filter: 3, grip: Grip::Centre, offset: [1.0, 0.0] };
    send(&mut play, bank::Event::Grabbed(drag));
    assert_eq!((play.state.selected, play.state.bank.drag), (3, Some(drag)));
    let focused = send(&mut play, bank::Event::Dropped);
    assert_eq!((play.state.selected, play.state.bank.drag), (3, None));
    assert_eq!(focused, [Effect::Bank(bank::Effect::Focus(3))], "keys go on with it");
    assert_eq!(send(&mut play, bank::Event::Dropped), []);
}

#[test]
fn another_model_is_seen_as_it_was_learned() {
    let mut play = trained();
    let ticket = film(&press(&mut play, false));
    send(&mut play, bank::Event::Grabbed(Drag { filter: 0, grip: Grip::Edge, offset: [0.0; 2] }));
    play.give(&["other.safetensors"]).all_well();
    assert_eq!(play.state.bank, Bank::default());
    assert_eq!(send(&mut play, bank::Event::Picture { ticket, at_s: 9.0 }), []);
}

#[test]
fn without_a_model_there_is_no_film() {
    let mut play = Play::opened(None);
    assert_eq!(press(&mut play, false), []);
    assert!(play.state.marks().is_empty() && play.state.mark(0).is_none());
    assert_eq!(play.state.neighbour(Move::Next), None);
}

#[test]
fn marks_are_what_a_person_made_of_them() {
    let mut play = trained();
    let change = Change { centre_hz: 99.0, bandwidth_hz: 33.0, on: false };
    play.state.adjust.changes.insert(1, change);
    send(&mut play, bank::Event::ProgressMoved(0.0));
    let mark = play.state.mark(1).unwrap();
    assert_eq!([mark.now.centre_hz, mark.now.bandwidth_hz], [99.0, 33.0]);
    assert!(mark.moved && !mark.on && play.state.mark(0).unwrap().on);
}

#[test]
fn keys_go_from_row_to_row() {
    let mut play = Play::opened(None);
    let mut package = (*heart()).clone();
    package.filters.swap(0, 3);
    play.package = Some(Rc::new(package));
    play.answer(End::Badly);
    play.all_well();
    assert_eq!(play.state.model.as_ref().unwrap().responses.order(), [3, 1, 2, 0]);
    play.send(Event::FilterMoved(Move::First));
    let rows = [Move::Next, Move::Next, Move::Next, Move::Next, Move::Previous].map(|to| {
        play.send(Event::FilterMoved(to));
        play.state.selected
    });
    assert_eq!(rows, [1, 2, 0, 0, 2]);
}

#[test]
fn a_field_that_is_left_shows_what_counts() {
    let mut play = trained();
    let before = play.state.clone();
    send(&mut play, bank::Event::FieldLeft);
    assert_ne!(play.state.bank.fields_left, before.bank.fields_left, "so the field is drawn again");
    assert_eq!((play.state.marks(), play.state.selected), (before.marks(), before.selected));
}
