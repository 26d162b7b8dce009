//! What a model may ask for.

use std::cell::Cell;

use proptest::prelude::*;

use super::*;
use crate::filterbank::Framing;

fn labels(count: usize) -> Vec<String> {
    (0..count).map(|class| format!("class {class}")).collect()
}

/// A model of the full band at `rate` Hz in windows of `seconds`.
fn scene(rate: u32, filters: usize, seconds: f64, classes: usize) -> ModelConfig {
    ModelConfig {
        front_end: FilterbankConfig::full_band(filters, rate),
        conditioning: Conditioning::scene(rate),
        windowing: Windowing::overlapping(seconds, rate),
        ..Task::Scene.model(labels(classes), filters, 3)
    }
}

fn heart(filters: usize) -> ModelConfig {
    Task::Heart.model(labels(2), filters, 3)
}

fn refusal(config: &ModelConfig) -> String {
    config.validate().expect_err("must be refused").to_string()
}

#[test]
fn whatever_people_train_is_accepted() {
    for (rate, filters, seconds, classes) in [
        (8000, 8, 1.0, 2),
        (16_000, 46, 2.5, 10),
        (44_100, 149, 2.5, 15),
        (44_100, 149, 60.0, 1000),
        (48_000, 512, 60.0, 50),
        (192_000, 46, 10.0, 15),
    ] {
        let config = scene(rate, filters, seconds, classes);
        config.validate().unwrap_or_else(|error| panic!("{rate} Hz, {filters} filters, {seconds} s: {error}"));
        config.tensors().unwrap();
        // The usual 60 dB of decay, or somewhat more.
        let front_end = FilterbankConfig { taps: 3360.max(config.front_end.taps), ..config.front_end.clone() };
        ModelConfig { front_end, ..config }.validate().unwrap();
    }
    // A frame every 5 ms, windows nine tenths over one another.
    let fine = scene(44_100, 149, 2.5, 15);
    let front_end = FilterbankConfig { framing: Framing { window: 441, hop: 220 }, ..fine.front_end.clone() };
    ModelConfig { front_end, windowing: Windowing { samples: 110_250, hop: 11_025 }, ..fine }.validate().unwrap();
    for filters in [4, 8, 16, 32, 64, 149] {
        heart(filters).validate().unwrap();
    }
}

/// They see every filter's output sample by sample.
#[test]
fn networks_on_the_filters_outputs_are_accepted() {
    let classifier = ClassifierConfig::Cnn1d { dropout: 0.5 };
    for config in [heart(64), scene(16_000, 149, 2.5, 15), scene(44_100, 149, 2.5, 15)] {
        let config = ModelConfig { classifier, ..config };
        config.validate().unwrap();
        config.tensors().unwrap();
    }
    let refused = refusal(&ModelConfig { classifier, ..scene(44_100, 149, 60.0, 15) });
    assert!(refused.contains("394254000 outputs of the filters") && refused.contains("at most 16777216"), "{refused}");
}

/// 478 kB asked for 4 GiB.
#[test]
fn images_no_memory_could_hold_are_refused() {
    let small = scene(192_000, 64, 2.5, 2);
    let front_end = FilterbankConfig { taps: 1, framing: Framing { window: 1, hop: 1 }, ..small.front_end.clone() };
    let windowing = Windowing { samples: 1 << 24, hop: 1 << 24 };
    let refused = refusal(&ModelConfig { front_end, windowing, ..small });
    assert!(refused.starts_with("limit reached: a window would have 1073741888 values of the image"), "{refused}");
    // Few frames, each of as many hops as a window has samples: the page adds up every hop on its own.
    let mut long = heart(4095);
    long.windowing = Windowing { samples: 60_000, hop: 60_000 };
    long.front_end.framing = Framing { window: 59_000, hop: 1 };
    assert!(refusal(&long).contains("60001 of each of 4095 filters"), "{}", refusal(&long));
}

#[test]
fn windows_without_number_are_refused() {
    let with = |samples, hop| ModelConfig { windowing: Windowing { samples, hop }, ..heart(16) };
    with(2500, 10).validate().unwrap();
    let refused = refusal(&with(2500, 9));
    assert_eq!(refused, "limit reached: windows every 9 samples at 1000 Hz: at most 100 are accepted in a second");
    let wide = scene(16_000, 512, 60.0, 2);
    let refused = refusal(&ModelConfig { windowing: Windowing { hop: 160, ..wide.windowing.clone() }, ..wide });
    assert!(refused.contains("for a second of sound"), "{refused}");
    for (samples, hop) in [(usize::MAX, 1), (usize::MAX, usize::MAX), (2500, usize::MAX), (0, 0)] {
        assert!(with(samples, hop).validate().is_err());
    }
}

