//! Recording with the microphone.

use spectnet_core::prediction::Noted;

use super::super::control;
use super::super::microphone::{Button, Effect as Asked, Event as Happens, Length, MOST_S, Problem, Processing, Stage};
use super::*;
use crate::plot::envelope::Envelope;
use crate::plot::raster::LogEnergy;

/// The browser obeys.
const OFF: Processing =
    Processing { echo_cancellation: Some(false), noise_suppression: Some(false), automatic_gain: Some(false) };
/// What recordings are called here.
const NAME: &str = "microphone 2026-11-29 10-40-12";

impl Play {
    fn microphone(&mut self, event: Happens) -> &mut Self {
        self.send(Event::Microphone(event))
    }

    /// The request for the microphone that was asked for last.
    fn recorder(&self) -> Ticket {
        let request = |effect: &Effect| match effect {
            Effect::Microphone(Asked::Record { ticket, .. }) => Some(*ticket),
            _ => None,
        };
        self.asked.iter().rev().find_map(request).expect("the microphone was asked for")
    }

    /// A person has read what will happen, and wants it.
    fn agrees(&mut self) -> &mut Self {
        if self.state.microphone.stage == Stage::Idle {
            self.microphone(Happens::Pressed);
        }
        self.microphone(Happens::Agreed)
    }

    /// The browser gives the microphone.
    fn begins(&mut self, processing: Processing) -> &mut Self {
        let (ticket, capture) = (self.recorder(), self.thing());
        let at = "2026-11-29 10-40-12".into();
        self.microphone(Happens::Began { ticket, at, capture, sample_rate: 48_000, processing })
    }

    /// It records.
    fn recording(&mut self) -> &mut Self {
        self.agrees().begins(OFF)
    }

    fn measures(&mut self, seconds: f64, peak: f64) -> &mut Self {
        let ticket = self.recorder();
        self.microphone(Happens::Measured { ticket, seconds, peak })
    }

    fn grows(&mut self, part: [f64; 2]) -> &mut Self {
        let (ticket, sound) = (self.recorder(), self.thing());
        self.measures(part[1], 0.1).microphone(Happens::Grew { ticket, sound, part })
    }

    fn ends(&mut self, why: Problem) -> &mut Self {
        let ticket = self.recorder();
        self.outstanding.retain(|effect| ticket_of(effect) != Some(ticket));
        self.microphone(Happens::Ended { ticket, why })
    }

    /// The run that is outstanding ends.
    fn judged_now(&mut self, end: End) -> &mut Self {
        let place = self.outstanding.iter().position(|effect| matches!(effect, Effect::Judge { .. }));
        let effect = self.outstanding.remove(place.expect("something is being judged"));
        let event = self.answer_of(&effect, end);
        self.send(event)
    }

    fn runs(&self) -> usize {
        self.count(|effect| matches!(effect, Effect::Judge { .. }))
    }

    fn provisional(&self) -> Option<&str> {
        let notes = self.state.result.as_ref().map_or(&[][..], |result| result.prediction.notes.as_slice());
        notes.iter().find(|note| note.kind == Noted::Provisional).map(|note| note.detail.as_str())
    }

    /// Where the focus was moved last.
    fn focus(&self) -> Option<Button> {
        let button = |effect: &Effect| match effect {
            Effect::Microphone(Asked::Focus(button)) => Some(*button),
            _ => None,
        };
        self.asked.iter().rev().find_map(button)
    }
}

/// What the browser answers in the end, whatever it did before.
pub(super) fn answer(ticket: Ticket, end: End) -> Event {
    let why = match end {
        End::Well => Problem::Lost,
        End::Device => Problem::NoDevice,
        End::Badly => Problem::Denied,
    };
    Event::Microphone(Happens::Ended { ticket, why })
}

/// Something that a person or the browser does.
pub(super) fn act(play: &mut Play, pick: u8) -> &mut Play {
    let seconds = f64::from(pick) / 4.0;
    let ticket = play.state.microphone.ticket();
    let (thing, far) = (play.thing(), (seconds - 30.0).max(0.0));
    let event = match (pick % 8, ticket) {
        (0, _) => Happens::Pressed,
        (1, _) => Happens::LengthPicked(Length::ALL[usize::from(pick / 8) % 4]),
        (2, Some(_)) if pick.is_multiple_of(3) => Happens::Stopped,
        (3 | 4, Some(ticket)) => {
            let processing = if pick > 99 { OFF } else { Processing::default() };
            Happens::Began { ticket, at: "now".into(), capture: thing, sample_rate: 48_000, processing }
        }
        (5, Some(ticket)) => Happens::Measured { ticket, seconds, peak: seconds / 60.0 },
        (6 | 7, Some(ticket)) => Happens::Grew { ticket, sound: thing, part: [far, seconds + 1.0] },
        _ => Happens::Agreed,
    };
    play.microphone(event)
}

