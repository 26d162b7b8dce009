//! Which recordings are held out, so that something can be said of how well what was learned does.

use std::collections::BTreeMap;

use spectnet_core::learning::mixed;

use crate::message::Part;

/// One in so many recordings of a class is held out.
const ONE_IN: usize = 4;

/// What a split must know of a recording that can be used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Given<'a> {
    /// Number of its class.
    pub label: usize,
    /// Recordings of one group are on one side; empty: it is alone.
    pub group: &'a str,
    /// How long it sounds, in seconds.
    pub seconds: f64,
}

/// What each of these recordings is used for; the same seed gives the same answer.
///
/// About a quarter of the recordings of each class is held out, by groups: at least one where there are two or more that can
/// be apart. Where there are not, the longest one of the class is [both](Part::Both): its end is held out. Of every class
/// something is learned from.
pub fn split(given: &[Given], classes: usize, seed: u64) -> Vec<Part> {
    let units = units(given, seed);
    let of = |unit: &[usize]| {
        let mut counts = vec![0; classes];
        unit.iter().for_each(|&number| counts[given[number].label] += 1);
        counts
    };
    let counts: Vec<Vec<usize>> = units.iter().map(|unit| of(unit)).collect();
    let totals = of(&(0..given.len()).collect::<Vec<_>>());
    let mut holding = Holding { held: vec![0; classes], is_held: vec![false; units.len()], counts, totals };
    for class in 0..classes {
        holding.fill(class);
    }
    for class in 0..classes {
        holding.at_least_one(class);
    }
    let mut parts = vec![Part::Learned; given.len()];
    for (unit, _) in units.iter().zip(&holding.is_held).filter(|(_, is_held)| **is_held) {
        unit.iter().for_each(|&number| parts[number] = Part::HeldOut);
    }
    for class in (0..classes).filter(|&class| holding.held[class] == 0) {
        let own = (0..given.len()).filter(|&number| given[number].label == class);
        // Of equals the first.
        let longest = own.reduce(|best, next| if given[next].seconds > given[best].seconds { next } else { best });
        longest.into_iter().for_each(|number| parts[number] = Part::Both);
    }
    parts
}

/// The recordings by groups, in an order that the seed decides.
fn units(given: &[Given], seed: u64) -> Vec<Vec<usize>> {
    let mut units: Vec<Vec<usize>> = Vec::new();
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, one) in given.iter().enumerate() {
        let known = named.get(one.group).copied().filter(|_| !one.group.is_empty());
        match known {
            Some(unit) => units[unit].push(number),
            None => {
                named.insert(one.group, units.len());
                units.push(vec![number]);
            }
        }
    }
    let mut order: Vec<usize> = (0..units.len()).collect();
    order.sort_by_key(|&unit| mixed(seed, unit as u64));
    order.into_iter().map(|unit| std::mem::take(&mut units[unit])).collect()
}

/// What is held out so far.
struct Holding {
    /// Recordings of each class that are.
    held: Vec<usize>,
    is_held: Vec<bool>,
    /// Of each unit: its recordings of each class.
    counts: Vec<Vec<usize>>,
    /// Recordings of each class.
    totals: Vec<usize>,
}

impl Holding {
    /// How many of a class are to be held out.
    fn wanted(&self, class: usize) -> usize {
        match self.totals[class] {
            0 | 1 => 0,
            count => ((count + ONE_IN / 2) / ONE_IN).max(1),
        }
    }

    /// Holds out units of a class as long as no class has more held out than is wanted.
    fn fill(&mut self, class: usize) {
        for unit in 0..self.counts.len() {
            let fits = |(other, count): (usize, &usize)| self.held[other] + count <= self.wanted(other) || *count == 0;
            if self.is_free(unit, class) && self.counts[unit].iter().enumerate().all(fits) {
                self.hold(unit);
            }
        }
    }

    /// Where nothing of a class is held out, because its groups are large: the smallest of those that leave something of every
    /// class.
    fn at_least_one(&mut self, class: usize) {
        if self.held[class] > 0 {
            return;
        }
        let leaves = |(other, count): (usize, &usize)| *count == 0 || self.totals[other] > self.held[other] + count;
        let units = (0..self.counts.len())
            .filter(|&unit| self.is_free(unit, class) && self.counts[unit].iter().enumerate().all(leaves));
        // Of equals the first.
        let smallest = units.min_by_key(|&unit| self.counts[unit].iter().sum::<usize>());
        smallest.into_iter().for_each(|unit| self.hold(unit));
    }

