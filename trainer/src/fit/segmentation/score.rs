//! How well found onsets agree with known ones.

use std::iter::Sum;
use std::ops::Add;

use serde::Serialize;
use spectnet_core::heart::{Annotation, Segmentation, State};

/// Onsets farther apart than this are not the same one, in seconds (Springer et al. 2016).
pub const TOLERANCE_S: f64 = 0.1;

/// Onsets that were found, missed, and found where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Known onsets with a found one within [`TOLERANCE_S`].
    pub hits: u64,
    /// Known onsets without.
    pub missed: u64,
    /// Found onsets that belong to no known one.
    pub extra: u64,
}

impl Counts {
    /// Fraction of the known onsets that were found; none where there are none.
    pub fn sensitivity(&self) -> Option<f64> {
        fraction(self.hits, self.hits + self.missed)
    }

    /// Fraction of the found onsets that are known ones (positive predictivity); none where nothing was found.
    pub fn precision(&self) -> Option<f64> {
        fraction(self.hits, self.hits + self.extra)
    }

    /// Harmonic mean of the two.
    pub fn f1(&self) -> Option<f64> {
        fraction(2 * self.hits, 2 * self.hits + self.missed + self.extra)
    }
}

fn fraction(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { hits: self.hits + other.hits, missed: self.missed + other.missed, extra: self.extra + other.extra }
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Self::add)
    }
}

/// Compares the onsets of one state with the known ones, one to one.
///
/// A state that the beginning of the recording cuts has no onset; an onset found there is neither right nor wrong. The same
/// holds for times at which the states are not known, up to the tolerance around them.
pub fn compare(known: &Annotation, found: &Segmentation, state: State) -> Counts {
    let mut counts = Counts::default();
    let mut extra = |at: f64| {
        if !known.is_unknown(at, TOLERANCE_S) {
            counts.extra += 1;
        }
    };
    let mut found = found.onsets(state).peekable();
    let (mut hits, mut missed) = (0, 0);
    for (at, counted) in known.onsets(state) {
        while let Some(early) = found.next_if(|onset| *onset < at - TOLERANCE_S) {
            extra(early);
        }
        let hit = found.next_if(|onset| *onset <= at + TOLERANCE_S).is_some();
        match (counted, hit) {
            (true, true) => hits += 1,
            (true, false) => missed += 1,
            (false, _) => {}
        }
    }
    found.for_each(extra);
    Counts { hits, missed, ..counts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::heart::{Confidence, StateInterval};

    #[test]
    fn onsets_are_counted_one_to_one_and_not_where_nothing_is_known() {
        use State::{Diastole, S1, S2, Systole};
        let interval =
            |(start_s, state): (f64, State), end_s| StateInterval { start_s, end_s, state, probability: 1.0 };
        // Cut, right, 0.15 s late, where nothing is known, too many.
        let onsets = [(0.0, S1), (1.0, Systole), (2.0, S1), (3.15, S1), (5.0, S1), (8.0, S2), (9.0, S1), (9.05, S1)];
        let ends = onsets.iter().skip(1).map(|(at, _)| *at).chain([10.0]);
        let states = onsets.iter().zip(ends).map(|(onset, end)| interval(*onset, end)).collect();
        let confidence = Confidence { heart_rate: 1.0, systolic_interval: 1.0, states: 1.0 };
        let found = Segmentation {
            heart_rate_bpm: 60.0,
            alternative_bpm: None,
            systolic_interval_s: 0.3,
            confidence,
            plausible: true,
            quality: None,
            states,
        };
        let known =
            [(0.0, Some(S1)), (0.5, Some(Diastole)), (2.06, Some(S1)), (3.0, Some(S1)), (4.0, None), (6.0, Some(S2))];
        let known = known.into_iter().chain([(7.0, Some(Systole)), (9.02, Some(S1))]).collect();
        let known = Annotation::new(known, 10.0).unwrap();
        assert_eq!(compare(&known, &found, S1), Counts { hits: 2, missed: 1, extra: 2 });
        assert_eq!(compare(&known, &found, S2), Counts { hits: 0, missed: 1, extra: 1 });
        let counts = Counts { hits: 2, missed: 1, extra: 2 };
        assert_eq!(counts.sensitivity(), Some(2.0 / 3.0));
        assert_eq!(counts.precision(), Some(0.5));
        assert_eq!(counts.f1(), Some(4.0 / 7.0));
        assert_eq!(Counts::default().f1(), None);
    }
}
