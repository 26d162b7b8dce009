//! The loudspeaker, as the browser gives it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use wasm_bindgen::JsValue;
use web_sys::{
    AudioBuffer, AudioBufferSourceNode, AudioContext, AudioContextState, AudioScheduledSourceNode, GainNode,
};

use crate::failure::{Failure, Result, message};
use crate::listen::Schedule;
use crate::{dom, pause};

/// How often, and after how many milliseconds each time, is asked whether the loudspeaker works.
const WAITS: usize = 60;
const WAIT_MS: i32 = 50;
/// Falling silent at once would click: with this time constant in seconds it fades, and after this time it has.
const FADE_S: f64 = 0.006;
const SILENT_S: f64 = 0.05;

/// The loudspeaker.
pub struct Device {
    context: AudioContext,
    volume: GainNode,
}

/// Something that sounds, one stretch after the other.
pub struct Voice {
    fade: GainNode,
    /// What was handed over, with the time at which it has ended.
    sources: RefCell<VecDeque<(AudioBufferSourceNode, f64)>>,
    schedule: RefCell<Schedule>,
    /// Whether all of it was handed over.
    complete: Cell<bool>,
}

impl Device {
    /// Opens it. It may stay silent until it is [asked](Self::resume) for while a person does something.
    ///
    /// # Errors
    /// Why there is none.
    pub fn open() -> Result<Self> {
        let opened = || -> std::result::Result<Self, JsValue> {
            let context = AudioContext::new()?;
            let volume = context.create_gain()?;
            volume.connect_with_audio_node(&context.destination())?;
            Ok(Self { context, volume })
        };
        opened().map_err(|error| no_sound(&error))
    }

    /// Asks for sound.
    pub fn resume(&self) {
        dom::settle(self.context.resume());
    }

    /// Gives the loudspeaker back for a while, which saves a battery.
    pub fn suspend(&self) {
        dom::settle(self.context.suspend());
    }

    /// Comes back when it works.
    ///
    /// # Errors
    /// It does not.
    pub async fn wake(&self) -> Result<()> {
        for _ in 0..WAITS {
            if self.context.state() == AudioContextState::Running {
                return Ok(());
            }
            pause::sleep(WAIT_MS).await;
        }
        Err(Failure::reason(
            "the browser gives no sound. Allow this page to play sound, connect a loudspeaker or headphones, and press \
             Play again",
        ))
    }

    /// Sets the volume, 0 to 1.
    pub fn set_volume(&self, volume: f64) {
        self.volume.gain().set_value(volume as f32);
    }

    /// Its sampling rate in Hz.
    pub fn rate(&self) -> u32 {
        self.context.sample_rate().round() as u32
    }

    /// Its clock in seconds.
    pub fn now_s(&self) -> f64 {
        self.context.current_time()
    }

    /// The time of the clock at which was handed over what sounds now, as far as the browser tells.
    pub fn sounding_s(&self) -> f64 {
        let latency = dom::property(&self.context, "outputLatency").and_then(|latency| latency.as_f64());
        self.now_s() - latency.filter(|latency| latency.is_finite()).unwrap_or(0.0)
    }

    /// Samples at its rate, ready to sound; at least one.
    ///
    /// # Errors
    /// What the browser says.
    pub fn buffer(&self, samples: &[f32]) -> Result<AudioBuffer> {
        let filled = || -> std::result::Result<AudioBuffer, JsValue> {
            let buffer = self.context.create_buffer(1, samples.len() as u32, self.context.sample_rate())?;
            buffer.copy_to_channel(samples, 0)?;
            Ok(buffer)
        };
        filled().map_err(|error| no_sound(&error))
    }

    /// Something that will sound.
    ///
    /// # Errors
    /// What the browser says.
    pub fn voice(&self) -> Result<Voice> {
        let made = || -> std::result::Result<GainNode, JsValue> {
            let fade = self.context.create_gain()?;
            fade.connect_with_audio_node(&self.volume)?;
            Ok(fade)
        };
        let fade = made().map_err(|error| no_sound(&error))?;
        Ok(Voice { fade, sources: RefCell::default(), schedule: RefCell::default(), complete: Cell::default() })
    }

    /// Lets a voice go on with the stretch of the recording between two times, which begins `offset_s` behind the start
    /// of a buffer.
    ///
    /// # Errors
    /// What the browser says.
    pub fn add(&self, voice: &Voice, buffer: &AudioBuffer, offset_s: f64, stretch: [f64; 2], speed: f64) -> Result<()> {
        let (now_s, length_s) = (self.now_s(), stretch[1] - stretch[0]);
        let when_s = voice.schedule.borrow_mut().add(now_s, stretch, speed);
        let begun = || -> std::result::Result<AudioBufferSourceNode, JsValue> {
            let source = self.context.create_buffer_source()?;
            source.set_buffer(Some(buffer));
            source.playback_rate().set_value(speed as f32);
            source.connect_with_audio_node(&voice.fade)?;
            source.start_with_when_and_grain_offset_and_grain_duration(when_s, offset_s, length_s)?;
            Ok(source)
        };
        let source = begun().map_err(|error| no_sound(&error))?;
        let mut sources = voice.sources.borrow_mut();
        while sources.front().is_some_and(|(_, ended_s)| *ended_s < now_s) {
            sources.pop_front();
        }
        sources.push_back((source, when_s + length_s / speed));
        Ok(())
    }

    /// Lets a voice fall silent.
    pub fn hush(&self, voice: &Voice) {
        let now_s = self.now_s();
        // What cannot be faded or stopped ends by itself.
        let _ = voice.fade.gain().set_target_at_time(0.0, now_s, FADE_S);
        for (source, _) in voice.sources.take() {
            let source: &AudioScheduledSourceNode = source.as_ref();
            let _ = source.stop_with_when(now_s + SILENT_S);
        }
    }
}

impl Voice {
    /// Says that nothing more will come.
    pub fn complete(&self) {
        self.complete.set(true);
    }

    /// Whether nothing more will come.
    pub fn is_complete(&self) -> bool {
        self.complete.get()
    }

    /// How much will sound from a time on, in seconds.
    pub fn ahead_s(&self, now_s: f64) -> f64 {
        self.schedule.borrow().ahead_s(now_s)
    }

    /// Which place of the recording sounds at a time, in seconds; none before the first.
    pub fn position_s(&self, now_s: f64) -> Option<f64> {
        self.schedule.borrow_mut().position_s(now_s)
    }
}

fn no_sound(error: &JsValue) -> Failure {
    Failure::reason(format!("this browser gives no sound ({})", message(error)))
}
