//! A small static file server for the page: this machine only, reading only, nothing outside its folder.
//!
//! What a client may take of it is bounded: bytes, time and connections. No client has a thread of its own, so that
//! slow ones hold up nobody.

mod encoded;
mod files;
#[cfg(test)]
mod tests;

use std::{
    io::{self, Cursor},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{self, Poll, ready},
    time::Duration,
};

use anyhow::{Context, Result};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Body, Bytes, Frame, Incoming, SizeHint},
    header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS},
    http,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, ReadBuf},
    net::TcpListener,
    runtime::{self, Runtime},
    sync::Semaphore,
    task::JoinHandle,
    time,
};

use encoded::{Encoding, Kept};

/// Where the page is served unless the user says otherwise.
pub const DEFAULT_PORT: u16 = 8080;

/// Threads that answer, and as many again that read files: enough for a browser, which needs the other cores itself.
const WORKERS: usize = 2;
/// Connections at the same time; further ones wait until one ends. A browser opens about six, so several browsers fit.
const MOST_CONNECTIONS: usize = 64;
/// Most bytes in the head of a request: browsers send one or two KiB, and the cookies of other servers on this machine.
const MOST_HEAD: usize = 16 << 10;
/// Longest wait for the head of a request: whoever connects on this machine can send it at once.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Longest life of a connection, which is one answer: megabytes take a second on this machine, also when it is busy.
const CONNECTION_TIME: Duration = Duration::from_secs(60);
/// Bytes of a file that are in memory for a connection: large enough for few reads, small enough for all connections.
const PIECE: usize = 64 << 10;
/// Wait after a connection that could not be accepted: most often the process has too many files open, which passes.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What clients may take; the tests have less patience.
#[derive(Clone, Copy)]
struct Limits {
    connections: usize,
    head: Duration,
    connection: Duration,
}

const LIMITS: Limits = Limits { connections: MOST_CONNECTIONS, head: HEAD_TIME, connection: CONNECTION_TIME };

/// A running server. It stops when dropped.
pub struct Server {
    address: SocketAddr,
    /// Its own, so that a server can be started and dropped anywhere, also where another runtime runs.
    runtime: Option<Runtime>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Serves the files below `dir` on 127.0.0.1; port 0 takes a free one.
    ///
    /// # Errors
    /// When the folder is not there or the port is taken.
    pub fn start(dir: &Path, port: u16) -> Result<Self> {
        Self::start_within(dir, port, LIMITS)
    }

    fn start_within(dir: &Path, port: u16, limits: Limits) -> Result<Self> {
        let root = dir.canonicalize().with_context(|| format!("there is no folder {} to serve", dir.display()))?;
        let cannot_listen = || format!("cannot listen on 127.0.0.1:{port}");
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).with_context(cannot_listen)?;
        listener.set_nonblocking(true).with_context(cannot_listen)?;
        let address = listener.local_addr().with_context(cannot_listen)?;
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .max_blocking_threads(WORKERS)
            .enable_all()
            .build()
            .context("cannot start the threads of the server")?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)
        };
        let accepting = match listener {
            Ok(listener) => runtime.spawn(accept(listener, root.into(), limits)),
            Err(error) => {
                runtime.shutdown_background();
                return Err(error).with_context(cannot_listen);
            }
        };
        Ok(Self { address, runtime: Some(runtime), accepting })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves until the process ends. Not to be called where another runtime runs: it blocks.
    pub fn wait(mut self) {
        if let Some(runtime) = self.runtime.take() {
            let _ = runtime.block_on(&mut self.accepting);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A runtime that waits for its threads when dropped would panic where another one runs.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Takes connections as long as the server runs, each for one request.
async fn accept(listener: TcpListener, root: Arc<Path>, limits: Limits) {
    let mut protocol = http1::Builder::new();
    // An answer ends its connection (`Connection: close`): one that waited for another request would keep its place.
    protocol.keep_alive(false).max_buf_size(MOST_HEAD).timer(TokioTimer::new()).header_read_timeout(limits.head);
    // As most servers write them, for whoever reads them.
    protocol.title_case_headers(true);
    let (places, kept) = (Arc::new(Semaphore::new(limits.connections)), Arc::new(Kept::default()));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let (root, kept) = (Arc::clone(&root), Arc::clone(&kept));
        let service = service_fn(move |request| answer(request, Arc::clone(&root), Arc::clone(&kept)));
        let connection = protocol.serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            // A client that went away or was cut off is nobody's error.
            let _ = time::timeout(limits.connection, connection).await;
            drop(place);
        });
    }
}

/// Answers one request.
async fn answer(request: Request<Incoming>, root: Arc<Path>, kept: Arc<Kept>) -> http::Result<Response<Content>> {
    let (head, body) = request.into_parts();
    let refuse = |status, sentence: &'static str| {
        respond(status, "text/plain; charset=utf-8", sentence.len() as u64, sentence.as_bytes())
    };
    if !matches!(head.method, Method::GET | Method::HEAD) {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD are answered here.");
    }
    // Not even read: nothing that is asked for here needs a body.
    if !body.is_end_stream() {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "A request has no body here.");
    }
    let encoding = Encoding::accepted(&head.headers);
    let opened = tokio::task::spawn_blocking(move || {
        let (file, found) = files::open(&root, head.uri.path())?;
        let small = encoding.and_then(|encoding| Some((encoding, kept.bytes(&found, encoding)?)));
        Some((file, found, small))
    });
    let Some((file, found, small)) = opened.await.ok().flatten() else {
        return refuse(StatusCode::NOT_FOUND, "There is no such file here.");
    };
    let mut response = match &small {
        Some((_, bytes)) => respond(StatusCode::OK, found.mime, bytes.len() as u64, Cursor::new(bytes.clone())),
        None => respond(StatusCode::OK, found.mime, found.length, tokio::fs::File::from_std(file)),
    }?;
    let headers = response.headers_mut();
    if encoded::is_compressible(found.mime) {
        // Caches keep an answer for each encoding, also where a file is too small for one.
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if let Some((encoding, _)) = small {
        headers.insert(CONTENT_ENCODING, encoding.name());
    }
    Ok(response)
}

/// An answer of `length` bytes from `source`. For HEAD, hyper sends the head of it alone.
fn respond(
    status: StatusCode,
    mime: &'static str,
    length: u64,
    source: impl AsyncRead + Send + Unpin + 'static,
) -> http::Result<Response<Content>> {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, mime)
        .header(CACHE_CONTROL, "no-cache")
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(Content { source: Box::new(source), left: length })
}

/// The bytes of an answer, read piece by piece as the client takes them: whatever the file's size, memory is bounded.
struct Content {
    source: Box<dyn AsyncRead + Send + Unpin>,
    left: u64,
}

impl Body for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        if this.left == 0 {
            return Poll::Ready(None);
        }
        let mut piece = vec![0; usize::try_from(this.left).unwrap_or(PIECE).min(PIECE)];
        let mut room = ReadBuf::new(&mut piece);
        ready!(Pin::new(&mut this.source).poll_read(context, &mut room))?;
        let count = room.filled().len();
        if count == 0 {
            // The file was cut meanwhile; the client must not take what it got for the whole.
            return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
        }
        piece.truncate(count);
        this.left -= count as u64;
        Poll::Ready(Some(Ok(Frame::data(piece.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
