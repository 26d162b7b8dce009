//! Where progress is seen, and how much is said at all.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{LazyLock, Mutex, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};

/// Longest silence where nobody watches, in seconds: less than half a minute by the second in which it is noticed.
const SILENCE_S: f64 = 25.0;
/// A variable of the environment with another one, of at most half a minute.
const VARIABLE: &str = "SPECTNET_PROGRESS_S";

/// How much is said on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Errors.
    Quiet,
    /// Progress, notes and warnings too.
    Usual,
    /// Every line there is.
    Verbose,
}

static MANNER: AtomicU8 = AtomicU8::new(Manner::Usual as u8);
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);
static DUMB: LazyLock<bool> = LazyLock::new(|| std::env::var_os("TERM").is_some_and(|term| term == "dumb"));
/// When something was said last.
static LAST: Mutex<Option<Instant>> = Mutex::new(None);

/// Says so much from now on.
pub fn be(manner: Manner) {
    MANNER.store(manner as u8, Ordering::Relaxed);
}

/// Whether only errors are said.
pub fn is_quiet() -> bool {
    MANNER.load(Ordering::Relaxed) == Manner::Quiet as u8
}

/// Whether everything is said.
pub fn is_verbose() -> bool {
    MANNER.load(Ordering::Relaxed) == Manner::Verbose as u8
}

/// Whether a person sees bars: standard error is a terminal in which a line can be written again.
pub fn is_watched() -> bool {
    !is_quiet() && !*DUMB && !BARS.is_hidden()
}

/// Writes something, which comes to stand above the bars where there are any.
pub fn above<R>(write: impl FnOnce() -> R) -> R {
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    if is_watched() { BARS.suspend(write) } else { write() }
}

/// The bar below all others.
pub(super) fn shown(bar: ProgressBar) -> ProgressBar {
    if is_watched() {
        return BARS.add(bar);
    }
    bar.set_draw_target(ProgressDrawTarget::hidden());
    bar
}

/// Takes a bar away.
pub(super) fn clear(bar: &ProgressBar) {
    bar.finish_and_clear();
    BARS.remove(bar);
}

/// Where nobody watches, says from now on what `line` says is under way, whenever nothing was said for long.
pub(super) fn tell_now_and_then(line: fn() -> Option<String>) {
    static BEGUN: Once = Once::new();
    if is_quiet() || is_watched() {
        return;
    }
    BEGUN.call_once(|| {
        above(|| ());
        let silence = silence(std::env::var(VARIABLE).ok().as_deref());
        let watch = move || {
            loop {
                thread::sleep((silence / 4).min(Duration::from_secs(1)));
                let last = *LAST.lock().unwrap_or_else(PoisonError::into_inner);
                if last.is_none_or(|last| last.elapsed() >= silence)
                    && let Some(line) = line()
                {
                    // Nobody reads it where standard error is closed.
                    above(|| drop(writeln!(io::stderr().lock(), "progress: {line}")));
                }
            }
        };
        // A system that gives no thread runs the work without these lines.
        drop(thread::Builder::new().name("progress".into()).spawn(watch));
    });
}

fn silence(said: Option<&str>) -> Duration {
    let said = said.and_then(|said| said.parse::<f64>().ok()).filter(|seconds| (0.01..=30.0).contains(seconds));
    Duration::from_secs_f64(said.unwrap_or(SILENCE_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_silence_is_longer_than_half_a_minute() {
        let usual = Duration::from_secs_f64(SILENCE_S);
        assert!(usual + Duration::from_secs(1) < Duration::from_secs(30));
        assert_eq!(silence(Some("0.5")), Duration::from_millis(500));
        for said in [None, Some("31"), Some("0"), Some("-1"), Some("nan"), Some("often")] {
            assert_eq!(silence(said), usual, "{said:?}");
        }
    }
}
