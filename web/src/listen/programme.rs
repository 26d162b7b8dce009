//! What is played of a recording.

use spectnet_core::audio::{Conditioning, Downmix, PIECE_SECONDS};
use spectnet_core::filterbank::{BankFilter, FilterParameters};

/// What is played of a recording. Equal ones sound equal.
#[derive(Clone, Debug, PartialEq)]
pub struct Programme {
    /// What is made of its channels.
    pub downmix: Downmix,
    /// How it is conditioned; none: as it is.
    pub conditioning: Option<Conditioning>,
    /// The filters that it goes through, conditioned; none: all of it is played.
    pub bank: Option<Bank>,
    /// What every frequency is raised by, in Hz, before it is played faster or slower; 0: nothing.
    pub raised_hz: f64,
    /// The factor of its samples; none: what brings each conditioned [piece](spectnet_core::audio::PIECE_SECONDS) to
    /// the level at which it is heard well.
    pub gain: Option<f64>,
}

/// Some filters, whichever they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Bank {
    /// Their centres and bandwidths.
    pub filters: Vec<FilterParameters>,
    /// The order of all of them.
    pub order: u32,
    /// Length of their impulse responses in samples.
    pub taps: usize,
    /// The rate of the signals that they take, in Hz.
    pub sample_rate: u32,
}

impl Bank {
    /// All of them as one filter.
    pub fn filter(&self) -> BankFilter {
        BankFilter::new(&self.filters, self.order, self.taps, self.sample_rate)
    }
}

/// Where the piece begins in which a second of a recording of this length lies, in seconds: pieces begin every minute,
/// and less than half a one at the end belongs to the piece before it.
pub fn piece_start_s(second: u64, length_s: f64) -> u64 {
    let piece_s = u64::from(PIECE_SECONDS);
    let start_s = second / piece_s * piece_s;
    let rest_s = length_s - start_s as f64;
    if rest_s < (piece_s / 2) as f64 { start_s.saturating_sub(piece_s) } else { start_s }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectnet_core::audio::{Pieces, Recording};

    #[test]
    fn pieces_begin_where_the_conditioning_cuts_them() {
        for length_s in [1, 59, 60, 89, 90, 119, 149, 150, 181, 300] {
            let recording = Recording::new(vec![0.1; 100 * length_s], 100).unwrap();
            let mut start_s = 0;
            for piece in Pieces::of(&recording, None).unwrap() {
                let ends_s = start_s + piece.unwrap().duration_s() as u64;
                for second in start_s..ends_s {
                    assert_eq!(piece_start_s(second, length_s as f64), start_s, "second {second} of {length_s}");
                }
                start_s = ends_s;
            }
            assert_eq!(start_s, length_s as u64);
        }
    }
}
