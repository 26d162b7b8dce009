//! From opening the page to a model that works.

use super::*;

#[test]
fn the_page_opens_with_the_first_model_of_the_menu() {
    let mut play = Play::opened(None);
    assert_eq!((play.phase(), play.text()), (Phase::Loading, "Looking for a graphics device"));
    assert_eq!(play.asked, [Effect::ChooseBackend, Effect::FetchMenu]);
    // The menu is there first, and the model is read before the device is known.
    play.outstanding.reverse();
    play.answer(End::Well);
    assert_eq!((play.phase(), play.text(), play.state.chosen), (Phase::Loading, "Loading Heart sounds", 0));
    let model = play.outstanding.pop().unwrap();
    let Effect::ReadModel { ticket, source } = &model else { panic!("{model:?}") };
    assert_eq!(source.origin, Origin::Address("weights/heart.safetensors".into()));
    let event = Event::Received { ticket: *ticket, received: 1e6, total: Some(4e6) };
    let read = play.answer_of(&model, End::Well);
    play.outstanding.push(model);
    play.send(event);
    let progress = Progress { part: Some(0.25), text: "1.0 MB of 4.0 MB".into() };
    assert_eq!(play.state.progress, Some(progress));
    play.outstanding.pop();
    play.send(read);
    assert_eq!(play.outstanding, [Effect::ChooseBackend], "it waits for the device");
    play.answer(End::Well);
    assert_eq!((play.phase(), play.text()), (Phase::Compiling, "Compiling the model's shaders"));
    assert!(matches!(&play.outstanding[..], [Effect::WarmUp { gpu: Some(_), .. }]));
    play.answer(End::Well);
    assert_eq!((play.phase(), play.text()), (Phase::Ready, "Ready: choose or drop a recording"));
    assert_eq!(play.state.elapsed, "loaded in 2.0 s, warmed up in 500 ms");
    assert!(play.state.model.as_ref().unwrap().on_gpu && !play.state.is_busy());
}

#[test]
fn the_address_names_a_model() {
    let mut play = Play::opened(Some("https://a.example/models/mine.safetensors?v=2"));
    play.all_well();
    assert_eq!(play.state.sources.len(), 3);
    let model = play.state.model.as_ref().unwrap();
    assert_eq!((model.name.as_str(), play.state.chosen), ("mine.safetensors (from the address)", 2));
    assert_eq!(play.count(|effect| matches!(effect, Effect::ReadModel { .. })), 1);
    // An empty one is none.
    let mut play = Play::opened(Some(""));
    play.all_well();
    assert_eq!((play.state.sources.len(), play.state.chosen), (2, 0));
}

#[test]
fn a_model_at_an_address_that_fails_leaves_the_menu_and_the_shipped_one_is_used() {
    let mut play = Play::opened(Some("https://a.example/mine.safetensors"));
    play.answer(End::Well).answer(End::Well).answer(End::Badly);
    assert_eq!((play.phase(), play.text()), (Phase::Loading, "Loading Heart sounds"));
    assert_eq!((play.state.sources.len(), play.state.chosen), (2, 0));
    play.all_well();
    assert_eq!((play.phase(), play.state.model.as_ref().unwrap().source), (Phase::Ready, 0));
    assert_eq!(play.state.troubles(), "“mine.safetensors (from the address)”: it is broken.");
    play.give(&["a.wav"]).all_well();
    assert_eq!((play.phase(), play.result().0), (Phase::Done, "a.wav"));
}

#[test]
fn without_any_model_a_recording_cannot_be_judged_and_the_first_of_the_menu_can_be_chosen() {
    let mut play = Play::opened(None);
    play.answer(End::Well).answer(End::Well).answer(End::Badly);
    assert_eq!((play.phase(), play.text()), (Phase::Failed, "The model could not be loaded"));
    play.give(&["a.wav"]).all_well();
    assert_eq!((play.phase(), play.text()), (Phase::Failed, "No model"));
    play.send(Event::ModelPicked(0)).all_well();
    assert_eq!((play.phase(), play.result().0), (Phase::Done, "a.wav"));
}

#[test]
fn a_page_without_models_takes_one_that_is_dropped() {
    let mut play = Play::opened(None);
    play.answer(End::Badly);
    play.outstanding.clear();
    play.send(Event::MenuFetched(Ok(Vec::new())));
    assert_eq!((play.phase(), play.text()), (Phase::Failed, "No model"));
    assert_eq!(play.error(), "No model is shipped with this page: choose or drop a model file (.safetensors).");
    play.give(&["mine.SafeTensors"]).all_well();
    assert_eq!(play.phase(), Phase::Ready);
    assert_eq!(play.state.model.as_ref().unwrap().name, "mine.SafeTensors (your file)");
}

