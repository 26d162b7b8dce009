//! The impulse response of a filter as a line.

/// What is smaller than this part of the peak is not seen.
const SEEN: f64 = 0.01;

/// Number of samples until the last one that is seen.
pub fn ringing(kernel: &[f64]) -> usize {
    let least = SEEN * peak(kernel);
    kernel.iter().rposition(|tap| tap.abs() > least).map_or(0, |last| last + 1)
}

/// The first `samples` of a kernel as points (sample, height), the peak at 1 or −1: its samples, or lowest and highest
/// of each of `columns` parts where there are more samples than columns.
pub fn line(kernel: &[f64], samples: usize, columns: usize) -> Vec<(f64, f64)> {
    let kernel = &kernel[..samples.min(kernel.len())];
    let peak = peak(kernel);
    if peak == 0.0 || !peak.is_finite() {
        return vec![(0.0, 0.0), (samples as f64, 0.0)];
    }
    if kernel.len() <= columns {
        return kernel.iter().enumerate().map(|(k, tap)| (k as f64, tap / peak)).collect();
    }
    let columns = columns.max(1);
    let ends = |column: usize| {
        let [start, end] = [column, column + 1].map(|edge| edge * kernel.len() / columns);
        let (low, high) =
            kernel[start..end].iter().fold((f64::MAX, f64::MIN), |(l, h), tap| (l.min(*tap), h.max(*tap)));
        [low, high].map(|tap| ((start + end) as f64 / 2.0, tap / peak))
    };
    (0..columns).flat_map(ends).collect()
}

fn peak(kernel: &[f64]) -> f64 {
    kernel.iter().fold(0.0, |peak, tap| peak.max(tap.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::filterbank::FilterbankConfig;
    use spectnet_core::model::Task;

    #[test]
    fn a_narrow_filter_rings_longer() {
        let config = FilterbankConfig { taps: 2000, ..Task::Heart.front_end(4) };
        let wide = config.initial_filters().unwrap()[2];
        let narrow = spectnet_core::filterbank::FilterParameters { bandwidth_hz: wide.bandwidth_hz / 4.0, ..wide };
        let [short, long] = [wide, narrow].map(|filter| ringing(&config.gammatone(filter).kernel()) as f64);
        assert!((long / short - 4.0).abs() < 0.5, "{short} {long}");
        assert_eq!([ringing(&[]), ringing(&[0.0; 5]), ringing(&[1.0, 0.5, 0.001])], [0, 0, 2]);
    }

    #[test]
    fn a_short_response_is_drawn_sample_by_sample() {
        assert_eq!(line(&[0.0, -4.0, 2.0, 1.0], 3, 100), [(0.0, 0.0), (1.0, -1.0), (2.0, 0.5)]);
    }

    #[test]
    fn a_long_response_keeps_its_peaks() {
        let mut kernel = vec![0.1; 10_000];
        (kernel[1234], kernel[7777]) = (-2.0, 1.0);
        let points = line(&kernel, 10_000, 200);
        assert_eq!(points.len(), 400);
        let heights = points.iter().map(|point| point.1);
        assert_eq!((heights.clone().fold(0.0, f64::min), heights.fold(0.0, f64::max)), (-1.0, 0.5));
        assert!(points.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }

    #[test]
    fn silence_is_a_straight_line() {
        assert_eq!(line(&[0.0; 8], 8, 4), [(0.0, 0.0), (8.0, 0.0)]);
        assert_eq!(line(&[], 0, 4), [(0.0, 0.0), (0.0, 0.0)]);
    }
}
