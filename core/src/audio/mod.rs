//! From the bytes of a file to windows for the filterbank: bytes → recording → pieces → conditioned pieces → windows.

mod agreement;
#[cfg(feature = "decoder")]
mod caf;
mod channels;
mod condition;
#[cfg(feature = "decoder")]
mod decoder;
mod file_kind;
mod filter;
#[cfg(feature = "decoder")]
mod formats;
mod pieces;
mod raise;
mod recording;
mod resample;
mod riff;
mod sounding;
mod spikes;
mod wav;
mod wav_format;
mod wav_sound;
mod window;

pub use agreement::Agreement;
pub use channels::{ChannelChoice, Channels, Downmix, MOST_CHANNELS};
pub use condition::{Conditioned, Conditioning};
#[cfg(feature = "decoder")]
pub use decoder::Decoder;
pub use file_kind::{check_head, needs_aac, tag_length};
#[cfg(feature = "decoder")]
pub use formats::Formats;
pub use pieces::{PIECE_SECONDS, PieceCutter, Pieces};
pub use raise::raise;
pub use recording::{MAX_RATE, MAX_SAMPLES, MIN_RATE, Recording};
pub use resample::resample;
pub use riff::{WavScan, is_wav};
pub use spikes::SpikeRule;
/// What a [`Decoder`] reads from: a file or bytes in memory that can be read from any offset.
#[cfg(feature = "decoder")]
pub use symphonia::core::io::MediaSource;
pub use wav::{read_wav, write_wav, write_wav_channels};
pub use wav_sound::WavSound;
pub use window::{Window, Windowing};

pub(crate) use filter::{filter, high_pass, low_pass, zero_phase, zero_phase_abreast};
pub(crate) use recording::{check_length, check_rate};
pub(crate) use sounding::{clipped, is_noise_floor, stretches};
