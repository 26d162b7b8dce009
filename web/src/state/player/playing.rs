//! Playing, going to a time, falling silent.

use super::super::{Effect as PageEffect, State};
use super::programme::{gain, programme};
use super::{Effect, Order, Playback};

/// Nearer to the end of a part than this, in seconds, playing begins at its beginning.
const END_S: f64 = 0.05;

/// Plays the part that is selected, or all of it: from where the player stands, or from the beginning where it stands
/// at the end or outside.
pub(super) fn start(state: &mut State, length_s: f64, todo: &mut Vec<PageEffect>) {
    let part = state.player.selection.unwrap_or([0.0, length_s]);
    if !(part[0]..part[1] - END_S).contains(&state.player.position_s) {
        state.player.position_s = part[0];
    }
    play(state, part, state.player.selection.is_some(), todo);
}

/// Goes to a time, and on from there where something plays. Outside the selection nothing is selected any more.
pub(super) fn seek(state: &mut State, to_s: f64, length_s: f64, todo: &mut Vec<PageEffect>) {
    if !to_s.is_finite() {
        return;
    }
    let player = &mut state.player;
    player.position_s = to_s.clamp(0.0, length_s);
    player.selection = player.selection.filter(|[from, to]| (*from..=*to).contains(&player.position_s));
    resume(state, length_s, todo);
}

/// Where something plays: plays what is selected now, or all of it, from where the player stands.
pub(super) fn resume(state: &mut State, length_s: f64, todo: &mut Vec<PageEffect>) {
    if state.player.playing.is_some() {
        let (selection, whole) = (state.player.selection, [0.0, length_s]);
        play(state, selection.unwrap_or(whole), selection.is_some(), todo);
    }
}

/// Plays a part of the recording from where the player stands, instead of what plays now.
pub(super) fn play(state: &mut State, part: [f64; 2], repeats: bool, todo: &mut Vec<PageEffect>) {
    let sound = state.recording.open().map(|input| input.sound.clone());
    let (Some(sound), Some(length_s), Some(programme)) = (sound, state.playable_s(), programme(state, gain(state)))
    else {
        return silence(state, todo);
    };
    todo.extend(state.player.playing.take().map(|before| PageEffect::Stop(before.ticket)));
    let ticket = state.ticket();
    let player = &mut state.player;
    let (from_s, speed, volume) = (player.position_s, player.speed, player.volume);
    (player.loaded, player.problem) = (true, None);
    player.playing = Some(Playback { ticket, part, repeats, programme: programme.clone(), speed });
    let order = Order { ticket, sound, length_s, programme, part, repeats, from_s, speed, volume };
    todo.push(PageEffect::Player(Effect::Play(Box::new(order))));
}

/// Nothing plays any more.
pub(super) fn silence(state: &mut State, todo: &mut Vec<PageEffect>) {
    if let Some(before) = state.player.playing.take() {
        todo.extend([PageEffect::Stop(before.ticket), PageEffect::Player(Effect::Silence)]);
    }
}
