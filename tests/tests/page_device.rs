//! What computes, in a real browser: chosen by a person, by the page itself, and what happens when the graphics device goes
//! in the middle of the work.

use serde_json::json;
use spectnet_tests::agreement::assert_same_prediction;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{self, Page, add_script, copy_dist, visit, visit_served};
use spectnet_tests::recordings;
use spectnet_tests::spectnet::predict;
use xtask::serve::Server;

/// Keeps every graphics device that the page gets, before any script of its own runs.
const KEEP_DEVICES: &str = "
    window.devices = [];
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...given) {
        const device = await request.apply(this, given);
        window.devices.push(device);
        return device;
    };";
/// As soon as the page says that a second of the recording or more is judged, all devices go, as when a driver crashes.
/// What the page was doing then, and with what, is written down.
const LOSE_DEVICES: &str = "
    const said = document.querySelector('#progress-text');
    new MutationObserver((_, observer) => {
        if (!(parseFloat(said.textContent) >= 1)) return;
        observer.disconnect();
        const [status, backend] = ['#status', '#backend'].map(id => document.querySelector(id).dataset);
        window.atLoss = [status.state, backend.backend, said.textContent];
        window.devices.forEach(device => device.destroy());
    }).observe(said, { childList: true });";

#[test]
fn browser_computes_on_what_is_chosen_and_by_itself_not_in_software() {
    visit(Graphics::WebGpu, Screen::Desktop, async |page| {
        let backend = async || page.attribute("#backend", "data-backend").await;
        let chosen = async || page.script("return document.querySelector('#device-select').value;", vec![]).await;
        page.go_to(&format!("{}/", page.address())).await;
        let said = page.visible_text("#backend").await;
        assert!(backend().await == "cpu" && said.contains("software"), "{said}");
        assert_eq!(chosen().await, "automatic");
        assert_eq!(page.choose_of("#device-select", 1).await, "ready", "{}", page.visible_text("#error").await);
        assert_eq!(backend().await, "webgpu", "{}", page.visible_text("#backend").await);
        assert_eq!(page.choose_of("#device-select", 2).await, "ready", "{}", page.visible_text("#error").await);
        assert_eq!(backend().await, "cpu");
        page.open("?backend=cpu").await;
        assert_eq!((chosen().await, backend().await.as_str()), (json!("cpu"), "cpu"));
        page.open("?backend=webgpu").await;
        assert_eq!((chosen().await, backend().await.as_str()), (json!("webgpu"), "webgpu"));
    });
}

#[test]
fn browser_goes_on_with_the_cpu_when_the_graphics_device_is_lost_in_the_middle_of_a_recording() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 60.0, [0, 0]);
    let other = recordings::heart_in_silence(folder.path(), 10.0, [0, 1]);
    let dist = folder.path().join("page");
    copy_dist(&dist);
    add_script(&dist, KEEP_DEVICES, true);
    visit_served(&dist, Graphics::WebGpu, Screen::Desktop, async |page: &Page, server: Server| {
        page.open("").await;
        assert_eq!(page.attribute("#backend", "data-backend").await, "webgpu");
        assert_eq!(page.script("return window.devices.length;", vec![]).await, json!(1));
        page.script(LOSE_DEVICES, vec![]).await;
        assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
        let lost = page.script("return window.atLoss;", vec![]).await;
        assert_eq!([&lost[0], &lost[1]], [&json!("running"), &json!("webgpu")], "it went in the middle: {lost}");
        let said = page.visible_text("#backend").await;
        assert_eq!(page.attribute("#backend", "data-backend").await, "cpu", "{said}");
        assert!(said.contains("WebGPU failed"), "why is said: {said}");
        assert_eq!(page.visible_text("#error").await, "");
        assert_same_prediction(&page.result().await, &predict(&page::default_model(), &recording));
        // It stays so for whatever comes next.
        assert_eq!(page.classify(&other).await, "done", "{}", page.visible_text("#error").await);
        assert_same_prediction(&page.result().await, &predict(&page::default_model(), &other));
        drop(server);
    });
}
