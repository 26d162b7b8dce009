//! Whole runs on the CPU, natively.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::tensor::Device;
use spectnet_core::at_once;
use spectnet_core::audio::{Conditioning, Recording, Windowing};
use spectnet_core::filterbank::FilterbankConfig;
use spectnet_core::learning::{FilterbankImages, new_model};
use spectnet_core::model::{ClassifierConfig, ModelConfig, Task, Weights};
use spectnet_core::network::burn::SpectNet;
use spectnet_core::package::{self, Package, Provenance, digest};
use spectnet_core::prediction::scope::Scope;
use spectnet_core::recognise::Model;
use spectnet_core::synth::{HeartOptions, Murmur, heart};

use crate::course::{Clock, Course, Told, run};
use crate::message::{Computer, Figures, Labelled, Learns, Order, Part, Step};
use crate::recordings::{Conditioned, Sound};

/// Samples a second of the recordings, and of the model.
const RATES: [u32; 2] = [8000, 4000];
const LABELS: [&str; 3] = ["low", "high", "rest"];

/// The random numbers of the CPU are one sequence for all threads: where they decide, nobody else may draw.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Numbers between −1 and 1.
fn noise(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    }
}

/// Low tones, high tones or noise of three seconds.
fn sound(class: usize, number: u64) -> Vec<Vec<f32>> {
    let mut noise = noise(17 * number + class as u64);
    let hz = [300.0, 1300.0, 0.0][class] + 20.0 * (number % 5) as f32;
    let sample = |k: usize| {
        let tone = (std::f32::consts::TAU * hz * k as f32 / RATES[0] as f32).sin();
        let [tone, rest] = if class == 2 { [0.0, 0.1] } else { [0.1 * tone, 0.01] };
        tone + rest * noise()
    };
    vec![(0..3 * RATES[0] as usize).map(sample).collect()]
}

/// So many recordings of every class.
fn recordings(of_each: u64) -> (Vec<Labelled>, Vec<Vec<Vec<f32>>>) {
    let all = (0..of_each).flat_map(|number| (0..LABELS.len()).map(move |class| (class, number)));
    all.map(|(label, number)| {
        let name = format!("{} {number}.wav", LABELS[label]);
        (Labelled { name, label, sample_rate: RATES[0], group: String::new() }, sound(label, number))
    })
    .unzip()
}

/// So many hearts at 2 kHz, every other one with a murmur.
fn hearts(count: u64) -> (Vec<Labelled>, Vec<Vec<Vec<f32>>>) {
    let one = |seed: u64| {
        let murmur = (seed % 2 == 1).then_some(Murmur::Systolic);
        let found = heart(&HeartOptions { seed, seconds: 12.0, sample_rate: 2000, murmur }).unwrap();
        let (name, label) = (format!("heart {seed}"), (seed % 2) as usize);
        let given = Labelled { name, label, sample_rate: 2000, group: String::new() };
        (given, vec![found.recording.into_samples()])
    };
    (0..count).map(one).unzip()
}

/// The classes of hearts.
fn heart_labels() -> Vec<String> {
    ["normal", "abnormal"].map(String::from).to_vec()
}

fn config() -> ModelConfig {
    let mut config = Task::Scene.model(vec!["one".into(), "two".into()], 8, 1);
    config.front_end = FilterbankConfig::full_band(8, RATES[1]);
    config.conditioning = Conditioning::scene(RATES[1]);
    config.windowing = Windowing::overlapping(1.0, RATES[1]);
    config.classifier = ClassifierConfig::Pooled { blocks: 1, dropout: 0.2 };
    config
}

/// A model of two classes that has learned nothing, but knows the levels of such recordings.
fn model() -> Vec<u8> {
    let (config, device) = (config(), Device::flex());
    let known: Vec<Conditioned> = (0..3)
        .map(|class| {
            let sound = Sound::new(sound(class, 50), RATES[0]).unwrap();
            Conditioned::new(&config, class.min(1), "known", &sound).unwrap()
        })
        .collect();
    device.seed(11);
    let weights = new_model(&config, &FilterbankImages, &known, &device).unwrap().weights().unwrap();
    package::write(&config, &weights, &Provenance::default()).unwrap()
}

