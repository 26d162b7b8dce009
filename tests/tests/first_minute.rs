//! What a newcomer sees first: what was found, what will be done, about how long it takes, and where it will lie.

use std::fs;

use spectnet_tests::args;
use spectnet_tests::command::spectnet;

#[test]
fn a_run_says_what_it_has_found_and_will_do_before_it_reads_everything() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("run"));
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", "24", "--seed", "1", "--seconds", "5"])
        .done();
    // One that is listed and not there.
    fs::remove_file(data.join("heart-00003.wav")).unwrap();
    let train = args!["train", "--task", "heart", "--data", &data, "--out", &out, "--device", "cpu", "--filters", "4"];
    let small = args!["--blocks", "2", "--batch", "8", "--epochs", "1", "--skip-unreadable"];
    let run = spectnet(train.into_iter().chain(small)).done();
    let said = &run.stderr;
    // 23 recordings of 5 s are 115 s.
    for expected in [
        "found: 23 recordings (about 2 minutes), ",
        "; 1 more are missing or cannot be used",
        "network: residual with ",
        "behind 4 filters of 12 numbers, trained with it",
        &format!("folder: {}", out.display()),
        "time: about ",
        "for 1 epochs of about ",
    ] {
        assert!(said.contains(expected), "{expected}: {run:?}");
    }
    let place = |what: &str| said.find(what).unwrap_or_else(|| panic!("{what}: {run:?}"));
    assert!(place("device: ") < place("time: about ") && place("time: about ") < place("epoch   1/1"), "{run:?}");
    let network = said.lines().find(|line| line.starts_with("network: ")).unwrap();
    let parameters: usize = network.split(' ').nth(3).unwrap().parse().unwrap();
    assert!(parameters > 1000, "{network}");
}
