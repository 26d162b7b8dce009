//! The player.

use spectnet_core::audio::Downmix;

use super::super::player::{Effect as Asked, Event as Happens, Order, Place, RAISED_HZ, Through};
use super::*;
use crate::plot::envelope::Envelope;

impl Play {
    /// Something happens to the player.
    fn player(&mut self, event: Happens) -> &mut Self {
        self.send(Event::Player(event))
    }

    /// What the player asked for, in order.
    fn asked_of_player(&self) -> Vec<&Asked> {
        let asked = self.asked.iter().filter_map(|effect| match effect {
            Effect::Player(asked) => Some(asked),
            _ => None,
        });
        asked.collect()
    }

    /// What was to be played last.
    fn order(&self) -> Order {
        let order = |asked: &&Asked| match asked {
            Asked::Play(order) => Some((**order).clone()),
            _ => None,
        };
        self.asked_of_player().iter().rev().find_map(order).expect("something was to be played")
    }

    /// How often something was to be played.
    fn orders(&self) -> usize {
        self.asked_of_player().iter().filter(|asked| matches!(asked, Asked::Play(_))).count()
    }

    /// Something sounds at this time.
    fn at(&mut self, position_s: f64) -> &mut Self {
        let ticket = self.order().ticket;
        self.player(Happens::At { ticket, position_s })
    }

    /// What plays has come to its end, or failed.
    fn ended(&mut self, answer: crate::failure::Result<()>) -> &mut Self {
        let ticket = self.order().ticket;
        self.player(Happens::Ended { ticket, answer })
    }

    /// A pointer goes down, moves and goes up, each place in pixels; a tenth of a second a pixel.
    fn pointer(&mut self, from: f64, to: f64, selects: bool) -> &mut Self {
        let place = |x: f64| Place { at_s: x / 10.0, x };
        self.player(Happens::Pressed { place: place(from), selects });
        self.player(Happens::Dragged(place((from + to) / 2.0)));
        self.player(Happens::Released(place(to)))
    }
}

#[test]
fn without_a_recording_nothing_plays_and_settings_are_kept() {
    let mut play = Play::ready(false);
    play.player(Happens::Toggled).player(Happens::PartAsked([1.0, 2.0])).player(Happens::SpeedPicked(0.5));
    play.player(Happens::VolumeMoved(7.0)).player(Happens::SpeedPicked(f64::NAN));
    assert!(!play.state.player.is_there() && play.state.player.playing.is_none());
    assert_eq!(play.asked_of_player(), [&Asked::Volume(1.0)]);
    play.give(&["a.wav"]).all_well();
    assert!(play.state.player.is_there());
    assert_eq!((play.state.player.speed, play.state.player.volume), (0.5, 1.0));
}

#[test]
fn it_plays_pauses_and_goes_on_where_it_was() {
    let mut play = Play::done();
    play.player(Happens::Toggled);
    let order = play.order();
    assert_eq!((order.from_s, order.part, order.repeats, order.length_s), (0.0, [0.0, 60.0], false, 60.0));
    assert_eq!((order.programme.downmix, &order.programme.conditioning), (Downmix::Mean, &None));
    play.at(12.5).player(Happens::Toggled);
    assert!(play.state.player.playing.is_none());
    assert_eq!(play.asked_of_player().last(), Some(&&Asked::Silence));
    assert!(play.asked.contains(&Effect::Stop(order.ticket)));
    // What comes too late does not move it.
    play.at(20.0);
    assert_eq!(play.state.player.position_s, 12.5);
    play.player(Happens::Toggled);
    assert_eq!(play.order().from_s, 12.5);
}

#[test]
fn at_the_end_it_stops_and_begins_again_at_the_beginning() {
    let mut play = Play::done();
    play.player(Happens::Toggled).at(59.99).ended(Ok(()));
    assert_eq!((play.state.player.position_s, &play.state.player.playing), (60.0, &None));
    play.player(Happens::Toggled);
    assert_eq!(play.order().from_s, 0.0);
}

#[test]
fn why_nothing_plays_is_said_until_something_does() {
    let mut play = Play::done();
    play.player(Happens::Toggled).ended(Err(Failure::reason("there is no device.")));
    let player = &play.state.player;
    assert_eq!((player.problem.as_deref(), &player.playing), (Some("It cannot be played: there is no device."), &None));
    play.player(Happens::Toggled);
    assert_eq!(play.state.player.problem, None);
}

