//! Prepared recordings on disk: whatever becomes of them, results are the same.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use safetensors::SafeTensors;
use spectnet_core::prediction::PREPARATION;
use spectnet_tests::args;
use spectnet_tests::command::{Run, command, names, spectnet, untrained_model};
use spectnet_tests::recordings::fixture;

/// Recordings of the data sets here.
const COUNT: usize = 24;

fn hearts(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    let count = COUNT.to_string();
    spectnet(args!["synth", "--task", "heart", "--out", &data, "--count", count, "--seed", "2", "--seconds", "4"])
        .done();
    data
}

/// Arguments that judge a data set with a cache in this place.
fn eval(folder: &Path, data: &Path, cache: &Path) -> Vec<OsString> {
    let model = untrained_model(folder);
    args!["eval", "--model", model, "--data", data, "--device", "cpu", "--json", "--cache", cache].into()
}

/// What a run says of its recordings.
fn said(run: &Run) -> Vec<&str> {
    run.stderr.lines().filter(|line| line.starts_with("recordings: ")).collect()
}

fn entries(cache: &Path) -> Vec<PathBuf> {
    let folder = cache.join("prepared");
    names(&folder).into_iter().map(|name| folder.join(name)).collect()
}

#[test]
fn results_are_the_same_with_and_without_a_cache_whatever_became_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, cache) = (hearts(folder.path()), folder.path().join("cache"));
    let judge = |cache: &Path| spectnet(eval(folder.path(), &data, cache)).done();
    let without = judge(Path::new("off"));
    assert!(said(&without).is_empty(), "{without:?}");
    let cold = judge(&cache);
    assert!(said(&cold)[0].starts_with(&format!("recordings: 0 from the cache, {COUNT} prepared (")), "{cold:?}");
    assert_eq!(entries(&cache).len(), COUNT);
    let all = |run: &Run| {
        let lines = said(run);
        lines.len() == 1
            && lines[0].starts_with(&format!("recordings: {COUNT} from the cache ("))
            && lines[0].ends_with(", 0 prepared")
    };
    let warm = judge(&cache);
    assert!(all(&warm), "{warm:?}");
    // One entry changed in a bit, one cut short, one empty, one in the place of another one, one gone.
    let kept = entries(&cache);
    let mut bytes = fs::read(&kept[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&kept[0], &bytes).unwrap();
    fs::write(&kept[1], &fs::read(&kept[1]).unwrap()[..middle]).unwrap();
    fs::write(&kept[2], "").unwrap();
    fs::copy(&kept[5], &kept[3]).unwrap();
    fs::remove_file(&kept[4]).unwrap();
    let damaged = judge(&cache);
    let left = COUNT - 5;
    assert!(said(&damaged)[0].starts_with(&format!("recordings: {left} from the cache (")), "{damaged:?}");
    let told: Vec<&str> = damaged.stderr.lines().filter(|line| line.contains("damaged")).collect();
    assert!(told.len() == 1 && told[0].contains("made anew (4): "), "{damaged:?}");
    let mended = judge(&cache);
    assert!(all(&mended), "{mended:?}");
    for run in [&cold, &warm, &damaged, &mended] {
        assert_eq!(run.stdout, without.stdout);
    }
}

