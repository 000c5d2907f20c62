//! What a client says of itself when it registers (RFC 7591 §2, OpenID Connect Registration 1.0 §2).
//!
//! Owns reading it within bounds, what may stand together, and which addresses a client may name for
//! itself. Leaves what a provider allows, and whatever has to be fetched, to the engine. Rules: what
//! we understand is either honored or refused in words, never quietly turned into something else;
//! what we do not understand is ignored, as the standard says; no address is one that a browser would
//! run instead of going there.

mod addresses;
mod said;

pub use said::Metadata;

use super::ErrorCode;

/// The longest registration.
pub const REGISTRATION_MAX_BYTES: usize = 64 * 1024;

/// Why a client is not registered (RFC 7591 §3.2.2).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct MetadataError {
    /// `invalid_redirect_uri` or `invalid_client_metadata`.
    pub code: ErrorCode,
    /// What, and what to do.
    pub why: String,
}

impl MetadataError {
    /// Something else than an address to be sent to.
    pub fn new(why: impl Into<String>) -> Self {
        let (code, why) = (ErrorCode::InvalidClientMetadata, why.into());
        Self { code, why }
    }

    fn redirect(why: impl Into<String>) -> Self {
        let (code, why) = (ErrorCode::InvalidRedirectUri, why.into());
        Self { code, why }
    }
}

/// How a client proves itself at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMethod {
    /// RFC 6749 §2.3.1, in the header.
    Basic,
    /// RFC 6749 §2.3.1, in the form.
    Post,
    /// RFC 7523 §2.2
    PrivateKeyJwt,
    /// RFC 6749 §2.1: it is public.
    None,
}

impl AuthMethod {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Basic, Self::Post, Self::PrivateKeyJwt, Self::None];

    /// As it stands in metadata.
    pub fn word(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::None => "none",
        }
    }

    /// Whether the client is given a secret.
    pub fn has_secret(self) -> bool {
        matches!(self, Self::Basic | Self::Post)
    }
}

/// Where an app runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationType {
    /// On a server, or in a browser.
    Web,
    /// On somebody's own machine (RFC 8252).
    Native,
}

#[cfg(test)]
mod tests;
