//! How long a visitor waits for the first result of the page, in a real Chromium on the CPU, as it is and slowed down.
//!
//! usage: first-result [ROUNDS]. The page is the built one; `SPECTNET_DIST` names another folder.
//!
//! The browser is open already and knows nothing of the page. Half a minute of heart sound is chosen as soon as there is a
//! place to choose it, and again some seconds after all of the first result is drawn. Times are those from opening the page,
//! and for the second result that from choosing. Then a filter is moved some times, and everything follows.

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};
use spectnet_core::audio::write_wav;
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::browser::{Browser, Graphics, Screen};
use spectnet_tests::page::dist;
use thirtyfour::{By, WebDriver};
use xtask::serve::Server;

const SECONDS: f64 = 30.0;
/// How many times slower the browser's tools make the processor.
const SLOWER: [u32; 2] = [1, 4];
/// From the first moment of the page on, when each state of it began, and its long tasks up to the result.
const WATCH: &str = "
    window.seen = { states: {}, tasks: [], chosen: 0 };
    new PerformanceObserver(list => list.getEntries().forEach(task => {
        window.seen.tasks.push([task.startTime, task.duration]);
    })).observe({ type: 'longtask', buffered: true });
    addEventListener('change', () => { window.seen.chosen = performance.now(); }, { capture: true });
    addEventListener('DOMContentLoaded', () => {
        const status = document.querySelector('#status');
        new MutationObserver(() => {
            const { seen } = window, { state, drawn } = status.dataset;
            seen.ran ||= state !== 'done' && state !== 'ready';
            if (state !== 'ready' && !seen.ran) return;
            seen.states[state] ??= performance.now();
            if (state === 'done' && drawn !== 'false') seen.states.whole ??= performance.now();
        }).observe(status, { attributes: true });
    });";
/// Moves of a filter.
const MOVES: usize = 10;
/// How long it takes until everything that a result has follows a filter that is moved, the JSON for programs included.
const MOVE: &str = "
    const done = arguments[arguments.length - 1];
    const centre = document.querySelector('#filter-centre'), json = document.querySelector('#result-json');
    const before = json.textContent, began = performance.now();
    centre.value = arguments[0];
    centre.dispatchEvent(new Event('change', { bubbles: true }));
    const look = () => json.textContent !== before && document.querySelector('#status').dataset.drawn !== 'false'
        ? done(performance.now() - began) : setTimeout(look, 1);
    look();";
/// What was seen when everything is drawn.
const SEEN: &str = "
    const done = arguments[arguments.length - 1];
    const look = () => window.seen?.states.whole ? done(window.seen) : setTimeout(look, 5);
    look();";

fn main() -> Result<()> {
    let rounds: usize = std::env::args().nth(1).map_or(Ok(3), |rounds| rounds.parse())?;
    let folder = tempfile::tempdir()?;
    let recording = folder.path().join("heart.wav");
    let options = HeartOptions { seed: 1, seconds: SECONDS, sample_rate: 2000, murmur: None };
    std::fs::write(&recording, write_wav(&heart(&options)?.recording)?)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!(
        "slower  round  result, s  all drawn, s  result again, s  longest task before the result, ms  filter moved, ms"
    );
    for slower in SLOWER {
        for round in 1..=rounds {
            let Times { result_ms, drawn_ms, again_ms, longest_ms, moved_ms } =
                runtime.block_on(open(&recording, slower))?;
            println!(
                "{slower:>6}  {round:>5}  {:>9.2}  {:>12.2}  {:>15.2}  {longest_ms:>35.0}  {moved_ms:>16.0}",
                result_ms / 1e3,
                drawn_ms / 1e3,
                again_ms / 1e3
            );
        }
    }
    Ok(())
}

struct Times {
    result_ms: f64,
    drawn_ms: f64,
    again_ms: f64,
    longest_ms: f64,
    /// The median.
    moved_ms: f64,
}

async fn open(recording: &Path, slower: u32) -> Result<Times> {
    let server = Server::start(&dist(), 0)?;
    let browser = Browser::start(Graphics::None, Screen::Desktop).await;
    let session = &browser.session;
    let tools = session.cdp();
    tools.send_raw("Page.addScriptToEvaluateOnNewDocument", json!({ "source": WATCH })).await?;
    tools.send_raw("Emulation.setCPUThrottlingRate", json!({ "rate": slower })).await?;
    session.goto(format!("{}/?backend=cpu", server.url())).await?;
    let first = choose(session, recording).await?;
    let result_ms = number(&first["states"]["done"]);
    let tasks = first["tasks"].as_array().into_iter().flatten();
    let before = tasks.filter(|task| number(&task[0]) < result_ms);
    let longest_ms = before.map(|task| number(&task[1])).fold(0.0, f64::max);
    // The page keeps itself on the device then; that is over when the next recording comes.
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    session.execute("window.seen = { states: {}, tasks: [], chosen: 0 };", vec![]).await?;
    let again = choose(session, recording).await?;
    let mut moves = Vec::new();
    for number_of_move in 0..MOVES {
        let centre_hz = 100 + 10 * number_of_move;
        moves.push(number(session.execute_async(MOVE, vec![json!(centre_hz.to_string())]).await?.json()));
    }
    moves.sort_by(f64::total_cmp);
    browser.quit().await;
    Ok(Times {
        result_ms,
        drawn_ms: number(&first["states"]["whole"]),
        again_ms: number(&again["states"]["done"]) - number(&again["chosen"]),
        longest_ms,
        moved_ms: moves.get(MOVES / 2).copied().unwrap_or(f64::NAN),
    })
}

/// Chooses a recording and waits until its result is drawn; what was seen by then.
async fn choose(session: &WebDriver, recording: &Path) -> Result<Value> {
    session.find(By::Css("#audio-input")).await?.send_keys(recording.to_string_lossy().as_ref()).await?;
    session.set_script_timeout(std::time::Duration::from_secs(240)).await?;
    Ok(session.execute_async(SEEN, vec![]).await?.json().clone())
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}