#[test]
fn a_click_and_keys_go_to_a_time() {
    let mut play = Play::done();
    play.pointer(200.0, 203.0, true);
    assert_eq!((play.state.player.position_s, play.state.player.selection, play.orders()), (20.3, None, 0));
    play.player(Happens::Toggled).player(Happens::Stepped(5.0));
    assert!((play.order().from_s - 25.3).abs() < 1e-9 && play.orders() == 2, "it goes on from there");
    play.player(Happens::Stepped(-100.0)).player(Happens::Sought(f64::NAN));
    assert_eq!(play.order().from_s, 0.0);
    play.player(Happens::Sought(1e9));
    assert_eq!(play.state.player.position_s, 60.0);
    // On a plot where nothing is selected, a movement goes to where it ends.
    play.pointer(100.0, 300.0, false);
    assert_eq!((play.state.player.position_s, play.state.player.selection), (30.0, None));
}

#[test]
fn a_part_is_selected_by_dragging_either_way_and_repeated() {
    let mut play = Play::done();
    play.pointer(300.0, 100.0, true).player(Happens::Toggled);
    let order = play.order();
    assert_eq!((order.part, order.repeats, order.from_s), ([10.0, 30.0], true, 10.0));
    // Within it the loop goes on; outside it there is none any more.
    play.player(Happens::Sought(20.0));
    assert_eq!((play.order().part, play.order().from_s), ([10.0, 30.0], 20.0));
    play.player(Happens::Sought(40.0));
    assert_eq!((play.order().part, play.order().repeats, play.state.player.selection), ([0.0, 60.0], false, None));
}

#[test]
fn a_selection_that_is_abandoned_or_too_short_leaves_the_one_before() {
    let mut play = Play::done();
    play.pointer(100.0, 200.0, true);
    let place = |at_s: f64, x: f64| Place { at_s, x };
    play.player(Happens::Pressed { place: place(30.0, 300.0), selects: true });
    play.player(Happens::Dragged(place(50.0, 500.0)));
    assert_eq!(play.state.player.selection, Some([30.0, 50.0]), "it is seen on the way");
    play.player(Happens::Abandoned);
    assert_eq!((play.state.player.selection, play.state.player.drag), (Some([10.0, 20.0]), None));
    // Many pixels, but hardly any time.
    play.player(Happens::Pressed { place: place(30.0, 300.0), selects: true });
    play.player(Happens::Released(place(30.05, 350.0)));
    assert_eq!(play.state.player.selection, Some([10.0, 20.0]));
}

#[test]
fn a_part_is_selected_by_numbers_and_wrong_ones_are_named() {
    let mut play = Play::done();
    play.player(Happens::Typed([5.0, f64::NAN]));
    assert_eq!(play.state.player.selection, Some([5.0, 60.0]));
    play.player(Happens::Typed([5.0, 99.0]));
    assert_eq!(play.state.player.selection, Some([5.0, 60.0]));
    play.player(Happens::Typed([8.0, 7.0]));
    let player = &play.state.player;
    let said = "From 8.00 to 7.00 s there is nothing: a part has at least 0.1 s.";
    assert_eq!((player.problem.as_deref(), player.selection), (Some(said), Some([5.0, 60.0])));
    play.player(Happens::Typed([f64::NAN; 2]));
    assert_eq!((&play.state.player.problem, play.state.player.selection), (&None, None));
    play.player(Happens::Typed([1.0, 2.0])).player(Happens::Toggled).player(Happens::SelectionCleared);
    assert_eq!((play.order().part, play.order().repeats, play.order().from_s), ([0.0, 60.0], false, 1.0));
}

#[test]
fn a_part_that_is_asked_for_elsewhere_is_played_once() {
    let mut play = Play::done();
    play.player(Happens::PartAsked([3.5, 6.0]));
    let order = play.order();
    assert_eq!((order.from_s, order.part, order.repeats), (3.5, [3.5, 6.0], false));
    play.at(5.0).ended(Ok(())).player(Happens::PartAsked([f64::NAN, 3.0])).player(Happens::PartAsked([70.0, 80.0]));
    assert_eq!((play.orders(), play.state.player.position_s), (1, 6.0));
    play.player(Happens::Toggled);
    assert_eq!((play.order().from_s, play.order().part), (6.0, [0.0, 60.0]));
}

