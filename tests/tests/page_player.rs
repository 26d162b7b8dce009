//! The player of the page in a real browser: what is handed to the loudspeaker, and where the line runs meanwhile.

use serde_json::{Value, json};
use spectnet_tests::agreement::number;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{Page, visit};
use spectnet_tests::recordings;

/// From now on everything is written down that is handed to the loudspeaker: when it sounds, its peak, and the part of
/// its energy that lies below some 100 Hz.
const WATCH: &str = "
    window.played = [];
    const start = AudioBufferSourceNode.prototype.start;
    AudioBufferSourceNode.prototype.start = function (when, offset, duration) {
        const samples = this.buffer.getChannelData(0);
        const rate = this.buffer.sampleRate;
        const pass = 1 - Math.exp(-2 * Math.PI * 100 / rate);
        let [peak, smooth, below, all] = [0, 0, 0, 0];
        for (const sample of samples) {
            peak = Math.max(peak, Math.abs(sample));
            smooth += pass * (sample - smooth);
            below += smooth * smooth;
            all += sample * sample;
        }
        window.played.push({ when, offset, duration, rate, peak, low: below / all, speed: this.playbackRate.value });
        return start.call(this, when, offset, duration);
    };";
/// Numbers of keys in WebDriver.
const RIGHT: &str = "\u{e014}";
const PAGE_UP: &str = "\u{e00e}";

/// What was handed to the loudspeaker, of which nothing is written down any more.
async fn played(page: &Page) -> Vec<Value> {
    page.comes_to("return window.played.length > 0;").await;
    let played = page.script("return window.played.splice(0);", vec![]).await;
    played.as_array().expect("a list").clone()
}

/// Where the slider stands, in seconds.
async fn position(page: &Page) -> f64 {
    number(&page.script("return document.querySelector('#player-position').valueAsNumber;", vec![]).await)
}

/// Presses the button where that is not what plays already.
async fn toggle(page: &Page, playing: bool) {
    if page.attribute("#player-toggle", "data-playing").await != playing.to_string() {
        page.press_at_once("#player-toggle").await;
    }
    page.comes_to(&format!("return document.querySelector('#player-toggle').dataset.playing === '{playing}';")).await;
}

/// What sounds first of this choice of the list, from a place with a beat on.
async fn first_of(page: &Page, through: &str) -> Value {
    toggle(page, false).await;
    let script = "
        window.played = [];
        const list = document.querySelector('#player-through');
        list.value = arguments[0];
        list.dispatchEvent(new Event('change', { bubbles: true }));";
    page.script(script, vec![json!(through)]).await;
    page.slide("#player-position", 4.0).await;
    toggle(page, true).await;
    let first = played(page).await.swap_remove(0);
    toggle(page, false).await;
    first
}

#[test]
fn browser_plays_a_heart_from_the_first_click_to_the_next_recording() {
    let folder = tempfile::tempdir().unwrap();
    let [heart, other] = [[0, 0], [0, 3]].map(|silence| recordings::heart_in_silence(folder.path(), 15.0, silence));
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.visible_text("#player").await, "");
        assert_eq!(page.classify(&heart).await, "done", "{}", page.visible_text("#error").await);
        page.script(WATCH, vec![]).await;
        says_why_nothing_sounds(page).await;
        runs_and_joins(page).await;
        goes_where_it_is_sent(page).await;
        repeats_a_part(page).await;
        plays_what_is_chosen(page).await;
        plays_the_most_telling_second(page).await;

        toggle(page, true).await;
        assert_eq!(page.classify(&other).await, "done", "{}", page.visible_text("#error").await);
        assert_eq!(page.attribute("#player-toggle", "data-playing").await, "false");
        assert_eq!((position(page).await, page.visible_text("#player-time").await), (0.0, "0.0 of 18.0 s".into()));
        assert_eq!(page.attributes("#play-line[hidden]", "id").await, ["play-line"]);
    });
}

