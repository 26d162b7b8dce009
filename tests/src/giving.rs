//! Files that are dropped and pasted on the page, in any browser.

use serde_json::{Value, json};

use crate::page::Page;

/// An event as the browser makes one where a person drops or pastes. Where a browser gives an event of its own making no
/// data, it gets them here.
const GIVE: &str = "
    const [kind, element, files] = arguments;
    const data = new DataTransfer();
    for (const [name, bytes] of files) data.items.add(new File([Uint8Array.from(bytes)], name));
    const options = { bubbles: true, cancelable: true };
    const [event, name] = kind === 'paste'
        ? [new ClipboardEvent(kind, { ...options, clipboardData: data }), 'clipboardData']
        : [new DragEvent(kind, { ...options, dataTransfer: data }), 'dataTransfer'];
    if (event[name]?.files.length !== files.length) Object.defineProperty(event, name, { value: data });
    document.querySelector(element).dispatchEvent(event);
    return event.defaultPrevented;";

impl Page {
    /// Drags, drops or pastes (`dragover`, `drop`, `paste`) files of these names and bytes on an element; whether the
    /// browser is kept from opening them.
    pub async fn give(&self, kind: &str, element: &str, files: &[(&str, &[u8])]) -> bool {
        self.script(GIVE, vec![json!(kind), json!(element), json!(files)]).await == Value::Bool(true)
    }
}
