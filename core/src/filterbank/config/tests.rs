use proptest::prelude::*;

use super::*;

#[test]
fn kernels_end_60_db_below_the_peak_of_their_envelope() {
    for order in 1..=8 {
        for bandwidth_hz in [10.0, 31.0, 400.0] {
            let taps = decay_taps(bandwidth_hz, order, 22_050.0, DECAY_DB);
            let envelope = |k: usize| {
                let t = k as f64 / 22_050.0;
                t.powi(order as i32 - 1) * (-std::f64::consts::TAU * bandwidth_hz * t).exp()
            };
            let peak = (0..taps).map(envelope).fold(0.0, f64::max);
            assert!(envelope(taps) <= 1.001e-3 * peak, "order {order}, {bandwidth_hz} Hz");
            // The loop's samples need not hit the peak: a percent at the widest.
            assert!(envelope(taps.saturating_sub(2)) > 0.97e-3 * peak, "order {order}, {bandwidth_hz} Hz");
        }
    }
}

#[test]
fn a_full_band_bank_fits_every_rate_and_number_of_filters() {
    for rate in [8000, 16_000, 22_050, 44_100, 48_000] {
        for filters in [4, 46, 149, 512] {
            let config = FilterbankConfig::full_band(filters, rate);
            config.validate().unwrap();
            let milliseconds = 1000.0 * config.taps as f64 / f64::from(rate);
            assert!((70.0..80.0).contains(&milliseconds), "{milliseconds} ms");
            let slowest = config.initial_filters().unwrap()[0];
            assert!((slowest.centre_hz - 50.0).abs() < 2.0, "{slowest:?}");
        }
    }
}

fn heart() -> FilterbankConfig {
    crate::model::Task::Heart.front_end(3)
}

#[test]
fn bandwidths_are_constant_of_the_ear_or_listed() {
    let spacing = Spacing::List(vec![50.0, 100.0, 200.0]);
    let of = |bandwidth| {
        let config = FilterbankConfig { spacing: spacing.clone(), bandwidth, ..heart() };
        config.initial_filters().map(|filters| filters.iter().map(|filter| filter.bandwidth_hz).collect::<Vec<_>>())
    };
    assert_eq!(of(Bandwidth::Constant(30.0)).unwrap(), [30.0; 3]);
    assert_eq!(of(Bandwidth::List(vec![10.0, 20.0, 5.0])).unwrap(), [10.0, 20.0, 5.0]);
    let [one, two] = [Bandwidth::Erb, Bandwidth::ErbMultiple(2.0)].map(|bandwidth| of(bandwidth).unwrap());
    assert!(one.iter().zip(&two).all(|(one, two)| *two == 2.0 * one), "{one:?} {two:?}");
    let message = of(Bandwidth::List(vec![10.0])).unwrap_err().to_string();
    assert_eq!(message, "the list has 1 bandwidths for 3 filters");
}

