//! Where the classifier's image comes from: the filterbank, or the log-mel spectrogram that it is compared with.

use std::f64::consts::PI;
use std::sync::Arc;

use burn::tensor::{Tensor, TensorData};
use realfft::{RealFftPlanner, RealToComplex};
use spectnet_core::filterbank::{Filterbank, Framing, Spacing};
use spectnet_core::learning::{FilterbankImages, ImageSource};
use spectnet_core::model::ModelConfig;

use crate::error::Result;

/// Added to a band's energy before its logarithm: 100 dB below that of a sound at the level of conditioning.
const FLOOR: f32 = 1e-10;

/// What makes the image of a window.
#[derive(Clone)]
pub enum Images {
    /// The model's filterbank.
    Filterbank,
    /// A log-mel spectrogram with as many bands as the model has filters.
    LogMel(LogMel),
}

impl ImageSource for Images {
    fn of(&self, config: &ModelConfig, bank: &Filterbank, windows: Vec<f32>) -> Tensor<4> {
        match self {
            Self::Filterbank => FilterbankImages.of(config, bank, windows),
            Self::LogMel(mel) => {
                let device = bank.centre_frequency.val().device();
                let samples = config.windowing.samples;
                let rows = windows.len() / samples;
                let images: Vec<f32> = windows.chunks_exact(samples).flat_map(|window| mel.image(window)).collect();
                let frames = mel.frames(samples);
                Tensor::from_data(TensorData::new(images, [rows, 1, frames, mel.bands()]), &device)
            }
        }
    }

    fn are_of_filters(&self) -> bool {
        matches!(self, Self::Filterbank)
    }
}

/// Logarithm of the power spectrum under triangular bands equally spaced on the mel scale (Davis & Mermelstein 1980), of
/// frames under a Hann window.
#[derive(Clone)]
pub struct LogMel {
    framing: Framing,
    /// Of each band: number of its first bin, and its weights.
    bands: Vec<(usize, Vec<f32>)>,
    window: Vec<f32>,
    fft: Arc<dyn RealToComplex<f32>>,
}

impl LogMel {
    /// `bands` bands from 0 Hz to half of `sample_rate`.
    ///
    /// # Errors
    /// No bands.
    pub fn new(bands: usize, sample_rate: u32, framing: Framing) -> Result<Self> {
        let length = framing.window.next_power_of_two();
        let edges = Spacing::Mel.centres(bands + 2, [0.0, f64::from(sample_rate) / 2.0])?;
        let bin = f64::from(sample_rate) / length as f64;
        let band = |edges: &[f64]| {
            let [low, centre, high] = [edges[0], edges[1], edges[2]];
            let weight = |hz: f64| ((hz - low) / (centre - low)).min((high - hz) / (high - centre)).max(0.0);
            let first = (low / bin).ceil() as usize;
            let mut weights: Vec<f32> =
                (first..=length / 2).map(|i| weight(i as f64 * bin) as f32).take_while(|&w| w >= 0.0).collect();
            weights.truncate(((high / bin).floor() as usize + 1).saturating_sub(first));
            // A band narrower than a bin takes the nearest one.
            if weights.iter().sum::<f32>() == 0.0 {
                return ((centre / bin).round() as usize, vec![1.0]);
            }
            (first, weights)
        };
        let hann = |k: usize| (0.5 - 0.5 * (2.0 * PI * k as f64 / framing.window as f64).cos()) as f32;
        Ok(Self {
            framing,
            bands: edges.windows(3).map(band).collect(),
            window: (0..framing.window).map(hann).collect(),
            fft: RealFftPlanner::new().plan_fft_forward(length),
        })
    }

    /// Number of bands.
    pub fn bands(&self) -> usize {
        self.bands.len()
    }

    /// Frames of the image of `samples` samples.
    pub fn frames(&self, samples: usize) -> usize {
        samples.checked_sub(self.framing.window).map_or(0, |rest| rest / self.framing.hop + 1)
    }

    /// `[frames, bands]` of a signal, natural logarithm of the energy.
    pub fn image(&self, signal: &[f32]) -> Vec<f32> {
        let mut frame = self.fft.make_input_vec();
        let mut spectrum = self.fft.make_output_vec();
        let mut image = Vec::with_capacity(self.frames(signal.len()) * self.bands());
        for start in (0..self.frames(signal.len())).map(|frame| frame * self.framing.hop) {
            frame.fill(0.0);
            let samples = signal[start..].iter().zip(&self.window).map(|(sample, weight)| sample * weight);
            frame.iter_mut().zip(samples).for_each(|(place, sample)| *place = sample);
            // Only buffers of a wrong size could fail; these are its own.
            if self.fft.process(&mut frame, &mut spectrum).is_err() {
                spectrum.fill(Default::default());
            }
            image.extend(self.bands.iter().map(|(first, weights)| {
                let bins = spectrum[*first..].iter().zip(weights);
                (bins.map(|(bin, weight)| weight * bin.norm_sqr()).sum::<f32>() + FLOOR).ln()
            }));
        }
        image
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_loudest_in_the_band_around_it() {
        let mel = LogMel::new(40, 16_000, Framing { window: 640, hop: 320 }).unwrap();
        let centres = Spacing::Mel.centres(42, [0.0, 8000.0]).unwrap();
        for band in [3, 10, 25, 38] {
            let tone: Vec<f32> =
                (0..16_000).map(|k| (2.0 * PI * centres[band + 1] * f64::from(k) / 16_000.0).sin() as f32).collect();
            let image = mel.image(&tone);
            assert_eq!(image.len(), mel.frames(16_000) * 40);
            for frame in image.chunks_exact(40) {
                let loudest = (0..40).max_by(|&a, &b| frame[a].total_cmp(&frame[b])).unwrap();
                assert_eq!(loudest, band);
            }
        }
        let silence = mel.image(&[0.0; 1000]);
        assert!(silence.iter().all(|level| (level - FLOOR.ln()).abs() < 1e-3));
    }

    #[test]
    fn every_band_has_a_bin_however_many_there_are() {
        for bands in [1, 16, 64, 149] {
            let mel = LogMel::new(bands, 16_000, Framing { window: 640, hop: 320 }).unwrap();
            let click: Vec<f32> = (0..640).map(|k| if k == 320 { 1.0 } else { 0.0 }).collect();
            assert!(mel.image(&click).iter().all(|level| *level > FLOOR.ln() + 1.0), "{bands} bands");
        }
    }
}