async fn says_why_nothing_sounds(page: &Page) {
    let broken = "
        window.createGain = BaseAudioContext.prototype.createGain;
        BaseAudioContext.prototype.createGain = () => { throw new Error('no loudspeaker'); };";
    page.script(broken, vec![]).await;
    page.press_at_once("#player-toggle").await;
    page.comes_to("return !document.querySelector('#player-problem').hidden;").await;
    let said = page.visible_text("#player-problem").await;
    assert_eq!(said, "It cannot be played: this browser gives no sound (no loudspeaker).");
    assert_eq!(page.visible_text("#player-toggle").await, "Play");
    page.script("BaseAudioContext.prototype.createGain = window.createGain;", vec![]).await;
}

async fn runs_and_joins(page: &Page) {
    toggle(page, true).await;
    assert_eq!(
        (page.visible_text("#player-toggle").await, page.visible_text("#player-problem").await),
        ("Pause".into(), String::new())
    );
    let before = page.attribute("#play-line", "style").await;
    page.comes_to("return document.querySelector('#player-position').valueAsNumber > 2.5;").await;
    let after = page.attribute("#play-line", "style").await;
    assert!(after.contains("translateX(") && before != after, "{before}, then {after}");
    let played = played(page).await;
    assert!(played.len() > 1, "{played:?}");
    for sound in &played {
        // Recordings at 2 kHz cannot be handed over as they are; and this one is quiet.
        assert!(number(&sound["rate"]) >= 8000.0 && number(&sound["speed"]) == 1.0, "{sound}");
        assert!((0.2..=1.0).contains(&number(&sound["peak"])), "{sound}");
    }
    for pair in played.windows(2) {
        let gap = number(&pair[1]["when"]) - number(&pair[0]["when"]) - number(&pair[0]["duration"]);
        assert!(gap.abs() < 1e-6, "{pair:?}");
    }
    // The space bar pauses where no control has the focus.
    page.script("document.activeElement.blur();", vec![]).await;
    page.type_keys(" ").await;
    page.comes_to("return document.querySelector('#player-toggle').dataset.playing === 'false';").await;
    assert!(position(page).await > 2.0);
}

async fn goes_where_it_is_sent(page: &Page) {
    for plot in ["#image", "#windows", "#waveform"] {
        page.drag_over(plot, [100, 100]).await;
        let width = number(&page.script("return document.querySelector('#plots').clientWidth;", vec![]).await);
        let expected = 15.0 * (width / 2.0 + 100.0 - 44.0) / (width - 56.0);
        let found = position(page).await;
        assert!((found - expected).abs() < 0.11, "{plot}: {found} s instead of {expected} s");
    }
    let before = position(page).await;
    page.script("document.querySelector('#player-position').focus();", vec![]).await;
    page.type_keys(RIGHT).await;
    assert!((position(page).await - before - 1.0).abs() < 0.11);
    page.type_keys(PAGE_UP).await;
    assert!((position(page).await - before - 6.0).abs() < 0.11);
    page.slide("#player-position", 2.0).await;
    assert_eq!(page.visible_text("#player-time").await, "2.0 of 15.0 s");
}

