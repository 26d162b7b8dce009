//! Bytes over the network, and those of models, wherever they come from.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, ReadableStreamDefaultReader, RequestInit, RequestMode, Response};

use super::{decode, inside};
use crate::failure::{Failure, Result, message};
use crate::menu::{self, Entry};
use crate::state::{Origin, Source};
use crate::{address, dom, format};

/// Largest model that is read: the 4-block network has 8 MB, and a page cannot address more than 4 GiB.
const MAX_MODEL_BYTES: f64 = 512e6;

/// The bytes of a model. `step` is told how many have arrived over the network and of how many, where the server says
/// so, and can stop by an error.
///
/// # Errors
/// Those of `step`, or why the model cannot be had.
pub async fn model(source: &Source, step: impl FnMut(f64, Option<f64>) -> Result<()>) -> Result<Vec<u8>> {
    match &source.origin {
        Origin::File(file) => {
            let file = inside::<File>(file)?;
            decode::bytes(&file, MAX_MODEL_BYTES).await
        }
        Origin::Address(address) => bytes(address, step).await,
        Origin::Learned { bytes, .. } => Ok(inside::<Uint8Array>(bytes)?.to_vec()),
    }
}

/// The list of the models that are shipped with the page.
///
/// # Errors
/// One that cannot be fetched or read.
pub async fn menu() -> Result<Vec<Entry>> {
    let bytes = bytes("weights/index.json", |_, _| Ok(())).await?;
    menu::parse(&String::from_utf8_lossy(&bytes)).map_err(Failure::Reason)
}

/// The bytes at an address; `step` as in [`model`].
///
/// # Errors
/// Those of `step`, or why they cannot be had.
pub async fn bytes(address: &str, mut step: impl FnMut(f64, Option<f64>) -> Result<()>) -> Result<Vec<u8>> {
    let cannot = |why: String| Failure::Reason(format!("{address} cannot be fetched: {why}"));
    let thrown = |error: JsValue| cannot(message(&error));
    let origin = dom::window().location().origin().unwrap_or_default();
    if let Some(problem) = address::problem(address, &origin) {
        return Err(Failure::Reason(problem));
    }
    let Ok(response) = JsFuture::from(dom::window().fetch_with_str(address)).await else {
        return Err(Failure::Reason(no_answer(address).await));
    };
    let response = response.dyn_into::<Response>().map_err(thrown)?;
    if !response.ok() {
        return Err(cannot(format!("the server answers {} {}", response.status(), response.status_text())));
    }
    let header = |name: &str| response.headers().get(name).ok().flatten();
    if address::is_page(header("content-type").as_deref(), &[]) {
        return Err(Failure::Reason(address::gives_page(address)));
    }
    let announced = header("content-length").and_then(|size| size.parse::<f64>().ok());
    // Of a compressed file the header counts the compressed bytes, and the page sees the others.
    let total = announced.filter(|&size| size > 0.0 && header("content-encoding").is_none());
    let size_limit = |size: f64| {
        if size <= MAX_MODEL_BYTES {
            return Ok(());
        }
        let (size, limit) = (format::bytes(size as u64), format::bytes(MAX_MODEL_BYTES as u64));
        Err(cannot(format!("it has {size}, at most {limit} can be read")))
    };
    size_limit(announced.unwrap_or(0.0))?;
    let mut bytes = Vec::with_capacity(total.unwrap_or(0.0) as usize);
    let Some(body) = response.body() else { return Ok(bytes) };
    let reader = body.get_reader().unchecked_into::<ReadableStreamDefaultReader>();
    loop {
        let part = JsFuture::from(reader.read()).await.map_err(thrown)?;
        let Some(part) = dom::property(&part, "value") else { return file(address, bytes) };
        bytes.extend(part.unchecked_into::<Uint8Array>().to_vec());
        let proceed = size_limit(bytes.len() as f64).and_then(|()| step(bytes.len() as f64, total));
        if let Err(failure) = proceed {
            // What else arrives is of no use; whether the stream ends well does not matter.
            drop(reader.cancel());
            return Err(failure);
        }
    }
}

/// What arrived, unless it is a page: some servers answer with one whatever is asked for.
fn file(address: &str, bytes: Vec<u8>) -> Result<Vec<u8>> {
    if address::is_page(None, &bytes) { Err(Failure::Reason(address::gives_page(address))) } else { Ok(bytes) }
}

/// Why an address did not answer. The browser does not tell, so the server is asked again in a way that needs no permission
/// of it; what it says then cannot be read.
async fn no_answer(address: &str) -> String {
    let question = RequestInit::new();
    question.set_method("HEAD");
    question.set_mode(RequestMode::NoCors);
    let online = dom::window().navigator().on_line();
    let reachable = online && JsFuture::from(dom::window().fetch_with_str_and_init(address, &question)).await.is_ok();
    address::no_answer(address, online, reachable)
}
