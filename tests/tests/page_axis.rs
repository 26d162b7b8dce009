//! The time axis of the page in a real browser: wheel, keys, buttons, overview, fingers, the table of windows, and an
//! hour that can be read as a whole and closely.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::agreement::number;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{Page, visit};
use spectnet_tests::wav::Wav;
use spectnet_tests::{models, recordings};

/// Keys by their numbers in WebDriver.
const RIGHT: char = '\u{e014}';
const HOME: char = '\u{e011}';
const END: char = '\u{e010}';
/// What lies left and right of the axis in every plot, in pixels.
const MARGINS: [f64; 2] = [44.0, 12.0];
/// Largest difference in seconds: a pointer stands on whole pixels, and the page writes hundredths.
const NEAR: f64 = 0.1;

/// What the plots show, in seconds, as the overview says it.
async fn seen(page: &Page) -> [f64; 2] {
    let values = "return ['from', 'to'].map(edge => Number(document.querySelector(`#overview-${edge}`).ariaValueNow));";
    let values = page.script(values, vec![]).await;
    [number(&values[0]), number(&values[1])]
}

async fn assert_seen(page: &Page, expected: [f64; 2]) {
    let seen = seen(page).await;
    let near = seen.iter().zip(expected).all(|(seen, expected)| (seen - expected).abs() < NEAR);
    assert!(near, "{seen:?} instead of {expected:?}");
}

/// Turns the wheel over the image, at a place from 0 to 1 of the axis; whether the page took it.
async fn wheel(page: &Page, place: f64, options: Value) -> bool {
    let script = "
        const image = document.querySelector('#image');
        const { left, top, width } = image.getBoundingClientRect();
        const [share, options, margins] = arguments;
        const clientX = left + margins[0] + share * (width - margins[0] - margins[1]);
        const place = { bubbles: true, cancelable: true, clientX, clientY: top + 9 };
        const event = new WheelEvent('wheel', { ...place, ...options });
        return !image.dispatchEvent(event);";
    page.script(script, vec![json!(place), options, json!(MARGINS)]).await.as_bool().expect("yes or no")
}

/// The pictures of waveform and image.
async fn pictures(page: &Page) -> Value {
    page.script("return ['waveform', 'image'].map(id => document.getElementById(id).toDataURL());", vec![]).await
}

#[test]
fn browser_looks_closely_by_wheel_keys_buttons_and_overview() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 30.0, [0, 0]);
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.visible_text("#axis").await, "", "nothing is there to be seen");
        assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(page.visible_text("#axis-text").await, "Shown: all of 30.0 s");
        assert!(page.colours("#overview").await > 1, "all of the recording is in the strip");
        let (all, bars, states) =
            (pictures(page).await, page.count("#windows .bar").await, page.count("#cycles rect").await);

        // The page scrolls as ever, and only what is meant for the plots is taken.
        assert!(!wheel(page, 0.75, json!({ "deltaY": -100 })).await);
        assert!(!wheel(page, 0.75, json!({ "deltaY": -100, "shiftKey": true })).await, "all is seen already");
        assert_seen(page, [0.0, 30.0]).await;
        assert!(wheel(page, 0.75, json!({ "deltaY": -100, "ctrlKey": true })).await);
        let [from, to] = seen(page).await;
        assert!(to - from < 25.0 && ((22.5 - from) / (to - from) - 0.75).abs() < 0.01, "{from} to {to}");
        let close = pictures(page).await;
        assert!(all[0] != close[0] && all[1] != close[1], "the plots show it");
        assert!(page.count("#windows .bar").await < bars && page.count("#cycles rect").await < states);
        assert!(wheel(page, 0.5, json!({ "deltaX": -5000 })).await);
        assert_seen(page, [0.0, to - from]).await;
        assert!(wheel(page, 0.5, json!({ "deltaY": 5000, "shiftKey": true })).await);
        assert_seen(page, [30.0 - (to - from), 30.0]).await;
        assert!(!wheel(page, 0.5, json!({ "deltaY": 100 })).await);

        by_keys(page).await;
        by_overview(page).await;
        by_numbers(page).await;
        page.press_at_once("#axis-all").await;
        assert_eq!(pictures(page).await, all, "all of it looks as it did");
    });
}

async fn by_keys(page: &Page) {
    page.press_key("#plots", &[], '0').await;
    assert_seen(page, [0.0, 30.0]).await;
    page.press_key("#plots", &[], '+').await;
    assert_seen(page, [7.5, 22.5]).await;
    page.press_key("#plots", &[], RIGHT).await;
    assert_seen(page, [11.25, 26.25]).await;
    page.press_key("#plots", &[], HOME).await;
    assert_seen(page, [0.0, 15.0]).await;
    page.press_key("#plots", &[], END).await;
    assert_seen(page, [15.0, 30.0]).await;
    page.press_key("#plots", &[], '-').await;
    assert_seen(page, [0.0, 30.0]).await;
    page.press_at_once("#axis-in").await;
    assert_seen(page, [7.5, 22.5]).await;
    assert_eq!(page.visible_text("#axis-text").await, "Shown: 7.5 s to 22.5 s of 30.0 s");
}