#[test]
fn training_is_the_same_to_the_last_bit_and_prepares_all_recordings_in_one_pass() {
    let folder = tempfile::tempdir().unwrap();
    let (data, cache) = (hearts(folder.path()), folder.path().join("cache"));
    let train = |out: &str, cache: &Path| {
        let train = args!["train", "--task", "heart", "--data", &data, "--out", folder.path().join(out)];
        let more =
            args!["--device", "cpu", "--classifier", "states", "--epochs", "1", "--batch", "4", "--filters", "4"];
        spectnet(train.into_iter().chain(more).chain(args!["--cache", cache])).done()
    };
    let without = train("without", Path::new("off"));
    let (cold, warm) = (train("cold", &cache), train("warm", &cache));
    // Whoever is told how long it takes is told of the cache, which is asked without a word of its own.
    let time = |run: &Run| run.stderr.lines().find(|line| line.starts_with("time: about ")).unwrap().to_owned();
    for run in [&without, &cold] {
        assert!(time(run).contains(" to read the recordings and "), "{run:?}");
    }
    assert!(time(&warm).contains(" to read the recordings, which are prepared already, and "), "{warm:?}");
    // Held-out ones too, in one line: there is one pass.
    assert!(
        matches!(said(&cold)[..], [line] if line.contains(&format!("0 from the cache, {COUNT} prepared"))),
        "{cold:?}"
    );
    assert!(matches!(said(&warm)[..], [line] if line.ends_with(", 0 prepared")), "{warm:?}");
    for file in ["best.safetensors", "last.safetensors", "report.json", "predictions.csv", "data.json", "config.toml"] {
        let [without, cold, warm] =
            ["without", "cold", "warm"].map(|out| fs::read(folder.path().join(out).join(file)).unwrap());
        assert!(without == cold && cold == warm, "{file}");
    }
    // Another network over the same recordings: only its windows are other ones.
    let other =
        args!["train", "--task", "heart", "--data", &data, "--out", folder.path().join("other"), "--device", "cpu"];
    let other =
        spectnet(other.into_iter().chain(args!["--epochs", "1", "--filters", "4", "--blocks", "2", "--cache", &cache]))
            .done();
    assert!(matches!(said(&other)[..], [line] if line.ends_with(", 0 prepared")), "{other:?}");
}

#[test]
fn two_processes_may_fill_one_cache_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (data, cache) = (hearts(folder.path()), folder.path().join("cache"));
    let without = spectnet(eval(folder.path(), &data, Path::new("off"))).done();
    let arguments = eval(folder.path(), &data, &cache);
    let start = |_| {
        let mut command = command();
        command.args(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("spectnet starts")
    };
    let both = [0, 1].map(start).map(|child| Run::from(child.wait_with_output().expect("spectnet ends")).done());
    for run in &both {
        assert_eq!(run.stdout, without.stdout);
        assert!(!run.stderr.contains("damaged") && !run.stderr.contains("not kept"), "{run:?}");
    }
    let kept = entries(&cache);
    assert!(kept.len() == COUNT && kept.iter().all(|entry| entry.extension().is_some_and(|name| name == "bin")));
    assert_eq!(spectnet(arguments).done().stdout, without.stdout);
}

/// As root, a folder cannot be closed to a process: here there is a file in its place.
#[test]
fn a_place_that_cannot_be_written_to_is_said_once_and_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let data = hearts(folder.path());
    let without = spectnet(eval(folder.path(), &data, Path::new("off"))).done();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let run = spectnet(eval(folder.path(), &data, &file)).done();
    assert_eq!(run.stdout, without.stdout);
    assert_eq!(run.stderr.matches("what is prepared is not kept for the next run: ").count(), 1, "{run:?}");
    assert_eq!(said(&run), [format!("recordings: 0 from the cache, {COUNT} prepared")]);
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_said_once_and_does_no_harm() {
    use spectnet_tests::spectnet::program;
    use std::process::Command;

    let folder = tempfile::tempdir().unwrap();
    let (data, cache) = (hearts(folder.path()), folder.path().join("cache"));
    let without = spectnet(eval(folder.path(), &data, Path::new("off"))).done();
    // No entry fits into so few blocks.
    let line = "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).arg(program()).args(eval(folder.path(), &data, &cache));
    let run = Run::from(shell.output().expect("a shell")).done();
    assert_eq!(run.stdout, without.stdout);
    assert_eq!(run.stderr.matches("what is prepared is not kept for the next run: ").count(), 1, "{run:?}");
    assert!(names(&cache.join("prepared")).is_empty(), "nothing is left half written");
}

