//! The microphone, as the browser gives it. Whoever has the permission holds a [`Recorder`]: with it everything goes,
//! whichever way the recording ends.

use std::rc::Rc;

use js_sys::{Date, Float32Array, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AudioContext, AudioContextOptions, AudioWorkletNode, AudioWorkletNodeOptions, ChannelCountMode, Element,
    FocusOptions, HtmlElement, MediaStream, MediaStreamAudioSourceNode, MediaStreamConstraints, MediaStreamTrack,
    MediaStreamTrackState, MessagePort,
};

use super::sound::Sound;
use super::task::Task;
use super::{Effects, inside};
use crate::capture::{Capture, Excerpt};
use crate::failure::{Failure, Result, message};
use crate::state::microphone::{Button, Effect, Event, LEAST_NEW_S, LIVE_S, Problem, Processing};
use crate::state::{Event as PageEvent, Handle};
use crate::{dom, pause};

/// What the browser is asked to switch off: it would take a heart for noise.
const ECHO: &str = "echoCancellation";
const NOISE: &str = "noiseSuppression";
const GAIN: &str = "autoGainControl";
/// What `microphone.js` calls its part.
const PROCESSOR: &str = "spectnet-capture";
/// How often is told how much was recorded, in milliseconds: so a meter does not stutter.
const TICK_MS: i32 = 100;
/// Where so many seconds nothing comes, nothing will.
const STALLED_S: f64 = 5.0;

/// Begins to carry out an effect.
pub fn start(effects: &Effects, effect: Effect) {
    match effect {
        Effect::Record { ticket, most_s } => effects.begin(ticket, async move |task| {
            let why = record(task, most_s).await;
            let why = why.unwrap_or_else(|failure| Problem::Failed(failure.to_string()));
            PageEvent::Microphone(Event::Ended { ticket, why })
        }),
        Effect::Focus(button) => focus(button),
    }
}

/// Records until it is stopped or the microphone gives no more; why not.
async fn record(task: &Task, most_s: f64) -> Result<Problem> {
    let tracks = match ask().await {
        Ok(tracks) => tracks,
        Err(why) => return Ok(why),
    };
    // Someone may have changed their mind while the browser asked.
    task.check()?;
    let Some(track) = tracks.first() else { return Ok(Problem::NoDevice) };
    let context = Context::open(&track)?;
    let handle = Handle::new(Capture::new(context.0.sample_rate().round() as u32, most_s));
    let capture = inside::<Capture>(&handle)?;
    let recorder = Recorder::connect(tracks, context, capture.clone()).await?;
    let ticket = task.ticket();
    let (sample_rate, processing) = (capture.sample_rate(), processing(&track));
    task.tell(PageEvent::Microphone(Event::Began { ticket, at: now(), capture: handle, sample_rate, processing }))?;
    let (mut frames, mut came_s, mut told_s) = (0, dom::now(), 0.0);
    loop {
        pause::sleep(TICK_MS).await;
        task.check()?;
        if capture.frames() > frames {
            (frames, came_s) = (capture.frames(), dom::now());
        }
        let seconds = capture.seconds();
        task.tell(PageEvent::Microphone(Event::Measured { ticket, seconds, peak: capture.take_peak() }))?;
        if seconds - told_s >= LEAST_NEW_S {
            told_s = seconds;
            let excerpt = Excerpt::last(&capture, LIVE_S);
            let (part, sound) = (excerpt.part_s(), Handle::new(Sound::Captured(excerpt)));
            task.tell(PageEvent::Microphone(Event::Grew { ticket, sound, part }))?;
        }
        if recorder.has_ended() {
            return Ok(Problem::Lost);
        }
        if dom::now() - came_s > STALLED_S {
            return Ok(Problem::Stalled);
        }
    }
}

/// Asks for the microphone as it is.
async fn ask() -> std::result::Result<Tracks, Problem> {
    let navigator = dom::window().navigator();
    if dom::property(&navigator, "mediaDevices").is_none() {
        return Err(Problem::Insecure);
    }
    let asked = || -> std::result::Result<Promise, JsValue> {
        let sound = Object::new();
        for name in [ECHO, NOISE, GAIN] {
            Reflect::set(&sound, &name.into(), &JsValue::FALSE)?;
        }
        Reflect::set(&sound, &"channelCount".into(), &JsValue::from_f64(1.0))?;
        let wanted = MediaStreamConstraints::new();
        wanted.set_audio(&sound);
        navigator.media_devices()?.get_user_media_with_constraints(&wanted)
    };
    let promise = asked().map_err(|error| problem(&error))?;
    let stream = JsFuture::from(promise).await.map_err(|error| problem(&error))?;
    Ok(Tracks(stream.unchecked_into()))
}

/// What the browser's error means.
fn problem(error: &JsValue) -> Problem {
    let name = dom::property(error, "name").and_then(|name| name.as_string()).unwrap_or_default();
    match name.as_str() {
        "NotAllowedError" | "SecurityError" => Problem::Denied,
        "NotFoundError" | "OverconstrainedError" => Problem::NoDevice,
        "NotReadableError" | "AbortError" => Problem::Busy,
        _ => Problem::Failed(message(error)),
    }
}

