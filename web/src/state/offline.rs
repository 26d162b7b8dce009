//! The page as a program that stays on the device: when a new version of it is ready.

use super::{Effect, State};

/// What is known of newer versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offline {
    /// Whether a new version is on the device and waits for the page to be loaded again.
    pub new_version: bool,
}

/// What can happen to the page as a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A new version is ready.
    NewVersion,
    /// A person wants it.
    ReloadAsked,
}

/// Tells of a new version; it is taken only when a person says so, for a reload drops the recording at hand.
pub(super) fn apply(state: &mut State, event: Event, todo: &mut Vec<Effect>) {
    match event {
        Event::NewVersion => state.offline.new_version = true,
        Event::ReloadAsked => todo.extend(state.offline.new_version.then_some(Effect::LoadNewVersion)),
    }
}
