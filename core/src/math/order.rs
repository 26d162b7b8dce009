//! Sorting by one door. A sort is compiled for each kind of element and each comparison, some 5 kB of program a time; of what
//! the page downloads, two dozen of them were a twentieth. [`order`] sorts numbers of elements, whatever these are, so
//! one sort does for all. Collecting into a map or a set sorts too; where the page does that, items are added one by one
//! (`extend`).

use std::cmp::Ordering;

/// The numbers from 0 to `count` in the order of what they are numbers of; equal ones stay in theirs.
pub fn order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..count).collect();
    numbers.sort_by(|&a, &b| compare(a, b));
    numbers
}

/// Elements by rising numbers; equal ones stay in their order. Those without a number, NaN, come last.
pub fn by_number<T: Clone>(elements: &[T], number: impl Fn(&T) -> f64) -> Vec<T> {
    let order = order(elements.len(), &|a, b| number(&elements[a]).total_cmp(&number(&elements[b])));
    order.into_iter().map(|place| elements[place].clone()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn elements_are_ordered_as_a_stable_sort_orders_them(
            elements in proptest::collection::vec((-3..3i32, any::<u8>()), 0..40),
        ) {
            let mut sorted = elements.clone();
            sorted.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(&by_number(&elements, |(key, _)| f64::from(*key)), &sorted);
            let falling = order(elements.len(), &|a, b| elements[b].0.cmp(&elements[a].0));
            sorted.sort_by_key(|(key, _)| -key);
            prop_assert_eq!(falling.into_iter().map(|place| elements[place]).collect::<Vec<_>>(), sorted);
        }
    }

    #[test]
    fn what_is_no_number_comes_last() {
        let sorted = by_number(&[f64::NAN, 2.0, f64::INFINITY, -1.0], |&number| number);
        assert_eq!(sorted[..3], [-1.0, 2.0, f64::INFINITY]);
        assert!(sorted[3].is_nan());
    }
}
