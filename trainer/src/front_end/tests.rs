//! What follows from what is said.

use clap::Parser;

use super::*;
use crate::cli::{Cli, Command};

fn features(arguments: &[&str]) -> Result<FilterbankConfig> {
    let always = ["spectnet", "features", "a.wav", "--out", "a.png"];
    match Cli::try_parse_from(always.iter().chain(arguments)).map_err(|error| usage(error.to_string()))?.command {
        Command::Features(args) => args.front_end(),
        other => panic!("{other:?}"),
    }
}

fn centres(config: &FilterbankConfig) -> Vec<f64> {
    config.initial_filters().unwrap().iter().map(|filter| filter.centre_hz).collect()
}

fn bandwidths(config: &FilterbankConfig) -> Vec<f64> {
    config.initial_filters().unwrap().iter().map(|filter| filter.bandwidth_hz).collect()
}

#[test]
fn nothing_said_is_the_front_end_of_the_task() {
    for (name, task) in [("heart", Task::Heart), ("scene", Task::Scene)] {
        let own = FilterbankConfig { form: Form::Paper, learnable: false, ..task.front_end(16) };
        assert_eq!(features(&["--task", name]).unwrap(), own);
        let same = FrontEndFlags::default().config(task, Form::Bounded).unwrap();
        assert_eq!(same, FilterbankConfig { form: Form::Bounded, learnable: true, ..own });
    }
}

#[test]
fn every_setting_reaches_both_tasks() {
    for task in ["heart", "scene"] {
        let settings = ["--task", task, "--filters", "3", "--spacing", "linear", "--range", "100,300", "--order", "2"];
        let more = ["--bandwidth", "20", "--taps", "200", "--gain", "3.5", "--frame-ms", "20", "--hop-ms", "5"];
        let config = features(&[&settings[..], &more].concat()).unwrap();
        assert_eq!(centres(&config), [100.0, 200.0, 300.0]);
        assert_eq!(bandwidths(&config), [20.0; 3]);
        assert_eq!((config.order, config.taps, config.gain), (2, 200, 3.5));
        let samples = config.sample_rate as usize / 1000;
        assert_eq!(config.framing, Framing { window: 20 * samples, hop: 5 * samples });
    }
}

#[test]
fn one_centre_is_for_all_and_a_list_counts_the_filters() {
    let constant = features(&["--centres", "60", "--filters", "3"]).unwrap();
    assert_eq!((constant.spacing.clone(), centres(&constant)), (Spacing::Constant(60.0), vec![60.0; 3]));
    let listed = features(&["--centres", "50,150,100", "--bandwidth", "10,20,30"]).unwrap();
    assert_eq!((listed.filters, centres(&listed)), (3, vec![50.0, 150.0, 100.0]));
    assert_eq!(bandwidths(&listed), [10.0, 20.0, 30.0]);
    assert_eq!(features(&["--bandwidth", "10,20,30,40"]).unwrap().filters, 4);
    let erb = features(&["--centres", "100,200", "--bandwidth", "erb"]).unwrap();
    let twice = features(&["--centres", "100,200", "--bandwidth", "2erb"]).unwrap();
    assert_eq!((erb.bandwidth.clone(), twice.bandwidth.clone()), (Bandwidth::Erb, Bandwidth::ErbMultiple(2.0)));
    assert_eq!(bandwidths(&twice)[1], 2.0 * bandwidths(&erb)[1]);
}

#[test]
fn lists_come_from_files_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("centres.txt");
    let at = format!("@{}", path.display());
    let missing = features(&["--centres", &at]).unwrap_err().to_string();
    assert!(missing.contains("centres.txt: cannot read the file"), "{missing}");
    std::fs::write(&path, "50\n100\n150\n").unwrap();
    assert_eq!(centres(&features(&["--centres", &at]).unwrap()), [50.0, 100.0, 150.0]);
    let other = features(&["--centres", &at, "--filters", "4"]).unwrap_err().to_string();
    assert_eq!(other, "--centres has 3 values and --filters asks for 4 filters: make them agree");
    std::fs::write(&path, "50\nhigh\n").unwrap();
    let wrong = features(&["--centres", &at]).unwrap_err().to_string();
    assert!(wrong.ends_with("centres.txt: line 2: \"high\" is no number"), "{wrong}");
}

#[test]
fn scenes_have_filters_as_long_as_they_ring_and_hearts_when_asked() {
    let taps = |arguments: &[&str]| features(arguments).unwrap().taps;
    assert_eq!(taps(&["--task", "scene"]), 1219);
    assert!(taps(&["--task", "scene", "--bandwidth", "2erb"]) < 620);
    assert!(taps(&["--task", "scene", "--range", "200,6000"]) < 800);
    assert!(taps(&["--task", "scene", "--decay-db", "40"]) < 1000);
    assert_eq!(taps(&["--bandwidth", "20"]), 81);
    let config = features(&["--bandwidth", "20", "--decay-db", "40"]).unwrap();
    assert!((40.0..41.5).contains(&config.decay_db().unwrap()), "{config:?}");
}

#[test]
fn the_hop_alone_moves_the_frames_of_scenes_with_it() {
    let framing = |arguments: &[&str]| features(arguments).unwrap().framing;
    assert_eq!(framing(&["--task", "scene", "--hop", "20"]), Framing { window: 640, hop: 320 });
    assert_eq!(framing(&["--task", "scene", "--hop-ms", "20", "--frame-ms", "20"]), Framing { window: 320, hop: 320 });
    assert_eq!(framing(&["--hop-ms", "5"]), Framing { window: 25, hop: 5 });
}

