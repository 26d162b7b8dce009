//! The page at work: events change the state, the state is drawn, effects begin.

use std::cell::{Cell, Ref, RefCell};
use std::collections::VecDeque;
use std::panic::PanicHookInfo;
use std::rc::{Rc, Weak};

use wasm_bindgen_futures::spawn_local;

use crate::effects::{self, Effects, Sender, asked_device};
use crate::link::Link;
use crate::state::{Event, State, control, share, theme, update};
use crate::view::{View, status};
use crate::{dom, listeners, pause};

/// The page. It has one state, and one place where that changes.
pub struct Page {
    state: RefCell<State>,
    view: View,
    /// Itself, for what it does when it has answered.
    itself: Weak<Page>,
    /// Whether it will draw what is left then.
    draws: Cell<bool>,
    effects: Effects,
    /// What happened while an event was being worked on: moving the focus is such an event in the middle of another.
    waiting: RefCell<VecDeque<Event>>,
    working: Cell<bool>,
}

/// Starts the page.
pub fn start() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        panicked(info);
    }));
    let page = Rc::new_cyclic(|page: &Weak<Page>| {
        let itself = page.clone();
        let page = page.clone();
        let send: Sender = Rc::new(move |event| {
            if let Some(page) = page.upgrade() {
                page.send(event);
            }
        });
        Page {
            state: RefCell::default(),
            view: View::default(),
            itself,
            draws: Cell::default(),
            effects: Effects::new(send),
            waiting: RefCell::default(),
            working: Cell::default(),
        }
    });
    // They hold the page as long as it is open.
    listeners::attach(&page);
    page.send(Event::Control(control::Event::DeviceAsked(asked_device())));
    page.send(Event::Opened { model: dom::query("model") });
    page.send(Event::Theme(theme::Event::Opened(effects::kept_theme())));
    page.send(Event::Share(share::Event::Opened(Link::read(dom::query))));
    listeners::take_what_waits();
}

impl Page {
    /// Takes an event, and all that come of it at once.
    pub fn send(&self, event: Event) {
        self.waiting.borrow_mut().push_back(event);
        if !self.working.replace(true) {
            self.work();
        }
    }

    /// Works on all that waits.
    fn work(&self) {
        while let Some(event) = self.next() {
            let (state, effects) = update(self.state.take(), event);
            self.state.replace(state);
            self.draw();
            effects.into_iter().for_each(|effect| self.effects.start(effect));
        }
        self.working.set(false);
    }

    /// Draws what there is time for now, and the rest when the page has answered.
    fn draw(&self) {
        let left = self.view.draw(&self.state.borrow());
        if !left || self.draws.replace(true) {
            return;
        }
        let page = self.itself.clone();
        spawn_local(async move {
            pause::turn().await;
            if let Some(page) = page.upgrade() {
                page.draws.set(false);
                // Nothing else is going on between two tasks of the browser.
                page.working.set(true);
                page.draw();
                page.work();
            }
        });
    }

    /// What the page knows now.
    pub fn state(&self) -> Ref<'_, State> {
        self.state.borrow()
    }

    fn next(&self) -> Option<Event> {
        self.waiting.borrow_mut().pop_front()
    }
}

/// A panic is a mistake in the page; nothing works any more afterwards.
fn panicked(info: &PanicHookInfo) {
    let what = info.payload_as_str().unwrap_or("unknown");
    let why = format!("{what}. Reload the page; with ?backend=cpu in its address it runs without the graphics device");
    status::fail("The page stopped: this is a mistake in it, or in the graphics driver", &why);
}
