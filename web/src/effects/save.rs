//! The result as a file, and other texts.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, HtmlAnchorElement, Url};

use crate::dom;
use crate::failure::message;
use crate::result::RecordingResult;

/// Downloads a result as JSON.
///
/// # Errors
/// Why the browser does not.
pub fn download(result: &RecordingResult) -> Result<(), String> {
    offer(&result.json(), &result.file_name()).map_err(|error| message(&error))
}

/// Downloads a text under this name.
///
/// # Errors
/// Why the browser does not.
pub fn text(text: &str, name: &str) -> Result<(), String> {
    offer(text, name).map_err(|error| message(&error))
}

fn offer(text: &str, name: &str) -> Result<(), JsValue> {
    let blob = Blob::new_with_str_sequence(&Array::of1(&text.into()).unchecked_into())?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = dom::document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&address)
}
