//! How long a recording is, and how much of it is judged. Not every file says how long it is: then that is known where it
//! ends.

use std::fmt;

/// A difference of lengths below which nothing is said, in seconds.
const ROUNDING_S: f64 = 0.01;

/// Lengths in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extent {
    /// The recording's, where that is known.
    pub given_s: Option<f64>,
    /// How much of it is judged at most; none: all of it.
    pub most_s: Option<f64>,
    /// How much of it has been taken so far.
    pub taken_s: f64,
}

impl Extent {
    /// How much of the recording is judged, as far as that is known.
    pub fn judged_s(&self) -> f64 {
        let unknown_s = self.most_s.unwrap_or(self.taken_s);
        self.most_s.unwrap_or(f64::MAX).min(self.length_s().unwrap_or(unknown_s))
    }

    /// How much will have been judged in the end; none where that is not known yet.
    pub fn total_s(&self) -> Option<f64> {
        self.given_s.or(self.most_s).map(|_| self.judged_s())
    }

    /// Whether there is more of the recording than its first `seconds`, as far as that is known.
    pub fn exceeds(&self, seconds: f64) -> bool {
        self.length_s().map_or(self.taken_s >= seconds, |length_s| length_s > seconds + ROUNDING_S)
    }

    /// A file may hold more than it says.
    fn length_s(&self) -> Option<f64> {
        self.given_s.map(|given_s| given_s.max(self.taken_s))
    }
}

impl fmt::Display for Extent {
    /// `12.3 s`, or what of it is used.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let judged_s = self.judged_s();
        match self.length_s() {
            Some(length_s) if length_s > judged_s + ROUNDING_S => {
                write!(f, "{length_s:.1} s, of which the first {judged_s:.0} s are used")
            }
            Some(length_s) => write!(f, "{length_s:.1} s"),
            None if self.most_s.is_some() => write!(f, "unknown length, of which the first {judged_s:.0} s are used"),
            None => write!(f, "{judged_s:.1} s so far"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(given_s: Option<f64>, most_s: Option<f64>, taken_s: f64) -> Extent {
        Extent { given_s, most_s, taken_s }
    }

    #[test]
    fn a_known_length_is_judged_up_to_the_limit() {
        let long = extent(Some(70.0), Some(60.0), 0.0);
        assert_eq!((long.judged_s(), long.total_s(), long.exceeds(60.0)), (60.0, Some(60.0), true));
        assert_eq!(long.to_string(), "70.0 s, of which the first 60 s are used");
        let short = extent(Some(9.04), Some(60.0), 0.0);
        assert_eq!((short.judged_s(), short.total_s(), short.exceeds(60.0)), (9.04, Some(9.04), false));
        assert_eq!(short.to_string(), "9.0 s");
        let whole = extent(Some(70.0), None, 60.0);
        assert_eq!((whole.judged_s(), whole.total_s(), whole.to_string()), (70.0, Some(70.0), "70.0 s".into()));
    }

    #[test]
    fn an_unknown_length_grows_with_what_is_taken() {
        let beginning = extent(None, Some(60.0), 0.0);
        assert_eq!((beginning.judged_s(), beginning.total_s(), beginning.exceeds(60.0)), (60.0, Some(60.0), false));
        assert_eq!(beginning.to_string(), "unknown length, of which the first 60 s are used");
        assert!(extent(None, Some(60.0), 60.0).exceeds(60.0));
        let whole = extent(None, None, 120.0);
        assert_eq!((whole.judged_s(), whole.total_s(), whole.exceeds(60.0)), (120.0, None, true));
        assert_eq!(whole.to_string(), "120.0 s so far");
    }

    #[test]
    fn what_a_file_says_is_less_than_what_it_holds() {
        let wrong = extent(Some(10.0), Some(60.0), 60.0);
        assert_eq!((wrong.judged_s(), wrong.exceeds(60.0), wrong.to_string()), (60.0, false, "60.0 s".into()));
        assert_eq!(extent(Some(10.0), None, 90.0).judged_s(), 90.0);
    }
}
