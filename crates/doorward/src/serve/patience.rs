//! How long a silent or slow connection is kept, and how it is closed.
//!
//! hyper's own timer would be armed and disarmed for every request; here a connection notes when
//! it last began something and one slow tick looks at the note. Closing lingers: what the client
//! still sends is read and dropped for a moment, so that it can read our last answer (431, 413)
//! instead of a reset.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use doorward_web::Pace;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// The two patiences.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// From the first byte (or the opening) to the end of the head.
    pub(super) head: Duration,
    /// Between two requests.
    pub(super) idle: Duration,
}

/// How often the note is looked at.
const TICK: Duration = Duration::from_secs(2);

/// How long and how much is read after the last answer.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 4 * 1024 * 1024;

/// How long a request may take in all, its body included; no handler of ours comes near it.
const ANSWER: Duration = Duration::from_mins(2);

/// How long nothing at all may move of what the outpost carries for an application.
const SILENCE: Duration = Duration::from_mins(10);

/// What a connection is doing: two bits of state above the time since its opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Waiting { since_ms: u64 },
    ReadingHead { since_ms: u64 },
    Answering { since_ms: u64 },
}

const ANSWERING: u64 = 1 << 63;
const READING: u64 = 1 << 62;

impl Doing {
    fn pack(self) -> u64 {
        match self {
            Self::Waiting { since_ms } => since_ms,
            Self::ReadingHead { since_ms } => since_ms | READING,
            Self::Answering { since_ms } => since_ms | ANSWERING,
        }
    }

    fn unpack(packed: u64) -> Self {
        match packed {
            answer if answer & ANSWERING != 0 => Self::Answering {
                since_ms: answer & !ANSWERING,
            },
            head if head & READING != 0 => Self::ReadingHead {
                since_ms: head & !READING,
            },
            since_ms => Self::Waiting { since_ms },
        }
    }
}

/// The note that a connection keeps about itself.
#[derive(Clone, Debug)]
pub(super) struct Pulse {
    opened: Instant,
    doing: Arc<AtomicU64>,
    pace: Pace,
}

impl Pulse {
    fn new() -> Self {
        // The first head is awaited from the opening on.
        let doing = Doing::ReadingHead { since_ms: 0 }.pack();
        Self {
            opened: Instant::now(),
            doing: Arc::new(AtomicU64::new(doing)),
            pace: Pace::default(),
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(READING - 1)
    }

    fn set(&self, doing: Doing) {
        self.doing.store(doing.pack(), Ordering::Relaxed);
    }

    /// The word by which a handler says that it takes long.
    pub(super) fn pace(&self) -> &Pace {
        &self.pace
    }

    fn bytes_arrived(&self) {
        if self.pace.is_long() {
            return self.bytes_moved();
        }
        if let Doing::Waiting { .. } = Doing::unpack(self.doing.load(Ordering::Relaxed)) {
            self.set(Doing::ReadingHead {
                since_ms: self.now_ms(),
            });
        }
    }

    /// While something long is under way, each byte buys time.
    fn bytes_moved(&self) {
        if !self.pace.is_long() {
            return;
        }
        match Doing::unpack(self.doing.load(Ordering::Relaxed)) {
            Doing::Waiting { .. } => self.request_ends(),
            Doing::Answering { .. } | Doing::ReadingHead { .. } => self.request_begins(),
        }
    }

    /// The head is complete.
    pub(super) fn request_begins(&self) {
        self.set(Doing::Answering {
            since_ms: self.now_ms(),
        });
    }

    /// The answer is on its way.
    pub(super) fn request_ends(&self) {
        self.set(Doing::Waiting {
            since_ms: self.now_ms(),
        });
    }

    fn is_out_of(&self, patience: Patience, now_ms: u64) -> bool {
        let (since_ms, allowed) = match Doing::unpack(self.doing.load(Ordering::Relaxed)) {
            Doing::Answering { since_ms } | Doing::Waiting { since_ms } if self.pace.is_long() => {
                (since_ms, SILENCE)
            }
            Doing::Answering { since_ms } => (since_ms, ANSWER),
            Doing::Waiting { since_ms } => (since_ms, patience.idle),
            Doing::ReadingHead { since_ms } => (since_ms, patience.head),
        };
        Duration::from_millis(now_ms.saturating_sub(since_ms)) >= allowed
    }

    /// Returns once the connection has used up our patience.
    pub(super) async fn runs_out(&self, patience: Patience) {
        let tick = TICK
            .min(patience.head)
            .min(patience.idle)
            .max(Duration::from_millis(10));
        while !self.is_out_of(patience, self.now_ms()) {
            tokio::time::sleep(tick).await;
        }
    }
}

/// A TCP stream that notes its pulse and closes without a reset.
pub(super) struct Patient {
    stream: TcpStream,
    pulse: Pulse,
    linger: Option<Pin<Box<Sleep>>>,
    lingered_bytes: usize,
}

impl Patient {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            pulse: Pulse::new(),
            linger: None,
            lingered_bytes: 0,
        }
    }

    pub(super) fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// Reads and drops until the client closes, sends too much or takes too long.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut space = [0_u8; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut space);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.lingered_bytes += buffer.filled().len();
                    if self.lingered_bytes > LINGER_BYTES {
                        return Poll::Ready(Ok(()));
                    }
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => break,
            }
        }
        match &mut self.linger {
            Some(linger) => linger.as_mut().poll(context).map(Ok),
            None => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.pulse.bytes_arrived();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.pulse.bytes_moved();
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.pulse.bytes_moved();
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.linger = Some(Box::pin(tokio::time::sleep(LINGER)));
        }
        self.poll_linger(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_connection_does_survives_packing() {
        for since_ms in [0, 1, 86_400_000, READING - 1] {
            for doing in [
                Doing::Waiting { since_ms },
                Doing::ReadingHead { since_ms },
                Doing::Answering { since_ms },
            ] {
                assert_eq!(Doing::unpack(doing.pack()), doing);
            }
        }
    }

    #[test]
    fn each_state_has_its_own_patience() {
        let patience = Patience {
            head: Duration::from_secs(10),
            idle: Duration::from_mins(3),
        };
        let since_ms = 1_000;
        for (doing, allowed_ms) in [
            (Doing::ReadingHead { since_ms }, 10_000),
            (Doing::Answering { since_ms }, 120_000),
            (Doing::Waiting { since_ms }, 180_000),
        ] {
            let pulse = Pulse::new();
            pulse.set(doing);
            let last = since_ms + allowed_ms - 1;
            assert!(!pulse.is_out_of(patience, last), "{doing:?}");
            assert!(pulse.is_out_of(patience, last + 1), "{doing:?}");
        }
    }

    #[test]
    fn what_is_carried_takes_as_long_as_bytes_move_and_not_longer() {
        let patience = Patience {
            head: Duration::from_secs(10),
            idle: Duration::from_mins(3),
        };
        let silence = 10 * 60 * 1000;
        for doing in [
            Doing::Answering { since_ms: 0 },
            Doing::Waiting { since_ms: 0 },
        ] {
            let pulse = Pulse::new();
            pulse.set(doing);
            let underway = pulse.pace().clone().begin();
            assert!(!pulse.is_out_of(patience, silence - 1), "{doing:?}");
            assert!(pulse.is_out_of(patience, silence), "{doing:?}");
            drop(underway);
            assert!(pulse.is_out_of(patience, silence - 1), "{doing:?}");
        }
    }
}
