//! Faults of accessibility that a program can find, in every state of the page: axe, in a real browser.

use std::fs;
use std::path::Path;

use spectnet_core::audio::write_wav;
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::audit::{Audit, DARK, LIGHT, axe};
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{Page, add_script, copy_dist, visit, visit_served, visit_with};
use spectnet_tests::recordings;
use spectnet_tests::wav::Wav;
use xtask::serve::Server;

/// The built page without the script that starts the program: it stays as it is while that is loading.
fn page_that_never_starts(folder: &Path) {
    copy_dist(folder);
    let index = folder.join("index.html");
    let text = fs::read_to_string(&index).unwrap();
    let loader = text.find("src=\"./loader-").expect("the script that starts the program");
    let begin = text[..loader].rfind("<script").expect("its beginning");
    let end = loader + text[loader..].find("</script>").expect("its end") + "</script>".len();
    fs::write(&index, format!("{}{}", &text[..begin], &text[end..])).unwrap();
}

#[test]
fn browser_finds_no_fault_of_accessibility_while_the_program_is_loading() {
    let Some(axe) = axe() else { return };
    let folder = tempfile::tempdir().unwrap();
    page_that_never_starts(folder.path());
    visit_served(folder.path(), Graphics::None, Screen::Desktop, async |page: &Page, server: Server| {
        page.load(&server.url()).await;
        assert_eq!(page.state().await, "loading");
        let mut audit = Audit::begin(page, &axe).await;
        audit.look_everywhere("loading").await;
        assert_eq!(page.state().await, "loading");
        audit.finish();
    });
}

#[test]
fn browser_finds_no_fault_of_accessibility_where_the_program_cannot_start() {
    let Some(axe) = axe() else { return };
    let folder = tempfile::tempdir().unwrap();
    copy_dist(folder.path());
    add_script(folder.path(), "WebAssembly.validate = () => false;", true);
    visit_served(folder.path(), Graphics::None, Screen::Desktop, async |page: &Page, server: Server| {
        page.go_to(&server.url()).await;
        assert_eq!(page.status().await, "This browser is too old for the program");
        let mut audit = Audit::begin(page, &axe).await;
        audit.look_everywhere("cannot start").await;
        audit.finish();
        // What was asked for ahead is not used where the program does not start.
        page.forgive("preload").await;
    });
}

#[test]
fn browser_finds_no_fault_of_accessibility_while_it_records_with_the_microphone() {
    let Some(axe) = axe() else { return };
    // A microphone that beeps.
    let options = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"].map(String::from);
    visit_with(&options, Screen::Desktop, async |page| {
        page.open("").await;
        let mut audit = Audit::begin(page, &axe).await;
        page.press_at_once("#microphone-open").await;
        assert!(page.visible_text("#microphone-explained").await.contains("never leaves it"));
        audit.look("the microphone is explained").await;
        page.choose_at_once("#microphone-length", "until-stopped").await;
        page.press_at_once("#microphone-use").await;
        page.comes_to("return parseFloat(document.querySelector('#microphone-time').textContent) > 1;").await;
        audit.look("it records").await;
        assert_eq!(page.attribute("#microphone", "data-stage").await, "recording", "axe looked too late");
        page.press_at_once("#microphone-stop").await;
        page.reaches("done").await;
        let refuse = "
            navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };";
        page.script(refuse, vec![]).await;
        page.press_at_once("#microphone-open").await;
        page.press_at_once("#microphone-use").await;
        page.comes_to("return !document.querySelector('#microphone-problem').hidden;").await;
        audit.look("the microphone is not allowed").await;
        audit.finish();
    });
}

#[test]
fn browser_finds_no_fault_of_accessibility_on_a_phone_with_a_link_and_news() {
    let Some(axe) = axe() else { return };
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 8.0, [0, 0]);
    visit(Graphics::None, Screen::Phone, async |page| {
        page.open("?model=nothing.safetensors").await;
        assert_eq!(page.visible_text("#retry").await, "Retry");
        let mut audit = Audit::begin(page, &axe).await;
        for colours in [LIGHT, DARK] {
            audit.look_on("a model cannot be had", Screen::Phone, colours).await;
        }
        assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
        page.press_at_once("#copy-link").await;
        page.comes_to("return document.querySelector('#link').value !== '';").await;
        assert!(page.visible_text("#share-note").await.contains("Your own recording is not in it"));
        // As web/offline.js tells it.
        page.script("document.dispatchEvent(new Event('spectnet-update'));", vec![]).await;
        assert!(page.visible_text("#update").await.starts_with("A new version of this page is ready."));
        for colours in [LIGHT, DARK] {
            audit.look_on("a link is shown, and a new version is ready", Screen::Phone, colours).await;
        }
        audit.finish();
        // A browser writes down every request that fails.
        page.forgive("Failed to load resource").await;
    });
}

#[test]
fn browser_finds_no_fault_of_accessibility_in_any_state() {
    let Some(axe) = axe() else { return };
    let folder = tempfile::tempdir().unwrap();
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        let mut audit = Audit::begin(page, &axe).await;
        audit.look("ready").await;
        around_a_result(page, &mut audit).await;
        around_several(page, &mut audit, folder.path()).await;
        where_there_is_no_result(page, &mut audit, folder.path()).await;

        assert_eq!(page.choose_in_menu(1).await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(page.press("#recorded button").await, "done", "{}", page.visible_text("#error").await);
        assert!(!page.attribute("#verdict", "data-label").await.is_empty());
        audit.look("an environmental sound").await;
        around_teaching(page, &mut audit, folder.path()).await;
        audit.finish();
    });
}