/// What must hold of the microphone after every event.
pub(super) fn check(play: &Play) {
    let (state, microphone) = (&play.state, &play.state.microphone);
    let recorders = play.outstanding.iter().filter(|effect| matches!(effect, Effect::Microphone(_)));
    let recorders: Vec<Ticket> = recorders.filter_map(ticket_of).collect();
    assert_eq!(recorders, microphone.ticket().into_iter().collect::<Vec<_>>(), "one owner at most, and it is known");
    assert!(state.can_cancel() || !microphone.is_on());
    if microphone.is_judging() {
        assert!(microphone.is_recording() && state.run.is_none() && state.opening.is_none());
    }
    if microphone.is_recording() {
        assert!(!matches!(state.recording, Recording::Reading { .. }), "two recordings at once");
        assert!(state.player.playing.is_none() && !state.player.is_there(), "it would record what plays");
        assert!(microphone.take().is_some_and(|take| (-60.0..=0.0).contains(&take.level_db())));
    }
    let is_provisional = state.result.is_some() && microphone.is_recording();
    assert_eq!(play.provisional().is_some(), is_provisional, "{:?}", state.status);
}

#[test]
fn nothing_is_asked_before_it_is_explained() {
    let mut play = Play::ready(false);
    play.microphone(Happens::Agreed);
    assert_eq!(play.count(|effect| matches!(effect, Effect::Microphone(_))), 0);
    play.microphone(Happens::Pressed);
    assert_eq!((&play.state.microphone.stage, play.phase()), (&Stage::Explained, Phase::Ready));
    play.microphone(Happens::Pressed);
    assert_eq!((&play.state.microphone.stage, play.focus()), (&Stage::Idle, Some(Button::Open)));
    play.microphone(Happens::LengthPicked(Length::Ten)).agrees();
    let asked = play.outstanding.iter().find_map(|effect| match effect {
        Effect::Microphone(Asked::Record { most_s, .. }) => Some(*most_s),
        _ => None,
    });
    assert_eq!((asked, play.focus()), (Some(10.0), Some(Button::Stop)));
    assert!(play.state.microphone.note.contains("Allow it"), "{}", play.state.microphone.note);
    // Once is enough, and the length is that which was explained.
    play.microphone(Happens::Agreed).microphone(Happens::LengthPicked(Length::Sixty)).microphone(Happens::Pressed);
    assert_eq!((play.outstanding.len(), play.state.microphone.length), (1, Length::Ten));
}

#[test]
fn a_person_can_take_it_back_while_the_browser_asks() {
    let mut play = Play::done();
    play.agrees();
    assert!(play.state.can_cancel() && play.result().0 == "first.wav", "what is at hand stays until it records");
    play.send(Event::Control(control::Event::Cancelled));
    assert_eq!((&play.state.microphone.stage, play.focus()), (&Stage::Explained, Some(Button::Use)));
    assert!(!play.state.is_busy() && play.phase() == Phase::Done);
    // The browser gives it nevertheless.
    play.begins(OFF);
    assert!(!play.state.microphone.is_on() && play.result().0 == "first.wav");
}

#[test]
fn every_refusal_has_its_words_and_can_be_tried_again() {
    let mut play = Play::done();
    let odd = Problem::Failed("it is odd".into());
    for why in [Problem::Insecure, Problem::Denied, Problem::NoDevice, Problem::Busy, odd] {
        let text = why.text(0.0);
        play.agrees().ends(why);
        assert_eq!(play.state.microphone.problem, text);
        assert_eq!((&play.state.microphone.stage, play.focus()), (&Stage::Explained, Some(Button::Use)));
        assert_eq!((play.phase(), play.result().0), (Phase::Done, "first.wav"));
    }
    play.agrees();
    assert_eq!(play.state.microphone.problem, "", "the reason goes when it is tried again");
}

#[test]
fn it_records_as_long_as_was_chosen_and_becomes_a_recording() {
    let mut play = Play::done();
    play.microphone(Happens::Pressed).microphone(Happens::LengthPicked(Length::Ten)).recording();
    assert_eq!((play.phase(), &play.state.recording), (Phase::Running, &Recording::None));
    assert!(play.state.result.is_none() && play.state.timeline.is_none());
    assert_eq!(play.state.microphone.note, "Recording with the microphone.");
    assert_eq!(play.state.announcement(), "", "the note of the microphone is read out");
    play.measures(4.25, 0.5);
    let take = play.state.microphone.take().unwrap();
    assert_eq!((take.level_text(), take.clipped), ("−6 dBFS".into(), false));
    assert_eq!(play.state.microphone.time().unwrap(), "4.2 s recorded, 6 s left");
    play.measures(9.9, 0.0);
    assert_eq!(play.state.microphone.take().unwrap().level_text(), "below −60 dBFS");
    play.measures(10.0, 0.0);
    assert!(!play.state.microphone.is_on());
    assert_eq!((play.state.microphone.note.as_str(), play.focus()), ("Recorded: 10.0 s.", Some(Button::Open)));
    let source = play.outstanding.iter().find_map(|effect| match effect {
        Effect::OpenRecording { source, .. } => Some(source),
        _ => None,
    });
    assert!(matches!(source, Some(RecordingSource::Captured(_))), "{source:?}");
    play.all_well();
    assert_eq!((play.phase(), play.result().0, play.provisional()), (Phase::Done, NAME, None));
    assert!(play.state.player.is_there());
}

