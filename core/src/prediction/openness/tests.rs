use super::*;
use crate::model::Task;

fn config() -> ModelConfig {
    Task::Scene.model(vec!["rain".into(), "dog".into()], 4, 2)
}

/// One coefficient of the means and one of the deviations.
fn openness() -> Openness {
    Openness {
        coefficients: [1, 1],
        classes: vec![vec![0.0, 0.0], vec![6.0, 2.0]],
        factor: vec![2.0, 1.0, 0.5],
        distance_limit: 2.0,
        steadiness_limit: Some(0.0),
        refused: 0.05,
        n: 40,
        measured_on: "40 recordings".into(),
    }
}

/// All filters alike: the coefficients of order 0 are twice these.
fn levels(mean: f64, deviation: f64) -> Levels {
    Levels { mean: vec![mean; 4], deviation: vec![deviation; 4] }
}

#[test]
fn the_score_is_the_one_computed_by_hand() {
    // Coefficients (2, 1.98), z from the nearer class (0, 0): 2 / 2 = 1 and (1.98 − 1 · 1) / 0.5 = 1.96.
    let distance = ((1.0 + 1.96f64.powi(2)) / 2.0).sqrt();
    let score = openness().score_of(&levels(1.0, 0.99));
    // The steadiness is 0, just its limit: a score of 1.
    assert!((score - (distance / 2.0).max(1.0)).abs() < 1e-12, "{score}");
    let open = Openness { steadiness_limit: None, ..openness() };
    assert!((open.score_of(&levels(1.0, 0.99)) - distance / 2.0).abs() < 1e-12);
    // At the other class nothing is left of the distance.
    assert!(open.score_of(&levels(3.0, 1.0)) < 1e-12);
    // Half the deviation is four times the score.
    let steady = Openness { distance_limit: 1e6, ..openness() };
    assert!((steady.score_of(&levels(0.0, 0.49)) - 4.0).abs() < 1e-9);
    // A class without recordings is no one's neighbour.
    let one = Openness { classes: vec![Vec::new(), vec![6.0, 2.0]], ..open };
    assert!(one.score_of(&levels(0.0, 0.0)) > 0.5);
}

/// Recordings of two classes, two a group, different in every filter.
fn known(count: usize) -> Vec<Known> {
    let noise = |seed: usize| (seed as f64 * 12.9898).sin() * 43_758.547 % 1.0;
    let one = |i: usize| {
        let class = i % 2;
        let mean = (0..4).map(|f| -3.0 + 4.0 * class as f64 + 0.3 * noise(17 * i + f)).collect();
        let deviation = (0..4).map(|f| 1.0 + 0.1 * noise(31 * i + f)).collect();
        Known { levels: Levels { mean, deviation }, class, group: format!("{}", i / 2) }
    };
    (0..count).map(one).collect()
}

#[test]
fn at_most_one_in_twenty_of_the_recordings_behind_the_limit_is_refused() {
    let apart = known(100).split_off(60);
    for (others, n, measured) in [(&[][..], 60, "judged by statistics of other groups"), (&apart, 40, "not fitted on")]
    {
        let openness = Openness::fit(&config(), &known(60), others, 1.5, "nature").unwrap();
        openness.validate_for(&config()).unwrap();
        assert!(openness.refused <= 0.05 && openness.n == n, "{openness:?}");
        assert!(openness.measured_on.contains(measured), "{}", openness.measured_on);
        let refused = others.iter().filter(|known| openness.score_of(&known.levels) > 1.0).count();
        assert_eq!(refused, if others.is_empty() { 0 } else { 2 });
        // Between the classes, beyond them, and as steady as noise.
        for strange in [levels(-1.0, 1.0), levels(9.0, 1.0), levels(-3.0, 4.0), levels(-3.0, 0.1)] {
            assert!(openness.score_of(&strange) > 1.0, "{strange:?}");
        }
        assert!(openness.score_of(&levels(-3.0, 1.0)) < 1.0);
    }
}

#[test]
fn classes_as_steady_as_noise_are_not_refused_for_it() {
    let openness = Openness::fit(&config(), &known(60), &[], -0.5, "hum").unwrap();
    assert_eq!(openness.steadiness_limit, None);
}

#[test]
fn what_cannot_be_fitted_is_refused_by_name() {
    let refused = |training: &[Known]| Openness::fit(&config(), training, &[], 1.5, "x").unwrap_err().to_string();
    assert!(refused(&known(19)).contains("19 recordings"));
    let one_group: Vec<Known> = known(40).into_iter().map(|known| Known { group: "one".into(), ..known }).collect();
    assert!(refused(&one_group).contains("one group"));
    let alike = Known { levels: levels(1.0, 1.0), class: 0, group: String::new() };
    let alike: Vec<Known> = (0..30).map(|i| Known { group: format!("{i}"), ..alike.clone() }).collect();
    assert!(refused(&alike).contains("all alike"));
    let mut unknown = known(40);
    unknown[7].class = 2;
    assert!(refused(&unknown).contains("class 2, but the model has 2"));
}

#[test]
fn a_recording_without_sound_has_no_score() {
    let config = config();
    let mut summary = Summary::new(&config).unwrap();
    summary.add(&[-36.84136; 400], 1.0).unwrap();
    assert_eq!(openness().score(&summary), None);
    summary.add(&[0.0; 400], 1.0).unwrap();
    assert!(openness().score(&summary).unwrap() > 1.0);
}

#[cfg(feature = "burn")]
#[test]
fn noise_is_as_steady_as_its_bandwidths_let_it_be() {
    let config = Task::Scene.model(vec!["rain".into(), "dog".into()], 16, 2);
    let device = burn::tensor::Device::flex();
    let weights = crate::network::burn::SpectNet::new(&config, &device).unwrap().weights().unwrap();
    // Energies over T = 80 ms of a band of B = 35 to 850 Hz have about 2 B T degrees of freedom: deviations of 0.1 to 0.7.
    let steadiness = noise(&config, &weights).unwrap();
    assert!((0.9..1.7).contains(&steadiness), "{steadiness}");
    assert_eq!(steadiness, noise(&config, &weights).unwrap());
}
