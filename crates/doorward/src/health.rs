//! `doorward healthcheck`: asks the running server over plain TCP, for container engines that
//! have no shell and no curl.
//!
//! Speaks just enough HTTP/1.1 to read a status line.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long the server may take to answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Which question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Does the process answer at all?
    Live,
    /// Can it work: store reachable and migrated?
    Ready,
}

impl Probe {
    fn path(self) -> &'static str {
        match self {
            Self::Live => "/-/health/live/",
            Self::Ready => "/-/health/ready/",
        }
    }
}

/// What the server said.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, which names what is not well.
    pub body: String,
}

/// Asks the server that listens on `address`.
///
/// # Errors
/// Nobody answers there, or not within three seconds, or not in HTTP.
pub fn ask(address: SocketAddr, probe: Probe) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&reachable(address), TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let path = probe.path();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut text = String::new();
    stream.take(64 * 1024).read_to_string(&mut text)?;
    parse(&text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the answer is not HTTP"))
}

/// "All addresses" can be listened on but not connected to.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        // A listener on [::] takes IPv4 too, and hosts without IPv6 have only that.
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn parse(text: &str) -> Option<Answer> {
    let status = text
        .strip_prefix("HTTP/1.")?
        .split(' ')
        .nth(1)?
        .parse()
        .ok()?;
    let body = text
        .split_once("\r\n\r\n")
        .map_or("", |(_, body)| body)
        .trim()
        .to_owned();
    Some(Answer { status, body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn answer_with(response: &'static str) -> io::Result<Answer> {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 512];
                let read = stream.read(&mut request).unwrap();
                assert!(request[..read].starts_with(b"GET /-/health/ready/ HTTP/1.1\r\n"));
                stream.write_all(response.as_bytes()).unwrap();
            });
            ask(address, Probe::Ready)
        })
    }

    #[test]
    fn the_status_and_the_reason_are_read() {
        let answer = answer_with("HTTP/1.1 503 Service Unavailable\r\n\r\n{\"store\":\"away\"}");
        let wanted = Answer {
            status: 503,
            body: "{\"store\":\"away\"}".into(),
        };
        assert_eq!(answer.unwrap(), wanted);
        assert!(answer_with("220 mail.example.org ESMTP").is_err());
    }

    #[test]
    fn nobody_listening_is_an_error() {
        let free = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        assert!(ask(free, Probe::Live).is_err());
    }
}
