//! Recording with the microphone in a real browser, whose microphone gives what is in a file.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::browser::Screen;
use spectnet_tests::page::{Page, visit_with};
use spectnet_tests::recordings;
use spectnet_tests::wav::Wav;

/// From now on the page's wishes, its streams and what they go through are written down.
const WATCH: &str = "
    window.streams = [];
    window.contexts = [];
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async wanted => {
        window.wanted = wanted;
        const stream = await ask(wanted);
        window.streams.push(stream);
        return stream;
    };
    const create = AudioContext.prototype.createMediaStreamSource;
    AudioContext.prototype.createMediaStreamSource = function (stream) {
        window.contexts.push(this);
        return create.call(this, stream);
    };";
/// Whether the page has given back every microphone that it had, so many by now.
const GIVEN_BACK: &str = "
    const ended = stream => stream.getTracks().every(track => track.readyState === 'ended');
    return window.streams.every(ended) && window.contexts.every(context => context.state === 'closed');";
/// Whether more than a second was recorded by now.
const RECORDS: &str = "return parseFloat(document.querySelector('#microphone-time').textContent) > 1;";
/// The number of the escape key in WebDriver.
const ESCAPE: char = '\u{e00c}';

/// A heart of half a minute as browsers' made-up microphones take it.
fn options(folder: &Path) -> Vec<String> {
    let sound = heart(&HeartOptions { seed: 6, seconds: 30.0, sample_rate: 48_000, murmur: None }).unwrap().recording;
    let data = sound.samples().iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect();
    let file = folder.join("heart-48k.wav");
    fs::write(&file, Wav { tag: 1, channels: 1, rate: 48_000, bits: 16, data, claim: None }.bytes()).unwrap();
    let device = "--use-fake-device-for-media-stream".to_owned();
    let allow = "--use-fake-ui-for-media-stream".to_owned();
    vec![device, allow, format!("--use-file-for-fake-audio-capture={}%noloop", file.display())]
}

/// From the first click until something is recorded.
async fn record(page: &Page) {
    page.press_at_once("#microphone-open").await;
    page.press_at_once("#microphone-use").await;
    page.comes_to(RECORDS).await;
    assert_eq!(page.state().await, "running");
}

#[test]
fn browser_records_with_a_microphone_and_shows_what_there_is_so_far() {
    let folder = tempfile::tempdir().unwrap();
    let other = recordings::heart_in_silence(folder.path(), 12.0, [0, 0]);
    visit_with(&options(folder.path()), Screen::Desktop, async |page| {
        page.open("").await;
        page.script(WATCH, vec![]).await;
        explains_before_it_asks(page).await;
        follows_while_it_records(page).await;
        becomes_a_recording(page).await;
        keeps_what_there_is_when_the_microphone_goes(page).await;

        record(page).await;
        page.press_key("#microphone-stop", &[], ESCAPE).await;
        page.reaches("done").await;
        assert!(page.result().await["file"].as_str().unwrap().starts_with("microphone 20"));

        record(page).await;
        assert_eq!(page.classify(&other).await, "done", "{}", page.visible_text("#error").await);
        assert!(page.visible_text("#microphone-note").await.contains("another recording took its place"));
        assert_eq!(page.result().await["file"], "heart-0-0.wav");
        page.comes_to(GIVEN_BACK).await;
        assert_eq!(page.script("return window.streams.length;", vec![]).await, json!(4));
    });
}

async fn explains_before_it_asks(page: &Page) {
    page.press_at_once("#microphone-open").await;
    let said = page.visible_text("#microphone-explained").await;
    for part in ["never leaves it", "noise suppression", "Record for"] {
        assert!(said.contains(part), "{part} is missing in: {said}");
    }
    assert_eq!(page.attribute("#microphone-open", "aria-expanded").await, "true");
    page.press_at_once("#microphone-close").await;
    assert_eq!(page.visible_text("#microphone-explained").await, "");
    page.comes_to("return document.activeElement.id === 'microphone-open';").await;
    page.press_at_once("#microphone-open").await;
    page.choose_at_once("#microphone-length", "60").await;
    assert_eq!(page.script("return window.wanted === undefined;", vec![]).await, Value::Bool(true));
}

