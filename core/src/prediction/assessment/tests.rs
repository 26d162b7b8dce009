use std::cell::Cell;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::Task;
use crate::prediction::decision::{Decision, OperatingPoint};

fn scored(values: &[(f64, bool)]) -> Vec<Scored> {
    values.iter().map(|&(probability, positive)| Scored { probability, positive }).collect()
}

/// Recordings of both classes; some probabilities are alike, some are 0 or 1.
fn recordings() -> impl Strategy<Value = Vec<Scored>> {
    let probability = prop_oneof![
        8 => 0.0..1.0f64,
        3 => (0u32..=8).prop_map(|eighths| f64::from(eighths) / 8.0),
        1 => Just(1.0 - 2f64.powi(-24)),
    ];
    proptest::collection::vec((probability, any::<bool>()), 2..300).prop_map(|mut values| {
        (values[0].1, values[1].1) = (true, false);
        scored(&values)
    })
}

/// Sensitivity and specificity as they are defined.
fn counted(scored: &[Scored], threshold: f64) -> [f64; 2] {
    let share = |positive: bool| {
        let of_class: Vec<&Scored> = scored.iter().filter(|one| one.positive == positive).collect();
        let right = of_class.iter().filter(|one| (one.probability >= threshold) == positive).count();
        right as f64 / of_class.len() as f64
    };
    [share(true), share(false)]
}

fn after(scored: &[Scored], temperature: f64) -> Vec<Scored> {
    scored.iter().map(|one| Scored { probability: calibrated(one.probability, temperature), ..*one }).collect()
}

fn close(got: [f64; 2], expected: [f64; 2]) -> bool {
    got.iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-12)
}

#[test]
fn overconfident_probabilities_are_cooled_and_timid_ones_sharpened() {
    // 90 % that are right in six of ten: the log-odds of 0.6 are 0.405, those of 0.9 are 2.197.
    let of = |probability: f64, right: usize| {
        let pair = |i: usize| [(probability, i < right), (1.0 - probability, i >= right)];
        scored(&(0..10).flat_map(pair).collect::<Vec<_>>())
    };
    let temperature = fit(&[&of(0.9, 6)]);
    assert!((temperature - 9f64.ln() / 1.5f64.ln()).abs() < 1e-4, "{temperature}");
    assert!((calibrated(0.9, temperature) - 0.6).abs() < 1e-4);
    let temperature = fit(&[&of(0.6, 9)]);
    assert!((temperature - 1.5f64.ln() / 9f64.ln()).abs() < 1e-4, "{temperature}");
    // Where nothing can be learned, nothing is changed; where it has no end, it ends at the bounds.
    assert_eq!(fit(&[&scored(&[(0.5, true), (0.5, false)])]), 1.0);
    assert_eq!(fit(&[&of(0.8, 10)]), TEMPERATURES[0]);
    assert_eq!(fit(&[&of(0.8, 3)]), TEMPERATURES[1]);
}

#[test]
fn a_large_easy_source_does_not_speak_for_a_small_difficult_one() {
    // 90 % that are right in ten of ten, forty times; 90 % that are right in six of ten, once.
    let of = |right: usize, threshold_at: f64| {
        let pair = |i: usize| [(threshold_at + 0.1, i < right), (threshold_at - 0.1, i >= right)];
        scored(&(0..10).flat_map(pair).collect::<Vec<_>>())
    };
    let (easy, difficult) = (of(10, 0.3).repeat(40), of(7, 0.7));
    let pooled = Assessment::measure(&[easy.clone(), difficult.clone()].concat(), "both").unwrap();
    let alike = Assessment::measure_by_source(&[&easy, &difficult], "both").unwrap();
    assert!(pooled.temperature < alike.temperature, "{} {}", pooled.temperature, alike.temperature);
    // As often as there are recordings of the other, the small source weighs as much by itself.
    let repeated = [easy.clone(), difficult.repeat(40)].concat();
    assert_eq!(Assessment::measure(&repeated, "both").unwrap().temperature, alike.temperature);
    assert!(alike.threshold_chosen.contains("2 sources count alike"), "{}", alike.threshold_chosen);
    // All that is measured is of the recordings together.
    assert_eq!((alike.measured.n, alike.measured.auc), (pooled.measured.n, pooled.measured.auc));
    assert_eq!(
        alike.at(alike.threshold),
        counted(&after(&[easy, difficult].concat(), alike.temperature), alike.threshold)
    );
}

