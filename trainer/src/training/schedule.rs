//! The learning rate over the run.

use std::f64::consts::PI;
use std::time::Duration;

/// Fraction of the run in which the rate rises from nothing, so that the first batches do not change the weights too much.
const WARM_UP: f64 = 0.03;

/// How far the run is, 0 at its start and 1 at its end: by epochs or by time, whichever is nearer to its limit.
pub fn progress(epochs: f64, max_epochs: u32, elapsed: Duration, minutes: Option<f64>) -> f64 {
    let by_epochs = epochs / f64::from(max_epochs.max(1));
    let by_time = minutes.map_or(0.0, |minutes| elapsed.as_secs_f64() / (60.0 * minutes));
    by_epochs.max(by_time).clamp(0.0, 1.0)
}

/// Factor on the learning rates: a short rise, then half a cosine down to 1 % (Loshchilov & Hutter 2017).
pub fn factor(progress: f64) -> f64 {
    if progress < WARM_UP {
        return (progress / WARM_UP).max(0.1);
    }
    let rest = (progress - WARM_UP) / (1.0 - WARM_UP);
    0.01 + 0.99 * 0.5 * (1.0 + (PI * rest).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_limit_counts() {
        let minute = Duration::from_secs(60);
        assert_eq!(progress(1.0, 10, minute, None), 0.1);
        assert_eq!(progress(1.0, 10, minute, Some(2.0)), 0.5);
        assert_eq!(progress(1.0, 10, minute, Some(0.5)), 1.0);
    }

    #[test]
    fn the_rate_rises_then_falls_to_almost_nothing() {
        assert!(factor(0.0) < factor(0.02) && factor(0.02) < factor(0.03));
        assert!((factor(WARM_UP) - 1.0).abs() < 1e-12);
        assert!((factor(1.0) - 0.01).abs() < 1e-12);
        let falling: Vec<f64> = (3..=100).map(|percent| factor(f64::from(percent) / 100.0)).collect();
        assert!(falling.windows(2).all(|pair| pair[1] < pair[0]));
    }
}