fn order(learns: Learns, steps: u32, recordings: Vec<Labelled>) -> Order {
    Order {
        labels: LABELS.map(String::from).to_vec(),
        learns,
        compare: false,
        seed: 5,
        seconds: 600.0,
        steps: Some(steps),
        device: Computer::Cpu,
        recordings,
        browser: "a browser".into(),
    }
}

/// A clock that goes on by so many seconds whenever it is looked at.
fn clock(by: f64) -> Clock {
    let now = Cell::new(0.0);
    Box::new(move || {
        now.set(now.get() + by);
        now.get()
    })
}

/// A clock that somebody sets.
fn stopped_clock() -> (Rc<Cell<f64>>, Clock) {
    let now = Rc::new(Cell::new(0.0));
    let shown = Rc::clone(&now);
    (now, Box::new(move || shown.get()))
}

/// Every report of a course, why it ended, and what it said.
fn followed(course: &mut Course) -> (Vec<Step>, String, Step, Vec<String>) {
    followed_while(course, || {})
}

/// The same; something happens before every step.
fn followed_while(course: &mut Course, mut before: impl FnMut()) -> (Vec<Step>, String, Step, Vec<String>) {
    let (mut reports, mut notes) = (Vec::new(), Vec::new());
    loop {
        before();
        let told = at_once(course.step()).unwrap();
        notes.extend(course.notes());
        match told {
            Told::Going(step) => reports.extend(step),
            Told::Ended { why, last } => return (reports, why, last, notes),
        }
    }
}

fn filters(weights: &Weights) -> Vec<(&String, &Vec<f32>)> {
    weights.iter().filter(|(name, _)| name.starts_with("front_end.")).collect()
}

#[test]
fn three_kinds_of_sound_are_learned_and_the_file_is_a_model_that_knows_them() {
    let _alone = alone();
    let (given, samples) = recordings(5);
    let order = order(Learns::Head, 200, given);
    let start = model();
    let mut reports = Vec::new();
    let (file, last) = run(&order, &start, samples.clone(), |step| reports.push(step.clone())).unwrap();
    let Figures { right, of, held_out_loss, .. } = last.learned;
    assert!(of > 0 && right == of, "{last:?}");
    assert!(reports[0].step == 0 && reports[0].learned.loss.is_none() && reports[0].filters.len() == 8);
    assert!(reports[0].learned.held_out_loss > held_out_loss && reports.len() > 10, "{reports:?}");
    assert_eq!((last.step, last.frozen), (200, None));

    let package = package::read(&file).unwrap();
    assert_eq!(package.config.labels, LABELS);
    let before = package::read(&start).unwrap();
    assert_eq!(filters(&package.weights), filters(&before.weights), "the head alone has learned");
    let recordings = package.recordings.as_ref().unwrap();
    assert_eq!((recordings.trained.len(), recordings.chose.len(), recordings.held_out.len()), (12, 3, 0));
    let Provenance { data, protocol, device, seed, metrics, .. } = &package.provenance;
    assert!(data.contains("12 learned from, 3 held out, 0 both; low 0.wav ("), "{data}");
    assert!(
        protocol.starts_with("the last layer learned for 200 steps from the model file with SHA-256 "),
        "{protocol}"
    );
    assert_eq!((device.as_str(), *seed), ("CPU, a browser", 5));
    assert_eq!(metrics["learner"]["recordings"].as_array().unwrap().len(), 15);
    assert_eq!(metrics["learner"]["learned"]["right"], right);
    // On recordings that it has never seen.
    let model = Model::from_bytes(&file).unwrap();
    for (class, label) in LABELS.iter().enumerate() {
        let recording = Recording::new(sound(class, 30).remove(0), RATES[0]).unwrap();
        assert_eq!(model.classify(&recording).unwrap().label.as_deref(), Some(*label));
    }

    // The same order, the same bytes, whatever the clock says.
    let mut again = Course::new(&order, &start, samples, &Device::flex(), "CPU", clock(0.01)).unwrap();
    followed(&mut again);
    assert!(again.model().unwrap() == file);
}

