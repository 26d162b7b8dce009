//! Persons who were recorded twice: they have two numbers, and one name.

use std::collections::HashMap;

/// The name of every person by number, from the numbers of each and the other ones that some have: the smallest of a person.
pub(super) fn names<'a>(
    persons: impl Iterator<Item = (&'a str, Option<&'a str>)> + Clone,
) -> HashMap<&'a str, &'a str> {
    let mut smaller: HashMap<&'a str, &'a str> = HashMap::new();
    for (id, other) in persons.clone() {
        if let Some(other) = other {
            let mut pair = [smallest(&mut smaller, id), smallest(&mut smaller, other)];
            pair.sort_by_key(|number| (number.len(), *number));
            let [first, second] = pair;
            if first != second {
                smaller.insert(second, first);
            }
        }
    }
    persons.map(|(id, _)| (id, smallest(&mut smaller, id))).collect()
}

/// The number at the end of the chain from number to smaller number. Every step on the way is made twice as long, so that a
/// long chain is not followed often.
fn smallest<'a>(smaller: &mut HashMap<&'a str, &'a str>, number: &'a str) -> &'a str {
    let mut number = number;
    while let Some(&next) = smaller.get(number) {
        let Some(&beyond) = smaller.get(next) else { return next };
        smaller.insert(number, beyond);
        number = beyond;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_with_two_numbers_are_one() {
        let persons = [("85119", Some("9983")), ("9983", None), ("7", Some("8")), ("9", Some("8")), ("10", Some("9"))];
        let names = names(persons.into_iter());
        assert_eq!((names["85119"], names["9983"]), ("9983", "9983"));
        assert!(["7", "9", "10"].iter().all(|id| names[*id] == "7"), "{names:?}");
    }

    /// The whole chain was once followed for every number: this would take minutes.
    #[test]
    fn a_long_chain_of_numbers_is_one_person() {
        // As many digits as all others.
        let numbers: Vec<String> = (100_000..400_000).map(|number: u32| number.to_string()).collect();
        let chain = numbers.windows(2).map(|pair| (pair[1].as_str(), Some(pair[0].as_str())));
        let rising = names(chain.clone());
        let falling = names(chain.rev());
        for names in [rising, falling] {
            assert_eq!(names.len(), numbers.len() - 1);
            assert!(names.values().all(|name| *name == numbers[0]));
        }
    }
}
