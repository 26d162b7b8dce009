//! How many filters cover each frequency.

use spectnet_core::math::order::by_number;

/// A row of steps: the number of bands at every frequency from 0 to the highest.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// From this frequency in Hz on there are so many, up to the next step. The first step is at 0 Hz.
    pub steps: Vec<(f64, usize)>,
    /// The highest frequency in Hz.
    pub highest_hz: f64,
}

impl Coverage {
    /// Counts bands, each from one frequency in Hz to another.
    pub fn new(bands: impl IntoIterator<Item = [f64; 2]>, highest_hz: f64) -> Self {
        let inside = |[low, high]: [f64; 2]| [low.max(0.0), high.min(highest_hz)];
        let edges: Vec<(f64, bool)> = bands
            .into_iter()
            .map(inside)
            .filter(|[low, high]| low < high)
            .flat_map(|[low, high]| [(low, true), (high, false)])
            .collect();
        let (mut steps, mut count) = (vec![(0.0, 0)], 0usize);
        for (hz, begins) in by_number(&edges, |(hz, _)| *hz) {
            count = if begins { count + 1 } else { count.saturating_sub(1) };
            match steps.last_mut() {
                Some(last) if last.0 == hz => last.1 = count,
                _ => steps.push((hz, count)),
            }
        }
        Self { steps, highest_hz }
    }

    /// Most bands over one another.
    pub fn most(&self) -> usize {
        self.steps.iter().map(|(_, count)| *count).max().unwrap_or(0)
    }

    /// How many Hz between two frequencies no band covers.
    pub fn uncovered_hz(&self, [low, high]: [f64; 2]) -> f64 {
        let ends = self.steps.iter().skip(1).map(|(hz, _)| *hz).chain([self.highest_hz]);
        let empty = self.steps.iter().zip(ends).filter(|((_, count), _)| *count == 0);
        empty.map(|((from, _), to)| (to.min(high) - from.max(low)).max(0.0)).sum()
    }

    /// The corners of the steps: frequencies in Hz and counts.
    pub fn corners(&self) -> Vec<(f64, f64)> {
        let ends = self.steps.iter().skip(1).map(|(hz, _)| *hz).chain([self.highest_hz]);
        let corners = |((from, count), to): (&(f64, usize), f64)| [(*from, *count as f64), (to, *count as f64)];
        self.steps.iter().zip(ends).flat_map(corners).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_over_one_another_are_counted() {
        let coverage = Coverage::new([[100.0, 300.0], [200.0, 400.0], [250.0, 260.0]], 500.0);
        let expected = [(0.0, 0), (100.0, 1), (200.0, 2), (250.0, 3), (260.0, 2), (300.0, 1), (400.0, 0)];
        assert_eq!(coverage.steps, expected);
        assert_eq!(coverage.most(), 3);
        assert_eq!(coverage.uncovered_hz([0.0, 500.0]), 200.0);
        assert_eq!(coverage.uncovered_hz([50.0, 420.0]), 70.0);
    }

    #[test]
    fn bands_that_touch_leave_no_gap() {
        let coverage = Coverage::new([[0.0, 250.0], [250.0, 600.0]], 500.0);
        assert_eq!(coverage.steps.first(), Some(&(0.0, 1)));
        assert_eq!((coverage.uncovered_hz([0.0, 500.0]), coverage.most()), (0.0, 1));
    }

    #[test]
    fn without_bands_nothing_is_covered() {
        let coverage = Coverage::new([[600.0, 700.0], [30.0, 30.0]], 500.0);
        assert_eq!((coverage.most(), coverage.uncovered_hz([25.0, 400.0])), (0, 375.0));
        assert_eq!(coverage.corners(), [(0.0, 0.0), (500.0, 0.0)]);
    }

    #[test]
    fn corners_make_a_line_of_steps() {
        let corners = Coverage::new([[100.0, 300.0]], 500.0).corners();
        assert_eq!(corners, [(0.0, 0.0), (100.0, 0.0), (100.0, 1.0), (300.0, 1.0), (300.0, 0.0), (500.0, 0.0)]);
    }
}