#[test]
fn the_filters_of_the_twin_stay_while_those_beside_it_move() {
    let _alone = alone();
    let (given, samples) = recordings(3);
    for learns in [Learns::Filters, Learns::Everything] {
        let order = Order { compare: true, ..order(learns, 60, given.clone()) };
        let start = model();
        let mut course = Course::new(&order, &start, samples.clone(), &Device::flex(), "CPU", clock(0.001)).unwrap();
        let before = package::read(&start).unwrap().weights;
        let (reports, why, last, notes) = followed(&mut course);
        assert_eq!((why.as_str(), notes.len()), ("All 60 steps are made.", 0));
        assert!(reports.iter().all(|step| step.frozen.is_some_and(|frozen| frozen.of == step.learned.of)));
        let [learned, twin] = course.weights().map(Option::unwrap);
        assert_eq!(filters(twin), filters(&before), "{learns:?}");
        assert_ne!(filters(learned), filters(&before), "{learns:?}");
        assert_ne!(twin["classifier.output.weight"], learned["classifier.output.weight"]);
        assert!(last.frozen.unwrap().held_out_loss < reports[0].frozen.unwrap().held_out_loss);
        assert_ne!(last.filters, reports[0].filters);
        package::read(&course.model().unwrap()).unwrap();
    }
}

#[test]
fn where_a_device_is_lost_the_cpu_goes_on_from_the_last_step() {
    let _alone = alone();
    let (given, samples) = recordings(3);
    let order = order(Learns::Head, 100, given);
    let (now, clock) = stopped_clock();
    let mut course = Course::new(&order, &model(), samples, &Device::flex(), "another", clock).unwrap();
    course.lose_device_in(15);
    // Steps that take longer than the time between two reports.
    let (reports, why, last, notes) = followed_while(&mut course, || now.set(now.get() + 0.2));
    let said = "(the device was lost). Learning goes on, on the processor, from step 15.";
    assert!(notes.len() == 1 && notes[0].ends_with(said), "{notes:?}");
    assert_eq!((why.as_str(), last.step), ("All 100 steps are made.", 100));
    assert!(last.learned.right == last.learned.of, "{last:?}");
    let steps: Vec<u32> = reports.iter().map(|report| report.step).collect();
    assert_eq!(steps, (0..=100).collect::<Vec<_>>(), "each step is reported, and none twice");
    let provenance = package::read(&course.model().unwrap()).unwrap().provenance;
    assert_eq!(provenance.device, "another, then CPU, a browser");
}

#[test]
fn a_step_that_was_given_up_is_made_by_the_cpu() {
    let _alone = alone();
    let (given, samples) = recordings(2);
    let order = order(Learns::Head, 20, given);
    let mut course = Course::new(&order, &model(), samples, &Device::flex(), "another", clock(0.001)).unwrap();
    course.lose_device_in(u32::MAX);
    for _ in 0..5 {
        at_once(course.step()).unwrap();
    }
    assert!(course.is_on_graphics());
    assert_eq!(course.lost("no answer within 180 s").unwrap(), Told::Going(None));
    assert!(!course.is_on_graphics());
    let (_, why, last, notes) = followed(&mut course);
    assert!(notes[0].starts_with("The graphics processor failed (no answer within 180 s). "), "{notes:?}");
    assert_eq!((why.as_str(), last.step), ("All 20 steps are made.", 20));
    assert_eq!(course.lost("it is gone").unwrap_err().to_string(), "it is gone", "nothing is left that could go on");
}

