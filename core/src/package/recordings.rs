//! Which recordings a model was made with, as digests of their sound, so that whoever evaluates it on some of them is
//! warned.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Most recordings in a model file, 5.5 MB of text: more than any collection of heart sounds or scenes has, even in
/// recordings of one second.
pub const MOST_RECORDINGS: usize = 1 << 18;

/// Hexadecimal digits of a digest.
const DIGITS: usize = 16;
/// The same in the list of a model file.
const LISTED_DIGITS: usize = 8;

/// Digest of the sound of a recording: the first 64 bits of a SHA-256 over the sampling rate as a 32-bit number,
/// followed by the samples of the model's first downmix as 32-bit floats, both little-endian, of as many seconds as the
/// model processes.
///
/// It does not depend on the name of the file or, where the format is lossless, on its format. Among a million
/// recordings, two have the same digest with a probability of 3·10⁻⁸. As text it has 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest(u64);

impl Digest {
    /// The digest from the first eight bytes of the SHA-256.
    pub fn new(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:01$x}", self.0, DIGITS)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        hexadecimal(text, DIGITS).map(Self)
    }
}

/// A number in so many hexadecimal digits.
fn hexadecimal(text: &str, digits: usize) -> Result<u64> {
    let all = text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    u64::from_str_radix(text, 16).ok().filter(|_| all).ok_or_else(|| {
        let begins: String = text.chars().take(2 * DIGITS).collect();
        Error::invalid(format!("{begins:?} is no digest: expected {digits} digits 0-9 and a-f"))
    })
}

impl TryFrom<String> for Digest {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

/// The beginning of a [`Digest`], its first 32 bits, as a model file lists it: whole digests of thousands of recordings
/// would be half of the file. A recording that is not listed is taken for one of 4,000 that are with a probability of
/// 10⁻⁶. As text it has 8 hexadecimal digits; longer beginnings and whole digests, which earlier files have, are read too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Listed(u64);

impl From<Digest> for Listed {
    fn from(digest: Digest) -> Self {
        Self(digest.0 >> (4 * (DIGITS - LISTED_DIGITS)))
    }
}

impl From<Listed> for String {
    fn from(listed: Listed) -> Self {
        format!("{:01$x}", listed.0, LISTED_DIGITS)
    }
}

impl TryFrom<String> for Listed {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        let digits = text.len().clamp(LISTED_DIGITS, DIGITS);
        Ok(Self(hexadecimal(&text, digits)? >> (4 * (digits - LISTED_DIGITS))))
    }
}

/// The recordings that a model was made with, as its file lists them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recordings {
    /// Recordings it was trained on.
    pub trained: BTreeSet<Listed>,
    /// Recordings on which the epoch, the temperature or the threshold was chosen.
    pub chose: BTreeSet<Listed>,
    /// Recordings that were held out and only reported on.
    pub held_out: BTreeSet<Listed>,
}

/// For what a recording was used while a model was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Training.
    Trained,
    /// Choosing the epoch, the temperature or the threshold.
    Chose,
    /// Reporting only: it was held out.
    HeldOut,
}

impl Recordings {
    /// What a recording was used for; `None` where it is not listed. Of several uses, the one that makes results on it
    /// the most optimistic.
    pub fn part_of(&self, digest: Digest) -> Option<Part> {
        let parts =
            [(&self.trained, Part::Trained), (&self.chose, Part::Chose), (&self.held_out, Part::HeldOut)].into_iter();
        parts.filter(|(digests, _)| digests.contains(&digest.into())).map(|(_, part)| part).next()
    }

    /// The same list after something was also chosen on these recordings, as a calibration does. Recordings that were
    /// trained on stay listed as such.
    pub fn with_chosen_on(mut self, digests: impl IntoIterator<Item = Digest>) -> Self {
        for digest in digests.into_iter().map(Listed::from) {
            self.held_out.remove(&digest);
            if !self.trained.contains(&digest) {
                self.chose.insert(digest);
            }
        }
        self
    }

    /// Number of recordings in the list.
    pub fn len(&self) -> usize {
        self.trained.len() + self.chose.len() + self.held_out.len()
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Checks the length of the list.
    ///
    /// # Errors
    /// [`Error::Limit`] when there are more recordings than a model file may list.
    pub fn validate(&self) -> Result<()> {
        match self.len() {
            0..=MOST_RECORDINGS => Ok(()),
            more => Err(Error::limit(format!("{more} recordings are listed: at most {MOST_RECORDINGS}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of which the last digits say nothing.
    fn digest(number: u64) -> Digest {
        Digest(number << 32 | 77)
    }

    #[test]
    fn a_list_has_the_beginnings_of_digests_and_whole_ones_are_read() {
        let digest = Digest::new([0, 1, 0xab, 0xff, 4, 5, 6, 7]);
        let text = serde_json::to_string(&Listed::from(digest)).unwrap();
        assert_eq!(text, "\"0001abff\"");
        for text in [&*text, "\"0001abff04\"", "\"0001abff04050607\"", "\"0001abffffffffff\""] {
            assert_eq!(serde_json::from_str::<Listed>(text).unwrap(), digest.into());
        }
        let wrong =
            [("", 8), ("0001abf", 8), ("0001ABFF", 8), ("+001abff", 8), ("0001abé", 8), ("0001abff0405060708", 16)];
        for (wrong, digits) in wrong {
            let message = Listed::try_from(wrong.to_owned()).unwrap_err().to_string();
            assert!(message.contains(&format!("expected {digits} digits")), "{message}");
        }
    }

    #[test]
    fn digests_go_out_and_in_as_sixteen_digits() {
        let digest = Digest::new([0, 1, 0xab, 0xff, 4, 5, 6, 7]);
        assert_eq!(digest.to_string(), "0001abff04050607");
        let text = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), digest);
        for wrong in
            ["", "0001abff0405060", "0001abff040506070", "0001ABFF04050607", "+001abff04050607", "0001abff0405060é"]
        {
            let message = wrong.parse::<Digest>().unwrap_err().to_string();
            assert!(message.contains("expected 16 digits"), "{message}");
        }
    }

    #[test]
    fn a_recording_has_the_part_that_flatters_most() {
        let set = |numbers: &[u64]| numbers.iter().copied().map(digest).map(Listed::from).collect();
        let recordings = Recordings { trained: set(&[1, 2]), chose: set(&[2, 3]), held_out: set(&[3, 4]) };
        let part = |recordings: &Recordings, number| recordings.part_of(digest(number));
        let expected = [None, Some(Part::Trained), Some(Part::Trained), Some(Part::Chose), Some(Part::HeldOut)];
        assert_eq!([0, 1, 2, 3, 4].map(|number| part(&recordings, number)), expected);
        // Whoever calibrates on what was held out has nothing held out any more.
        let calibrated = recordings.with_chosen_on([1, 4, 5].map(digest));
        let expected = [Some(Part::Trained), Some(Part::Chose), Some(Part::Chose)];
        assert_eq!([1, 4, 5].map(|number| part(&calibrated, number)), expected);
        assert_eq!(serde_json::to_string(&Part::HeldOut).unwrap(), "\"held_out\"");
    }
}
