//! What the browser's events mean for the microphone.

use web_sys::HtmlSelectElement;

use super::target;
use crate::state::microphone::{Event, Length};
use crate::state::{Event as PageEvent, State};

/// The list of lengths.
pub fn length(event: &web_sys::Event, _: &State) -> Option<PageEvent> {
    let length = Length::named(&target::<HtmlSelectElement>(event)?.value())?;
    Some(PageEvent::Microphone(Event::LengthPicked(length)))
}
