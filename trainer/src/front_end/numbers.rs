//! Numbers that are said at once: one for every filter, one for each, or those of a file.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::output::read_text;

/// What is written where a list of numbers cannot be read.
const EXPECTED: &str = "expected one number, several separated by commas, or @FILE";

/// As `100`, `50,100,150` or `@FILE`; in a configuration file as `100`, `[50, 100, 150]` or `"@FILE"`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Numbers {
    /// The same for every filter.
    One(f64),
    /// One for each filter, two or more.
    Each(Vec<f64>),
    /// One or more in a file.
    File(PathBuf),
}

impl Numbers {
    /// How many filters it speaks of; none where it is the same for every filter, or nobody has read the file.
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::Each(numbers) => Some(numbers.len()),
            Self::One(_) | Self::File(_) => None,
        }
    }

    /// The same numbers, without a file.
    ///
    /// # Errors
    /// A file that cannot be read, or that holds something else than numbers.
    pub fn read(self) -> Result<Self> {
        match self {
            Self::File(path) => parse_file(&read_text(&path)?).map_err(|error| error.at(path.display())),
            said => Ok(said),
        }
    }

    fn of(numbers: Vec<f64>) -> Option<Self> {
        match numbers.len() {
            0 => None,
            1 => Some(Self::One(numbers[0])),
            _ => Some(Self::Each(numbers)),
        }
    }
}

/// Numbers separated by commas, blanks or line ends; what follows a # is a remark.
fn parse_file(text: &str) -> Result<Numbers> {
    let mut numbers = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let said = line.split('#').next().unwrap_or_default();
        for word in said.split([',', ' ', '\t', '\r']).filter(|word| !word.is_empty()) {
            let number =
                word.parse::<f64>().map_err(|_| Error::input(format!("line {}: {word:?} is no number", index + 1)))?;
            numbers.push(number);
        }
    }
    Numbers::of(numbers).ok_or_else(|| Error::input("no numbers; expected one for each filter, one a line"))
}

impl FromStr for Numbers {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if let Some(path) = text.strip_prefix('@') {
            return if path.is_empty() { Err(EXPECTED.into()) } else { Ok(Self::File(Path::new(path).into())) };
        }
        let numbers = text.split(',').map(|number| number.trim().parse::<f64>().map_err(|_| EXPECTED.to_string()));
        numbers.collect::<std::result::Result<_, _>>().and_then(|numbers| Self::of(numbers).ok_or(EXPECTED.into()))
    }
}

/// What stands in a configuration file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number, a list of numbers, or \"@FILE\"")]
pub(super) enum Written {
    Number(f64),
    List(Vec<f64>),
    Text(String),
}

impl TryFrom<Written> for Numbers {
    type Error = String;

    fn try_from(written: Written) -> std::result::Result<Self, String> {
        match written {
            Written::Number(number) => Ok(Self::One(number)),
            Written::List(numbers) => Self::of(numbers).ok_or_else(|| EXPECTED.into()),
            Written::Text(text) => text.parse(),
        }
    }
}

impl From<Numbers> for Written {
    fn from(numbers: Numbers) -> Self {
        match numbers {
            Numbers::One(number) => Self::Number(number),
            Numbers::Each(numbers) => Self::List(numbers),
            Numbers::File(path) => Self::Text(format!("@{}", path.display())),
        }
    }
}

/// The parameter β: as [`Numbers`] in Hz; as a multiple of the auditory ERB, `erb` or `1.5erb`; or as near to so many Hz as the
/// form of the filters gets, `near 100`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Width {
    /// So many ERBs.
    Erb(f64),
    /// So many Hz, or what is nearest to them among what the form of the filters can start with.
    Near(f64),
    /// In Hz.
    Hz(Numbers),
}

impl Width {
    /// How many filters it speaks of, as [`Numbers::count`].
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::Hz(numbers) => numbers.count(),
            Self::Erb(_) | Self::Near(_) => None,
        }
    }

    /// The same, without a file.
    ///
    /// # Errors
    /// Those of [`Numbers::read`].
    pub fn read(self) -> Result<Self> {
        match self {
            Self::Hz(numbers) => numbers.read().map(Self::Hz),
            said @ (Self::Erb(_) | Self::Near(_)) => Ok(said),
        }
    }
}

impl FromStr for Width {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let expected = || format!("{EXPECTED}; or erb, a multiple of it as in 1.5erb, or near 100");
        if let Some(hz) = text.strip_prefix("near") {
            return hz.trim().parse().map(Self::Near).map_err(|_| expected());
        }
        match text.strip_suffix("erb").filter(|_| !text.starts_with('@')) {
            Some("") => Ok(Self::Erb(1.0)),
            Some(multiple) => multiple.trim().parse().map(Self::Erb).map_err(|_| expected()),
            None => text.parse().map(Self::Hz).map_err(|_: String| expected()),
        }
    }
}

impl TryFrom<Written> for Width {
    type Error = String;

    fn try_from(written: Written) -> std::result::Result<Self, String> {
        match written {
            Written::Text(text) => text.parse(),
            numbers => Numbers::try_from(numbers).map(Self::Hz),
        }
    }
}

impl From<Width> for Written {
    fn from(width: Width) -> Self {
        match width {
            Width::Erb(multiple) => Self::Text(format!("{multiple}erb")),
            Width::Near(hz) => Self::Text(format!("near {hz}")),
            Width::Hz(numbers) => numbers.into(),
        }
    }
}

/// Lowest and highest of something, as `25,400`; in a configuration file as `[25, 400]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Range(pub [f64; 2]);

impl FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let numbers =
            text.split_once(',').and_then(|(low, high)| Some([low.trim().parse().ok()?, high.trim().parse().ok()?]));
        numbers.map(Self).ok_or_else(|| "expected two numbers, as in 25,400".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_is_for_every_filter_and_several_are_one_for_each() {
        assert_eq!("100".parse(), Ok(Numbers::One(100.0)));
        assert_eq!("50, 100,150.5".parse(), Ok(Numbers::Each(vec![50.0, 100.0, 150.5])));
        assert_eq!("@a,b".parse(), Ok(Numbers::File("a,b".into())));
        for wrong in ["", "@", "50,", "high", "1;2"] {
            assert!(wrong.parse::<Numbers>().unwrap_err().contains("@FILE"), "{wrong:?}");
        }
    }

    #[test]
    fn widths_are_numbers_or_multiples_of_an_erb() {
        assert_eq!("erb".parse(), Ok(Width::Erb(1.0)));
        assert_eq!("0.5erb".parse(), Ok(Width::Erb(0.5)));
        assert_eq!("20,30".parse(), Ok(Width::Hz(Numbers::Each(vec![20.0, 30.0]))));
        assert_eq!("@my.erb".parse(), Ok(Width::Hz(Numbers::File("my.erb".into()))));
        assert_eq!("near 100.5".parse(), Ok(Width::Near(100.5)));
        for wrong in ["twoerb", "near", "near erb", "nearly 100"] {
            assert!(wrong.parse::<Width>().unwrap_err().contains("1.5erb, or near 100"), "{wrong}");
        }
    }

    #[test]
    fn a_file_has_numbers_however_they_are_separated() {
        assert_eq!(parse_file("# of the study\r\n50\r\n100, 150\n\n200 # last\n").unwrap().count(), Some(4));
        assert_eq!(parse_file("60\n").unwrap(), Numbers::One(60.0));
        assert_eq!(parse_file("50\nsixty\n").unwrap_err().to_string(), "line 2: \"sixty\" is no number");
        assert!(parse_file("# nothing\n").unwrap_err().to_string().contains("no numbers"));
    }
}
