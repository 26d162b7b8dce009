//! Which plot is drawn next. Plots take time: each has a task of its own, one after the other, so that the page answers in
//! between. Those that a person sees come first; the others wait until they come near, or until the page has nothing else
//! to do.

use std::collections::{BTreeMap, BTreeSet};

/// Plots that took less than this together when they were last drawn, in seconds, share a task: a person who drags
/// something sees all of them move. What the browser then does with them takes as long once more.
const SHARED_S: f64 = 0.01;
/// While a person waits for a result, nothing is drawn for so many seconds: most results are there by then, and sooner. On
/// the way to a later one it is seen how far it is.
const HELD_S: f64 = 1.0;

/// What is waited for before the next plots are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wait {
    /// Nothing: none is left, or what is left is not seen while a person waits for a result.
    Nothing,
    /// So many seconds, in which the result may come.
    Held(f64),
    /// The browser paints what is there.
    Picture,
    /// The browser has nothing else to do.
    Idle,
}

/// Which plots are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those that are near what is seen.
    Near,
    /// All of them.
    All,
}

/// A plot that shows an older state.
#[derive(Clone, Copy, Debug)]
struct Owed {
    /// The element in which it is seen.
    place: &'static str,
    /// The look at which that was first noted.
    since: u64,
}

/// The plots that show an older state. Each has a number and a place; at one place they are drawn in the order of their
/// numbers, because they stand on each other.
#[derive(Debug, Default)]
pub struct Turns {
    owed: BTreeMap<usize, Owed>,
    /// All places that there are.
    places: BTreeSet<&'static str>,
    /// Those that are seen, or nearly.
    near: BTreeSet<String>,
    /// How long each plot took when it was last drawn, in seconds.
    took_s: BTreeMap<usize, f64>,
    /// How often it was looked what has changed.
    looks: u64,
}

impl Turns {
    /// It is looked what has changed.
    pub fn begin(&mut self) {
        self.looks += 1;
    }

    /// There is a plot at this place, whether it is owed or not.
    pub fn know(&mut self, place: &'static str) {
        self.places.insert(place);
    }

    /// A plot shows an older state.
    pub fn owe(&mut self, plot: usize, place: &'static str) {
        let since = self.looks;
        self.owed.entry(plot).or_insert(Owed { place, since });
    }

    /// A plot was drawn, which took so many seconds.
    pub fn drew(&mut self, plot: usize, seconds: f64) {
        self.owed.remove(&plot);
        self.took_s.insert(plot, seconds);
    }

    /// A place comes near what is seen, or leaves it.
    pub fn come(&mut self, place: &str, near: bool) {
        if near {
            self.near.insert(place.into());
        } else {
            self.near.remove(place);
        }
    }

