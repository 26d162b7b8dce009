//! Long work in bits, so that whoever does it can let others run between: a page has one thread for everything.
//!
//! What takes long is an `async` function that [says](Stride::done) after every bit how much that was. It waits for nothing
//! and nobody: a stride that is full only makes it hand control back, and it goes on when it is [asked](Work::go_on) to.
//! Where nobody waits it runs [at once](at_once). Either way the same instructions work on the same numbers in the same
//! order, so the results are the same bit for bit.

use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Units of work between two pauses. A unit is what a sample takes in a filter of second order: some 3 ns in a native
/// program, 8 ns in WebAssembly, three times that on a slow laptop. So a stride takes about 1 ms on a page, and 3 ms on a
/// slow one; what cannot be cut (a transform, a pass of a rule over a minute) adds to that.
pub(crate) const STRIDE: usize = 1 << 17;

/// How much is done before others may run.
#[derive(Debug)]
pub(crate) struct Stride {
    most: usize,
    done: usize,
    /// The most that was done without a pause.
    #[cfg(test)]
    pub longest: usize,
}

impl Stride {
    /// A pause after so many units of work: at least one.
    pub fn of(most: usize) -> Self {
        Self {
            most: most.max(1),
            done: 0,
            #[cfg(test)]
            longest: 0,
        }
    }

    /// No pause.
    pub fn endless() -> Self {
        Self::of(usize::MAX)
    }

    /// How many things are one bit of work, where each costs so many units: at least one.
    pub fn bit(&self, cost: usize) -> usize {
        (self.most / cost.max(1)).max(1)
    }

    /// So many units are done: a pause, where the stride is full.
    pub async fn done(&mut self, units: usize) {
        self.done = self.done.saturating_add(units);
        #[cfg(test)]
        {
            self.longest = self.longest.max(self.done);
        }
        if self.done >= self.most {
            self.done = 0;
            pause().await;
        }
    }
}

/// Hands control back once.
async fn pause() {
    let mut paused = false;
    poll_fn(move |_| if mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

/// All of the work, whatever its strides: for work on this thread alone, which waits for nobody.
pub fn at_once<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        if let Poll::Ready(value) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

/// What comes of the work, or `None` where `end` comes first. `end` is not begun before the work waits for something.
pub async fn before<T>(work: impl Future<Output = T>, end: impl Future<Output = ()>) -> Option<T> {
    let (mut work, mut end) = (pin!(work), pin!(end));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// Work that is done bit by bit, some milliseconds each, whenever its owner asks for the next one.
#[must_use = "nothing is done before it is asked to go on"]
pub struct Work<'a, T>(Pin<Box<dyn Future<Output = T> + Send + 'a>>);

impl<'a, T> Work<'a, T> {
    pub(crate) fn new(work: impl Future<Output = T> + Send + 'a) -> Self {
        Self(Box::pin(work))
    }

    /// Does the next bit. What comes of all of it, where that was the last one; it must not be asked again then.
    pub fn go_on(&mut self) -> Option<T> {
        match self.0.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }
}

impl<T> fmt::Debug for Work<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sum(count: usize, stride: &mut Stride) -> usize {
        let mut sum = 0;
        for number in 0..count {
            sum += number;
            stride.done(1).await;
        }
        sum
    }

    #[test]
    fn a_pause_comes_after_every_stride_and_changes_nothing() {
        for (most, pauses) in [(1, 10), (3, 3), (10, 1), (11, 0), (0, 10)] {
            let mut stride = Stride::of(most);
            let mut work = Work::new(sum(10, &mut stride));
            let mut seen = 0;
            let found = loop {
                match work.go_on() {
                    Some(found) => break found,
                    None => seen += 1,
                }
            };
            drop(work);
            assert_eq!((found, seen), (45, pauses), "{most}");
            assert_eq!(stride.longest, most.clamp(1, 10));
        }
        assert_eq!(at_once(sum(10, &mut Stride::of(2))), 45);
        assert_eq!(at_once(sum(10, &mut Stride::endless())), 45);
    }

    #[test]
    fn what_comes_first_ends_the_wait() {
        let forever = || std::future::pending::<()>();
        assert_eq!(at_once(before(async { 3 }, forever())), Some(3));
        assert_eq!(at_once(before(forever(), async {})), None);
        assert_eq!(at_once(before(sum(10, &mut Stride::of(4)), forever())), Some(45), "it is asked again and again");
        assert_eq!(at_once(before(async { 3 }, async {})), Some(3), "the work, where both are there");
    }

    #[test]
    fn a_bit_of_costly_things_holds_fewer_of_them() {
        let stride = Stride::of(1000);
        assert_eq!([1, 10, 1000, 4000, 0].map(|cost| stride.bit(cost)), [1000, 100, 1, 1, 1000]);
    }
}
