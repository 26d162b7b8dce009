//! What a model hears of a recording with several channels.
//!
//! The filterbank takes one signal. A recording of two microphones can be heard as their mean, or more than once: then
//! every downmix of it is conditioned and cut into windows by itself, and all windows vote together.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Most channels of a recording: more than any array of microphones in use has. Each may be judged by itself, at the cost of
/// reading the recording once more.
pub const MOST_CHANNELS: usize = 256;

/// Refuses a number of channels that no recording has.
pub(crate) fn check_count(channels: usize) -> Result<()> {
    match channels {
        0 => Err(Error::invalid("the recording has 0 channels; expected at least 1")),
        1..=MOST_CHANNELS => Ok(()),
        _ => Err(Error::limit(format!("the recording has {channels} channels; at most {MOST_CHANNELS} are read"))),
    }
}

/// How the channels of a recording are heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channels {
    /// Their mean.
    #[default]
    Mean,
    /// Two channels as mid (their mean) and side (half their difference), which holds what differs between the microphones.
    /// Other numbers of channels are heard as their mean.
    MidSide,
    /// Every channel by itself.
    Separate,
}

impl Channels {
    /// The downmixes of a recording with `count` channels: at least one.
    pub fn downmixes(self, count: usize) -> Vec<Downmix> {
        match (self, count) {
            (Self::MidSide, 2) => vec![Downmix::Mean, Downmix::Side],
            (Self::Separate, 2..) => (0..count).map(Downmix::Channel).collect(),
            _ => vec![Downmix::Mean],
        }
    }
}

/// Which channels a person wants judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelChoice {
    /// As the model's file says, or in another of these ways.
    All(Channels),
    /// One, counted from 0.
    One(usize),
}

impl ChannelChoice {
    /// The downmixes of a recording with `count` channels: at least one.
    ///
    /// # Errors
    /// A channel that it does not have.
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
    type Err = String;

    /// `mean`, `mid-side`, `separate`, or the number of a channel, counted from 1.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "mean" => Ok(Self::All(Channels::Mean)),
            "mid-side" => Ok(Self::All(Channels::MidSide)),
            "separate" => Ok(Self::All(Channels::Separate)),
            _ => match text.parse() {
                Ok(number @ 1..=MOST_CHANNELS) => Ok(Self::One(number - 1)),
                _ => Err(format!(
                    "expected mean, separate, mid-side or the number of a channel from 1 to {MOST_CHANNELS}"
                )),
            },
        }
    }
}

/// One signal made of the channels of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Downmix {
    /// The mean of all channels.
    #[default]
    Mean,
    /// Half the difference of the first and the second channel.
    Side,
    /// One channel, counted from 0.
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
    /// This downmix of interleaved frames of `channels` samples: one sample a frame.
    ///
    /// # Errors
    /// No channels, too few for this downmix, or an incomplete last frame.
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
    fn views_follow_the_number_of_channels() {
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
