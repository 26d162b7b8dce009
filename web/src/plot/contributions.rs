//! What each filter adds to the log-odds, as a map: over the phases of the heart cycle, or over time.

use spectnet_core::recognise::explain::Explanation;

/// A map of contributions.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// `[columns][filters]`.
    pub columns: Vec<Vec<f64>>,
    /// What the columns are.
    pub axis: Across,
    /// The largest size of a contribution; 0 where there is none.
    pub largest: f64,
}

/// What the columns of a map are.
#[derive(Clone, Debug, PartialEq)]
pub enum Across {
    /// Phases of the heart cycle, those of a state together.
    States(Vec<Group>),
    /// Stretches of time of so many seconds each.
    Time(f64),
}

/// The phases of one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The state.
    pub name: String,
    /// Its first column.
    pub first: usize,
    /// How many it has.
    pub count: usize,
}

impl Contributions {
    /// The map of an explanation.
    pub fn of(explanation: &Explanation) -> Self {
        let (columns, axis) = match &explanation.phases {
            Some(phases) => (phases.sums(), Across::States(groups(&phases.names))),
            None => {
                let over_time = &explanation.over_time;
                (over_time.contributions.clone(), Across::Time(over_time.step_s))
            }
        };
        let largest = columns.iter().flatten().fold(0.0f64, |largest, value| largest.max(value.abs()));
        Self { columns, axis, largest }
    }

    /// A contribution as a fraction of the largest, −1 to 1.
    pub fn part(&self, column: usize, filter: usize) -> f64 {
        let value = self.columns.get(column).and_then(|values| values.get(filter)).copied().unwrap_or(0.0);
        if self.largest > 0.0 { value / self.largest } else { 0.0 }
    }
}

/// Neighbouring phases of one state, whose names differ in what follows a space.
pub(super) fn groups(names: &[String]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (first, name) in names.iter().enumerate() {
        let name = name.split(' ').next().unwrap_or_default();
        match groups.last_mut() {
            Some(group) if group.name == name => group.count += 1,
            _ => groups.push(Group { name: name.into(), first, count: 1 }),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use spectnet_core::recognise::explain::{How, OverTime, Phases};

    use super::*;

    fn explanation(phases: Option<Phases>) -> Explanation {
        Explanation {
            class: "abnormal".into(),
            against: None,
            abstained: None,
            method: How::Exact,
            probability: 0.5,
            log_odds: 0.0,
            reference: 0.0,
            sentences: Vec::new(),
            telling_seconds: Vec::new(),
            filters: Vec::new(),
            phases,
            over_time: OverTime { step_s: 0.5, contributions: vec![vec![0.25, -0.5], vec![0.0, 0.1]] },
            windows: Vec::new(),
        }
    }

    #[test]
    fn phases_of_a_state_stand_together() {
        let names = ["S1", "systole 1/2", "systole 2/2", "S2", "diastole"].map(String::from).to_vec();
        let rows = |value: f64| (0..5).map(|phase| vec![value * f64::from(phase)]).collect::<Vec<Vec<f64>>>();
        let phases = Phases { names, lead_ms: 0, mean: rows(1.0), deviation: rows(-2.0) };
        let map = Contributions::of(&explanation(Some(phases)));
        assert_eq!(map.columns, rows(-1.0));
        assert_eq!((map.largest, map.part(2, 0), map.part(9, 9)), (4.0, -0.5, 0.0));
        let group = |name: &str, first, count| Group { name: name.into(), first, count };
        let expected = vec![group("S1", 0, 1), group("systole", 1, 2), group("S2", 3, 1), group("diastole", 4, 1)];
        assert_eq!(map.axis, Across::States(expected));
    }

    #[test]
    fn without_phases_the_map_is_over_time() {
        let map = Contributions::of(&explanation(None));
        assert_eq!((&map.axis, map.largest, map.part(0, 1)), (&Across::Time(0.5), 0.5, -1.0));
        let nothing = OverTime { step_s: 0.1, contributions: vec![vec![0.0]] };
        let map = Contributions::of(&Explanation { over_time: nothing, ..explanation(None) });
        assert_eq!((map.largest, map.part(0, 0)), (0.0, 0.0));
    }
}
