//! The course of what is learned: the loss below, and above it how many of the held-out windows are right.

use spectnet_learn::message::Figures;

use super::axis::Axis;

/// Room for the labels of the steps.
pub const BOTTOM: f64 = 24.0;
/// Room above the upper part, and between both.
const GAP: f64 = 14.0;
/// The upper part takes this fraction of the height that is left.
const UPPER: f64 = 0.45;
/// Loss up to which the axis goes at least, in nats: where there is none it is no empty line.
const LEAST_LOSS: f64 = 0.1;
/// Rows of the table of numbers, at most.
pub const MOST_ROWS: usize = 20;

/// How far it was after some step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Steps so far.
    pub step: u32,
    /// Seconds so far.
    pub seconds: f64,
    /// How well it does.
    pub learned: Figures,
    /// How well it does with filters that stay as they are.
    pub frozen: Option<Figures>,
}

/// A line of the plot.
pub type Line = Vec<[f64; 2]>;

/// The plot in CSS pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// Steps from left to right.
    pub steps: Axis,
    /// The part of the held-out windows that is right, 0 to 1; none where nothing is held out.
    pub right: Option<Axis>,
    /// The loss in nats.
    pub loss: Axis,
    /// Loss with all that learns, and with frozen filters.
    pub losses: [Line; 2],
    /// The same of held-out windows.
    pub rights: [Line; 2],
}

impl Plot {
    /// The plot of a course between these edges.
    pub fn new(curve: &[Point], left: f64, right: f64, height: f64) -> Self {
        let last = curve.last().map_or(1, |last| last.step.max(1));
        let steps = Axis { low: 0.0, high: f64::from(last), start: left, end: right.max(left + 1.0) };
        let held_out = curve.iter().any(|point| fraction(&point.learned).is_some());
        let (top, bottom) = (GAP, (height - BOTTOM).max(GAP + 1.0));
        let between = top + (bottom - top) * if held_out { UPPER } else { 0.0 };
        let figures = |point: &Point| [Some(point.learned), point.frozen];
        let finite = |loss: &f64| loss.is_finite();
        let losses = curve.iter().flat_map(figures).flatten().filter_map(|of| of.loss).filter(finite);
        let most = losses.fold(LEAST_LOSS, f64::max);
        let below = between + if held_out { GAP } else { 0.0 };
        let loss = Axis { low: 0.0, high: most, start: bottom, end: below };
        let part = held_out.then_some(Axis { low: 0.0, high: 1.0, start: between, end: top });
        let line = |which: usize, axis: Option<Axis>, of: fn(&Figures) -> Option<f64>| -> Line {
            let Some(axis) = axis else { return Line::new() };
            let places = curve.iter().filter_map(|point| {
                let value = of(&figures(point)[which]?).filter(finite)?;
                Some([steps.pixel(f64::from(point.step)), axis.pixel(value)])
            });
            places.collect()
        };
        Self {
            losses: [0, 1].map(|which| line(which, Some(loss), |figures| figures.loss)),
            rights: [0, 1].map(|which| line(which, part, fraction)),
            steps,
            right: part,
            loss,
        }
    }
}

/// The part of the held-out windows that is right; none where nothing is held out.
pub fn fraction(figures: &Figures) -> Option<f64> {
    (figures.of > 0).then(|| figures.right as f64 / figures.of as f64)
}

/// Some points of a course, evenly, with the first and the last: the rows of its table.
pub fn rows(curve: &[Point]) -> Vec<&Point> {
    let last = curve.len().saturating_sub(1);
    let most = MOST_ROWS - 1;
    if last <= most {
        return curve.iter().collect();
    }
    (0..=most).filter_map(|row| curve.get(row * last / most)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(step: u32, loss: Option<f64>, right: usize, of: usize) -> Point {
        let learned = Figures { loss, right, of, held_out_loss: None };
        Point { step, seconds: f64::from(step), learned, frozen: None }
    }

    #[test]
    fn the_better_the_higher_and_the_less_the_lower() {
        let curve = [point(0, None, 1, 4), point(10, Some(2.0), 2, 4), point(20, Some(0.5), 4, 4)];
        let plot = Plot::new(&curve, 40.0, 240.0, 200.0);
        assert_eq!(plot.losses[0].len(), 2, "before the first step there is no loss");
        assert_eq!(plot.rights[0].len(), 3);
        assert!(plot.losses[0][0][1] < plot.losses[0][1][1], "a large loss lies above a small one");
        assert!(plot.rights[0][2][1] < plot.rights[0][0][1]);
        assert!(plot.rights[0].iter().all(|[_, y]| *y < plot.loss.end), "the two parts do not overlap");
        assert_eq!(plot.rights[0].last().map(|place| place[0]), Some(240.0));
        assert!(plot.losses[1].is_empty() && plot.rights[1].is_empty());
    }

    #[test]
    fn without_held_out_windows_the_loss_has_all_the_room() {
        let curve = [point(1, Some(1.0), 0, 0), point(2, Some(f64::NAN), 0, 0)];
        let plot = Plot::new(&curve, 0.0, 100.0, 150.0);
        assert_eq!((plot.right, plot.rights[0].len(), plot.losses[0].len()), (None, 0, 1));
        assert!(plot.loss.start - plot.loss.end > 100.0);
    }

    #[test]
    fn the_frozen_twin_has_lines_of_its_own() {
        let twin = Figures { loss: Some(3.0), right: 1, of: 4, held_out_loss: None };
        let curve = [Point { frozen: Some(twin), ..point(5, Some(1.0), 3, 4) }];
        let plot = Plot::new(&curve, 0.0, 100.0, 150.0);
        assert_eq!([plot.losses[1].len(), plot.rights[1].len()], [1, 1]);
        assert!(plot.losses[1][0][1] < plot.losses[0][0][1]);
        assert_eq!(plot.loss.high, 3.0);
    }

    #[test]
    fn nothing_is_an_empty_plot() {
        let plot = Plot::new(&[], 0.0, 0.0, 0.0);
        assert!(plot.losses.iter().chain(&plot.rights).all(Vec::is_empty));
        assert!(plot.steps.pixel(1.0).is_finite() && rows(&[]).is_empty());
    }

    #[test]
    fn the_table_has_the_first_and_the_last_and_not_too_many() {
        let curve: Vec<Point> = (0..500).map(|step| point(step, Some(1.0), 0, 0)).collect();
        let shown = rows(&curve);
        assert_eq!((shown.len(), shown[0].step, shown[MOST_ROWS - 1].step), (MOST_ROWS, 0, 499));
        assert_eq!(rows(&curve[..3]).len(), 3);
    }
}
