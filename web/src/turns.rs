//! Which plot is drawn next. Plots take time: each has a task of its own, one after the other, so that the page answers in
//! between. Those that a person sees come first; the others wait until they come near, or until the page has nothing else
//! to do.

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

/// A plot.
#[derive(Clone, Copy, Debug)]
struct Plot {
    /// The element in which it is seen.
    place: &'static str,
    /// The look at which it was first noted that it shows an older state; none where it does not.
    owed_since: Option<u64>,
    /// How long it took when it was last drawn, in seconds.
    took_s: Option<f64>,
}

/// The plots, and which of them show an older state. Each has a number and a place; at one place they are drawn in the order of
/// their numbers, because they stand on each other.
#[derive(Debug, Default)]
pub struct Turns {
    /// By their numbers.
    plots: Vec<Plot>,
    /// The places that are seen, or nearly.
    near: Vec<String>,
    /// How often it was looked what has changed.
    looks: u64,
}

impl Turns {
    /// It is looked what has changed.
    pub fn begin(&mut self) {
        self.looks += 1;
    }

    /// There is a plot at this place, whether it is owed or not. Plots become known in the order of their numbers.
    pub fn know(&mut self, plot: usize, place: &'static str) {
        if plot == self.plots.len() {
            self.plots.push(Plot { place, owed_since: None, took_s: None });
        }
    }

    /// A plot that is known shows an older state.
    pub fn owe(&mut self, plot: usize) {
        if let Some(plot) = self.plots.get_mut(plot) {
            plot.owed_since.get_or_insert(self.looks);
        }
    }

    /// A plot was drawn, which took so many seconds.
    pub fn drew(&mut self, plot: usize, seconds: f64) {
        if let Some(plot) = self.plots.get_mut(plot) {
            (plot.owed_since, plot.took_s) = (None, Some(seconds));
        }
    }

    /// A place comes near what is seen, or leaves it.
    pub fn come(&mut self, place: &str, near: bool) {
        self.near.retain(|known| known != place);
        if near {
            self.near.push(place.into());
        }
    }

    /// All places at which there are plots.
    pub fn places(&self) -> Vec<&'static str> {
        let mut places = Vec::new();
        for plot in &self.plots {
            if !places.contains(&plot.place) {
                places.push(plot.place);
            }
        }
        places
    }

    /// Whether every plot shows the state of the moment.
    pub fn is_done(&self) -> bool {
        self.owed().next().is_none()
    }

    /// What is waited for next, where a person waits for a result since so many seconds; none: nobody does.
    pub fn wait(&self, hurried_s: Option<f64>) -> Wait {
        let near = self.owed().any(|(_, plot, _)| self.is_near(plot));
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
            let Some(took_s) = self.plots[plot].took_s.filter(|took_s| *took_s <= left_s) else { break };
            left_s -= took_s;
            chosen.push(plot);
        }
        chosen
    }

    /// All that is owed, or all of it at one place.
    pub fn all(&self, place: Option<&str>) -> Vec<usize> {
        let there = self.owed().filter(|(_, plot, _)| place.is_none_or(|place| place == plot.place));
        there.map(|(number, ..)| number).collect()
    }

    /// The plot whose turn it is behind those that were chosen: near ones first, then what waits longest.
    fn next(&self, reach: Reach, chosen: &[usize]) -> Option<usize> {
        let (mut places, mut next) = (Vec::new(), None);
        for (number, plot, since) in self.owed().filter(|(number, ..)| !chosen.contains(number)) {
            // At one place the first of them.
            if places.contains(&plot.place) {
                continue;
            }
            places.push(plot.place);
            let turn = (!self.is_near(plot), since, number);
            if (reach == Reach::All || self.is_near(plot)) && next.is_none_or(|next| turn < next) {
                next = Some(turn);
            }
        }
        next.map(|(.., number)| number)
    }

    /// The plots that show an older state, each with its number and the look at which that was first noted.
    fn owed(&self) -> impl Iterator<Item = (usize, &Plot, u64)> {
        self.plots.iter().enumerate().filter_map(|(number, plot)| Some((number, plot, plot.owed_since?)))
    }

    fn is_near(&self, plot: &Plot) -> bool {
        self.near.iter().any(|near| near == plot.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places of the plots. Those of the bank stand on each other; the waveform is seen, and the card is not.
    const PLACES: [&str; 5] = ["waveform", "filters", "filters", "windows", "card"];

    fn owed(near: &[&str]) -> Turns {
        let mut turns = Turns::default();
        PLACES.iter().enumerate().for_each(|(plot, place)| turns.know(plot, place));
        turns.begin();
        (0..PLACES.len()).for_each(|plot| turns.owe(plot));
        near.iter().for_each(|place| turns.come(place, true));
        turns
    }

    /// The tasks in which all is drawn, of which each plot takes so long.
    fn tasks(turns: &mut Turns, reach: Reach, seconds: f64) -> Vec<Vec<usize>> {
        let mut tasks = Vec::new();
        loop {
            let task = turns.task(reach);
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
        assert_eq!(tasks(&mut turns, Reach::Near, 0.03), [[1], [2], [3]]);
        assert_eq!(turns.wait(None), Wait::Idle);
        assert_eq!(tasks(&mut turns, Reach::All, 0.03), [[0], [4]]);
        assert!(turns.is_done() && turns.wait(None) == Wait::Nothing);
    }

    #[test]
    fn what_comes_near_goes_before_what_is_far() {
        let mut turns = owed(&[]);
        turns.come("card", true);
        assert_eq!(turns.task(Reach::All), [4]);
        turns.come("card", false);
        assert!(turns.task(Reach::Near).is_empty());
        assert_eq!(turns.task(Reach::All), [0]);
    }

    #[test]
    fn plots_that_take_no_time_share_a_task_and_one_that_takes_time_does_not() {
        let mut turns = owed(&["waveform", "filters", "windows", "card"]);
        assert!(turns.quick(Reach::Near).is_empty(), "nothing is known of them");
        tasks(&mut turns, Reach::All, 0.003);
        turns.drew(3, 0.02);
        turns.begin();
        (0..PLACES.len()).for_each(|plot| turns.owe(plot));
        assert_eq!(turns.quick(Reach::Near), [0, 1, 2]);
        assert_eq!(tasks(&mut turns, Reach::All, 0.003), [vec![0, 1, 2], vec![3], vec![4]]);
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
            turns.owe(0);
        }
        assert_eq!(drawn, [0, 1, 2, 3]);
        // At one place the order stays, whichever was owed first: what stands on another is drawn behind it.
        let mut turns = owed(&[]);
        tasks(&mut turns, Reach::All, 0.03);
        for plot in [2, 1] {
            turns.begin();
            turns.owe(plot);
        }
        assert_eq!(tasks(&mut turns, Reach::All, 0.03), [[1], [2]]);
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
        assert_eq!((turns.all(None), turns.all(Some("filters"))), (vec![0, 1, 2, 3, 4], vec![1, 2]));
    }
}
