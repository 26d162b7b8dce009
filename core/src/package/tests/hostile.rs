//! Files as somebody makes them who wants memory, time or the terminal.

use super::*;
use crate::filterbank::{FilterbankConfig, Form};
use crate::text::is_plain;

/// The file with one number of a tensor replaced.
fn with_number(tensor: &str, index: usize, number: f32) -> Vec<u8> {
    changed(&file(), |_, tensors| {
        let found = tensors.iter_mut().find(|found| found.0 == tensor).unwrap();
        found.3[4 * index..4 * index + 4].copy_from_slice(&number.to_le_bytes());
    })
}

/// Tens of megabytes of metadata became gigabytes when they were read.
#[test]
fn more_metadata_than_any_model_has_is_refused_before_it_is_read() {
    let with = |length: usize| changed(&file(), |metadata, _| _ = metadata.insert("more".into(), "x".repeat(length)));
    assert!(read(&with(1 << 20)).is_ok());
    let larger = with(9 << 20);
    assert!(matches!(read(&larger), Err(Error::Limit(_))));
    assert_eq!(refusal(larger), "limit reached: the metadata of the model file has 10 MiB: at most 8 MiB are read");
    // No JSON at all: nobody looked into it.
    let unread = [&(9u64 << 20).to_le_bytes()[..], "[".repeat(9 << 20).as_bytes()].concat();
    assert!(matches!(read(&unread), Err(Error::Limit(_))));
    let claimed = [&u64::MAX.to_le_bytes()[..], b"{}"].concat();
    assert!(refusal(claimed).starts_with("not a safetensors file, or a damaged one"));
}

#[test]
fn the_words_of_others_are_quoted_in_part_and_in_plain_characters() {
    let long = format!("\u{1b}[2J\u{202e}{}", "x".repeat(100_000));
    let word = serde_json::to_string(&long).unwrap();
    let config = json(&config()).unwrap();
    let with = |key: &str, value: String| changed(&file(), |metadata, _| _ = metadata.insert(key.into(), value));
    let refused = [
        with("format_version", long.clone()),
        with("config", config.replace("\"heart\"", &word)),
        with("provenance", word.clone()),
        changed(&file(), |_, tensors| tensors.push((long.clone(), Dtype::F32, vec![1], vec![0; 4]))),
        changed(&file(), |metadata, _| {
            metadata.insert("config".into(), config.replace("\"normal\"", &word));
            metadata.insert("labels".into(), format!("[{word},\"abnormal\"]"));
        }),
    ];
    for refused in refused.map(refusal) {
        assert!(refused.len() < 1000 && refused.chars().all(is_plain), "{refused}");
    }
}

#[test]
fn labels_with_more_than_printable_text_are_refused() {
    for (label, why) in [
        ("\u{1b}[2J\u{1b}[31mnormal\n\r", "label 0, \"\\u{1b}[2J\\u{1b}[31mnormal\\n\\r\", holds a control character"),
        ("lamron\u{202e}", "label 0, \"lamron\\u{202e}\", holds a control character or a mark of direction"),
        ("abnormal", "label \"abnormal\" is listed twice"),
        (" ", "label 0 is blank"),
    ] {
        let labels = vec![label.to_string(), "abnormal".into()];
        let bytes = changed(&file(), |metadata, _| {
            metadata.insert("labels".into(), json(&labels).unwrap());
            metadata.insert("config".into(), json(&ModelConfig { labels, ..config() }).unwrap());
        });
        let refused = refusal(bytes);
        assert!(refused.starts_with(why), "{refused}: {why}");
    }
}

#[test]
fn provenance_is_read_in_plain_characters() {
    let provenance = Provenance {
        software_version: "0.1\u{9b}".into(),
        data: "hearts\u{1b}]0;title\u{7}".into(),
        protocol: "one\ntwo".into(),
        device: "CPU\u{202e}".into(),
        metrics: serde_json::json!({ "held\u{1b}out": [{ "n": 7 }, "a\u{200f}b"] }),
        ..Default::default()
    };
    let bytes = write(&config(), &weights(), &provenance).unwrap();
    let read = read(&bytes).unwrap().provenance;
    assert_eq!(read.software_version, "0.1\\u{9b}");
    assert_eq!(read.data, "hearts\\u{1b}]0;title\\u{7}");
    assert_eq!((read.protocol.as_str(), read.device.as_str()), ("one\\ntwo", "CPU\\u{202e}"));
    assert_eq!(read.metrics, serde_json::json!({ "held\\u{1b}out": [{ "n": 7 }, "a\\u{200f}b"] }));
}

