//! A model is taught on WebGPU, in software, and the graphics device fails: the CPU goes on, and a model comes of it.

use std::fs;
use std::path::{Path, PathBuf};

use spectnet_core::package;
use spectnet_tests::agreement::assert_same_prediction;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{Page, copy_dist, visit_served};
use spectnet_tests::panel::{OVER, STEPS, give, is_used, names_classes, save, watch_saving};
use spectnet_tests::recordings::beeps;
use spectnet_tests::spectnet::predict;
use spectnet_tests::webgpu;
use xtask::serve::Server;

/// Examples of a class.
const EXAMPLES: usize = 3;

/// In the learner: its devices are lost when the page says so.
const LOSES_DEVICES: &str = "{
    const request = GPUAdapter.prototype.requestDevice;
    const devices = [];
    GPUAdapter.prototype.requestDevice = async function (...wanted) {
        const device = await request.apply(this, wanted);
        devices.push(device);
        return device;
    };
    new BroadcastChannel('lose').onmessage = () => devices.forEach(device => device.destroy());
}";
/// In the learner: its program stops at the first thing that it wants computed.
const STOPS: &str = "{
    GPUDevice.prototype.createComputePipeline = () => { throw new Error('no pipeline today'); };
}";
/// In the learner: the adapter has nothing beside what all have.
const LACKS_FEATURES: &str = "{
    Object.defineProperty(GPUAdapter.prototype, 'features', { get: () => new Set() });
}";

/// Runs a test on a page with the learner for WebGPU, before which a script runs.
fn visit_with_learner(script: &str, test: impl AsyncFnOnce(&Page, &[PathBuf])) {
    if !webgpu::is_built() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let dist = folder.path().join("dist");
    copy_dist(&dist);
    let learner = dist.join("learner.js");
    let source = fs::read_to_string(&learner).unwrap();
    fs::write(&learner, format!("{script}\n{source}")).unwrap();
    visit_served(&dist, Graphics::WebGpu, Screen::Desktop, async |page: &Page, server: Server| {
        page.open("").await;
        if webgpu::can_train(page).await {
            let recordings = begins(page, folder.path()).await;
            test(page, &recordings).await;
        }
        drop(server);
    });
}

/// Gives examples of two kinds of sounds and of none, and has the last layer of the model of environmental sounds learn on WebGPU.
async fn begins(page: &Page, folder: &Path) -> Vec<PathBuf> {
    assert_eq!(page.choose_in_menu(1).await, "ready", "{}", page.visible_text("#error").await);
    names_classes(page, &["low", "high"]).await;
    let mut recordings = Vec::new();
    for (class, kind, hz) in [("1", "low", 300.0), ("2", "high", 3000.0), ("0", "quiet", 0.0)] {
        let one = |number: usize| beeps(folder, &format!("{kind}-{number}"), hz * (1.0 + 0.02 * number as f64));
        let files: Vec<PathBuf> = (0..EXAMPLES).map(one).collect();
        recordings.extend_from_slice(&files);
        give(page, class, &files, recordings.len()).await;
    }
    page.comes_to("return !document.querySelector('#learn-computer-choice').hidden;").await;
    page.choose_at_once("#learn-computer", "webgpu").await;
    page.choose_at_once("#learn-what", "head").await;
    page.choose_at_once("#learn-seconds", "180").await;
    watch_saving(page).await;
    page.press_at_once("#learn-start").await;
    recordings
}

/// Waits until it is said.
async fn is_remarked(page: &Page, text: &str) {
    let script = format!("return document.querySelector('#learn-remarks').textContent.includes('{text}');");
    page.comes_to(&script).await;
}

/// Stops the learning. The model that came of it is one, and says what the program says; what computed it stands in its file.
async fn ends_well(page: &Page, recording: &Path) -> String {
    page.comes_to(STEPS).await;
    page.press_at_once("#learn-stop").await;
    page.comes_to(OVER).await;
    assert_eq!(page.visible_text("#learn-problem").await, "");
    let folder = tempfile::tempdir().unwrap();
    let model = save(page, folder.path()).await;
    is_used(page, &model).await;
    assert_eq!(page.classify(recording).await, "done", "{}", page.visible_text("#error").await);
    assert_same_prediction(&page.result().await, &predict(&model, recording));
    package::read(&fs::read(&model).unwrap()).unwrap().provenance.device
}

#[test]
fn browser_goes_on_with_the_cpu_where_the_graphics_device_is_lost() {
    visit_with_learner(LOSES_DEVICES, async |page: &Page, recordings: &[PathBuf]| {
        page.comes_to(STEPS).await;
        let progress = page.visible_text("#learn-progress-text").await;
        assert!(progress.contains("Computed by: WebGPU"), "{progress}");
        page.script("new BroadcastChannel('lose').postMessage('now');", vec![]).await;
        is_remarked(page, "goes on").await;
        let device = ends_well(page, &recordings[0]).await;
        assert!(device.starts_with("WebGPU") && device.contains(", then CPU"), "{device}");
    });
}

#[test]
fn browser_learns_on_the_cpu_where_the_graphics_device_stops_the_program() {
    visit_with_learner(STOPS, async |page: &Page, recordings: &[PathBuf]| {
        page.tolerate("no pipeline today");
        is_remarked(page, "the CPU").await;
        let device = ends_well(page, &recordings[0]).await;
        assert!(device.contains("CPU, WebAssembly"), "{device}");
    });
}

#[test]
fn browser_learns_on_the_cpu_where_the_graphics_device_lacks_what_training_needs() {
    visit_with_learner(LACKS_FEATURES, async |page: &Page, recordings: &[PathBuf]| {
        is_remarked(page, "lacks timestamp-query").await;
        let device = ends_well(page, &recordings[0]).await;
        assert!(device.starts_with("CPU, WebAssembly"), "{device}");
    });
}
