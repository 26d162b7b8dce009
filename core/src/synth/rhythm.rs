//! When the heart beats: rate, variability and respiration.

use std::f64::consts::TAU;

use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

/// Onsets of one beat in seconds from the beginning of the recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beat {
    /// Onset of S1, when the mitral valve closes.
    pub s1_s: f64,
    /// Onset of S2, when the aortic valve closes.
    pub s2_s: f64,
}

/// Heart rate and respiration of one person.
pub(super) struct Rhythm {
    /// Mean interval between beats in seconds.
    interval_s: f64,
    /// Respiratory sinus arrhythmia, as a fraction of the interval.
    arrhythmia: f64,
    /// Random variability of the interval, standard deviation as a fraction of it.
    jitter: f64,
    respiration_hz: f64,
    respiration_phase: f64,
    /// How much respiration changes the loudness, as a fraction.
    loudness: f64,
}

impl Rhythm {
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        Self {
            interval_s: 60.0 / rng.random_range(50.0..100.0),
            arrhythmia: rng.random_range(0.01..0.06),
            jitter: rng.random_range(0.005..0.02),
            respiration_hz: rng.random_range(0.18..0.35),
            respiration_phase: rng.random_range(0.0..TAU),
            loudness: rng.random_range(0.05..0.25),
        }
    }

    /// The same person with this many beats a minute.
    pub(super) fn at_rate(self, per_minute: f64) -> Self {
        Self { interval_s: 60.0 / per_minute, ..self }
    }

    /// Respiration at `time_s`: +1 fully breathed in, −1 fully breathed out.
    pub(super) fn respiration(&self, time_s: f64) -> f64 {
        (TAU * self.respiration_hz * time_s + self.respiration_phase).sin()
    }

    pub(super) fn loudness(&self, time_s: f64) -> f64 {
        1.0 - self.loudness * self.respiration(time_s)
    }

    /// All beats that are audible within `seconds`; the first begins before the recording does.
    pub(super) fn beats(&self, rng: &mut impl Rng, seconds: f64) -> Vec<Beat> {
        let mut beats = Vec::new();
        let mut s1_s = -self.interval_s * rng.random_range(0.0..1.0);
        while s1_s < seconds {
            let varied = 1.0 - self.arrhythmia * self.respiration(s1_s) + self.jitter * clipped_normal(rng);
            let interval_s = self.interval_s * varied;
            let systole_s = usual_systole(interval_s) + 0.005 * clipped_normal(rng);
            beats.push(Beat { s1_s, s2_s: s1_s + systole_s });
            s1_s += interval_s;
        }
        beats
    }
}

/// The usual interval from S1 to S2 in a cycle, both in seconds. It shortens with the heart rate, in adults by 2.1 ms
/// per beat/min (Weissler et al. 1968, "Systolic time intervals in heart failure in man", Circulation 37(2)). Hearts
/// faster than 110 beats a minute are those of children: there it is a fixed fraction of the square root of the cycle,
/// about 0.18 s at 200. At 69 beats/min it is 0.33 s, the median of 552 normal recordings.
fn usual_systole(cycle_s: f64) -> f64 {
    let adult = |cycle_s: f64| 0.475 - 0.0021 * 60.0 / cycle_s;
    let shortest_s = 60.0 / 110.0;
    if cycle_s >= shortest_s { adult(cycle_s) } else { adult(shortest_s) * (cycle_s / shortest_s).sqrt() }
}

/// A standard normal value, limited to ±3: no beat may come at an impossible time.
pub(super) fn clipped_normal(rng: &mut impl Rng) -> f64 {
    rng.sample::<f64, _>(StandardNormal).clamp(-3.0, 3.0)
}
