//! Signals that ask a run to end. The first one lets it finish its step and save, which is said; a second one ends it at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::{Error, Result};

/// A process that a signal has ended has this exit status and the number of the signal added.
const BY_SIGNAL: i32 = 128;

/// Whether a signal has asked for the end.
#[derive(Debug)]
pub struct Stop {
    /// The exit status that was asked for; 0 where none was.
    status: Arc<AtomicUsize>,
}

impl Stop {
    /// Listens to interrupts (Ctrl-C) and requests to terminate from now on.
    ///
    /// # Errors
    /// What the system says.
    pub fn listen() -> Result<Self> {
        let listening = |source| Error::Io { place: "signals".into(), action: "listen to them", source };
        let (again, status) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        for signal in [SIGINT, SIGTERM] {
            let code = BY_SIGNAL + signal;
            // What was registered first comes first: the first signal finds that there was none before it.
            flag::register_conditional_shutdown(signal, code, Arc::clone(&again))
                .and_then(|_| flag::register(signal, Arc::clone(&again)))
                .and_then(|_| {
                    flag::register_usize(signal, Arc::clone(&status), usize::try_from(code).unwrap_or_default())
                })
                .map_err(listening)?;
        }
        tell_the_first().map_err(listening)?;
        Ok(Self { status })
    }

    /// The exit status that a signal has asked for; none where there was no signal.
    pub fn asked(&self) -> Option<u8> {
        u8::try_from(self.status.load(Ordering::Relaxed)).ok().filter(|status| *status != 0)
    }

    /// Goes on only where no signal has asked for the end.
    ///
    /// # Errors
    /// [`Error::Stopped`].
    pub fn check(&self) -> Result<()> {
        self.asked().map_or(Ok(()), |status| Err(Error::Stopped(status)))
    }
}

/// Says at the first signal what it does, while the step still goes on. Little may be done in a signal itself: it wakes a thread
/// that waits for it.
#[cfg(unix)]
fn tell_the_first() -> io::Result<()> {
    use std::io::Read;
    use std::os::unix::net::UnixStream;
    let (mut woken, waking) = UnixStream::pair()?;
    for signal in [SIGINT, SIGTERM] {
        signal_hook::low_level::pipe::register(signal, waking.try_clone()?)?;
    }
    let tell = move || {
        if woken.read_exact(&mut [0]).is_ok() {
            say!("stopping after this step; another signal ends the program at once, without saving");
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(tell).map(drop)
}

/// Here nobody is woken by a signal.
#[cfg(not(unix))]
fn tell_the_first() -> io::Result<()> {
    Ok(())
}
