//! The ways to change a training window, by their names on the command line and in files.

use serde::{Deserialize, Serialize};

/// One way to change a training window. What stands here is what `--augment-strength 1` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Augmentation {
    /// Level changed by up to 6 dB either way.
    Gain,
    /// Noise of a random band added at 5 to 30 dB below the window.
    Noise,
    /// Some neighbouring frames and some neighbouring filters of the image blanked (SpecAugment; Park et al. 2019).
    Masks,
    /// A window of the same subset added, labels shared out by weight (mixup; Zhang et al. 2018).
    Mixing,
    /// Played faster or slower, and so higher or lower, by up to a quarter of an octave.
    Speed,
    /// As if recorded by another microphone: levels changed by up to 8 dB, smoothly over the filters.
    Equaliser,
}

impl Augmentation {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Gain, Self::Noise, Self::Masks, Self::Mixing, Self::Speed, Self::Equaliser];

    /// Its name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gain => "gain",
            Self::Noise => "noise",
            Self::Masks => "masks",
            Self::Mixing => "mixing",
            Self::Speed => "speed",
            Self::Equaliser => "equaliser",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_same_names() {
        for way in Augmentation::ALL {
            assert_eq!(serde_json::to_value(way).unwrap(), way.name());
        }
    }
}
