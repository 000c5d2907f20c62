//! Owns free loopback ports for the processes of a test run; leaves binding them to whoever asked.
//! A port is handed out once per run, and lies below the range from which the kernel takes the local
//! ports of outgoing connections, so that nothing else steps onto it between here and the bind.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

const FIRST: u32 = 11_000;
const COUNT: u32 = 20_000;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A loopback port on which nothing listens.
pub(crate) fn free_port() -> u16 {
    let start = std::process::id().wrapping_mul(97) % COUNT;
    (0..COUNT)
        .map(|_| FIRST + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT)
        .map(|port| u16::try_from(port).expect("below 31,000"))
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("one of 20,000 ports is free")
}
