//! Conditioning: what is done to every recording before the filterbank.

use serde::{Deserialize, Serialize};

use super::filter::{high_pass, low_pass, zero_phase};
use super::recording::check_rate;
use super::resample::resampled;
use super::sounding::{power, stretches};
use super::spikes::SpikeRule;
use super::{Channels, Pieces, Recording};
use crate::error::{Error, Result};
use crate::stride::{STRIDE, Stride, Work, at_once};

/// What is left of a recording after filtering counts as silence below this fraction of its peak: the resolution of
/// `f32` samples, so that rounding noise is never amplified to the target level.
const SILENCE: f64 = 1e-7;

/// The steps from a recording to the filterbank, in this order: cut, resample, band-pass, remove spikes, scale. All but
/// the cut are done to each [piece](super::PIECE_SECONDS) on its own.
///
/// They are part of the model file, because a model fits only recordings that are conditioned as in its training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conditioning {
    /// How the channels of a recording are mixed down, before all other steps.
    #[serde(default)]
    pub channels: Channels,
    /// Sampling rate of the result in Hz, [`MIN_RATE`](super::MIN_RATE) to [`MAX_RATE`](super::MAX_RATE).
    pub sample_rate: u32,
    /// Length of the beginning that is processed, in seconds, more than 0; `None` for all of the recording.
    pub max_seconds: Option<f64>,
    /// Corners of the band-pass `[high-pass, low-pass]` in Hz: Butterworth filters of order 2,
    /// each run forward and backward (zero phase, −6 dB at the corners); `None` leaves it out.
    pub band_hz: Option<[f64; 2]>,
    /// Whether friction spikes are set to zero.
    pub spike_removal: bool,
    /// Which peaks count as spikes. A file that does not say it means the published rule, which was once the only one.
    #[serde(default)]
    pub spike_rule: SpikeRule,
    /// Root mean square of the parts of the result that hold sound, where full scale is 1; more than 0. `None` leaves
    /// the level as it is. A silent recording stays silent.
    pub target_rms: Option<f64>,
}

/// A conditioned recording, and how much of it was removed as spikes.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditioned {
    /// The recording after all steps.
    pub recording: Recording,
    /// Fraction of the energy that was removed as spikes, 0 to 1.
    pub blanked_fraction: f64,
}

impl Conditioning {
    /// For heart sounds: the first 60 s at 1 kHz, 25 to 400 Hz, without spikes, at an RMS of 0.05.
    pub fn heart() -> Self {
        Self {
            channels: Channels::Mean,
            sample_rate: 1000,
            max_seconds: Some(60.0),
            band_hz: Some([25.0, 400.0]),
            spike_removal: true,
            spike_rule: SpikeRule::SparingBeats,
            target_rms: Some(0.05),
        }
    }

    /// For acoustic scenes: all of the recording at `sample_rate` Hz and an RMS of 0.05.
    pub fn scene(sample_rate: u32) -> Self {
        Self {
            channels: Channels::Mean,
            sample_rate,
            max_seconds: None,
            band_hz: None,
            spike_removal: false,
            spike_rule: SpikeRule::default(),
            target_rms: Some(0.05),
        }
    }

    /// Checks that the steps can be done.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a sampling rate out of range, a duration or level that is not positive, or a band that is
    /// not 0 < low < high < half the sampling rate.
    pub fn validate(&self) -> Result<()> {
        check_rate(self.sample_rate)?;
        for (name, value) in [("max_seconds", self.max_seconds), ("target_rms", self.target_rms)] {
            if let Some(value) = value
                && !(value.is_finite() && value > 0.0)
            {
                return Err(Error::invalid(format!(
                    "conditioning: {name} is {value}; expected a number greater than 0"
                )));
            }
        }
        if let Some([low, high]) = self.band_hz {
            let nyquist = f64::from(self.sample_rate) / 2.0;
            if !(low > 0.0 && low < high && high < nyquist) {
                return Err(Error::invalid(format!(
                    "conditioning: band_hz is [{low}, {high}]; expected 0 < low < high < {nyquist} \
                     Hz, half the sampling rate"
                )));
            }
        }
        Ok(())
    }

