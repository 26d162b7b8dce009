//! A small static file server for the page: this machine only, reading only, nothing outside its folder.

use std::{
    fs::File,
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr},
    path::{Component, Path, PathBuf},
    sync::Arc,
    thread::{self, JoinHandle},
};

use anyhow::{Context, Result, anyhow, bail};
use tiny_http::{Method, Request};

/// Where the page is served unless the user says otherwise.
pub const DEFAULT_PORT: u16 = 8080;

/// Requests answered at the same time: a page asks for a handful of files at once, and one slow reader must not block the rest.
const WORKERS: usize = 4;

/// A running server. It stops when dropped.
pub struct Server {
    server: Arc<tiny_http::Server>,
    address: SocketAddr,
    workers: Vec<JoinHandle<()>>,
}

impl Server {
    /// Serves the files below `dir` on 127.0.0.1; port 0 takes a free one.
    ///
    /// # Errors
    /// When the folder is not there or the port is taken.
    pub fn start(dir: &Path, port: u16) -> Result<Self> {
        let root = dir.canonicalize().with_context(|| format!("there is no folder {} to serve", dir.display()))?;
        let server = tiny_http::Server::http((Ipv4Addr::LOCALHOST, port))
            .map_err(|error| anyhow!("cannot listen on 127.0.0.1:{port}: {error}"))?;
        let Some(address) = server.server_addr().to_ip() else { bail!("the server has no address") };
        let server = Arc::new(server);
        let workers = (0..WORKERS).map(|_| {
            let (server, root) = (Arc::clone(&server), root.clone());
            thread::spawn(move || {
                while let Ok(request) = server.recv() {
                    answer(request, &root);
                }
            })
        });
        Ok(Self { address, workers: workers.collect(), server })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Each call wakes one worker; a worker that wakes so stops.
        for _ in &self.workers {
            self.server.unblock();
        }
    }
}

/// Answers one request. A client that went away meanwhile is nobody's error.
fn answer(request: Request, root: &Path) {
    let refuse = |request, status, sentence: &str| {
        respond(request, status, "text/plain; charset=utf-8", sentence.len() as u64, sentence.as_bytes())
    };
    let _ = if matches!(request.method(), Method::Get | Method::Head) {
        let open = |path: PathBuf| {
            let file = File::open(&path).ok()?;
            Some((file.metadata().ok()?.len(), file, mime(&path)))
        };
        match locate(root, request.url()).and_then(open) {
            None => refuse(request, "404 Not Found", "There is no such file here."),
            Some((length, file, mime)) => respond(request, "200 OK", mime, length, file),
        }
    } else {
        refuse(request, "405 Method Not Allowed", "Only GET and HEAD are answered here.")
    };
}

