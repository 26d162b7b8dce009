//! Model files that nobody trained.

use std::path::PathBuf;

use spectnet_core::{
    audio::{Conditioning, SpikeRule, Windowing},
    filterbank::{FilterbankConfig, Form},
    heart::Parts,
    model::{
        ClassifierConfig, Compression, ModelConfig, Normalisation, SCENE_WINDOW_S, Scaling, Segments, Task, Voting,
        Weights,
    },
    package::{self, Provenance},
    prediction::assessment::{Assessment, Scored, calibrated},
};
use xtask::workspace::Workspace;

/// Classes of environmental sounds (those of ESC-10), as data sets write them.
pub const ENVIRONMENT: [&str; 10] = [
    "baby_cry",
    "chainsaw",
    "clock_tick",
    "dog_bark",
    "fire_crackling",
    "helicopter",
    "person_sneeze",
    "rain",
    "rooster",
    "sea_waves",
];

/// The file of a shipped model, `heart` or `environment`.
pub fn shipped(name: &str) -> PathBuf {
    Workspace::root_from_manifest().join(format!("web/weights/{name}.safetensors"))
}

/// A model for heart sounds with the paper's classifier.
pub fn heart(blocks: usize, filters: usize, classes: usize) -> ModelConfig {
    let labels = (0..classes).map(|class| format!("class {class}")).collect();
    Task::Heart.model(labels, filters, blocks)
}

/// The same with the pooled classifier and this scaling of the image.
pub fn pooled(blocks: usize, filters: usize, classes: usize, scaling: Scaling) -> ModelConfig {
    let classifier = ClassifierConfig::Pooled { blocks, dropout: 0.0 };
    ModelConfig { classifier, scaling, ..heart(3, filters, classes) }
}

/// A model for heart sounds that looks at the states of the heart cycle.
pub fn states(filters: usize) -> ModelConfig {
    let scaling = Scaling { normalisation: Normalisation::Window, ..Scaling::default() };
    ModelConfig {
        classifier: ClassifierConfig::States { dropout: 0.5, parts: Parts::default() },
        scaling,
        ..heart(3, filters, 2)
    }
}

/// A model for environmental sounds as the trainer makes it: the full band of `rate` Hz in long kernels, overlapping windows
/// of 2.5 s, the pooled classifier, its image normalised by the training data.
pub fn environment(rate: u32, filters: usize, compression: Compression) -> ModelConfig {
    let model = Task::Scene.model(ENVIRONMENT.map(String::from).to_vec(), filters, 3);
    ModelConfig {
        front_end: FilterbankConfig::full_band(filters, rate),
        scaling: Scaling { compression, ..model.scaling },
        conditioning: Conditioning::scene(rate),
        windowing: Windowing::overlapping(SCENE_WINDOW_S, rate),
        ..model
    }
}

