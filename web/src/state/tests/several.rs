//! Several recordings, one after the other.

use spectnet_core::prediction::assessment::LEAST_OF_EACH;
use spectnet_core::prediction::{Abstention, Reason};

use super::many::{Column, Effect as ListEffect, Event as ListEvent, MOST, Narrow, Scores, Standing, suggestion};
use super::*;
use crate::state::adjust::Event as AdjustEvent;
use crate::state::control::Event as Act;

/// A page on which three recordings were given, the first of which is being read.
fn three() -> Play {
    let mut play = Play::ready(false);
    play.give(&["a.wav", "b.wav", "c.wav"]);
    play
}

/// A person does something with the list.
fn list(play: &mut Play, event: ListEvent) -> &mut Play {
    play.send(Event::Many(event))
}

/// How the rows stand, in short.
fn standings(play: &Play) -> Vec<&str> {
    let short = |standing: &Standing| match standing {
        Standing::Waiting => "waiting",
        Standing::Working => "working",
        Standing::Done => "done",
        Standing::Failed(_) => "failed",
    };
    play.state.many.rows.iter().map(|row| short(&row.standing)).collect()
}

/// The names of the rows that are looked at, in their order.
fn names(play: &Play) -> Vec<&str> {
    play.state.many.listed().into_iter().map(|row| row.name.as_str()).collect()
}

/// The recording that is on its way.
fn at_hand(play: &Play) -> &str {
    play.state.many.working().map_or("", |row| row.name.as_str())
}

/// Reads and judges the recording at hand, of which the model says this.
fn judge(play: &mut Play, probability: f64) -> &mut Play {
    play.probability = probability;
    play.answer(End::Well).answer(End::Well)
}

/// The text of the last table that was saved.
fn saved(play: &Play) -> &str {
    let text = play.asked.iter().rev().find_map(|effect| match effect {
        Effect::Many(ListEffect::Save(text)) => Some(text.as_str()),
        _ => None,
    });
    text.expect("a table was saved")
}

#[test]
fn a_list_that_is_stopped_keeps_nothing_of_a_recording_seen_through_changed_filters() {
    let mut play = Play::ready(false);
    play.give(&["a.wav", "b.wav"]);
    judge(&mut play, 0.9).answer(End::Well);
    adjust::keep(&mut play).all_well();
    let moved = AdjustEvent::Moved { filter: 1, centre_hz: 120.0, bandwidth_hz: 40.0 };
    play.send(Event::Adjust(moved)).all_well();
    assert!(play.state.adjust.is_seen());
    // A model is on its way: the recording in the panels waits to be judged again.
    play.give(&["another.safetensors"]);
    list(&mut play, ListEvent::Stopped);
    assert!(!play.state.adjust.is_seen() && play.state.result.is_none());
}

#[test]
fn the_player_goes_with_the_recording_where_the_list_goes_on_by_itself() {
    let mut play = three();
    play.answer(End::Well);
    assert!(play.state.player.is_there(), "the first is open");
    play.answer(End::Well);
    assert_eq!(at_hand(&play), "b.wav");
    assert!(!play.state.player.is_there(), "the second is being read");
}

#[test]
fn one_recording_makes_no_list_and_several_do() {
    let mut play = Play::done();
    assert!(!play.state.many.is_shown());
    play.give(&["a.wav", "b.wav"]);
    assert_eq!((play.state.many.rows.len(), at_hand(&play)), (2, "a.wav"));
    play.all_well();
    // What is given while there is a list joins it.
    play.give(&["c.wav"]);
    assert_eq!(standings(&play), ["done", "done", "working"]);
    play.all_well();
    assert_eq!((standings(&play), play.result().0), (vec!["done"; 3], "c.wav"));
}

#[test]
fn they_are_judged_one_after_the_other_and_the_first_is_brought_into_view() {
    let mut play = three();
    assert_eq!((standings(&play), play.text()), (vec!["working", "waiting", "waiting"], "Reading a.wav"));
    let reveals = |play: &Play| play.count(|effect| *effect == Effect::RevealResult);
    assert_eq!(reveals(&play), 1);
    judge(&mut play, 0.9);
    assert_eq!((standings(&play), play.phase()), (vec!["done", "working", "waiting"], Phase::Running));
    assert_eq!(play.count(|effect| matches!(effect, Effect::OpenRecording { .. })), 2, "none is read before its turn");
    judge(&mut play, 0.1);
    judge(&mut play, 0.7);
    assert_eq!((standings(&play), reveals(&play)), (vec!["done"; 3], 1));
    assert!(!play.state.many.going && !play.state.is_busy());
    let verdicts: Vec<_> = play.state.many.rows.iter().filter_map(|row| row.verdict.as_ref()).collect();
    let probabilities: Vec<_> = verdicts.iter().filter_map(|verdict| verdict.probability()).collect();
    assert_eq!(probabilities, [0.9, 0.1, 0.7]);
    assert_eq!((verdicts[1].label.as_deref(), &*verdicts[1].model_name), (Some("normal"), "Heart sounds"));
    assert_eq!((verdicts[0].seconds, verdicts[0].sample_rate), (Some(100.0), 2000));
}

