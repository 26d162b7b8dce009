//! A curve in a line of text.

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Most points that a curve keeps: more than it has letters by far.
const MOST: usize = 512;

/// A curve that grows. A long one keeps means of equally many values each.
pub(super) struct Curve {
    points: Vec<f64>,
    /// How many values a point is the mean of.
    each: usize,
    /// Sum and number of those that make no point yet.
    rest: (f64, usize),
    last: Option<f64>,
}

impl Curve {
    pub(super) fn new() -> Self {
        Self { points: Vec::new(), each: 1, rest: (0.0, 0), last: None }
    }

    /// Adds a value; what is no number is left out.
    pub(super) fn add(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.last = Some(value);
        self.rest = (self.rest.0 + value, self.rest.1 + 1);
        if self.rest.1 == self.each {
            self.points.push(self.rest.0 / self.each as f64);
            self.rest = (0.0, 0);
        }
        if self.points.len() == MOST {
            self.points = self.points.chunks(2).map(|pair| pair.iter().sum::<f64>() / pair.len() as f64).collect();
            self.each *= 2;
        }
    }

    /// The newest value.
    pub(super) fn last(&self) -> Option<f64> {
        self.last
    }

    /// The curve in at most `width` letters, from its lowest value to its highest.
    pub(super) fn sparkline(&self, width: usize) -> String {
        let count = self.points.len();
        let columns = count.min(width);
        let column = |number: usize| {
            let part = &self.points[number * count / columns..(number + 1) * count / columns];
            part.iter().sum::<f64>() / part.len().max(1) as f64
        };
        let means: Vec<f64> = (0..columns).map(column).collect();
        let low = means.iter().copied().fold(f64::INFINITY, f64::min);
        let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let scale = if high > low { (BLOCKS.len() - 1) as f64 / (high - low) } else { 0.0 };
        means.iter().map(|mean| BLOCKS[(((mean - low) * scale).round() as usize).min(BLOCKS.len() - 1)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(values: impl IntoIterator<Item = f64>) -> Curve {
        let mut curve = Curve::new();
        values.into_iter().for_each(|value| curve.add(value));
        curve
    }

    #[test]
    fn a_curve_goes_from_its_lowest_to_its_highest() {
        assert_eq!(curve((0..8).map(f64::from)).sparkline(20), "▁▂▃▄▅▆▇█");
        assert_eq!(curve([9.0, 9.0, 1.0, 1.0]).sparkline(2), "█▁");
        assert_eq!((curve([]).sparkline(5), curve([3.0, 3.0]).sparkline(5)), (String::new(), "▁▁".into()));
    }

    #[test]
    fn a_long_curve_keeps_its_shape() {
        let mut long = curve((0..10_000).map(f64::from));
        long.add(f64::NAN);
        assert!(long.points.len() < MOST && long.points.is_sorted());
        assert_eq!((long.sparkline(8).as_str(), long.last()), ("▁▂▃▄▅▆▇█", Some(9999.0)));
    }
}