    /// Conditions a recording [piece](super::PIECE_SECONDS) by piece and joins the results.
    ///
    /// # Errors
    /// Those of [`Conditioning::piece`], or [`Error::Limit`](crate::Error::Limit) for a result that would be too long.
    pub fn apply(&self, recording: &Recording) -> Result<Recording> {
        self.validate()?;
        let mut signal = Vec::new();
        for piece in Pieces::of(recording, self.max_seconds)? {
            signal.extend_from_slice(self.piece(&piece?)?.samples());
        }
        Recording::new(signal, self.sample_rate)
    }

    /// Conditions one piece of a recording: all steps but the cut.
    ///
    /// # Errors
    /// Those of [`Conditioning::validate`] and [`resample`](super::resample()); also samples so large that a step
    /// overflows.
    pub fn piece(&self, piece: &Recording) -> Result<Recording> {
        Ok(self.piece_and_spikes(piece)?.recording)
    }

    /// As [`piece`](Self::piece), and also says how much was removed as spikes.
    ///
    /// # Errors
    /// Those of [`Conditioning::piece`].
    pub fn piece_and_spikes(&self, piece: &Recording) -> Result<Conditioned> {
        at_once(self.in_strides(piece, &mut Stride::endless()))
    }

    /// The same, some milliseconds at a time, for programs that have other things to do on the same thread.
    pub fn in_bits(&self, piece: Recording) -> Work<'_, Result<Conditioned>> {
        Work::new(async move { self.in_strides(&piece, &mut Stride::of(STRIDE)).await })
    }

    /// As [`piece_and_spikes`](Self::piece_and_spikes), with a pause after every stride.
    ///
    /// # Errors
    /// Those of [`Conditioning::piece`].
    pub(crate) async fn in_strides(&self, piece: &Recording, stride: &mut Stride) -> Result<Conditioned> {
        self.validate()?;
        let resampled = resampled(piece, self.sample_rate, stride).await?;
        let mut signal: Vec<f64> = Vec::with_capacity(resampled.samples().len());
        let mut peak: f64 = 0.0;
        for samples in resampled.samples().chunks(stride.bit(1)) {
            signal.extend(samples.iter().map(|&x| f64::from(x)));
            peak = samples.iter().fold(peak, |peak, &x| peak.max(f64::from(x).abs()));
            stride.done(samples.len()).await;
        }
        drop(resampled);
        if let Some([low, high]) = self.band_hz {
            zero_phase(low_pass(high, self.sample_rate)?, &mut signal, stride).await;
            zero_phase(high_pass(low, self.sample_rate)?, &mut signal, stride).await;
        }
        let blanked_fraction = match self.spike_removal {
            true => self.spike_rule.apply(&mut signal, self.sample_rate, stride).await,
            false => 0.0,
        };
        let mut sound: Vec<f32> = Vec::with_capacity(signal.len());
        for samples in signal.chunks(stride.bit(1)) {
            sound.extend(samples.iter().map(|&x| x as f32));
            stride.done(samples.len()).await;
        }
        drop(signal);
        if let Some(target) = self.target_rms {
            scale_to_rms(&mut sound, self.sample_rate, target, SILENCE * peak, stride).await;
        }
        Ok(Conditioned { recording: Recording::new(sound, self.sample_rate)?, blanked_fraction })
    }
}