#[test]
fn a_model_that_is_dropped_before_the_menu_is_there_is_the_one_that_is_used() {
    let mut play = Play::opened(None);
    play.give(&["mine.safetensors"]);
    assert_eq!(play.text(), "Loading mine.safetensors (your file)");
    play.all_well();
    assert_eq!(play.count(|effect| matches!(effect, Effect::ReadModel { .. })), 1);
    assert_eq!((play.state.chosen, play.state.model.as_ref().unwrap().source), (2, 2));
}

#[test]
fn a_broken_model_leaves_the_one_in_use() {
    let mut play = Play::ready(false);
    for name in ["truncated.safetensors", "text.safetensors"] {
        play.give(&[name]);
        assert_eq!((play.phase(), play.state.chosen), (Phase::Loading, 2));
        play.answer(End::Badly);
        assert_eq!((play.phase(), play.state.chosen, play.state.sources.len()), (Phase::Failed, 0, 2));
        assert_eq!(play.error(), format!("“{name} (your file)”: it is broken. Still in use: Heart sounds."));
    }
    play.give(&["a.wav"]).all_well();
    assert_eq!((play.phase(), play.error(), play.result()), (Phase::Done, "", ("a.wav", Some("abnormal"))));
}

#[test]
fn a_shipped_model_that_fails_stays_in_the_menu() {
    let mut play = Play::ready(false);
    play.send(Event::ModelPicked(1)).answer(End::Badly);
    assert_eq!((play.phase(), play.state.sources.len(), play.state.chosen), (Phase::Failed, 2, 0));
    // There is nothing at such a place.
    let before = play.state.clone();
    play.send(Event::ModelPicked(7));
    assert_eq!(play.state, before);
}

#[test]
fn where_the_graphics_device_fails_the_cpu_takes_over() {
    let mut play = Play::opened(None);
    play.answer(End::Well).answer(End::Well).answer(End::Well).answer(End::Device);
    assert_eq!(play.state.backend, Some(Backend::cpu("WebGPU failed (lost)")));
    assert_eq!((play.phase(), play.text()), (Phase::Compiling, "Warming up the model"));
    assert!(matches!(&play.outstanding[..], [Effect::WarmUp { gpu: None, .. }]));
    play.answer(End::Well);
    assert!(play.phase() == Phase::Ready && !play.state.model.as_ref().unwrap().on_gpu);
    // The CPU has nobody behind it.
    play.send(Event::ModelPicked(0)).answer(End::Well).answer(End::Device);
    assert_eq!((play.phase(), play.text()), (Phase::Failed, "The model could not be loaded"));
}

#[test]
fn another_model_judges_the_recording_at_hand() {
    let mut play = Play::done();
    assert_eq!(play.result(), ("first.wav", Some("abnormal")));
    let heart = play.state.result.clone();
    play.package = Some(scenes());
    play.send(Event::ModelPicked(1));
    assert_eq!(play.state.result, heart, "what is seen stays until the new model works");
    play.all_well();
    assert_eq!((play.phase(), play.result()), (Phase::Done, ("first.wav", Some("beach"))));
    play.package = Some(super::heart());
    play.send(Event::ModelPicked(0)).all_well();
    assert_eq!(play.result(), ("first.wav", Some("abnormal")));
}

#[test]
fn another_model_stops_the_run_of_the_one_before() {
    let mut play = Play::ready(false);
    play.give(&["a.wav"]).answer(End::Well);
    let (run, _) = play.run();
    play.send(Event::ModelPicked(1));
    assert!(play.asked.contains(&Effect::Stop(run)) && play.state.progress.is_none());
    assert_eq!(play.text(), "Loading Scenes");
    play.all_well();
    assert_eq!(play.phase(), Phase::Done);
}

#[test]
fn of_two_models_the_later_one_is_used() {
    let mut play = Play::ready(false);
    play.send(Event::ModelPicked(1));
    let first = play.outstanding[0].clone();
    play.give(&["mine.safetensors"]);
    assert_eq!(play.stopped, std::slice::from_ref(&first));
    let late = play.answer_of(&first, End::Well);
    let before = play.state.clone();
    play.send(late);
    assert_eq!(play.state, before, "an answer that comes too late changes nothing");
    play.all_well();
    assert_eq!(play.state.model.as_ref().unwrap().name, "mine.safetensors (your file)");
}

#[test]
fn keys_and_pointer_select_a_filter() {
    let mut play = Play::ready(false);
    play.send(Event::FilterSelected(1));
    assert_eq!(play.state.selected, 1);
    play.send(Event::FilterSelected(9));
    assert_eq!(play.state.selected, 1, "there are four");
    let focused = |play: &mut Play, to| {
        let before = play.asked.len();
        play.send(Event::FilterMoved(to));
        (play.state.selected, play.asked[before..].to_vec())
    };
    let moves = [(Move::Next, 2), (Move::Last, 3), (Move::Previous, 2), (Move::First, 0)];
    for (to, filter) in moves {
        assert_eq!(focused(&mut play, to), (filter, vec![Effect::FocusFilter(filter)]), "{to:?}");
    }
    assert_eq!(focused(&mut play, Move::Previous), (0, vec![]), "it is the first one");
}
