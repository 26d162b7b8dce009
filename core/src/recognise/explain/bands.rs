//! Phases of the heart cycle and bands of neighbouring filters, as people call them.

use std::iter;

use crate::heart::{Parts, State};
use crate::math::order::order;

/// Most bands of neighbouring filters that a sentence chooses among: about an octave of the frequencies in use.
const BANDS: usize = 6;

/// The names of the phases in their order: `S1`, `systole 1/3`, …; `systole` where it is one phase. They are those of
/// the states, also where phases [begin before them](Parts::lead_ms): whoever shows them says so.
pub fn phase_names(parts: Parts) -> Vec<String> {
    let divided = |state: State, parts: usize| {
        (1..=parts).map(move |part| match parts {
            1 => state.name().to_owned(),
            _ => format!("{} {part}/{parts}", state.name()),
        })
    };
    let sound = |state: State| iter::once(state.name().to_owned());
    let first = sound(State::S1).chain(divided(State::Systole, parts.systole));
    first.chain(sound(State::S2)).chain(divided(State::Diastole, parts.diastole)).collect()
}

/// Filters that lie beside each other.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Band {
    /// Their lowest and highest centre frequency in Hz.
    pub hz: [f64; 2],
    /// Their numbers.
    pub filters: Vec<usize>,
}

impl Band {
    /// All filters in bands of about equal numbers, from low to high.
    pub fn all(centres_hz: &[f64]) -> Vec<Self> {
        let order = order(centres_hz.len(), &|a, b| centres_hz[a].total_cmp(&centres_hz[b]));
        let band = |filters: &[usize]| {
            let centre = |filter: Option<&usize>| filter.map_or(0.0, |&filter| centres_hz[filter]);
            Self { hz: [centre(filters.first()), centre(filters.last())], filters: filters.to_vec() }
        };
        order.chunks(order.len().div_ceil(BANDS).max(1)).map(band).collect()
    }

    /// `from 33 to 110 Hz`, or `at 33 Hz`.
    pub fn name(&self) -> String {
        let [low, high] = self.hz.map(|hz| format!("{hz:.0}"));
        if low == high { format!("at {low} Hz") } else { format!("from {low} to {high} Hz") }
    }

    /// The sum of the contributions of its filters.
    pub fn sum(&self, contributions: &[f64]) -> f64 {
        self.filters.iter().filter_map(|&filter| contributions.get(filter)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_numbered_where_there_are_several_of_a_state() {
        assert_eq!(phase_names(Parts::default()), ["S1", "systole", "S2", "diastole"]);
        let names = phase_names(Parts { systole: 2, diastole: 3, lead_ms: 0 });
        assert_eq!(names, ["S1", "systole 1/2", "systole 2/2", "S2", "diastole 1/3", "diastole 2/3", "diastole 3/3"]);
    }

    #[test]
    fn bands_go_from_low_to_high_whatever_the_order_of_the_filters() {
        let centres: Vec<f64> = (0..32).map(|filter| f64::from((filter * 7) % 32) * 10.0).collect();
        let bands = Band::all(&centres);
        assert_eq!(bands.len(), 6);
        assert_eq!((bands[0].name(), bands[5].name()), ("from 0 to 50 Hz".into(), "from 300 to 310 Hz".into()));
        let mut filters: Vec<usize> = bands.iter().flat_map(|band| band.filters.clone()).collect();
        filters.sort_unstable();
        assert_eq!(filters, (0..32).collect::<Vec<usize>>());
        let all: f64 = bands.iter().map(|band| band.sum(&centres)).sum();
        assert_eq!(all, centres.iter().sum::<f64>());
        assert_eq!((Band::all(&[62.4])[0].name(), Band::all(&[]).len()), ("at 62 Hz".into(), 0));
    }
}
