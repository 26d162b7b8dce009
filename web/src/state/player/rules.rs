//! What the player does when something happens.

use super::super::{Effect as PageEffect, State, Ticket};
use super::playing::{play, seek, silence, start};
use super::programme::programme;
use super::{Effect, Event, Player, SPEEDS, selecting};
use crate::failure::Result;

/// Takes an event. Without a recording only the settings can change.
pub(in crate::state) fn apply(state: &mut State, event: Event, todo: &mut Vec<PageEffect>) {
    match event {
        Event::ThroughPicked(through) => state.player.through = through,
        Event::RaisedPicked(raised) => state.player.raised = raised,
        Event::SpeedPicked(speed) if speed.is_finite() => state.player.speed = speed.clamp(SPEEDS[0], SPEEDS[1]),
        Event::VolumeMoved(volume) if volume.is_finite() => {
            state.player.volume = volume.clamp(0.0, 1.0);
            todo.push(PageEffect::Player(Effect::Volume(state.player.volume)));
        }
        Event::SpeedPicked(_) | Event::VolumeMoved(_) => {}
        Event::At { ticket, position_s } if is_playing(state, ticket) => state.player.position_s = position_s,
        Event::Ended { ticket, answer } if is_playing(state, ticket) => ended(state, answer),
        Event::At { .. } | Event::Ended { .. } => {}
        event => {
            if let Some(length_s) = state.playable_s() {
                move_in(state, event, length_s, todo);
            }
        }
    }
}

/// Events that need a recording of this length.
fn move_in(state: &mut State, event: Event, length_s: f64, todo: &mut Vec<PageEffect>) {
    match event {
        Event::Toggled if state.player.playing.is_some() => silence(state, todo),
        Event::Toggled => start(state, length_s, todo),
        Event::Sought(to_s) => seek(state, to_s, length_s, todo),
        Event::Stepped(by_s) => seek(state, state.player.position_s + by_s, length_s, todo),
        Event::PartAsked([from_s, to_s]) => {
            let part = [from_s, to_s].map(|seconds| seconds.clamp(0.0, length_s));
            if part[0] < part[1] {
                state.player.position_s = part[0];
                play(state, part, false, todo);
            }
        }
        event => selecting::apply(state, event, length_s, todo),
    }
}

fn ended(state: &mut State, answer: Result<()>) {
    let player = &mut state.player;
    let Some(playback) = player.playing.take() else { return };
    match answer {
        Ok(()) => player.position_s = playback.part[1],
        Err(failure) => {
            player.problem = Some(format!("It cannot be played: {}.", failure.to_string().trim_end_matches('.')));
        }
    }
}

fn is_playing(state: &State, ticket: Ticket) -> bool {
    state.player.playing.as_ref().is_some_and(|playing| playing.ticket == ticket)
}

/// After every event: another recording silences the player, and what plays is what the page is set to.
pub(in crate::state) fn keep(state: &mut State, todo: &mut Vec<PageEffect>) {
    let of = state.playable_s().and(state.recording.open().map(|input| input.ticket));
    if state.player.of != of {
        silence(state, todo);
        if state.player.loaded {
            todo.push(PageEffect::Player(Effect::Forget));
        }
        let Player { through, raised, speed, volume, .. } = state.player;
        state.player = Player { through, raised, speed, volume, of, ..Player::default() };
        return;
    }
    // Another model may judge less of the recording.
    let length_s = state.playable_s().unwrap_or_default();
    state.player.selection = state.player.selection.filter(|[_, to_s]| *to_s <= length_s);
    let Some(playing) = &state.player.playing else { return };
    let wanted = programme(state, playing.programme.gain);
    if playing.speed != state.player.speed || wanted.as_ref() != Some(&playing.programme) {
        let (part, repeats) = (playing.part, playing.repeats);
        play(state, part, repeats, todo);
    }
}
