//! Murmurs: turbulence in a part of every beat.

use rand::{Rng, RngExt};

use super::rhythm::{Beat, Rhythm, clipped_normal};
use super::{crescendo_decrescendo, noise, stretch};
use crate::error::Result;

/// The part of the heart cycle that holds a murmur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Murmur {
    /// Between S1 and S2, rising and falling, as over a narrow aortic valve.
    Systolic,
    /// After S2, falling, as over a leaking aortic valve.
    Diastolic,
}

/// Adds a murmur of random band, level and shape to every beat that has a next one.
pub(super) fn add_murmur(
    murmur: Murmur,
    rng: &mut impl Rng,
    beats: &[Beat],
    rhythm: &Rhythm,
    rate: u32,
    signal: &mut [f64],
) -> Result<()> {
    let low_hz = rng.random_range(80.0..150.0);
    let high_hz = rng.random_range(200.0..350.0);
    let turbulence = noise::band(rng, signal.len(), [low_hz, high_hz], rate)?;
    let level = rng.random_range(0.06..0.22);
    // Where a systolic murmur is loudest, and how much of diastole a diastolic one lasts.
    let shape = rng.random_range(0.35..0.65);
    let mut murmurs = vec![0.0; signal.len()];
    for (beat, next) in beats.iter().zip(beats.iter().skip(1)) {
        let (start_s, end_s) = match murmur {
            Murmur::Systolic => (beat.s1_s + 0.04, beat.s2_s),
            Murmur::Diastolic => (beat.s2_s + 0.04, next.s1_s),
        };
        let length_s = end_s - start_s;
        let gain = level * rhythm.loudness(start_s) * (1.0 + 0.1 * clipped_normal(rng));
        for (t, x) in stretch(&mut murmurs, start_s, length_s, rate) {
            let part = t / length_s;
            *x = gain
                * match murmur {
                    Murmur::Systolic => crescendo_decrescendo(part, shape),
                    Murmur::Diastolic => decrescendo(part, 1.4 * shape),
                };
        }
    }
    for ((x, envelope), turbulence) in signal.iter_mut().zip(murmurs).zip(turbulence) {
        *x += envelope * turbulence;
    }
    Ok(())
}

/// Sets in quickly and falls to 0 at `end`, over `part` in 0-1.
fn decrescendo(part: f64, end: f64) -> f64 {
    (part / 0.05).min(1.0) * (1.0 - part / end).max(0.0)
}
