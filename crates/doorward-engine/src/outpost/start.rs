//! A login begins on the application's host.
//!
//! Rule: nothing is written. The browser gets a sealed cookie, the public address a sealed request;
//! both name the same nonce, and neither is worth anything alone.

use doorward_protocol::encoding;
use doorward_protocol::forward_auth::{OUTPOST_PREFIX, component};
use doorward_protocol::redirect::{Allowed, RedirectRefusal, approve};
use doorward_protocol::seal::Purpose;
use url::Url;

use super::sealed::{Request, Start, nonce_hash, seal};
use super::{App, sealed};
use crate::engine::Engine;
use crate::snapshot::Snapshot;

/// How long a started login can be finished, in seconds.
pub const START_COOKIE_LIFE_S: i64 = 600;
/// A cookie holds 4096 bytes; a longer target falls back to the application's front page.
const MAX_TARGET_BYTES: usize = 1800;

/// A login that began.
pub struct Started {
    /// Names the cookie.
    pub id: String,
    /// The cookie's value.
    pub value: String,
    /// The authorize page.
    pub location: String,
}

impl Engine {
    /// Begins a login for `app` that leads back to `target`; `None` before the first run is done.
    pub fn outpost_start(
        &self,
        snapshot: &Snapshot,
        app: &App,
        target: &Url,
        tries: u8,
        now: i64,
    ) -> Option<Started> {
        let public = snapshot.public_url()?;
        let short = target.as_str().len() <= MAX_TARGET_BYTES;
        let target = if short { target } else { &app.external };
        let (id, nonce) = (
            encoding::hex(encoding::random_bytes::<8>()),
            encoding::random_token(32),
        );
        let expires_at = now.saturating_add(START_COOKIE_LIFE_S * 1000);
        let request = Request {
            provider: app.provider.pk,
            start: id.clone(),
            nonce_hash: nonce_hash(&nonce),
            target: target.to_string(),
            tries,
            expires_at,
        };
        let request = seal(&self.keys, Purpose::OutpostRequest, "", &request);
        let provider = app.provider.pk;
        let start = Start {
            nonce,
            target: target.to_string(),
            provider,
            expires_at,
        };
        let origin = public[..url::Position::BeforePath].trim_end_matches('/');
        Some(Started {
            value: seal(&self.keys, Purpose::OutpostStart, &id, &start),
            location: format!("{origin}/application/proxy/authorize/?request={request}"),
            id,
        })
    }

    /// When the start behind a cookie runs out; `None` if it is not ours or late.
    pub fn outpost_start_expires(&self, id: &str, value: &str, now: i64) -> Option<i64> {
        let start: Start = sealed::open(&self.keys, Purpose::OutpostStart, id, value)?;
        Some(start.expires_at).filter(|at| *at > now)
    }
}

impl App {
    /// Where a login leads: `rd` if it is approved, else the application's front page.
    ///
    /// A proxy that does not know of the TLS before it says `http`; the application's own address
    /// knows better.
    pub fn target(&self, rd: Option<&str>) -> Url {
        let Some(rd) = rd else {
            return self.external.clone();
        };
        let approved = match approve(rd, &self.allowed) {
            Err(RedirectRefusal::Downgrade) => {
                let (_, rest) = rd.split_once(':').unwrap_or_default();
                approve(&format!("https:{rest}"), &self.allowed)
            }
            other => other,
        };
        approved.unwrap_or_else(|refusal| {
            tracing::debug!(provider = self.provider.name, %refusal, "a target was not approved");
            self.external.clone()
        })
    }

    /// Scheme, host and port on which a login that leads to `target` comes back: the target's own,
    /// so that a form's way through redirects stays on one other origin.
    pub(super) fn callback_origin(&self, target: &Url) -> String {
        match self.allowed {
            Allowed::Domain { .. } => target.origin().ascii_serialization(),
            Allowed::Single { .. } | Allowed::SameOrigin { .. } => self.origin().to_owned(),
        }
    }

    /// The address at which a login begins again.
    pub(super) fn restart(&self, target: &str, tries: u8) -> String {
        let target = self.target(Some(target).filter(|target| !target.is_empty()));
        let (origin, target) = (self.origin(), component(target.as_str()).to_string());
        format!("{origin}{OUTPOST_PREFIX}start?rd={target}&again={tries}")
    }
}
