//! A text or a file over HTTP, with limits on time and size, repeats and resume.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use ureq::Agent;
use ureq::http::HeaderMap;

use super::sum::Sum;
use crate::error::{Error, Result};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(20);
/// Before the second try; twice as long before each further one.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest wait between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Bytes that are read at a time.
const PIECE: usize = 1 << 16;
/// Larger than any file of a set: what comes without end is given up.
const MOST_BYTES: u64 = 64 << 30;
/// A file that does not match its checksum is fetched anew so often: a server that lies twice lies.
const LIES: u32 = 2;

/// Asks servers.
pub struct Client {
    agent: Agent,
    tries: u32,
}

/// Why an attempt ended without the file.
enum Ended {
    /// Trying again may help.
    Later(String),
    /// It does not.
    Never(Error),
}

impl Client {
    /// One that gives up a connection on which nothing comes for `stall`, and a file after so many `tries` in a row that got no
    /// further.
    pub fn new(stall: Duration, tries: u32) -> Self {
        let config = Agent::config_builder()
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(stall))
            .timeout_per_read(Some(stall))
            .timeout_per_write(Some(stall))
            .http_status_as_error(false)
            .user_agent(concat!("spectnet/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.new_agent(), tries: tries.max(1) }
    }

    /// A text of at most so many bytes.
    ///
    /// # Errors
    /// The address, and why it could not be had.
    pub fn text(&self, url: &str, most: u64) -> Result<String> {
        let mut failures = 0;
        loop {
            let bytes = match self.bytes(url, most) {
                Ok(bytes) => bytes,
                Err(Ended::Never(error)) => return Err(error),
                Err(Ended::Later(why)) => {
                    failures += 1;
                    self.wait(url, failures, &why)?;
                    continue;
                }
            };
            return String::from_utf8(bytes).map_err(|_| Error::input("not a text in UTF-8").at(url));
        }
    }

    fn bytes(&self, url: &str, most: u64) -> std::result::Result<Vec<u8>, Ended> {
        let response = self.agent.get(url).call().map_err(|error| Ended::Later(error.to_string()))?;
        refuse(url, response.status().as_u16())?;
        let mut bytes = Vec::new();
        let read = response.into_body().into_reader().take(most + 1).read_to_end(&mut bytes);
        read.map_err(|error| Ended::Later(error.to_string()))?;
        if bytes.len() as u64 > most {
            return Err(Ended::Never(Error::Limit(format!("{url}: more than {most} bytes"))));
        }
        Ok(bytes)
    }

    /// Fetches a file into `part`, going on where an earlier attempt ended, until it has its size, where that is known, and its
    /// checksum. What does not match is not kept. `told` is told of bytes that came.
    ///
    /// # Errors
    /// The address, and why the file could not be had.
    pub fn file(&self, url: &str, part: &Path, size: Option<u64>, sum: &Sum, told: &mut dyn FnMut(u64)) -> Result<()> {
        let (mut failures, mut lies, mut furthest) = (0, 0, length(part));
        loop {
            let ended = self.attempt(url, part, size, told);
            let has = length(part);
            // Whoever gets further has not failed.
            if has > furthest {
                (failures, furthest) = (0, has);
            }
            let why = match ended {
                Err(Ended::Never(error)) => return Err(error),
                Err(Ended::Later(why)) => why,
                Ok(()) if sum.matches(part)? => return Ok(()),
                Ok(()) => {
                    remove(part)?;
                    lies += 1;
                    if lies >= LIES {
                        return Err(Error::input(format!(
                            "{url}: what the server gives does not match the checksum of the list ({sum}); nothing of it is \
                             kept"
                        )));
                    }
                    "what came does not match its checksum".into()
                }
            };
            failures += 1;
            self.wait(url, failures, &why)?;
        }
    }

    /// One request for what is missing of a file.
    fn attempt(
        &self,
        url: &str,
        part: &Path,
        size: Option<u64>,
        told: &mut dyn FnMut(u64),
    ) -> std::result::Result<(), Ended> {
        let most = size.unwrap_or(MOST_BYTES);
        let failed = |source| Ended::Never(Error::io("write the file", part, source));
        let mut has = length(part);
        if has > 0 && size == Some(has) {
            return Ok(());
        }
        if has > most {
            remove(part).map_err(Ended::Never)?;
            has = 0;
        }
        let request = self.agent.get(url);
        let request = if has > 0 { request.header("Range", format!("bytes={has}-")) } else { request };
        let response = request.call().map_err(|error| Ended::Later(error.to_string()))?;
        let status = response.status().as_u16();
        match status {
            206 if has > 0 && first_byte(response.headers()) == Some(has) => {}
            // Nothing is missing, or the part is that of something else: its checksum says which.
            416 if has > 0 => return Ok(()),
            200 => {
                if has > 0 {
                    say!("{url}: the server does not go on where it ended; the file is fetched from its beginning");
                }
                has = 0;
            }
            206 => {
                remove(part).map_err(Ended::Never)?;
                return Err(Ended::Later("the server gives another part than was asked for".into()));
            }
            _ => {
                refuse(url, status)?;
                return Err(Ended::Later(format!("the server answers with status {status}")));
            }
        }
        let announced = response.body().content_length().map(|length| has.saturating_add(length));
        let mut file = if has > 0 {
            OpenOptions::new().append(true).open(part).map_err(failed)?
        } else {
            File::create(part).map_err(failed)?
        };
        let mut body = response.into_body().into_reader();
        let mut piece = vec![0; PIECE];
        loop {
            let count = match body.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Ended::Later(format!("the connection broke off after {has} bytes: {error}"))),
            };
            has += count as u64;
            if has > most {
                drop(file);
                remove(part).map_err(Ended::Never)?;
                return Err(Ended::Later(format!("more than the {most} bytes came that the file has")));
            }
            file.write_all(&piece[..count]).map_err(failed)?;
            told(count as u64);
        }
        file.sync_all().map_err(failed)?;
        match size.or(announced) {
            Some(whole) if has < whole => {
                Err(Ended::Later(format!("the connection ended after {has} of {whole} bytes")))
            }
            _ => Ok(()),
        }
    }

    /// Waits before the next try.
    fn wait(&self, url: &str, failures: u32, why: &str) -> Result<()> {
        if failures >= self.tries {
            return Err(Error::input(format!("{url}: {why}; given up after {failures} tries without getting further")));
        }
        let pause = PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(LONGEST_PAUSE);
        say!("{url}: {why}; tried again in {:.1} s", pause.as_secs_f64());
        thread::sleep(pause);
        Ok(())
    }
}

/// Whether an answer is what was asked for.
fn refuse(url: &str, status: u16) -> std::result::Result<(), Ended> {
    match status {
        200..=299 => Ok(()),
        // The server has too much to do, or something is wrong with it for a while.
        408 | 425 | 429 | 500..=599 => Err(Ended::Later(format!("the server answers with status {status}"))),
        404 | 410 => Err(Ended::Never(Error::input(format!("{url}: there is no such file (status {status})")))),
        _ => Err(Ended::Never(Error::input(format!("{url}: the server refuses it (status {status})")))),
    }
}

/// The first byte of a part: `bytes FIRST-LAST/ALL`.
fn first_byte(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get("content-range")?.to_str().ok()?;
    range.trim().strip_prefix("bytes")?.trim_start().split_once('-')?.0.parse().ok()
}

/// Bytes of a file that may not be there.
fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |about| about.len())
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(Error::io("remove the file", path, source)),
        _ => Ok(()),
    }
}
