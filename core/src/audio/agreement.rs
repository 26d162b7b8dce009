//! Whether the mean of two channels represents both of them.

/// Only recordings of two channels are compared: recorders with two microphones, or with a microphone and an electrode.
const COMPARED: usize = 2;
/// Correlation of two channels below which they have nothing in common. Two microphones in one room, or two
/// stethoscopes on one chest, both record the loud, low frequencies.
const UNRELATED: f64 = 0.1;
/// Fraction of the channels' power that is left in their mean where they cancel each other.
const CANCELLED: f64 = 0.01;
/// Fraction of the louder channel's power below which a channel is empty (−60 dB).
const NOTHING: f64 = 1e-6;

/// Sums over the frames of a recording of two channels, from which their correlation and the power of their mean
/// follow. Recordings of any other number of channels are accepted, and never warned about.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Agreement {
    frames: f64,
    sums: [f64; COMPARED],
    squares: [f64; COMPARED],
    products: f64,
}

impl Agreement {
    /// Adds interleaved frames of `channels` samples each. An incomplete last frame is left out.
    pub fn add(&mut self, interleaved: &[f32], channels: usize) {
        if channels != COMPARED {
            return;
        }
        for frame in interleaved.as_chunks::<COMPARED>().0 {
            let frame = frame.map(f64::from);
            for (channel, value) in frame.into_iter().enumerate() {
                self.sums[channel] += value;
                self.squares[channel] += value * value;
            }
            self.products += frame[0] * frame[1];
            self.frames += 1.0;
        }
    }

    /// One or two sentences for people where the mean does not represent the two channels: they have nothing in common
    /// or cancel each other. `None` where all is well, or one of them is empty. `choose` is the sentence that says how
    /// to take one channel, and ends the text.
    pub fn warning(&self, choose: &str) -> Option<String> {
        let mean = |sum: f64| sum / self.frames.max(1.0);
        let power = |channel: usize| mean(self.squares[channel]) - mean(self.sums[channel]).powi(2);
        let powers = [power(0), power(1)];
        let covariance = mean(self.products) - mean(self.sums[0]) * mean(self.sums[1]);
        let [louder, quieter] = [powers[0].max(powers[1]), powers[0].min(powers[1])];
        if !louder.is_finite() || louder <= 0.0 || quieter <= NOTHING * louder {
            return None;
        }
        let left = (powers[0] + powers[1] + 2.0 * covariance) / (2.0 * (powers[0] + powers[1]));
        if left <= CANCELLED {
            return Some(format!(
                "The two channels cancel each other: hardly anything is left in their mean. {choose}"
            ));
        }
        let correlation = covariance / (powers[0] * powers[1]).sqrt();
        (correlation.abs() < UNRELATED).then(|| {
            format!("The two channels have nothing in common, as a heart sound beside an ECG; their mean was judged. {choose}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A slow and a fast tone.
    fn tones() -> impl Iterator<Item = [f32; 2]> {
        (0..8000).map(|k| [(0.05 * k as f32).sin(), 0.5 * (0.31 * k as f32).sin()])
    }

    fn warning(frames: impl Iterator<Item = [f32; 2]>) -> Option<String> {
        let mut agreement = Agreement::default();
        let samples: Vec<f32> = frames.flatten().collect();
        samples.chunks(1000).for_each(|part| agreement.add(part, 2));
        agreement.warning("Choose.")
    }

    #[test]
    fn channels_that_differ_or_cancel_are_noticed_and_others_are_not() {
        assert!(warning(tones()).unwrap().contains("nothing in common"));
        assert!(warning(tones().map(|[x, _]| [x, -x])).unwrap().contains("cancel each other"));
        // With a constant on top, as of a cheap converter.
        assert!(warning(tones().map(|[x, y]| [x + 9.0, y - 7.0])).unwrap().contains("nothing in common"));
        assert_eq!(warning(tones().map(|[x, _]| [x, x])), None);
        assert_eq!(warning(tones().map(|[x, y]| [x, 0.5 * x + 0.3 * y])), None);
        // One of two is silent: the mean is the other at half its level.
        assert_eq!(warning(tones().map(|[x, y]| [x, 1e-4 * y])), None);
        assert_eq!(warning(std::iter::empty()), None);
    }
}