async fn by_overview(page: &Page) {
    let width = number(&page.script("return document.querySelector('#overview-strip').clientWidth;", vec![]).await);
    let axis = width - MARGINS[0] - MARGINS[1];
    page.drag_over("#overview-strip", [0, 200]).await;
    let moved = 30.0 * 200.0 / axis;
    assert_seen(page, [7.5 + moved, 22.5 + moved]).await;
    // The left edge, and then its key.
    let edge = MARGINS[0] + axis * (7.5 + moved) / 30.0 - width / 2.0;
    page.drag_over("#overview-strip", [edge.round() as i64, (edge + 100.0).round() as i64]).await;
    assert_seen(page, [7.5 + 1.5 * moved, 22.5 + moved]).await;
    page.press_key("#overview-from", &[], HOME).await;
    assert_seen(page, [0.0, 22.5 + moved]).await;
    assert_eq!(page.attribute("#overview-from", "aria-valuetext").await, "0.0 s");
    assert_eq!(page.attribute("#overview-to", "aria-valuemax").await, "30.00");
}

async fn by_numbers(page: &Page) {
    page.press_at_once("#axis-all").await;
    page.press_at_once("#window-numbers summary").await;
    let windows = page.result().await["windows"].as_array().map_or(0, Vec::len);
    assert_eq!(page.count("#window-rows tr").await, windows);
    let heads = page.visible_text("#window-heads").await;
    assert!(["normal", "abnormal", "Beats a minute"].iter().all(|head| heads.contains(head)), "{heads}");
    let row = page.visible_text("#window-rows tr:nth-child(5)").await;
    assert!(row.matches('%').count() == 2 && row.contains(" s"), "{row}");
    let cell = |name: &'static str| async move {
        page.attribute("#window-rows tr:nth-child(5)", name).await.parse::<f64>().expect("seconds")
    };
    let (start, end) = (cell("data-start").await, cell("data-end").await);
    // By the keyboard: the button has the focus.
    page.press_key("#window-rows tr:nth-child(5) button", &[], '\u{e007}').await;
    let [from, to] = seen(page).await;
    assert!(from <= start && end <= to && to - from < 15.0, "{from} to {to} s does not show {start} to {end} s");
    let position = page.script("return document.querySelector('#player-position').valueAsNumber;", vec![]).await;
    assert!((number(&position) - start).abs() < NEAR, "the player is at {position}");
}

/// A finger that comes down on the image at one place of the axis, 0 to 1, and is lifted at another.
async fn finger(page: &Page, name: &str, [from, to]: [f64; 2]) -> Value {
    let script = "
        const { left, top, width, height } = document.querySelector('#image').getBoundingClientRect();
        const [places, margins] = arguments;
        const across = place => Math.round(left + margins[0] + place * (width - margins[0] - margins[1]));
        return [...places.map(across), Math.round(top + height / 2)];";
    let at = page.script(script, vec![json!([from, to]), json!(MARGINS)]).await;
    let (down, up, y) = (&at[0], &at[1], &at[2]);
    json!({ "type": "pointer", "id": name, "parameters": { "pointerType": "touch" }, "actions": [
        { "type": "pointerMove", "duration": 0, "x": down, "y": y, "origin": "viewport" },
        { "type": "pointerDown", "button": 0 },
        { "type": "pointerMove", "duration": 200, "x": up, "y": y, "origin": "viewport" },
        { "type": "pointerUp", "button": 0 },
    ] })
}