#[test]
fn assessments_with_more_than_printable_text_are_refused() {
    let with = |key: &str, value: String| changed(&file(), |metadata, _| _ = metadata.insert(key.into(), value));
    for words in ["a\nb", "a\u{202e}b", "a\u{9b}b"] {
        let mut assessment = assessment();
        assessment.measured.measured_on = words.into();
        let openness = Openness { measured_on: words.into(), ..openness() };
        for (key, value) in [("assessment", json(&assessment)), ("openness", json(&openness))] {
            let refused = refusal(with(key, value.unwrap()));
            assert!(refused.contains("measured_on: expected at most 2000 bytes of plain text"), "{refused}");
        }
    }
}

#[test]
fn people_are_described_in_a_few_printable_words() {
    let scope = |words: &str| Scope { people: Some(words.into()), ..adults() };
    let with = |words: &str| {
        let scope = json(&scope(words)).unwrap();
        changed(&file(), |metadata, _| _ = metadata.insert("scope".into(), scope))
    };
    let [longest, longer] = [200, 201].map(|length| "é".repeat(length));
    assert_eq!(read(&with(&longest)).unwrap().scope, Some(scope(&longest)));
    for words in ["", " ", "a\nb", "a\u{202e}b", "a\u{9b}b", "\u{1b}[2J", &longer] {
        let refused = refusal(with(words));
        assert!(refused.contains("people: expected 1 to 200 characters of plain text"), "{refused}");
        assert!(refused.chars().all(is_plain) && with_scope(&file(), &scope(words)).is_err(), "{refused}");
    }
}

/// All of these were read, and judged every recording abnormal with 100 %.
#[test]
fn filters_that_are_none_are_refused_by_their_numbers() {
    for (tensor, number, why) in [
        ("gain", f32::MAX, "filter 2: gain 340282"),
        ("bandwidth", -5.0, "filter 2: bandwidth -5 Hz: expected a positive number"),
        ("bandwidth", 0.0, "filter 2: bandwidth 0 Hz"),
        ("centre_frequency", 501.0, "filter 2: centre frequency 501 Hz: expected 0 to 500 Hz"),
        ("centre_frequency", -1.0, "filter 2: centre frequency -1 Hz: expected 0 to 500 Hz"),
    ] {
        let refused = refusal(with_number(&format!("front_end.{tensor}"), 2, number));
        assert!(refused.starts_with(why), "{refused}: {why}");
    }
}

#[test]
fn bounded_filters_are_checked_as_what_their_numbers_stand_for() {
    let bounded = FilterbankConfig { form: Form::Bounded, ..config().front_end };
    let mut initial = bounded.initial_filters().unwrap();
    let mut weights = weights();
    for (index, name) in ["centre_frequency", "bandwidth", "gain"].into_iter().enumerate() {
        let numbers = initial.iter().map(|filter| bounded.to_unconstrained(filter)[index] as f32).collect();
        weights.insert(format!("front_end.{name}"), numbers);
    }
    let config = ModelConfig { front_end: bounded, ..config() };
    let good = write(&config, &weights, &Provenance::default()).unwrap();
    assert!(read(&good).is_ok());
    initial[5].bandwidth_hz = -1.0;
    let bytes = changed(&good, |metadata, _| _ = metadata.insert("initial_filters".into(), json(&initial).unwrap()));
    assert!(refusal(bytes).starts_with("initial filter 5: bandwidth -1 Hz"));
    weights.get_mut("front_end.gain").unwrap()[3] = 1000.0;
    let refused = write(&config, &weights, &Provenance::default()).unwrap_err().to_string();
    assert!(refused.contains("filter 3: gain inf: expected one that amplifies by at most 240 dB"), "{refused}");
}

#[test]
fn variances_below_nothing_are_refused() {
    let refused = refusal(with_number("classifier.stem.norm.running_var", 3, -0.5));
    assert_eq!(refused, "tensor \"classifier.stem.norm.running_var\" is negative at index 3: it holds variances");
}
