//! The decoder: another WebAssembly module, which reads with the command line's code what browsers do not read, or not at
//! its own rate; one for AAC and MP4, one for the rest. It is loaded when the first such recording comes, runs in a worker so that the page answers meanwhile, and
//! hands over a few seconds at a time. `decoder/src/lib.rs` lists the questions and answers.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Float32Array, Function, Object, Promise, Reflect};
use spectnet_core::prediction::FileNotes;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Element, Worker, WorkerOptions};

use crate::dom;
use crate::failure::{Failure, Result, message};

/// For every question that waits for its answer what fulfils and what rejects its promise; answers come in the order of the
/// questions.
type Waiting = Rc<RefCell<VecDeque<[Function; 2]>>>;

/// A worker with the decoder in it; it ends with its owner.
#[derive(Debug)]
pub struct Decoder {
    worker: Worker,
    waiting: Waiting,
    /// Held as long as the worker may call them.
    _listeners: [Closure<dyn FnMut(JsValue)>; 2],
}

impl Decoder {
    /// Loads the decoder for AAC and MP4, or the one for all else.
    ///
    /// # Errors
    /// Why that cannot be done.
    pub async fn start(aac: bool) -> std::result::Result<Self, String> {
        let address = dom::element::<Element>("decoder").get_attribute("data-js").unwrap_or_default();
        // By its name, for an address loses what stands behind a `#` where the page is kept on the device.
        let options = WorkerOptions::new();
        options.set_name(if aac { "aac" } else { "" });
        let worker = Worker::new_with_options(&address, &options).map_err(|error| message(&error))?;
        let waiting = Waiting::default();
        let questions = waiting.clone();
        let answered = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            let next = questions.borrow_mut().pop_front();
            if let Some([fulfil, _]) = next {
                let answer = dom::property(&event, "data").unwrap_or(JsValue::NULL);
                // The functions of a promise do not throw.
                drop(fulfil.call1(&JsValue::NULL, &answer));
            }
        });
        let questions = waiting.clone();
        let stopped = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            // Where its files cannot be loaded the browser does not say why.
            let why = dom::property(&event, "message").unwrap_or_else(|| "its program cannot be loaded".into());
            for [_, reject] in questions.take() {
                drop(reject.call1(&JsValue::NULL, &why));
            }
        });
        worker.set_onmessage(Some(answered.as_ref().unchecked_ref()));
        worker.set_onerror(Some(stopped.as_ref().unchecked_ref()));
        let decoder = Self { worker, waiting, _listeners: [answered, stopped] };
        // The first thing that it says, unasked, is that it is ready.
        let ready = decoder.answer().await;
        ready.map(|_| decoder).map_err(|failure| failure.to_string())
    }

    /// Opens a recording.
    ///
    /// # Errors
    /// [`Failure::Unsupported`] where another decoder may read it; else why it is none.
    pub async fn open(self, file: &Blob) -> Result<Decoded> {
        let about = self.ask([("open", file.into())]).await?;
        Ok(Decoded {
            sample_rate: number(&about, "rate").unwrap_or_default() as u32,
            channels: number(&about, "channels").unwrap_or_default() as usize,
            frames: Cell::new(number(&about, "frames")),
            cut_short: RefCell::default(),
            left_out: RefCell::default(),
            decoder: self,
        })
    }

    async fn ask<const N: usize>(&self, question: [(&str, JsValue); N]) -> Result<JsValue> {
        let asked = Object::new();
        for (name, value) in question {
            // A plain object takes every field.
            let _ = Reflect::set(&asked, &name.into(), &value);
        }
        self.worker.post_message(&asked).map_err(|error| Failure::reason(message(&error)))?;
        self.answer().await
    }

    /// The answer to the question that was asked last.
    async fn answer(&self) -> Result<JsValue> {
        let answer = Promise::new(&mut |fulfil, reject| self.waiting.borrow_mut().push_back([fulfil, reject]));
        let stopped = |why: JsValue| Failure::Unsupported(format!("the decoder stopped: {}", message(&why)));
        let answer = JsFuture::from(answer).await.map_err(stopped)?;
        let Some(why) = text(&answer, "failed") else { return Ok(answer) };
        let unsupported = dom::property(&answer, "unsupported").and_then(|value| value.as_bool()) == Some(true);
        Err(if unsupported { Failure::Unsupported(why) } else { Failure::Reason(why) })
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// A recording that the decoder reads.
#[derive(Debug)]
pub struct Decoded {
    decoder: Decoder,
    /// Frames a second.
    pub sample_rate: u32,
    /// Samples in a frame.
    pub channels: usize,
    frames: Cell<Option<u64>>,
    cut_short: RefCell<Option<String>>,
    left_out: RefCell<Option<String>>,
}

impl Decoded {
    /// Frames of the recording: as its file says, or as were found where its end has been read; none where neither is known.
    pub fn frames(&self) -> Option<u64> {
        self.frames.get()
    }

    /// The interleaved samples of `count` frames from frame `from` on; fewer only where the recording ends.
    ///
    /// # Errors
    /// A damaged recording, or a decoder that stopped.
    pub async fn read(&self, from: u64, count: u64) -> Result<Vec<f32>> {
        let question = [("read", JsValue::from_f64(count as f64)), ("from", JsValue::from_f64(from as f64))];
        let answer = self.decoder.ask(question).await?;
        if let Some(end) = number(&answer, "end") {
            self.frames.set(Some(end));
            self.cut_short.replace(text(&answer, "cutShort"));
        }
        self.left_out.replace(text(&answer, "leftOut"));
        let samples = dom::property(&answer, "samples");
        Ok(samples.map(|samples| samples.unchecked_into::<Float32Array>().to_vec()).unwrap_or_default())
    }

    /// What a person should know of how it was read so far.
    pub fn notes(&self) -> FileNotes {
        let file = self.left_out.borrow().iter().cloned().collect();
        FileNotes { cut_short: self.cut_short.borrow().clone(), file, channels: None }
    }
}

/// A number in an answer.
fn number(answer: &JsValue, name: &str) -> Option<u64> {
    dom::property(answer, name)?.as_f64().map(|number| number as u64)
}

/// A sentence in an answer.
fn text(answer: &JsValue, name: &str) -> Option<String> {
    dom::property(answer, name)?.as_string()
}
