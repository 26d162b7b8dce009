//! The sounds of closing valves: S1 of the mitral and tricuspid, S2 of the aortic and pulmonary.

use std::f64::consts::TAU;

use rand::{Rng, RngExt};

use super::rhythm::{Beat, Rhythm, clipped_normal};
use super::{level, stretch};

/// Longest time in seconds that one component of S1 or S2 rings.
const RING_S: f64 = 0.3;

/// Time from the onset to the snaps of S1 and S2, in seconds.
const SNAP_S: [f64; 2] = [0.01, 0.004];

/// One decaying oscillation.
#[derive(Clone, Copy)]
struct Component {
    amplitude: f64,
    frequency_hz: f64,
    decay_s: f64,
    phase: f64,
}

impl Component {
    fn add(&self, start_s: f64, gain: f64, rate: u32, signal: &mut [f64]) {
        for (t, x) in stretch(signal, start_s, RING_S, rate) {
            // Rises within about a quarter of the decay time: a valve does not click.
            let envelope = (1.0 - (-4.0 * t / self.decay_s).exp()) * (-t / self.decay_s).exp();
            let oscillation = (TAU * self.frequency_hz * t + self.phase).sin();
            *x += gain * self.amplitude * envelope * oscillation;
        }
    }
}

/// The sound of the valves of one heart at one place of the chest.
pub(super) struct Valves {
    mitral: Component,
    tricuspid: Component,
    /// The part of S1 above 100 Hz: the valve when it is tensed.
    s1_snap: Component,
    /// Delay of the tricuspid after the mitral component in seconds.
    s1_split_s: f64,
    aortic: Component,
    pulmonary: Component,
    /// The part of S2 above 100 Hz.
    s2_snap: Component,
    /// Delay of the pulmonary after the aortic component after breathing out, in seconds.
    s2_split_s: f64,
    /// Additional delay after breathing in, in seconds.
    s2_split_change_s: f64,
}

impl Valves {
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        let mut component = |amplitude: f64, hz: [f64; 2], decay_s: [f64; 2]| Component {
            amplitude: amplitude * rng.random_range(0.8..1.2),
            frequency_hz: rng.random_range(hz[0]..hz[1]),
            decay_s: rng.random_range(decay_s[0]..decay_s[1]),
            phase: rng.random_range(0.0..TAU),
        };
        let mitral = component(1.0, [28.0, 48.0], [0.025, 0.035]);
        let tricuspid = component(0.6, [40.0, 70.0], [0.02, 0.03]);
        let mut aortic = component(1.3, [38.0, 62.0], [0.012, 0.018]);
        let mut pulmonary = component(0.8, [34.0, 55.0], [0.012, 0.018]);
        let mut s1_snap = component(1.0, [90.0, 200.0], [0.006, 0.01]);
        let mut s2_snap = component(1.0, [90.0, 220.0], [0.005, 0.009]);
        s1_snap.amplitude *= level(rng, [0.07, 0.28]);
        // S1 is louder near the apex of the heart, S2 near its base.
        let s2_level = level(rng, [0.5, 1.2]);
        s2_snap.amplitude *= s2_level * level(rng, [0.06, 0.3]);
        aortic.amplitude *= s2_level;
        pulmonary.amplitude *= s2_level;
        Self {
            mitral,
            tricuspid,
            s1_snap,
            s1_split_s: rng.random_range(0.015..0.03),
            aortic,
            pulmonary,
            s2_snap,
            s2_split_s: rng.random_range(0.01..0.02),
            s2_split_change_s: rng.random_range(0.015..0.03),
        }
    }

    pub(super) fn sound(&self, rng: &mut impl Rng, beats: &[Beat], rhythm: &Rhythm, rate: u32, signal: &mut [f64]) {
        for beat in beats {
            let gain = rhythm.loudness(beat.s1_s) * (1.0 + 0.12 * clipped_normal(rng));
            self.mitral.add(beat.s1_s, gain, rate, signal);
            self.s1_snap.add(beat.s1_s + SNAP_S[0], gain, rate, signal);
            self.tricuspid.add(beat.s1_s + self.s1_split_s, gain, rate, signal);
            let gain = rhythm.loudness(beat.s2_s) * (1.0 + 0.12 * clipped_normal(rng));
            let breathed_in = (1.0 + rhythm.respiration(beat.s2_s)) / 2.0;
            let split_s = self.s2_split_s + self.s2_split_change_s * breathed_in;
            self.aortic.add(beat.s2_s, gain, rate, signal);
            self.s2_snap.add(beat.s2_s + SNAP_S[1], gain, rate, signal);
            self.pulmonary.add(beat.s2_s + split_s, gain, rate, signal);
        }
    }
}
