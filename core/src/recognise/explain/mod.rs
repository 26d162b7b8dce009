//! Why a model says what it says of a recording: how much every filter, every phase of the heart cycle and every moment
//! moved the log-odds of a class.
//!
//! - the linear model on states: **exact**. The logits are sums, so weight × (feature − its mean over the training
//!   data) is what a feature adds, and all of them with the logits of the mean make the logits
//! - networks: **gradient × input** (Shrikumar, Greenside, Shcherbina & Kundaje 2016): how the log-odds change with
//!   every value of the scaled image, times its distance from the reference
//! - both: the probability **without a filter**, whose features or levels are put to the reference (occlusion: Zeiler
//!   & Fergus 2014), and the **second** that speaks most for the class
//!
//! ```text
//! Explaining::new(package)  ─▶ take(session, batch, images) for every batch of a session
//!                           ─▶ work(class, most) in steps, until nothing waits
//!                           ─▶ explanation(class, prediction, decision)
//! ```
//!
//! `docs/EXPLAIN.md` has the formulas and says what the reference is.

mod bands;
mod explaining;
mod explanation;
mod gather;
mod linear;
mod log_odds;
mod method;
mod over_time;
mod rounding;
#[cfg(test)]
mod tests;
mod words;

pub use bands::phase_names;
pub use explaining::Explaining;
pub use explanation::{Explanation, FilterPart, How, Phases, WindowPart};
pub use over_time::{OverTime, Telling};
