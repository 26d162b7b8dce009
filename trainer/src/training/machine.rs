//! Where and when a run is made: what its files say of the machine.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Longest name of a machine that is taken: DNS allows no more.
const MOST_NAME: usize = 253;

/// Name of this machine; `unknown` where the system does not say.
pub fn host() -> String {
    let files = ["/proc/sys/kernel/hostname", "/etc/hostname"].into_iter().filter_map(first_line);
    let variables = ["HOSTNAME", "COMPUTERNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    let name = files.chain(variables).find(|name| !name.trim().is_empty());
    name.map_or_else(|| "unknown".into(), |name| name.trim().chars().take(MOST_NAME).collect())
}

/// The driver of the NVIDIA card, in its own words; none where there is none.
pub fn driver() -> Option<String> {
    first_line("/proc/driver/nvidia/version")
}

fn first_line(path: &str) -> Option<String> {
    let text = fs::read_to_string(Path::new(path)).ok()?;
    text.lines().next().map(|line| line.trim().to_owned())
}

/// Date and time in UTC, as in `2026-03-01T12:30:05Z`.
pub fn now() -> String {
    date(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// So many seconds after the beginning of 1970, in the Gregorian calendar.
fn date(seconds: u64) -> String {
    let (mut day, rest) = (seconds / 86_400, seconds % 86_400);
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while day >= 365 + u64::from(is_leap(year)) {
        day -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", day + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // Of `date --utc --date=@SECONDS`.
        let known = [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_735_689_600, "2025-01-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ];
        for (seconds, expected) in known {
            assert_eq!(date(seconds), expected);
        }
    }

    #[test]
    fn a_machine_has_a_name_of_one_line() {
        assert!(!host().is_empty() && !host().contains('\n'));
    }
}
