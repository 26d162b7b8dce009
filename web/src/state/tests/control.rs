//! Stopping, trying again, other devices, and the time that is left.

use super::super::control::{Effect as Wish, Event as Act};
use super::*;

/// A model that is somewhere else.
const ELSEWHERE: &str = "https://a.example/mine.safetensors";

fn cancel(play: &mut Play) -> &mut Play {
    play.send(Event::Control(Act::Cancelled))
}

fn retry(play: &mut Play) -> &mut Play {
    play.send(Event::Control(Act::Retried))
}

fn pick(play: &mut Play, choice: DeviceChoice) -> &mut Play {
    play.send(Event::Control(Act::DevicePicked(choice)))
}

fn model_in_use(play: &Play) -> &Model {
    play.state.model.as_ref().expect("a model")
}

#[test]
fn a_model_that_could_not_be_had_is_tried_again() {
    let mut play = Play::opened(Some(ELSEWHERE));
    play.answer(End::Well).answer(End::Well).answer(End::Badly).all_well();
    assert!(play.state.can_retry());
    retry(&mut play);
    assert_eq!((play.text(), play.state.troubles().as_str()), ("Loading mine.safetensors (from the address)", ""));
    assert!(!play.state.can_retry() && play.state.chosen == 2);
    // Again in vain: now another model is in use, and the reason is the page's error.
    play.answer(End::Badly);
    assert_eq!((play.phase(), play.state.chosen), (Phase::Failed, 0));
    assert!(play.error().ends_with("Still in use: Heart sounds."), "{}", play.error());
    assert!(play.state.can_retry() && play.state.troubles().is_empty(), "it is said once");
    play.give(&["a.wav"]).all_well();
    assert!(play.state.troubles().contains("it is broken"), "it is still said when the page has gone on");
    retry(&mut play).all_well();
    assert_eq!((model_in_use(&play).source, play.result().0), (2, "a.wav"));
    assert!(!play.state.can_retry() && play.state.troubles().is_empty());
}

#[test]
fn a_model_that_a_person_chooses_ends_the_trouble_with_the_one_before() {
    let mut play = Play::opened(Some(ELSEWHERE));
    play.answer(End::Well).answer(End::Well).answer(End::Badly).all_well();
    play.send(Event::ModelPicked(1)).all_well();
    assert!(!play.state.can_retry() && play.state.troubles().is_empty());
}

#[test]
fn a_file_that_is_no_model_is_not_tried_again() {
    let mut play = Play::ready(false);
    play.give(&["text.safetensors"]).answer(End::Badly);
    assert!(play.phase() == Phase::Failed && !play.state.can_retry());
}

#[test]
fn a_broken_file_that_comes_before_the_menu_leaves_the_page_with_the_shipped_model() {
    let mut play = Play::opened(None);
    play.give(&["text.safetensors"]);
    play.outstanding.swap(0, 2);
    play.answer(End::Badly);
    assert_eq!(play.phase(), Phase::Failed);
    play.all_well();
    assert_eq!((play.phase(), model_in_use(&play).name.as_str()), (Phase::Ready, "Heart sounds"));
    assert_eq!(play.state.troubles(), "“text.safetensors (your file)”: it is broken.");
}

#[test]
fn without_a_list_of_models_the_usual_one_is_used_and_the_list_is_tried_again() {
    let mut play = Play::opened(None);
    play.answer(End::Badly).answer(End::Badly);
    assert_eq!((play.phase(), play.text()), (Phase::Loading, "Loading Heart sounds"));
    play.all_well();
    assert_eq!(play.phase(), Phase::Ready);
    assert_eq!(play.state.troubles(), "The list of models cannot be had: it is broken.");
    assert!(play.state.can_retry());
    retry(&mut play).all_well();
    // It is on the list too, and stands there once.
    let names: Vec<&str> = play.state.sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!((names, play.state.chosen), (vec!["Scenes", "Heart sounds"], 1));
    assert!(play.phase() == Phase::Ready && play.state.troubles().is_empty() && !play.state.can_retry());
}

#[test]
fn where_list_and_model_are_missing_both_are_tried_again() {
    let mut play = Play::opened(None);
    play.answer(End::Badly).answer(End::Badly).answer(End::Badly);
    assert_eq!((play.phase(), play.error()), (Phase::Failed, "“Heart sounds”: it is broken."));
    assert_eq!(play.state.troubles(), "The list of models cannot be had: it is broken.");
    retry(&mut play);
    let again = |effect: &Effect| matches!(effect, Effect::FetchMenu | Effect::ReadModel { .. });
    assert_eq!(play.outstanding.iter().filter(|effect| again(effect)).count(), 2);
    play.all_well();
    assert!(play.phase() == Phase::Ready && !play.state.can_retry());
}