async fn follows_while_it_records(page: &Page) {
    page.press_at_once("#microphone-use").await;
    page.comes_to("return document.querySelector('#microphone-level').value > -60;").await;
    let off =
        json!({ "echoCancellation": false, "noiseSuppression": false, "autoGainControl": false, "channelCount": 1 });
    assert_eq!(page.script("return window.wanted;", vec![]).await, json!({ "audio": off }));
    assert!(page.visible_text("#microphone-note").await.starts_with("Recording with the microphone."));
    assert!(page.visible_text("#microphone-time").await.ends_with("s left"));
    page.comes_to("return document.activeElement.id === 'microphone-stop';").await;

    page.comes_to("return document.querySelector('#notes').textContent.includes('Provisional');").await;
    assert_eq!(page.state().await, "running");
    assert_eq!(page.visible_text("#player").await, "", "it would record what plays");
    let longer = "
        const about = /about (?:the last )?([0-9.]+) s so far/.exec(document.querySelector('#status-text').textContent);
        return about !== null && Number(about[1]) > 4;";
    page.comes_to(longer).await;
    let result = page.result().await;
    assert!(result["file"].as_str().unwrap().starts_with("microphone 20"), "{result}");
    let is_provisional = |note: &Value| note["kind"] == "provisional";
    assert!(result["notes"].as_array().unwrap().iter().any(is_provisional), "{result}");
    assert!(page.colours("#image").await > 20, "the picture is empty");
}

async fn becomes_a_recording(page: &Page) {
    page.press_at_once("#microphone-stop").await;
    page.reaches("done").await;
    page.comes_to(GIVEN_BACK).await;
    let result = page.result().await;
    assert!(!result.to_string().contains("provisional"), "{result}");
    assert_ne!(result["abstained"]["reason"], "silent", "{result}");
    let rate = page.script("return window.contexts[0].sampleRate;", vec![]).await.as_f64().unwrap();
    let note = page.visible_text("#recording-note").await;
    assert!(note.contains(&format!(" s at {rate} Hz")), "{note}");
    assert!(page.visible_text("#microphone-note").await.starts_with("Recorded: "));
    page.comes_to("return document.activeElement.id === 'microphone-open';").await;
    assert!(page.visible_text("#player").await.contains("Play"));
}

async fn keeps_what_there_is_when_the_microphone_goes(page: &Page) {
    record(page).await;
    page.script("window.streams.at(-1).getTracks().forEach(track => track.stop());", vec![]).await;
    page.reaches("done").await;
    let said = page.visible_text("#microphone-problem").await;
    assert!(said.contains("unplugged") && said.contains("kept"), "{said}");
    page.comes_to(GIVEN_BACK).await;
}

#[test]
fn browser_says_why_there_is_no_microphone() {
    let options = ["--use-fake-device-for-media-stream", "--deny-permission-prompts"].map(String::from);
    visit_with(&options, Screen::Narrow, async |page| {
        page.open("").await;
        page.press_at_once("#microphone-open").await;
        assert!(page.content_width().await <= u64::from(Screen::Narrow.width()));
        let small = "
            const parts = document.querySelectorAll('#microphone :is(button, select)');
            const low = part => part.offsetParent && part.getBoundingClientRect().height < 43.5;
            return [...parts].filter(low).map(part => part.id);";
        assert_eq!(page.script(small, vec![]).await, json!([]));
        for (change, said) in [
            ("", "is not allowed"),
            (
                "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('none', 'NotFoundError'); };",
                "No microphone was found",
            ),
            ("Object.defineProperty(navigator, 'mediaDevices', { value: undefined });", "over https and on localhost"),
        ] {
            page.script(change, vec![]).await;
            page.press_at_once("#microphone-use").await;
            let says = format!("return document.querySelector('#microphone-problem').textContent.includes('{said}');");
            page.comes_to(&says).await;
            assert!(
                page.visible_text("#microphone-explained").await.contains("Use the microphone"),
                "it can be tried again"
            );
            assert_eq!(page.state().await, "ready");
        }
        assert!(page.content_width().await <= u64::from(Screen::Narrow.width()));
    });
}