#[test]
fn one_that_fails_says_why_and_the_next_one_is_judged() {
    let mut play = three();
    play.answer(End::Badly);
    assert_eq!((standings(&play), at_hand(&play)), (vec!["failed", "working", "waiting"], "b.wav"));
    // Read, but not judged.
    play.answer(End::Well).answer(End::Badly);
    assert_eq!((standings(&play), at_hand(&play)), (vec!["failed", "failed", "working"], "c.wav"));
    play.all_well();
    assert_eq!((standings(&play), play.phase()), (vec!["failed", "failed", "done"], Phase::Done));
    assert_eq!(play.state.many.rows[1].standing, Standing::Failed("It is broken.".into()));
}

#[test]
fn the_list_says_how_long_it_still_takes() {
    let mut play = three();
    let told = |play: &mut Play, seconds: f64, now_s: f64| {
        let ticket = play.run().0;
        play.send(Event::Judging { ticket, step: Step::Done { downmix: 0, downmixes: 1, seconds } });
        play.send(Event::Control(Act::Timed { ticket, now_s }));
        play.state.many.time_left()
    };
    play.answer(End::Well);
    assert_eq!(told(&mut play, 0.0, 100.0), "");
    // Half of the first of three took 5 s: a sixth of all.
    assert_eq!(told(&mut play, 30.0, 105.0), "about 25 s left");
    play.answer(End::Well).answer(End::Well);
    assert_eq!(at_hand(&play), "b.wav");
    assert_eq!(told(&mut play, 30.0, 115.0), "about 15 s left");
    // While it does not go on, nothing is left to wait for; then it has a pace of its own.
    list(&mut play, ListEvent::Stopped);
    assert_eq!(play.state.many.time_left(), "");
    list(&mut play, ListEvent::WentOn);
    play.answer(End::Well);
    assert_eq!(told(&mut play, 0.0, 300.0), "");
    assert_eq!(told(&mut play, 30.0, 310.0), "about 30 s left");
    // One more, and of all a smaller part is done.
    play.give(&["d.wav"]);
    assert_eq!(told(&mut play, 30.0, 311.0), "");
    play.all_well();
    assert_eq!((standings(&play), play.state.many.time_left()), (vec!["done"; 4], String::new()));
}

#[test]
fn the_list_is_stopped_and_goes_on() {
    for reads in [true, false] {
        let mut play = three();
        judge(&mut play, 0.9);
        if !reads {
            play.answer(End::Well);
        }
        list(&mut play, ListEvent::Stopped);
        assert!(play.outstanding.is_empty() && play.phase() == Phase::Ready, "{:?}", play.state.status);
        assert_eq!(standings(&play), ["done", "waiting", "waiting"]);
        list(&mut play, ListEvent::WentOn);
        assert_eq!(at_hand(&play), "b.wav");
        play.all_well();
        assert_eq!(standings(&play), ["done"; 3]);
    }
}

#[test]
fn a_recording_is_opened_again_and_the_list_waits_meanwhile() {
    let mut play = three();
    judge(&mut play, 0.9);
    list(&mut play, ListEvent::Opened(1));
    assert_eq!(standings(&play), ["working", "waiting", "waiting"]);
    judge(&mut play, 0.2);
    assert_eq!((standings(&play), play.result().0), (vec!["done", "waiting", "waiting"], "a.wav"));
    assert!(!play.state.is_busy());
    assert_eq!(play.state.many.rows[0].verdict.as_ref().unwrap().probability(), Some(0.2));
    // One that waits can be opened before its turn, and one that failed once more.
    list(&mut play, ListEvent::Opened(3)).answer(End::Badly);
    assert_eq!(standings(&play), ["done", "waiting", "failed"]);
    list(&mut play, ListEvent::Opened(3)).all_well();
    assert_eq!(standings(&play), ["done", "waiting", "done"]);
    // What is just being judged goes on, and nothing after it.
    list(&mut play, ListEvent::WentOn);
    list(&mut play, ListEvent::Opened(2)).all_well();
    list(&mut play, ListEvent::AllAgain);
    list(&mut play, ListEvent::Opened(1)).all_well();
    assert_eq!(standings(&play), ["done", "waiting", "waiting"]);
    let before = play.state.clone();
    list(&mut play, ListEvent::Opened(99));
    assert_eq!(play.state, before);
}

