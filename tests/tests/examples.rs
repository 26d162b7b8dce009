//! The examples of the library, run as a reader runs them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use spectnet_core::audio::{Recording, write_wav};
use spectnet_core::package;
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::command::Run;
use spectnet_tests::spectnet::{predict, program};
use xtask::workspace::Workspace;

fn model() -> PathBuf {
    Workspace::root_from_manifest().join("web/weights/heart.safetensors")
}

/// An example of the library, with these arguments, run to its end, which must be a good one.
fn example(name: &str, arguments: &[&Path]) -> Run {
    let example = program().with_file_name("examples").join(format!("{name}{}", env::consts::EXE_SUFFIX));
    let run = Command::new(example).args(arguments).output().expect("the example was built with the tests");
    Run::from(run).done()
}

/// The three lines of a program that uses the library say what the command line says.
#[test]
fn the_library_says_what_the_program_says() {
    let folder = tempfile::tempdir().unwrap();
    let options = HeartOptions { seed: 3, seconds: 10.0, sample_rate: 2000, murmur: None };
    let silence = Recording::new(vec![0.0; 20_000], 2000).unwrap();
    for (name, recording) in [("heart.wav", heart(&options).unwrap().recording), ("silent.wav", silence)] {
        let file = folder.path().join(name);
        fs::write(&file, write_wav(&recording).unwrap()).unwrap();
        let by_program = predict(&model(), &file);
        let said = example("classify", &[&model(), &file]).stdout;
        let first = said.lines().next().unwrap_or_default();
        match by_program["label"].as_str() {
            Some(label) => assert_eq!(first, label, "{said}"),
            None => assert!(first.starts_with("cannot say: "), "{said}"),
        }
        let abnormal = format!("{:.3} abnormal", by_program["probabilities"]["abnormal"].as_f64().unwrap());
        assert!(said.contains(&abnormal), "{abnormal}: {said}");
    }
}

/// It fails by itself where the loss does not fall or the filters do not move.
#[test]
fn the_filterbank_learns_in_front_of_a_network_of_ones_own() {
    let said = example("own_burn_model", &[]).stdout;
    assert!(said.lines().any(|line| line.starts_with("the loss fell from ")), "{said}");
}

#[test]
fn every_filter_of_a_model_is_drawn_before_and_after_training() {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("filters.svg");
    let said = example("plot_filters", &[&model(), &picture]).stdout;
    let filters = package::read(&fs::read(model()).unwrap()).unwrap().filters.len();
    assert_eq!(said.lines().filter(|line| line.starts_with("filter ")).count(), filters, "{said}");
    let svg = fs::read_to_string(picture).unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{svg}");
    for bars in [r#"class="before""#, r#"class="after""#] {
        assert_eq!(svg.matches(bars).count(), filters, "{bars}");
    }
}

/// A recording that is never there as a whole is classified to its end.
#[test]
fn the_library_takes_a_recording_that_comes_little_by_little() {
    let said = example("stream_an_hour", &[&model(), Path::new("95")]).stdout;
    let lines: Vec<&str> = said.lines().collect();
    let [label, windows, rate] = lines[..] else { panic!("{said}") };
    assert!(["normal", "abnormal"].contains(&label), "{said}");
    assert!(windows.ends_with(" windows in 95 s") && rate.ends_with(" beats a minute"), "{said}");
}
