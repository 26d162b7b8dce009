//! Filters that a person moves or switches off.

use super::*;
use crate::plot::raster::LogEnergy;
use crate::result::RecordingResult;
use crate::state::adjust::{Change, Event as Adjusting, Follow, Followed};
use spectnet_core::prediction::{Note, Noted};

/// The probability of `abnormal` by filters that were changed.
const CHANGED: f64 = 0.25;

/// A recording through changed filters: the same windows and another probability.
pub(super) fn followed(play: &Play, _: &Follow) -> Followed {
    let before = play.state.adjust.before.as_ref().map(|before| before.result.prediction.clone());
    let mut prediction = before.unwrap_or_else(|| play.judged(&Handle::new(0_u64), &Handle::new(0_u64)).prediction);
    prediction.notes.clear();
    if let Some(abnormal) = prediction.probabilities.get_mut("abnormal") {
        *abnormal = CHANGED;
        prediction.probabilities.insert("normal".into(), 1.0 - CHANGED);
    }
    Followed { prediction, image: Rc::new(LogEnergy::new(4)), only_s: None }
}

/// Something that a person can do to the filters.
pub(super) fn act(play: &mut Play, pick: u8) -> &mut Play {
    let (filter, hz) = (usize::from(pick % 6), f64::from(pick));
    let event = match pick % 7 {
        0 => Adjusting::Reset,
        1 | 2 => Adjusting::Switched { filter, on: pick.is_multiple_of(2) },
        3 => Adjusting::Moved { filter, centre_hz: f64::NAN, bandwidth_hz: hz },
        _ => Adjusting::Moved { filter, centre_hz: 3.0 * hz - 40.0, bandwidth_hz: hz },
    };
    play.send(Event::Adjust(event))
}

/// What must hold of the filters after every event.
pub(super) fn check(play: &Play) {
    let (state, adjust) = (&play.state, &play.state.adjust);
    let count = state.model.as_ref().map_or(0, |model| model.package.filters.len());
    assert!(adjust.changes.keys().all(|filter| *filter < count), "{:?}", adjust.changes);
    let asked = play.outstanding.iter().filter(|effect| matches!(effect, Effect::Adjust(_))).count();
    assert_eq!(asked, usize::from(adjust.is_following()), "one at a time");
    if adjust.is_following() {
        assert!(adjust.is_seen() && adjust.kept.is_some() && state.run.is_none());
    }
    if adjust.is_seen() {
        assert!(state.result.is_some() && !adjust.changes.is_empty());
    }
    let says_so = state.result.as_ref().is_some_and(|result| notes(result).contains(&Noted::Filterbank));
    if adjust.changes.is_empty() {
        assert!(!says_so, "the filters are as they were trained");
    } else if state.result.is_some() && adjust.kept.is_some() && !state.is_busy() {
        assert!(says_so, "the filters were changed: {:?}", adjust.changes);
    }
}

fn notes(result: &RecordingResult) -> Vec<Noted> {
    result.prediction.notes.iter().map(|note| note.kind).collect()
}

/// What is kept of the recording that is being judged.
pub(super) fn keep(play: &mut Play) -> &mut Play {
    let (ticket, kept) = (play.run().0, play.thing());
    play.send(Event::Judging { ticket, step: Step::Kept(kept) })
}

/// A page with a result whose recording was kept.
fn kept() -> Play {
    let mut play = Play::ready(false);
    play.give(&["first.wav"]).answer(End::Well);
    keep(&mut play).all_well();
    assert_eq!(play.phase(), Phase::Done);
    play
}

fn moved(play: &mut Play, filter: usize, centre_hz: f64) -> &mut Play {
    play.send(Event::Adjust(Adjusting::Moved { filter, centre_hz, bandwidth_hz: 40.0 }))
}

fn switched(play: &mut Play, filter: usize, on: bool) -> &mut Play {
    play.send(Event::Adjust(Adjusting::Switched { filter, on }))
}

/// What is being followed.
fn following(play: &Play) -> &Follow {
    let mut asked = play.outstanding.iter().filter_map(|effect| match effect {
        Effect::Adjust(follow) => Some(&**follow),
        _ => None,
    });
    asked.next().unwrap_or_else(|| panic!("nothing follows: {:?}", play.outstanding))
}

/// How often something was asked to follow.
fn count(play: &Play) -> usize {
    play.count(|effect| matches!(effect, Effect::Adjust(_)))
}

fn abnormal(play: &Play) -> f64 {
    play.state.result.as_ref().expect("a result").probability("abnormal")
}

