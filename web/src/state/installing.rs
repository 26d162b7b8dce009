//! A model that works is put to use.

use std::rc::Rc;

use super::bank::Bank;
use super::{Effect, Model, Opening, State, Warm, deciding, filters, running};
use crate::format;
use crate::plot::response::Responses;

/// The model that was on its way is the one in use. What is seen of a recording goes, for another model made it.
pub(super) fn install(state: &mut State, warm: Warm, todo: &mut Vec<Effect>) {
    let Some(Opening { ticket, source, file: Some(file), load_s, .. }) = state.opening.take() else { return };
    let package = file.package;
    let front_end = &package.config.front_end;
    let responses = Rc::new(Responses::new(front_end, &package.initial_filters, &package.filters));
    let another = state.model.as_ref().is_none_or(|before| before.file != file.handle);
    let model = Model {
        ticket,
        source,
        name: state.sources.get(source).map(|source| source.name.clone()).unwrap_or_default(),
        package,
        file: file.handle,
        engine: warm.engine,
        on_gpu: state.backend.as_ref().is_some_and(|backend| backend.gpu.is_some()),
        responses,
        load_s: load_s.unwrap_or_default(),
        warm_up_s: warm.warm_up_s,
    };
    // On another device the same model decides as it was told.
    if another {
        deciding::reset(state);
    }
    put_to_use(state, model, todo);
}

/// A model runs on the device that is left.
pub(super) fn reinstall(state: &mut State, warm: Warm, todo: &mut Vec<Effect>) {
    if let Some(model) = state.model.take() {
        let (engine, warm_up_s) = (warm.engine, warm.warm_up_s);
        put_to_use(state, Model { engine, warm_up_s, on_gpu: false, ..model }, todo);
    }
}

fn put_to_use(state: &mut State, model: Model, todo: &mut Vec<Effect>) {
    state.elapsed = model.timing();
    state.selected = filters::most_moved(&model.responses);
    state.bank = Bank::default();
    state.model = Some(model);
    running::forget(state, todo);
}

impl Model {
    /// How long it took until it could be used, in words.
    pub(super) fn timing(&self) -> String {
        format!("loaded in {}, warmed up in {}", format::duration(self.load_s), format::duration(self.warm_up_s))
    }
}
