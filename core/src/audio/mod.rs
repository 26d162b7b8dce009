//! Sound on its way to the filterbank: bytes → recording → pieces → conditioned pieces → windows.

mod channels;
mod condition;
mod filter;
mod pieces;
mod recording;
mod resample;
mod riff;
mod sounding;
mod spikes;
mod wav;
mod window;

pub use channels::{Channels, View};
pub use condition::{Conditioned, Conditioning};
pub use pieces::{PIECE_SECONDS, PieceCutter, Pieces};
pub use recording::{MAX_RATE, MAX_SAMPLES, MIN_RATE, Recording};
pub use resample::resample;
pub use riff::WavScan;
pub use spikes::SpikeRule;
pub use wav::{WavSound, read_wav, write_wav, write_wav_channels};
pub use window::{Span, Windowing};

pub(crate) use filter::{filter, high_pass, low_pass, zero_phase};
pub(crate) use recording::{check_length, check_rate};
pub(crate) use sounding::{clipped, is_noise_floor, stretches};