/// Ends the connection with the answer. A connection that waited for another request would keep its thread of the server,
/// and one that was opened at the same moment can be queued behind that thread: its page would load for ever.
fn respond(request: Request, status: &str, mime: &str, length: u64, mut body: impl Read) -> io::Result<()> {
    let head = *request.method() == Method::Head;
    let mut writer = request.into_writer();
    write!(
        writer,
        "HTTP/1.1 {status}\r\nContent-Type: {mime}\r\nContent-Length: {length}\r\nCache-Control: no-cache\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )?;
    if !head {
        io::copy(&mut body, &mut writer)?;
    }
    writer.flush()
}

/// The file that a request target such as `/weights/heart.safetensors?v=1` means, if it may be read.
fn locate(root: &Path, target: &str) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?.strip_prefix('/')?;
    let path = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
    let path = if path.is_empty() { "index.html" } else { &*path };
    // Hidden files are the build's own notes; every other kind of component leads out of the folder.
    let allowed = |part: Component| matches!(part, Component::Normal(name) if !name.to_string_lossy().starts_with('.'));
    if !Path::new(path).components().all(allowed) {
        return None;
    }
    let file = root.join(path).canonicalize().ok()?;
    (file.starts_with(root) && file.is_file()).then_some(file)
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("md" | "txt") => "text/plain; charset=utf-8",
        // Browsers compile while they download only under this type.
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("wav") => "audio/wav",
        Some("flac") => "audio/flac",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Read, net::TcpStream, time::Duration};

    use super::*;

    /// Sends the request line as it stands (a client library would tidy `..` away) and returns the whole answer.
    fn ask(server: &Server, line: &str) -> String {
        let mut stream = TcpStream::connect(server.address).unwrap();
        write!(stream, "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn status(answer: &str) -> &str {
        answer.split(' ').nth(1).unwrap_or("none")
    }

    fn site() -> (tempfile::TempDir, Server) {
        let dir = tempfile::tempdir().unwrap();
        let dist = dir.path().join("dist");
        fs::create_dir_all(dist.join("weights")).unwrap();
        fs::write(dir.path().join("secret.txt"), "outside").unwrap();
        fs::write(dist.join("index.html"), "<p>front page</p>").unwrap();
        fs::write(dist.join(".stamp"), "hidden").unwrap();
        fs::write(dist.join("app_bg.wasm"), "wasm").unwrap();
        fs::write(dist.join("weights/a b.safetensors"), "weights").unwrap();
        let server = Server::start(&dist, 0).unwrap();
        (dir, server)
    }

    #[test]
    fn files_come_with_their_types_and_are_never_cached_unasked() {
        let (_dir, server) = site();
        let page = ask(&server, "GET /?backend=cpu");
        assert!(page.starts_with("HTTP/1.1 200") && page.ends_with("<p>front page</p>"), "{page}");
        assert!(page.contains("text/html") && page.contains("Cache-Control: no-cache"), "{page}");
        assert!(ask(&server, "GET /app_bg.wasm").contains("Content-Type: application/wasm"));
        assert!(ask(&server, "GET /weights/a%20b.safetensors").ends_with("weights"));
        let head = ask(&server, "HEAD /app_bg.wasm");
        assert!(status(&head) == "200" && head.ends_with("\r\n\r\n"), "a HEAD answer has no body: {head}");
    }

    #[test]
    fn nothing_outside_the_folder_is_read() {
        let (dir, server) = site();
        let targets = [
            "/../secret.txt",
            "/weights/../../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "//etc/passwd",
            "/%2fetc%2fpasswd",
            "/.stamp",
            "/weights",
            "/absent",
            "/%ff",
        ];
        for target in targets {
            let answer = ask(&server, &format!("GET {target}"));
            assert_eq!(status(&answer), "404", "{target}: {answer}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(dir.path().join("secret.txt"), dir.path().join("dist/link.txt")).unwrap();
            assert_eq!(status(&ask(&server, "GET /link.txt")), "404", "a link out of the folder");
        }
        drop(dir);
    }

    /// As a browser does: it keeps the connection unless it is told that it is to be closed.
    fn browse(address: SocketAddr) -> Option<TcpStream> {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        write!(stream, "GET /app_bg.wasm HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let (mut answer, mut part) = (Vec::new(), [0; 1024]);
        while !answer.ends_with(b"wasm") {
            let count = stream.read(&mut part).expect("every connection is answered");
            answer.extend_from_slice(&part[..count]);
        }
        (!String::from_utf8_lossy(&answer).contains("Connection: close")).then_some(stream)
    }

    /// Browsers open several connections at once; however they fall, every one is answered.
    #[test]
    fn connections_opened_at_once_do_not_wait_for_each_other() {
        let (_dir, server) = site();
        let address = server.address;
        for _ in 0..40 {
            let browsers: Vec<_> = (0..12).map(|_| thread::spawn(move || browse(address))).collect();
            let kept: Vec<_> = browsers.into_iter().map(|browser| browser.join().expect("an answer")).collect();
            assert!(kept.iter().all(Option::is_none), "an answer ends its connection");
        }
    }

    #[test]
    fn only_reading_is_allowed() {
        let (_dir, server) = site();
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            assert_eq!(status(&ask(&server, &format!("{method} /index.html"))), "405", "{method}");
        }
    }

    #[test]
    fn a_missing_folder_and_a_taken_port_are_named() {
        let (dir, server) = site();
        let error = format!("{:#}", Server::start(&dir.path().join("absent"), 0).err().unwrap());
        assert!(error.contains("absent"), "{error}");
        let port = server.address.port();
        let error = format!("{:#}", Server::start(dir.path(), port).err().unwrap());
        assert!(error.contains(&port.to_string()), "{error}");
    }
}