/// A recording, its task, and what comes of it: mean, mean square and a wave of its log-energy image; of a heart the rate, the
/// systolic interval, three confidences, and the sums of the onsets and of the probabilities of its states.
type Known = (&'static str, &'static str, [f64; 3], Option<[f64; 7]>);

/// What decoding, conditioning and segmentation came to when [`PREPARATION`] was 3.
const KNOWN: [Known; 4] = [
    (
        "heart-00001.wav",
        "heart",
        [-25.5561388, 664.2979132, -0.0006455],
        Some([98.969072165, 0.26, 0.812718685, 0.954772952, 0.951473315, 1325.24, 126.198186787]),
    ),
    (
        "heart-00003.wav",
        "heart",
        [-25.8398141, 677.2484978, -0.0014282],
        Some([55.865921788, 0.36, 0.638355953, 0.609121354, 0.646018556, 765.42, 48.285184706]),
    ),
    (
        "heart-2k.flac",
        "heart",
        [-26.3239016, 706.2896008, -0.0022208],
        Some([86.124401914, 0.286666667, 0.751698407, 0.930756924, 0.93531216, 219.88, 47.163721109]),
    ),
    ("park-22k.ogg", "scene", [-10.8227908, 216.6246022, 0.0035974], None),
];

/// Where this fails, recordings are prepared in another way than before. Raise [`PREPARATION`], and then put the new numbers
/// here: else what lies in the caches of users is taken for what the program would make.
#[test]
fn the_version_of_the_preparation_is_raised_when_its_results_change() {
    assert_eq!(PREPARATION, 3, "the numbers here are of another version");
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    spectnet(args!["synth", "--task", "heart", "--out", &made, "--count", "4", "--seed", "5", "--seconds", "20"])
        .done();
    let mut changed = Vec::new();
    for (name, task, image, heart) in KNOWN {
        let made = made.join(name);
        let recording = if made.is_file() { made } else { fixture(name) };
        let found = image_of(folder.path(), &recording, task);
        if !close(&found, &image, 1e-5) {
            changed.push(format!("{name}: {found:.7?}"));
        }
        let Some(heart) = heart else { continue };
        let found = heart_of(&recording);
        if !close(&found, &heart, 1e-6) {
            changed.push(format!("{name}: {found:.9?}"));
        }
    }
    assert!(changed.is_empty(), "{changed:#?}");
}

/// Whether numbers differ by less than what other instructions round in another way.
fn close(found: &[f64], known: &[f64], tolerance: f64) -> bool {
    found.iter().zip(known).all(|(found, known)| (found - known).abs() <= tolerance * known.abs().max(1.0))
}

fn image_of(folder: &Path, recording: &Path, task: &str) -> [f64; 3] {
    let out = folder.join("image.safetensors");
    spectnet(args!["features", recording, "--task", task, "--out", &out]).done();
    let bytes = fs::read(&out).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let image = tensors.tensor("image").unwrap();
    let values = image.data().as_chunks::<4>().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes)));
    let values: Vec<f64> = values.collect();
    let mean = |of: &dyn Fn(usize, f64) -> f64| {
        values.iter().enumerate().map(|(place, value)| of(place, *value)).sum::<f64>() / values.len() as f64
    };
    [mean(&|_, x| x), mean(&|_, x| x * x), mean(&|place, x| x * (place as f64).cos())]
}

fn heart_of(recording: &Path) -> [f64; 7] {
    let found = &spectnet(args!["segment", "--json", recording]).json()[0];
    let number = |value: &serde_json::Value| value.as_f64().expect("a number");
    let states = found["states"].as_array().expect("states");
    let sum = |name: &str| states.iter().map(|state| number(&state[name])).sum::<f64>();
    let confidence = ["heart_rate", "systolic_interval", "states"].map(|name| number(&found["confidence"][name]));
    let [rate, interval] = ["heart_rate_bpm", "systolic_interval_s"].map(|name| number(&found[name]));
    [rate, interval, confidence[0], confidence[1], confidence[2], sum("start_s"), sum("probability")]
}
