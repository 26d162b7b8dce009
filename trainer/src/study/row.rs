//! A row of a table, by the name that the command line, the files and the report use.

use std::fmt;
use std::str::FromStr;

/// How rows are called, and what is trained for them; N is the number of filters or bands.
pub const NAMES: [(&str, &str); 8] = [
    ("majority", "the commonest class of the recording's subset"),
    ("spectrum", "logistic regression on the mean spectrum of the recording"),
    ("mfcc", "logistic regression on mean and deviation of MFCCs over the recording"),
    ("logmel-N", "a log-mel spectrogram of N bands before the network"),
    ("cnn-1d-N", "N filters that keep their start values before two convolutions over their outputs (heart)"),
    ("cnn-2d-N", "N filters that keep their start values before two convolutions over their image"),
    ("static-N", "N filters that keep their start values before the network"),
    ("learnable-N", "N filters that are trained with the network"),
];

/// What is trained for a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Row {
    /// The commonest class of the recording's subset.
    Majority,
    /// The mean spectrum of the recording, logistic regression.
    Spectrum,
    /// Mean and deviation of MFCCs over the recording, logistic regression.
    Mfcc,
    /// A log-mel spectrogram of so many bands before the same network.
    LogMel(usize),
    /// So many filters that keep their start values before two convolutions over their outputs.
    Cnn1d(usize),
    /// So many filters that keep their start values before two convolutions over their image.
    Cnn2d(usize),
    /// So many filters that keep their start values.
    Static(usize),
    /// So many filters that are trained.
    Learnable(usize),
}

impl Row {
    /// Filters or bands before the network, where there is one: none for the [baselines](super::baselines).
    pub fn filters(self) -> Option<usize> {
        match self {
            Self::Majority | Self::Spectrum | Self::Mfcc => None,
            Self::LogMel(filters)
            | Self::Cnn1d(filters)
            | Self::Cnn2d(filters)
            | Self::Static(filters)
            | Self::Learnable(filters) => Some(filters),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Majority => write!(f, "majority"),
            Self::Spectrum => write!(f, "spectrum"),
            Self::Mfcc => write!(f, "mfcc"),
            Self::LogMel(filters) => write!(f, "logmel-{filters}"),
            Self::Cnn1d(filters) => write!(f, "cnn-1d-{filters}"),
            Self::Cnn2d(filters) => write!(f, "cnn-2d-{filters}"),
            Self::Static(filters) => write!(f, "static-{filters}"),
            Self::Learnable(filters) => write!(f, "learnable-{filters}"),
        }
    }
}

impl FromStr for Row {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            let [names @ .., (last, _)] = NAMES;
            let names = names.map(|(name, _)| name).join(", ");
            format!("{text:?} is no row; expected {names} or {last}, as in learnable-46")
        };
        match text {
            "majority" => return Ok(Self::Majority),
            "spectrum" => return Ok(Self::Spectrum),
            "mfcc" => return Ok(Self::Mfcc),
            _ => {}
        }
        let (kind, filters) = text.rsplit_once('-').ok_or_else(wrong)?;
        let filters = filters.parse().ok().filter(|filters| (1..=4096).contains(filters)).ok_or_else(wrong)?;
        match kind {
            "logmel" => Ok(Self::LogMel(filters)),
            "cnn-1d" => Ok(Self::Cnn1d(filters)),
            "cnn-2d" => Ok(Self::Cnn2d(filters)),
            "static" => Ok(Self::Static(filters)),
            "learnable" => Ok(Self::Learnable(filters)),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_out_and_in() {
        let networks = [Row::LogMel(40), Row::Cnn1d(4), Row::Cnn2d(4), Row::Static(149), Row::Learnable(46)];
        for row in [Row::Majority, Row::Spectrum, Row::Mfcc].into_iter().chain(networks) {
            assert_eq!(row.to_string().parse(), Ok(row));
        }
        for (name, _) in NAMES {
            assert!(name.replace("-N", "-4").parse::<Row>().is_ok(), "{name}");
        }
        for wrong in ["", "static", "static-", "static-0", "static-9999", "learned-46", "mfcc-3"] {
            assert!(wrong.parse::<Row>().is_err(), "{wrong:?}");
        }
    }
}
