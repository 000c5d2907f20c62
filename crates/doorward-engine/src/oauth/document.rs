//! Documents that anybody may read, as bytes: made once for a configuration, not once for a request.
//!
//! Rule: a client belongs to one snapshot, so what is kept here ends with the configuration that it
//! tells of.

use std::borrow::Cow;
use std::sync::OnceLock;

use bytes::Bytes;
use doorward_protocol::encoding::{base64url, sha256};
use http::HeaderValue;

use super::client::Client;
use super::discovery::discovery;
use crate::snapshot::Snapshot;

/// JSON with the tag by which a cache asks whether it is still the same (RFC 9110 §8.8.3).
#[derive(Clone, Debug)]
pub struct Document {
    /// The text.
    pub body: Bytes,
    /// With its quotation marks.
    pub tag: HeaderValue,
}

impl Document {
    fn new(text: String) -> Self {
        let digest = base64url(sha256(text.as_bytes()));
        let tag = HeaderValue::from_str(&format!("\"{}\"", &digest[..22]));
        Self {
            body: text.into(),
            tag: tag.unwrap_or(HeaderValue::from_static("\"\"")),
        }
    }
}

/// Those of one client that somebody has asked for.
#[derive(Debug, Default)]
pub(super) struct Documents {
    discovery: OnceLock<Option<Document>>,
    key_set: OnceLock<Document>,
}

impl Client {
    /// What a client can ask of us; `None` while the public address is not known.
    pub fn discovery(&self, snapshot: &Snapshot) -> Option<Document> {
        let made = || discovery(snapshot, self).map(|value| Document::new(value.to_string()));
        self.documents.discovery.get_or_init(made).clone()
    }

    /// Its key set (RFC 7517 §5); one with a key that ends is made anew.
    pub fn key_set(&self, now: i64) -> Document {
        match self.keys.document(now) {
            Cow::Owned(text) => Document::new(text),
            Cow::Borrowed(text) => {
                let made = || Document::new(text.to_owned());
                self.documents.key_set.get_or_init(made).clone()
            }
        }
    }
}