/// The page put images end to end that were further apart than a window is long, and ended in a panic.
#[test]
fn frames_that_leave_gaps_are_refused() {
    let with = |window, hop| {
        let front_end = FilterbankConfig { framing: Framing { window, hop }, ..heart(16).front_end };
        ModelConfig { front_end, ..heart(16) }
    };
    // What a frame of 25 outputs sees is 105 samples.
    for hop in [10, 25, 26, 105] {
        let config = with(25, hop);
        config.validate().unwrap();
        assert!(config.frames() * hop <= config.windowing.samples, "{hop}");
    }
    assert_eq!(
        refusal(&with(25, 2000)),
        "frames of 25 samples every 2000 samples leave gaps: with impulse responses of 81 samples a frame sees 105, and \
         the next one must begin within them"
    );
    for (window, hop) in [(25, 106), (usize::MAX, 10), (25, usize::MAX), (25, 0), (0, 10)] {
        assert!(with(window, hop).validate().is_err(), "{window} {hop}");
    }
    // A network on the outputs themselves has no frames.
    ModelConfig { classifier: ClassifierConfig::Cnn1d { dropout: 0.5 }, ..with(25, 2000) }.validate().unwrap();
}

#[test]
fn rates_and_levels_beyond_any_studio_are_refused() {
    let rate = 384_000;
    assert!(refusal(&scene(rate, 16, 1.0, 2)).contains("384000 Hz: expected at most 192000 Hz"));
    let mut loud = heart(16);
    loud.conditioning.target_rms = Some(1e30);
    assert!(refusal(&loud).contains("root mean square of 1000"), "{}", refusal(&loud));
}

/// A hundred thousand of them were compared pairwise.
#[test]
fn labels_are_short_printable_few_and_different() {
    let with = |labels: Vec<String>| ModelConfig { labels, ..heart(16) };
    with(labels(1000)).validate().unwrap();
    with(vec!["x".repeat(100), "心音".into(), "بحر".into()]).validate().unwrap();
    for (wrong, why) in [
        (labels(1001), "limit reached: 1001 labels: at most 1000"),
        (labels(100_000), "limit reached: 100000 labels: at most 1000"),
        (vec!["a".into(), "x".repeat(101)], "limit reached: label 1 has 101 characters: at most 100"),
        (vec!["a".into(), String::new()], "label 1 is blank"),
        (vec!["a".into(), "b\u{7f}".into()], "label 1, \"b\\u{7f}\", holds a control character"),
        (vec!["a".into(), "b".into(), "a".into()], "label \"a\" is listed twice"),
    ] {
        let refused = refusal(&with(wrong));
        assert!(refused.starts_with(why), "{refused}: {why}");
    }
}

#[test]
fn a_classifier_that_cannot_be_is_refused() {
    let with = |classifier| ModelConfig { classifier, ..heart(16) };
    let dropout = refusal(&with(ClassifierConfig::Residual { blocks: 3, dropout: 1.5 }));
    assert_eq!(dropout, "dropout 1.5: expected 0 or more and less than 1");
    let parts = heart::Parts { systole: usize::MAX, diastole: 1, lead_ms: 0 };
    assert!(refusal(&with(ClassifierConfig::States { dropout: 0.1, parts })).contains("expected 1 to 16 of either"));
}

/// Numbers of any size, most of them small.
fn number() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 0usize..6000, 2 => 0usize..20_000_000, 1 => any::<usize>(), 1 => Just(usize::MAX)]
}

/// Filters, taps, window and hop of a frame, window and hop of the sound: any numbers, or such as people choose.
fn sizes() -> impl Strategy<Value = [usize; 6]> {
    let usual = [1usize..512, 1..3000, 1..3000, 1..1500, 6000..60_000, 100..6000];
    prop_oneof![[number(), number(), number(), number(), number(), number()], usual]
}

/// Whatever stands in a file, it is refused, or what it multiplies to is bounded.
#[test]
fn what_is_accepted_fits_into_memory() {
    let rate = || prop_oneof![4 => Just(1000u32), 1 => any::<u32>()];
    // Of images, and of the filters' outputs.
    let accepted = [Cell::new(0), Cell::new(0)];
    proptest!(|(sizes in sizes(), rate in rate(), waves in any::<bool>())| {
        let [filters, taps, window, hop, samples, distance] = sizes;
        let mut config = heart(16);
        let front_end = &mut config.front_end;
        (front_end.filters, front_end.taps, front_end.sample_rate) = (filters, taps, rate);
        front_end.framing = Framing { window, hop };
        config.windowing = Windowing { samples, hop: distance };
        config.conditioning = Conditioning { sample_rate: rate, band_hz: None, ..config.conditioning };
        if waves {
            config.classifier = ClassifierConfig::Cnn1d { dropout: 0.0 };
        }
        if config.validate().is_ok() {
            let values = config.frames() as u128 * filters as u128;
            let most = if waves { MAX_FILTER_OUTPUTS } else { MAX_IMAGE };
            prop_assert!(values <= u128::from(most));
            let kernels = filters as u128 * taps as u128;
            prop_assert!(kernels <= crate::filterbank::config::MAX_KERNEL_VALUES as u128);
            // What the page's programs count in.
            let blocks = config.frames() as u128 + (window / hop) as u128;
            prop_assert!(waves || 8 * blocks * (filters.next_multiple_of(4) as u128) < 1 << 32);
            for (_, shape) in config.tensors().unwrap_or_default() {
                prop_assert!(shape.iter().map(|&side| side as u128).product::<u128>() < 1 << 32);
            }
            let accepted = &accepted[usize::from(waves)];
            accepted.set(accepted.get() + 1);
        }
    });
    assert!(accepted.iter().all(|accepted| accepted.get() >= 10), "too few are accepted: {accepted:?}");
}
