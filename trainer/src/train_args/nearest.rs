//! What somebody may have meant who has mistyped a name.

/// Letters that may be wrong in a name: one in three.
const LETTERS_A_FAULT: usize = 3;

/// The known name that is nearest to one that is unknown; none where none is near.
pub(super) fn nearest<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace('_', "-");
    let unknown = plain(unknown);
    let most = (unknown.chars().count() / LETTERS_A_FAULT).max(1);
    let by_distance = known.map(|name| (distance(&unknown, &plain(name)), name));
    let nearest = by_distance.min_by_key(|(distance, _)| *distance);
    nearest.filter(|(distance, _)| *distance <= most).map(|(_, name)| name)
}

/// Fewest letters to add, remove or replace in one to get the other (Levenshtein 1966).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (column, same) in other.iter().map(|one| *one == letter).enumerate() {
            let replaced = diagonal + usize::from(!same);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted() {
        for (one, other, expected) in
            [("", "", 0), ("abc", "", 3), ("", "abc", 3), ("kitten", "sitting", 3), ("epoch", "epochs", 1)]
        {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn a_mistyped_name_is_known_and_another_word_is_not() {
        let known = ["epochs", "learning-rate", "front-end-learning-rate", "seed"];
        for (unknown, expected) in [
            ("epoch", Some("epochs")),
            ("learning_rate", Some("learning-rate")),
            ("lerning-rat", Some("learning-rate")),
            ("SEED", Some("seed")),
            ("momentum", None),
            ("", None),
        ] {
            assert_eq!(nearest(unknown, known.into_iter()), expected, "{unknown}");
        }
    }
}
