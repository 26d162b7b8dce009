//! How far a run is, when something is due in it, and when it ends.

use serde::{Deserialize, Serialize};

use crate::message::Order;

/// Tells the time: seconds since whenever.
pub type Clock = Box<dyn Fn() -> f64>;

/// Steps between two looks at what is held out, where steps are counted.
const JUDGE_EVERY: u32 = 10;
/// Seconds between two such looks at least, where time is counted.
const JUDGE_S: f64 = 0.5;
/// Seconds between two reports at least. Steps that take longer, as those of the shipped models do on a CPU, are all reported;
/// of faster ones nobody sees more.
const REPORT_S: f64 = 0.1;
/// So many times as long as the weights took to be read for a report is learned before the next: a graphics processor waits
/// while they are.
const LEARNED_BETWEEN_REPORTS: f64 = 9.0;
/// So many times as long as a look took is learned before the next, where time is counted.
const LEARNED_BETWEEN: f64 = 4.0;
/// What counts as better, in nats: less may be chance.
const LEAST_GAIN: f64 = 1e-3;
/// A run that was no better for so many steps,
const PATIENCE_STEPS: u32 = 200;
/// and for such a part of what it may take, ends.
const PATIENCE_PART: f64 = 0.25;

/// What is due after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// The next step.
    Nothing,
    /// A report.
    Report,
    /// A look at what is held out, and a report.
    Look,
}

/// How good a run was at its best, and when.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reached {
    /// The least loss on what is held out so far; none where nothing is.
    least: Option<f64>,
    /// After how many steps it was reached, and how far the run was then.
    best: (u32, f64),
}

/// Where a run is.
pub(crate) struct Pace {
    clock: Clock,
    /// The run ends after so many seconds,
    most_s: f64,
    /// or after so many steps.
    most_steps: Option<u32>,
    /// The clock at the start.
    began: Option<f64>,
    /// Seconds of the run that this one goes on with.
    before_s: f64,
    /// When weights were judged last, how long that took, when something was reported, and how long weights took to be read
    /// for that, in seconds.
    judged_s: f64,
    judging_s: f64,
    reported_s: f64,
    reading_s: f64,
    reached: Reached,
}

impl Pace {
    /// That of an order, whose model begins with this loss on what is held out; none where nothing is.
    pub(crate) fn new(order: &Order, clock: Clock, loss: Option<f64>) -> Self {
        Self {
            clock,
            most_s: order.seconds,
            most_steps: order.steps,
            began: None,
            before_s: 0.0,
            judged_s: 0.0,
            judging_s: 0.0,
            reported_s: 0.0,
            reading_s: 0.0,
            reached: Reached { least: loss, best: (0, 0.0) },
        }
    }

    /// Goes on with a run that took so many seconds and was so good. Must be called before it begins.
    pub(crate) fn go_on(&mut self, seconds: f64, reached: Reached) {
        (self.before_s, self.judged_s, self.reported_s) = (seconds, seconds, seconds);
        self.reached = reached;
    }

    /// How good the run was at its best.
    pub(crate) fn reached(&self) -> Reached {
        self.reached
    }

    /// Begins to count. Returns whether it has not begun before.
    pub(crate) fn begins(&mut self) -> bool {
        let is_new = self.began.is_none();
        if is_new {
            self.began = Some((self.clock)());
        }
        is_new
    }

    /// Seconds since the start.
    pub(crate) fn seconds(&self) -> f64 {
        let now = (self.clock)();
        self.before_s + now - self.began.unwrap_or(now)
    }

    /// How far the run is after so many steps, 0 to 1: by steps where they are counted, or else by time.
    pub(crate) fn progress(&self, step: u32) -> f64 {
        let done = match self.most_steps {
            Some(most) => f64::from(step) / f64::from(most.max(1)),
            None => self.seconds() / self.most_s,
        };
        done.clamp(0.0, 1.0)
    }

    /// What is due after so many steps.
    pub(crate) fn due(&self, step: u32) -> Due {
        let now = self.seconds();
        let looks = match self.most_steps {
            // No clock decides which weights are the best.
            Some(_) => step.is_multiple_of(JUDGE_EVERY),
            None => now - self.judged_s >= JUDGE_S.max(LEARNED_BETWEEN * self.judging_s),
        };
        if looks {
            return Due::Look;
        }
        let is_silent = now - self.reported_s >= REPORT_S.max(LEARNED_BETWEEN_REPORTS * self.reading_s);
        if is_silent { Due::Report } else { Due::Nothing }
    }

    /// Weights were read, which began at this second.
    pub(crate) fn read(&mut self, began_s: f64) {
        self.reading_s = self.seconds() - began_s;
    }

    /// Weights were judged after so many steps, which began at this second, with this loss on what is held out.
    pub(crate) fn judged(&mut self, step: u32, began_s: f64, loss: Option<f64>) {
        self.judged_s = self.seconds();
        self.judging_s = self.judged_s - began_s;
        if let (Some(least), Some(loss)) = (self.reached.least, loss)
            && loss < least - LEAST_GAIN
        {
            self.reached = Reached { least: Some(loss), best: (step, self.progress(step)) };
        }
    }

