//! What a person made of the filters of the model in use.

use std::collections::BTreeMap;

/// The filters that a person moved or switched off.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Adjust {
    /// What was made of them, by their place in the bank; empty where the bank is as it was learned.
    pub changes: BTreeMap<usize, Change>,
}

/// What a person made of a filter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Centre frequency in Hz.
    pub centre_hz: f64,
    /// Bandwidth β in Hz.
    pub bandwidth_hz: f64,
    /// Whether it is switched on.
    pub on: bool,
}

/// A person adjusts the bank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// A filter was moved.
    Moved {
        /// Its place in the bank.
        filter: usize,
        /// Its centre frequency in Hz.
        centre_hz: f64,
        /// Its bandwidth β in Hz.
        bandwidth_hz: f64,
    },
    /// A filter was switched on or off.
    Switched {
        /// Its place in the bank.
        filter: usize,
        /// Whether it is on.
        on: bool,
    },
    /// The bank is to be as it was learned.
    Reset,
}
