//! Owns the protected app of the tests: answers every request with what reached it, as JSON, and with
//! the status that the address asks for. `/events` begins an answer that does not end, and
//! `/socket` changes the protocol and sends back what comes. Threads of the test process; end with its value.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use rustls::{ServerConnection, StreamOwned};
use serde_json::{Value, json};

use super::tls::authority;

/// A running echo app.
#[derive(Debug)]
pub(crate) struct Echo {
    port: u16,
    stopped: Arc<AtomicBool>,
}

impl Echo {
    /// Starts it on a free port.
    pub(crate) fn start() -> Self {
        Self::serving(|stream| while serve_one(&stream).is_some() {})
    }

    /// The same over TLS, with the certificate of the tests' own authority.
    pub(crate) fn start_tls() -> Self {
        Self::serving(|stream| {
            let tls = ServerConnection::new(authority().server()).expect("a configuration");
            let stream = Mutex::new(StreamOwned::new(tls, stream));
            while serve_one(&Shared(&stream)).is_some() {}
        })
    }

    /// Starts whatever answers so.
    pub(crate) fn serving(serve: fn(TcpStream)) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let stopped = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stopped);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if flag.load(Ordering::Relaxed) {
                    break;
                }
                std::thread::spawn(move || serve(stream));
            }
        });
        Self { port, stopped }
    }

    /// Where a proxy finds it.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

/// One TLS stream for reading and writing.
struct Shared<'a>(&'a Mutex<StreamOwned<ServerConnection, TcpStream>>);

impl Read for &Shared<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        self.0.lock().expect("one thread").read(bytes)
    }
}

impl Write for &Shared<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("one thread").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.lock().expect("one thread").flush()
    }
}

/// Answers one request of a connection; `None` when it has ended.
fn serve_one<S>(stream: &S) -> Option<()>
where
    for<'a> &'a S: Read + Write,
{
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let mut words = line.split_ascii_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers = read_headers(&mut reader)?;
    if target == "/socket" {
        return send_back(&mut reader, stream);
    }
    if target == "/events" {
        return begin_events(stream);
    }
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let seen =
        json!({ "method": method, "target": target, "headers": headers, "body_bytes": length });
    let text = seen.to_string();
    let head = format!(
        "HTTP/1.1 {} Asked\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        status(&target),
        text.len()
    );
    let mut out = stream;
    out.write_all(head.as_bytes()).ok()?;
    out.write_all(text.as_bytes()).ok()?;
    out.flush().ok()?;
    None
}

/// A web socket, as far as a proxy sees one: bytes in both directions.
fn send_back(reader: &mut impl Read, mut out: impl Write) -> Option<()> {
    out.write_all(b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        .ok()?;
    let mut bytes = [0; 256];
    loop {
        let length = reader.read(&mut bytes).ok().filter(|length| *length > 0)?;
        out.write_all(&bytes[..length]).ok()?;
    }
}

/// The first event of a stream, and no other until the reader has gone.
fn begin_events(mut stream: impl Read + Write) -> Option<()> {
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(b"9\r\ndata: 1\n\n\r\n").ok()?;
    stream.flush().ok()?;
    // Nothing comes: this waits for the reader to go.
    let _gone = stream.read(&mut [0; 1]);
    None
}

/// What `?status=403` asks for, otherwise 200.
fn status(target: &str) -> &str {
    target
        .split_once("?status=")
        .map_or("200", |(_, status)| status)
}

fn read_headers(reader: &mut impl BufRead) -> Option<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let mut bytes = Vec::new();
        reader.read_until(b'\n', &mut bytes).ok()?;
        let line = String::from_utf8_lossy(&bytes);
        let line = line.trim_end();
        if line.is_empty() {
            return Some(headers);
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

/// The values of a header that reached the app, by its exact name in any case.
pub(crate) fn seen(echo: &Value, name: &str) -> Vec<String> {
    let lines = echo["headers"].as_array().expect("the echo app's answer");
    let fits = |line: &&Value| {
        line[0]
            .as_str()
            .is_some_and(|n| n.eq_ignore_ascii_case(name))
    };
    lines
        .iter()
        .filter(fits)
        .filter_map(|line| line[1].as_str().map(str::to_owned))
        .collect()
}