    /// Something is reported now, which is so many seconds after the start.
    pub(crate) fn reports(&mut self) -> f64 {
        self.reported_s = self.seconds();
        self.reported_s
    }

    /// Why the run ends after so many steps, in a sentence; none where it goes on.
    pub(crate) fn over(&self, step: u32) -> Option<String> {
        if self.most_steps.is_some_and(|most| step >= most) {
            return Some(format!("All {step} steps are made."));
        }
        if self.seconds() >= self.most_s {
            return Some("The time is up.".into());
        }
        let Reached { least, best: (best, progress) } = self.reached;
        let is_late = least.is_some()
            && step >= best.saturating_add(PATIENCE_STEPS)
            && self.progress(step) >= progress + PATIENCE_PART;
        is_late.then(|| format!("It gets no better: it was best after {best} of {step} steps."))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;
    use crate::message::{Computer, Learns};

    fn order(steps: Option<u32>) -> Order {
        Order {
            labels: Vec::new(),
            learns: Learns::Head,
            compare: false,
            seed: 0,
            seconds: 60.0,
            steps,
            device: Computer::Cpu,
            recordings: Vec::new(),
            browser: String::new(),
        }
    }

    fn pace(steps: Option<u32>, loss: Option<f64>) -> (Pace, Rc<Cell<f64>>) {
        let now = Rc::new(Cell::new(100.0));
        let shown = Rc::clone(&now);
        let mut pace = Pace::new(&order(steps), Box::new(move || shown.get()), loss);
        assert!(pace.begins() && !pace.begins() && pace.seconds() == 0.0);
        (pace, now)
    }

    #[test]
    fn counted_steps_ask_no_clock() {
        let (mut pace, now) = pace(Some(400), Some(1.0));
        for seconds in [100.0, 110.0, 130.0] {
            now.set(seconds);
            assert_eq!([0, 100, 400, 900].map(|step| pace.progress(step)), [0.0, 0.25, 1.0, 1.0]);
            assert!(pace.due(20) == Due::Look && pace.due(21) != Due::Look);
            assert_eq!([199, 200].map(|step| pace.over(step).is_some()), [false, true]);
        }
        pace.judged(50, 29.0, Some(0.5));
        pace.judged(100, 29.0, Some(0.4995));
        assert_eq!(pace.over(249), None, "what may be chance is no gain");
        assert_eq!(pace.over(250).unwrap(), "It gets no better: it was best after 50 of 250 steps.");
        assert_eq!(pace.over(400).unwrap(), "All 400 steps are made.");
        now.set(160.0);
        assert_eq!(pace.over(60).unwrap(), "The time is up.");
    }

    #[test]
    fn without_a_number_of_steps_time_decides() {
        let (mut pace, now) = pace(None, None);
        assert_eq!(pace.due(10), Due::Nothing);
        now.set(100.2);
        assert_eq!(pace.due(1), Due::Report);
        now.set(100.6);
        assert!(pace.due(1) == Due::Look && pace.progress(1) == pace.seconds() / 60.0);
        pace.judged(1, 0.2, None);
        assert_eq!(pace.reports(), pace.seconds());
        now.set(101.6);
        assert_eq!(pace.due(2), Due::Report, "four times 0.4 s are learned between two looks");
        now.set(102.3);
        assert_eq!(pace.due(2), Due::Look);
        assert_eq!(pace.over(1_000_000), None, "nothing is held out: nothing says that it gets no better");
    }

    #[test]
    fn reports_follow_each_step_unless_reading_would_take_much_of_the_time() {
        let (mut pace, now) = pace(None, None);
        pace.judged(0, 0.0, None);
        let mut reports = 0;
        for step in 1..=4 {
            now.set(100.0 + 0.11 * f64::from(step));
            reports += usize::from(pace.due(step) == Due::Report);
            pace.reports();
        }
        assert_eq!(reports, 4);
        pace.judged(4, pace.seconds(), None);
        pace.read(pace.seconds() - 0.04);
        now.set(100.44 + 0.3);
        assert_eq!(pace.due(5), Due::Nothing, "reading took 0.04 s: 0.36 s are learned before the next");
        now.set(100.44 + 0.37);
        assert_eq!(pace.due(6), Due::Report);
    }

    #[test]
    fn a_run_goes_on_with_the_time_and_the_best_of_the_one_before() {
        let (mut first, now) = pace(None, Some(1.0));
        now.set(130.0);
        first.judged(40, 30.0, Some(0.5));
        let mut second = Pace::new(&order(None), Box::new(|| 7.0), Some(1.0));
        second.go_on(first.seconds(), first.reached());
        assert_eq!((second.seconds(), second.reached(), second.due(41)), (30.0, first.reached(), Due::Nothing));
        assert!(second.begins());
        assert_eq!((second.seconds(), second.progress(41)), (30.0, 0.5));
    }
}
