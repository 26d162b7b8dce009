//! The part of a recording that is seen: looked at more closely, moved, taken by its edges, and always within the
//! recording. Everything is in seconds.

/// The shortest part that can be seen: a heart cycle at 240 beats a minute. What is finer is not kept of a long recording.
pub const LEAST_S: f64 = 0.25;
/// So much of what is seen lies before the place that the view is turned to.
const BEFORE: f64 = 0.05;

/// What lies so little beside a part, in seconds, is seen: times are rounded.
const ROUNDING_S: f64 = 1e-6;

/// From and to, in seconds.
pub type Part = [f64; 2];

/// An edge of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Where it begins.
    From,
    /// Where it ends.
    To,
}

/// What of a part is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grip {
    /// One of its edges.
    Edge(Edge),
    /// All of it.
    Whole,
    /// Nothing: the place lies beside it.
    Beside,
}

/// A part within a recording of this length, and neither shorter than can be seen nor longer than all of it. What is no
/// number is all of it.
pub fn within([from, to]: Part, length_s: f64) -> Part {
    let length_s = usable(length_s);
    if !(from.is_finite() && to.is_finite()) {
        return [0.0, length_s];
    }
    let width = width([from, to], length_s);
    // What is made longer or shorter keeps its middle.
    let from = (from + (to - from - width) / 2.0).clamp(0.0, length_s - width);
    [from, (from + width).min(length_s)]
}

/// A part looked at more closely by this factor, or from farther away where it is less than 1. What stands at `about_s`
/// stays at its place, as long as there is something to see beside it.
pub fn zoomed(part: Part, about_s: f64, factor: f64, length_s: f64) -> Part {
    let [from, to] = within(part, length_s);
    if !(about_s.is_finite() && factor.is_finite() && factor > 0.0) || to <= from {
        return [from, to];
    }
    let wide = width([0.0, (to - from) / factor], usable(length_s));
    let begin = about_s - (about_s - from) / (to - from) * wide;
    within([begin, begin + wide], length_s)
}

/// A part moved by so many seconds, as far as there is something to see.
pub fn moved(part: Part, by_s: f64, length_s: f64) -> Part {
    let [from, to] = within(part, length_s);
    if by_s.is_nan() {
        return [from, to];
    }
    let begin = (from + by_s).clamp(0.0, (usable(length_s) - (to - from)).max(0.0));
    within([begin, begin + (to - from)], length_s)
}

/// The part in which two times lie at two places, 0 at its beginning and 1 at its end: what is under two fingers stays
/// under them. None where there is no such part.
pub fn pinched(times_s: [f64; 2], places: [f64; 2], length_s: f64) -> Option<Part> {
    let wide = (times_s[1] - times_s[0]) / (places[1] - places[0]);
    if !(wide.is_finite() && wide > 0.0) {
        return None;
    }
    let begin = times_s[0] - places[0] * wide;
    Some(within([begin, begin + wide], length_s))
}

/// A part one edge of which is elsewhere, as far as the other one lets it; the other one stays.
pub fn with_edge(part: Part, edge: Edge, to_s: f64, length_s: f64) -> Part {
    let ([from, to], length_s) = (within(part, length_s), usable(length_s));
    if to_s.is_nan() {
        return [from, to];
    }
    let least = LEAST_S.min(length_s);
    match edge {
        Edge::From => [to_s.clamp(0.0, (to - least).max(0.0)), to],
        Edge::To => [from, to_s.clamp((from + least).min(length_s), length_s)],
    }
}

/// A part of this width, in the middle of which something stands.
pub fn around([from, to]: Part, width_s: f64, length_s: f64) -> Part {
    let middle = (from + to) / 2.0;
    within([middle - width_s / 2.0, middle + width_s / 2.0], length_s)
}

/// A part turned like a page to a place: it begins a little before.
pub fn turned(part: Part, to_s: f64, length_s: f64) -> Part {
    let [from, to] = within(part, length_s);
    moved([from, to], to_s - BEFORE * (to - from) - from, length_s)
}

