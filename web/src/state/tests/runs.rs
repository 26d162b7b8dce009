//! A recording on its way through the model.

use spectnet_core::prediction::{Abstention, Reason};

use super::*;
use crate::plot::envelope::Envelope;
use crate::plot::raster::LogEnergy;

/// A page on which a recording is being judged, and the run.
fn judging(play: &mut Play) -> Ticket {
    play.give(&["a.wav"]).answer(End::Well);
    play.run().0
}

fn piece(taken_s: f64, length_s: Option<f64>) -> Step {
    let mut waveform = Envelope::default();
    waveform.extend(&[0.1, -0.2]);
    Step::Piece { waveform: Rc::new(waveform), taken_s, length_s }
}

#[test]
fn what_comes_out_on_the_way_is_seen() {
    let mut play = Play::ready(false);
    let ticket = judging(&mut play);
    assert!(play.state.timeline.as_ref().unwrap().waveform.is_empty());
    play.send(Event::Judging { ticket, step: piece(60.0, Some(100.0)) });
    assert_eq!((play.phase(), play.text()), (Phase::Running, "Classifying a.wav"));
    let image = Rc::new(LogEnergy::new(4));
    play.send(Event::Judging { ticket, step: Step::Image(image.clone()) });
    let timeline = play.state.timeline.as_ref().unwrap();
    assert!(!timeline.waveform.is_empty() && Rc::ptr_eq(&timeline.image, &image));
    // Half of the second of two downmixes.
    play.send(Event::Judging { ticket, step: Step::Done { downmix: 1, downmixes: 2, seconds: 30.0 } });
    assert_eq!(play.state.progress, Some(Progress { part: Some(0.75), text: "45 of 60 s".into() }));
    play.send(Event::Judging { ticket, step: Step::Elsewhere });
    assert_eq!((play.text(), play.state.progress.as_ref()), ("Looking for a heart in the rest of a.wav", None));
    play.all_well();
    assert_eq!(play.phase(), Phase::Done);
}

#[test]
fn a_second_recording_takes_the_place_of_the_one_that_is_judged() {
    let mut play = Play::ready(false);
    let ticket = judging(&mut play);
    let first = play.outstanding[0].clone();
    play.give(&["b.wav"]);
    assert!(play.asked.contains(&Effect::Stop(ticket)) && play.state.progress.is_none());
    let ended = play.answer_of(&first, End::Well);
    for late in [Event::Judging { ticket, step: piece(60.0, None) }, ended] {
        let before = play.state.clone();
        play.send(late);
        assert_eq!(play.state, before, "what comes too late changes nothing");
    }
    play.all_well();
    assert_eq!(play.result().0, "b.wav");
}

#[test]
fn where_nothing_can_be_said_the_status_says_why() {
    let mut play = Play::ready(false);
    judging(&mut play);
    let Effect::Judge { ticket, sound, engine, .. } = play.outstanding.remove(0) else { panic!("a run") };
    let mut judged = play.judged(&sound, &engine);
    judged.prediction.abstained = Some(Abstention { reason: Reason::Silent, detail: "Check the cable.".into() });
    play.send(Event::JudgingEnded { ticket, answer: Ok(Box::new(judged)) });
    assert_eq!((play.phase(), play.text()), (Phase::Done, "Done: a.wav. Cannot say: silent"));
    assert_eq!(play.result(), ("a.wav", None));
}

#[test]
fn a_recording_that_cannot_be_judged_is_named() {
    let mut play = Play::ready(false);
    judging(&mut play);
    play.answer(End::Device);
    assert_eq!((play.phase(), play.text()), (Phase::Failed, "a.wav could not be classified"));
    assert!(play.error() == "Lost." && play.state.result.is_none());
}

#[test]
fn where_the_graphics_device_fails_in_the_middle_the_cpu_begins_again() {
    let mut play = Play::ready(true);
    play.send(Event::ThresholdMoved(0.95));
    judging(&mut play);
    play.answer(End::Device);
    assert_eq!(play.state.backend, Some(Backend::cpu("WebGPU failed (lost)")));
    let said = "The graphics device failed: starting again on the CPU";
    assert_eq!((play.phase(), play.text()), (Phase::Compiling, said));
    assert!(matches!(&play.outstanding[..], [Effect::WarmUp { gpu: None, .. }]));
    play.answer(End::Well);
    assert_eq!((play.phase(), play.text()), (Phase::Running, "Preparing a.wav"));
    play.all_well();
    // The threshold stays where it was put.
    assert_eq!(play.result(), ("a.wav", Some("normal")));
    let mut play = Play::ready(true);
    judging(&mut play);
    play.answer(End::Device).answer(End::Device);
    assert_eq!((play.phase(), play.text()), (Phase::Failed, "The model stopped"));
}