#[test]
fn the_threshold_is_best_where_sources_count_alike() {
    // One source parts at 0.3 and has 40 recordings, two part at 0.6 and have four each.
    let parted = |at: f64| scored(&[(at - 0.2, false), (at - 0.1, false), (at + 0.1, true), (at + 0.2, true)]);
    let (large, small) = (parted(0.3).repeat(10), parted(0.6));
    let pooled = Assessment::measure(&[large.clone(), small.repeat(2)].concat(), "all").unwrap();
    let alike = Assessment::measure_by_source(&[&large, &small, &small], "all").unwrap();
    // Where the large one parts, nothing positive is missed; where the small ones part, nothing else is called so.
    assert_eq!((pooled.at(pooled.threshold)[0], alike.at(alike.threshold)[1]), (1.0, 1.0));
    assert!(pooled.at(pooled.threshold)[1] < 1.0 && alike.at(alike.threshold)[0] < 1.0);
    // A source of one class, or without recordings, says what it can.
    let normal = scored(&[(0.1, false), (0.2, false)]);
    let some = Assessment::measure_by_source(&[&large, &normal, &[]], "all").unwrap();
    assert_eq!(some.measured.n, 42);
    assert_eq!(
        Assessment::measure_by_source(&[], "none").unwrap_err().to_string(),
        Assessment::measure(&[], "none").unwrap_err().to_string()
    );
}

#[test]
fn brier_auc_and_reliability_by_hand() {
    let recordings = scored(&[(0.1, false), (0.15, true), (0.4, false), (0.8, true), (0.8, false), (1.0, true)]);
    let expected = (0.01 + 0.7225 + 0.16 + 0.04 + 0.64 + 0.0) / 6.0;
    assert!((brier(&recordings) - expected).abs() < 1e-12);
    // 0.15 beats one negative; 0.8 beats two and ties with one; 1 beats all three.
    assert!((auc(&recordings).unwrap() - (1.0 + 2.5 + 3.0) / 9.0).abs() < 1e-12);
    let bins = reliability(&recordings);
    assert_eq!(bins.iter().map(|bin| bin.n).collect::<Vec<_>>(), [2, 1, 2, 1]);
    assert!((bins[0].predicted - 0.125).abs() < 1e-12);
    assert_eq!((bins[0].observed, bins[2].observed, bins[3].predicted), (0.5, 0.5, 1.0));
    assert_eq!((auc(&recordings[..1]), auc(&[])), (None, None));
}

#[test]
fn the_threshold_is_where_the_classes_part_and_has_few_digits() {
    let parted = scored(&[(0.1, false), (0.31, false), (0.44, true), (0.9, true)]);
    let assessment = Assessment::measure(&parted, "four recordings").unwrap();
    assert_eq!((assessment.measured.n, assessment.measured.positives, assessment.measured.auc), (4, 2, 1.0));
    assert_eq!(assessment.at(assessment.threshold), [1.0, 1.0]);
    let text = assessment.threshold.to_string();
    assert!(text.len() <= 5, "{text}");
    // A model that knows nothing is not told to call everything abnormal.
    let blind = Assessment::measure(&scored(&[(0.7, false), (0.2, true)]), "two").unwrap();
    assert_eq!((blind.threshold, blind.measured.auc), (0.5, 0.0));
    assert!(blind.threshold_chosen.contains("chance"));
}

#[test]
fn what_no_threshold_reaches_is_said() {
    // The least probable recording is a positive, the most probable one a negative.
    let values = [(0.1, true), (0.2, false), (0.5, true), (0.6, false), (0.7, true), (0.9, false)];
    let assessment = Assessment::measure(&scored(&values), "six").unwrap();
    let message = assessment.for_sensitivity(0.9).unwrap_err().to_string();
    assert!(message.contains("sensitivity of 0.9") && message.contains("0.667"), "{message}");
    let message = assessment.for_specificity(1.0).unwrap_err().to_string();
    assert!(message.contains("specificity of 1") && message.contains("negative"), "{message}");
    assert!(assessment.for_sensitivity(0.6).is_ok() && assessment.for_specificity(0.6).is_ok());
}

