//! The shaders themselves: their text, and what they compute on a Vulkan driver, which must be what the CPU computes.
//!
//! A graphics card will do, and so will a driver that computes on the processor, as lavapipe in Debian's package
//! `mesa-vulkan-drivers`. Without one the tests say so and pass.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::pin::pin;
use std::process::{self, Command};
use std::rc::Rc;
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};
use std::thread;

use spectnet_core::filterbank::Framing;
use spectnet_core::heart::Parts;
use spectnet_core::model::{ClassifierConfig, Compression, ModelConfig, Normalisation, Scaling};
use spectnet_core::network::cpu::engine::{CpuEngine, Network};
use wgpu::naga::front::wgsl;
use wgpu::naga::valid::{Capabilities, ValidationFlags, Validator};
use wgpu::{Backends, Instance};

use super::plan::Shader;
use super::plan::tests::{agrees_with, config, network, pooled, windows};
use super::{Gpu, GpuEngine};

/// Largest difference of an image, whose values are natural logarithms.
const IMAGE_TOLERANCE: f32 = 1e-3;
/// Largest difference of the logarithm of a probability, relative to it where it is beyond ±1.
const LOGARITHM_TOLERANCE: f32 = 2e-3;
/// Most invocations of a workgroup that WebGPU promises.
const MAX_INVOCATIONS: u32 = 256;
/// Set in the process that only tries whether the driver works.
const TRYING: &str = "SPECTNET_VULKAN_TRIAL";
/// The test that runs there.
const TRIAL: &str = "gpu::tests::a_first_device_opens_and_answers";
/// Its exit status where there is no device.
const NO_DEVICE: i32 = 3;

/// Runs what only waits for the device.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = work.as_mut().poll(&mut context) {
            return value;
        }
        thread::yield_now();
    }
}

/// The device; where there is none that works, a line says that the test is left out.
fn gpu() -> Option<Rc<Gpu>> {
    static MISSING: OnceLock<Option<String>> = OnceLock::new();
    if let Some(why) = MISSING.get_or_init(tried) {
        // What the macros print is not shown where a test passes.
        let _ = io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes());
        return None;
    }
    Some(open())
}

fn open() -> Rc<Gpu> {
    Rc::new(block_on(Gpu::request()).expect("a Vulkan adapter that was found opens"))
}

/// Why there is no device to test with. There are drivers that crash while they compile a shader, as lavapipe of Mesa 22.3
/// does on some processors: a process of its own tries first.
fn tried() -> Option<String> {
    let program = env::current_exe().expect("a test knows its program");
    let trial = Command::new(program).args([TRIAL, "--exact", "--nocapture"]).env(TRYING, "1").output();
    let trial = trial.expect("a test can start its own program");
    match trial.status.code() {
        Some(0) => None,
        Some(NO_DEVICE) => Some("no Vulkan adapter (Debian: mesa-vulkan-drivers)".into()),
        // Ended by a signal.
        None => Some(format!("the Vulkan driver crashes on the page's shaders ({})", trial.status)),
        Some(_) => panic!(
            "the first try of the device fails:\n{}{}",
            String::from_utf8_lossy(&trial.stdout),
            String::from_utf8_lossy(&trial.stderr)
        ),
    }
}

fn has_adapter() -> bool {
    // An instance without any interface panics: outside Linux and Windows, Vulkan is not compiled in.
    !Instance::enabled_backend_features().is_empty()
        && !block_on(Instance::default().enumerate_adapters(Backends::VULKAN)).is_empty()
}

/// Numbers may differ by what `tolerance` makes of the one that is expected.
fn assert_close(what: &str, got: &[f32], expected: &[f32], tolerance: impl Fn(f32) -> f32) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (got, &expected) in got.iter().zip(expected) {
        let difference = (got - expected).abs();
        assert!(difference <= tolerance(expected), "{what}: {got}, expected {expected}");
    }
}

/// What softmax was made of, but for a constant: differences show also where a class is as good as certain.
fn logarithms(probabilities: &[f32]) -> Vec<f32> {
    probabilities.iter().map(|probability| (probability + f32::MIN_POSITIVE).ln()).collect()
}

