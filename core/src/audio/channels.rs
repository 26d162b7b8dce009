//! How the channels of a recording become the signals that a model processes.
//!
//! The filterbank takes one signal. A recording of several channels is mixed down to one signal, their mean, or to
//! several. Then each downmix is conditioned and cut into windows by itself, and the windows of all downmixes vote
//! together.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Most channels of a recording: more than any microphone array in use has. Each downmix costs another pass over the
/// recording.
pub const MOST_CHANNELS: usize = 256;

/// Refuses 0 channels and more than [`MOST_CHANNELS`].
pub(crate) fn check_count(channels: usize) -> Result<()> {
    match channels {
        0 => Err(Error::invalid("the recording has 0 channels; expected at least 1")),
        1..=MOST_CHANNELS => Ok(()),
        _ => Err(Error::limit(format!("the recording has {channels} channels; at most {MOST_CHANNELS} are read"))),
    }
}

/// Which downmixes of a recording a model processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channels {
    /// The mean of all channels: one downmix.
    #[default]
    Mean,
    /// Of two channels the mid (their mean) and the side (half their difference): two downmixes. Of any other number of
    /// channels their mean.
    MidSide,
    /// Each channel by itself: as many downmixes as channels.
    Separate,
}

impl Channels {
    /// The downmixes of a recording with `count` channels, at least one.
    pub fn downmixes(self, count: usize) -> Vec<Downmix> {
        match (self, count) {
            (Self::MidSide, 2) => vec![Downmix::Mean, Downmix::Side],
            (Self::Separate, 2..) => (0..count).map(Downmix::Channel).collect(),
            _ => vec![Downmix::Mean],
        }
    }
}

/// Which channels of one recording to process, as asked for by a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelChoice {
    /// All of them, mixed down in this way, whatever the model file says.
    All(Channels),
    /// Only this channel, counted from 0.
    One(usize),
}

impl ChannelChoice {
    /// The downmixes of a recording with `count` channels, at least one.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a channel that the recording does not have.
    pub fn downmixes(self, count: usize) -> Result<Vec<Downmix>> {
        match self {
            Self::All(channels) => Ok(channels.downmixes(count)),
            Self::One(channel) if channel < count => Ok(vec![Downmix::Channel(channel)]),
            Self::One(channel) => {
                let plural = if count == 1 { "" } else { "s" };
                Err(Error::invalid(format!(
                    "the recording has {count} channel{plural}: there is no channel {}",
                    channel + 1
                )))
            }
        }
    }
}

impl std::str::FromStr for ChannelChoice {
    type Err = Error;

    /// Reads `mean`, `mid-side`, `separate`, or the number of a channel, counted from 1 as people do; anything else is
    /// [`Error::Invalid`].
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "mean" => Ok(Self::All(Channels::Mean)),
            "mid-side" => Ok(Self::All(Channels::MidSide)),
            "separate" => Ok(Self::All(Channels::Separate)),
            _ => match text.parse() {
                Ok(number @ 1..=MOST_CHANNELS) => Ok(Self::One(number - 1)),
                _ => Err(Error::invalid(format!(
                    "expected mean, separate, mid-side or the number of a channel from 1 to {MOST_CHANNELS}"
                ))),
            },
        }
    }
}

/// How one signal is made of the channels of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Downmix {
    /// The mean of all channels.
    #[default]
    Mean,
    /// Half the difference of the first and the second channel: (first − second) / 2.
    Side,
    /// One channel as it is, counted from 0.
    Channel(usize),
}

impl fmt::Display for Downmix {
    /// `mean`, `side`, `channel 1`: people count from 1.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Mean => write!(f, "mean"),
            Self::Side => write!(f, "side"),
            Self::Channel(channel) => write!(f, "channel {}", channel + 1),
        }
    }
}

