//! What a person must know of the kind of model in use.

use spectnet_core::model::Task;

use crate::dom;
use crate::state::State;

/// Shows the notice that belongs to the task; without a model, what stands in the page stays.
pub fn draw(state: &State) {
    let Some(model) = &state.model else { return };
    let task = model.package.config.task;
    dom::show("notice-heart", task == Task::Heart);
    dom::show("notice-scene", task == Task::Scene);
}