/// What a model answers on the device and on the CPU; whether the device takes signals, and whether it classifies.
fn compare(gpu: &Rc<Gpu>, what: &str, network: Network) -> [bool; 2] {
    let engine = GpuEngine::new(gpu.clone(), &network).unwrap();
    let signals = windows(&network);
    let cpu = CpuEngine::new(network).unwrap();
    let images = cpu.images(&signals, cpu.network().samples).unwrap();
    let (takes_signals, classifies) = (!engine.takes_images(), engine.classifies());
    if takes_signals {
        let got = block_on(engine.images(&signals)).unwrap();
        assert_close(&format!("image, {what}"), &got, &images, |_| IMAGE_TOLERANCE);
    }
    if classifies {
        let input = if takes_signals { &signals } else { &images };
        let expected = logarithms(&cpu.probabilities_of(&images, None, None).unwrap());
        // Twice: buffers are used again.
        for run in ["first", "second"] {
            let got = logarithms(&block_on(engine.probabilities(input)).unwrap());
            let tolerance = |expected: f32| LOGARITHM_TOLERANCE * expected.abs().max(1.0);
            assert_close(&format!("probabilities, {what}, {run} run"), &got, &expected, tolerance);
        }
    }
    if takes_signals && classifies {
        let alone = [block_on(engine.images(&signals)).unwrap(), block_on(engine.probabilities(&signals)).unwrap()];
        let together = block_on(engine.images_and_probabilities(&signals)).unwrap();
        assert_eq!(together, alone, "image and probabilities of one run, {what}");
    }
    [takes_signals, classifies]
}

fn agrees(gpu: &Rc<Gpu>, what: &str, config: &ModelConfig) {
    assert_eq!(compare(gpu, what, network(config)), [true, true], "{what}");
}

#[test]
fn every_shader_is_valid_where_webgpu_offers_no_more_than_it_must() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gpu/shaders");
    let mut texts = BTreeSet::new();
    for file in fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.display();
        let text = fs::read_to_string(&path).unwrap();
        let module = wgsl::parse_str(&text).unwrap_or_else(|error| panic!("{name}: {}", error.emit_to_string(&text)));
        let mut validator = Validator::new(ValidationFlags::all(), Capabilities::default());
        if let Err(error) = validator.validate(&module) {
            panic!("{name}: {}", error.emit_to_string(&text));
        }
        let [entry] = module.entry_points.as_slice() else { panic!("{name}: expected one entry point") };
        assert_eq!(entry.name, "main", "{name}");
        assert!(entry.workgroup_size.iter().product::<u32>() <= MAX_INVOCATIONS, "{name}");
        texts.insert(text);
    }
    let used: BTreeSet<String> = Shader::ALL.iter().map(|shader| shader.source().to_string()).collect();
    assert_eq!(texts, used, "shaders that are used");
}

/// Runs in a process of its own before all others, which it must not take with it.
#[test]
fn a_first_device_opens_and_answers() {
    let gpu = match env::var_os(TRYING) {
        Some(_) if has_adapter() => Some(open()),
        Some(_) => process::exit(NO_DEVICE),
        None => gpu(),
    };
    let Some(gpu) = gpu else { return };
    assert!(!gpu.name.is_empty());
    // All shaders between them.
    agrees(&gpu, "residual, 2 blocks", &config(2, 3, 2));
    agrees(&gpu, "pooled, 1 block", &pooled(1, 3, 2));
}

#[test]
fn every_residual_network_answers_on_the_device_as_on_the_cpu() {
    let Some(gpu) = gpu() else { return };
    for (blocks, filters, classes) in [(2, 3, 2), (2, 8, 5), (3, 7, 3), (3, 16, 2), (4, 15, 15)] {
        agrees(&gpu, &format!("{blocks} blocks, {filters} filters"), &config(blocks, filters, classes));
    }
}

