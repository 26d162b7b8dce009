//! Where models and recordings come from.

use spectnet_core::text::plain;

use super::{GivenFile, Handle, Ticket};
use crate::example::{Recorded, Synthesised};
use crate::menu::{self, Entry};

/// A model that the menu offers.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// What the menu calls it.
    pub name: String,
    /// Whether it comes with the page.
    pub shipped: bool,
    /// Where its bytes are.
    pub origin: Origin,
}

/// Where the bytes of a model are.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// At an address; one without scheme is relative to the page.
    Address(String),
    /// In a file of the person who uses the page.
    File(Handle),
    /// It was learned on this page.
    Learned {
        /// What tells it from what was learned another time.
        run: Ticket,
        /// Its bytes.
        bytes: Handle,
    },
}

impl Source {
    /// A model that comes with the page.
    pub fn shipped(Entry { file, name }: Entry) -> Self {
        Self { name, shipped: true, origin: Origin::Address(format!("weights/{file}")) }
    }

    /// The model that is usually shipped first, where the list of them cannot be had.
    pub fn usual() -> Self {
        Self {
            name: "Heart sounds".into(),
            shipped: false,
            origin: Origin::Address("weights/heart.safetensors".into()),
        }
    }

    /// A model at an address.
    pub fn address(address: &str) -> Self {
        let name = format!("{} (from the address)", plain(menu::name_of_address(address)));
        Self { name, shipped: false, origin: Origin::Address(address.into()) }
    }

    /// A file that was chosen or dropped.
    pub fn file(file: GivenFile) -> Self {
        let name = format!("{} (your file)", plain(&file.name));
        Self { name, shipped: false, origin: Origin::File(file.handle) }
    }
}

/// Where a recording comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordingSource {
    /// A file of the person who uses the page.
    File(Handle),
    /// One of those that come with the page.
    Recorded(Recorded),
    /// One that the page synthesises; every seed gives another.
    Synthesised(Synthesised, u64),
    /// What the microphone of this device gave.
    Captured(Handle),
}