    fn is_free(&self, unit: usize, class: usize) -> bool {
        !self.is_held[unit] && self.counts[unit][class] > 0
    }

    fn hold(&mut self, unit: usize) {
        self.is_held[unit] = true;
        self.held.iter_mut().zip(&self.counts[unit]).for_each(|(held, count)| *held += count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alone(label: usize) -> Given<'static> {
        Given { label, group: "", seconds: 1.0 }
    }

    fn count(parts: &[Part], given: &[Given], label: usize, part: &Part) -> usize {
        parts.iter().zip(given).filter(|(own, one)| *own == part && one.label == label).count()
    }

    #[test]
    fn a_quarter_of_each_class_is_held_out_and_at_least_one() {
        for (recordings, expected) in [(2, 1), (3, 1), (4, 1), (5, 1), (6, 2), (8, 2), (20, 5)] {
            let given: Vec<Given> = (0..3 * recordings).map(|number| alone(number % 3)).collect();
            for seed in 0..20 {
                let parts = split(&given, 3, seed);
                for label in 0..3 {
                    assert_eq!(count(&parts, &given, label, &Part::HeldOut), expected, "{recordings}");
                    assert_eq!(count(&parts, &given, label, &Part::Learned), recordings - expected);
                }
            }
        }
    }

    #[test]
    fn a_seed_means_the_same_split_and_others_are_others() {
        let given: Vec<Given> = (0..40).map(|number| alone(number % 2)).collect();
        assert_eq!(split(&given, 2, 1), split(&given, 2, 1));
        assert!((2..10).any(|seed| split(&given, 2, seed) != split(&given, 2, 1)));
    }

    #[test]
    fn the_end_of_the_only_recording_of_a_class_is_held_out() {
        let given = [alone(0), alone(1), alone(1), alone(1)];
        let parts = split(&given, 2, 5);
        assert_eq!(parts[0], Part::Both);
        assert_eq!(count(&parts, &given, 1, &Part::HeldOut), 1);
        assert!(split(&[], 2, 0).is_empty());
        assert_eq!(split(&[alone(1)], 3, 0), [Part::Both]);
    }

    /// Among them groups with recordings of several classes, and classes of one group.
    #[test]
    fn no_group_is_on_two_sides_and_something_of_every_class_is_learned() {
        for seed in 0..300 {
            let drawn = |number: u64, most: u64| mixed(seed, number) % most;
            let names = ["", "anna", "ben", "carl", "dora"];
            let given: Vec<Given> = (0..4 + drawn(0, 12))
                .map(|number| Given {
                    label: drawn(100 + number, 3) as usize,
                    group: names[drawn(200 + number, 5) as usize],
                    seconds: 1.0 + number as f64,
                })
                .collect();
            let parts = split(&given, 3, seed);
            for (own, one) in parts.iter().zip(&given) {
                let others = parts.iter().zip(&given).filter(|(_, other)| other.group == one.group);
                let is_held = |part: &Part| *part == Part::HeldOut;
                assert!(one.group.is_empty() || others.clone().all(|(other, _)| is_held(other) == is_held(own)));
            }
            for label in (0..3).filter(|&label| given.iter().any(|one| one.label == label)) {
                let of = |part: &Part| count(&parts, &given, label, part);
                assert!(of(&Part::Learned) + of(&Part::Both) > 0, "{seed}: {given:?} {parts:?}");
                assert!(of(&Part::HeldOut) + of(&Part::Both) > 0, "{seed}: {given:?} {parts:?}");
            }
        }
    }

    #[test]
    fn large_groups_are_held_out_where_there_are_no_small_ones() {
        let of = |group: &'static str| Given { label: 0, group, seconds: 1.0 };
        let given = [of("a"), of("a"), of("a"), of("b"), of("b"), of("b"), of("b")];
        let parts = split(&given, 1, 3);
        assert_eq!(parts[..3], [Part::HeldOut, Part::HeldOut, Part::HeldOut]);
        // One group alone: the longest recording shows at least something.
        let mut one = [of("a"), of("a"), of("a")];
        one[1].seconds = 2.0;
        assert_eq!(split(&one, 1, 3), [Part::Learned, Part::Both, Part::Learned]);
    }
}
