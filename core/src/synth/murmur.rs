//! Murmurs: sound of turbulence in one phase of every beat.

use rand::{Rng, RngExt};

use super::rhythm::{Beat, Rhythm, clipped_normal};
use super::{crescendo_decrescendo, level, noise, stretch};
use crate::error::Result;

/// Where in the heart cycle a murmur is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Murmur {
    /// Between S1 and S2: rising and falling, as of a narrow aortic valve, or equally loud from S1 to S2, as of a
    /// leaking mitral valve.
    Systolic,
    /// From S2 on and falling, as of a leaking aortic valve.
    Diastolic,
}

/// The cause of the murmur, which determines its pitch and shape.
#[derive(Clone, Copy, PartialEq)]
enum Lesion {
    /// Rough and low, clear of S1 and S2, loudest near the middle of systole.
    AorticStenosis,
    /// Blowing and high, from S1 to S2.
    MitralRegurgitation,
    /// High, loudest right after S2.
    AorticRegurgitation,
}

impl Lesion {
    fn draw(murmur: Murmur, rng: &mut impl Rng) -> Self {
        match murmur {
            Murmur::Systolic if rng.random() => Self::AorticStenosis,
            Murmur::Systolic => Self::MitralRegurgitation,
            Murmur::Diastolic => Self::AorticRegurgitation,
        }
    }

    /// Lower and upper corner in Hz, drawn from these ranges.
    fn band_hz(self, rng: &mut impl Rng) -> [f64; 2] {
        match self {
            Self::AorticStenosis => [rng.random_range(60.0..110.0), rng.random_range(180.0..280.0)],
            Self::MitralRegurgitation | Self::AorticRegurgitation => {
                [rng.random_range(90.0..150.0), rng.random_range(220.0..380.0)]
            }
        }
    }

    /// Start and end of the murmur in a beat, in seconds.
    fn span_s(self, beat: &Beat, next: &Beat) -> (f64, f64) {
        match self {
            Self::AorticStenosis => (beat.s1_s + 0.05, beat.s2_s - 0.01),
            Self::MitralRegurgitation => (beat.s1_s + 0.02, beat.s2_s),
            Self::AorticRegurgitation => (beat.s2_s + 0.02, next.s1_s),
        }
    }

    /// How loud the murmur is at `part` of its duration, both 0 to 1; `shape` is within 0.35 to 0.65.
    fn envelope(self, part: f64, shape: f64) -> f64 {
        match self {
            Self::AorticStenosis => crescendo_decrescendo(part, shape),
            Self::MitralRegurgitation => (part / 0.1).min((1.0 - part) / 0.1).clamp(0.0, 1.0),
            Self::AorticRegurgitation => decrescendo(part, 1.4 * shape),
        }
    }
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
    let lesion = Lesion::draw(murmur, rng);
    let band_hz = lesion.band_hz(rng);
    let turbulence = noise::band(rng, signal.len(), band_hz, rate)?;
    let level = level(rng, [0.02, 0.08]);
    let shape = rng.random_range(0.35..0.65);
    let mut murmurs = vec![0.0; signal.len()];
    for (beat, next) in beats.iter().zip(beats.iter().skip(1)) {
        let (start_s, end_s) = lesion.span_s(beat, next);
        let length_s = end_s - start_s;
        let gain = level * rhythm.loudness(start_s) * (1.0 + 0.1 * clipped_normal(rng));
        for (t, x) in stretch(&mut murmurs, start_s, length_s, rate) {
            *x = gain * lesion.envelope(t / length_s, shape);
        }
    }
    for ((x, envelope), turbulence) in signal.iter_mut().zip(murmurs).zip(turbulence) {
        *x += envelope * turbulence;
    }
    Ok(())
}

/// Sets in quickly and falls to 0 at `end`, for `part` from 0 to 1.
fn decrescendo(part: f64, end: f64) -> f64 {
    (part / 0.05).min(1.0) * (1.0 - part / end).max(0.0)
}