#[test]
fn another_program_goes_on_with_twin_and_best_weights_from_the_last_step() {
    let _alone = alone();
    let (given, samples) = recordings(3);
    let asked = Order { compare: true, ..order(Learns::Filters, 60, given) };
    let start = model();
    let begin = |order: &Order, name: &str| {
        let (now, clock) = stopped_clock();
        (Course::new(order, &start, samples.clone(), &Device::flex(), name, clock).unwrap(), now)
    };
    let (mut first, now) = begin(&asked, "a graphics processor");
    let mut reports = Vec::new();
    while reports.len() <= 25 {
        let Told::Going(step) = at_once(first.step()).unwrap() else { panic!("it ended") };
        reports.extend(step);
        now.set(now.get() + 0.2);
    }
    let kept = first.kept().unwrap();
    let before = reports.pop().unwrap();

    let (mut second, now) = begin(&asked, "CPU");
    second.go_on(&kept, &Device::flex()).unwrap();
    let (after, why, last, _) = followed_while(&mut second, || now.set(now.get() + 0.2));
    assert_eq!((before.step, after[0].step), (25, 25));
    assert_eq!(after[0].filters, before.filters, "of the last step, which was not judged");
    assert!(after[0].seconds >= before.seconds && after[0].learned.loss == before.learned.loss, "{:?}", after[0]);
    assert_eq!((why.as_str(), last.step), ("All 60 steps are made.", 60));
    assert!(after.iter().all(|step| step.frozen.is_some()));
    let least = reports.iter().filter_map(|step| step.learned.held_out_loss).fold(f64::INFINITY, f64::min);
    assert!(last.learned.held_out_loss.unwrap() <= least, "what was best before is not forgotten");

    let Provenance { device, metrics, .. } = package::read(&second.model().unwrap()).unwrap().provenance;
    assert_eq!(device, "a graphics processor, then CPU, a browser");
    let learner = &metrics["learner"];
    let from = serde_json::to_value(digest::of_bytes(&start)).unwrap();
    assert_eq!((&learner["from"], learner["steps"].as_u64()), (&from, Some(60)), "the file that it began with");
    assert!(learner["frozen"]["held_out_loss"].is_f64(), "{learner}");

    let (mut other, _) = begin(&Order { compare: false, ..asked }, "CPU");
    let refused = other.go_on(&kept, &Device::flex()).unwrap_err().to_string();
    assert_eq!(refused, "what was kept of the run is of another one");
}

#[test]
fn a_run_ends_when_it_is_stopped_or_the_time_is_up() {
    let _alone = alone();
    let (given, samples) = recordings(2);
    let by_time = Order { steps: None, seconds: 5.0, ..order(Learns::Head, 1, given) };
    let mut course = Course::new(&by_time, &model(), samples.clone(), &Device::flex(), "CPU", clock(0.05)).unwrap();
    let (_, why, last, _) = followed(&mut course);
    assert!(why == "The time is up." && last.seconds >= 5.0 && last.step > 3, "{why} {last:?}");
    assert_eq!(at_once(course.step()).unwrap(), Told::Ended { why, last }, "and stays ended");
    let mut course = Course::new(&by_time, &model(), samples, &Device::flex(), "CPU", clock(0.0)).unwrap();
    for _ in 0..5 {
        assert!(matches!(at_once(course.step()).unwrap(), Told::Going(_)));
    }
    course.stop();
    let (_, why, last, _) = followed(&mut course);
    assert_eq!((why.as_str(), last.step), ("It was stopped.", 4));
    package::read(&course.model().unwrap()).unwrap();
}

#[test]
fn the_end_of_the_only_recording_of_a_class_is_held_out() {
    let _alone = alone();
    let (given, samples) = recordings(1);
    let order = order(Learns::Head, 5, given);
    let mut course = Course::new(&order, &model(), samples, &Device::flex(), "CPU", clock(0.001)).unwrap();
    assert_eq!(course.parts(), [Part::Both, Part::Both, Part::Both]);
    let (_, _, last, _) = followed(&mut course);
    assert!(last.learned.of >= 3);
    let recordings = package::read(&course.model().unwrap()).unwrap().recordings.unwrap();
    assert_eq!((recordings.trained.len(), recordings.len()), (3, 3));
}

