//! The server as clients see it, well-behaved ones and others.

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    thread,
};

use super::*;

/// Longest wait of a test for what must come: a test that fails ends too.
const PATIENCE: Duration = Duration::from_secs(30);
/// A limit that a test can wait for.
const SOON: Duration = Duration::from_millis(400);
/// More than the buffers of two sockets hold, so that an answer of that length cannot be sent to one who does not read.
const LARGE: u64 = 256 << 20;

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// What still comes until the server ends the connection, whether in good order or not.
fn until_the_end(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        let open = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
        assert!(!open, "the server does not end the connection");
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sends the request line as it stands (a client library would tidy `..` away) and returns the whole answer.
fn ask(server: &Server, line: &str) -> String {
    ask_with(server, line, "")
}

/// The same with further header lines, each of which ends in `\r\n`.
fn ask_with(server: &Server, line: &str, headers: &str) -> String {
    let mut stream = connect(server);
    write!(stream, "{line} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").unwrap();
    until_the_end(stream)
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

fn site() -> (tempfile::TempDir, Server) {
    site_within(LIMITS)
}

fn site_within(limits: Limits) -> (tempfile::TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    let dist = dir.path().join("dist");
    fs::create_dir_all(dist.join("weights")).unwrap();
    fs::write(dir.path().join("secret.txt"), "outside").unwrap();
    fs::write(dist.join("index.html"), "<p>front page</p>").unwrap();
    fs::write(dist.join(".stamp"), "hidden").unwrap();
    fs::write(dist.join("app_bg.wasm"), "wasm").unwrap();
    fs::write(dist.join("empty.txt"), "").unwrap();
    fs::write(dist.join("weights/a b.safetensors"), "weights").unwrap();
    let server = Server::start_within(&dist, 0, limits).unwrap();
    (dir, server)
}

/// A file of zeros that takes no place on the disk.
fn put_zeros(dir: &tempfile::TempDir, name: &str, length: u64) {
    fs::File::create(dir.path().join("dist").join(name)).unwrap().set_len(length).unwrap();
}

#[test]
fn files_come_with_their_types_and_are_never_cached_unasked() {
    let (_dir, server) = site();
    let page = ask(&server, "GET /?backend=cpu");
    assert!(page.starts_with("HTTP/1.1 200") && page.ends_with("<p>front page</p>"), "{page}");
    assert!(page.contains("text/html") && page.contains("Cache-Control: no-cache"), "{page}");
    assert!(page.contains("X-Content-Type-Options: nosniff") && page.contains("Content-Length: 17"), "{page}");
    assert!(ask(&server, "GET /app_bg.wasm").contains("Content-Type: application/wasm"));
    assert!(ask(&server, "GET /weights/a%20b.safetensors").ends_with("weights"));
    let head = ask(&server, "HEAD /app_bg.wasm");
    assert!(status(&head) == "200" && head.ends_with("\r\n\r\n"), "a HEAD answer has no body: {head}");
    assert!(head.contains("Content-Length: 4"), "but its length: {head}");
    let empty = ask(&server, "GET /empty.txt");
    assert!(status(&empty) == "200" && empty.ends_with("\r\n\r\n"), "{empty}");
}

/// Longer than a piece and than what a connection buffers, and no multiple of either.
#[test]
fn a_file_of_many_pieces_comes_whole() {
    let (dir, server) = site();
    let numbers = (0..100_000).map(|number| number.to_string()).collect::<Vec<_>>().join("\n");
    fs::write(dir.path().join("dist/numbers.txt"), &numbers).unwrap();
    let answer = ask(&server, "GET /numbers.txt");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(body == numbers, "{} bytes of {}", body.len(), numbers.len());
}

/// Asks for a file under an encoding: the head of the answer, and its body as it came.
fn ask_encoded(server: &Server, line: &str, encodings: &str) -> (String, Vec<u8>) {
    let mut stream = connect(server);
    write!(stream, "{line} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: {encodings}\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head") + 4;
    let body = answer.split_off(end);
    (String::from_utf8(answer).unwrap(), body)
}

#[test]
fn what_gets_smaller_comes_compressed_to_those_who_take_it() {
    let (dir, server) = site();
    let text = "the same line again and again\n".repeat(500);
    let names = ["a.wasm", "a.js", "a.css", "a.html", "a.json", "a.svg", "a.webmanifest", "a.md"];
    for name in names {
        fs::write(dir.path().join("dist").join(name), &text).unwrap();
        let line = format!("GET /{name}");
        let (head, body) = ask_encoded(&server, &line, "gzip, deflate, br");
        assert!(head.contains("Content-Encoding: br") && head.contains("Vary: Accept-Encoding"), "{name}: {head}");
        assert!(head.contains(&format!("Content-Length: {}", body.len())) && body.len() < 200, "{name}: {head}");
        let mut plain = String::new();
        brotli::Decompressor::new(body.as_slice(), 4096).read_to_string(&mut plain).unwrap();
        assert!(plain == text, "{name}");

        let (head, body) = ask_encoded(&server, &line, "gzip;q=0.8, br;q=0");
        assert!(head.contains("Content-Encoding: gzip"), "{name}: {head}");
        let mut plain = String::new();
        flate2::read::GzDecoder::new(body.as_slice()).read_to_string(&mut plain).unwrap();
        assert!(plain == text, "{name}");

        let (head, body) = ask_encoded(&server, &line, "identity");
        assert!(!head.contains("Content-Encoding") && head.contains("Vary: Accept-Encoding"), "{name}: {head}");
        assert!(body == text.as_bytes(), "{name}");

        let (head, body) = ask_encoded(&server, &format!("HEAD /{name}"), "br");
        assert!(head.contains("Content-Encoding: br") && body.is_empty(), "{name}: {head}");
    }
    // A model and a picture are as small as they get.
    for name in ["a.safetensors", "a.png", "a.flac"] {
        fs::write(dir.path().join("dist").join(name), &text).unwrap();
        let (head, body) = ask_encoded(&server, &format!("GET /{name}"), "br");
        assert!(!head.contains("Content-Encoding") && !head.contains("Vary"), "{name}: {head}");
        assert!(body == text.as_bytes(), "{name}");
    }
}

#[test]
fn a_file_that_has_changed_is_compressed_again() {
    let (dir, server) = site();
    for line in ["one and the same line\n", "another line of another length\n"] {
        let text = line.repeat(300);
        fs::write(dir.path().join("dist/a.js"), &text).unwrap();
        for _ in 0..2 {
            let (_, body) = ask_encoded(&server, "GET /a.js", "br");
            let mut plain = String::new();
            brotli::Decompressor::new(body.as_slice(), 4096).read_to_string(&mut plain).unwrap();
            assert!(plain == text);
        }
    }
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
        "/weights/",
        "/absent",
        "/%ff",
    ];
    for target in targets {
        let answer = ask(&server, &format!("GET {target}"));
        assert_eq!(status(&answer), "404", "{target}: {answer}");
        assert!(answer.ends_with("There is no such file here."), "{target}: {answer}");
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
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET /app_bg.wasm HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let (mut answer, mut part) = (Vec::new(), [0; 1024]);
    while !answer.ends_with(b"\r\n\r\nwasm") {
        let count = stream.read(&mut part).expect("every connection is answered");
        assert!(count > 0, "the answer is whole");
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
        let open: Vec<_> = browsers.into_iter().map(|browser| browser.join().expect("an answer")).collect();
        assert!(open.iter().all(Option::is_none), "an answer ends its connection");
    }
}

#[test]
fn only_reading_is_allowed() {
    let (_dir, server) = site();
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let answer = ask(&server, &format!("{method} /index.html"));
        assert_eq!(status(&answer), "405", "{method}");
        assert!(answer.ends_with("Only GET and HEAD are answered here."), "{method}: {answer}");
    }
}

/// The bodies never come: an answer shows that the server does not wait for them.
#[test]
fn a_body_is_refused_unread() {
    let (_dir, server) = site();
    for headers in ["Content-Length: 1000000000000\r\n", "Transfer-Encoding: chunked\r\n"] {
        assert_eq!(status(&ask_with(&server, "GET /index.html", headers)), "413", "{headers}");
        assert_eq!(status(&ask_with(&server, "POST /index.html", headers)), "405", "{headers}");
    }
}

#[test]
fn a_head_beyond_the_limit_is_refused() {
    let (_dir, server) = site();
    let start = "GET / HTTP/1.1\r\nHost: localhost\r\nX: ";
    let mut stream = connect(&server);
    write!(stream, "{start}{}", "x".repeat(MOST_HEAD - start.len())).unwrap();
    assert_eq!(status(&until_the_end(stream)), "431", "as soon as it is full, without waiting for its end");

    let mut stream = connect(&server);
    // The server ends the connection in the middle of it, so neither this nor the answer is sure to arrive.
    let _ = write!(stream, "{start}{}\r\n\r\n", "x".repeat(64 * MOST_HEAD));
    assert!(["431", "none"].contains(&status(&until_the_end(stream))));
    assert_eq!(status(&ask(&server, "GET /")), "200", "the next one is answered");
}

fn send_half_a_head(server: &Server) -> TcpStream {
    let mut stream = connect(server);
    write!(stream, "GET / HTTP/1.1\r\nHost: loc").unwrap();
    stream
}

#[test]
fn clients_that_send_half_a_head_hold_up_nobody_and_are_cut_off() {
    let (_dir, server) = site();
    let _slow: Vec<_> = (0..8 * WORKERS).map(|_| send_half_a_head(&server)).collect();
    assert_eq!(status(&ask(&server, "GET /")), "200", "while all of them are still waited for");

    let (_dir, server) = site_within(Limits { head: SOON, ..LIMITS });
    assert_eq!(until_the_end(send_half_a_head(&server)), "", "cut off without an answer");
}

#[test]
fn idle_connections_beyond_the_limit_make_way() {
    let (_dir, server) = site_within(Limits { connections: 2, head: SOON, ..LIMITS });
    let _idle: Vec<_> = (0..3).map(|_| connect(&server)).collect();
    assert_eq!(status(&ask(&server, "GET /")), "200");
}

#[test]
fn a_client_that_never_reads_its_answer_is_cut_off() {
    let (dir, server) = site_within(Limits { connections: 1, connection: SOON, ..LIMITS });
    put_zeros(&dir, "large.bin", LARGE);
    let mut never = connect(&server);
    write!(never, "GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!(status(&ask(&server, "GET /")), "200", "its place is free again");
    let answer = until_the_end(never);
    assert_eq!(status(&answer), "200");
    assert!((answer.len() as u64) < LARGE, "it was cut off in the middle of the answer");
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

/// The browser tests do so. Dropping a runtime there panics unless it is given up without waiting.
#[test]
fn a_server_starts_and_stops_inside_another_runtime() {
    let runtime = runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (_dir, server) = site();
        assert_eq!(status(&ask(&server, "GET /")), "200");
    });
}

#[test]
fn a_dropped_server_takes_no_more_connections() {
    let (_dir, server) = site();
    let address = server.address;
    drop(server);
    let stopped = (0..600).any(|_| {
        thread::sleep(PATIENCE / 600);
        TcpStream::connect(address).is_err()
    });
    assert!(stopped, "the port is still served");
}
