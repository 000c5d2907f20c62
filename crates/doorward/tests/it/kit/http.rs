//! Owns a small HTTP/1.1 client that sends exactly what a test says, byte for byte, and takes the
//! answer apart. Leaves cookies and redirects to `browser`. One connection a request; every host name
//! is dialled on loopback, whatever it is.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use url::Url;

use super::issued;
use super::process::DEADLINE;
use super::tls::authority;

/// A request to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: String,
    url: Url,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Status code.
    pub(crate) status: u16,
    /// Header lines in order, names as sent.
    pub(crate) headers: Vec<(String, String)>,
    /// Body, transfer coding removed.
    pub(crate) body: Vec<u8>,
    /// The address that was asked.
    pub(crate) url: Url,
}

impl Request {
    /// A request without headers of its own but `Host` and `Connection: close`.
    pub(crate) fn new(method: &str, url: &str) -> Self {
        let url = Url::parse(url).unwrap_or_else(|e| panic!("{url}: {e}"));
        Self {
            method: method.into(),
            url,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// GET.
    pub(crate) fn get(url: &str) -> Self {
        Self::new("GET", url)
    }

    /// Adds a header line; a `Host` replaces the one of the address.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds header lines.
    pub(crate) fn headers(self, lines: &[(&str, &str)]) -> Self {
        lines
            .iter()
            .fold(self, |request, (name, value)| request.header(name, value))
    }

    /// A body of the given type.
    pub(crate) fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", content_type)
    }

    /// A JSON body.
    pub(crate) fn json(self, body: &serde_json::Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// The value of a header that will be sent, its name in any case.
    pub(crate) fn sent(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let line = headers.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(&line.1)
    }

    /// The body that will be sent.
    pub(crate) fn content(&self) -> &[u8] {
        &self.body
    }

    /// The address that will be asked.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Sends it; any answer is an answer, only a broken connection is an error.
    pub(crate) fn send(&self) -> std::io::Result<Answer> {
        let secrets = issued::of_this_test();
        secrets.add_from_request(self);
        let answer = self.exchanged()?;
        secrets.add_from_answer(&answer);
        Ok(answer)
    }

    fn exchanged(&self) -> std::io::Result<Answer> {
        let bytes = self.bytes();
        let port = self.url.port_or_known_default().expect("http or https");
        let tcp = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        tcp.set_read_timeout(Some(DEADLINE))?;
        tcp.set_nodelay(true)?;
        let raw = if self.url.scheme() == "https" {
            exchange(self.encrypted(tcp)?, &bytes)?
        } else {
            exchange(tcp, &bytes)?
        };
        parse(&raw, self.method == "HEAD", self.url.clone())
    }

    /// Sends it and panics when there is no answer.
    pub(crate) fn answer(&self) -> Answer {
        self.send()
            .unwrap_or_else(|e| panic!("{} {}: {e}", self.method, self.url))
    }

    fn encrypted(
        &self,
        tcp: TcpStream,
    ) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let host = self.url.host_str().expect("a host").to_owned();
        let name = ServerName::try_from(host).expect("a host name");
        let tls = ClientConnection::new(Arc::clone(&authority().client()), name)
            .map_err(std::io::Error::other)?;
        Ok(StreamOwned::new(tls, tcp))
    }

    fn bytes(&self) -> Vec<u8> {
        let path = &self.url[url::Position::BeforePath..url::Position::AfterQuery];
        let mut head = format!("{} {path} HTTP/1.1\r\n", self.method);
        if !self
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("host"))
        {
            let authority = &self.url[url::Position::BeforeHost..url::Position::AfterPort];
            let _ = write!(head, "Host: {authority}\r\n");
        }
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if !self.body.is_empty() || matches!(&*self.method, "POST" | "PUT" | "PATCH") {
            let _ = write!(head, "Content-Length: {}\r\n", self.body.len());
        }
        head.push_str("Connection: close\r\n\r\n");
        [head.into_bytes(), self.body.clone()].concat()
    }
}

/// Writes all and reads to the end. A server may answer and hang up before it has read everything
/// (413, 431), so a broken write is no error while an answer is there.
fn exchange(mut stream: impl Read + Write, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let written = stream.write_all(request).and_then(|()| stream.flush());
    let mut raw = Vec::new();
    match stream.read_to_end(&mut raw) {
        Err(e) if raw.is_empty() => Err(written.err().unwrap_or(e)),
        Err(e)
            if !matches!(
                e.kind(),
                ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset
            ) =>
        {
            Err(e)
        }
        _ => Ok(raw),
    }
}

fn parse(raw: &[u8], head_only: bool, url: Url) -> std::io::Result<Answer> {
    let end = find(raw, b"\r\n\r\n").ok_or(ErrorKind::UnexpectedEof)?;
    let head = String::from_utf8_lossy(&raw[..end]);
    let mut lines = head.split("\r\n");
    let status_line = lines.next().unwrap_or_default();
    let status = status_line
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let status = status.ok_or(ErrorKind::InvalidData)?;
    let mut answer = Answer {
        status,
        headers,
        body: Vec::new(),
        url,
    };
    let body = if head_only { &[][..] } else { &raw[end + 4..] };
    let chunked = answer
        .header("transfer-encoding")
        .is_some_and(|v| v.contains("chunked"));
    answer.body = if chunked {
        unchunk(body)
    } else {
        body.to_vec()
    };
    Ok(answer)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line) = find(rest, b"\r\n") {
        let size = std::str::from_utf8(&rest[..line]).ok();
        let size =
            size.and_then(|hex| usize::from_str_radix(hex.split(';').next()?.trim(), 16).ok());
        let (Some(size @ 1..), start) = (size, line + 2) else {
            break;
        };
        let end = (start + size).min(rest.len());
        body.extend_from_slice(&rest[start..end]);
        rest = rest.get(end + 2..).unwrap_or_default();
    }
    body
}

impl Answer {
    /// The first value of a header, its name in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values of a header.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let wanted = name.to_ascii_lowercase();
        let fits = move |line: &&(String, String)| line.0.to_ascii_lowercase() == wanted;
        self.headers
            .iter()
            .filter(fits)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; panics with the body when it is none.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{} {}: {e}: {}", self.status, self.url, self.text()))
    }

    /// Where a redirect leads, as an absolute address.
    pub(crate) fn location(&self) -> Option<Url> {
        let value = self.header("location")?;
        Some(
            self.url
                .join(value)
                .unwrap_or_else(|e| panic!("Location {value}: {e}")),
        )
    }

    /// Panics with the answer unless the status is the expected one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}\n{:#?}\n{}",
            self.url,
            self.headers,
            self.shown()
        );
        self
    }

    /// The body for whoever reads a failed test: a page without its head.
    fn shown(&self) -> String {
        let text = self.text();
        let body = text.find("<body").map_or(&*text, |at| &text[at..]);
        body.chars().take(2_000).collect()
    }
}
