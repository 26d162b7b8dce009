//! A waveform at the width of a screen.

/// Lowest and highest sample in each of `columns` equal stretches of the samples.
///
/// Neighbouring stretches share a sample where there are fewer samples than columns, so that the line has no gaps.
pub fn envelope(samples: &[f32], columns: usize) -> Vec<(f32, f32)> {
    if samples.is_empty() {
        return Vec::new();
    }
    let edge = |column: usize| (column as u128 * samples.len() as u128 / columns as u128) as usize;
    (0..columns)
        .map(|column| {
            let start = edge(column).min(samples.len() - 1);
            let end = edge(column + 1).clamp(start + 1, samples.len());
            samples[start..end].iter().fold((f32::MAX, f32::MIN), |(low, high), &s| (low.min(s), high.max(s)))
        })
        .collect()
}

/// Largest magnitude, or 1 in silence.
pub fn peak(samples: &[f32]) -> f32 {
    match samples.iter().fold(0f32, |peak, sample| peak.max(sample.abs())) {
        0.0 => 1.0,
        peak => peak,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_peak_is_lost() {
        let mut samples = vec![0.0; 10_007];
        (samples[1234], samples[9_999]) = (0.7, -0.9);
        let columns = envelope(&samples, 320);
        assert_eq!(columns.len(), 320);
        assert_eq!(columns.iter().map(|c| c.1).fold(0.0, f32::max), 0.7);
        assert_eq!(columns.iter().map(|c| c.0).fold(0.0, f32::min), -0.9);
        assert_eq!(columns[1234 * 320 / 10_007].1, 0.7);
    }

    #[test]
    fn few_samples_fill_many_columns() {
        let columns = envelope(&[0.1, 0.2], 4);
        assert_eq!(columns, [(0.1, 0.1), (0.1, 0.1), (0.2, 0.2), (0.2, 0.2)]);
        assert_eq!(envelope(&[], 4), []);
    }

    #[test]
    fn silence_has_a_scale_too() {
        assert_eq!((peak(&[0.0; 3]), peak(&[0.1, -0.4])), (1.0, 0.4));
    }
}