    /// All places at which there are plots.
    pub fn places(&self) -> Vec<&'static str> {
        self.places.iter().copied().collect()
    }

    /// Whether every plot shows the state of the moment.
    pub fn is_done(&self) -> bool {
        self.owed.is_empty()
    }

    /// What is waited for next, where a person waits for a result since so many seconds; none: nobody does.
    pub fn wait(&self, hurried_s: Option<f64>) -> Wait {
        let near = self.owed.values().any(|owed| self.is_near(owed));
        match hurried_s {
            _ if self.is_done() => Wait::Nothing,
            Some(hurried_s) if near && hurried_s < HELD_S => Wait::Held(HELD_S - hurried_s),
            _ if near => Wait::Picture,
            Some(_) => Wait::Nothing,
            None => Wait::Idle,
        }
    }

    /// The plots of the next task, in their order: one, or some of which it is known that they take no time.
    pub fn task(&self, reach: Reach) -> Vec<usize> {
        let chosen = self.quick(reach);
        if chosen.is_empty() { self.next(reach, &chosen).into_iter().collect() } else { chosen }
    }

    /// Those that come first, as long as it is known that all of them together take no time.
    pub fn quick(&self, reach: Reach) -> Vec<usize> {
        let (mut chosen, mut left_s) = (Vec::new(), SHARED_S);
        while let Some(plot) = self.next(reach, &chosen) {
            let Some(took_s) = self.took_s.get(&plot).filter(|took_s| **took_s <= left_s) else { break };
            left_s -= took_s;
            chosen.push(plot);
        }
        chosen
    }

    /// All that is owed, or all of it at one place.
    pub fn all(&self, place: Option<&str>) -> Vec<usize> {
        let there = |owed: &Owed| place.is_none_or(|place| place == owed.place);
        self.owed.iter().filter(|(_, owed)| there(owed)).map(|(plot, _)| *plot).collect()
    }

    /// The plot whose turn it is behind those that were chosen: near ones first, then what waits longest.
    fn next(&self, reach: Reach, chosen: &[usize]) -> Option<usize> {
        let mut first: BTreeMap<&str, (usize, &Owed)> = BTreeMap::new();
        for (plot, owed) in self.owed.iter().filter(|(plot, _)| !chosen.contains(plot)) {
            first.entry(owed.place).or_insert((*plot, owed));
        }
        let reached = first.into_values().filter(|(_, owed)| reach == Reach::All || self.is_near(owed));
        reached.min_by_key(|(plot, owed)| (!self.is_near(owed), owed.since, *plot)).map(|(plot, _)| plot)
    }

    fn is_near(&self, owed: &Owed) -> bool {
        self.near.contains(owed.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plots of the bank stand on each other; the waveform is seen, and the card is not.
    const PLOTS: [(usize, &str); 5] = [(1, "waveform"), (2, "filters"), (3, "filters"), (4, "windows"), (5, "card")];

    fn owed(near: &[&str]) -> Turns {
        let mut turns = Turns::default();
        turns.begin();
        PLOTS.iter().for_each(|(plot, place)| turns.owe(*plot, place));
        near.iter().for_each(|place| turns.come(place, true));
        turns
    }

    /// The tasks in which all is drawn, of which each plot takes so long.
    fn tasks(turns: &mut Turns, reach: Reach, seconds: f64) -> Vec<Vec<usize>> {
        let mut tasks = Vec::new();
        loop {
            let task: Vec<usize> = turns.task(reach).into_iter().collect();
            if task.is_empty() {
                return tasks;
            }
            task.iter().for_each(|plot| turns.drew(*plot, seconds));
            tasks.push(task);
        }
    }

    #[test]
    fn each_plot_has_a_task_of_its_own_and_those_that_are_seen_come_first() {
        let mut turns = owed(&["filters", "windows"]);
        assert_eq!(turns.wait(None), Wait::Picture);
        assert_eq!(tasks(&mut turns, Reach::Near, 0.03), [[2], [3], [4]]);
        assert_eq!(turns.wait(None), Wait::Idle);
        assert_eq!(tasks(&mut turns, Reach::All, 0.03), [[1], [5]]);
        assert!(turns.is_done() && turns.wait(None) == Wait::Nothing);
    }

    #[test]
    fn what_comes_near_goes_before_what_is_far() {
        let mut turns = owed(&[]);
        turns.come("card", true);
        assert_eq!(turns.task(Reach::All), [5]);
        turns.come("card", false);
        assert!(turns.task(Reach::Near).is_empty());
        assert_eq!(turns.task(Reach::All), [1]);
    }

    #[test]
    fn plots_that_take_no_time_share_a_task_and_one_that_takes_time_does_not() {
        let mut turns = owed(&["waveform", "filters", "windows", "card"]);
        assert!(turns.quick(Reach::Near).is_empty(), "nothing is known of them");
        tasks(&mut turns, Reach::All, 0.003);
        turns.drew(4, 0.02);
        turns.begin();
        PLOTS.iter().for_each(|(plot, place)| turns.owe(*plot, place));
        assert_eq!(turns.quick(Reach::Near), [1, 2, 3]);
        assert_eq!(tasks(&mut turns, Reach::All, 0.003), [vec![1, 2, 3], vec![4], vec![5]]);
    }

    #[test]
    fn what_changes_all_the_time_does_not_keep_the_others_waiting() {
        let mut turns = owed(&["waveform", "filters", "windows"]);
        let mut drawn = Vec::new();
        for _ in 0..4 {
            let task = turns.task(Reach::Near);
            task.iter().for_each(|plot| turns.drew(*plot, 0.03));
            drawn.extend(task);
            turns.begin();
            turns.owe(1, "waveform");
        }
        assert_eq!(drawn, [1, 2, 3, 4]);
        // At one place the order stays, whichever was owed first: what stands on another is drawn behind it.
        let mut turns = Turns::default();
        for plot in [3, 2] {
            turns.begin();
            turns.owe(plot, "filters");
        }
        assert_eq!(tasks(&mut turns, Reach::All, 0.03), [[2], [3]]);
    }

    #[test]
    fn while_a_person_waits_for_a_result_only_what_is_seen_is_drawn_and_not_at_once() {
        let turns = owed(&["waveform"]);
        assert_eq!((turns.wait(Some(0.25)), turns.wait(Some(HELD_S))), (Wait::Held(0.75), Wait::Picture));
        assert_eq!((owed(&[]).wait(Some(0.25)), owed(&[]).wait(Some(9.0))), (Wait::Nothing, Wait::Nothing));
    }

    #[test]
    fn all_that_is_owed_can_be_asked_for_at_once() {
        let turns = owed(&["windows"]);
        assert_eq!((turns.all(None), turns.all(Some("filters"))), ([1, 2, 3, 4, 5].into(), [2, 3].into()));
    }
}
