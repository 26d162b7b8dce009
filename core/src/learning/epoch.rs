//! How long an epoch is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Most windows in an epoch where nothing else is asked for, so that a large dataset is validated often enough to find the best
/// epoch.
const MOST_WINDOWS: u32 = 4096;
const LARGEST_GROUP: &str = "largest-group";

/// Windows of an epoch: a number as in `4096`, or `largest-group`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "LengthText", into = "LengthText")]
pub enum EpochLength {
    /// As many as there are, but at most so many: 1 or more.
    AtMost(u32),
    /// As many as it takes to go through the largest class × subset once, while the others come as often.
    LargestGroup,
}

impl Default for EpochLength {
    fn default() -> Self {
        Self::AtMost(MOST_WINDOWS)
    }
}

impl EpochLength {
    /// Windows of an epoch over classes × subsets that have so many windows each.
    pub fn windows(self, groups: &[usize]) -> usize {
        match self {
            Self::AtMost(most) => groups.iter().sum::<usize>().min(most as usize),
            Self::LargestGroup => groups.len() * groups.iter().copied().max().unwrap_or(0),
        }
    }

    /// Batches of `batch` windows in such an epoch: at least one.
    pub fn batches(self, groups: &[usize], batch: usize) -> u64 {
        self.windows(groups).div_ceil(batch.max(1)).max(1) as u64
    }
}

impl FromStr for EpochLength {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == LARGEST_GROUP {
            return Ok(Self::LargestGroup);
        }
        let most = text.trim().parse::<u32>().ok().filter(|most| *most > 0);
        most.map(Self::AtMost)
            .ok_or_else(|| format!("{text:?} is no length of an epoch: expected 1 window or more, or {LARGEST_GROUP}"))
    }
}

impl fmt::Display for EpochLength {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "{most}"),
            Self::LargestGroup => f.write_str(LARGEST_GROUP),
        }
    }
}

/// As it stands in a configuration file.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number of windows, or \"largest-group\"")]
enum LengthText {
    Windows(u32),
    Text(String),
}

impl TryFrom<LengthText> for EpochLength {
    type Error = String;

    fn try_from(text: LengthText) -> Result<Self, String> {
        match text {
            LengthText::Windows(most) => most.to_string().parse(),
            LengthText::Text(text) => text.parse(),
        }
    }
}

impl From<EpochLength> for LengthText {
    fn from(length: EpochLength) -> Self {
        match length {
            EpochLength::AtMost(most) => Self::Windows(most),
            EpochLength::LargestGroup => Self::Text(length.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_has_a_batch_and_no_more_than_its_windows_fill() {
        let usual = EpochLength::default();
        let cases = [(0, 64), (64, 64), (65, 64), (9_999_999, 64), (10, 0)];
        assert_eq!(cases.map(|(all, of)| usual.batches(&[all], of)), [1, 1, 2, 64, 10]);
        assert_eq!(usual.batches(&[30, 30, 40], 10), 10);
        assert_eq!(EpochLength::AtMost(50).batches(&[30, 30, 40], 10), 5);
        assert_eq!(EpochLength::AtMost(50_000).batches(&[30, 30, 40], 10), 10);
    }

    #[test]
    fn an_epoch_of_the_largest_group_has_as_many_windows_of_each() {
        let largest = EpochLength::LargestGroup;
        assert_eq!((largest.windows(&[]), largest.batches(&[], 8)), (0, 1));
        assert_eq!(largest.windows(&[3, 10, 5]), 30);
        assert_eq!(largest.batches(&[3, 10, 5], 7), 5);
        // As published: of twelve groups eight windows each in a batch.
        let mut published = [1000; 12];
        published[7] = 55_200;
        assert_eq!(largest.batches(&published, 96), 6900);
    }

    #[test]
    fn lengths_read_as_they_are_written() {
        for text in ["1", "4096", "4294967295", "largest-group"] {
            assert_eq!(text.parse::<EpochLength>().unwrap().to_string(), text);
        }
        for text in ["", "0", "-1", "1.5", "4294967296", "largest", "all"] {
            assert!(text.parse::<EpochLength>().is_err_and(|why| why.contains("is no length of an epoch")), "{text}");
        }
        for (length, expected) in [(EpochLength::AtMost(7), "7"), (EpochLength::LargestGroup, "\"largest-group\"")] {
            let json = serde_json::to_string(&length).unwrap();
            assert_eq!(json, expected);
            assert_eq!(serde_json::from_str::<EpochLength>(&json).unwrap(), length);
        }
        assert!(serde_json::from_str::<EpochLength>("0").is_err());
    }
}