#[test]
fn all_of_a_recording_is_judged_when_asked() {
    let mut play = Play::done();
    assert!(play.state.offers_whole());
    play.send(Event::WholePicked(true));
    assert_eq!((play.phase(), play.run().1.max_seconds), (Phase::Running, None));
    assert!(play.state.result.is_none() && !play.state.recording_note().contains("first 60 s"));
    assert!(play.state.offers_whole(), "it can be taken back");
    play.all_well();
    play.send(Event::WholePicked(false));
    assert_eq!(play.run().1.max_seconds, Some(60.0));
    assert!(play.state.recording_note().contains("first 60 s are used"));
}

#[test]
fn a_length_that_no_header_says_is_known_where_the_recording_ends() {
    let mut play = Play::ready(false);
    play.give(&["pipe.flac"]);
    let Effect::OpenRecording { ticket, .. } = play.outstanding.remove(0) else { panic!("a recording") };
    let opened = OpenedRecording { sound: play.thing(), sample_rate: 2000, channels: 1, length_s: None };
    play.send(Event::RecordingOpened { ticket, answer: Ok(opened) });
    let run = play.run().0;
    assert!(play.state.recording_note().contains("unknown length, of which the first 60 s are used"));
    assert!(!play.state.offers_whole());
    play.send(Event::Judging { ticket: run, step: piece(60.0, None) });
    assert!(play.state.offers_whole(), "there may be more");
    play.send(Event::WholePicked(true));
    let run = play.run().0;
    assert_eq!(play.state.progress, Some(Progress { part: None, text: "0 s".into() }));
    play.send(Event::Judging { ticket: run, step: piece(60.0, None) });
    assert!(play.state.recording_note().contains("60.0 s so far"), "{}", play.state.recording_note());
    play.send(Event::Judging { ticket: run, step: piece(100.0, Some(100.0)) });
    assert!(play.state.recording_note().contains("100.0 s at 2000 Hz"), "{}", play.state.recording_note());
    play.all_well();
    // Back to the beginning: now the length is known.
    play.send(Event::WholePicked(false));
    assert!(play.state.recording_note().contains("100.0 s, of which the first 60 s are used"));
}

#[test]
fn the_channel_that_is_chosen_is_judged() {
    let mut play = Play::done();
    for text in ["2", "separate", "mean"] {
        let choice = text.parse().ok();
        play.send(Event::ChannelPicked(choice));
        assert_eq!((play.phase(), play.run().1.channels), (Phase::Running, choice));
        play.all_well();
    }
    play.send(Event::ChannelPicked(None));
    assert_eq!(play.run().1.channels, None);
}

#[test]
fn a_choice_in_the_middle_of_a_run_begins_another() {
    let mut play = Play::ready(false);
    let first = judging(&mut play);
    play.send(Event::WholePicked(true));
    let second = play.run().0;
    assert!(first != second && play.asked.contains(&Effect::Stop(first)));
    play.send(Event::ChannelPicked("1".parse().ok()));
    assert!(play.run().0 != second && play.run().1.max_seconds.is_none());
    play.all_well();
    assert_eq!(play.phase(), Phase::Done);
}

#[test]
fn only_a_result_is_saved() {
    let mut play = Play::ready(false);
    play.send(Event::SaveAsked);
    assert_eq!(play.count(|effect| matches!(effect, Effect::Save(_))), 0);
    play.give(&["a.wav"]).all_well();
    play.send(Event::SaveAsked);
    let Some(Effect::Save(document)) = play.asked.last() else { panic!("{:?}", play.asked.last()) };
    assert_eq!((document.name.as_str(), document.kind), ("a.spectnet.json", "application/json"));
    play.send(Event::SavingFailed("no room".into()));
    let said = (play.phase(), play.text(), play.error());
    assert_eq!(said, (Phase::Failed, "The result could not be saved", "No room."));
}
