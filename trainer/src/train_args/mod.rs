//! The arguments of `spectnet train`: flags over a configuration file over defaults.
//!
//! - [`flags`]: the flags, on the command line or in a file
//! - [`names`]: the choices among them; [`recipe_names`]: those of how a model is trained
//! - [`config`]: a configuration file under the flags
//! - [`start`]: a model file that says what the flags then must not
//! - [`defaults`]: what holds where nothing is said
//! - [`check`]: ranges, and what does not go together
//! - [`recipe`]: the same for how a model is trained
//! - [`resolve`]: from what was said to [`settings`], which is what a run needs to know
//! - [`complete`]: from what was said to all settings, as a configuration file
//! - [`lists`]: lists of names
//! - [`origins`]: where settings stand in their file
//! - [`nearest`]: what somebody may have meant

mod check;
mod complete;
mod config;
mod defaults;
mod flags;
mod lists;
mod names;
mod nearest;
mod origins;
mod recipe;
mod recipe_names;
mod resolve;
mod settings;
mod start;
#[cfg(test)]
mod tests;

pub use check::check_waves;
pub use flags::{DATA, SETTLED, TrainFlags};
pub use names::Protocol;
pub use settings::TrainArgs;
pub use start::StartModel;
