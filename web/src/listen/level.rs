//! How loud something is played.

use spectnet_core::math::order::by_number;

use crate::extent::Extent;
use crate::plot::envelope::Envelope;

/// Where the loudest sounds lie after [`gain`], where full scale is 1. Heart sounds are low, and the ear and small
/// loudspeakers want them loud.
const LOUD: f64 = 0.5;
/// Largest gain, 40 dB: what is quieter still is the noise of a microphone.
const MOST_GAIN: f64 = 100.0;
/// Blocks in which peaks are looked for, in seconds: about a heart sound.
const BLOCK_S: f64 = 0.05;
/// The block in this place, of all in order of their peaks, is what is made loud: a knock on the microphone is rarer.
const PLACE: f64 = 0.98;
/// Most blocks of a drawing that are looked at.
const MOST_BLOCKS: usize = 4000;
/// From here on samples are squeezed, so that what is louder than the rest does not go beyond full scale.
const KNEE: f64 = 0.8;

/// The peaks of short blocks of a signal.
pub fn peaks(samples: &[f32], sample_rate: u32) -> Vec<f32> {
    let block = ((BLOCK_S * f64::from(sample_rate)) as usize).max(1);
    let peak = |block: &[f32]| block.iter().fold(0f32, |peak, x| peak.max(x.abs()));
    samples.chunks(block).map(peak).collect()
}

/// The peaks of short blocks of what was drawn of a recording at `sample_rate` Hz.
pub fn drawn_peaks(drawing: &Envelope, extent: &Extent, sample_rate: u32) -> Vec<f32> {
    let seconds = extent.judged_s();
    let blocks = ((seconds / BLOCK_S) as usize).clamp(1, MOST_BLOCKS);
    let samples = (seconds * f64::from(sample_rate)) as usize;
    drawing.columns(blocks, samples).into_iter().map(|(low, high)| high.max(-low)).collect()
}

/// The factor that makes something with these peaks loud; 1 where there is none, or only silence.
pub fn gain(peaks: &[f32]) -> f64 {
    let peaks = by_number(peaks, |&peak| f64::from(peak));
    let place = (PLACE * peaks.len() as f64) as usize;
    match peaks.get(place.min(peaks.len().saturating_sub(1))) {
        Some(&peak) if peak > 0.0 => (LOUD / f64::from(peak)).min(MOST_GAIN),
        _ => 1.0,
    }
}

/// A sample within full scale: as it is up to 0.8, from there on less and less of what is more.
pub fn limited(sample: f64) -> f64 {
    match sample.abs() {
        size if size > KNEE => (KNEE + (1.0 - KNEE) * ((size - KNEE) / (1.0 - KNEE)).tanh()).copysign(sample),
        _ => sample,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten seconds of beats of this height, with a knock.
    fn beats(height: f32) -> Vec<f32> {
        let mut samples: Vec<f32> = (0..20_000).map(|k| if k % 1600 < 200 { height } else { 0.01 * height }).collect();
        samples[777] = 1.0;
        samples
    }

    #[test]
    fn quiet_beats_are_made_loud_and_a_knock_does_not_keep_them_quiet() {
        for height in [0.02, 0.3, 0.9] {
            let loud = gain(&peaks(&beats(height), 2000)) * f64::from(height);
            assert!((loud - LOUD).abs() < 1e-6, "{height}: {loud}");
        }
    }

    #[test]
    fn noise_and_silence_are_not_blown_up_without_end() {
        assert_eq!(gain(&peaks(&[1e-6; 5000], 1000)), MOST_GAIN);
        assert_eq!((gain(&peaks(&[0.0; 5000], 1000)), gain(&[])), (1.0, 1.0));
        assert_eq!(peaks(&[0.5, -0.7], 100), [0.7]);
    }

    #[test]
    fn a_drawing_tells_the_same_as_the_samples() {
        let (samples, mut drawing) = (beats(0.1), Envelope::default());
        drawing.extend(&samples);
        let extent = Extent { given_s: Some(10.0), most_s: None, taken_s: 10.0 };
        let drawn = gain(&drawn_peaks(&drawing, &extent, 2000));
        assert!((drawn / gain(&peaks(&samples, 2000)) - 1.0).abs() < 1e-6, "{drawn}");
        assert_eq!(gain(&drawn_peaks(&Envelope::default(), &extent, 2000)), 1.0);
    }

    #[test]
    fn nothing_is_louder_than_full_scale_and_most_stays_as_it_is() {
        assert_eq!([0.0, 0.5, -0.8].map(limited), [0.0, 0.5, -0.8]);
        let many: Vec<f64> = (0..1000).map(|k| limited(f64::from(k) / 100.0)).collect();
        assert!(many.windows(2).all(|pair| pair[0] <= pair[1]) && many.iter().all(|x| *x <= 1.0));
        assert_eq!(limited(-3.0), -limited(3.0));
    }
}