#[test]
fn one_class_alone_cannot_be_measured() {
    let refused = |values: &[(f64, bool)]| Assessment::measure(&scored(values), "").unwrap_err().to_string();
    assert!(refused(&[(0.2, true), (0.8, true)]).contains("2 of the positive class and 0 of the other"));
    assert!(refused(&[]).contains("both classes"));
    assert!(refused(&[(f64::NAN, true), (0.8, false)]).contains("not a probability"));
}

#[test]
fn a_thousand_recordings_leave_some_points_and_the_threshold_among_them() {
    let share = |i: usize| (f64::from((i * 7919 % 1000) as u32) + 0.5) / 1000.0;
    let values: Vec<(f64, bool)> = (0..1000).map(|i| (share(i), share(i * 31 + 7) < share(i))).collect();
    let recordings = scored(&values);
    let assessment = Assessment::measure(&recordings, "a thousand").unwrap();
    assert!(assessment.measured.roc.len() <= MOST_POINTS && assessment.measured.roc.len() > MOST_POINTS - 3);
    let calibrated = after(&recordings, assessment.temperature);
    assert!(close(assessment.at(assessment.threshold), counted(&calibrated, assessment.threshold)));
    assert_eq!((assessment.measured.roc[0].threshold, assessment.measured.roc.last().unwrap().threshold), (0.0, 1.0));
}

#[test]
fn text_gives_back_the_same_verdicts() {
    let values: Vec<(f64, bool)> = (0..40).map(|i| ((f64::from(i) * 0.37).sin().abs(), i % 3 == 0)).collect();
    let assessment = Assessment::measure(&scored(&values), "forty").unwrap();
    let text = serde_json::to_string(&assessment).unwrap();
    let read: Assessment = serde_json::from_str(&text).unwrap();
    assert_eq!((read.temperature, read.threshold), (assessment.temperature, assessment.threshold));
    let thresholds =
        |assessment: &Assessment| -> Vec<f64> { assessment.measured.roc.iter().map(|point| point.threshold).collect() };
    assert_eq!(thresholds(&read), thresholds(&assessment));
    // What a later version adds is no obstacle.
    let mut value: Value = serde_json::from_str(&text).unwrap();
    value["added_later"] = json!({ "prevalence": 0.2 });
    serde_json::from_value::<Assessment>(value).unwrap().validate().unwrap();
}

/// A validation set whose classes are apart ended a run: its probabilities are calibrated to the very ends of 0 to 1, and two
/// thresholds there came back from the model file in the wrong order.
#[test]
fn an_assessment_of_separable_recordings_comes_back_from_text() {
    for count in [4, 24, 200, 1000] {
        let share = |i: usize| f64::from(((i * 37 % 101) as f32).mul_add(1e-7, 1e-6));
        let values: Vec<(f64, bool)> =
            (0..count).map(|i| (if i % 2 == 0 { share(i) } else { 1.0 - share(i) }, i % 2 == 1)).collect();
        let assessment = Assessment::measure(&scored(&values), "recordings that are apart").unwrap();
        assert_eq!((assessment.measured.auc, assessment.at(assessment.threshold)), (1.0, [1.0, 1.0]));
        let text = serde_json::to_string(&assessment).unwrap();
        let read: Assessment = serde_json::from_str(&text).unwrap();
        assert_eq!(read, assessment);
        read.validate().unwrap();
    }
}

/// Even a reader that is one unit in the last place off sees thresholds rise.
#[test]
fn neighbouring_thresholds_are_distinct_after_rounding() {
    let next = |value: f64| f64::from_bits(value.to_bits() + 1);
    for start in [5e-324, 3.7e-74, 1.3e-9, 0.1, 0.3, 0.7, 1.0 - 40.0 * f64::EPSILON] {
        let mut probabilities = vec![start];
        (0..30).for_each(|i| probabilities.push(next(probabilities[i])));
        let values: Vec<(f64, bool)> = probabilities.iter().enumerate().map(|(i, &p)| (p, i % 2 == 0)).collect();
        let points = roc(&scored(&values));
        for pair in points.windows(2) {
            assert!(next(pair[0].threshold) < pair[1].threshold, "{start}: {pair:?}");
        }
        for point in &points {
            assert!(close([point.sensitivity, point.specificity], counted(&scored(&values), point.threshold)));
        }
    }
}