/// Scales `signal` to a root mean square of `target` where it holds sound. A signal whose level is at most `silence`
/// becomes zero.
async fn scale_to_rms(signal: &mut [f32], sample_rate: u32, target: f64, silence: f64, stride: &mut Stride) {
    let (mut energy, mut samples): (f64, usize) = (0.0, 0);
    for stretch in stretches(signal, sample_rate, stride).await {
        let length = stretch.end - stretch.start;
        energy += power(&signal[stretch.start..stretch.end], stride).await * length as f64;
        samples += length;
    }
    let rms = (energy / samples.max(1) as f64).sqrt();
    let gain = if rms > silence { target / rms } else { 0.0 };
    for some in signal.chunks_mut(stride.bit(1)) {
        some.iter_mut().for_each(|x| *x = (f64::from(*x) * gain) as f32);
        stride.done(some.len()).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::f64::consts::TAU;

    use proptest::prelude::*;

    use super::*;

    fn tone(hz: f64, amplitude: f64, seconds: f64, rate: u32) -> Recording {
        let samples = (0..(seconds * f64::from(rate)) as u32)
            .map(|k| (amplitude * (TAU * hz * f64::from(k) / f64::from(rate)).sin()) as f32)
            .collect();
        Recording::new(samples, rate).unwrap()
    }

    fn rms(samples: &[f32]) -> f64 {
        (samples.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
    }

    #[test]
    fn heart_sounds_are_cut_resampled_and_levelled() {
        let conditioned = Conditioning::heart().apply(&tone(100.0, 0.3, 70.0, 2000)).unwrap();
        assert_eq!(conditioned.sample_rate(), 1000);
        assert_eq!(conditioned.samples().len(), 60_000);
        assert!((rms(conditioned.samples()) - 0.05).abs() < 1e-6);
    }

    #[test]
    fn the_band_passes_heart_sounds_and_stops_rumble() {
        let plain = Conditioning { target_rms: None, ..Conditioning::heart() };
        let through = |hz| {
            let conditioned = plain.apply(&tone(hz, 0.5, 10.0, 4000)).unwrap();
            // Away from the ends, where a tone begins and stops suddenly.
            rms(&conditioned.samples()[2500..7500]) / (0.5 / 2f64.sqrt())
        };
        assert!((through(100.0) - 1.0).abs() < 0.01);
        assert!((through(25.0) - 0.5).abs() < 0.01);
        assert!((through(400.0) - 0.5).abs() < 0.01);
        assert!(through(5.0) < 0.01);
        assert!(through(900.0) < 1e-3);
    }

    #[test]
    fn the_level_of_the_original_does_not_matter() {
        let conditioning = Conditioning::heart();
        let loud = conditioning.apply(&tone(80.0, 0.9, 4.0, 2000)).unwrap();
        let quiet = conditioning.apply(&tone(80.0, 0.9e-3, 4.0, 2000)).unwrap();
        for (a, b) in loud.samples().iter().zip(quiet.samples()) {
            assert!((a - b).abs() < 1e-6);
        }
    }

    #[test]
    fn silence_and_a_mere_offset_stay_silent() {
        for level in [0.0, 0.7, -1e-3] {
            let recording = Recording::new(vec![level; 44_100], 44_100).unwrap();
            let conditioned = Conditioning::heart().apply(&recording).unwrap();
            assert!(conditioned.samples().iter().all(|&x| x == 0.0), "{level}");
        }
    }

    #[test]
    fn impossible_settings_are_refused_by_name() {
        let heart = Conditioning::heart;
        let cases = [
            (Conditioning { sample_rate: 0, ..heart() }, "sampling rate is 0 Hz"),
            (Conditioning { max_seconds: Some(0.0), ..heart() }, "max_seconds is 0"),
            (Conditioning { max_seconds: Some(f64::NAN), ..heart() }, "max_seconds is NaN"),
            (Conditioning { target_rms: Some(-1.0), ..heart() }, "target_rms is -1"),
            (Conditioning { band_hz: Some([25.0, 500.0]), ..heart() }, "band_hz is [25, 500]"),
            (Conditioning { band_hz: Some([40.0, 30.0]), ..heart() }, "band_hz is [40, 30]"),
            (Conditioning { band_hz: Some([f64::NAN, 30.0]), ..heart() }, "band_hz is [NaN, 30]"),
        ];
        for (conditioning, expected) in cases {
            let message = conditioning.validate().unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
            assert!(conditioning.apply(&tone(50.0, 0.1, 1.0, 1000)).is_err());
        }
        assert!(heart().validate().is_ok() && Conditioning::scene(16_000).validate().is_ok());
    }

    #[test]
    fn a_file_that_does_not_name_its_rule_for_spikes_means_the_published_one() {
        let json = serde_json::to_string(&Conditioning::heart()).unwrap();
        let old = json.replace(r#","spike_rule":"sparing_beats""#, "");
        assert_ne!(json, old);
        let conditioning: Conditioning = serde_json::from_str(&old).unwrap();
        assert_eq!(conditioning, Conditioning { spike_rule: SpikeRule::Published, ..Conditioning::heart() });
    }

    #[test]
    fn the_share_that_was_blanked_is_told() {
        let fraction = |amplitude: f32, spike_removal: bool| {
            let mut samples = tone(80.0, 0.02, 10.0, 1000).samples().to_vec();
            samples[4000..4008].fill(amplitude);
            let recording = Recording::new(samples, 1000).unwrap();
            let conditioning = Conditioning { spike_removal, ..Conditioning::heart() };
            let conditioned = conditioning.piece_and_spikes(&recording).unwrap();
            assert_eq!(conditioned.recording, conditioning.piece(&recording).unwrap());
            conditioned.blanked_fraction
        };
        assert!((0.6..0.9).contains(&fraction(0.9, true)), "{}", fraction(0.9, true));
        assert_eq!((fraction(0.02, true), fraction(0.9, false)), (0.0, 0.0));
    }

    #[test]
    fn the_settings_survive_json() {
        for conditioning in [Conditioning::heart(), Conditioning::scene(16_000)] {
            let json = serde_json::to_string(&conditioning).unwrap();
            assert_eq!(serde_json::from_str::<Conditioning>(&json).unwrap(), conditioning);
        }
    }

    /// Sound of two stretches with a click, at another rate than the result's.
    fn sound_with_a_click() -> Recording {
        let mut samples = [tone(80.0, 0.02, 5.0, 4000), tone(60.0, 1e-7, 3.0, 4000), tone(90.0, 0.03, 4.0, 4000)]
            .map(Recording::into_samples)
            .concat();
        samples[4000..4030].fill(0.9);
        Recording::new(samples, 4000).unwrap()
    }

    #[test]
    fn the_stride_changes_nothing_and_bounds_what_is_done_without_a_pause() {
        let recording = sound_with_a_click();
        let scene = Conditioning::scene(1000);
        for conditioning in [Conditioning::heart(), Conditioning { target_rms: None, ..Conditioning::heart() }, scene] {
            let whole = conditioning.piece_and_spikes(&recording).unwrap();
            for most in [1, 777, 5000, STRIDE] {
                let mut stride = Stride::of(most);
                let cut = at_once(conditioning.in_strides(&recording, &mut stride)).unwrap();
                assert_eq!(cut, whole, "{most}");
                // The rest is a block of the resampler, or a pass of the rule for spikes over the 12,000 samples.
                assert!(stride.longest <= most + 40_000, "{most}: {}", stride.longest);
            }
            let mut work = conditioning.in_bits(recording.clone());
            let found = std::iter::from_fn(|| Some(work.go_on())).flatten().next();
            assert_eq!(found.unwrap().unwrap(), whole);
        }
    }

    #[test]
    fn any_finite_recording_gives_finite_sound_of_the_same_duration_or_an_error() {
        let sample = || -1.0f32..1.0;
        let samples = || {
            let absurd = prop_oneof![4 => sample(), 1 => proptest::num::f32::NORMAL];
            prop_oneof![proptest::collection::vec(sample(), 1..3000), proptest::collection::vec(absurd, 1..3000)]
        };
        let conditioned = Cell::new(0);
        proptest!(ProptestConfig::with_cases(64), |(samples in samples(), rate in 100u32..50_000)| {
            let recording = Recording::new(samples, rate).unwrap();
            if let Ok(sound) = Conditioning::heart().apply(&recording) {
                let seconds = recording.duration_s().min(60.0);
                prop_assert!((sound.duration_s() - seconds).abs() <= 1e-3);
                prop_assert!(sound.samples().iter().all(|x| x.is_finite()));
                conditioned.set(conditioned.get() + 1);
            }
        });
        assert!(conditioned.get() >= 10, "only {} are conditioned", conditioned.get());
    }
}