#[test]
fn without_a_chosen_length_it_records_until_it_is_stopped_or_as_long_as_there_is_room() {
    let mut play = Play::ready(false);
    play.microphone(Happens::Pressed).microphone(Happens::LengthPicked(Length::UntilStopped)).recording();
    play.measures(MOST_S - 0.1, 0.2);
    assert!(play.state.microphone.is_recording() && play.state.microphone.time().unwrap().contains("10 minutes"));
    play.measures(MOST_S, 0.2).all_well();
    assert_eq!(play.result().0, NAME);

    for cancels in [false, true] {
        play.recording().measures(3.0, 0.2);
        let stop =
            if cancels { Event::Control(control::Event::Cancelled) } else { Event::Microphone(Happens::Stopped) };
        play.send(stop);
        assert_eq!(play.state.microphone.note, "Recorded: 3.0 s.");
        play.all_well();
        assert_eq!((play.phase(), play.result().0), (Phase::Done, NAME));
    }
}

#[test]
fn what_was_stopped_before_anything_came_is_no_recording() {
    let mut play = Play::done();
    play.recording().microphone(Happens::Stopped);
    assert_eq!((play.phase(), play.state.microphone.note.as_str()), (Phase::Ready, "Nothing was recorded."));
    assert!(!play.state.is_busy());
}

#[test]
fn what_was_recorded_so_far_is_judged_again_and_again() {
    let mut play = Play::ready(false);
    play.microphone(Happens::Pressed).microphone(Happens::LengthPicked(Length::Sixty)).recording();
    play.measures(0.9, 0.1);
    assert_eq!(play.runs(), 0);
    play.grows([0.0, 1.0]);
    assert_eq!((play.runs(), play.provisional()), (1, None));
    // While it is judged more comes; only the newest of that is judged next.
    play.grows([0.0, 2.0]).grows([0.0, 3.0]);
    assert_eq!((play.runs(), play.phase()), (1, Phase::Running));
    play.judged_now(End::Well);
    assert_eq!((play.runs(), play.result().0), (2, NAME));
    assert!(play.provisional().unwrap().contains("the first 1.0 s so far"), "{:?}", play.provisional());
    assert!(play.text().contains("about 1.0 s so far"), "{}", play.text());
    assert_eq!((play.phase(), play.state.announcement()), (Phase::Running, String::new()));
    play.judged_now(End::Well);
    assert!(play.provisional().unwrap().contains("the first 3.0 s so far"));
    assert_eq!(play.runs(), 2, "nothing is new");
    play.grows([12.0, 42.0]).judged_now(End::Well);
    assert!(play.provisional().unwrap().contains("the last 30 s so far"));
    assert_eq!(play.state.judged_s(), 30.0);
}

#[test]
fn what_is_seen_stays_until_the_next_run_has_ended() {
    let mut play = Play::ready(false);
    play.recording().grows([0.0, 1.0]).judged_now(End::Well).grows([0.0, 2.0]);
    let (result, timeline) = (play.state.result.clone(), play.state.timeline.clone());
    let (ticket, _) = play.run();
    let waveform = Rc::new(Envelope::default());
    for step in [
        Step::Piece { waveform: waveform.clone(), taken_s: 2.0, length_s: Some(2.0) },
        Step::Image(Rc::new(LogEnergy::new(4))),
        Step::Done { downmix: 0, downmixes: 1, seconds: 2.0 },
        Step::Kept(Handle::new(1_u64)),
    ] {
        play.send(Event::Judging { ticket, step });
    }
    assert!(play.state.result == result && play.state.timeline == timeline && play.state.progress.is_none());
    play.judged_now(End::Well);
    let timeline = play.state.timeline.as_ref().unwrap();
    assert!(Rc::ptr_eq(&timeline.waveform, &waveform) && play.state.adjust.kept.is_some());
    assert_eq!(timeline.extent.taken_s, 2.0);
}

