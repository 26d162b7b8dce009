//! Every stage from bytes to verdict on the CPU: `cargo bench -p spectnet-tests`.
//!
//! One recording of 30 s of heart sound at 2 kHz (12 windows), synthesised; all threads, as `spectnet predict` has them.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use spectnet_core::audio::{Recording, read_wav, resample, write_wav};
use spectnet_core::filterbank::fused::Plan;
use spectnet_core::network::cpu::engine::{CpuEngine, Network};
use spectnet_core::package::{self, Package};
use spectnet_core::prediction::Prepared;
use spectnet_core::recognise::Model;
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::models;

const SECONDS: f64 = 30.0;

fn recording() -> Recording {
    heart(&HeartOptions { seed: 1, seconds: SECONDS, sample_rate: 2000, murmur: None })
        .expect("valid options")
        .recording
}

/// SpectNet-16 with three blocks and random weights: its time does not depend on them.
fn file() -> Vec<u8> {
    models::random(&models::heart(3, 16, 2))
}

fn model() -> Package {
    package::read(&file()).expect("a valid model")
}

fn stages(criterion: &mut Criterion) {
    let package = model();
    let config = &package.config;
    let recording = recording();
    let bytes = write_wav(&recording).expect("a recording can be written");
    let prepared = Prepared::new(config, &recording).expect("the recording is long enough");
    let windows = prepared.input(config, &prepared.windows);
    let engine = || CpuEngine::new(Network::new(config, &package.weights).expect("valid weights")).expect("filters");
    let ready = engine();
    let images = ready.images(&windows.samples, config.windowing.samples).expect("whole windows");

    let mut group = criterion.benchmark_group("stage");
    group.throughput(Throughput::Elements((SECONDS * 1000.0) as u64));
    group.bench_function("decode", |bench| bench.iter(|| read_wav(black_box(&bytes))));
    group.bench_function("resample", |bench| bench.iter(|| resample(black_box(&recording), 1000)));
    group.bench_function("condition", |bench| bench.iter(|| config.conditioning.apply(black_box(&recording))));
    group.bench_function("windows", |bench| bench.iter(|| prepared.input(config, black_box(&prepared.windows))));
    group.bench_function("front-end", |bench| {
        bench.iter(|| ready.images(black_box(&windows.samples), config.windowing.samples))
    });
    group.bench_function("classifier", |bench| bench.iter(|| ready.logits(black_box(&images), None, None)));
    group.bench_function("load model", |bench| bench.iter_batched(|| (), |()| engine(), BatchSize::SmallInput));
    let model = Model::from_bytes(&file()).expect("a valid model");
    group.bench_function("whole predict", |bench| {
        bench.iter(|| read_wav(black_box(&bytes)).and_then(|recording| model.classify(&recording)));
    });
    group.finish();
}

/// The fused operation against the number of taps: its time does not grow with them.
fn front_end(criterion: &mut Criterion) {
    let package = model();
    let signal: Vec<f32> = (0..220_500).map(|k| (0.05 * k as f32).sin() * 0.05).collect();
    let mut group = criterion.benchmark_group("front-end, 10 s at 22.05 kHz, 46 filters");
    for taps in [81, 275, 551, 1103] {
        let mut config = package.config.front_end.clone();
        (config.sample_rate, config.taps, config.filters) = (22_050, taps, 46);
        config.range_hz = [50.0, 10_000.0];
        let filters = config.initial_filters().expect("a valid bank");
        let plan = Plan::gammatones(&config, &filters).expect("a valid bank");
        let mut image = vec![0.0; plan.frames(signal.len()) * filters.len()];
        group.bench_function(format!("{taps} taps"), |bench| {
            bench.iter(|| plan.forward(black_box(&signal), signal.len(), &mut image));
        });
    }
    group.finish();
}

criterion_group!(benches, stages, front_end);
criterion_main!(benches);
