//! Playing: reads the next seconds of a recording, makes of them what is to sound, and hands that to the browser; then
//! the seconds behind them. However long a recording is, only what comes next is in memory.

mod device;
mod kept;
mod making;
mod reel;

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use wasm_bindgen_futures::spawn_local;
use web_sys::AudioBuffer;

use super::sound::Sound;
use super::task::Task;
use super::{Effects, inside};
use crate::failure::Result;
use crate::listen::{CHUNK_S, Course};
use crate::pause;
use crate::state::Event as PageEvent;
use crate::state::player::{Effect, Event, Order};
use device::{Device, Voice};
use kept::Kept;
use reel::Reel;

/// How much is handed over before it sounds, in seconds: reading and conditioning a minute takes less.
const AHEAD_S: f64 = 4.0;
/// How often is asked whether there is less, in milliseconds.
const TICK_MS: i32 = 60;
/// Time after which the loudspeaker is given back where nothing sounds, in milliseconds.
const REST_MS: i32 = 1000;

/// What plays.
#[derive(Clone, Default)]
pub struct Player(Rc<Inner>);

#[derive(Default)]
struct Inner {
    device: RefCell<Option<Rc<Device>>>,
    voice: RefCell<Option<Rc<Voice>>>,
    kept: Kept,
}

/// A voice and where it sounds.
struct Sounding {
    device: Rc<Device>,
    voice: Rc<Voice>,
}

impl Effects {
    /// Carries out what the state wants of the player.
    pub(super) fn player(&self, effect: Effect) {
        match effect {
            Effect::Play(order) => {
                let (player, ticket) = (self.player.clone(), order.ticket);
                // At once: browsers give sound only while a person does something.
                let begun = player.begin(&order);
                self.begin(ticket, async move |task: &Task| {
                    let answer = match begun {
                        Ok(sounding) => player.play(task, &order, &sounding).await,
                        Err(failure) => Err(failure),
                    };
                    PageEvent::Player(Event::Ended { ticket, answer })
                });
            }
            Effect::Silence => self.player.silence(),
            Effect::Forget => {
                self.player.silence();
                self.player.0.kept.forget();
            }
            Effect::Volume(volume) => {
                if let Some(device) = &*self.player.0.device.borrow() {
                    device.set_volume(volume);
                }
            }
        }
    }
}

impl Player {
    /// Makes a voice instead of the one that sounds.
    fn begin(&self, order: &Order) -> Result<Sounding> {
        self.silence();
        let opened = self.0.device.borrow().clone();
        let device = match opened {
            Some(device) => device,
            None => Rc::new(Device::open()?),
        };
        self.0.device.replace(Some(device.clone()));
        device.resume();
        device.set_volume(order.volume);
        self.0.kept.prepare(&order.sound, &order.programme);
        let voice = Rc::new(device.voice()?);
        self.0.voice.replace(Some(voice.clone()));
        Ok(Sounding { device, voice })
    }

    /// Nothing sounds any more.
    fn silence(&self) {
        let voice = self.0.voice.take();
        if let (Some(voice), Some(device)) = (voice, &*self.0.device.borrow()) {
            device.hush(&voice);
        }
        self.rest();
    }

    /// Gives the loudspeaker back, unless something sounds soon.
    fn rest(&self) {
        let inner = self.0.clone();
        spawn_local(async move {
            pause::sleep(REST_MS).await;
            if let (None, Some(device)) = (&*inner.voice.borrow(), &*inner.device.borrow()) {
                device.suspend();
            }
        });
    }

    /// Plays until the end of what was ordered.
    async fn play(&self, task: &Task, order: &Order, sounding: &Sounding) -> Result<()> {
        let answer = self.sound(task, order, sounding).await;
        let current = self.0.voice.borrow().as_ref().is_some_and(|voice| Rc::ptr_eq(voice, &sounding.voice));
        if current {
            self.silence();
        }
        answer
    }

    async fn sound(&self, task: &Task, order: &Order, sounding: &Sounding) -> Result<()> {
        sounding.device.wake().await?;
        task.check()?;
        let (mut filled, mut followed) = (pin!(self.fill(task, order, sounding)), pin!(follow(task, sounding)));
        // Both go on side by side: the position moves on while a file is being read.
        poll_fn(|context| match filled.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(answer),
            Poll::Pending => followed.as_mut().poll(context),
        })
        .await
    }

    /// Hands over what comes next, until someone stops it.
    async fn fill(&self, task: &Task, order: &Order, Sounding { device, voice }: &Sounding) -> Result<()> {
        let sound = inside::<Sound>(&order.sound)?;
        let mut reel = Reel::default();
        let mut course = Course::new(order.part, order.repeats, order.from_s);
        loop {
            task.check()?;
            if voice.is_complete() || voice.ahead_s(device.now_s()) >= AHEAD_S {
                pause::sleep(TICK_MS).await;
                continue;
            }
            let Some(stretch) = course.next() else {
                voice.complete();
                continue;
            };
            let buffer = self.chunk(task, order, device, &sound, &mut reel, stretch.chunk).await?;
            let ends_s = (stretch.chunk * CHUNK_S) as f64 + buffer.as_ref().map_or(0.0, AudioBuffer::duration);
            if ends_s < stretch.to_s {
                course.ends_at(ends_s);
            }
            let to_s = stretch.to_s.min(ends_s);
            if let Some(buffer) = buffer.filter(|_| to_s > stretch.from_s) {
                device.add(voice, &buffer, stretch.offset_s(), [stretch.from_s, to_s], order.speed)?;
            }
        }
    }
}

/// Tells what sounds before each painting, until all of it has.
async fn follow(task: &Task, Sounding { device, voice }: &Sounding) -> Result<()> {
    loop {
        pause::frame().await;
        task.check()?;
        let now_s = device.sounding_s();
        if let Some(position_s) = voice.position_s(now_s) {
            task.tell(PageEvent::Player(Event::At { ticket: task.ticket(), position_s }))?;
        }
        if voice.is_complete() && voice.ahead_s(now_s) == 0.0 {
            return Ok(());
        }
    }
}
