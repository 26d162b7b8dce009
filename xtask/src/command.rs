//! Running other programs, visibly, and with errors that name the command.

use std::{
    env,
    ffi::OsStr,
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
    process::{ChildStderr, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// How long the last lines of a program may take to come after its end. One that it has started and left behind may keep
/// the pipe open for ever.
const LAST_LINES: Duration = Duration::from_secs(2);

/// Runs the command with its output on the terminal, after printing it as it would be typed.
pub fn run(command: &mut Command) -> Result<()> {
    let typed = display(command);
    eprintln!("  $ {typed}");
    let status = command.status().with_context(|| format!("cannot start `{typed}`"))?;
    if !status.success() {
        bail!("`{typed}` failed ({status})");
    }
    Ok(())
}

/// The same as [`run`]; also the lines on stderr that begin so, which are shown with the others.
pub fn run_keeping(command: &mut Command, beginning: &str) -> (Result<()>, Vec<String>) {
    let typed = display(command);
    eprintln!("  $ {typed}");
    let mut child = match command.stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => return (Err(error).with_context(|| format!("cannot start `{typed}`")), Vec::new()),
    };
    let (sender, lines) = mpsc::channel();
    if let Some(stderr) = child.stderr.take() {
        thread::spawn(move || pass_on(stderr, &sender));
    }
    let status = child.wait();
    let (mut matching, end) = (Vec::new(), Instant::now() + LAST_LINES);
    // Ends when the pipe does, and the sender with it.
    while let Ok(line) = lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
        if line.starts_with(beginning) {
            matching.push(line);
        }
    }
    let result = match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(anyhow::anyhow!("`{typed}` failed ({status})")),
        Err(error) => Err(error).with_context(|| format!("cannot wait for `{typed}`")),
    };
    (result, matching)
}

/// Shows what comes, line by line, and hands it on.
fn pass_on(stderr: ChildStderr, lines: &mpsc::Sender<String>) {
    let (mut stderr, mut line) = (BufReader::new(stderr), Vec::new());
    while stderr.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        // A terminal that is gone is no reason to stop.
        let _ = io::stderr().write_all(&line);
        if lines.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
            return;
        }
        line.clear();
    }
}

/// What the command prints on stdout; its stderr is part of the error if it fails.
pub fn output(command: &mut Command) -> Result<String> {
    let typed = display(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{typed}`"))?;
    if !output.status.success() {
        bail!("`{typed}` failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether the command can be started and succeeds. Its output is dropped.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The first of these programs that is found in `PATH`.
pub fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names.iter().find_map(|name| env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file()))
}

/// The command as one would type it, with the variables that it sets.
pub fn display(command: &Command) -> String {
    let set = command.get_envs().filter_map(|(key, value)| Some((key, value?))).filter(|(key, _)| *key != "PATH");
    let set = set.map(|(key, value)| format!("{}={}", key.to_string_lossy(), quoted(value)));
    let words = std::iter::once(command.get_program()).chain(command.get_args()).map(quoted);
    set.chain(words).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    // What no shell can be given, a NUL, is shown as it is.
    shlex::try_quote(&word).map_or_else(|_| word.to_string(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("cargo");
        command.args(["build", "a b", "it's"]).env("RUSTC", "/usr/bin/rustc").env("PATH", "/somewhere");
        assert_eq!(display(&command), r#"RUSTC=/usr/bin/rustc cargo build 'a b' "it's""#);
    }

    #[test]
    fn a_failure_names_the_command_and_what_it_said() {
        let error = output(Command::new("sh").args(["-c", "echo broken >&2; exit 3"])).unwrap_err().to_string();
        assert!(error.contains("sh -c") && error.contains("broken") && error.contains('3'), "{error}");
        let error = run(&mut Command::new("no-such-program-here")).unwrap_err().to_string();
        assert!(error.contains("no-such-program-here"), "{error}");
    }

    #[test]
    fn lines_that_begin_so_are_kept_whether_the_command_succeeds_or_not() {
        let script = "echo 'NOTED: one' >&2; echo other >&2; echo 'NOTED: out'; printf 'NOTED: two' >&2; exit ";
        for status in [0, 3] {
            let mut command = Command::new("sh");
            let (result, matching) = run_keeping(command.args(["-c", &format!("{script}{status}")]), "NOTED: ");
            assert_eq!(result.is_ok(), status == 0);
            assert_eq!(matching, ["NOTED: one\n", "NOTED: two"]);
        }
        let (result, matching) = run_keeping(&mut Command::new("no-such-program-here"), "");
        assert!(result.unwrap_err().to_string().contains("no-such-program-here") && matching.is_empty());
    }

    #[test]
    fn a_program_that_is_left_behind_is_not_waited_for() {
        let start = Instant::now();
        let script = "echo said >&2; sleep 60 >/dev/null &";
        let (result, matching) = run_keeping(Command::new("sh").args(["-c", script]), "said");
        assert!(result.is_ok());
        assert_eq!(matching, ["said\n"]);
        assert!(start.elapsed() < Duration::from_secs(50), "{:?}", start.elapsed());
    }
}