#[test]
fn a_part_without_a_result_is_said_and_the_next_is_judged() {
    let mut play = Play::ready(false);
    play.recording().grows([0.0, 1.0]).judged_now(End::Badly);
    assert!(play.text().contains("it is broken") && play.phase() == Phase::Running, "{}", play.text());
    play.grows([0.0, 2.0]).judged_now(End::Well);
    assert!(play.provisional().is_some() && !play.text().contains("broken"));
}

#[test]
fn where_the_graphics_device_fails_the_cpu_goes_on() {
    let mut play = Play::ready(true);
    play.recording().grows([0.0, 1.0]).judged_now(End::Device);
    assert_eq!(play.phase(), Phase::Compiling);
    play.grows([0.0, 2.0]);
    assert_eq!(play.runs(), 1, "not before there is a device");
    let place = play.outstanding.iter().position(|effect| matches!(effect, Effect::WarmUp { .. })).unwrap();
    let warm_up = play.outstanding.remove(place);
    let warm = play.answer_of(&warm_up, End::Well);
    play.send(warm).grows([0.0, 3.0]).judged_now(End::Well);
    assert!(play.provisional().unwrap().contains("3.0 s"));
}

#[test]
fn a_microphone_that_goes_leaves_what_it_gave() {
    let mut play = Play::ready(false);
    play.recording().grows([0.0, 1.0]).measures(2.5, 0.1).ends(Problem::Lost);
    let microphone = &play.state.microphone;
    assert!(microphone.problem.contains("unplugged") && microphone.problem.contains("kept"), "{}", microphone.problem);
    assert_eq!(microphone.note, "Recorded: 2.5 s.");
    play.all_well();
    assert_eq!((play.phase(), play.result().0, play.provisional()), (Phase::Done, NAME, None));
    assert!(!play.state.microphone.problem.is_empty(), "it stays to be read");

    play.recording().ends(Problem::Stalled);
    assert!(play.state.microphone.problem.contains("Nothing was recorded"), "{}", play.state.microphone.problem);
    assert_eq!(play.phase(), Phase::Ready);
}

#[test]
fn another_recording_stops_the_microphone() {
    let mut play = Play::ready(false);
    play.recording().grows([0.0, 1.0]).judged_now(End::Well).grows([0.0, 2.0]).give(&["other.wav"]);
    assert!(!play.state.microphone.is_on() && play.state.microphone.note.contains("stopped"));
    play.all_well();
    assert_eq!((play.result().0, play.provisional()), ("other.wav", None));

    // And the microphone stops the reading of a file, and a list that goes on.
    play.give(&["a.wav", "b.wav"]).recording();
    assert!(!play.state.many.going && play.outstanding.len() == 1, "{:?}", play.outstanding);
}

#[test]
fn another_model_judges_what_is_recorded_from_then_on() {
    let mut play = Play::ready(false);
    play.recording().grows([0.0, 1.0]).send(Event::ModelPicked(1));
    assert!(play.state.microphone.is_recording() && !play.state.microphone.is_judging());
    play.grows([0.0, 2.0]);
    assert_eq!(play.runs(), 1, "not before the model is there");
    play.package = Some(scenes());
    while play.state.opening.is_some() {
        let loads = |effect: &Effect| matches!(effect, Effect::ReadModel { .. } | Effect::WarmUp { .. });
        let place = play.outstanding.iter().position(loads).unwrap();
        let effect = play.outstanding.remove(place);
        let event = play.answer_of(&effect, End::Well);
        play.send(event);
    }
    play.grows([0.0, 3.0]).judged_now(End::Well);
    assert_eq!(play.result(), (NAME, Some("beach")));
}

#[test]
fn what_the_browser_does_to_the_sound_is_said_during_and_after() {
    let mut play = Play::ready(false);
    let processing = Processing { noise_suppression: Some(true), ..OFF };
    play.agrees().begins(processing);
    assert!(play.state.microphone.note.contains("does not switch off: noise suppression"));
    play.measures(5.0, 1.0);
    assert!(play.state.microphone.take().is_some_and(|take| take.clipped && take.level_text() == "0 dBFS"));
    play.measures(5.1, 0.1);
    assert!(play.state.microphone.take().is_some_and(|take| take.clipped), "once clipped it stays so");
    play.microphone(Happens::Stopped).all_well();
    assert!(play.state.recording_note().contains("The browser changed the sound"), "{}", play.state.recording_note());
}

#[test]
fn nothing_plays_while_it_records() {
    let mut play = Play::done();
    play.send(Event::Player(super::super::player::Event::Toggled));
    assert!(play.state.player.playing.is_some());
    play.recording().grows([0.0, 2.0]).judged_now(End::Well);
    play.send(Event::Player(super::super::player::Event::Toggled));
    assert!(play.state.player.playing.is_none());
    play.microphone(Happens::Stopped).all_well();
    assert!(play.state.player.is_there());
}