#[test]
fn a_model_at_an_address_that_fails_without_a_list_leads_to_the_usual_one() {
    let mut play = Play::opened(Some(ELSEWHERE));
    play.answer(End::Badly).answer(End::Badly).answer(End::Badly).all_well();
    assert_eq!((play.phase(), model_in_use(&play).name.as_str()), (Phase::Ready, "Heart sounds"));
    let said = play.state.troubles();
    assert!(said.contains("The list of models") && said.contains("mine.safetensors"), "{said}");
}

#[test]
fn a_run_that_is_cancelled_leaves_its_recording_for_another_one() {
    let mut play = Play::done();
    assert!(!play.state.can_cancel());
    let before = play.state.clone();
    assert_eq!(cancel(&mut play).state, before, "nothing goes on");
    play.send(Event::WholePicked(true));
    let (run, _) = play.run();
    assert!(play.state.can_cancel());
    cancel(&mut play);
    assert_eq!((play.phase(), play.text()), (Phase::Ready, "Cancelled"));
    assert!(play.asked.contains(&Effect::Stop(run)) && play.state.progress.is_none() && play.outstanding.is_empty());
    assert_eq!(play.asked.last(), Some(&Effect::Control(Wish::KeepFocus)));
    play.send(Event::WholePicked(false)).all_well();
    assert_eq!((play.phase(), play.result().0), (Phase::Done, "first.wav"));
}

#[test]
fn a_recording_that_is_being_read_is_cancelled() {
    let mut play = Play::ready(false);
    play.give(&["a.wav"]);
    let reading = play.outstanding[0].clone();
    cancel(&mut play);
    assert_eq!((play.phase(), play.text()), (Phase::Ready, "Cancelled"));
    assert_eq!((&play.state.recording, play.stopped.as_slice()), (&Recording::None, &[reading][..]));
}

#[test]
fn a_model_on_its_way_is_cancelled_and_the_one_in_use_stays() {
    let mut play = Play::done();
    play.give(&["mine.safetensors"]);
    cancel(&mut play);
    assert_eq!((play.phase(), play.text()), (Phase::Ready, "Cancelled"));
    assert_eq!((play.state.chosen, play.state.sources.len()), (0, 2));
    assert!(play.state.troubles().is_empty() && play.state.result.is_some());
}

#[test]
fn a_cancelled_model_of_the_address_makes_way_for_the_shipped_one() {
    let mut play = Play::opened(Some(ELSEWHERE));
    play.answer(End::Well).answer(End::Well);
    cancel(&mut play);
    assert_eq!(play.text(), "Loading Heart sounds");
    cancel(&mut play);
    assert_eq!((play.phase(), play.text()), (Phase::Failed, "Cancelled"));
    assert_eq!(play.error(), "No model is loaded: choose or drop a model file (.safetensors).");
    assert!(play.state.can_retry());
    retry(&mut play).all_well();
    assert_eq!(play.phase(), Phase::Ready);
}

#[test]
fn another_device_is_taken_while_the_page_goes_on() {
    let mut play = Play::done();
    play.send(Event::ThresholdMoved(0.95));
    let before = play.state.result.clone();
    pick(&mut play, DeviceChoice::Graphics);
    assert!(play.phase() == Phase::Done && play.state.result == before && play.state.is_busy());
    play.answer(End::Well);
    assert_eq!((play.phase(), play.text()), (Phase::Compiling, "Compiling the model's shaders"));
    assert!(!play.state.can_cancel(), "the model would be on neither device");
    play.all_well();
    assert!(model_in_use(&play).on_gpu && play.state.model.as_ref().is_some_and(|model| model.source == 0));
    assert_eq!(play.result(), ("first.wav", Some("normal")), "the threshold stays where it was put");
    pick(&mut play, DeviceChoice::Cpu).all_well();
    assert!(!model_in_use(&play).on_gpu && play.phase() == Phase::Done);
    assert_eq!(play.count(|effect| matches!(effect, Effect::ReadModel { .. })), 1, "the file is not read again");
}

#[test]
fn the_cpu_in_place_of_the_cpu_changes_nothing() {
    let mut play = Play::done();
    let engine = model_in_use(&play).engine.clone();
    pick(&mut play, DeviceChoice::Graphics).answer(End::Badly);
    assert!(play.outstanding.is_empty() && model_in_use(&play).engine == engine && play.phase() == Phase::Done);
    let before = play.state.clone();
    assert_eq!(pick(&mut play, DeviceChoice::Graphics).state, before, "it is chosen already");
}

#[test]
fn of_two_devices_the_later_one_is_taken() {
    let mut play = Play::ready(false);
    pick(&mut play, DeviceChoice::Graphics);
    let first = play.outstanding[0].clone();
    pick(&mut play, DeviceChoice::Cpu);
    assert_eq!(play.stopped, std::slice::from_ref(&first));
    let (late, before) = (play.answer_of(&first, End::Well), play.state.clone());
    assert_eq!(play.send(late).state, before, "an answer that comes too late changes nothing");
    play.all_well();
    assert!(!model_in_use(&play).on_gpu);
}