#[test]
fn another_recording_silences_it_and_another_model_does_not() {
    let mut play = Play::done();
    play.player(Happens::Typed([1.0, 2.0])).player(Happens::Toggled).at(1.5);
    let ticket = play.order().ticket;
    play.give(&["b.safetensors"]).all_well();
    assert!(play.state.player.playing.is_some() && play.orders() == 1, "the recording is the same");
    play.give(&["b.wav"]).all_well();
    let player = &play.state.player;
    assert_eq!((&player.playing, player.position_s, player.selection), (&None, 0.0, None));
    assert!(play.asked.contains(&Effect::Stop(ticket)));
    assert_eq!(play.asked_of_player()[1..], [&Asked::Silence, &Asked::Forget]);
    assert!(player.is_there(), "the new one can be played");
}

#[test]
fn what_is_selected_is_there_to_be_seen() {
    let mut play = Play::done();
    // All of it is judged, 100 s, and then only its beginning again.
    play.send(Event::WholePicked(true)).all_well();
    play.player(Happens::Typed([70.0, 80.0]));
    assert_eq!(play.state.player.selection, Some([70.0, 80.0]));
    play.send(Event::WholePicked(false));
    assert_eq!(play.state.player.selection, None);
}

#[test]
fn what_it_is_set_to_plays_at_once_from_where_it_is() {
    let mut play = Play::done();
    play.player(Happens::Toggled).at(7.0).player(Happens::SpeedPicked(0.5));
    assert_eq!((play.order().from_s, play.order().speed, play.orders()), (7.0, 0.5, 2));
    play.at(8.0).player(Happens::RaisedPicked(true));
    assert_eq!((play.order().programme.raised_hz, play.order().from_s), (2.0 * RAISED_HZ, 8.0));
    play.player(Happens::ThroughPicked(Through::Conditioned));
    let programme = play.order().programme;
    assert_eq!((programme.conditioning.unwrap().max_seconds, programme.gain), (Some(60.0), None));
    let before = play.orders();
    play.player(Happens::VolumeMoved(0.3)).player(Happens::ThroughPicked(Through::Conditioned));
    assert_eq!(play.orders(), before, "nothing else is played");
    play.send(Event::ChannelPicked("2".parse().ok()));
    assert_eq!(play.order().programme.downmix, Downmix::Channel(1));
}

#[test]
fn it_plays_through_one_filter_or_all_of_them() {
    let mut play = Play::done();
    let filters = play.state.model.as_ref().unwrap().package.filters.clone();
    play.send(Event::FilterSelected(2)).player(Happens::ThroughPicked(Through::Filter)).player(Happens::Toggled);
    assert_eq!(play.order().programme.bank.unwrap().filters, filters[2..3]);
    // Another filter sounds as soon as it is selected.
    play.send(Event::FilterSelected(1));
    assert_eq!((play.order().programme.bank.unwrap().filters, play.orders()), (filters[1..2].to_vec(), 2));
    for through in [Through::BankBefore, Through::Bank, Through::SwitchedOn] {
        play.player(Happens::ThroughPicked(through));
        let bank = play.order().programme.bank.unwrap();
        assert_eq!((bank.filters, bank.sample_rate), (filters.clone(), 1000));
    }
    play.player(Happens::ThroughPicked(Through::Recording));
    assert_eq!(play.order().programme.bank, None);
    for through in ["recording", "conditioned", "filter", "bank-before", "bank", "switched-on"] {
        assert_eq!(Through::named(through).map(Through::name), Some(through));
    }
}

#[test]
fn a_quiet_heart_is_made_loud_and_a_scene_is_not() {
    for (package, expected) in [(heart(), 25.0), (scenes(), 1.0)] {
        let mut play = Play::ready(false);
        play.package = Some(package);
        play.give(&["m.safetensors"]).all_well();
        play.give(&["a.wav"]).answer(End::Well);
        let mut waveform = Envelope::default();
        waveform.extend(&vec![0.02; 120_000]);
        let step = Step::Piece { waveform: Rc::new(waveform), taken_s: 60.0, length_s: Some(100.0) };
        let ticket = play.run().0;
        play.send(Event::Judging { ticket, step }).player(Happens::RaisedPicked(true)).player(Happens::Toggled);
        let programme = play.order().programme;
        assert!((programme.gain.unwrap() - expected).abs() < 1e-3, "{programme:?}");
        assert_eq!(programme.raised_hz, if expected > 1.0 { RAISED_HZ } else { 0.0 });
        // What is drawn later does not change what plays.
        let step = Step::Piece { waveform: Rc::default(), taken_s: 60.0, length_s: Some(100.0) };
        play.send(Event::Judging { ticket, step });
        assert_eq!(play.orders(), 1);
        play.all_well();
    }
}
