//! The page answers while a long recording is judged on the CPU: no work on its thread is much longer than a slice of time,
//! however long the recording is. What one bit of that work may be is tested natively (`spectnet_core`'s `stride`, and the
//! tests of `recognise`); here is whether the page lets others run between the bits.

use std::fs;
use std::path::Path;

use serde_json::Value;
use spectnet_core::synth::{HeartOptions, heart};
use spectnet_tests::agreement::assert_same_prediction;
use spectnet_tests::browser::{Graphics, Screen};
use spectnet_tests::page::{self, visit};
use spectnet_tests::spectnet::predict_whole;
use spectnet_tests::wav::Wav;

/// Length of the recording: as many pieces, each of which is conditioned as a whole.
const MINUTES: usize = 25;
/// Sampling rate of the recording in Hz.
const RATE: u32 = 4000;
/// A browser that is kept waiting by its machine now and then still answers in time.
const NEVER_LONG_S: f64 = 0.1;

/// From now on the tasks that browsers call long (50 ms) are noted, and how often a timer had its turn.
const WATCH: &str = "
    window.seen = { tasks: [], turns: 0, began: performance.now() };
    const note = task => window.seen.tasks.push(task.duration / 1000);
    new PerformanceObserver(list => list.getEntries().forEach(note)).observe({ type: 'longtask' });
    setInterval(() => { window.seen.turns += 1; }, 0);";
/// What was noted, and how many seconds that took.
const SEEN: &str = "return { ...window.seen, seconds: (performance.now() - window.seen.began) / 1000 };";

/// Writes ten seconds of a heart again and again.
fn write_minutes(file: &Path) {
    let options = HeartOptions { seed: 5, seconds: 10.0, sample_rate: RATE, murmur: None };
    let sound = heart(&options).unwrap().recording;
    let data =
        sound.samples().iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect::<Vec<u8>>();
    let data = data.repeat(6 * MINUTES);
    fs::write(file, Wav { tag: 1, channels: 1, rate: RATE, bits: 16, data, claim: None }.bytes()).unwrap();
}

#[test]
fn browser_answers_while_a_long_recording_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("long.wav");
    write_minutes(&file);
    visit(Graphics::None, Screen::Desktop, async |page| {
        page.open("").await;
        assert_eq!(page.classify(&file).await, "done", "{}", page.visible_text("#error").await);
        page.script(WATCH, vec![]).await;
        assert_eq!(page.press("#whole").await, "done", "{}", page.visible_text("#error").await);
        let seen = page.script(SEEN, vec![]).await;
        assert_same_prediction(&page.result().await, &predict_whole(&page::default_model(), &file));

        let tasks: Vec<f64> = seen["tasks"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        let (turns, seconds) = (seen["turns"].as_u64().unwrap(), seen["seconds"].as_f64().unwrap());
        let longest = tasks.iter().copied().fold(0.0, f64::max);
        println!(
            "{MINUTES} minutes judged in {seconds:.1} s: {} tasks of 50 ms or more, {:.2} s in all; the longest took \
             {longest:.3} s; a timer had {turns} turns",
            tasks.len(),
            tasks.iter().fold(0.0, |sum, task| sum + task)
        );
        // Fast or slow, a minute of the recording takes several slices.
        assert!(turns >= 2 * MINUTES as u64, "{turns} turns");
        // To condition a minute at once takes more than a quarter of what it takes to judge it.
        let much = (seconds / MINUTES as f64 / 4.0).max(NEVER_LONG_S);
        let too_long = tasks.iter().filter(|task| **task > much).count();
        assert!(too_long < MINUTES / 2, "{too_long} tasks take more than {much:.2} s");
    });
}
