//! The page at work: events change the state, the state is drawn, effects begin. What takes time to draw comes behind that,
//! in turns of its own.

use std::cell::{Cell, Ref, RefCell};
use std::collections::VecDeque;
use std::panic::PanicHookInfo;
use std::rc::{Rc, Weak};

use wasm_bindgen_futures::spawn_local;

use crate::effects::{self, Effects, Sender, asked_device};
use crate::link::Link;
use crate::state::{Effect, Event, State, bank, control, many, share, theme, update};
use crate::turns::{Reach, Wait};
use crate::view::{self, View, status};
use crate::{dom, listeners, pause};

/// The page. It has one state, and one place where that changes.
pub struct Page {
    state: RefCell<State>,
    view: View,
    /// Itself, for what it does when it has answered.
    itself: Weak<Page>,
    /// What it waits for, by its kind, to draw what is left then.
    awaited: [Cell<bool>; 3],
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
            awaited: Default::default(),
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
    listeners::follow_sight(&page);
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
            self.view.draw(&self.state.borrow());
            for effect in effects {
                self.draw_for(&effect);
                self.effects.start(effect);
            }
        }
        self.working.set(false);
        self.draw_later();
    }

    /// Draws what an effect looks at, where that shows an older state.
    fn draw_for(&self, effect: &Effect) {
        let place = match effect {
            Effect::Share(share::Effect::Picture { .. }) => None,
            Effect::FocusFilter(_) | Effect::Bank(bank::Effect::Focus(_)) => Some(view::filters::PLACE),
            Effect::Many(many::Effect::Focus(_)) => Some(view::many::PLACE),
            _ => return,
        };
        self.view.finish(&self.state.borrow(), place);
    }

    /// Draws all that is left at once.
    pub fn draw_all(&self) {
        self.alone(|| self.view.finish(&self.state.borrow(), None));
    }

    /// A place at which something is drawn comes near what is seen, or leaves it.
    pub fn comes(&self, place: &str, near: bool) {
        self.view.come(place, near);
        self.draw_later();
    }

    /// The places at which something is drawn that takes time, by the ids of their elements.
    pub fn places(&self) -> Vec<&'static str> {
        self.view.places()
    }

    /// Draws what is left when its turn has come, unless that is waited for already.
    fn draw_later(&self) {
        let wait = self.view.waits();
        if self.awaited(wait).is_none_or(|awaited| awaited.replace(true)) {
            return;
        }
        let page = self.itself.clone();
        spawn_local(async move {
            over(wait).await;
            if let Some(page) = page.upgrade() {
                page.draw_now(wait);
            }
        });
    }

    /// Its turn has come, unless something else is to be waited for by now.
    fn draw_now(&self, wait: Wait) {
        if let Some(awaited) = self.awaited(wait) {
            awaited.set(false);
        }
        match (wait, self.view.waits()) {
            (Wait::Picture, Wait::Picture) => self.alone(|| self.view.go_on(&self.state.borrow(), Reach::Near)),
            (Wait::Idle, Wait::Idle) => self.alone(|| self.view.go_on(&self.state.borrow(), Reach::All)),
            _ => self.draw_later(),
        }
    }

    /// Whether it is waited for this; none where that is nothing.
    fn awaited(&self, wait: Wait) -> Option<&Cell<bool>> {
        let number = match wait {
            Wait::Nothing => return None,
            Wait::Held(_) => 0,
            Wait::Picture => 1,
            Wait::Idle => 2,
        };
        self.awaited.get(number)
    }

    /// Does something between two events. What happens meanwhile is worked on afterwards.
    fn alone(&self, work: impl FnOnce()) {
        let inside = self.working.replace(true);
        work();
        if !inside {
            self.work();
        }
    }

    /// What the page knows now.
    pub fn state(&self) -> Ref<'_, State> {
        self.state.borrow()
    }

    fn next(&self) -> Option<Event> {
        self.waiting.borrow_mut().pop_front()
    }
}

/// Comes back when what was waited for is over.
async fn over(wait: Wait) {
    match wait {
        Wait::Nothing => {}
        Wait::Held(seconds) => pause::sleep((1000.0 * seconds).ceil() as i32).await,
        Wait::Picture => pause::picture().await,
        Wait::Idle => pause::idle().await,
    }
}

/// A panic is a mistake in the page; nothing works any more afterwards.
fn panicked(info: &PanicHookInfo) {
    let what = info.payload_as_str().unwrap_or("unknown");
    let why = format!("{what}. Reload the page; with ?backend=cpu in its address it runs without the graphics device");
    status::fail("The page stopped: this is a mistake in it, or in the graphics driver", &why);
}
