//! `spectnet` while it runs: started, waited for, asked to end, killed.

use std::ffi::OsString;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use crate::command::command;

/// Starts the program, which says nothing to anybody.
///
/// # Panics
/// Where it does not start.
pub fn start(arguments: &[OsString]) -> Child {
    command().args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("spectnet starts")
}

/// Waits until this is so, or the process has ended.
///
/// # Panics
/// For a process that is not ours.
pub fn wait(child: &mut Child, until: impl Fn() -> bool) {
    while !until() && child.try_wait().expect("a process of ours").is_none() {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Kills it as nothing can be prepared for.
///
/// # Panics
/// For a process that is not ours.
pub fn kill(mut child: Child) -> ExitStatus {
    // It may have ended by itself.
    let _ = child.kill();
    child.wait().expect("a process of ours")
}

/// Sends it a signal of this name, as in `TERM`.
///
/// # Panics
/// Where the process is not there any more.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}
