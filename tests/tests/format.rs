//! Whether docs/FORMAT.md says enough: `bench/predict.py` computes by it in NumPy, and says the same as the program.
//!
//! It takes a Python that has NumPy: the one that `SPECTNET_PYTHON` names, as `cargo xtask test` does, or `python3`.

// Graphics devices have deep types (features cuda, vulkan).
#![recursion_limit = "256"]

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use serde_json::{Value, json};
use spectnet_core::audio::{Channels, Conditioning, Recording, read_wav, resample, write_wav, write_wav_channels};
use spectnet_core::model::{ClassifierConfig, Compression, ModelConfig, SCENE_RATE};
use spectnet_core::network::burn::SpectNet;
use spectnet_core::package;
use spectnet_core::prediction::decision::{Decision, OperatingPoint};
use spectnet_core::prediction::{Prediction, Prepared, Probabilities, Tally};
use spectnet_tests::agreement::number;
use spectnet_tests::judge::Judge;
use spectnet_tests::python::Python;
use spectnet_tests::recordings::{environment, heart_in_silence, held_out_hearts};
use spectnet_tests::spectnet::predict;
use spectnet_tests::{models, recordings};
use xtask::workspace::Workspace;

/// Largest difference of a probability.
const TOLERANCE: f64 = 1e-4;
/// Sampling rate of heart models in Hz.
const HEART_RATE: u32 = 1000;

/// The script that computes by the document.
const SCRIPT: &str = "bench/predict.py";

