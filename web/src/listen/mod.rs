//! What comes out of the loudspeaker: which signal, how loud, and when. Plain numbers; `effects` hands them to the
//! browser.
//!
//! - [`Programme`]: what is played of a recording
//! - [`chunk()`]: a few seconds of it at the rate of the loudspeaker
//! - [`Course`], [`Schedule`]: which part comes next, and what sounds at a moment
//! - [`level`]: loud enough, and never louder than full scale

mod chunk;
mod course;
pub mod level;
mod programme;
mod schedule;

pub use chunk::{CHUNK_S, MARGIN_S, Material, chunk};
pub use course::{Course, Stretch};
pub use programme::{Bank, Programme, piece_start_s};
pub use schedule::Schedule;
