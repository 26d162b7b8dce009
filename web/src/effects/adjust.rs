//! A recording that was judged follows changed filters: from what was kept of it, on the CPU, whatever judged it.

use std::cell::RefCell;
use std::rc::Rc;

use spectnet_core::package::Package;
use spectnet_core::recognise::Adjusted;

use super::inside;
use super::task::Task;
use crate::failure::Result;
use crate::plot::raster::LogEnergy;
use crate::state::adjust::{Follow, Followed};
use crate::{dom, pause};

/// Longest time that the page may not answer, in seconds, where a few windows take no longer.
const STEP_S: f64 = 0.04;
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
    while work(&kept)? {
        pause::breathe().await;
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
fn work(kept: &Kept) -> Result<bool> {
    let (mut kept, began_s) = (kept.borrow_mut(), dom::now());
    while dom::now() - began_s < STEP_S {
        if !kept.work()? {
            return Ok(false);
        }
    }
    Ok(true)
}