#[test]
fn a_mean_that_rounding_takes_out_of_its_bin_is_put_back() {
    let values: Vec<(f64, bool)> =
        [0.1_f64.next_down(); 6].into_iter().chain([0.1; 6]).enumerate().map(|(i, p)| (p, i % 2 == 0)).collect();
    let bins = reliability(&scored(&values));
    assert_eq!(bins.iter().map(|bin| bin.predicted).collect::<Vec<_>>(), [0.1_f64.next_down(), 0.1]);
}

#[test]
fn an_assessment_that_no_measurement_gives_is_refused() {
    let values: Vec<(f64, bool)> = (0..40).map(|i| ((f64::from(i) * 0.37).sin().abs(), i % 3 == 0)).collect();
    let whole = serde_json::to_value(Assessment::measure(&scored(&values), "forty").unwrap()).unwrap();
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut value = whole.clone();
        change(&mut value);
        let read = serde_json::from_value::<Assessment>(value).map_err(|error| error.to_string());
        read.and_then(|read| read.validate().map_err(|error| error.to_string())).expect_err("must be refused")
    };
    type Change<'a> = &'a dyn Fn(&mut Value);
    let cases: [(Change, &str); 15] = [
        (&|value| value["temperature"] = json!(0.0), "temperature 0: expected 0.1 to 10"),
        (&|value| value["temperature"] = json!(null), "null"),
        (&|value| value["threshold"] = json!(1.5), "threshold 1.5: expected 0 to 1"),
        (&|value| value["auc"] = json!(-0.1), "auc"),
        (&|value| value["n"] = json!(41), "41 recordings with 14 positives and 26 negatives"),
        (&|value| value["positives"] = json!(u64::MAX), "some of each"),
        (&|value| value["measured_on"] = json!("x".repeat(5000)), "measured_on: expected at most"),
        (&|value| value["measured_on"] = json!("a\nb"), "plain text"),
        (&|value| value["threshold_chosen"] = json!("a\u{202e}b"), "threshold_chosen: expected at most"),
        (&|value| value["roc"] = json!([]), "0 points of the ROC: expected 2 to 201"),
        (&|value| value["roc"] = json!(vec![whole["roc"][0].clone(); 202]), "202 points"),
        (&|value| value["roc"][3]["sensitivity"] = json!(1.01), "point 3 of the ROC"),
        (&|value| value["roc"][3]["threshold"] = json!(0.0), "points 2 and 3 of the ROC: expected a rising threshold"),
        (&|value| value["reliability"][0]["n"] = json!(0), "bin 0 of reliability"),
        (&|value| value["reliability"] = json!([]), "do not hold 40 recordings"),
    ];
    for (change, expected) in cases {
        let message = refused(change);
        assert!(message.contains(expected), "{expected}: {message}");
    }
}

/// The names of data and folders stand in them.
#[test]
fn what_it_was_measured_on_is_said_in_plain_characters() {
    let values: Vec<(f64, bool)> = (0..40).map(|i| ((f64::from(i) * 0.37).sin().abs(), i % 3 == 0)).collect();
    let assessment = Assessment::measure(&scored(&values), "forty\u{1b}[2J").unwrap();
    assert_eq!(assessment.measured.measured_on, "forty\\u{1b}[2J");
    let held_out = assessment.measured_independently(&scored(&values), "a\u{202e}b").unwrap().held_out.unwrap();
    assert_eq!(held_out.measured.measured_on, "a\\u{202e}b");
}

