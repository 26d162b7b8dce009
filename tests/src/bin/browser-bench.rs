//! How fast the page is in a real Chromium, beside ONNX Runtime Web with the same model: `bench/browser.sh` calls it.
//!
//! usage: browser-bench FOLDER [ROUNDS], where FOLDER holds `ort.html`, `ort.js`, `heart.onnx` and ONNX Runtime Web in `ort/`.
//!
//! Ours is everything that happens between choosing a 10 s heart sound and its verdict: decoding, conditioning, classification,
//! and the drawing of the result, behind which plots follow; and of that, alone, the way from conditioned windows to probabilities. ONNX Runtime's is the
//! session's run of the exported model, which does the same, four windows at a time.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use spectnet_core::audio::write_wav;
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::browser::{Browser, Graphics, Screen};
use spectnet_tests::page::dist;
use thirtyfour::{By, WebDriver};
use xtask::serve::Server;

/// Windows in 10 s of heart sound.
const WINDOWS: f64 = 4.0;
const SECONDS: f64 = 10.0;
/// Verdicts after the first.
const WARM: usize = 5;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder =
        PathBuf::from(arguments.next().ok_or_else(|| anyhow::anyhow!("usage: browser-bench FOLDER [ROUNDS]"))?);
    let rounds: usize = arguments.next().map_or(Ok(3), |rounds| rounds.parse())?;
    let sound = heart(&HeartOptions { seed: 1, seconds: SECONDS, sample_rate: 2000, murmur: None })?;
    let recording = folder.join("heart-10s.wav");
    std::fs::write(&recording, write_wav(&sound.recording)?)?;

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!(
        "backend  round  first verdict   warm verdict  × real time   a window   run alone, a window   ONNX Runtime Web, a window (first run)"
    );
    for (name, graphics) in [("cpu", Graphics::None), ("webgpu", Graphics::WebGpu)] {
        for round in 1..=rounds {
            let Page { times: ours, run_ms } = runtime.block_on(page(graphics, name, &recording))?;
            let theirs =
                runtime.block_on(onnx_runtime(graphics, if name == "cpu" { "wasm" } else { name }, &folder))?;
            println!(
                "{name:<8} {round:>5}  {:>10.0} ms  {:>10.0} ms  {:>11.0}  {:>6.1} ms   {:>12.1} ms   {:>6.1} ms ({:.0} ms)",
                ours.first_ms,
                ours.warm_ms,
                1e3 * SECONDS / ours.warm_ms,
                ours.warm_ms / WINDOWS,
                run_ms / WINDOWS,
                theirs.warm_ms / WINDOWS,
                theirs.first_ms
            );
        }
    }
    Ok(())
}

struct Times {
    first_ms: f64,
    warm_ms: f64,
}

struct Page {
    times: Times,
    /// What of a warm verdict is the way from conditioned windows to probabilities.
    run_ms: f64,
}

/// The page, from opening it: time until the first verdict, and the median of later ones.
async fn page(graphics: Graphics, backend: &str, recording: &Path) -> anyhow::Result<Page> {
    let server = Server::start(&dist(), 0)?;
    let browser = Browser::start(graphics, Screen::Desktop).await;
    let session = &browser.session;
    session.goto(format!("{}/?backend={backend}", server.url())).await?;
    settled(session, "ready").await?;
    let mut ends = Vec::new();
    for _ in 0..=WARM {
        let input = session.find(By::Css("#audio-input")).await?;
        session.execute("window.verdictAt = 0; performance.clearMeasures(); window.chosenAt = 0; const s = document.querySelector('#status');
            document.querySelector('#audio-input').addEventListener('change', () => window.chosenAt = performance.now(), { once: true, capture: true });
            let ran = false;
            const o = new MutationObserver(() => {
                ran ||= s.dataset.state !== 'done' && s.dataset.state !== 'ready';
                if (ran && ['done', 'failed'].includes(s.dataset.state)) { window.verdictAt = performance.now(); o.disconnect(); }
            });
            o.observe(s, { attributes: true });", vec![]).await?;
        input.send_keys(recording.canonicalize()?.to_string_lossy().as_ref()).await?;
        let times = "window.verdictAt && [window.chosenAt, window.verdictAt,
            performance.getEntriesByName('probabilities').reduce((sum, entry) => (sum ?? 0) + entry.duration, null)]";
        let times = waited(session, times).await?;
        ends.push([0, 1, 2].map(|index| times[index].as_f64().unwrap_or(f64::NAN)));
    }
    browser.quit().await;
    let warm = ends[1..].iter().map(|[chosen, verdict, _]| verdict - chosen).collect();
    let run = ends[1..].iter().map(|[_, _, run]| *run).collect();
    Ok(Page { times: Times { first_ms: ends[0][1], warm_ms: median(warm) }, run_ms: median(run) })
}

/// ONNX Runtime Web on four windows: its first run with loading, and the median of later ones.
async fn onnx_runtime(graphics: Graphics, provider: &str, folder: &Path) -> anyhow::Result<Times> {
    let server = Server::start(folder, 0)?;
    let browser = Browser::start(graphics, Screen::Desktop).await;
    let session = &browser.session;
    session.goto(format!("{}/ort.html?on={provider}", server.url())).await?;
    let result = waited(session, "window.result").await?;
    browser.quit().await;
    if let Some(error) = result["error"].as_str() {
        anyhow::bail!("ONNX Runtime Web on {provider}: {error}");
    }
    let times: Vec<f64> = result["times"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    let first_ms = result["first_ms"].as_f64().unwrap_or(f64::NAN);
    Ok(Times { first_ms, warm_ms: median(times) })
}

async fn settled(session: &WebDriver, state: &str) -> anyhow::Result<()> {
    waited(session, &format!("document.querySelector('#status')?.dataset.state === '{state}'")).await?;
    Ok(())
}

/// The value of an expression once there is one.
async fn waited(session: &WebDriver, expression: &str) -> anyhow::Result<Value> {
    let script = format!(
        "const done = arguments[arguments.length - 1];
         const look = () => {{ const value = {expression}; if (value) done(value); else setTimeout(look, 2); }};
         look();"
    );
    session.set_script_timeout(std::time::Duration::from_secs(240)).await?;
    Ok(session.execute_async(script, vec![json!(null)]).await?.json().clone())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
