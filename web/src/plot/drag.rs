//! What of a filter a pointer holds, and where the filter goes with it.

use super::frequency::FrequencyAxis;
use super::mark::Mark;
use super::width_axis::WidthAxis;

/// So many pixels beside a mark it is still held.
const NEAR: f64 = 12.0;
/// So many pixels beside the end of a bar it is still held.
const NEAR_EDGE: f64 = 5.0;
/// A finger covers so many pixels to each side: half of 44.
pub const FINGER: f64 = 22.0;

/// The part that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grip {
    /// The filter in its row: it moves along the axis of frequencies.
    Centre,
    /// An end of the bar: the bandwidth follows, to both sides.
    Edge,
    /// The mark over frequency and width: both follow.
    Both,
}

/// A filter that is being dragged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drag {
    /// Its place in the bank.
    pub filter: usize,
    /// What is held.
    pub grip: Grip,
    /// How far the pointer lies right of and below that, in pixels: so that nothing jumps when it is touched.
    pub offset: [f64; 2],
}

impl Drag {
    /// What a pointer holds of a filter in its row, `x` pixels from the left of the plot.
    pub fn in_row(mark: &Mark, frequency: &FrequencyAxis, x: f64) -> Option<Self> {
        let place = frequency.pixel(mark.now.centre_hz);
        let of = |grip, from: f64| Some(Self { filter: mark.filter, grip, offset: [x - from, 0.0] });
        let half = mark.width_hz[1] / 2.0;
        let edges = [mark.now.centre_hz - half, mark.now.centre_hz + half];
        // An end that lies outside of the plot is not seen, and a narrow bar is held as a whole.
        let seen = edges.into_iter().filter(|hz| (0.0..=frequency.value(frequency.end())).contains(hz));
        let held = |edge: &f64| (edge - place).abs() > 2.0 * NEAR_EDGE && (edge - x).abs() <= NEAR_EDGE;
        if let Some(edge) = seen.map(|hz| frequency.pixel(hz)).find(held) {
            return of(Grip::Edge, edge);
        }
        let edges = edges.map(|hz| frequency.pixel(hz.max(0.0)));
        let inside = (edges[0]..=edges[1]).contains(&x);
        if inside || (x - place).abs() <= NEAR { of(Grip::Centre, place) } else { None }
    }

    /// What a finger holds of a filter whose row is narrower than the finger; `aside` are the pixels between it and the
    /// row.
    pub fn under_finger(mark: &Mark, frequency: &FrequencyAxis, x: f64, aside: f64) -> Option<Self> {
        let place = frequency.pixel(mark.now.centre_hz);
        let near = (x - place).abs() <= FINGER && aside.abs() <= FINGER;
        near.then_some(Self { filter: mark.filter, grip: Grip::Centre, offset: [x - place, 0.0] })
    }

    /// What a pointer at `[x, y]` holds of a mark over frequency and width.
    pub fn over_widths(mark: &Mark, frequency: &FrequencyAxis, widths: &WidthAxis, [x, y]: [f64; 2]) -> Self {
        let place = [frequency.pixel(mark.now.centre_hz), widths.pixel(mark.width_hz[1])];
        Self { filter: mark.filter, grip: Grip::Both, offset: [x - place[0], y - place[1]] }
    }