/// A result, and everything that can be opened, selected and moved around it.
async fn around_a_result(page: &Page, audit: &mut Audit<'_>) {
    assert_eq!(page.press("#recorded button:nth-child(2)").await, "done", "{}", page.visible_text("#error").await);
    audit.look("a heart sound").await;

    page.drag_over("#waveform", [-100, -180]).await;
    assert_eq!(page.count("#play-part[hidden]").await, 0);
    audit.look("a part is selected").await;

    // WebDriver's number of the enter key.
    page.enter("#filter-centre", "150\u{E007}").await;
    page.comes_to("return document.querySelector('#bank-changed').textContent.startsWith('1 filter');").await;
    page.comes_to(&noted(true)).await;
    audit.look("a filter is moved").await;
    page.press_at_once("#filters-reset").await;
    page.comes_to(&noted(false)).await;

    page.press_at_once("#explain").await;
    page.comes_to("return !document.querySelector('#why-shown').hidden;").await;
    audit.look("the reasons are shown").await;

    page.press_at_once("#copy-link").await;
    page.comes_to("return document.querySelector('#link').value !== '';").await;
    page.script("document.querySelectorAll('details').forEach(details => { details.open = true; });", vec![]).await;
    audit.look_everywhere("everything is unfolded").await;
    page.script("document.querySelectorAll('details').forEach(details => { details.open = false; });", vec![]).await;
}

/// Whether the result says that filters were changed.
fn noted(changed: bool) -> String {
    format!("return document.querySelector('#notes').textContent.includes('filterbank') === {changed};")
}

/// Several recordings, with labels.
async fn around_several(page: &Page, audit: &mut Audit<'_>, folder: &Path) {
    let mut files = Vec::new();
    for seed in 1..=3 {
        let sound = heart(&HeartOptions { seed, seconds: 8.0, sample_rate: 2000, murmur: None }).unwrap().recording;
        files.push(folder.join(format!("{seed}.wav")));
        fs::write(files.last().unwrap(), write_wav(&sound).unwrap()).unwrap();
    }
    files.push(folder.join("labels.csv"));
    fs::write(files.last().unwrap(), "name,label\n1.wav,normal\n2.wav,abnormal\n3.wav,normal\n").unwrap();
    assert_eq!(page.choose_all("#audio-input", &files).await, "done", "{}", page.visible_text("#error").await);
    assert!(!page.visible_text("#many-scores").await.is_empty(), "labels give a matrix");
    audit.look("several recordings").await;
    page.press_at_once("#many-clear").await;
}

/// What is taught, with examples of a model's classes and of one's own, while it is learned and afterwards.
async fn around_teaching(page: &Page, audit: &mut Audit<'_>, folder: &Path) {
    let mut files = Vec::new();
    for (name, hz) in [("low-1", 300.0), ("low-2", 310.0), ("high-1", 2000.0), ("high-2", 2100.0)] {
        files.push(recordings::beeps(folder, name, hz));
    }
    page.press_at_once("#learn-fold > summary").await;
    page.choose_at_once("#learn-into", "0").await;
    page.give_at_once("#learn-files", &files[..2]).await;
    page.choose_at_once("#learn-into", "1").await;
    page.give_at_once("#learn-files", &files[2..]).await;
    page.comes_to("return document.querySelectorAll('#learn-rows [data-standing=ready]').length === 4;").await;
    audit.look("examples are there").await;
    page.press_at_once("#learn-mode input[value=new]").await;
    audit.look("new classes").await;
    page.press_at_once("#learn-mode input[value=adapt]").await;
    page.choose_at_once("#learn-seconds", "20").await;
    page.press_at_once("#learn-start").await;
    page.comes_to("return !document.querySelector('#learn-course').hidden;").await;
    audit.look_on("it learns", Screen::Narrow, DARK).await;
    page.show_on(Screen::Desktop).await;
    page.comes_to("return document.querySelector('#learn-progress').hidden;").await;
    audit.look("something was learned").await;
    page.press_at_once("#learn-undo").await;
    page.comes_to("return document.querySelector('#learn-result').hidden;").await;
}

/// A recording that fails, one that takes long, and one of which nothing can be said.
async fn where_there_is_no_result(page: &Page, audit: &mut Audit<'_>, folder: &Path) {
    let broken = folder.join("broken.wav");
    fs::write(&broken, b"this is not a recording\n").unwrap();
    assert_eq!(page.classify(&broken).await, "failed");
    audit.look("failed").await;

    let hour = folder.join("hour.wav");
    fs::write(&hour, Wav::tone(3600).bytes()).unwrap();
    assert_eq!(page.classify(&hour).await, "done", "{}", page.visible_text("#error").await);
    page.press_at_once("#whole").await;
    page.reaches("running").await;
    audit.look_on("running", Screen::Narrow, DARK).await;
    assert_eq!(page.state().await, "running", "axe looked too late");
    page.show_on(Screen::Desktop).await;
    page.press_at_once("#cancel").await;
    page.reaches("ready").await;

    assert_eq!(page.classify(&recordings::silence(folder, 5)).await, "done", "{}", page.visible_text("#error").await);
    assert_eq!(page.attribute("#verdict", "data-abstained").await, "silent");
    audit.look("nothing can be said").await;
}