#[test]
fn descriptions_of_earlier_files_are_read_and_new_ones_go_out_and_in() {
    for (text, expected) in [
        (r#""erb""#, Bandwidth::Erb),
        (r#"{"constant":100.0}"#, Bandwidth::Constant(100.0)),
        (r#"{"erb_multiple":0.5}"#, Bandwidth::ErbMultiple(0.5)),
        (r#"{"list":[1.0,2.5]}"#, Bandwidth::List(vec![1.0, 2.5])),
    ] {
        assert_eq!(serde_json::from_str::<Bandwidth>(text).unwrap(), expected);
        assert_eq!(serde_json::to_string(&expected).unwrap(), text);
    }
}

#[test]
fn a_bank_is_as_long_as_the_decay_that_is_asked_for() {
    for (order, decay_db) in [(1, 6.0), (4, 20.0), (4, 60.0), (8, 120.0)] {
        let taps = decay_taps(30.0, order, 1000.0, decay_db);
        let config = FilterbankConfig { taps, order, bandwidth: Bandwidth::Constant(30.0), ..heart() };
        let [reached, before] = [taps, taps - 1].map(|taps| FilterbankConfig { taps, ..config.clone() }.decay_db());
        assert!(reached.unwrap() >= decay_db && before.unwrap() < decay_db, "order {order}, {decay_db} dB");
    }
    assert_eq!(FilterbankConfig { taps: 1, ..heart() }.decay_db().unwrap(), 0.0);
}

#[test]
fn the_bounded_form_says_how_far_it_reaches() {
    let [low, high] = heart().centre_reach_hz();
    assert!(0.0 < low && low < 2.0 && 490.0 < high && high < 500.0, "{low} {high}");
    let [narrow, wide] = heart().bandwidth_reach_hz(100.0);
    let erb = erb(100.0) * beta_per_erb(4);
    assert!((erb / 4.0..erb / 3.0).contains(&narrow) && (3.0 * erb..4.0 * erb).contains(&wide), "{narrow} {wide}");
}

#[test]
fn frames_no_memory_could_hold_are_refused() {
    for framing in [Framing { window: 0, hop: 1 }, Framing { window: 25, hop: usize::MAX }] {
        let message = FilterbankConfig { framing, ..heart() }.validate().unwrap_err().to_string();
        assert!(message.contains("expected 1 to 11520000"), "{message}");
    }
}

#[test]
fn a_filter_that_is_none_is_refused_by_its_number() {
    let of = |centre_hz, bandwidth_hz, gain| FilterParameters { centre_hz, bandwidth_hz, gain, phase_rad: 0.0 };
    let good = of(100.0, 50.0, 1e4);
    let check = |filter| heart().check_filters("filter", &[good, filter]);
    for fine in [of(0.0, 50.0, 1e4), of(500.002, 50.0, -1e4), of(100.0, 1e-9, 1e4), of(100.0, 400.0, 0.0)] {
        check(fine).unwrap();
    }
    for (wrong, why) in [
        (of(501.0, 50.0, 1e4), "filter 1: centre frequency 501 Hz: expected 0 to 500 Hz"),
        (of(-1.0, 50.0, 1e4), "filter 1: centre frequency -1 Hz: expected 0 to 500 Hz"),
        (of(f64::NAN, 50.0, 1e4), "filter 1: centre frequency NaN Hz"),
        (of(100.0, -50.0, 1e4), "filter 1: bandwidth -50 Hz: expected a positive number"),
        (of(100.0, 0.0, 1e4), "filter 1: bandwidth 0 Hz"),
        (of(100.0, 1e300, 1e4), "filter 1: bandwidth 1000"),
        (of(100.0, 50.0, f64::INFINITY), "filter 1: gain inf: expected one that amplifies by at most 240 dB"),
        (of(100.0, 50.0, f64::NAN), "filter 1: gain NaN"),
        (of(100.0, 50.0, -1e30), "filter 1: gain -1000"),
        (FilterParameters { phase_rad: f64::INFINITY, ..good }, "filter 1: phase inf"),
    ] {
        let refused = check(wrong).unwrap_err().to_string();
        assert!(refused.starts_with(why), "{refused}: {why}");
    }
    // What a paper's bank would start with is held to the same.
    assert!(FilterbankConfig { gain: 1e300, ..heart() }.validate().unwrap_err().to_string().contains("filter 0: gain"));
}

/// In 32 bits a product of these would begin at 0 again.
#[test]
fn kernels_no_memory_could_hold_are_refused() {
    let most = FilterbankConfig { filters: MAX_FILTERS, taps: MAX_TAPS, ..heart() };
    assert!(most.validate().unwrap_err().to_string().contains("expected at most 8388608 taps in all"));
    let endless =
        FilterbankConfig { taps: usize::MAX, framing: Framing { window: usize::MAX, hop: usize::MAX }, ..heart() };
    assert_eq!((endless.frames(usize::MAX), endless.samples(usize::MAX)), (0, usize::MAX - 1));
    assert!(endless.validate().is_err());
}

proptest! {
    #[test]
    fn no_filter_amplifies_more_than_is_said(
        centre_hz in 0.0..500.0f64, bandwidth_hz in 0.5..400.0f64, order in 1u32..=8, taps in 1usize..300,
    ) {
        let filter = FilterParameters { centre_hz, bandwidth_hz, gain: 3.0, phase_rad: 0.0 };
        let config = FilterbankConfig { order, taps, ..heart() };
        let most = config.amplification(&filter);
        let grid: Vec<f64> = (0..=50).map(|step| 10.0 * f64::from(step)).collect();
        let largest = config.gammatone(filter).magnitudes(&grid).into_iter().fold(0.0, f64::max);
        // The sum over samples is not the integral: of an order 1 it has the whole first sample.
        prop_assert!(largest <= 1.01 * most + 3.0, "{} {}", largest, most);
    }

    #[test]
    fn a_filter_beyond_an_end_is_the_mirror_image_of_one_inside(centre_hz in -3000.0..3000.0f64, phase_rad in -3.0..3.0f64) {
        let filter = FilterParameters { centre_hz, bandwidth_hz: 80.0, gain: 1e4, phase_rad };
        let (inside_hz, turned) = heart().mirrored(centre_hz);
        prop_assert!((0.0..=500.0).contains(&inside_hz));
        let phase_rad = if turned { -phase_rad } else { phase_rad };
        let inside = FilterParameters { centre_hz: inside_hz, phase_rad, ..filter };
        let [kernel, mirror] = [filter, inside].map(|filter| heart().gammatone(filter).kernel());
        let peak = kernel.iter().fold(0.0, |peak: f64, tap| peak.max(tap.abs()));
        prop_assert!(kernel.iter().zip(&mirror).all(|(tap, same)| (tap - same).abs() <= 1e-9 * peak));
    }
}