#[test]
fn another_recording_takes_the_place_of_the_list() {
    let mut play = three();
    play.answer(End::Well);
    play.send(Event::RecordedPicked(0)).all_well();
    assert_eq!((play.result().0, standings(&play)), ("heart-normal.flac", vec!["waiting"; 3]));
    list(&mut play, ListEvent::WentOn).all_well();
    assert_eq!(standings(&play), ["done"; 3]);
}

#[test]
fn a_model_that_comes_in_the_middle_judges_what_is_left_until_all_are_judged_again() {
    let mut play = three();
    judge(&mut play, 0.9);
    play.answer(End::Well);
    play.package = Some(scenes());
    play.send(Event::ModelPicked(1));
    assert_eq!((standings(&play), play.phase()), (vec!["done", "working", "waiting"], Phase::Loading));
    play.all_well();
    let models = |play: &Play| -> Vec<String> {
        let verdicts = play.state.many.rows.iter().filter_map(|row| row.verdict.as_ref());
        verdicts.map(|verdict| verdict.model_name.to_string()).collect()
    };
    assert_eq!(models(&play), ["Heart sounds", "Scenes", "Scenes"]);
    assert_eq!(play.state.many.rows[0].verdict.as_ref().unwrap().label.as_deref(), Some("abnormal"));
    list(&mut play, ListEvent::AllAgain);
    assert_eq!(standings(&play), ["working", "waiting", "waiting"]);
    assert_eq!(models(&play)[0], "Heart sounds", "what was said stays until it is judged again");
    play.all_well();
    assert_eq!(models(&play), ["Scenes"; 3]);
}

#[test]
fn a_model_that_cannot_be_loaded_leaves_the_list_waiting() {
    let mut play = three();
    play.answer(End::Well);
    play.send(Event::ModelPicked(1)).answer(End::Badly);
    assert_eq!((standings(&play), play.phase()), (vec!["waiting"; 3], Phase::Failed));
    list(&mut play, ListEvent::WentOn).all_well();
    assert_eq!(standings(&play), ["done"; 3]);
}

#[test]
fn a_list_waits_for_the_model_that_is_on_its_way() {
    let mut play = Play::opened(None);
    play.give(&["a.wav", "b.wav", "c.safetensors"]);
    assert_eq!(standings(&play), ["working", "waiting"]);
    play.all_well();
    assert_eq!((standings(&play), play.phase()), (vec!["done"; 2], Phase::Done));
}

#[test]
fn a_graphics_device_that_fails_costs_no_recording() {
    let mut play = Play::ready(true);
    play.give(&["a.wav", "b.wav"]).answer(End::Well).answer(End::Device);
    assert_eq!((standings(&play), play.phase()), (vec!["working", "waiting"], Phase::Compiling));
    play.all_well();
    assert_eq!(standings(&play), ["done"; 2]);
}

#[test]
fn recordings_are_taken_off_the_list() {
    let mut play = three();
    list(&mut play, ListEvent::Removed(1));
    assert!(play.asked.contains(&Effect::Many(ListEffect::Focus(Some(2)))));
    assert_eq!((names(&play), at_hand(&play)), (vec!["b.wav", "c.wav"], "b.wav"));
    list(&mut play, ListEvent::Removed(3)).all_well();
    assert_eq!((names(&play), standings(&play)), (vec!["b.wav"], vec!["done"]));
    list(&mut play, ListEvent::Removed(2));
    assert!(!play.state.many.is_shown() && play.result().0 == "b.wav", "a result that is shown stays");
    play.give(&["x.wav", "y.wav"]);
    list(&mut play, ListEvent::Cleared);
    assert!(!play.state.many.is_shown() && play.outstanding.is_empty() && play.phase() == Phase::Ready);
    play.give(&["z.wav"]).all_well();
    assert_eq!((play.result().0, play.state.many.is_shown()), ("z.wav", false));
}