#[test]
fn a_moved_filter_is_followed_and_the_result_says_so() {
    let mut play = kept();
    let (result, image) = (play.state.result.clone(), play.state.timeline.as_ref().unwrap().image.clone());
    moved(&mut play, 1, 200.0);
    let change = Change { centre_hz: 200.0, bandwidth_hz: 40.0, on: true };
    assert_eq!(play.state.adjust.changes, [(1, change)].into());
    let asked = following(&play);
    assert!(asked.changes == play.state.adjust.changes && Rc::ptr_eq(&asked.image, &image));
    assert_eq!(Some(&asked.kept), play.state.adjust.kept.as_ref());
    // Until it is there the result before stays.
    assert!(play.state.result == result && play.phase() == Phase::Done && play.state.is_busy());
    play.all_well();
    assert_eq!((abnormal(&play), play.result()), (CHANGED, ("first.wav", Some("normal"))));
    let json = play.state.result.as_ref().unwrap().json();
    assert!(json.contains("\"filterbank\"") && json.contains("filter 2 at 200.0 Hz with β 40.0 Hz"), "{json}");
    assert!(!Rc::ptr_eq(&play.state.timeline.as_ref().unwrap().image, &image));
    assert_eq!(play.state.adjust.centres_hz(vec![1.0, 2.0, 3.0]), [1.0, 200.0, 3.0]);
    // What is downloaded is what is seen.
    play.send(Event::SaveAsked);
    assert_eq!(play.asked.last(), play.state.document().map(Effect::Save).as_ref());
}

#[test]
fn of_many_wishes_the_newest_is_next_and_the_others_are_not_computed() {
    let mut play = kept();
    for centre_hz in [100.0, 120.0, 140.0, 160.0] {
        moved(&mut play, 1, centre_hz);
    }
    assert_eq!(count(&play), 1);
    play.answer(End::Well);
    assert!(count(&play) == 2 && play.state.adjust.is_following());
    assert_eq!(following(&play).changes[&1].centre_hz, 160.0);
    // What is seen meanwhile is the work of the first, and says that.
    assert!(play.state.result.as_ref().unwrap().prediction.notes[0].detail.contains("100.0 Hz"));
    play.answer(End::Well);
    assert!(!play.state.is_busy() && count(&play) == 2);
    assert!(play.state.result.as_ref().unwrap().prediction.notes[0].detail.contains("160.0 Hz"));
    // The same again is nothing new.
    moved(&mut play, 1, 160.0);
    assert_eq!(count(&play), 2);
}

#[test]
fn reset_brings_back_the_very_same_result_and_picture_at_any_time() {
    for answers in 0..3 {
        let mut play = kept();
        let (result, image) = (play.state.result.clone().unwrap(), play.state.timeline.as_ref().unwrap().image.clone());
        moved(&mut play, 1, 100.0);
        moved(&mut play, 2, 300.0);
        for _ in 0..answers {
            play.answer(End::Well);
        }
        play.send(Event::Adjust(Adjusting::Reset));
        assert!(!play.state.is_busy() && play.state.adjust.changes.is_empty() && !play.state.adjust.is_seen());
        assert!(Rc::ptr_eq(play.state.result.as_ref().unwrap(), &result), "after {answers} answers");
        assert!(Rc::ptr_eq(&play.state.timeline.as_ref().unwrap().image, &image));
    }
}

#[test]
fn a_filter_goes_off_and_on_and_back_where_it_was_is_no_change() {
    let mut play = kept();
    let result = play.state.result.clone();
    let trained = play.state.model.as_ref().unwrap().package.filters[2];
    let off = Change { centre_hz: trained.centre_hz, bandwidth_hz: trained.bandwidth_hz, on: false };
    switched(&mut play, 2, false).all_well();
    assert!(play.state.adjust.changes == [(2, off)].into() && abnormal(&play) == CHANGED);
    // Off, it can be moved; and it stays off.
    moved(&mut play, 2, 123.0).all_well();
    assert_eq!(play.state.adjust.changes[&2], Change { centre_hz: 123.0, bandwidth_hz: 40.0, on: false });
    switched(&mut play, 2, true).all_well();
    let back = Adjusting::Moved { filter: 2, centre_hz: trained.centre_hz, bandwidth_hz: trained.bandwidth_hz };
    play.send(Event::Adjust(back));
    assert!(play.state.adjust.changes.is_empty() && play.state.result == result && !play.state.is_busy());
    // On is what it is already.
    switched(&mut play, 2, true);
    assert!(play.state.adjust.changes.is_empty());
}

#[test]
fn values_are_brought_into_range_and_what_is_none_changes_nothing() {
    let mut play = kept();
    let (before, asked) = (play.state.clone(), play.asked.len());
    for (filter, centre_hz, bandwidth_hz) in [(1, f64::NAN, 40.0), (1, 100.0, f64::NAN), (99, 100.0, 40.0)] {
        play.send(Event::Adjust(Adjusting::Moved { filter, centre_hz, bandwidth_hz }));
    }
    switched(&mut play, 99, false);
    assert!(play.state == before && play.asked.len() == asked);
    play.send(Event::Adjust(Adjusting::Moved { filter: 1, centre_hz: 1e9, bandwidth_hz: -5.0 }));
    let package = play.state.model.as_ref().unwrap().package.clone();
    let limit = package.config.front_end.moved(&package.filters[1], 1e9, -5.0).unwrap();
    let wanted = play.state.adjust.changes[&1];
    assert_eq!((wanted.centre_hz, wanted.bandwidth_hz), (limit.centre_hz, limit.bandwidth_hz));
    assert!(wanted.centre_hz < 500.0 && wanted.bandwidth_hz > 0.0);
    // Without a model there is no filter.
    let mut play = Play::opened(None);
    moved(&mut play, 0, 100.0);
    assert!(play.state.adjust.changes.is_empty());
}