impl Downmix {
    /// Mixes interleaved frames of `channels` samples down to one sample a frame.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no channels, too few for this downmix, or an incomplete last frame; [`Error::Limit`] for
    /// more than [`MOST_CHANNELS`].
    pub fn of(self, samples: &[f32], channels: usize) -> Result<Vec<f32>> {
        check_count(channels)?;
        if !samples.len().is_multiple_of(channels) {
            return Err(Error::invalid(format!(
                "{} samples do not divide into {channels} channels; the last frame is incomplete",
                samples.len()
            )));
        }
        let needed = match self {
            Self::Mean => 1,
            Self::Side => 2,
            Self::Channel(channel) => channel.saturating_add(1),
        };
        if channels < needed {
            return Err(Error::invalid(format!("the recording has no {self}: it has {channels} channels")));
        }
        // In f64 so that neither many channels nor large values overflow or lose the sum.
        let scale = 1.0 / channels as f64;
        let sample = |frame: &[f32]| match self {
            Self::Mean => (frame.iter().map(|&s| f64::from(s)).sum::<f64>() * scale) as f32,
            Self::Side => ((f64::from(frame[0]) - f64::from(frame[1])) / 2.0) as f32,
            Self::Channel(channel) => frame[channel],
        };
        Ok(samples.chunks_exact(channels).map(sample).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn downmixes_follow_the_number_of_channels() {
        let [mean, mid_side, separate] = [Channels::Mean, Channels::MidSide, Channels::Separate];
        for channels in [mean, mid_side, separate] {
            assert_eq!(channels.downmixes(1), [Downmix::Mean]);
            assert_eq!(channels.downmixes(0), [Downmix::Mean]);
        }
        assert_eq!(mean.downmixes(2), [Downmix::Mean]);
        assert_eq!(mid_side.downmixes(2), [Downmix::Mean, Downmix::Side]);
        assert_eq!(mid_side.downmixes(6), [Downmix::Mean]);
        assert_eq!(separate.downmixes(3), [0, 1, 2].map(Downmix::Channel));
    }

    #[test]
    fn mid_and_side_hold_both_channels() {
        let frames = [0.5, -0.25, 1.0, 1.0, f32::MAX, -f32::MAX];
        let [mid, side] = [Downmix::Mean, Downmix::Side].map(|downmix| downmix.of(&frames, 2).unwrap());
        for (frame, (mid, side)) in frames.chunks_exact(2).zip(mid.iter().zip(&side)) {
            assert_eq!([mid + side, mid - side], frame);
        }
        assert_eq!(Downmix::Channel(1).of(&frames, 2).unwrap(), [-0.25, 1.0, -f32::MAX]);
        assert_eq!(Downmix::Mean.of(&[0.0, 0.5, 1.0], 3).unwrap(), [0.5]);
    }

    #[test]
    fn a_channel_is_chosen_by_its_number_from_one_on() {
        let choice = |text: &str| text.parse::<ChannelChoice>();
        assert_eq!(choice("2").unwrap().downmixes(2).unwrap(), [Downmix::Channel(1)]);
        assert_eq!(choice("separate").unwrap().downmixes(2).unwrap(), [0, 1].map(Downmix::Channel));
        assert_eq!(choice("mean").unwrap().downmixes(2).unwrap(), [Downmix::Mean]);
        assert!(
            choice("3").unwrap().downmixes(2).unwrap_err().to_string().contains("2 channels: there is no channel 3")
        );
        assert!(["0", "-1", "257", "left", ""].iter().all(|text| choice(text).is_err()));
    }

    #[test]
    fn what_is_not_there_is_refused() {
        let reason =
            |downmix: Downmix, samples: &[f32], channels| downmix.of(samples, channels).unwrap_err().to_string();
        assert!(reason(Downmix::Mean, &[0.0], 0).contains("0 channels"));
        assert!(reason(Downmix::Mean, &[0.0; 3], 2).contains("do not divide into 2 channels"));
        assert!(reason(Downmix::Side, &[0.0], 1).contains("no side: it has 1 channels"));
        assert!(reason(Downmix::Channel(2), &[0.0; 4], 2).contains("no channel 3"));
        assert!(reason(Downmix::Channel(usize::MAX), &[0.0; 2], 2).contains("no channel"));
    }
}
