//! The learner: another WebAssembly module, in a worker. It is loaded when something is to be learned, and ends with that.
//! `learn/src/message.rs` has what page and learner say to each other.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect};
use spectnet_learn::message::Computer;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, Worker, WorkerOptions};

use crate::dom;
use crate::failure::{Failure, Result, message};

/// The learner at work, where there is one.
#[derive(Clone, Default)]
pub struct Held(Rc<RefCell<Option<Rc<Learner>>>>);

impl Held {
    /// Begins to load a learner. One that is still there ends.
    ///
    /// # Errors
    /// Why that cannot be done.
    pub fn begin(&self, computer: Computer) -> Result<Rc<Learner>> {
        self.end();
        let learner = Rc::new(Learner::start(computer)?);
        self.0.replace(Some(learner.clone()));
        Ok(learner)
    }

    /// Asks the learner to stop; it reports once more.
    pub fn ask_to_stop(&self) {
        let learner = self.0.borrow().clone();
        if let Some(learner) = learner {
            let asked = Object::new();
            // A plain object takes every field, and a plain object can be sent.
            let _ = Reflect::set(&asked, &"stop".into(), &JsValue::TRUE);
            let _ = learner.post(&asked, &Array::new());
        }
    }

    /// The learner ends at once.
    pub fn end(&self) {
        let learner = self.0.borrow_mut().take();
        if let Some(learner) = learner {
            learner.end();
        }
    }

    /// This learner ends, and no other that may have taken its place.
    pub fn let_go(&self, learner: &Rc<Learner>) {
        let is_held = self.0.borrow().as_ref().is_some_and(|held| Rc::ptr_eq(held, learner));
        if is_held {
            self.end();
        }
    }
}

/// A worker with the learner in it.
pub struct Learner {
    worker: Worker,
    inbox: Rc<Inbox>,
    /// Held as long as the worker may call them.
    _listeners: [Closure<dyn FnMut(JsValue)>; 2],
}

impl Learner {
    fn start(computer: Computer) -> Result<Self> {
        let address = dom::element::<Element>("learner").get_attribute("data-js").unwrap_or_default();
        // By its name, as the decoder.
        let options = WorkerOptions::new();
        options.set_name(match computer {
            Computer::Cpu => "cpu",
            Computer::Webgpu => "webgpu",
        });
        let worker = Worker::new_with_options(&address, &options).map_err(|error| Failure::reason(message(&error)))?;
        let inbox = Rc::<Inbox>::default();
        let arrived = inbox.clone();
        let said = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            arrived.put(Ok(dom::property(&event, "data").unwrap_or(JsValue::NULL)));
        });
        let arrived = inbox.clone();
        let stopped = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            // Where its files cannot be loaded the browser does not say why.
            let why = dom::property(&event, "message").and_then(|why| why.as_string()).filter(|why| !why.is_empty());
            arrived.put(Err(why.unwrap_or_else(|| "its program cannot be loaded: check the network".into())));
        });
        worker.set_onmessage(Some(said.as_ref().unchecked_ref()));
        worker.set_onerror(Some(stopped.as_ref().unchecked_ref()));
        Ok(Self { worker, inbox, _listeners: [said, stopped] })
    }

    /// The next thing that it says.
    ///
    /// # Errors
    /// Why it says nothing any more.
    pub async fn next(&self) -> Result<JsValue> {
        self.inbox.next().await
    }

    /// Sends it a message, and what goes with it instead of a copy.
    ///
    /// # Errors
    /// What the browser says.
    pub fn post(&self, said: &Object, transfer: &Array) -> Result<()> {
        let posted = self.worker.post_message_with_transfer(said, transfer);
        posted.map_err(|error| Failure::reason(message(&error)))
    }

    /// It ends, and whoever waits for it is told.
    fn end(&self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
        self.inbox.put(Err("it was ended".into()));
    }
}

/// What the learner said and nobody has taken yet.
#[derive(Default)]
struct Inbox {
    messages: RefCell<VecDeque<std::result::Result<JsValue, String>>>,
    /// Fulfils the promise of who waits.
    wake: RefCell<Option<Function>>,
}

impl Inbox {
    fn put(&self, message: std::result::Result<JsValue, String>) {
        self.messages.borrow_mut().push_back(message);
        if let Some(wake) = self.wake.take() {
            // The functions of a promise do not throw.
            drop(wake.call0(&JsValue::NULL));
        }
    }

    async fn next(&self) -> Result<JsValue> {
        loop {
            let next = self.messages.borrow_mut().pop_front();
            if let Some(next) = next {
                return next.map_err(Failure::Reason);
            }
            let woken = Promise::new(&mut |wake, _| {
                self.wake.replace(Some(wake));
            });
            // Nothing rejects it.
            drop(JsFuture::from(woken).await);
        }
    }
}
