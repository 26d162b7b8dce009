//! Threshold and prevalence.

use super::*;

fn figures(play: &Play) -> Figures {
    play.state.result.as_ref().expect("a result").prediction.figures.clone()
}

#[test]
fn the_threshold_decides_what_the_result_is_called() {
    let mut play = Play::done();
    let usual = play.state.result.clone();
    let proposed = play.state.decision().unwrap().threshold();
    for (threshold, label) in [(0.89, "abnormal"), (0.91, "normal"), (7.0, "normal"), (-1.0, "abnormal")] {
        play.send(Event::ThresholdMoved(threshold));
        assert_eq!(play.result().1, Some(label), "{threshold}");
        let threshold = Some(threshold.clamp(0.0, 1.0));
        assert_eq!(play.state.result.as_ref().unwrap().prediction.threshold, threshold);
    }
    assert!(!play.state.is_busy(), "nothing is judged again");
    play.send(Event::ThresholdProposed);
    assert_eq!((&play.state.result, play.state.decision().unwrap().threshold()), (&usual, proposed));
    // Another recording is judged by the threshold as it was put.
    play.send(Event::ThresholdMoved(0.95)).give(&["b.wav"]).all_well();
    assert_eq!(play.result(), ("b.wav", Some("normal")));
}

#[test]
fn a_threshold_that_is_moved_during_a_run_counts() {
    let mut play = Play::ready(false);
    play.give(&["a.wav"]).answer(End::Well);
    play.send(Event::ThresholdMoved(0.95)).all_well();
    assert_eq!(play.result(), ("a.wav", Some("normal")));
}

#[test]
fn a_prevalence_gives_predictive_values_and_what_is_none_changes_nothing() {
    let mut play = Play::done();
    play.send(Event::ThresholdMoved(0.5));
    let usual = figures(&play);
    play.send(Event::PrevalenceTyped(5.0));
    let rare = figures(&play);
    assert_eq!(rare.prevalence, Some(0.05));
    assert!(rare.positive_predictive_value < usual.positive_predictive_value);
    for wrong in [500.0, -3.0, f64::NAN] {
        play.send(Event::PrevalenceTyped(wrong));
        assert_eq!((play.state.prevalence_problem, figures(&play)), (Some(0.05), rare.clone()), "{wrong}");
        play.send(Event::PrevalenceTyped(5.0));
        assert_eq!(play.state.prevalence_problem, None);
    }
    // It stays where the threshold moves.
    play.send(Event::ThresholdMoved(0.0));
    assert_eq!(figures(&play).prevalence, Some(0.05));
    // Before anything was typed, what counts is that of the measurement.
    let mut play = Play::done();
    play.send(Event::PrevalenceTyped(500.0));
    assert_eq!(play.state.prevalence_problem, usual.prevalence);
}

#[test]
fn another_model_decides_by_its_own_threshold() {
    let mut play = Play::done();
    let proposed = play.state.decision();
    play.send(Event::ThresholdMoved(0.95)).send(Event::PrevalenceTyped(5.0)).send(Event::PrevalenceTyped(500.0));
    play.send(Event::ModelPicked(0)).all_well();
    assert_eq!((play.state.decision(), play.state.prevalence_problem), (proposed, None));
    assert_eq!(play.result().1, Some("abnormal"));
}

#[test]
fn a_model_of_many_classes_has_no_threshold() {
    let mut play = Play::done();
    play.package = Some(scenes());
    play.send(Event::ModelPicked(1)).all_well();
    let before = play.state.result.clone();
    play.send(Event::ThresholdMoved(0.99)).send(Event::PrevalenceTyped(5.0));
    assert_eq!(play.state.result, before);
    // And without a model there is nothing to decide.
    let mut play = Play::opened(None);
    play.send(Event::ThresholdMoved(0.2)).send(Event::PrevalenceTyped(5.0));
    assert_eq!(play.state.decision(), None);
}
