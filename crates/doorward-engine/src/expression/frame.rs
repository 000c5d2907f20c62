//! The words between the server and a worker: JSON behind its length.
//!
//! Rule: a frame that claims to be longer than [`FRAME_MAX`] is never read.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::{Call, Facts, Failure, Job, Outcome};

/// The longest frame, in bytes.
pub(super) const FRAME_MAX: usize = 1024 * 1024;

/// What the server says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// Read this.
    Check(String),
    /// Run this.
    Run(Box<Job>),
    /// What you asked for.
    Answer(Result<Value, String>),
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Report {
    /// A text was read.
    Checked(Result<Facts, Failure>),
    /// A run is over.
    Done(Result<Outcome, Failure>),
    /// A run asks.
    Call(Call),
}

fn encode(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let body = serde_json::to_vec(value)?;
    let length = u32::try_from(body.len()).ok();
    let length = length.filter(|_| body.len() <= FRAME_MAX);
    let length = length.ok_or_else(|| io::Error::other("a frame is too long"))?;
    let mut frame = length.to_le_bytes().to_vec();
    frame.extend(body);
    Ok(frame)
}

fn checked(length: [u8; 4]) -> io::Result<usize> {
    let length = u32::from_le_bytes(length) as usize;
    if length > FRAME_MAX {
        return Err(io::Error::other("a frame is too long"));
    }
    Ok(length)
}

/// Reads one frame; `None` at the end.
pub(super) fn read_frame<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let mut body = vec![0; checked(length)?];
    from.read_exact(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}

/// Writes one.
pub(super) fn write(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    to.write_all(&encode(value)?)?;
    to.flush()
}

/// Reads one, without blocking.
pub(super) async fn receive<T: DeserializeOwned>(
    from: &mut (impl AsyncRead + Unpin),
) -> io::Result<T> {
    let mut length = [0; 4];
    from.read_exact(&mut length).await?;
    let mut body = vec![0; checked(length)?];
    from.read_exact(&mut body).await?;
    Ok(serde_json::from_slice(&body)?)
}

/// Writes one, without blocking.
pub(super) async fn send(
    to: &mut (impl AsyncWrite + Unpin),
    value: &impl Serialize,
) -> io::Result<()> {
    to.write_all(&encode(value)?).await?;
    to.flush().await
}
