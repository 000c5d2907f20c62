//! Asking other servers something.
//!
//! Owns what is asked and how much of an answer is read. Leaves connections to whoever runs the
//! engine. Rule: an address comes from an administrator's settings, never from a request, and an
//! answer that does not come in time is none.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use url::Url;

/// A POST.
#[derive(Clone)]
pub struct Call {
    /// Where.
    pub url: Url,
    /// What the body is.
    pub content_type: &'static str,
    /// It may hold a secret.
    pub body: String,
}

/// The body of the answer, or why there is none, in words without secrets.
pub type Answering = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send>>;

/// How calls are made.
#[derive(Clone)]
pub struct Outgoing(Arc<dyn Fn(Call) -> Answering + Send + Sync>);

impl Outgoing {
    /// Calls are made so.
    pub fn new(make: impl Fn(Call) -> Answering + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    /// Makes a call.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub async fn post(&self, call: Call) -> Result<Vec<u8>, String> {
        (self.0)(call).await
    }
}

impl Default for Outgoing {
    fn default() -> Self {
        Self::new(|_| Box::pin(async { Err("this process asks nobody".to_owned()) }))
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Outgoing")
    }
}
