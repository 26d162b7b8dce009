//! The page's learner in a real browser, without the page's panel: the same order gives the same model as natively, on the CPU
//! and on WebGPU, and words are learned as the lesson says.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use spectnet_core::model::{ClassifierConfig, Weights};
use spectnet_core::package;
use spectnet_learn::message::{Computer, Learns, Order, Report, Step};
use spectnet_learn::recordings::Samples;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::lesson::{BACKGROUND, Example, FIRST, Taught, WORDS, learned, learned_from, order, room, said};
use spectnet_tests::models::shipped;
use spectnet_tests::page::{Page, copy_dist, visit, visit_served};
use spectnet_tests::webgpu;
use xtask::serve::Server;

/// Examples of every word.
const EXAMPLES: u64 = 5;
/// What learns, and the steps after which weights are compared. The last layer alone stays the same for as long as it learns.
/// Below it rounding, which differs between processors, some day has a rectifier or a pooling choose the other one of two values
/// that are nearly equal; then gradients differ by more than rounding, and from there on so do the runs.
const COMPARED: [(Learns, u32); 3] = [(Learns::Head, MANY), (Learns::Filters, 30), (Learns::Everything, 20)];
/// The same on WebGPU, where a step takes half a minute of a software adapter.
const FEWEST: u32 = 2;
/// Steps in which words are learned: on two cores within a minute.
const MANY: u32 = 110;
/// Largest difference of a weight between a browser and a native program, in parts of the tensor's largest weight.
const DIFFERENCE: f32 = 1e-5;
/// Largest distance between what WebGPU and a native program come to, in parts of the way that the weights went. Shaders compute
/// the filterbank in 32 bits and know logarithms less exactly; a step of Adam is as long for a gradient of that size as for any
/// other, so no bound holds for each weight alone; of the whole way it does.
const APART: f64 = 0.05;
/// Largest difference of the loss on what is held out then, in parts of it.
const LOSS_APART: f64 = 0.02;
/// Words of thirty that are named right at least, as the lesson says.
const RIGHT: usize = 27;
/// Longest wait for the learner, on a machine that does other things meanwhile.
const LIMIT: Duration = Duration::from_secs(600);
const POLL: Duration = Duration::from_millis(500);
/// Whole numbers are handed to the browser, which are short as text.
const FULL_SCALE: f32 = 32_768.0;

/// Has the learner do an order, from the model of environmental sounds. What it says last is kept.
const LEARN: &str = "
    const [order, samples, name] = arguments;
    window.last = null;
    let device = null;
    return (async () => {
        const model = new Uint8Array(await (await fetch('weights/environment.safetensors')).arrayBuffer());
        const worker = new Worker(document.getElementById('learner').dataset.js, { name });
        worker.onerror = error => { window.last = { report: { kind: 'failed', why: error.message } }; };
        worker.onmessage = ({ data }) => {
            const report = JSON.parse(data.report);
            if (report.kind === 'ready') {
                const floats = channel => Float32Array.from(channel, sample => sample / 32768);
                worker.postMessage({ order, model, samples: samples.map(channels => channels.map(floats)) });
            }
            if (report.kind === 'prepared') device = report.device;
            if (['ended', 'failed', 'lost'].includes(report.kind)) {
                window.last = { report, device, model: data.model ? Array.from(data.model) : [] };
                worker.terminate();
            }
        };
        return true;
    })();";

/// The examples of the words and of the empty room, as whole numbers would have them.
fn examples(learns: Learns, steps: u32) -> (Order, Samples) {
    let background = room(0..EXAMPLES).into_iter().map(|sound| (WORDS.len(), sound));
    let examples: Vec<Example> = said(FIRST, 0..EXAMPLES).into_iter().chain(background).collect();
    let [first, second, third] = WORDS;
    let (order, mut samples) = order(&[first, second, third, BACKGROUND], learns, false, steps, &examples);
    let channels = samples.iter_mut().flatten();
    channels.flatten().for_each(|sample| *sample = (*sample * FULL_SCALE).round() / FULL_SCALE);
    (order, samples)
}

/// What the learner in a browser has made.
struct Learned {
    file: Vec<u8>,
    last: Step,
    /// What computed, by name.
    device: String,
}

