//! A share of the runs of a table.

use std::fmt;
use std::str::FromStr;

/// More shares than any table has runs.
const MOST: usize = 100_000;

/// The share `I` of `N`, from 1: every N-th run, beginning with the I-th.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// Whether the run of this number, from 0, is in it.
    pub fn has(self, number: usize) -> bool {
        number % self.count + 1 == self.index
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((index, count)) if (1..=MOST).contains(&count) && (1..=count).contains(&index) => {
                Ok(Self { index, count })
            }
            _ => Err(format!("{text:?} is no share; expected I/N with I from 1 to N, as in 3/8")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_is_in_one_share() {
        let shards: Vec<Shard> = (1..=3).map(|index| format!("{index}/3").parse().unwrap()).collect();
        for number in 0..10 {
            assert_eq!(shards.iter().filter(|shard| shard.has(number)).count(), 1);
        }
        assert_eq!((0..7).filter(|number| shards[1].has(*number)).collect::<Vec<_>>(), [1, 4]);
        assert_eq!(shards[2].to_string(), "3/3");
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for wrong in ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/3", "1/1000000"] {
            assert!(wrong.parse::<Shard>().unwrap_err().contains("as in 3/8"), "{wrong}");
        }
    }
}
