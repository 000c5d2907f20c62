//! How much time a request may take.
//!
//! Owns the word between a handler and the listener: what the outpost carries (an upload, a film, an
//! event stream) takes as long as bytes move; everything else is done at once or never. Rule: the
//! word holds until the answer's last byte and no longer.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Whether a connection carries something long; the listener puts it into the request.
#[derive(Clone, Debug, Default)]
pub struct Pace(Arc<AtomicBool>);

impl Pace {
    /// Whether something long is under way.
    pub fn is_long(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Something long begins; it is over when what this answers is dropped.
    pub fn begin(self) -> Underway {
        self.0.store(true, Ordering::Relaxed);
        Underway(self)
    }
}

/// Something long.
#[derive(Debug)]
pub struct Underway(Pace);

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Relaxed);
    }
}

impl Underway {
    /// It goes on to the end of this body.
    pub(crate) fn around<B>(self, body: B) -> Paced<B> {
        Paced {
            body,
            _underway: self,
        }
    }
}

/// A body that may take long.
pub(crate) struct Paced<B> {
    body: B,
    _underway: Underway,
}

impl<B: Body<Data = Bytes> + Unpin> Body for Paced<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
