//! What sounds at a moment.

use std::collections::VecDeque;

/// Time between asking for a sound and its beginning, in seconds: the browser must have it before.
const LEAD_S: f64 = 0.06;

/// Stretches of a recording, one after the other, by the clock of the loudspeaker.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    planned: VecDeque<Planned>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Planned {
    /// When it begins, in seconds of the clock.
    when_s: f64,
    /// Where it begins and ends in the recording, in seconds.
    from_s: f64,
    to_s: f64,
    /// Seconds of the recording in a second of the clock.
    speed: f64,
}

impl Planned {
    fn ends_s(&self) -> f64 {
        self.when_s + (self.to_s - self.from_s) / self.speed
    }
}

impl Schedule {
    /// Plans a stretch of the recording, so many times as fast as it was; at what time it begins: right behind the one
    /// before, or soon where that has ended.
    pub fn add(&mut self, now_s: f64, [from_s, to_s]: [f64; 2], speed: f64) -> f64 {
        let soon_s = now_s + LEAD_S;
        let when_s = match self.planned.back() {
            Some(last) if last.ends_s() >= now_s => last.ends_s(),
            _ => soon_s,
        };
        self.planned.push_back(Planned { when_s, from_s, to_s, speed });
        when_s
    }

    /// How much is planned from now on, in seconds of the clock.
    pub fn ahead_s(&self, now_s: f64) -> f64 {
        self.planned.back().map_or(0.0, |last| (last.ends_s() - now_s).max(0.0))
    }

    /// What sounds now, as a time in the recording; the last that sounded where nothing does, none before anything.
    /// What has ended before is forgotten.
    pub fn position_s(&mut self, now_s: f64) -> Option<f64> {
        while self.planned.get(1).is_some_and(|next| next.when_s <= now_s) {
            self.planned.pop_front();
        }
        let sounding = self.planned.front().filter(|planned| planned.when_s <= now_s)?;
        Some((sounding.from_s + (now_s - sounding.when_s) * sounding.speed).min(sounding.to_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() < 1e-9)
    }

    #[test]
    fn stretches_join_without_a_gap_at_any_speed() {
        let mut schedule = Schedule::default();
        let first = schedule.add(10.0, [3.0, 4.0], 0.5);
        assert!((first - 10.06).abs() < 1e-9);
        assert!((schedule.add(10.1, [4.0, 5.0], 0.5) - first - 2.0).abs() < 1e-9);
        assert!((schedule.add(10.2, [0.0, 0.5], 0.5) - first - 4.0).abs() < 1e-9);
        assert!((schedule.ahead_s(11.06) - 4.0).abs() < 1e-9);
    }

    #[test]
    fn the_position_follows_the_clock_through_a_loop() {
        let mut schedule = Schedule::default();
        assert_eq!(schedule.position_s(1.0), None);
        let first = schedule.add(1.0, [3.0, 4.0], 2.0);
        schedule.add(1.0, [1.0, 4.0], 2.0);
        assert_eq!(schedule.position_s(1.0), None, "it has not begun");
        assert!(near(schedule.position_s(first + 0.25), 3.5));
        assert!(near(schedule.position_s(first + 0.5), 1.0));
        assert!(near(schedule.position_s(first + 1.0), 2.0));
        assert!(near(schedule.position_s(first + 9.0), 4.0), "it has ended");
        assert_eq!(schedule.planned.len(), 1);
    }

    #[test]
    fn what_comes_too_late_begins_soon_and_the_position_waits_for_it() {
        let mut schedule = Schedule::default();
        let first = schedule.add(0.0, [0.0, 1.0], 1.0);
        let late = schedule.add(5.0, [1.0, 2.0], 1.0);
        assert!((late - 5.06).abs() < 1e-9);
        assert_eq!(schedule.ahead_s(9.0), 0.0);
        assert!(near(schedule.position_s(first + 3.0), 1.0) && near(schedule.position_s(late + 0.5), 1.5));
    }
}