    /// Centre frequency and −3 dB width in Hz when the pointer is at `[x, y]`.
    pub fn to(&self, mark: &Mark, frequency: &FrequencyAxis, widths: &WidthAxis, [x, y]: [f64; 2]) -> [f64; 2] {
        let (hz, centre) = (frequency.value(x - self.offset[0]), mark.now.centre_hz);
        match self.grip {
            Grip::Centre => [hz, mark.width_hz[1]],
            Grip::Edge => [centre, 2.0 * (hz - centre).abs()],
            Grip::Both => [hz, widths.value(y - self.offset[1])],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::frequency::FrequencyScale;
    use crate::plot::mark::Shift;
    use spectnet_core::filterbank::FilterParameters;

    /// A pixel a Hz, from 0 to 500.
    fn frequency() -> FrequencyAxis {
        FrequencyAxis::new(FrequencyScale::up_to(500.0), 0.0, 500.0)
    }

    fn widths() -> WidthAxis {
        WidthAxis::around([20.0, 100.0], 200.0, 0.0)
    }

    fn mark(centre_hz: f64, width_hz: f64) -> Mark {
        let now = FilterParameters { centre_hz, bandwidth_hz: width_hz, gain: 1.0, phase_rad: 0.0 };
        Mark { filter: 3, start: now, now, width_hz: [width_hz; 2], shift: Shift::Little, on: true, moved: false }
    }

    #[test]
    fn a_bar_is_held_at_its_ends_and_a_mark_anywhere_else() {
        let mark = mark(200.0, 100.0);
        let grip = |x| Drag::in_row(&mark, &frequency(), x).map(|drag| drag.grip);
        assert_eq!([147.0, 153.0, 247.0, 254.0].map(grip), [Some(Grip::Edge); 4]);
        assert_eq!([160.0, 200.0, 230.0].map(grip), [Some(Grip::Centre); 3]);
        assert_eq!([140.0, 300.0].map(grip), [None; 2]);
    }

    #[test]
    fn a_narrow_bar_and_one_beyond_the_plot_have_no_ends() {
        let grip = |mark: &Mark, x| Drag::in_row(mark, &frequency(), x).map(|drag| drag.grip);
        assert_eq!(grip(&mark(200.0, 10.0), 205.0), Some(Grip::Centre));
        assert_eq!(grip(&mark(200.0, 10.0), 211.0), Some(Grip::Centre));
        assert_eq!(grip(&mark(30.0, 100.0), 0.0), Some(Grip::Centre));
    }

    #[test]
    fn nothing_jumps_when_it_is_touched() {
        let mark = mark(200.0, 100.0);
        for x in [148.0, 170.0, 210.0, 252.0] {
            let drag = Drag::in_row(&mark, &frequency(), x).unwrap();
            let [centre, width] = drag.to(&mark, &frequency(), &widths(), [x, 0.0]);
            assert!((centre - 200.0).abs() < 1e-9 && (width - 100.0).abs() < 1e-9, "{x}: {centre} {width}");
        }
        let drag = Drag::over_widths(&mark, &frequency(), &widths(), [207.0, 50.0]);
        let [centre, width] = drag.to(&mark, &frequency(), &widths(), [207.0, 50.0]);
        assert!((centre - 200.0).abs() < 1e-9 && (width - 100.0).abs() < 1e-9, "{centre} {width}");
    }

    #[test]
    fn the_filter_follows_the_pointer() {
        let mark = mark(200.0, 100.0);
        let to = |from: f64, to: f64| {
            Drag::in_row(&mark, &frequency(), from).unwrap().to(&mark, &frequency(), &widths(), [to, 9.0])
        };
        assert_eq!(to(205.0, 305.0), [300.0, 100.0]);
        assert_eq!(to(250.0, 260.0), [200.0, 120.0]);
        assert_eq!(to(150.0, 140.0), [200.0, 120.0], "the other end goes the other way");
        let drag = Drag::over_widths(&mark, &frequency(), &widths(), [200.0, widths().pixel(100.0)]);
        let [centre, width] = drag.to(&mark, &frequency(), &widths(), [150.0, widths().pixel(40.0)]);
        assert!((centre - 150.0).abs() < 1e-9 && (width - 40.0).abs() < 1e-9);
    }

    #[test]
    fn a_finger_holds_more_than_a_thin_row() {
        let (mark, frequency) = (mark(200.0, 10.0), frequency());
        assert!(Drag::under_finger(&mark, &frequency, 215.0, -20.0).is_some());
        assert!(Drag::under_finger(&mark, &frequency, 215.0, 30.0).is_none());
        assert!(Drag::under_finger(&mark, &frequency, 240.0, 0.0).is_none());
    }
}