#[test]
fn a_list_has_room_for_so_many_and_leaves_out_what_holds_no_sound() {
    let mut play = Play::ready(false);
    let names: Vec<String> = (0..MOST + 3).map(|number| format!("{number}.wav")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).chain(["._1.wav", "notes.TXT", "heart"]).collect();
    play.give(&names);
    assert_eq!(play.state.many.rows.len(), MOST);
    let note = &play.state.many.note;
    assert!(
        note.starts_with("2 files were left out that by their names hold no sound. 4 files were left out"),
        "{note}"
    );
    let mut play = Play::ready(false);
    play.give(&["a.txt", "b.png"]);
    assert_eq!((play.phase(), play.text()), (Phase::Failed, "None of these files holds a recording"));
    play.give(&["a.wav", "b.png"]);
    assert!(!play.state.many.is_shown() && play.text() == "Reading a.wav");
}

#[test]
fn rows_are_called_as_the_threshold_says_and_only_those_of_the_model_in_use() {
    let mut play = three();
    judge(&mut play, 0.9);
    judge(&mut play, 0.6);
    play.all_well();
    let labels = |play: &Play| -> Vec<Option<String>> {
        play.state.many.rows.iter().map(|row| row.verdict.as_ref().and_then(|verdict| verdict.label.clone())).collect()
    };
    play.send(Event::ThresholdMoved(0.8));
    assert_eq!(labels(&play)[..2], [Some("abnormal".into()), Some("normal".into())]);
    play.send(Event::ModelPicked(0)).all_well();
    play.send(Event::ThresholdMoved(0.95));
    assert_eq!(labels(&play)[0].as_deref(), Some("abnormal"), "another model said so, by its own threshold");
}

#[test]
fn the_list_is_sorted_searched_and_narrowed() {
    let mut play = Play::ready(false);
    play.give(&["B.wav", "a.wav", "c.wav", "d.wav"]);
    for probability in [0.9, 0.1, 0.6] {
        judge(&mut play, probability);
    }
    play.answer(End::Badly);
    let mut sorted = |column| {
        list(&mut play, ListEvent::Sorted(column));
        names(&play).join(" ")
    };
    assert_eq!(sorted(Column::Name), "a.wav B.wav c.wav d.wav");
    assert_eq!(sorted(Column::Name), "d.wav c.wav B.wav a.wav");
    assert_eq!(sorted(Column::Probability), "a.wav c.wav B.wav d.wav");
    assert_eq!(sorted(Column::Probability), "B.wav c.wav a.wav d.wav", "what has no number comes last");
    assert_eq!(sorted(Column::HeartRate), "B.wav a.wav c.wav d.wav");
    let mut narrowed = |narrow: Narrow| {
        assert_eq!(Narrow::of_value(&narrow.value()), narrow);
        list(&mut play, ListEvent::Narrowed(narrow));
        names(&play).join(" ")
    };
    assert_eq!(narrowed(Narrow::Label("normal".into())), "a.wav");
    assert_eq!((narrowed(Narrow::Failed), narrowed(Narrow::Abstained)), ("d.wav".into(), String::new()));
    assert_eq!(narrowed(Narrow::All), "B.wav a.wav c.wav d.wav");
    list(&mut play, ListEvent::Searched(" b.W".into()));
    assert_eq!(names(&play), ["B.wav"]);
    list(&mut play, ListEvent::Turned(7));
    assert_eq!(play.state.many.page_of(120), (2, 3));
    assert_eq!(play.state.many.page_of(0), (0, 1));
}

#[test]
fn the_table_has_every_recording_and_no_formula() {
    let mut play = Play::ready(false);
    play.give(&["=cmd|' '!A1.wav", "b,\"c\".wav", "-1.wav"]);
    judge(&mut play, 0.9);
    play.answer(End::Badly);
    list(&mut play, ListEvent::Stopped);
    list(&mut play, ListEvent::TableAsked);
    let threshold = play.state.decision().unwrap().threshold().unwrap();
    let expected = format!(
        "file,label,abstained,probability of normal,probability of abnormal,heart_rate_bpm,quality,seconds,sample_rate,\
         model,threshold,given_label,not_judged\r\n\
         '=cmd|' '!A1.wav,abnormal,,0.1,0.9,,,100.000,2000,Heart sounds,{threshold},,\r\n\
         \"b,\"\"c\"\".wav\",,,,,,,,,,,,It is broken.\r\n\
         '-1.wav,,,,,,,,,,,,waiting\r\n"
    );
    assert_eq!(saved(&play), expected);
}

