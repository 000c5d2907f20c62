//! A load generator that keeps a pace, for latencies at a known rate. Used by `make bench` only;
//! `wrk` can only go as fast as possible.
//!
//! ```text
//! pace ADDRESS CONNECTIONS RATE SECONDS REQUEST [TOKENS]
//! ```
//!
//! REQUEST is a file with the raw bytes of a request; `{token}` in it becomes the next line of the
//! file TOKENS, each used once, and the run ends with them. RATE is requests per second in all; 0 is
//! as fast as possible. Prints JSON. A latency counts from when the request was due if the answer
//! before it was late, so a server that stalls does not hide what it kept waiting.

#![expect(clippy::print_stdout, reason = "its output is the result")]

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What all connections share.
struct Plan {
    address: String,
    request: String,
    tokens: Vec<String>,
    next_token: AtomicUsize,
    /// Between two requests of one connection; `None` is as fast as possible.
    interval: Option<Duration>,
    start: Instant,
    end: Instant,
}

#[derive(Default)]
struct Tally {
    latencies_us: Vec<u64>,
    not_200: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, connections, rate, seconds, request, tokens @ ..] = &*arguments else {
        return Err("usage: pace ADDRESS CONNECTIONS RATE SECONDS REQUEST [TOKENS]".into());
    };
    let connections: u32 = connections.parse()?;
    let rate: f64 = rate.parse()?;
    let start = Instant::now() + Duration::from_millis(50);
    let plan = Plan {
        address: address.clone(),
        request: std::fs::read_to_string(request)?,
        tokens: lines(tokens.first())?,
        next_token: AtomicUsize::new(0),
        interval: (rate > 0.0).then(|| Duration::from_secs_f64(f64::from(connections) / rate)),
        start,
        end: start + Duration::from_secs_f64(seconds.parse()?),
    };
    let tally = run(&plan, connections)?;
    report(tally, start.elapsed());
    Ok(())
}

fn lines(path: Option<&String>) -> io::Result<Vec<String>> {
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    Ok(std::fs::read_to_string(path)?
        .lines()
        .map(str::to_owned)
        .collect())
}

fn run(plan: &Plan, connections: u32) -> io::Result<Tally> {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|number| scope.spawn(move || one_connection(plan, number, connections)))
            .collect();
        let mut all = Tally::default();
        for thread in threads {
            let tally = thread
                .join()
                .map_err(|_| io::Error::other("a connection's thread died"))??;
            all.latencies_us.extend(tally.latencies_us);
            all.not_200 += tally.not_200;
        }
        Ok(all)
    })
}

fn one_connection(plan: &Plan, number: u32, connections: u32) -> io::Result<Tally> {
    let mut stream = TcpStream::connect(&plan.address)?;
    stream.set_nodelay(true)?;
    let mut tally = Tally::default();
    let offset = plan
        .interval
        .unwrap_or_default()
        .mul_f64(f64::from(number) / f64::from(connections));
    let mut due = plan.start + offset;
    let mut answer = Vec::with_capacity(16 * 1024);
    loop {
        let free = Instant::now();
        thread::sleep(due.saturating_duration_since(free));
        let now = Instant::now();
        let Some(request) = plan.next_request().filter(|_| now < plan.end) else {
            return Ok(tally);
        };
        let began = match plan.interval {
            Some(_) if free > due => due,
            _ => now,
        };
        stream.write_all(request.as_bytes())?;
        tally.not_200 += usize::from(!is_200(&mut stream, &mut answer)?);
        let latency = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        tally.latencies_us.push(latency);
        due = plan.interval.map_or(now, |interval| due + interval);
    }
}

impl Plan {
    fn next_request(&self) -> Option<String> {
        if self.tokens.is_empty() {
            return Some(self.request.clone());
        }
        let token = self
            .tokens
            .get(self.next_token.fetch_add(1, Ordering::Relaxed))?;
        Some(self.request.replace("{token}", token))
    }
}

/// Reads one answer, head and body.
fn is_200(stream: &mut TcpStream, answer: &mut Vec<u8>) -> io::Result<bool> {
    answer.clear();
    let mut buffer = [0; 16 * 1024];
    let mut whole_bytes = None;
    while whole_bytes.is_none_or(|whole| answer.len() < whole) {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        answer.extend_from_slice(&buffer[..read]);
        whole_bytes = whole_bytes.or_else(|| whole(answer));
    }
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}

/// Bytes of the whole answer once its head is there.
fn whole(answer: &[u8]) -> Option<usize> {
    let head_bytes = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&answer[..head_bytes]).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    Some(head_bytes + length.unwrap_or(0))
}

fn report(mut tally: Tally, took: Duration) {
    tally.latencies_us.sort_unstable();
    let all = &tally.latencies_us;
    let at = |permille: usize| {
        let place = all.len() * permille / 1000;
        all.get(place).or(all.last()).copied().unwrap_or(0)
    };
    println!(
        r#"{{"requests": {}, "not_200": {}, "seconds": {:.3}, "p50_us": {}, "p90_us": {}, "p99_us": {}, "p999_us": {}, "max_us": {}}}"#,
        all.len(),
        tally.not_200,
        took.as_secs_f64(),
        at(500),
        at(900),
        at(990),
        at(999),
        at(1000)
    );
}
