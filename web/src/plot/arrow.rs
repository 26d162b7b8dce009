//! Arrows from one point to another.

/// Length of a head in pixels, and half its width.
const HEAD: [f64; 2] = [6.0, 3.0];

/// The corners of the head of an arrow whose tip lies `before` pixels before the end, so that a mark there stays free;
/// none where the arrow is too short for one.
pub fn head(from: [f64; 2], to: [f64; 2], before: f64) -> Option<[[f64; 2]; 3]> {
    let [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    let length = dx.hypot(dy);
    if length < before + HEAD[0] {
        return None;
    }
    let [ux, uy] = [dx / length, dy / length];
    let at = |back: f64, aside: f64| [to[0] - ux * back - uy * aside, to[1] - uy * back + ux * aside];
    Some([at(before, 0.0), at(before + HEAD[0], HEAD[1]), at(before + HEAD[0], -HEAD[1])])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_points_to_the_end() {
        assert_eq!(head([0.0, 5.0], [20.0, 5.0], 4.0), Some([[16.0, 5.0], [10.0, 8.0], [10.0, 2.0]]));
        assert_eq!(head([5.0, 20.0], [5.0, 0.0], 0.0), Some([[5.0, 0.0], [8.0, 6.0], [2.0, 6.0]]));
    }

    #[test]
    fn a_short_way_has_none() {
        assert_eq!(head([0.0, 0.0], [6.0, 0.0], 4.0), None);
        assert_eq!(head([1.0, 1.0], [1.0, 1.0], 0.0), None);
    }
}