#[test]
fn labels_come_from_lists_and_folders() {
    let mut play = Play::ready(false);
    play.list = "name,label\na.wav,abnormal\nb,-1\nd.wav,murmur\n".into();
    play.give(&["a.wav", "labels.csv", "x/b.wav", "clinic/Normal/c.wav", "d.wav", "e.wav"]).all_well();
    let known = ["normal", "abnormal"].map(String::from);
    let truths: Vec<_> = play.state.many.rows.iter().map(|row| row.truth(&known)).collect();
    assert_eq!(truths, [Some(1), Some(0), Some(0), None, None]);
    assert_eq!(play.state.many.rows[3].truth_text(&known), Some("murmur"));
    assert_eq!(play.state.many.note, "labels.csv was read: 3 of 5 recordings have a label of a list.");
    // What comes later is labelled too.
    play.list = "1\n".into();
    play.give(&["data/b.wav", "other.csv"]).all_well();
    assert_eq!(play.state.many.rows[5].truth(&known), Some(0));
    assert!(play.state.many.note.starts_with("other.csv gives no labels: its first row has no columns"));
    play.give(&["gone.csv"]).answer(End::Badly);
    assert_eq!(play.state.many.note, "gone.csv gives no labels: it is broken.");
}

#[test]
fn a_list_of_labels_alone_is_no_recording() {
    let mut play = Play::ready(false);
    play.give(&["labels.csv"]);
    assert_eq!((play.phase(), play.text()), (Phase::Failed, "labels.csv holds no recording"));
    assert!(play.outstanding.is_empty() && !play.state.many.is_shown());
}

#[test]
fn results_are_counted_against_the_labels() {
    let mut play = Play::ready(false);
    play.give(&["abnormal/1.wav", "abnormal/2.wav", "normal/3.wav", "normal/4.wav", "5.wav"]);
    assert_eq!(Scores::of(&play.state), None);
    for probability in [0.95, 0.01, 0.01] {
        judge(&mut play, probability);
    }
    play.answer(End::Well);
    let Effect::Judge { ticket, sound, engine, .. } = play.outstanding.remove(0) else { panic!("a run") };
    let mut judged = play.judged(&sound, &engine);
    judged.prediction.abstained = Some(Abstention { reason: Reason::TooNoisy, detail: "Record again.".into() });
    play.send(Event::JudgingEnded { ticket, answer: Ok(Box::new(judged)) });
    play.all_well();
    let scores = Scores::of(&play.state).expect("labelled recordings");
    assert_eq!(scores.counts, [[1, 0, 1], [1, 1, 0]]);
    let said = [scores.accuracy(), scores.found(1), scores.found(0)].map(many::Fraction::text);
    assert_eq!(said, ["67 % (2 of 3)", "50 % (1 of 2)", "100 % (1 of 1)"]);
    assert_eq!((scores.mean_found(), scores.abstained()), (Some(0.75), 1));
    let refused = suggestion(&play.state).expect("a model with a threshold").unwrap_err();
    assert!(refused.contains("2 recordings of the positive class and 1 of the other are too few"), "{refused}");
    let before = play.state.clone();
    list(&mut play, ListEvent::ThresholdTaken);
    assert_eq!(play.state, before, "too few to suggest anything");
}

#[test]
fn a_suggested_threshold_is_put_to_use() {
    let mut play = Play::ready(false);
    let names: Vec<String> = (0..2 * LEAST_OF_EACH)
        .map(|number| format!("{}/{number}.wav", if number < LEAST_OF_EACH { "normal" } else { "abnormal" }))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    play.give(&names);
    for number in 0..names.len() {
        // Normal up to 0.29, abnormal from 0.3 on: far from the threshold of the model.
        let lowest = if number < LEAST_OF_EACH { 0.1 } else { 0.3 };
        judge(&mut play, lowest + number as f64 / 1000.0);
    }
    let found = suggestion(&play.state).expect("labels").expect("enough of each");
    assert!(found.threshold > 0.119 && found.threshold <= 0.32, "{}", found.threshold);
    list(&mut play, ListEvent::ThresholdTaken);
    assert_eq!(play.state.decision().unwrap().threshold(), Some(found.threshold));
    let scores = Scores::of(&play.state).unwrap();
    assert_eq!(scores.counts, [[LEAST_OF_EACH, 0, 0], [0, LEAST_OF_EACH, 0]]);
    assert_eq!(play.result().1, Some("abnormal"), "the result in the panels follows");
}