#[test]
fn calibration_changes_no_weights_but_the_assessment() {
    let _alone = alone();
    let shipped = include_bytes!("../../weights/heart.safetensors");
    let (given, samples) = hearts(6);
    let asked = Order { labels: heart_labels(), ..order(Learns::Calibration, 1, given) };
    let mut course = Course::new(&asked, shipped, samples, &Device::flex(), "CPU", clock(0.1)).unwrap();
    assert!(course.parts().iter().all(|part| *part == Part::Learned) && course.model().is_err());
    let (reports, _, last, notes) = followed(&mut course);
    assert!(reports.is_empty() && last.learned.of > 1 && last.learned.loss.is_some(), "{last:?}");
    assert!(notes.iter().any(|note| note.contains("says next to nothing")), "{notes:?}");
    let [before, after] = [shipped.to_vec(), course.model().unwrap()].map(|file| package::read(&file).unwrap());
    assert_eq!((&after.weights, &after.provenance), (&before.weights, &before.provenance));
    let assessment = after.assessment.unwrap();
    assert_eq!(assessment.measured.n, last.learned.of as u64);
    assert!(assessment.measured.measured_on.contains("of a person's own"));
    let [before, after] = [before.recordings, after.recordings].map(|recordings| recordings.unwrap().chose.len());
    assert_eq!(after, before + 6);
}

#[test]
fn a_model_is_made_for_the_same_hearts_until_it_learns_other_classes() {
    let _alone = alone();
    let classifier = ClassifierConfig::Pooled { blocks: 1, dropout: 0.0 };
    let config = ModelConfig { classifier, ..Task::Heart.model(heart_labels(), 4, 2) };
    let device = Device::flex();
    device.seed(3);
    let weights = SpectNet::new(&config, &device).unwrap().weights().unwrap();
    let scope = Scope { people: Some("adults at rest".into()), heart_rate_bpm: Some([45.0, 130.0]) };
    let start = package::write(&config, &weights, &Provenance::default()).unwrap();
    let start = package::with_scope(&start, &scope).unwrap();
    let learned = |order: &Order, samples: Vec<Vec<Vec<f32>>>| -> Package {
        package::read(&run(order, &start, samples, |_| {}).unwrap().0).unwrap()
    };
    let (given, samples) = hearts(4);
    let same = learned(&Order { labels: heart_labels(), ..order(Learns::Head, 2, given) }, samples);
    assert_eq!((same.config.task, same.scope), (Task::Heart, Some(scope)));
    let (given, samples) = recordings(2);
    let other = learned(&order(Learns::Head, 2, given), samples);
    assert_eq!((other.config.task, other.scope), (Task::Scene, None));
}

#[test]
fn what_cannot_be_learned_is_refused_in_a_sentence() {
    let _alone = alone();
    let (given, samples) = recordings(2);
    let refused = |order: &Order, model: &[u8]| {
        let course = Course::new(order, model, samples.clone(), &Device::flex(), "CPU", clock(0.1));
        course.err().unwrap().to_string()
    };
    let scenes = order(Learns::Calibration, 1, given.clone());
    assert!(refused(&scenes, &model()).contains("only a model of two classes"));
    let hearts = refused(&scenes, include_bytes!("../../weights/heart.safetensors"));
    assert!(
        hearts.contains("calibration changes no classes: expected those of the model, normal, abnormal"),
        "{hearts}"
    );
    assert!(refused(&order(Learns::Head, 9, given.clone()), b"no model").contains("safetensors"));
    let mut more = order(Learns::Head, 9, given);
    more.labels.push("nobody's".into());
    let missing = refused(&more, &model());
    assert!(missing.contains("no recording of nobody's to learn from (there is none)"), "{missing}");
}
