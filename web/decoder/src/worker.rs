//! The worker: the page's questions in, answers out.

use std::cell::RefCell;
use std::io;
use std::ops::Range;
use std::rc::Rc;

use js_sys::{Array, Float32Array, Object, Reflect, Uint8Array};
use spectnet_core::audio::{Decoder, Formats};
use spectnet_core::{Error, Result};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, DedicatedWorkerGlobalScope, FileReaderSync, MessageEvent};

use crate::blocks::Blocks;
use crate::reader::Reader;

thread_local! {
    /// The recording's file. What a decoder reads from must be fit for other threads, and an object of the browser belongs to
    /// one: so the file stays here, and [`fetch`] reads it.
    static FILE: RefCell<Option<Blob>> = const { RefCell::new(None) };
    /// Why the file could not be read the last time; the decoder knows only that it could not.
    static UNREADABLE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A recording that has been opened.
type Recording = Reader<Decoder, Box<dyn Fn() -> Result<Decoder>>>;

/// Answers the page's questions on recordings of these formats, as long as the worker lives.
pub fn start(formats: Formats) {
    console_error_panic_hook::set_once();
    let (mut recording, formats) = (None, Rc::new(formats));
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let question = event.data();
        let answer = match field(&question, "open").and_then(|file| file.dyn_into::<Blob>().ok()) {
            Some(file) => open(file, &formats, &mut recording),
            None => read(&question, recording.as_mut()),
        };
        answer.unwrap_or_else(|error| Answer::refusal(&error)).send();
    });
    scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // It listens as long as the worker lives.
    listener.forget();
    Answer::of([("ready", JsValue::TRUE)]).send();
}

/// Opens a recording instead of the one before, and says what it is.
fn open(file: Blob, formats: &Rc<Formats>, recording: &mut Option<Recording>) -> Result<Answer> {
    *recording = None;
    FILE.set(Some(file));
    let formats = Rc::clone(formats);
    let opened =
        recording.insert(Reader::new(Box::new(move || decoder(&formats)) as Box<dyn Fn() -> Result<Decoder>>)?);
    let decoder = opened.source();
    Ok(Answer::of([
        ("rate", decoder.sample_rate().into()),
        ("channels", (decoder.channels() as u32).into()),
        ("frames", number(decoder.frames())),
    ]))
}

/// Reads some frames of it.
fn read(question: &JsValue, recording: Option<&mut Recording>) -> Result<Answer> {
    let asked = |name: &str| field(question, name).and_then(|value| value.as_f64()).map(|value| value as u64);
    let (Some(recording), Some(count), Some(from)) = (recording, asked("read"), asked("from")) else {
        return Err(Error::invalid("the decoder was asked for nothing that it knows; reload the page"));
    };
    let samples = recording.read(from, count)?;
    let decoder = recording.source();
    let ended = samples.len() as u64 / (decoder.channels().max(1) as u64) < count;
    let array = Float32Array::from(&samples[..]);
    let transfer = Array::of1(&array.buffer());
    let answer = Answer::of([
        ("samples", array.into()),
        ("end", number(ended.then(|| recording.at()))),
        ("cutShort", text(decoder.cut_short().filter(|_| ended))),
        ("leftOut", text(decoder.left_out())),
    ]);
    Ok(Answer { transfer, ..answer })
}

/// A decoder at the beginning of the file.
fn decoder(formats: &Formats) -> Result<Decoder> {
    let length = FILE.with_borrow(|file| file.as_ref().map_or(0.0, Blob::size)) as u64;
    Decoder::open_as(Box::new(Blocks::new(length, fetch)), formats)
}

/// Some bytes of the file.
fn fetch(range: Range<u64>) -> io::Result<Vec<u8>> {
    let fetched = FILE.with_borrow(|file| -> std::result::Result<Vec<u8>, JsValue> {
        let file = file.as_ref().ok_or("there is none")?;
        let part = file.slice_with_f64_and_f64(range.start as f64, range.end as f64)?;
        let bytes = FileReaderSync::new()?.read_as_array_buffer(&part)?;
        Ok(Uint8Array::new(&bytes).to_vec())
    });
    fetched.map_err(|error| {
        let why = field(&error, "message").unwrap_or(error);
        let why = why.as_string().unwrap_or_else(|| format!("{why:?}"));
        UNREADABLE.set(Some(why.clone()));
        io::Error::other(why)
    })
}

/// A message to the page, and what goes with it instead of a copy.
struct Answer {
    message: Object,
    transfer: Array,
}

impl Answer {
    fn of<const N: usize>(fields: [(&str, JsValue); N]) -> Self {
        let message = Object::new();
        for (name, value) in fields {
            // A plain object takes every field.
            let _ = Reflect::set(&message, &name.into(), &value);
        }
        Self { message, transfer: Array::new() }
    }

    fn refusal(error: &Error) -> Self {
        let why = match UNREADABLE.take() {
            Some(why) => format!("the file cannot be read: {why}"),
            None => error.to_string(),
        };
        let unsupported = matches!(error, Error::Unsupported(_));
        Self::of([("failed", why.into()), ("unsupported", unsupported.into())])
    }

    fn send(self) {
        // Plain values and an array can always be sent.
        let _ = scope().post_message_with_transfer(&self.message, &self.transfer);
    }
}

/// A field of a message, unless it is missing or null.
fn field(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

fn number(count: Option<u64>) -> JsValue {
    count.map_or(JsValue::NULL, |count| JsValue::from_f64(count as f64))
}

fn text(sentence: Option<String>) -> JsValue {
    sentence.map_or(JsValue::NULL, JsValue::from)
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