async fn repeats_a_part(page: &Page) {
    page.drag_over("#waveform", [-100, -180]).await;
    let fields = "return ['#player-from', '#player-to'].map(id => document.querySelector(id).valueAsNumber);";
    let part = page.script(fields, vec![]).await;
    let [from, to] = [number(&part[0]), number(&part[1])];
    assert!(from > 2.0 && to > from + 0.5 && to < 7.5, "{part}");
    assert_eq!(page.attributes("#play-part[hidden]", "id").await, [""; 0]);
    page.script("window.played = [];", vec![]).await;
    toggle(page, true).await;
    // More than is in it, because it begins again.
    page.comes_to(&format!("return window.played.reduce((sum, s) => sum + s.duration, 0) > {};", 2.5 * (to - from)))
        .await;
    let now = position(page).await;
    assert!((from - 0.1..=to + 0.1).contains(&now), "{now} s is outside {from} to {to} s");
    toggle(page, false).await;

    // By numbers too, and what they cannot be is said.
    let typed = "
        [document.querySelector('#player-from').value, document.querySelector('#player-to').value] = arguments;
        document.querySelector('#player-to').dispatchEvent(new Event('change', { bubbles: true }));";
    page.script(typed, vec![json!("9"), json!("8")]).await;
    assert!(page.visible_text("#player-problem").await.contains("a part has at least 0.1 s"));
    page.script(typed, vec![json!("9"), json!("9.5")]).await;
    assert_eq!(page.visible_text("#player-problem").await, "");
    assert_eq!((page.script(fields, vec![]).await, position(page).await), (json!([9, 9.5]), 9.0));
    page.press_at_once("#player-all").await;
    assert_eq!(page.attributes("#play-part[hidden]", "id").await, ["play-part"]);
}

async fn plays_what_is_chosen(page: &Page) {
    let plain = first_of(page, "recording").await;
    for through in ["conditioned", "filter", "bank-before", "bank", "switched-on"] {
        let sound = first_of(page, through).await;
        assert!((1e-4..=1.0).contains(&number(&sound["peak"])), "{through}: {sound}");
        assert_ne!(sound["peak"], plain["peak"], "{through}");
    }
    page.press_at_once("#player-raised").await;
    let raised = first_of(page, "recording").await;
    assert!(number(&raised["low"]) < number(&plain["low"]) / 2.0, "{raised}, and as it is {plain}");
    page.press_at_once("#player-raised").await;

    let slower = "
        const list = document.querySelector('#player-speed');
        list.value = '0.5';
        list.dispatchEvent(new Event('change', { bubbles: true }));";
    page.script(slower, vec![]).await;
    let slow = first_of(page, "recording").await;
    assert_eq!((number(&slow["speed"]), &slow["low"]), (0.5, &plain["low"]));
}

/// A part that another panel asks for is handed over once, whatever the player is set to.
async fn plays_the_most_telling_second(page: &Page) {
    page.press_at_once("#explain").await;
    page.comes_to("return !document.querySelector('#why-shown').hidden;").await;
    let part = "
        const { start, end } = document.querySelector('#telling-play').dataset;
        return [Number(start), Number(end)];";
    let part = page.script(part, vec![]).await;
    let [start, end] = [number(&part[0]), number(&part[1])];
    assert!(start >= 0.0 && end > start + 0.5, "{part}");
    page.script("window.played = [];", vec![]).await;
    page.press_at_once("#telling-play").await;
    page.comes_to("return window.played.length > 0;").await;
    page.comes_to("return document.querySelector('#player-toggle').dataset.playing === 'false';").await;
    let seconds: f64 = played(page).await.iter().map(|sound| number(&sound["duration"])).sum();
    assert!((seconds - (end - start)).abs() < 1e-3, "{seconds} s of {part}");
    let stands = position(page).await;
    assert!((stands - end).abs() < 0.11, "it stands at {stands} s, not at {end} s");
    page.press_at_once("#explain").await;
}

#[test]
fn browser_player_fits_a_phone_and_a_finger() {
    let folder = tempfile::tempdir().unwrap();
    let heart = recordings::heart_in_silence(folder.path(), 10.0, [0, 0]);
    visit(Graphics::None, Screen::Phone, async |page| {
        page.open("").await;
        assert_eq!(page.classify(&heart).await, "done", "{}", page.visible_text("#error").await);
        assert!(page.content_width().await <= u64::from(Screen::Phone.width()));
        let small = "
            const parts = document.querySelectorAll('#player :is(button, select, label, input:not([type=checkbox]))');
            const low = part => part.offsetParent && part.getBoundingClientRect().height < 43.5;
            return [...parts].filter(low).map(part => part.id || part.textContent);";
        assert_eq!(page.script(small, vec![]).await, json!([]));
    });
}
