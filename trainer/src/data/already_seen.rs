//! How many of some recordings a model was trained on or chosen with: on those it looks better than it is.

use serde::Serialize;
use spectnet_core::package::recordings::{Digest, Part, Recordings};

/// How many recordings a model was trained on, and how many chose something of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AlreadySeen {
    /// It was trained on them.
    pub trained: usize,
    /// They chose its epoch, temperature or threshold.
    pub chose: usize,
}

impl AlreadySeen {
    /// Counts the parts that recordings played.
    pub fn new(parts: impl IntoIterator<Item = Option<Part>>) -> Self {
        let mut seen = Self::default();
        for part in parts.into_iter().flatten() {
            match part {
                Part::Trained => seen.trained += 1,
                Part::Chose => seen.chose += 1,
                Part::HeldOut => {}
            }
        }
        seen
    }

    /// The same of these recordings; none where the model file lists no recordings.
    pub fn of(recordings: Option<&Recordings>, digests: impl IntoIterator<Item = Digest>) -> Option<Self> {
        recordings.map(|recordings| Self::new(digests.into_iter().map(|digest| recordings.part_of(digest))))
    }

    /// For people, of so many recordings; nothing where it has seen none.
    pub fn warning(self, count: usize) -> Option<String> {
        let seen = match self {
            Self { trained: 0, chose: 0 } => return None,
            Self { trained, chose: 0 } => format!("was trained on {trained}"),
            Self { trained: 0, chose } => format!("had its epoch or threshold chosen on {chose}"),
            Self { trained, chose } => {
                format!("was trained on {trained} and had its epoch or threshold chosen on {chose}")
            }
        };
        Some(format!("warning: of these {count} recordings the model {seen}; on those it looks better than it is"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_counted_and_said() {
        let parts = [Some(Part::Trained), None, Some(Part::Chose), Some(Part::HeldOut), Some(Part::Trained)];
        let seen = AlreadySeen::new(parts);
        assert_eq!(seen, AlreadySeen { trained: 2, chose: 1 });
        let warning = seen.warning(5).unwrap();
        assert!(warning.contains("of these 5 recordings the model was trained on 2 and had"), "{warning}");
        assert!(AlreadySeen { trained: 0, chose: 3 }.warning(4).unwrap().contains("threshold chosen on 3;"));
        assert_eq!(AlreadySeen::new([None, Some(Part::HeldOut)]).warning(2), None);
        assert_eq!(AlreadySeen::of(None, []), None);
        assert_eq!(AlreadySeen::of(Some(&Recordings::default()), [Digest::new([0; 8])]), Some(AlreadySeen::default()));
    }
}
