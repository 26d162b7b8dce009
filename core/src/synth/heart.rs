//! Heart sounds.
use crate::audio::Recording;
use crate::error::Result;
/// Where the murmur lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Murmur {
    /// Between S1 and S2.
    Systolic,
    /// Between S2 and the next S1.
    Diastolic,
}
/// What to synthesise.
#[derive(Clone, Debug, PartialEq)]
pub struct HeartOptions {
    /// Seed.
    pub seed: u64,
    /// Length in seconds.
    pub seconds: f64,
    /// Rate in Hz.
    pub sample_rate: u32,
    /// Murmur, if any.
    pub murmur: Option<Murmur>,
}
/// Onsets of one beat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beat {
    /// S1 onset in seconds.
    pub s1_s: f64,
    /// S2 onset in seconds.
    pub s2_s: f64,
}
/// A heart sound with its truth.
#[derive(Clone, Debug, PartialEq)]
pub struct HeartSound {
    /// The sound.
    pub recording: Recording,
    /// "normal" or "abnormal".
    pub label: &'static str,
    /// Beats.
    pub beats: Vec<Beat>,
}
/// Synthesises a heart sound.
pub fn heart(_options: &HeartOptions) -> Result<HeartSound> { todo!() }
