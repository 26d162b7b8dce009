//! A recording that was judged follows changed filters: from what was kept of it, on the CPU, whatever judged it.

use std::cell::RefCell;
use std::rc::Rc;

use spectnet_core::package::Package;
use spectnet_core::recognise::Adjusted;

use super::inside;
use super::slice::{BIT_S, Slice};
use super::task::Task;
use crate::dom;
use crate::failure::Result;
use crate::plot::raster::LogEnergy;
use crate::state::adjust::{Follow, Followed};

/// What the browser's timeline calls all of it.
const FOLLOW: &str = "follow the filterbank";

/// What is kept of a recording.
pub type Kept = RefCell<Adjusted<Rc<Package>>>;

/// Computes what the filters that are wanted say. Nothing of it borrows the recording while the page answers, so that a
/// newer wish finds it free.
///
/// # Errors
/// [`Failure::Stale`](crate::failure::Failure::Stale) when nobody waits any more, and those of [`Adjusted`].
pub async fn follow(task: &Task, wanted: &Follow) -> Result<Followed> {
    dom::mark(FOLLOW);
    let kept = inside::<Kept>(&wanted.kept)?;
    kept.borrow_mut().set(&wanted.changes)?;
    let mut slice = Slice::begin();
    while work(&kept, &slice)? {
        slice.turn().await;
        task.check()?;
    }
    let mut kept = kept.borrow_mut();
    let prediction = kept.prediction(&wanted.decision)?;
    let image = kept
        .rows()?
        .iter()
        .fold(LogEnergy::clone(&wanted.image), |image, (filter, levels)| image.with_row(*filter, levels));
    dom::measure(FOLLOW);
    let only_s = (!kept.is_whole()).then(|| kept.seconds());
    Ok(Followed { prediction, image: Rc::new(image), only_s })
}

/// Works for a while; whether something is left.
fn work(kept: &Kept, slice: &Slice) -> Result<bool> {
    let mut kept = kept.borrow_mut();
    while slice.has_room(BIT_S) {
        if !kept.work()? {
            return Ok(false);
        }
    }
    Ok(true)
}
