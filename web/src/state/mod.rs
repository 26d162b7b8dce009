//! What the page knows, and what happens next: plain data and one pure function.
//!
//! [`update()`] takes the [`State`] and an [`Event`] and gives the next state with the [`Effect`]s that it wants. Effects
//! run elsewhere and answer with events. Nothing in here touches a browser, so that every sequence of events has an
//! ordinary test.
//!
//! What takes time is asked for under a [`Ticket`], and its answers carry that ticket. Whatever takes its place gets
//! another one: an answer whose ticket is no longer in the state is too late and changes nothing.

pub mod adjust;
mod announcement;
pub mod axis;
pub mod bank;
pub mod control;
mod controlling;
mod deciding;
mod effect;
mod event;
mod filters;
mod handle;
mod input;
mod installing;
pub mod learn;
pub mod many;
pub mod microphone;
mod model;
pub mod offline;
mod opening;
mod page;
pub mod player;
mod rest;
mod running;
pub mod share;
mod source;
mod status;
#[cfg(test)]
mod tests;
pub mod theme;
mod ticket;
mod timeline;
mod update;
pub mod why;

pub use control::{Control, DeviceChoice, Trouble};
pub use effect::{Effect, Options};
pub use event::{Event, GivenFile, Judged, ModelFile, Move, OpenedRecording, Step, Warm};
pub use handle::Handle;
pub use input::{Input, Recording, Run};
pub use model::{Backend, Model, Opening};
pub use page::State;
pub use player::Player;
pub use rest::Rest;
pub use source::{Origin, RecordingSource, Source};
pub use status::{Phase, Progress, Status};
pub use ticket::Ticket;
pub use timeline::Timeline;
pub use update::update;