#[test]
fn every_pooled_network_answers_on_the_device_as_on_the_cpu() {
    let Some(gpu) = gpu() else { return };
    for (blocks, filters, classes) in [(1, 3, 2), (2, 5, 5), (3, 46, 10)] {
        agrees(&gpu, &format!("pooled, {blocks} blocks, {filters} filters"), &pooled(blocks, filters, classes));
    }
}

#[test]
fn every_scaling_answers_on_the_device_as_on_the_cpu() {
    let Some(gpu) = gpu() else { return };
    for compression in [Compression::Log, Compression::Power] {
        for normalisation in [Normalisation::None, Normalisation::Window, Normalisation::Data] {
            for floor_db in [None, Some(20.0)] {
                let scaling = Scaling { compression, normalisation, floor_db, ..Scaling::default() };
                let what = format!("{scaling:?}");
                let mut config = ModelConfig { scaling, ..pooled(1, 5, 3) };
                config.conditioning.target_rms = Some(0.05);
                agrees(&gpu, &what, &config);
            }
        }
    }
}

#[test]
fn frames_of_any_length_and_distance_are_summed_right_on_the_device() {
    let Some(gpu) = gpu() else { return };
    for (window, hop) in [(30, 10), (7, 10), (10, 10)] {
        let mut config = config(2, 4, 2);
        config.front_end.framing = Framing { window, hop };
        config.windowing.samples = config.front_end.samples(240);
        config.windowing.hop = config.windowing.samples;
        agrees(&gpu, &format!("frames of {window} samples every {hop}"), &config);
    }
}

#[test]
fn of_a_classifier_of_states_the_device_makes_the_image() {
    let Some(gpu) = gpu() else { return };
    let classifier = ClassifierConfig::States { dropout: 0.5, parts: Parts::default() };
    let config = ModelConfig { classifier, ..config(3, 13, 2) };
    assert_eq!(compare(&gpu, "states", network(&config)), [true, false]);
}

#[test]
fn of_long_kernels_the_device_takes_the_image() {
    let Some(gpu) = gpu() else { return };
    let mut config = pooled(3, 46, 10);
    config.front_end.taps = 1103;
    config.front_end.framing = Framing { window: 882, hop: 441 };
    config.windowing.samples = config.front_end.samples(48);
    config.windowing.hop = config.windowing.samples;
    assert_eq!(compare(&gpu, "1103 taps", network(&config)), [false, true]);
}

/// A bank whose carriers have phases, and the same one without them.
fn turned() -> [Network; 2] {
    let mut config = config(2, 8, 3);
    config.front_end.phase = true;
    let [mut turned, mut plain] = [network(&config), network(&config)];
    for (number, filter) in turned.filters.iter_mut().enumerate() {
        filter.phase_rad = 0.8 * number as f64 - 2.0;
    }
    plain.filters.iter_mut().for_each(|filter| filter.phase_rad = 0.0);
    [turned, plain]
}

#[test]
fn phases_of_the_carriers_are_part_of_the_plan() {
    let [turned, plain] = turned();
    let image = |network: &Network| {
        let cpu = CpuEngine::new(network.clone()).unwrap();
        cpu.images(&windows(network), network.samples).unwrap()
    };
    let differences = image(&turned).into_iter().zip(image(&plain)).map(|(turned, plain)| (turned - plain).abs());
    assert!(differences.fold(0.0, f32::max) > 10.0 * IMAGE_TOLERANCE, "the phases make no difference");
    agrees_with(turned, true);
}

#[test]
fn phases_of_the_carriers_are_computed_on_the_device() {
    let Some(gpu) = gpu() else { return };
    let [turned, _] = turned();
    assert_eq!(compare(&gpu, "phases", turned), [true, true]);
}

#[test]
fn more_windows_than_the_device_takes_at_once_are_refused() {
    let Some(gpu) = gpu() else { return };
    let network = network(&config(2, 3, 2));
    let engine = GpuEngine::new(gpu, &network).unwrap();
    for count in [0, engine.windows() + 1] {
        let refused = block_on(engine.probabilities(&vec![0.0; count * network.samples])).unwrap_err().to_string();
        assert!(refused.contains(&format!("{count} windows")), "{refused}");
    }
}