/// Whether a place is seen.
pub fn shows([from, to]: Part, at_s: f64) -> bool {
    (from - ROUNDING_S..=to + ROUNDING_S).contains(&at_s)
}

/// What of a part is held by a pointer at this place; an edge is held from `near_s` beside it.
pub fn grip([from, to]: Part, at_s: f64, near_s: f64) -> Grip {
    // Half of a narrow part is left to hold all of it.
    let inside = near_s.min((to - from) / 4.0);
    if (from - near_s..=from + inside).contains(&at_s) && at_s - from <= (to - at_s).abs() {
        Grip::Edge(Edge::From)
    } else if (to - inside..=to + near_s).contains(&at_s) {
        Grip::Edge(Edge::To)
    } else if shows([from, to], at_s) {
        Grip::Whole
    } else {
        Grip::Beside
    }
}

/// How long what is seen is, of a part that may be too short or too long.
fn width([from, to]: Part, length_s: f64) -> f64 {
    (to - from).clamp(LEAST_S.min(length_s), length_s)
}

/// A length that can be counted with.
fn usable(length_s: f64) -> f64 {
    if length_s.is_finite() { length_s.max(0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Nearly the same, for times up to a day.
    const NEAR: f64 = 1e-6;

    fn is_within([from, to]: Part, length_s: f64) -> bool {
        let least = LEAST_S.min(length_s);
        from >= 0.0 && to <= length_s && to - from >= least - NEAR
    }

    fn near(a: Part, b: Part) -> bool {
        (a[0] - b[0]).abs() < NEAR && (a[1] - b[1]).abs() < NEAR
    }

    #[test]
    fn a_part_lies_within_the_recording() {
        assert_eq!(within([3.0, 5.0], 60.0), [3.0, 5.0]);
        assert_eq!(within([58.0, 62.0], 60.0), [56.0, 60.0], "it keeps its width");
        assert_eq!(within([-5.0, 70.0], 60.0), [0.0, 60.0]);
        assert_eq!(within([10.0, 10.0], 60.0), [10.0 - LEAST_S / 2.0, 10.0 + LEAST_S / 2.0]);
        assert_eq!(within([0.0, 9.0], 0.1), [0.0, 0.1], "all of what is shorter than can be seen");
        for odd in [[f64::NAN, 1.0], [0.0, f64::INFINITY]] {
            assert_eq!(within(odd, 60.0), [0.0, 60.0]);
        }
        assert_eq!([f64::NAN, f64::INFINITY, -3.0].map(|length| within([1.0, 2.0], length)), [[0.0, 0.0]; 3]);
    }

    #[test]
    fn the_place_under_the_pointer_stays() {
        assert_eq!(zoomed([0.0, 60.0], 45.0, 2.0, 60.0), [22.5, 52.5]);
        assert_eq!(zoomed([22.5, 52.5], 45.0, 0.5, 60.0), [0.0, 60.0]);
        // At an end there is nothing beside it.
        assert_eq!(zoomed([0.0, 10.0], 10.0, 0.5, 60.0), [0.0, 20.0]);
    }

    #[test]
    fn a_part_moves_as_far_as_there_is_something() {
        assert_eq!(moved([10.0, 20.0], 5.0, 60.0), [15.0, 25.0]);
        assert_eq!(moved([10.0, 20.0], f64::INFINITY, 60.0), [50.0, 60.0]);
        assert_eq!(moved([10.0, 20.0], f64::NEG_INFINITY, 60.0), [0.0, 10.0]);
        assert_eq!(moved([10.0, 20.0], f64::NAN, 60.0), [10.0, 20.0]);
    }

    #[test]
    fn what_is_under_two_fingers_stays_under_them() {
        assert_eq!(pinched([10.0, 20.0], [0.25, 0.75], 60.0), Some([5.0, 25.0]));
        assert_eq!(pinched([20.0, 10.0], [0.75, 0.25], 60.0), Some([5.0, 25.0]), "whichever came first");
        for places in [[0.5, 0.5], [0.75, 0.25], [f64::NAN, 0.5]] {
            assert_eq!(pinched([10.0, 20.0], places, 60.0), None);
        }
    }

    #[test]
    fn an_edge_moves_alone_and_not_beyond_the_other() {
        assert_eq!(with_edge([10.0, 20.0], Edge::From, 12.0, 60.0), [12.0, 20.0]);
        assert_eq!(with_edge([10.0, 20.0], Edge::From, 99.0, 60.0), [20.0 - LEAST_S, 20.0]);
        assert_eq!(with_edge([10.0, 20.0], Edge::To, f64::INFINITY, 60.0), [10.0, 60.0]);
        assert_eq!(with_edge([10.0, 20.0], Edge::To, -1.0, 60.0), [10.0, 10.0 + LEAST_S]);
    }

    #[test]
    fn a_page_is_turned_to_a_place_and_a_window_stands_in_the_middle() {
        assert_eq!(turned([0.0, 10.0], 10.5, 60.0), [10.0, 20.0]);
        assert_eq!(turned([30.0, 40.0], 0.0, 60.0), [0.0, 10.0]);
        assert_eq!(turned([0.0, 10.0], 59.0, 60.0), [50.0, 60.0]);
        assert_eq!(around([20.0, 22.0], 10.0, 60.0), [16.0, 26.0]);
    }

    #[test]
    fn edges_are_held_from_a_little_beside_them() {
        let grip = |at_s: f64| grip([10.0, 30.0], at_s, 2.0);
        assert_eq!([8.5, 10.0, 11.5].map(grip), [Grip::Edge(Edge::From); 3]);
        assert_eq!([28.5, 30.0, 31.5].map(grip), [Grip::Edge(Edge::To); 3]);
        assert_eq!([13.0, 20.0].map(grip), [Grip::Whole; 2]);
        assert_eq!([7.0, 40.0].map(grip), [Grip::Beside; 2]);
        assert_eq!(super::grip([10.0, 10.4], 10.2, 2.0), Grip::Whole, "a narrow one can be held too");
    }

    proptest! {
        #[test]
        fn every_part_lies_within(
            from in -1e5..1e5f64, to in -1e5..1e5f64, number in -1e5..1e5f64, factor in 1e-3..1e3f64, length in 0.0..1e5f64
        ) {
            let part = within([from, to], length);
            prop_assert!(is_within(part, length), "{part:?}");
            prop_assert!(near(within(part, length), part));
            for other in [
                zoomed([from, to], number, factor, length),
                moved([from, to], number, length),
                with_edge([from, to], Edge::From, number, length),
                with_edge([from, to], Edge::To, number, length),
                around([from, to], number, length),
                turned([from, to], number, length),
                pinched([from, to], [0.1, factor], length).unwrap_or(part),
            ] {
                prop_assert!(is_within(other, length), "{other:?}");
            }
        }

        #[test]
        fn closer_and_back_is_where_it_was(share in 0.0..1.0f64, begin in 0.0..1.0f64, factor in 1.0..50.0f64) {
            let length = 3600.0;
            let part = within([begin * 3500.0, begin * 3500.0 + 60.0], length);
            let about = part[0] + share * 60.0;
            let close = zoomed(part, about, factor, length);
            prop_assert!(shows([close[0] - NEAR, close[1] + NEAR], about));
            let place = (about - close[0]) / (close[1] - close[0]);
            prop_assert!((place - share).abs() < NEAR, "{share} became {place}");
            prop_assert!(near(zoomed(close, about, 1.0 / factor, length), part));
        }

        #[test]
        fn moving_keeps_the_width(begin in 0.0..50.0f64, by in -100.0..100.0f64) {
            let [from, to] = moved([begin, begin + 10.0], by, 60.0);
            prop_assert!((to - from - 10.0).abs() < NEAR);
        }
    }
}
