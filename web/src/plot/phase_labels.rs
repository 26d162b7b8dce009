//! Where the labels below a map of phases stand, so that they are readable however many phases there are.

use super::contributions::Group;

/// Width of a letter in pixels, as in wide fonts: rather too large than too small.
const LETTER: f64 = 7.5;
/// Pixels that a column has at least beside the number in it.
const ROOM: f64 = 4.5;

/// The labels of phases that are drawn in columns.
#[derive(Clone, Debug, PartialEq)]
pub struct PhaseLabels {
    /// The middle of the name of each state, in pixels right of the first column's left edge.
    pub names: Vec<f64>,
    /// Whether names take turns in two lines, because not each has room below its own columns: S1 and S2, which are one
    /// phase each, then stand in the upper line, where systole and diastole have the numbers of their phases.
    pub in_turns: bool,
    /// Whether the phases of a state are numbered. Where the numbers have no room, ticks stand between phases.
    pub numbered: bool,
}

impl PhaseLabels {
    /// Those below columns of `column` pixels, with `room` pixels right of the last one.
    pub fn of(groups: &[Group], column: f64, room: f64) -> Self {
        let most = groups.iter().map(|group| group.count).max().unwrap_or(1);
        let end = column * groups.iter().map(|group| group.count).sum::<usize>() as f64;
        let middle = |group: &Group| {
            let middle = column * (group.first as f64 + group.count as f64 / 2.0);
            // The last name may not leave the canvas.
            middle.min(end + room - width(&group.name) / 2.0)
        };
        Self {
            names: groups.iter().map(middle).collect(),
            in_turns: groups.iter().any(|group| width(&group.name) > column * group.count as f64),
            numbered: column >= width(&most.to_string()) + ROOM,
        }
    }
}

fn width(text: &str) -> f64 {
    LETTER * text.chars().count() as f64
}

#[cfg(test)]
mod tests {
    use spectnet_core::heart::Parts;
    use spectnet_core::recognise::explain::phase_names;

    use super::super::contributions::groups;
    use super::*;

    /// Pixels right of a map.
    const RIGHT: f64 = 12.0;
    /// Width of the columns together on screens that are 320, 360 and 390 pixels wide.
    const PHONES: [f64; 3] = [198.0, 238.0, 268.0];

    fn labels(systole: usize, diastole: usize, all: f64) -> (Vec<Group>, f64, PhaseLabels) {
        let parts = Parts { systole, diastole, lead_ms: 0 };
        let (groups, column) = (groups(&phase_names(parts)), all / parts.phases() as f64);
        let labels = PhaseLabels::of(&groups, column, RIGHT);
        (groups, column, labels)
    }

    #[test]
    fn numbers_and_one_line_are_left_where_there_is_no_room() {
        for (parts, all, in_turns, numbered) in [
            ([3, 4], PHONES[0], false, true),
            ([6, 9], PHONES[0], true, false),
            ([6, 9], PHONES[2], false, true),
            ([8, 12], PHONES[2], true, false),
            ([8, 12], 1000.0, false, true),
        ] {
            let (_, _, labels) = labels(parts[0], parts[1], all);
            assert_eq!((labels.in_turns, labels.numbered), (in_turns, numbered), "{parts:?} on {all} pixels");
        }
        let (_, column, labels) = labels(3, 4, 198.0);
        assert_eq!((column, labels.names), (22.0, vec![11.0, 55.0, 99.0, 154.0]));
    }

    #[test]
    fn labels_of_any_number_of_phases_stand_clear_of_each_other_on_a_phone() {
        for (systole, diastole) in (1..=16).flat_map(|systole| (1..=16).map(move |diastole| (systole, diastole))) {
            for all in PHONES {
                let (groups, column, labels) = labels(systole, diastole, all);
                let edge = |side: f64| {
                    let of = move |(group, middle): (&Group, &f64)| middle + side * width(&group.name) / 2.0;
                    groups.iter().zip(&labels.names).map(of).collect::<Vec<f64>>()
                };
                let (left, right) = (edge(-1.0), edge(1.0));
                let in_line = if labels.in_turns { 2 } else { 1 };
                let clear = right.iter().zip(left.iter().skip(in_line)).all(|(right, left)| *right <= left + 1e-9);
                let inside = right.iter().all(|right| *right <= all + RIGHT + 1e-9);
                assert!(clear && inside, "{systole}, {diastole} on {all} pixels: {left:?} {right:?}");
                if labels.numbered {
                    let number = width(&systole.max(diastole).to_string());
                    // The name of S1 in the line of the numbers, and the first number of the systole.
                    let beside = right[0] <= 1.5 * column - width("1") / 2.0;
                    assert!(number < column && beside, "{systole}, {diastole} on {all} pixels");
                }
            }
        }
    }
}
