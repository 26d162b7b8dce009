//! What the list of several recordings wants: lists of labels read, its table saved, the focus moved.

use wasm_bindgen::JsCast;
use web_sys::{File, HtmlElement};

use super::{Effects, inside, save, sound};
use crate::dom;
use crate::failure::{Failure, Result};
use crate::labels::MOST_BYTES;
use crate::state::many::{Effect, Event as ListEvent};
use crate::state::{Event, Handle};

/// What the downloaded table is called.
const FILE: &str = "recordings.spectnet.csv";

/// Carries out an effect, or begins to.
pub fn start(effects: &Effects, effect: Effect) {
    match effect {
        Effect::ReadLabels { ticket, name, file } => effects.begin(ticket, async move |_| {
            let answer = read(&file).await;
            Event::Many(ListEvent::LabelsRead { ticket, name, answer })
        }),
        Effect::Save(table) => {
            if let Err(why) = save::text(&table, FILE) {
                (effects.send)(Event::SavingFailed(why));
            }
        }
        Effect::Focus(row) => focus(row),
    }
}

/// The bytes of a list of labels.
async fn read(file: &Handle) -> Result<Vec<u8>> {
    let file = inside::<File>(file)?;
    let size = file.size();
    if size > MOST_BYTES as f64 {
        return Err(Failure::reason(format!("it has more than {} MB, the most that is read", MOST_BYTES >> 20)));
    }
    sound::bytes(&file, 0..size as u64).await
}

/// Moves the keyboard's focus to what takes a row off the list, or else to the heading of the list.
fn focus(row: Option<u64>) {
    let found = row.and_then(|row| dom::document().get_element_by_id(&format!("many-remove-{row}")));
    let target = found.or_else(|| dom::document().get_element_by_id("many-title"));
    if let Some(target) = target.and_then(|target| target.dyn_into::<HtmlElement>().ok()) {
        // An element that cannot have the focus leaves it where it is.
        let _ = target.focus();
    }
}