#[test]
fn a_wrong_value_is_refused_with_what_it_may_be() {
    for (arguments, expected) in [
        (&["--filters", "0"][..], "0 filters: expected 1 to 4096"),
        (&["--filters", "4097"], "4097 filters: expected 1 to 4096"),
        (&["--order", "9"], "order 9: expected 1 to 8"),
        (&["--taps", "0"], "0 taps: expected 1 to 96000"),
        (&["--decay-db", "-3"], "--decay-db is -3; expected 3 to 200 dB"),
        (&["--decay-db", "inf"], "expected 3 to 200 dB"),
        (&["--gain", "-1"], "gain -1: expected a positive number"),
        (&["--range", "300,200"], "--range 300,200: expected 0 <= LOW < HIGH <= 500 Hz"),
        (&["--range", "-5,200"], "--range -5,200: expected 0 <= LOW < HIGH <= 500 Hz"),
        (&["--range", "0,600"], "--range 0,600: expected 0 <= LOW < HIGH <= 500 Hz"),
        (&["--range", "0,nan", "--frontend", "bounded"], "--range 0,NaN: expected 0 <= LOW < HIGH <= 500 Hz"),
        (&["--range", "200"], "expected two numbers, as in 25,400"),
        (&["--centres", "50,501"], "centre frequency 501 Hz: expected 0 to 500 Hz"),
        (&["--centres", "nan"], "centre frequency NaN Hz: expected 0 to 500 Hz"),
        (&["--centres", "high"], "expected one number, several separated by commas, or @FILE"),
        (&["--bandwidth", "-5", "--frontend", "bounded"], "bandwidth -5 Hz: expected a positive number"),
        (&["--bandwidth", "0erb"], "bandwidth 0 Hz: expected a positive number"),
        (&["--bandwidth", "10,0"], "bandwidth 0 Hz: expected a positive number"),
        (&["--frame-ms", "0.1"], "--frame-ms is 0.1; expected at least 1 ms, a sample at 1000 Hz"),
        (&["--hop-ms", "nan"], "--hop-ms is NaN; expected at least 1 ms"),
        (&["--hop-ms", "1e30"], "expected 1 to 11520000"),
        (&["--task", "scene", "--sample-rate", "4000"], "--sample-rate is 4000; expected 8000 to 192000 Hz"),
        (&["--task", "scene", "--bandwidth", "0.001erb"], "taps: expected 1 to 96000"),
    ] {
        let refused = features(arguments).unwrap_err();
        assert!(matches!(&refused, Error::Usage(message) if message.contains(expected)), "{arguments:?}: {refused}");
    }
}

#[test]
fn a_contradiction_is_refused_by_name() {
    for (arguments, names) in [
        (&["--centres", "50,60", "--spacing", "mel"][..], &["--spacing", "--centres"][..]),
        (&["--centres", "50,60", "--range", "10,60"], &["--range", "--centres"]),
        (&["--centres", "50,60", "--filters", "3"], &["--centres has 2", "--filters asks for 3"]),
        (&["--centres", "50,60", "--bandwidth", "1,2,3"], &["--bandwidth has 3", "--centres asks for 2"]),
        (&["--taps", "81", "--decay-db", "60"], &["--taps 81", "--decay-db 60"]),
        (&["--sample-rate", "8000"], &["--sample-rate 8000 is for scenes"]),
        (&["--frontend", "bounded", "--gain", "10"], &["--gain", "--frontend paper"]),
    ] {
        let refused = features(arguments).unwrap_err();
        let all = |message: &str| names.iter().all(|name| message.contains(name));
        assert!(matches!(&refused, Error::Usage(message) if all(message)), "{arguments:?}: {refused}");
    }
}

#[test]
fn what_the_bounded_form_cannot_start_at_is_refused_and_not_moved() {
    let bounded = |more: &[&str]| features(&[&["--frontend", "bounded"][..], more].concat());
    let centre = bounded(&["--centres", "0,100"]).unwrap_err().to_string();
    assert!(centre.starts_with("centre frequency 0 Hz: bounded filters start at 1.3"), "{centre}");
    let width = bounded(&["--centres", "100,200", "--bandwidth", "200"]).unwrap_err().to_string();
    assert!(width.starts_with("bandwidth 200.00 Hz at 100.00 Hz: bounded filters start with 9."), "{width}");
    assert!(features(&["--centres", "0,100", "--bandwidth", "200"]).is_ok());
    // Unless it is asked for so.
    let near = bounded(&["--centres", "100,200", "--bandwidth", "near 200"]).unwrap();
    let reach = near.bandwidth_reach_hz(100.0);
    assert_eq!(near.bandwidth, Bandwidth::Constant(200.0));
    assert!((bandwidths(&near)[0] - reach[1]).abs() < 1e-9 * reach[1], "{:?}", bandwidths(&near));
    let refused = bounded(&["--bandwidth", "near -5"]).unwrap_err().to_string();
    assert!(refused.contains("bandwidth -5 Hz: expected a positive number"), "{refused}");
    let config = bounded(&["--centres", "50,100", "--bandwidth", "30,40"]).unwrap();
    for (found, asked) in centres(&config).iter().chain(&bandwidths(&config)).zip([50.0, 100.0, 30.0, 40.0]) {
        assert!((found - asked).abs() < 1e-9, "{found} {asked}");
    }
}

#[test]
fn a_model_and_settings_of_another_front_end_do_not_go_together() {
    for flag in [["--centres", "60"], ["--taps", "9"], ["--hop", "5"], ["--filters", "4"], ["--frontend", "paper"]] {
        let refused = features(&[&["--model", "m.safetensors"], &flag[..]].concat()).unwrap_err();
        assert!(matches!(&refused, Error::Usage(why) if why.contains("cannot be used with")), "{refused}");
    }
}
