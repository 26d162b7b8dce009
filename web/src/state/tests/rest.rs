//! What is left of a run whose result is known.

use super::*;
use crate::plot::raster::LogEnergy;

/// A page with the result of a recording, whose image and heart cycles are still computed; and the run.
fn known(on_gpu: bool) -> (Play, Ticket) {
    let mut play = Play::ready(on_gpu);
    play.give(&["a.wav"]).answer(End::Well);
    let Some(Effect::Judge { ticket, sound, engine, .. }) = play.outstanding.first().cloned() else { panic!("a run") };
    let judged = play.judged(&sound, &engine);
    play.send(Event::Judging { ticket, step: Step::Known(Box::new(judged)) });
    (play, ticket)
}

#[test]
fn a_result_is_shown_when_it_is_known_and_what_is_left_follows() {
    let (mut play, ticket) = known(false);
    assert_eq!((play.phase(), play.text()), (Phase::Done, "Done: a.wav"));
    assert_eq!(play.result(), ("a.wav", Some("abnormal")));
    assert!(play.state.is_busy() && !play.state.hurries() && !play.state.can_cancel() && play.state.progress.is_none());
    let (result, said) = (play.state.result.clone(), play.state.announcement());
    // The image comes, and no progress is shown of what nobody waits for.
    let image = Rc::new(LogEnergy::new(4));
    play.send(Event::Judging { ticket, step: Step::Image(image.clone()) });
    play.send(Event::Judging { ticket, step: Step::Done { downmix: 0, downmixes: 1, seconds: 30.0 } });
    assert!(Rc::ptr_eq(&play.state.timeline.as_ref().unwrap().image, &image) && play.state.progress.is_none());
    play.all_well();
    assert!(play.state.result == result && !play.state.is_busy() && play.phase() == Phase::Done);
    assert_eq!(play.state.announcement(), said, "it is read out once");
}

#[test]
fn a_file_that_holds_all_waits_until_all_is_there() {
    let (mut play, _) = known(false);
    let saved = |play: &Play| play.count(|effect| matches!(effect, Effect::Save(_)));
    let drawn = |play: &Play| play.count(|effect| matches!(effect, Effect::Share(share::Effect::Picture { .. })));
    play.send(Event::SaveAsked).send(Event::Share(share::Event::PictureAsked(share::Kind::Svg)));
    assert_eq!((saved(&play), drawn(&play)), (0, 0));
    play.all_well();
    assert_eq!((saved(&play), drawn(&play)), (1, 1));
    play.send(Event::SaveAsked);
    assert_eq!(saved(&play), 2, "now nothing is waited for");
}

#[test]
fn filters_that_are_moved_meanwhile_are_followed_when_the_image_is_whole() {
    let (mut play, ticket) = known(false);
    let kept = play.thing();
    play.send(Event::Judging { ticket, step: Step::Kept(kept) });
    play.send(Event::Adjust(crate::state::adjust::Event::Switched { filter: 1, on: false }));
    assert!(!play.state.adjust.is_following());
    play.answer(End::Well);
    assert!(play.state.adjust.is_following());
    play.all_well();
    assert!(play.state.adjust.is_seen());
}

#[test]
fn what_is_left_goes_with_the_result() {
    let others: [fn(&mut Play); 4] = [
        |play| {
            play.give(&["b.wav"]);
        },
        |play| {
            play.send(Event::WholePicked(true));
        },
        |play| {
            play.give(&["b.wav", "c.wav"]);
        },
        |play| {
            // Another model, which is read and works before what is left has come to its end.
            play.send(Event::ModelPicked(1)).outstanding.rotate_left(1);
            play.answer(End::Well).outstanding.rotate_left(1);
            play.answer(End::Well);
        },
    ];
    for other in others {
        let (mut play, ticket) = known(false);
        let left = play.outstanding[0].clone();
        let late = play.answer_of(&left, End::Well);
        other(&mut play);
        assert!(play.asked.contains(&Effect::Stop(ticket)) && play.state.rest.is_none());
        let before = play.state.clone();
        play.send(late);
        assert_eq!(play.state, before, "what comes too late changes nothing");
        play.all_well();
        assert_eq!(play.phase(), Phase::Done);
    }
    // A model that only is on its way changes nothing yet.
    let (mut play, ticket) = known(false);
    play.send(Event::ModelPicked(1));
    assert!(!play.asked.contains(&Effect::Stop(ticket)) && play.state.rest.is_some());
}

#[test]
fn the_next_of_a_list_does_not_wait_for_what_is_left() {
    let mut play = Play::ready(false);
    play.give(&["a.wav", "b.wav"]).answer(End::Well);
    let Some(Effect::Judge { ticket, sound, engine, .. }) = play.outstanding.first().cloned() else { panic!("a run") };
    let judged = play.judged(&sound, &engine);
    play.send(Event::Judging { ticket, step: Step::Known(Box::new(judged)) });
    assert!(play.asked.contains(&Effect::Stop(ticket)) && play.state.rest.is_none());
    assert!(matches!(&play.state.recording, Recording::Reading { name, .. } if name == "b.wav"));
    play.all_well();
    assert!(play.state.many.rows.iter().all(|row| row.verdict.is_some()) && !play.state.many.going);
}

#[test]
fn where_what_is_left_fails_the_result_stays_or_the_cpu_judges_again() {
    let (mut play, _) = known(false);
    play.answer(End::Badly);
    assert_eq!((play.phase(), play.text()), (Phase::Failed, "Not all of a.wav can be shown"));
    assert_eq!((play.error(), play.result().0), ("It is broken.", "a.wav"));
    let (mut play, _) = known(true);
    play.answer(End::Device);
    assert_eq!(play.phase(), Phase::Compiling);
    assert!(play.state.backend.as_ref().is_some_and(|backend| backend.gpu.is_none()));
    play.all_well();
    assert_eq!((play.phase(), play.result().0), (Phase::Done, "a.wav"));
}
