//! The theme that a person chose, kept from visit to visit. A browser may refuse to keep anything; then each visit begins
//! with the colours of the system. `web/theme.js` reads the same entry before anything is drawn.

use web_sys::Storage;

use crate::dom;
use crate::state::theme::Theme;

/// Under what it is kept.
const KEY: &str = "spectnet-theme";

/// What was chosen on an earlier visit.
pub fn kept() -> Theme {
    let name = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    name.map(|name| Theme::named(&name)).unwrap_or_default()
}

/// Keeps what is chosen now.
pub(super) fn keep(theme: Theme) {
    if let Some(storage) = storage() {
        // Where it cannot be kept, it holds as long as the page is open.
        let _ = storage.set_item(KEY, theme.name());
    }
}

fn storage() -> Option<Storage> {
    dom::window().local_storage().ok().flatten()
}