#[test]
fn a_decision_calibrates_and_moves_with_the_threshold() {
    let config = Task::Heart.model(vec!["normal".into(), "abnormal".into()], 16, 3);
    let values: Vec<(f64, bool)> = (0..40).map(|i| ((f64::from(i) * 0.37).sin().abs(), i % 3 == 0)).collect();
    let assessment = Assessment::measure(&scored(&values), "forty").unwrap();
    let usual = Decision::new(&config, Some(&assessment), OperatingPoint::Usual).unwrap();
    let probabilities = usual.probabilities(vec![0.7, 0.3]);
    assert_eq!(probabilities[1], calibrated(0.3, assessment.temperature));
    assert_eq!(probabilities[0] + probabilities[1], 1.0);
    assert!(usual.is_calibrated() && usual.threshold() == Some(assessment.threshold));
    for (threshold, label) in [(probabilities[1], 1), (probabilities[1] + 1e-9, 0), (0.0, 1)] {
        let moved = Decision::new(&config, Some(&assessment), OperatingPoint::Threshold(threshold)).unwrap();
        assert_eq!((moved.label(&probabilities), moved.threshold()), (label, Some(threshold)));
        let figures = moved.figures();
        assert_eq!([figures.sensitivity.unwrap(), figures.specificity.unwrap()], assessment.at(threshold));
    }
    // Without an assessment nothing is calibrated, and a threshold can be asked for all the same.
    let plain = Decision::new(&config, None, OperatingPoint::Usual).unwrap();
    assert_eq!((plain.probabilities(vec![0.7, 0.3]), plain.threshold()), (vec![0.7, 0.3], Some(0.5)));
    assert_eq!((plain.label(&[0.5, 0.5]), plain.figures().sensitivity, plain.is_calibrated()), (1, None, false));
    let low = Decision::new(&config, None, OperatingPoint::Threshold(0.2)).unwrap();
    assert_eq!((low.label(&[0.7, 0.3]), low.figures().sensitivity), (1, None));
    let refused = |assessment, wanted| Decision::new(&config, assessment, wanted).unwrap_err().to_string();
    assert!(refused(None, OperatingPoint::Sensitivity(0.9)).contains("spectnet calibrate"));
    assert!(refused(Some(&assessment), OperatingPoint::Threshold(f64::NAN)).contains("expected 0 to 1"));
    let scene = Task::Scene.model(vec!["rain".into(), "sea".into()], 16, 3);
    assert!(
        Decision::new(&scene, None, OperatingPoint::Threshold(0.5)).unwrap_err().to_string().contains("equal classes")
    );
    assert!(assessment.validate_for(&scene).is_err());
    assert_eq!(Decision::new(&scene, None, OperatingPoint::Usual).unwrap().threshold(), None);
}

proptest! {
    /// The fast fit finds what trying every temperature finds.
    #[test]
    fn the_fit_is_the_least_of_an_obvious_search(recordings in recordings()) {
        let temperature = fit(&[&recordings]);
        let [low, high] = TEMPERATURES;
        prop_assert!((low..=high).contains(&temperature));
        let steps = 4000;
        let tried = (0..=steps).map(|step| low * (high / low).powf(f64::from(step) / f64::from(steps)));
        let least = tried.map(|temperature| cross_entropy(&recordings, temperature)).fold(f64::INFINITY, f64::min);
        let fitted = cross_entropy(&recordings, temperature);
        prop_assert!(fitted <= least + 1e-6, "{} at {}, but {} somewhere", fitted, temperature, least);
    }

    /// Higher stays higher, ½ stays ½, and temperature 1 changes nothing.
    #[test]
    fn calibration_is_monotone(a in 0.0..1.0f64, b in 0.0..1.0f64, temperature in 0.1..10.0f64) {
        let [low, high] = if a < b { [a, b] } else { [b, a] };
        prop_assert!(calibrated(low, temperature) <= calibrated(high, temperature));
        prop_assert!((0.0..=1.0).contains(&calibrated(low, temperature)));
        prop_assert_eq!(calibrated(0.5, temperature), 0.5);
        prop_assert!((calibrated(a, 1.0) - a).abs() < 1e-7);
    }

    /// No two recordings change places, so the curve under them stays what it was.
    #[test]
    fn calibration_never_changes_the_ranking(recordings in recordings(), temperature in 0.5..10.0f64) {
        let calibrated = after(&recordings, temperature);
        prop_assert_eq!(auc(&recordings), auc(&calibrated));
        let order = |of: &[Scored], i: usize| of[i - 1].probability.total_cmp(&of[i].probability);
        for i in 1..recordings.len() {
            prop_assert_eq!(order(&recordings, i), order(&calibrated, i));
        }
    }

    /// Every operating point is what counting gives, and the area is what comparing every pair gives.
    #[test]
    fn the_curve_is_what_counting_gives(recordings in recordings()) {
        let points = roc(&recordings);
        prop_assert!(points.windows(2).all(|pair| pair[0].threshold < pair[1].threshold
            && pair[0].sensitivity >= pair[1].sensitivity && pair[0].specificity <= pair[1].specificity));
        for point in &points {
            prop_assert!(close([point.sensitivity, point.specificity], counted(&recordings, point.threshold)));
        }
        let [positives, negatives] = [true, false].map(|class| {
            recordings.iter().filter(move |one| one.positive == class).map(|one| one.probability).collect::<Vec<_>>()
        });
        let beats = |p: f64, n: f64| if p > n { 1.0 } else if p == n { 0.5 } else { 0.0 };
        let pairs: f64 = positives.iter().flat_map(|&p| negatives.iter().map(move |&n| beats(p, n))).sum();
        let expected = pairs / (positives.len() * negatives.len()) as f64;
        prop_assert!((auc(&recordings).unwrap() - expected).abs() < 1e-12);
    }
}

