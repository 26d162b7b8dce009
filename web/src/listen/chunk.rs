//! A few seconds of a programme, as the loudspeaker takes them.

use spectnet_core::Result;
use spectnet_core::audio::{Recording, raise, resample};
use spectnet_core::filterbank::BankFilter;

use super::level::limited;

/// Length of a chunk in seconds. Whole seconds begin with a sample at any rate, so that neighbours join.
pub const CHUNK_S: u64 = 2;
/// What is read before and after a chunk, in seconds, and does not sound: filters and resampling reach that far.
pub const MARGIN_S: u64 = 1;

/// What chunks are made of.
#[derive(Clone, Copy, Debug)]
pub struct Material<'a> {
    /// Samples of the recording, from a whole second on.
    pub samples: &'a [f32],
    /// Their rate in Hz.
    pub sample_rate: u32,
    /// Where they begin in the recording, in seconds.
    pub start_s: u64,
    /// What they go through.
    pub filter: Option<&'a BankFilter>,
    /// What every frequency is raised by, in Hz; 0: nothing.
    pub raised_hz: f64,
    /// The factor of the samples.
    pub gain: f64,
}

/// The chunk of this number at `rate` Hz, within full scale. Where the recording ends it is shorter, and behind that it
/// is empty.
///
/// # Errors
/// A rate out of range, or a sample that is not finite.
pub fn chunk(material: &Material, number: u64, rate: u32) -> Result<Vec<f32>> {
    let Material { samples, sample_rate, start_s, filter, raised_hz, gain } = *material;
    let place = |second: u64| {
        let sample = second.saturating_sub(start_s).saturating_mul(sample_rate.into());
        usize::try_from(sample).unwrap_or(usize::MAX).min(samples.len())
    };
    let (from_s, to_s) = (number * CHUNK_S, (number + 1) * CHUNK_S);
    let read_s = from_s.saturating_sub(MARGIN_S).max(start_s);
    if place(from_s) == place(to_s) {
        return Ok(Vec::new());
    }
    let read = &samples[place(read_s)..place(to_s + MARGIN_S)];
    let passed = filter.map_or_else(|| read.to_vec(), |filter| filter.apply(read));
    let passed = Recording::new(passed, sample_rate)?;
    let raised = if raised_hz > 0.0 { raise(&passed, raised_hz, read_s as f64)? } else { passed };
    let at_rate = resample(&raised, rate)?;
    let skipped = ((from_s.max(start_s) - read_s) * u64::from(rate)) as usize;
    // The last chunk may end between two seconds.
    let length_s = (place(to_s) - place(from_s)) as f64 / f64::from(sample_rate);
    let length = (length_s * f64::from(rate)).round() as usize;
    let sounding = at_rate.samples().iter().skip(skipped).take(length);
    Ok(sounding.map(|sample| limited(gain * f64::from(*sample)) as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    use spectnet_core::filterbank::FilterParameters;

    const RATE: u32 = 48_000;

    /// Tones of a heart and of a murmur, 7.3 s at this rate.
    fn sound(sample_rate: u32) -> Vec<f32> {
        let sample = |k: u32| {
            let t = f64::from(k) / f64::from(sample_rate);
            (0.2 * (TAU * 61.3 * t).sin() + 0.1 * (TAU * 217.9 * t).cos()) as f32
        };
        (0..(7.3 * f64::from(sample_rate)) as u32).map(sample).collect()
    }

    fn material(samples: &[f32], sample_rate: u32) -> Material<'_> {
        Material { samples, sample_rate, start_s: 0, filter: None, raised_hz: 0.0, gain: 1.0 }
    }

    fn joined(material: &Material) -> Vec<f32> {
        (0..6).flat_map(|number| chunk(material, number, RATE).unwrap()).collect()
    }

    #[test]
    fn chunks_join_to_the_whole_at_any_rate() {
        for sample_rate in [1000, 2000, 4000, 44_100, 48_000] {
            let samples = sound(sample_rate);
            let joined = joined(&material(&samples, sample_rate));
            assert_eq!(joined.len(), (7.3 * f64::from(RATE)) as usize, "{sample_rate} Hz");
            // Away from the end, which is mirrored.
            for (k, sample) in joined.iter().enumerate().skip(RATE as usize).take(5 * RATE as usize) {
                let t = k as f64 / f64::from(RATE);
                let expected = 0.2 * (TAU * 61.3 * t).sin() + 0.1 * (TAU * 217.9 * t).cos();
                assert!((f64::from(*sample) - expected).abs() < 2e-3, "{sample_rate} Hz, sample {k}");
            }
        }
    }

    #[test]
    fn raised_and_filtered_chunks_join_too() {
        let samples = sound(1000);
        let filter = FilterParameters { centre_hz: 60.0, bandwidth_hz: 30.0, gain: 1.0, phase_rad: 0.0 };
        let filter = BankFilter::new(&[filter], 4, 81, 1000);
        let whole = filter.apply(&samples);
        let whole = raise(&Recording::new(whole, 1000).unwrap(), 300.0, 0.0).unwrap();
        let whole = resample(&whole, RATE).unwrap();
        let joined = joined(&Material { filter: Some(&filter), raised_hz: 300.0, ..material(&samples, 1000) });
        let inner = joined.iter().zip(whole.samples()).enumerate().take(6 * RATE as usize).skip(RATE as usize);
        for (k, (one, other)) in inner {
            assert!((one - other).abs() < 2e-3, "sample {k}");
        }
    }

    #[test]
    fn material_from_the_middle_gives_the_same_chunk() {
        let samples = sound(2000);
        let all = chunk(&material(&samples, 2000), 2, RATE).unwrap();
        let part = Material { start_s: 3, ..material(&samples[6000..], 2000) };
        let part = chunk(&part, 2, RATE).unwrap();
        assert_eq!(all.len(), 2 * RATE as usize);
        assert!(all.iter().zip(&part).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn behind_the_end_there_is_nothing_and_nothing_goes_beyond_full_scale() {
        let samples = sound(2000);
        assert_eq!(chunk(&material(&samples, 2000), 3, RATE).unwrap().len(), (1.3 * f64::from(RATE)) as usize);
        assert!(chunk(&material(&samples, 2000), 4, RATE).unwrap().is_empty());
        assert!(chunk(&material(&[], 2000), 0, RATE).unwrap().is_empty());
        let loud = chunk(&Material { gain: 50.0, ..material(&samples, 2000) }, 0, RATE).unwrap();
        assert!(loud.iter().all(|x| x.abs() <= 1.0) && loud.iter().any(|x| *x > 0.99));
    }
}
