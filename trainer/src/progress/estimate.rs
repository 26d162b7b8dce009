//! The time left.

use std::time::Duration;

/// How long the rest takes, if it goes on as fast as from the fraction `begun_at` of all to `fraction`, which took `elapsed`.
/// None before anything is done.
pub(super) fn left(elapsed: Duration, begun_at: f64, fraction: f64) -> Option<Duration> {
    let done = fraction - begun_at;
    if done.is_nan() || done <= 0.0 {
        return None;
    }
    Duration::try_from_secs_f64(elapsed.as_secs_f64() * (1.0 - fraction).max(0.0) / done).ok()
}

/// A duration for people, as exact as an estimate is.
pub(super) fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let minutes = (seconds + 30) / 60;
    let hours = (minutes + 30) / 60;
    match (seconds, minutes) {
        (..60, _) => format!("{seconds} s"),
        (_, ..60) => format!("{minutes} min"),
        (_, ..2880) => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} days {} h", hours / 24, hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_as_fast_as_what_is_done() {
        let minute = Duration::from_secs(60);
        assert_eq!(left(minute, 0.0, 0.25), Some(Duration::from_secs(180)));
        // What was done before, by another process, took no time of this one.
        assert_eq!(left(minute, 0.5, 0.75), Some(minute));
        assert_eq!((left(minute, 0.5, 0.5), left(minute, 0.0, f64::NAN)), (None, None));
        assert_eq!(left(minute, 0.0, 1.5), Some(Duration::ZERO));
    }

    #[test]
    fn durations_have_the_unit_that_people_would_choose() {
        let words =
            [0, 59, 60, 89, 90, 3569, 3570, 3600, 7260, 172_740, 180_000].map(Duration::from_secs).map(in_words);
        let expected =
            ["0 s", "59 s", "1 min", "1 min", "2 min", "59 min", "1 h 0 min", "1 h 0 min", "2 h 1 min", "47 h 59 min"];
        assert_eq!(words[..10], expected);
        assert_eq!(words[10], "2 days 2 h");
    }
}
