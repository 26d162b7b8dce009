//! Sound on its way to the filterbank: bytes → recording → conditioned recording → windows.

mod condition;
mod filter;
mod recording;
mod resample;
mod riff;
mod spikes;
mod wav;
mod window;

pub use condition::Conditioning;
pub use recording::{MAX_RATE, MAX_SAMPLES, MIN_RATE, Recording};
pub use resample::resample;
pub use wav::{read_wav, write_wav};
pub use window::{Span, Windowing};

pub(crate) use filter::{filter, high_pass, low_pass};
pub(crate) use recording::{check_length, check_rate};
