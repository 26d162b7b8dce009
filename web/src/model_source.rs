//! Where models come from: the menu, an address, or a file of the person who uses the page.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, Response};

use crate::failure::{Failure, Result, message};
use crate::menu::{self, Entry};
use crate::{decode, dom, format};

/// Largest model that is read: the 4-block network has 8 MB, and a page cannot address more than 4 GiB.
const MAX_MODEL_BYTES: f64 = 512e6;

/// A model that the menu offers.
#[derive(Clone, Debug)]
pub struct Source {
    /// What the menu calls it.
    pub name: String,
    /// Whether it comes with the page.
    pub shipped: bool,
    origin: Origin,
}

#[derive(Clone, Debug)]
enum Origin {
    Address(String),
    File(File),
}

impl Source {
    /// A model at an address; one without scheme is relative to the page.
    pub fn address(address: &str) -> Self {
        let name = format!("{} (from the address)", menu::name_of_address(address));
        Self { name, shipped: false, origin: Origin::Address(address.into()) }
    }

    /// A file that was chosen or dropped.
    pub fn file(file: File) -> Self {
        Self { name: format!("{} (your file)", file.name()), shipped: false, origin: Origin::File(file) }
    }

    /// The bytes of the model file.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub async fn bytes(&self) -> Result<Vec<u8>> {
        match &self.origin {
            Origin::File(file) => decode::bytes(file, MAX_MODEL_BYTES).await,
            Origin::Address(address) => fetch(address).await,
        }
    }
}

/// The models that are shipped with the page.
///
/// # Errors
/// A menu that cannot be fetched or read.
pub async fn shipped() -> Result<Vec<Source>> {
    let bytes = fetch("weights/index.json").await?;
    let entries = menu::parse(&String::from_utf8_lossy(&bytes)).map_err(Failure::Reason)?;
    let source = |Entry { file, name }: Entry| Source {
        name,
        shipped: true,
        origin: Origin::Address(format!("weights/{file}")),
    };
    Ok(entries.into_iter().map(source).collect())
}

async fn fetch(address: &str) -> Result<Vec<u8>> {
    let cannot = |why: String| Failure::Reason(format!("{address} cannot be fetched: {why}"));
    let response = JsFuture::from(dom::window().fetch_with_str(address)).await;
    let response = response.and_then(|response| response.dyn_into::<Response>());
    let response = response.map_err(|error| cannot(message(&error)))?;
    if !response.ok() {
        return Err(cannot(format!("the server answers {} {}", response.status(), response.status_text())));
    }
    let announced = response.headers().get("content-length").ok().flatten().and_then(|size| size.parse::<f64>().ok());
    let size_limit = |size: f64| {
        if size <= MAX_MODEL_BYTES {
            return Ok(());
        }
        let (size, limit) = (format::bytes(size as u64), format::bytes(MAX_MODEL_BYTES as u64));
        Err(cannot(format!("it has {size}, at most {limit} can be read")))
    };
    size_limit(announced.unwrap_or(0.0))?;
    let buffer = match response.array_buffer() {
        Ok(promise) => JsFuture::from(promise).await,
        Err(error) => Err(error),
    };
    let buffer = buffer.map_err(|error| cannot(message(&error)))?.unchecked_into::<ArrayBuffer>();
    size_limit(f64::from(buffer.byte_length()))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