/// Models of every classifier, and of everything that the configuration leaves open, with the names of their files.
pub fn every_classifier() -> Vec<(&'static str, ModelConfig)> {
    let heart = |blocks: usize, filters: usize, classifier: Option<ClassifierConfig>, scaling: Scaling| {
        let heart = self::heart(blocks, filters, 2);
        let labels = ["normal", "abnormal"].map(String::from).to_vec();
        ModelConfig { labels, scaling, classifier: classifier.unwrap_or(heart.classifier), ..heart }
    };
    let bounded = |config: ModelConfig, order: u32, phase: bool| {
        let front_end = FilterbankConfig { form: Form::Bounded, order, phase, ..config.front_end };
        ModelConfig { front_end, ..config }
    };
    let plain = Scaling::default();
    let floor = Scaling { floor_db: Some(45.0), least_variance: 0.1, normalisation: Normalisation::Window, ..plain };
    let power = |normalisation| Scaling { compression: Compression::Power, normalisation, ..plain };
    let pooled = |blocks| Some(ClassifierConfig::Pooled { blocks, dropout: 0.0 });
    let states = |parts| Some(ClassifierConfig::States { dropout: 0.0, parts });
    let published = Conditioning { spike_rule: SpikeRule::Published, ..Conditioning::heart() };
    let majority = ModelConfig { conditioning: published, voting: Voting::Majority, ..heart(2, 4, None, plain) };
    let cycles = |config| ModelConfig { segments: Segments::Cycles, ..config };
    let by_data = Scaling { normalisation: Normalisation::Data, ..plain };
    let four = ModelConfig { voting: Voting::LogMean, ..heart(4, 15, None, by_data) };
    vec![
        ("residual-2", majority),
        ("residual-3", cycles(bounded(heart(3, 8, None, floor), 4, true))),
        ("residual-4", four),
        ("pooled-1", bounded(heart(3, 5, pooled(1), power(Normalisation::Window)), 1, false)),
        ("pooled-3", heart(3, 9, pooled(3), Scaling { floor_db: Some(30.0), ..power(Normalisation::Data) })),
        ("states", heart(3, 6, states(Parts::default()), plain)),
        (
            "states-in-parts",
            bounded(heart(3, 6, states(Parts { systole: 3, diastole: 4, lead_ms: 30 }), floor), 2, false),
        ),
        ("cnn-1d", cycles(heart(3, 5, Some(ClassifierConfig::Cnn1d { dropout: 0.0 }), plain))),
        ("cnn-2d", heart(3, 5, Some(ClassifierConfig::Cnn2d { dropout: 0.0 }), power(Normalisation::Data))),
    ]
}

/// A model file with random weights: different everywhere, and neither vanishing nor exploding on the way through the
/// network.
///
/// # Panics
/// For a size that no network has.
pub fn random(config: &ModelConfig) -> Vec<u8> {
    let start = config.front_end.initial_filters().expect("a bank that exists");
    let raw: Vec<[f64; 3]> = start.iter().map(|filter| config.front_end.to_unconstrained(filter)).collect();
    let mut random = uniform();
    let mut weights = Weights::new();
    for (name, shape) in config.tensors().expect("a network that exists") {
        let inputs: usize = if shape.len() == 4 { shape[1..].iter().product() } else { shape[0] };
        let values = (0..shape.iter().product()).map(|index: usize| match name.rsplit('.').next() {
            Some("centre_frequency") => raw[index][0] as f32,
            Some("bandwidth") => raw[index][1] as f32,
            Some("gain") => raw[index][2] as f32,
            Some("weight") => random() * (12.0 / inputs as f32).sqrt(),
            Some("gamma" | "running_var") => 1.0 + random(),
            Some("mean") => random() - 8.0,
            Some("deviation") => 3.0 + random(),
            _ => 0.3 * random(),
        });
        let values = values.collect();
        weights.insert(name, values);
    }
    package::write(config, &weights, &Provenance::default()).expect("a valid model")
}

/// A model that tells normal from abnormal heart sounds at random: without an assessment, the same with one, and that.
///
/// # Panics
/// Never: it is the same every time.
pub fn assessed() -> (Vec<u8>, Vec<u8>, Assessment) {
    let labels = ["normal", "abnormal"].map(String::from).to_vec();
    let plain = random(&ModelConfig { labels, ..heart(2, 4, 2) });
    let assessment = Assessment::measure(&overconfident(), "60 recordings that nobody made").expect("both classes");
    let assessed = package::with_assessment(&plain, &assessment).expect("a valid model");
    (plain, assessed, assessment)
}

/// What a model would say of 60 recordings whose log-odds are about four times what they should be. The least probable one is
/// abnormal, the most probable one normal.
fn overconfident() -> Vec<Scored> {
    let share = |i: u32| (f64::from(i % 60) + 0.5) / 60.0;
    let positive = |i: u32| if i == 0 || i == 59 { i == 0 } else { share(i * 17 + 5) < share(i) };
    (0..60).map(|i| Scored { probability: calibrated(share(i), 0.25), positive: positive(i) }).collect()
}

/// Numbers from −0.5 to 0.5, the same every time.
pub(crate) fn uniform() -> impl FnMut() -> f32 {
    let mut state = 1u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    }
}