#[test]
fn browser_looks_closely_by_two_fingers_and_shows_the_cursor_to_one() {
    let folder = tempfile::tempdir().unwrap();
    let recording = recordings::heart_in_silence(folder.path(), 30.0, [0, 0]);
    visit(Graphics::None, Screen::Narrow, async |page| {
        page.open("").await;
        assert_eq!(page.classify(&recording).await, "done", "{}", page.visible_text("#error").await);
        let touch = "return ['waveform', 'image', 'windows', 'overview-strip']
            .map(id => getComputedStyle(document.getElementById(id)).touchAction);";
        assert_eq!(page.script(touch, vec![]).await, json!(["pan-y", "pan-y", "pan-y", "pan-y"]), "the page scrolls");
        // A beat has five pixels here: what is seen of them is their rate.
        assert_eq!((page.count("#cycles .rate").await, page.count("#cycles rect").await), (1, 0));
        assert!(page.attribute("#cycles", "aria-label").await.starts_with("Heart rate, "));

        let view = "document.querySelector('#image').scrollIntoView({ behavior: 'instant', block: 'center' });";
        page.script(view, vec![]).await;
        let tap = finger(page, "one", [0.5, 0.5]).await;
        page.act(json!([tap])).await;
        assert_eq!(page.count("#cursor[hidden]").await, 0, "it stays when the finger is lifted");
        let said = page.content("#cursor-text").await;
        let at: f64 = said.split(' ').next().and_then(|word| word.parse().ok()).expect("a time");
        assert!((at - 15.0).abs() < 0.3 && said.contains('%'), "{said}");

        let fingers = [finger(page, "one", [0.4, 0.2]).await, finger(page, "two", [0.6, 0.8]).await];
        page.act(json!(fingers)).await;
        let [from, to] = seen(page).await;
        assert!((to - from - 10.0).abs() < 0.5 && ((from + to) / 2.0 - 15.0).abs() < 0.5, "{from} to {to} s");
        assert!(page.count("#cycles rect").await > 10 && page.count("#cycles .rate").await == 0);
        assert_eq!(page.attributes("#play-part[hidden]", "id").await, ["play-part"], "nothing is selected by two");
        assert_eq!(number(&page.script("return visualViewport.scale;", vec![]).await), 1.0, "the page is as large");

        // What is touched beside the plots ends it.
        let title = "document.querySelector('#timeline-title').dispatchEvent(new PointerEvent('pointerdown',
            { bubbles: true, pointerType: 'touch', isPrimary: true }));";
        page.script(title, vec![]).await;
        assert_eq!(page.count("#cursor[hidden]").await, 1);

        page.script("document.querySelector('#window-numbers').open = true;", vec![]).await;
        assert!(page.content_width().await <= u64::from(Screen::Narrow.width()));
        let small = "
            const touched = '#axis button, #window-numbers :is(button, summary), #overview-strip';
            const parts = document.querySelectorAll(touched);
            const low = part => part.offsetParent && part.getBoundingClientRect().height < 43.5;
            return [...parts].filter(low).map(part => part.id || part.textContent);";
        assert_eq!(page.script(small, vec![]).await, json!([]));
    });
}

/// Writes an hour of heart sound at 2 kHz: ten seconds, again and again.
fn hour(folder: &Path) -> PathBuf {
    let options = HeartOptions { seed: 5, seconds: 10.0, sample_rate: 2000, murmur: None };
    let sound = heart(&options).expect("these options are valid").recording;
    let data: Vec<u8> = sound.samples().iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect();
    let wav = Wav { tag: 1, channels: 1, rate: options.sample_rate, bits: 16, data: data.repeat(360), claim: None };
    let file = folder.join("hour.wav");
    fs::write(&file, wav.bytes()).expect("the folder is writable");
    file
}

#[test]
fn browser_shows_an_hour_as_a_whole_and_ten_seconds_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = hour(folder.path());
    let model = folder.path().join("small.safetensors");
    fs::write(&model, models::random(&models::heart(2, 3, 2))).unwrap();
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.load_model(&model).await, "ready", "{}", page.visible_text("#error").await);
        assert_eq!(page.classify(&file).await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(page.press("#whole").await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(page.visible_text("#axis-text").await, "Shown: all of 1:00:00.0");
        let windows = page.result().await["windows"].as_array().map_or(0, Vec::len);
        let labels = page.content("#windows").await;
        assert!(["0:00:00", "0:10:00", "0:50:00", "1:00:00"].iter().all(|tick| labels.contains(tick)), "{labels}");
        // As many bars as can be told apart, and the heart rate in place of four thousand cycles.
        let bars = page.count("#windows .bar").await;
        assert!((100..700).contains(&bars) && windows > 1400, "{bars} bars of {windows} windows");
        assert_eq!(page.count("#cycles rect").await, 0);
        assert!(page.attribute("#cycles", "aria-label").await.starts_with("Heart rate, "));

        // The table has it page by page, and leads to what is far behind.
        page.press_at_once("#window-numbers summary").await;
        assert_eq!(page.count("#window-rows tr").await, 100);
        for _ in 0..3 {
            page.press_at_once("#window-next").await;
        }
        assert_eq!(page.visible_text("#window-page").await, format!("301 to 400 of {windows}"));
        page.press_at_once("#window-rows tr:nth-child(50) button").await;
        let [from, to] = seen(page).await;
        assert!(from > 300.0 && (to - from - 10.0).abs() < NEAR, "{from} to {to} s");
        let labels = page.content("#windows").await;
        let tick = format!("{}:{:02}", (from / 60.0) as u32, ((from % 60.0) as u32 + 2) % 60);
        assert!(from % 60.0 > 57.0 || labels.contains(&tick), "{tick} is not in {labels}");
        assert!(page.count("#cycles rect").await > 30, "every state of ten beats and more");
        assert!(page.colours("#image").await > 20 && page.colours("#waveform").await > 1);
        // A beat can be seen: the line of the waveform is not the same everywhere.
        let heights = "
            const canvas = document.querySelector('#waveform');
            const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            const filled = x => [...Array(height).keys()].filter(y => data[4 * (y * width + x) + 3] > 128).length;
            const heights = [...Array(50).keys()].map(step => filled(Math.round(60 + step * (width - 100) / 50)));
            return [Math.min(...heights), Math.max(...heights)];";
        let heights = page.script(heights, vec![]).await;
        assert!(number(&heights[1]) > 4.0 * number(&heights[0]), "{heights}");
    });
}
