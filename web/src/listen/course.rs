//! Which part of a recording comes next.

use super::CHUNK_S;

/// What is shorter is nothing, in seconds: what rounding leaves.
const NOTHING_S: f64 = 1e-9;

/// The way through a part of a recording, once or again and again, in stretches that lie in one chunk each.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    part: [f64; 2],
    repeats: bool,
    at_s: f64,
}

/// What is played without a break of one chunk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// The number of the chunk.
    pub chunk: u64,
    /// Where it begins in the recording, in seconds.
    pub from_s: f64,
    /// Where it ends in the recording, in seconds.
    pub to_s: f64,
}

impl Course {
    /// Through the part of a recording between two times in seconds, from one of them on.
    pub fn new(part: [f64; 2], repeats: bool, from_s: f64) -> Self {
        let part = part.map(|seconds| seconds.max(0.0));
        Self { part, repeats, at_s: from_s.max(part[0]) }
    }

    /// The recording has ended at this time, before the part has: there is no more of it.
    pub fn ends_at(&mut self, seconds: f64) {
        self.part[1] = self.part[1].min(seconds);
    }
}

impl Iterator for Course {
    type Item = Stretch;

    /// The next stretch; none after the last one, and none where there is nothing to repeat.
    fn next(&mut self) -> Option<Stretch> {
        let [start_s, end_s] = self.part;
        if self.at_s >= end_s - NOTHING_S {
            if !self.repeats || end_s - start_s <= NOTHING_S {
                return None;
            }
            self.at_s = start_s;
        }
        let (from_s, length_s) = (self.at_s, CHUNK_S as f64);
        // Rounding may leave a little of the chunk before.
        let chunk = ((from_s + NOTHING_S) / length_s) as u64;
        let to_s = ((chunk + 1) as f64 * length_s).min(end_s);
        self.at_s = to_s;
        Some(Stretch { chunk, from_s, to_s })
    }
}

impl Stretch {
    /// Where it begins in its chunk, in seconds.
    pub fn offset_s(&self) -> f64 {
        (self.from_s - (self.chunk * CHUNK_S) as f64).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretches(course: Course, most: usize) -> Vec<(u64, f64, f64)> {
        course.take(most).map(|stretch| (stretch.chunk, stretch.from_s, stretch.to_s)).collect()
    }

    #[test]
    fn a_part_is_played_once_from_where_it_begins() {
        let course = Course::new([0.0, 5.0], false, 3.0);
        assert_eq!(stretches(course, 9), [(1, 3.0, 4.0), (2, 4.0, 5.0)]);
        assert_eq!(stretches(Course::new([1.0, 1.5], false, 0.0), 9), [(0, 1.0, 1.5)]);
        assert_eq!(Stretch { chunk: 2, from_s: 4.5, to_s: 5.0 }.offset_s(), 0.5);
    }

    #[test]
    fn a_loop_begins_again_where_it_ends() {
        let course = Course::new([1.5, 2.5], true, 2.25);
        let expected = [(1, 2.25, 2.5), (0, 1.5, 2.0), (1, 2.0, 2.5), (0, 1.5, 2.0)];
        assert_eq!(stretches(course, 4), expected);
    }

    #[test]
    fn a_recording_that_is_shorter_than_it_says_ends_the_course_or_the_turn() {
        for (repeats, expected) in [(false, vec![]), (true, vec![(0, 1.0, 1.75), (0, 1.0, 1.75)])] {
            let mut course = Course::new([1.0, 9.0], repeats, 1.0);
            assert_eq!(course.next(), Some(Stretch { chunk: 0, from_s: 1.0, to_s: 2.0 }));
            course.ends_at(1.75);
            assert_eq!(stretches(course, 2), expected);
        }
        let mut nothing = Course::new([3.0, 9.0], true, 3.0);
        nothing.ends_at(2.0);
        assert_eq!(nothing.next(), None);
    }
}