/// A Python that runs it.
struct Script(&'static Python);

impl Script {
    fn find() -> Option<Self> {
        Python::find(SCRIPT).map(Self)
    }

    fn predict(&self, model: &Path, recording: &Path, states: Option<&Path>) -> Value {
        let mut command = self.0.command(SCRIPT);
        command.args([model, recording]);
        command.args(states.into_iter().flat_map(|states| [Path::new("--states"), states]));
        let output = command.output().expect("Python starts");
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("one JSON document")
    }

    /// What the script says of a recording, which must be what the program says as far as its three digits go.
    fn agrees(&self, model: &Path, recording: &Path) -> Value {
        let predicted = predict(model, recording);
        let states = predicted.get("states").map(|_| recording.with_extension("json"));
        assert!(states.is_some() || predicted.get("rhythm").is_none(), "no states of a heart: {predicted}");
        if let Some(states) = &states {
            fs::write(states, json!([predicted]).to_string()).expect("the temporary folder is writable");
        }
        let computed = self.predict(model, recording, states.as_deref());
        let name = format!("{} of {}", model.display(), recording.display());
        let near = |name: &str, computed: &Value, predicted: &Value| {
            for (label, expected) in predicted["probabilities"].as_object().expect("probabilities by label") {
                let (computed, expected) = (number(&computed["probabilities"][label]), number(expected));
                let off = (computed - expected).abs();
                assert!(off <= TOLERANCE + rounding(computed), "{name}: {label} {computed}, expected {expected}");
            }
        };
        near(&name, &computed, &predicted);
        let windows = |verdict: &Value| verdict["windows"].as_array().expect("windows").clone();
        let (of_script, of_program) = (windows(&computed), windows(&predicted));
        assert_eq!(of_script.len(), of_program.len(), "{name}: windows");
        for (index, (computed, predicted)) in of_script.iter().zip(&of_program).enumerate() {
            let name = format!("{name}, window {index}");
            for bound in ["start_s", "end_s"] {
                assert!((number(&computed[bound]) - number(&predicted[bound])).abs() < 1e-9, "{name}: {bound}");
            }
            near(&name, computed, predicted);
        }
        computed
    }

    /// The same of a recording with one channel, which must also be what the library says with all digits.
    fn agrees_exactly(&self, model: &Path, recording: &Path) {
        let computed = self.agrees(model, recording);
        let expected = exact(model, recording);
        let near = |name: &str, computed: &Value, expected: &Probabilities| {
            for (label, expected) in expected {
                let off = (number(&computed["probabilities"][label]) - expected).abs();
                let (model, recording) = (model.display(), recording.display());
                assert!(off <= TOLERANCE, "{model} of {recording}, {name}: {label} is off by {off}");
            }
        };
        near("recording", &computed, &expected.probabilities);
        let windows = computed["windows"].as_array().expect("windows");
        assert_eq!(windows.len(), expected.windows.len(), "{} of {}", model.display(), recording.display());
        for (computed, expected) in windows.iter().zip(&expected.windows) {
            near(&format!("window from {} s", expected.start_s), computed, &expected.probabilities);
            assert!((number(&computed["weight"]) - expected.weight).abs() < 1e-9, "weight from {} s", expected.start_s);
        }
    }
}

/// Half of the last of three significant digits of a probability, counted from the nearer of 0 and 1.
fn rounding(probability: f64) -> f64 {
    let distance = probability.min(1.0 - probability);
    if distance <= 0.0 { 0.0 } else { 0.5 * 10f64.powf(distance.log10().floor() - 2.0) }
}

/// The verdict of the library, of which the program's JSON has three digits.
fn exact(model: &Path, recording: &Path) -> Prediction {
    let recording = read_wav(&fs::read(recording).expect("a file")).expect("a recording");
    let package = package::read(&fs::read(model).expect("a file")).expect("a model");
    let config = &package.config;
    if !matches!(config.classifier, ClassifierConfig::Cnn1d { .. } | ClassifierConfig::Cnn2d { .. }) {
        return Judge::read(model).prediction(&recording);
    }
    // There is no engine for these.
    let device = Device::flex();
    let network = SpectNet::with_weights(config, &package.weights, &device).expect("the weights belong to the model");
    let prepared = Prepared::new(config, &recording).expect("a recording that can be conditioned");
    let windows = prepared.input(config, &prepared.windows).samples;
    let windows = TensorData::new(windows, [prepared.windows.len(), config.windowing.samples]);
    let probabilities = network.probabilities(config, Tensor::<2>::from_data(windows, &device));
    let probabilities = probabilities.try_into_vec_as::<f32>().expect("probabilities");
    let mut tally = Tally::new(config);
    tally.add(&prepared, &probabilities).expect("numbers");
    let decision = Decision::new(config, package.assessment.as_ref(), OperatingPoint::Usual).expect("a threshold");
    tally.prediction(&decision).expect("a window")
}

/// Writes the first `seconds` of a recording at another rate: the script resamples nothing.
fn at_rate(file: PathBuf, recording: &Recording, rate: u32, seconds: f64) -> PathBuf {
    let resampled = resample(recording, rate).expect("a rate that exists");
    let samples = resampled.samples().iter().copied().take((seconds * f64::from(rate)) as usize).collect();
    let cut = Recording::new(samples, rate).expect("a recording");
    fs::write(&file, write_wav(&cut).expect("a recording can be written")).expect("the temporary folder is writable");
    file
}

fn read(file: &Path) -> Recording {
    read_wav(&fs::read(file).expect("a file")).expect("a recording")
}

#[test]
fn numpy_computes_what_every_classifier_says() {
    let Some(python) = Script::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (_, recording) = held_out_hearts(4, 8.0).remove(0);
    let file = |name: &str| folder.path().join(name);
    let heart = at_rate(file("heart.wav"), &recording, HEART_RATE, 7.7);
    // Shorter than a window, but long enough to look for a heart.
    let short = at_rate(file("short.wav"), &recording, HEART_RATE, 2.2);
    let shipped = Workspace::root_from_manifest().join("web/weights/heart.safetensors");
    assert_eq!(predict(&shipped, &heart)["rhythm"]["plausible"], true, "there must be heart cycles to cut");
    let (_, _, assessment) = models::assessed();
    for (name, config) in models::every_classifier() {
        let model = file(&format!("{name}.safetensors"));
        let bytes = package::with_assessment(&models::random(&config), &assessment).unwrap();
        fs::write(&model, bytes).unwrap();
        python.agrees_exactly(&model, &heart);
        python.agrees_exactly(&model, &short);
    }
}

#[test]
fn numpy_computes_what_the_shipped_heart_model_says() {
    let Some(python) = Script::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let model = Workspace::root_from_manifest().join("web/weights/heart.safetensors");
    for (index, (name, recording)) in held_out_hearts(6, 10.0).iter().enumerate() {
        println!("heart-{index}: {name}");
        let file = folder.path().join(format!("heart-{index}.wav"));
        python.agrees_exactly(&model, &at_rate(file, recording, HEART_RATE, 20.0));
    }
    // A heart is looked for in each stretch of sound by itself, and where there is none every frame is of every phase.
    let paused = read(&heart_in_silence(folder.path(), 9.0, [3, 3]));
    python.agrees_exactly(&model, &at_rate(folder.path().join("paused.wav"), &paused, HEART_RATE, 15.0));
    let noise = recordings::noise(6.0);
    python.agrees_exactly(&model, &at_rate(folder.path().join("noise.wav"), &noise, HEART_RATE, 6.0));
    let silence = read(&recordings::silence(folder.path(), 4));
    python.agrees_exactly(&model, &at_rate(folder.path().join("silence.wav"), &silence, HEART_RATE, 4.0));
}

#[test]
fn numpy_computes_what_the_shipped_environment_model_says() {
    let Some(python) = Script::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let model = Workspace::root_from_manifest().join("web/weights/environment.safetensors");
    let files = environment(folder.path());
    let sounds: Vec<Recording> =
        files.iter().filter(|file| file.extension().is_some_and(|end| end == "wav")).map(|file| read(file)).collect();
    assert!(sounds.len() >= 2, "{files:?}");
    let in_folder = |name: String| folder.path().join(name);
    for (index, sound) in sounds.iter().enumerate() {
        let file = in_folder(format!("environment-{index}.wav"));
        python.agrees_exactly(&model, &at_rate(file, sound, SCENE_RATE, 8.0));
    }

    // A model that looks at two channels as mid and side, and a recording of more than one piece.
    let config = models::environment(8000, 12, Compression::Log);
    let conditioning = Conditioning { channels: Channels::MidSide, ..config.conditioning };
    let both = in_folder("both.safetensors".into());
    fs::write(&both, models::random(&ModelConfig { conditioning, ..config })).unwrap();
    let [left, right] = [&sounds[0], &sounds[1]].map(|sound| {
        let sound = resample(sound, 8000).unwrap();
        Recording::new(sound.samples().iter().copied().cycle().take(8000 * 95).collect(), 8000).unwrap()
    });
    let stereo = in_folder("both.wav".into());
    fs::write(&stereo, write_wav_channels(&[&left, &right], 16).unwrap()).unwrap();
    python.agrees(&both, &stereo);
}