/// The model file that the learner in the browser makes, and what it comes to.
async fn learned_in_browser(page: &Page, order: &Order, samples: &Samples) -> Learned {
    let name = match order.device {
        Computer::Cpu => "cpu",
        Computer::Webgpu => "webgpu",
    };
    let whole = |channel: &Vec<f32>| channel.iter().map(|sample| (sample * FULL_SCALE) as i32).collect::<Vec<_>>();
    let whole: Vec<Vec<Vec<i32>>> = samples.iter().map(|channels| channels.iter().map(whole).collect()).collect();
    let text = serde_json::to_string(order).expect("an order");
    page.script(LEARN, vec![json!(text), json!(whole), json!(name)]).await;
    let start = Instant::now();
    let last = loop {
        let last = page.script("return window.last;", vec![]).await;
        if !last.is_null() {
            break last;
        }
        assert!(start.elapsed() < LIMIT, "the learner never ended");
        tokio::time::sleep(POLL).await;
    };
    let Value::Object(mut last) = last else { panic!("{last}") };
    let [report, device, model] = ["report", "device", "model"].map(|name| last.remove(name).unwrap_or_default());
    match serde_json::from_value(report).expect("a report") {
        Report::Ended { last, .. } => {
            let device = device.as_str().expect("it says what computes").to_owned();
            Learned { file: serde_json::from_value(model).expect("bytes"), last, device }
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn browser_learns_what_the_native_program_learns() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        for (learns, steps) in COMPARED {
            let (order, samples) = examples(learns, steps);
            let there = learned_in_browser(page, &order, &samples).await.file;
            let (here, _) = learned(&order, samples);
            let start = fs::read(shipped("environment")).unwrap();
            let [start, here, there] = [start, here, there].map(|file| package::read(&file).unwrap().weights);
            let moved = here.iter().filter(|(name, weights)| start.get(*name) != Some(*weights)).count();
            // Of the head weights and bias, of the filters centres and bandwidths at least.
            let least = if learns == Learns::Head { 2 } else { 4 };
            assert!(moved >= least, "{learns:?}: {moved} tensors have moved");
            for (name, weights) in &here {
                let largest = weights.iter().fold(0.0_f32, |largest, weight| largest.max(weight.abs()));
                let differ = weights.iter().zip(&there[name]).map(|(own, other)| (own - other).abs());
                let most = differ.fold(0.0_f32, f32::max);
                assert!(most <= DIFFERENCE * largest.max(1.0), "{learns:?} {name}: {most:e} of {largest}");
            }
        }
    });
}

#[test]
fn browser_learns_three_words_from_five_examples_each() {
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        let (order, samples) = examples(Learns::Everything, MANY);
        let Learned { file, last, .. } = learned_in_browser(page, &order, &samples).await;
        println!("{} steps in {:.1} s in the browser: {:?}", last.step, last.seconds, last.learned);
        let right = Taught::from_file(&file, last).words_right(&said(FIRST, EXAMPLES..15));
        println!("{right} of 30 words that were no examples are named right");
        assert!(right >= RIGHT, "{right}");
    });
}

/// The model of environmental sounds, in which nothing is dropped: what is dropped differs between devices.
fn without_dropout() -> Vec<u8> {
    let package::Package { mut config, weights, provenance, .. } =
        package::read(&fs::read(shipped("environment")).unwrap()).unwrap();
    let ClassifierConfig::Pooled { dropout, .. } = &mut config.classifier else { panic!("a pooled network") };
    *dropout = 0.0;
    package::write(&config, &weights, &provenance).unwrap()
}

/// How far apart two models are, in parts of the way from where the first one began. A new last layer began small.
fn apart([start, one, other]: [&Weights; 3]) -> f64 {
    let squares = |from: &Weights, to: &Weights| -> f64 {
        let square = |(name, to): (&String, &Vec<f32>)| -> f64 {
            let from = from.get(name).filter(|from| from.len() == to.len());
            let from = (0..to.len()).map(|place| from.map_or(0.0, |from| from[place]));
            to.iter().zip(from).map(|(to, from)| f64::from(to - from).powi(2)).sum()
        };
        to.iter().map(square).sum()
    };
    (squares(one, other) / squares(start, one)).sqrt()
}

/// Filters moved at random there once: Burn gave them another gradient.
#[test]
fn browser_learns_on_webgpu_as_the_native_program_does() {
    if !webgpu::is_built() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    copy_dist(folder.path());
    let start = without_dropout();
    fs::write(folder.path().join("weights/environment.safetensors"), &start).unwrap();
    visit_served(folder.path(), Graphics::WebGpu, Screen::Desktop, async |page: &Page, server: Server| {
        page.open("").await;
        if !webgpu::can_train(page).await {
            return;
        }
        for learns in [Learns::Head, Learns::Everything] {
            let (mut order, samples) = examples(learns, FEWEST);
            let (here, own) = learned_from(&start, &order, samples.clone());
            order.device = Computer::Webgpu;
            let there = learned_in_browser(page, &order, &samples).await;
            assert!(there.device.starts_with("WebGPU"), "{}", there.device);
            let losses = [own, there.last.clone()].map(|last| last.learned.held_out_loss.expect("some are held out"));
            println!("on {}, {:.1} s: losses {losses:?}", there.device, there.last.seconds);
            assert!((losses[0] - losses[1]).abs() <= LOSS_APART * losses[0], "{losses:?}");
            let [from, here, there] = [&start, &here, &there.file].map(|file| package::read(file).unwrap().weights);
            let found = apart([&from, &here, &there]);
            println!("{learns:?}: {found:.5} of the way apart");
            assert!(found <= APART, "{learns:?}: {found}");
        }
        drop(server);
    });
}