#[test]
fn another_recording_follows_the_same_changes_when_it_was_judged() {
    let mut play = kept();
    moved(&mut play, 1, 100.0);
    // In the middle of following: that is stopped.
    play.give(&["second.wav"]);
    assert!(!play.state.adjust.is_following() && !play.state.adjust.is_seen() && count(&play) == 1);
    play.answer(End::Well);
    keep(&mut play);
    assert_eq!(count(&play), 1, "there is no result yet");
    play.answer(End::Well);
    assert!(play.state.adjust.is_following() && abnormal(&play) == 0.9);
    play.all_well();
    assert_eq!((abnormal(&play), play.result().0), (CHANGED, "second.wav"));
    // And the same recording judged otherwise.
    play.send(Event::WholePicked(true));
    assert!(play.state.result.is_none() && play.state.adjust.changes.len() == 1);
    keep(&mut play).all_well();
    assert_eq!(abnormal(&play), CHANGED);
    play.send(Event::Adjust(Adjusting::Reset));
    assert_eq!(abnormal(&play), 0.9);
}

#[test]
fn a_change_during_a_run_counts_when_it_ends() {
    let mut play = Play::ready(false);
    play.give(&["first.wav"]).answer(End::Well);
    moved(&mut play, 1, 100.0);
    keep(&mut play);
    assert_eq!(count(&play), 0);
    play.all_well();
    assert_eq!(abnormal(&play), CHANGED);
}

#[test]
fn another_model_has_filters_of_its_own() {
    let mut play = kept();
    moved(&mut play, 1, 100.0).all_well();
    moved(&mut play, 1, 120.0).send(Event::ModelPicked(1));
    // The one in use stays in use, and so do its filters.
    assert!(play.state.adjust.changes.len() == 1 && play.state.adjust.is_following());
    play.all_well();
    assert!(play.state.adjust == crate::state::adjust::Adjust::default() && abnormal(&play) == 0.9);
    // One that cannot be loaded changes nothing.
    let mut play = kept();
    moved(&mut play, 1, 100.0).all_well();
    play.send(Event::ModelPicked(1)).answer(End::Badly);
    assert!(play.state.adjust.changes.len() == 1 && abnormal(&play) == CHANGED);
}

#[test]
fn the_threshold_counts_for_both_results() {
    let mut play = kept();
    moved(&mut play, 1, 100.0).send(Event::ThresholdMoved(0.2));
    play.all_well();
    assert_eq!((abnormal(&play), play.result().1), (CHANGED, Some("abnormal")));
    play.send(Event::ThresholdMoved(0.95));
    assert_eq!(play.result().1, Some("normal"));
    play.send(Event::Adjust(Adjusting::Reset));
    assert_eq!((abnormal(&play), play.result().1), (0.9, Some("normal")));
    assert_eq!(play.state.result.as_ref().unwrap().prediction.threshold, Some(0.95));
}

#[test]
fn where_it_cannot_be_followed_the_filters_are_as_they_were_trained_and_that_is_said() {
    let mut play = kept();
    let result = play.state.result.clone();
    moved(&mut play, 1, 100.0);
    moved(&mut play, 1, 120.0).answer(End::Badly);
    assert!(play.state.adjust.changes.is_empty() && play.state.result == result && !play.state.is_busy());
    assert_eq!((play.phase(), play.text()), (Phase::Failed, "The filters are as they were trained"));
    assert_eq!(play.error(), "It is broken.");
    // While something else is going on, its words stay.
    moved(&mut play, 1, 100.0).send(Event::ModelPicked(1));
    let follow = play.outstanding.iter().position(|effect| matches!(effect, Effect::Adjust(_))).unwrap();
    play.outstanding.swap(0, follow);
    play.answer(End::Badly);
    assert!(play.phase() == Phase::Loading && play.state.adjust.changes.is_empty());
}

#[test]
fn notes_of_the_recording_stay_and_those_of_a_part_say_so() {
    let mut play = kept();
    let result = Rc::make_mut(play.state.result.as_mut().unwrap());
    result.prediction.notes = vec![Note::new(Noted::Clipped, "Clipped.")];
    moved(&mut play, 1, 100.0);
    let ticket = following(&play).ticket;
    let answer = Ok(Box::new(Followed { only_s: Some(60.0), ..followed(&play, following(&play)) }));
    play.outstanding.clear();
    play.send(Event::Adjust(Adjusting::Followed { ticket, answer }));
    let result = play.state.result.as_ref().unwrap();
    assert_eq!(notes(result), [Noted::Filterbank, Noted::Clipped]);
    assert!(result.prediction.notes[0].detail.contains("Only the first 60 s"));
}

#[test]
fn a_recording_of_which_nothing_was_kept_asks_for_nothing() {
    let mut play = Play::done();
    moved(&mut play, 1, 100.0);
    assert!(count(&play) == 0 && play.state.adjust.changes.len() == 1 && abnormal(&play) == 0.9);
}