/// A threshold that was asked for by what it reaches does reach it, and a stricter one does not.
#[test]
fn thresholds_reach_what_they_promise() {
    // By sensitivity, and by specificity.
    let kept = [Cell::new(0), Cell::new(0)];
    let share = || 0.0..=1.0f64;
    proptest!(|(recordings in recordings(), wanted in share(), threshold in share())| {
        let assessment = Assessment::measure(&recordings, "some").unwrap();
        let calibrated = after(&recordings, assessment.temperature);
        let every = roc(&calibrated);
        if let Ok(reached) = assessment.for_sensitivity(wanted) {
            let [sensitivity, _] = counted(&calibrated, reached);
            prop_assert!(sensitivity >= wanted - 1e-12);
            prop_assert!((sensitivity - assessment.at(reached)[0]).abs() < 1e-12);
            let better = every.iter().find(|point| point.threshold > reached && point.sensitivity >= wanted);
            prop_assert!(better.is_none() || every.len() > MOST_POINTS, "{:?}", better);
            kept[0].set(kept[0].get() + 1);
        }
        if let Ok(reached) = assessment.for_specificity(wanted) {
            let [_, specificity] = counted(&calibrated, reached);
            prop_assert!(specificity >= wanted - 1e-12);
            let better = every.iter().find(|point| point.threshold < reached && point.specificity >= wanted);
            prop_assert!(better.is_none() || every.len() > MOST_POINTS, "{:?}", better);
            kept[1].set(kept[1].get() + 1);
        }
        // In between, no more is promised than holds.
        let [sensitivity, specificity] = assessment.at(threshold);
        let [counted_sensitivity, counted_specificity] = counted(&calibrated, threshold);
        prop_assert!(sensitivity <= counted_sensitivity + 1e-12 && specificity <= counted_specificity + 1e-12);
        // The proposed threshold is no worse than any other by more than its standard error, and none as good is nearer
        // to one half.
        let macc = |[sensitivity, specificity]: [f64; 2]| 0.5 * (sensitivity + specificity);
        let share = |point: &Point| [point.sensitivity, point.specificity];
        let best = every.iter().map(|point| macc(share(point))).fold(0.0, f64::max);
        if best <= 0.5 {
            prop_assert_eq!(assessment.threshold, 0.5);
        } else {
            let count = |positive: bool| recordings.iter().filter(|one| one.positive == positive).count() as f64;
            let error = |[sensitivity, specificity]: [f64; 2]| {
                let of_positives = sensitivity * (1.0 - sensitivity) / count(true);
                0.5 * (of_positives + specificity * (1.0 - specificity) / count(false)).sqrt()
            };
            let errors: Vec<f64> =
                every.iter().map(share).filter(|share| macc(*share) >= best - 1e-12).map(error).collect();
            let [least, most] = [errors.iter().fold(1.0, |least: f64, &error| least.min(error)), errors.iter().fold(0.0, |most: f64, &error| most.max(error))];
            let proposed = macc(counted(&calibrated, assessment.threshold));
            prop_assert!(proposed > 0.5 && proposed >= best - most - 1e-12);
            let nearer = |point: &&Point| (point.threshold - 0.5).abs() < (assessment.threshold - 0.5).abs();
            let better = every.iter().filter(nearer).map(|point| macc(share(point))).fold(0.0, f64::max);
            prop_assert!(better <= 0.5 || better < best - least + 1e-12, "{} for {}", better, best);
        }
    });
    assert!(kept.iter().all(|kept| kept.get() > 0), "no threshold was promised: {kept:?}");
}
