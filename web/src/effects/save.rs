//! Files for the person who uses the page.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use crate::dom;
use crate::export::Document;
use crate::failure::message;

/// Downloads a text file.
///
/// # Errors
/// Why the browser does not.
pub fn download(document: &Document) -> Result<(), String> {
    let offered = blob(&document.text, document.kind).and_then(|blob| offer(&blob, &document.name));
    offered.map_err(|error| message(&error))
}

/// Downloads a text under this name.
///
/// # Errors
/// Why the browser does not.
pub fn text(text: &str, name: &str) -> Result<(), String> {
    blob(text, "text/csv").and_then(|blob| offer(&blob, name)).map_err(|error| message(&error))
}

/// A file of this text.
fn blob(text: &str, kind: &str) -> Result<Blob, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()).unchecked_into(), &options)
}

/// Downloads a file of any kind.
///
/// # Errors
/// What the browser throws.
pub fn offer(blob: &Blob, name: &str) -> Result<(), JsValue> {
    let address = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = dom::document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&address)
}