#[test]
fn a_device_that_is_chosen_while_the_first_is_looked_for_comes_after_it() {
    let mut play = Play::opened(None);
    pick(&mut play, DeviceChoice::Cpu);
    assert_eq!(play.outstanding, [Effect::ChooseBackend, Effect::FetchMenu]);
    play.answer(End::Well);
    assert!(matches!(
        play.outstanding.last(),
        Some(Effect::Control(Wish::FindDevice { choice: DeviceChoice::Cpu, .. }))
    ));
    play.all_well();
    assert!(play.phase() == Phase::Ready && !model_in_use(&play).on_gpu);
}

#[test]
fn a_device_that_comes_in_the_middle_of_a_run_begins_it_again() {
    let mut play = Play::ready(true);
    play.give(&["a.wav"]).answer(End::Well);
    let (run, _) = play.run();
    pick(&mut play, DeviceChoice::Cpu);
    play.outstanding.swap(0, 1);
    play.answer(End::Well);
    assert!(play.asked.contains(&Effect::Stop(run)));
    play.all_well();
    assert!(play.result().0 == "a.wav" && !model_in_use(&play).on_gpu);
}

#[test]
fn a_device_that_comes_in_the_middle_of_a_warm_up_begins_it_again() {
    let mut play = Play::ready(true);
    play.send(Event::ModelPicked(1)).answer(End::Well);
    let warming = play.outstanding[0].clone();
    pick(&mut play, DeviceChoice::Cpu);
    play.outstanding.swap(0, 1);
    play.answer(End::Well);
    assert_eq!(play.stopped, [warming]);
    play.all_well();
    assert!(model_in_use(&play).source == 1 && !model_in_use(&play).on_gpu);
}

#[test]
fn the_address_forces_a_device() {
    let (state, todo) = update(State::default(), Event::Control(Act::DeviceAsked(DeviceChoice::named("webgpu"))));
    assert_eq!((state.control.device, todo), (DeviceChoice::Graphics, vec![]));
    assert_eq!(DeviceChoice::ALL.map(|choice| DeviceChoice::named(choice.name())), DeviceChoice::ALL);
    assert_eq!(["", "gpu", "CPU"].map(DeviceChoice::named), [DeviceChoice::Automatic; 3]);
}

#[test]
fn the_time_that_is_left_follows_from_the_pace_so_far() {
    let mut play = Play::ready(false);
    play.give(&["a.wav"]).answer(End::Well);
    let ticket = play.run().0;
    let done = |play: &mut Play, seconds: f64, now_s: f64| {
        play.send(Event::Judging { ticket, step: Step::Done { downmix: 0, downmixes: 1, seconds } });
        play.send(Event::Control(Act::Timed { ticket, now_s }));
        play.state.time_left()
    };
    assert_eq!(done(&mut play, 0.0, 100.0), "");
    assert_eq!(done(&mut play, 6.0, 100.5), "", "half a second says little");
    // A fifth of 60 s took 2 s.
    assert_eq!(done(&mut play, 12.0, 102.0), "about 8 s left");
    assert_eq!(done(&mut play, 30.0, 105.0), "about 5 s left");
    // Of something that is not going on nothing is taken down.
    let before = play.state.clone();
    play.send(Event::Control(Act::Timed { ticket: Ticket::default(), now_s: 110.0 }));
    assert_eq!(play.state, before);
    // Where nobody knows how much there is, nobody knows how long it takes.
    play.send(Event::Judging { ticket, step: Step::Elsewhere });
    play.send(Event::Control(Act::Timed { ticket, now_s: 111.0 }));
    assert_eq!(play.state.time_left(), "");
    play.all_well();
    assert_eq!(play.state.time_left(), "");
}

#[test]
fn a_run_that_begins_again_has_a_pace_of_its_own() {
    let mut play = Play::ready(false);
    play.give(&["a.wav"]).answer(End::Well);
    let first = play.run().0;
    for (seconds, now_s) in [(0.0, 10.0), (30.0, 20.0)] {
        play.send(Event::Judging { ticket: first, step: Step::Done { downmix: 0, downmixes: 1, seconds } });
        play.send(Event::Control(Act::Timed { ticket: first, now_s }));
    }
    assert_eq!(play.state.time_left(), "about 10 s left");
    play.send(Event::WholePicked(true));
    assert_eq!(play.state.time_left(), "");
}

#[test]
fn more_files_than_are_taken_at_once_are_not_left_out_silently() {
    let mut play = Play::ready(false);
    play.send(Event::Control(Act::FilesLeft(2000)));
    assert!(play.state.troubles().contains("2000") && !play.state.can_retry());
}
