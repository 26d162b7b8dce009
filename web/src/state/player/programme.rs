//! What is played of the recording at hand, with the model in use.

use spectnet_core::audio::{Conditioning, Downmix};
use spectnet_core::filterbank::FilterParameters;
use spectnet_core::model::Task;
use spectnet_core::recognise::{Change, Source};

use super::super::{Model, State};
use super::{RAISED_HZ, Through};
use crate::listen::{Bank, Programme, level};

impl State {
    /// How many seconds can be played: what the plots over time show. None where there is nothing to play, and while the
    /// microphone records, which would take down what plays.
    pub fn playable_s(&self) -> Option<f64> {
        let seconds = self.judged_s();
        let may = self.recording.open().is_some() && self.model.is_some() && !self.microphone.is_recording();
        (may && seconds > 0.0).then_some(seconds)
    }

    /// Whether frequencies can be raised: those of hearts are low.
    pub fn offers_raising(&self) -> bool {
        self.model.as_ref().is_some_and(|model| model.package.config.task == Task::Heart)
    }
}

/// What is played as the player is set, the recording as it is times `gain`.
pub(super) fn programme(state: &State, gain: Option<f64>) -> Option<Programme> {
    let (model, player) = (state.model.as_ref()?, &state.player);
    let front_end = &model.package.config.front_end;
    let bank = filters(state, model).map(|filters| Bank {
        filters,
        order: front_end.order,
        taps: front_end.taps,
        sample_rate: front_end.sample_rate,
    });
    let raised_hz = if player.raised && state.offers_raising() { RAISED_HZ / player.speed } else { 0.0 };
    Some(Programme { downmix: downmix(state, model)?, conditioning: conditioning(state, model), bank, raised_hz, gain })
}

/// What makes the recording as it is loud enough: heart sounds are quiet. Where it is conditioned that is found out
/// later.
pub(super) fn gain(state: &State) -> Option<f64> {
    if state.player.through != Through::Recording {
        return None;
    }
    let (Some(timeline), Some(input)) = (&state.timeline, state.recording.open()) else { return Some(1.0) };
    let heart = state.offers_raising();
    let peaks = || level::drawn_peaks(&timeline.waveform, &timeline.extent, input.sample_rate);
    Some(if heart { level::gain(&peaks()) } else { 1.0 })
}

/// The downmix that is drawn: the first one that is judged.
fn downmix(state: &State, model: &Model) -> Option<Downmix> {
    let input = state.recording.open()?;
    let source = Source::new(&model.package.config, input.sample_rate, input.channels, state.channel).ok()?;
    source.downmixes.first().copied()
}

fn conditioning(state: &State, model: &Model) -> Option<Conditioning> {
    if state.player.through == Through::Recording {
        return None;
    }
    let conditioning = &model.package.config.conditioning;
    let max_seconds = if state.whole { None } else { conditioning.max_seconds };
    Some(Conditioning { max_seconds, ..conditioning.clone() })
}

/// The filters that it goes through; none: all of it is played.
fn filters(state: &State, model: &Model) -> Option<Vec<FilterParameters>> {
    let package = &model.package;
    match state.player.through {
        Through::Recording | Through::Conditioned => None,
        Through::Filter => Some(as_now(state, model, state.selected).into_iter().collect()),
        Through::BankBefore => Some(package.initial_filters.clone()),
        Through::Bank => Some(package.filters.clone()),
        Through::SwitchedOn => Some(switched_on(state, model)),
    }
}

/// The filters as they are now, without those that are switched off.
fn switched_on(state: &State, model: &Model) -> Vec<FilterParameters> {
    let on = |filter: &usize| state.adjust.changes.get(filter).is_none_or(|change| change.on);
    let filters = (0..model.package.filters.len()).filter(on);
    filters.filter_map(|filter| as_now(state, model, filter)).collect()
}

/// A filter as it is now, on or off; none where there is no such filter.
fn as_now(state: &State, model: &Model, filter: usize) -> Option<FilterParameters> {
    let package = &model.package;
    let trained = *package.filters.get(filter)?;
    let moved = |change: &Change| package.config.front_end.moved(&trained, change.centre_hz, change.bandwidth_hz);
    Some(state.adjust.changes.get(&filter).and_then(moved).unwrap_or(trained))
}
