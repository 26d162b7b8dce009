//! From a chosen file to a recording.

use super::*;

#[test]
fn a_file_is_read_judged_and_shown() {
    let mut play = Play::ready(false);
    play.give(&["a\u{202e}b.wav"]);
    assert_eq!(play.phase(), Phase::Running);
    assert!(play.text().starts_with("Reading a") && !play.text().contains('\u{202e}'), "{}", play.text());
    assert!(play.asked.contains(&Effect::RevealResult));
    play.answer(End::Well);
    assert!(play.phase() == Phase::Running && play.text().starts_with("Preparing "));
    assert_eq!(play.state.progress, Some(Progress { part: Some(0.0), text: "0 of 60 s".into() }));
    play.answer(End::Well);
    assert!(play.phase() == Phase::Done && play.text().starts_with("Done: "), "{}", play.text());
    assert_eq!((play.state.progress.as_ref(), play.result().1), (None, Some("abnormal")));
    let elapsed = "loaded in 2.0 s, warmed up in 500 ms, classified in 2.0 s (500 ms a window)";
    assert_eq!(play.state.elapsed, elapsed);
    let note = play.state.recording_note();
    assert!(
        note.ends_with("100.0 s, of which the first 60 s are used at 2000 Hz; the model takes it at 1000 Hz"),
        "{note}"
    );
}

#[test]
fn a_broken_file_takes_the_result_away_and_says_why_until_a_good_one_comes() {
    let mut play = Play::done();
    play.give(&["empty.wav"]);
    assert!(play.state.result.is_none() && play.state.timeline.is_none() && play.state.recording_note().is_empty());
    play.answer(End::Badly);
    assert_eq!((play.phase(), play.text()), (Phase::Failed, "empty.wav could not be read"));
    assert_eq!(play.error(), "It is broken.");
    play.give(&["good.wav"]);
    assert_eq!((play.phase(), play.error()), (Phase::Running, ""), "the error goes");
    play.all_well();
    assert_eq!((play.phase(), play.result()), (Phase::Done, ("good.wav", Some("abnormal"))));
}

#[test]
fn of_two_files_the_later_one_is_read() {
    let mut play = Play::ready(false);
    play.give(&["first.wav"]);
    let first = play.outstanding[0].clone();
    play.give(&["second.wav"]);
    assert_eq!(play.stopped, std::slice::from_ref(&first));
    for end in [End::Well, End::Badly] {
        let (late, before) = (play.answer_of(&first, end), play.state.clone());
        play.send(late);
        assert_eq!(play.state, before, "an answer that comes too late changes nothing");
    }
    play.all_well();
    assert_eq!(play.result().0, "second.wav");
}

#[test]
fn a_recording_waits_for_the_model_that_is_on_its_way() {
    let mut play = Play::opened(None);
    play.answer(End::Well).answer(End::Well);
    play.give(&["a.wav"]);
    assert_eq!(play.text(), "Reading a.wav");
    // The recording is there first.
    play.outstanding.reverse();
    play.answer(End::Well);
    assert_eq!((play.phase(), play.text()), (Phase::Loading, "Loading Heart sounds"));
    assert_eq!(play.count(|effect| matches!(effect, Effect::Judge { .. })), 0);
    play.all_well();
    assert_eq!((play.phase(), play.result().0), (Phase::Done, "a.wav"));
}

#[test]
fn a_model_that_is_there_first_does_not_hide_that_a_recording_is_read() {
    let mut play = Play::opened(None);
    play.answer(End::Well).answer(End::Well);
    play.give(&["a.wav"]);
    play.answer(End::Well);
    play.outstanding.reverse();
    play.answer(End::Well);
    assert_eq!((play.phase(), play.text()), (Phase::Running, "Reading a.wav"));
    play.all_well();
    assert_eq!(play.phase(), Phase::Done);
}

#[test]
fn what_is_wrong_with_a_recording_is_still_said_when_the_model_is_there() {
    let mut play = Play::opened(None);
    play.answer(End::Well).answer(End::Well);
    play.give(&["empty.wav"]);
    play.outstanding.reverse();
    play.answer(End::Badly);
    assert_eq!(play.text(), "Loading Heart sounds");
    play.all_well();
    assert_eq!((play.phase(), play.text()), (Phase::Failed, "empty.wav could not be read"));
}

#[test]
fn of_several_files_the_first_model_and_all_recordings_count() {
    let mut play = Play::ready(false);
    play.send(Event::Dragging(true));
    play.give(&["a.wav", "one.safetensors", "b.wav", "two.safetensors"]);
    assert!(!play.state.dragging);
    play.all_well();
    assert_eq!((play.state.sources.len(), play.result().0), (3, "b.wav"));
    assert_eq!(play.state.many.rows.len(), 2);
    assert_eq!(play.state.model.as_ref().unwrap().name, "one.safetensors (your file)");
    let before = play.state.clone();
    play.give(&[]);
    assert_eq!(play.state, before);
}

#[test]
fn examples_are_those_of_the_model() {
    let mut play = Play::ready(false);
    play.send(Event::RecordedPicked(0));
    assert_eq!(play.text(), "Fetching heart-normal.flac");
    play.all_well();
    assert_eq!(play.result().0, "heart-normal.flac");
    assert!(play.state.recording_note().contains("e00019"), "{}", play.state.recording_note());
    play.send(Event::SynthesisedPicked { index: 1, seed: 7 });
    assert_eq!(play.text(), "Synthesising a sound");
    play.all_well();
    assert_eq!(play.result().0, "Systolic murmur (synthesised, seed 7)");
    assert!(play.state.recording_note().ends_with("It is synthesised: no patient was recorded."));
    // A model of three scenes has two sounds to synthesise, and none of its own recordings.
    play.package = Some(scenes());
    play.send(Event::ModelPicked(1)).all_well();
    let before = play.state.clone();
    play.send(Event::RecordedPicked(0));
    assert_eq!(play.state, before);
    play.send(Event::SynthesisedPicked { index: 0, seed: 8 }).all_well();
    assert!(play.state.recording_note().ends_with("no place was recorded."), "{}", play.state.recording_note());
}

#[test]
fn every_recording_begins_with_the_channels_of_the_model_and_its_own_beginning() {
    let mut play = Play::done();
    let choice = "separate".parse().ok();
    play.send(Event::ChannelPicked(choice)).send(Event::WholePicked(true));
    assert_eq!((play.run().1.channels, play.run().1.max_seconds), (choice, None));
    play.give(&["second.wav"]);
    assert_eq!((play.state.channel, play.state.whole), (None, false));
    play.answer(End::Well);
    assert_eq!((play.run().1.channels, play.run().1.max_seconds), (None, Some(60.0)));
}
