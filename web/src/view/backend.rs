//! Which device computes.

use web_sys::Element;

use crate::dom;
use crate::state::State;

/// Shows the device and why it was taken, as soon as it is known.
pub fn draw(state: &State) {
    let Some(backend) = &state.backend else { return };
    let badge = dom::element::<Element>("backend");
    let (name, title) = if backend.gpu.is_some() { ("webgpu", "WebGPU") } else { ("cpu", "CPU") };
    dom::set_text("backend", &format!("{title}: {}", backend.why));
    dom::set(&badge, "data-backend", name);
}