/// What the browser does to the sound, as far as it says so.
fn processing(track: &MediaStreamTrack) -> Processing {
    let settings = track.get_settings();
    let of = |name: &str| {
        let value = dom::property(&settings, name)?;
        // Some name the kind of it, and then it is not off.
        value.as_bool().or(value.is_string().then_some(true))
    };
    Processing { echo_cancellation: of(ECHO), noise_suppression: of(NOISE), automatic_gain: of(GAIN) }
}

/// Date and time here, as they can stand in the name of a file.
fn now() -> String {
    let date = Date::new_0();
    format!(
        "{}-{:02}-{:02} {:02}-{:02}-{:02}",
        date.get_full_year(),
        date.get_month() + 1,
        date.get_date(),
        date.get_hours(),
        date.get_minutes(),
        date.get_seconds()
    )
}

/// The permission: the browser shows that the page records until its tracks are stopped.
struct Tracks(MediaStream);

impl Tracks {
    fn all(&self) -> impl Iterator<Item = MediaStreamTrack> {
        self.0.get_audio_tracks().into_iter().filter_map(|track| track.dyn_into().ok())
    }

    fn first(&self) -> Option<MediaStreamTrack> {
        self.all().next()
    }
}

impl Drop for Tracks {
    fn drop(&mut self) {
        self.all().for_each(|track| track.stop());
    }
}

/// What the samples go through in the browser.
struct Context(AudioContext);

impl Context {
    /// At the rate of the microphone, where the browser tells that: then nothing is resampled on the way.
    fn open(track: &MediaStreamTrack) -> Result<Self> {
        let rate = dom::property(&track.get_settings(), "sampleRate").and_then(|rate| rate.as_f64());
        let as_it_is = rate.and_then(|rate| {
            let options = AudioContextOptions::new();
            options.set_sample_rate(rate as f32);
            AudioContext::new_with_context_options(&options).ok()
        });
        let context = match as_it_is {
            Some(context) => context,
            None => AudioContext::new().map_err(|error| failed(&error))?,
        };
        Ok(Self(context))
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        dom::settle(self.0.close());
    }
}

/// The microphone on its way into a capture.
struct Recorder {
    tracks: Tracks,
    _context: Context,
    /// Held because some browsers clear away what nothing in the program holds.
    _source: MediaStreamAudioSourceNode,
    _node: AudioWorkletNode,
    port: MessagePort,
    /// Held as long as the browser may call it.
    _taken: Closure<dyn FnMut(JsValue)>,
}

impl Recorder {
    async fn connect(tracks: Tracks, context: Context, capture: Rc<Capture>) -> Result<Self> {
        let address = dom::element::<Element>("microphone-script").get_attribute("data-js").unwrap_or_default();
        let loaded = context.0.audio_worklet().and_then(|worklet| worklet.add_module(&address));
        let loaded = loaded.map_err(|error| failed(&error))?;
        JsFuture::from(loaded).await.map_err(|error| failed(&error))?;
        let (source, node, port) = wire(&context.0, &tracks.0).map_err(|error| failed(&error))?;
        let taken = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            let samples = dom::property(&event, "data").and_then(|data| data.dyn_into::<Float32Array>().ok());
            if let Some(samples) = samples {
                capture.add(&samples.to_vec());
            }
        });
        port.set_onmessage(Some(taken.as_ref().unchecked_ref()));
        dom::settle(context.0.resume());
        Ok(Self { tracks, _context: context, _source: source, _node: node, port, _taken: taken })
    }

    /// Whether the microphone gives no more: it was unplugged, or is not allowed any more.
    fn has_ended(&self) -> bool {
        self.tracks.all().all(|track| track.ready_state() == MediaStreamTrackState::Ended)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
    }
}

/// Leads a stream through the processor, as one channel; its samples come out of the port.
fn wire(
    context: &AudioContext,
    stream: &MediaStream,
) -> std::result::Result<(MediaStreamAudioSourceNode, AudioWorkletNode, MessagePort), JsValue> {
    let options = AudioWorkletNodeOptions::new();
    options.set_channel_count(1);
    options.set_channel_count_mode(ChannelCountMode::Explicit);
    let node = AudioWorkletNode::new_with_options(context, PROCESSOR, &options)?;
    let source = context.create_media_stream_source(stream)?;
    source.connect_with_audio_node(&node)?;
    // It gives silence; but not every browser runs what leads nowhere.
    node.connect_with_audio_node(&context.destination())?;
    let port = node.port()?;
    Ok((source, node, port))
}

fn failed(error: &JsValue) -> Failure {
    Failure::reason(message(error))
}

/// Moves the focus to a button, from another one of the microphone's that is not there any more.
fn focus(button: Button) {
    let focused = dom::document().active_element();
    // Where its button has gone already, the body has it.
    let ours =
        |focused: &Element| focused.tag_name() == "BODY" || matches!(focused.closest("#microphone"), Ok(Some(_)));
    let ours = focused.as_ref().is_none_or(ours);
    if ours {
        let id = match button {
            Button::Open => "microphone-open",
            Button::Use => "microphone-use",
            Button::Stop => "microphone-stop",
        };
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        // An element that cannot have the focus leaves it where it is.
        let _ = dom::element::<HtmlElement>(id).focus_with_options(&options);
    }
}
