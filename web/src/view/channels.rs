//! Which channels of a recording are judged, where it has several.

use spectnet_core::audio::ChannelChoice;
use web_sys::{Element, HtmlSelectElement};

use crate::state::State;
use crate::{dom, export};

/// Channels that are offered by their numbers: more than that no list is made for.
const MOST_OFFERED: usize = 32;

/// Offers the channels of the recording at hand; for one there is nothing to choose.
pub fn draw(state: &State) {
    let count = state.recording.open().map_or(0, |input| input.channels);
    dom::show("channel-choice", count > 1);
    if count <= 1 {
        return;
    }
    let select: Element = dom::element("channel");
    select.replace_children_with_node_0();
    let numbered = (1..=count.min(MOST_OFFERED)).map(|number| (number.to_string(), format!("channel {number} alone")));
    let all = [("", "as the model does"), ("mean", "their mean"), ("separate", "each by itself, all decide")];
    for (value, text) in all.map(|(value, text)| (value.into(), text.into())).into_iter().chain(numbered) {
        dom::set(&dom::append(&select, "option", "", &text), "value", &value);
    }
    dom::element::<HtmlSelectElement>("channel").set_value(&export::channel(state.channel));
    dom::set_text("channel-count", &format!("It has {count} channels. Judge "));
}

/// What was chosen; none is as the model does.
pub fn chosen() -> Option<ChannelChoice> {
    dom::element::<HtmlSelectElement>("channel").value().parse().ok()
}
