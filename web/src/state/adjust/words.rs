//! What stands beside a result of changed filters.

use std::collections::BTreeMap;

use spectnet_core::prediction::{Note, Noted};

use super::Change;
use crate::format;

/// Most filters that are named one by one.
const MOST_NAMED: usize = 6;

/// A note with every change, as far as there are few.
pub(super) fn note(changes: &BTreeMap<usize, Change>, only_s: Option<f64>) -> Note {
    let mut named: Vec<String> = changes.iter().take(MOST_NAMED).map(|(filter, change)| one(*filter, change)).collect();
    if let Some(rest @ 1..) = changes.len().checked_sub(MOST_NAMED) {
        named.push(format!("and {rest} more"));
    }
    let only = only_s.map_or(String::new(), |seconds| {
        format!(" Only the first {seconds:.0} s of the recording follow them: the result is about these.")
    });
    let detail = format!(
        "With your changes to the filterbank: {}. The classifier was not trained for them.{only}",
        named.join(", ")
    );
    Note::new(Noted::Filterbank, detail)
}

/// Filters are counted from 1, as everywhere on the page.
fn one(filter: usize, change: &Change) -> String {
    let number = filter + 1;
    if change.on {
        let (centre, bandwidth) = (format::hz(change.centre_hz), format::hz(change.bandwidth_hz));
        format!("filter {number} at {centre} with β {bandwidth}")
    } else {
        format!("filter {number} off")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_what_was_changed_and_how_much_follows() {
        let moved = Change { centre_hz: 120.04, bandwidth_hz: 40.0, on: true };
        let off = Change { on: false, ..moved };
        let said = |changes: &[(usize, Change)], only_s| note(&changes.iter().copied().collect(), only_s);
        let two = said(&[(0, moved), (7, off)], None);
        assert_eq!(two.kind, Noted::Filterbank);
        assert_eq!(
            two.detail,
            "With your changes to the filterbank: filter 1 at 120.0 Hz with β 40.0 Hz, filter 8 off. The classifier was not \
             trained for them."
        );
        let part = said(&[(0, off)], Some(60.0)).detail;
        assert!(
            part.ends_with("Only the first 60 s of the recording follow them: the result is about these."),
            "{part}"
        );
        let many = |count: usize| said(&(0..count).map(|filter| (filter, off)).collect::<Vec<_>>(), None).detail;
        assert!(many(6).contains("filter 6 off. The"), "{}", many(6));
        assert!(many(8).contains("filter 6 off, and 2 more. The"), "{}", many(8));
    }
}
