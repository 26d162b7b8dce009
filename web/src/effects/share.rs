//! Copies, pictures, digests and cards.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement, XmlSerializer};

use super::{Sender, fetch, save};
use crate::dom;
use crate::export::Document;
use crate::failure::message;
use crate::state::Event;
use crate::state::share::{self, Card, Copied, Effect, Kind};
use crate::view::picture::{self, Picture};

/// Pixels of a picture for each CSS pixel: sharp on paper and on dense screens.
const DENSITY: f64 = 2.0;
/// What tells `web/offline.js` that the new version is wanted.
const WANTED: &str = "spectnet-reload";

/// Begins an effect of sharing.
pub fn start(effect: Effect, send: Sender) {
    spawn_local(async move {
        match effect {
            Effect::FetchCard { ticket, address } => {
                // A model without a card is still a model: nothing is said.
                if let Ok(bytes) = fetch::bytes(&address, |_, _| Ok(())).await {
                    let text = String::from_utf8_lossy(&bytes).into();
                    send(Event::Share(share::Event::CardFetched { ticket, card: Card { address, text } }));
                }
            }
            Effect::Copy { what, text } => {
                let text = if what == Copied::Link { here() + &text } else { text };
                let well = copy(&text).await;
                send(Event::Share(share::Event::Copied { what, text, well }));
            }
            Effect::Picture { kind, name, heading } => {
                if let Err(error) = save_picture(kind, &name, &heading).await {
                    send(Event::Share(share::Event::PictureFailed(message(&error))));
                }
            }
        }
    });
}

/// Has the new version of the page loaded. `web/offline.js` knows how.
pub fn load_new_version() {
    if let Ok(event) = web_sys::Event::new(WANTED) {
        // Nobody prevents it.
        let _ = dom::document().dispatch_event(&event);
    }
}

/// SHA-256 in hexadecimal digits; none where the browser does not offer it, as over http.
pub async fn sha256(bytes: &Uint8Array) -> Option<String> {
    let crypto = dom::window().crypto().ok()?;
    dom::property(&crypto, "subtle")?;
    let digest = crypto.subtle().digest_with_str_and_js_u8_array("SHA-256", bytes).ok()?;
    let digest = Uint8Array::new(&JsFuture::from(digest).await.ok()?).to_vec();
    Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The page's address without what is asked for behind it.
fn here() -> String {
    let address = dom::window().location().href().unwrap_or_default();
    address.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// Whether the browser let the page copy a text.
async fn copy(text: &str) -> bool {
    let navigator = dom::window().navigator();
    if dom::property(&navigator, "clipboard").is_none() {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}

/// Downloads a picture of the result and its plots.
async fn save_picture(kind: Kind, name: &str, heading: &[String]) -> Result<(), JsValue> {
    let picture = picture::compose(heading).ok_or_else(|| JsValue::from_str("nothing is drawn yet"))?;
    let text = XmlSerializer::new()?.serialize_to_string(&picture.svg)?;
    match kind {
        Kind::Svg => {
            let document = Document { name: name.into(), kind: "image/svg+xml", text };
            save::download(&document).map_err(|why| JsValue::from_str(&why))
        }
        Kind::Png => save::offer(&pixels(&picture, &text).await?, name),
    }
}

/// The picture as a PNG file. The page may show images of `data:` addresses only, so the drawing becomes one.
async fn pixels(picture: &Picture, text: &str) -> Result<Blob, JsValue> {
    let image = HtmlImageElement::new()?;
    let encoded = String::from(js_sys::encode_uri_component(text));
    image.set_src(&format!("data:image/svg+xml;charset=utf-8,{encoded}"));
    JsFuture::from(image.decode()).await?;
    let canvas: HtmlCanvasElement = dom::document().create_element("canvas")?.unchecked_into();
    let [width, height] = [picture.width, picture.height].map(|side| (side * DENSITY).round());
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let missing = || JsValue::from_str("the browser gives no canvas");
    let context: CanvasRenderingContext2d = canvas.get_context("2d")?.ok_or_else(missing)?.unchecked_into();
    context.draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, width, height)?;
    let mut refused = Ok(());
    let written = Promise::new(&mut |resolve, _| refused = canvas.to_blob(&resolve));
    refused?;
    JsFuture::from(written).await?.dyn_into::<Blob>()
}
