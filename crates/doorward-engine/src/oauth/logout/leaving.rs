//! The address of the page with the frames of apps, for whoever signed out where no page of ours can
//! be the answer.
//!
//! Rule: it frames what we sealed a moment ago and leads where we had approved, and nothing else.

use doorward_protocol::forward_auth::component;
use doorward_protocol::seal::Purpose;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::outpost::sealed;

/// Where that page is.
pub const LEAVING: &str = "/if/signing-out/";
/// Its address counts so long, milliseconds.
const COUNTS_MS: i64 = 5 * 60_000;
/// The frames of one address have together so many bytes: proxies do not take longer ones.
const FRAMES_BYTES_MAX: usize = 4096;
/// What it is sealed as.
const SEALED_AS: &str = "signing out";

/// What the page shows and where it goes on.
#[derive(Serialize, Deserialize)]
pub struct Leaving {
    /// The apps' own pages.
    pub frames: Vec<String>,
    /// A path of ours, or where a stage or an application said.
    pub to: String,
    expires_at: i64,
}

impl Engine {
    /// The address of the page with these frames, which goes on to `to`.
    pub fn oauth_leaving(&self, frames: &[String], to: &str, now: i64) -> String {
        let mut left = FRAMES_BYTES_MAX;
        let mut fit = |frame: &&String| {
            let rest = left.checked_sub(frame.len());
            left = rest.unwrap_or(left);
            rest.is_some()
        };
        let fitting: Vec<_> = frames.iter().filter(&mut fit).cloned().collect();
        if fitting.len() < frames.len() {
            let (most, all) = (fitting.len(), frames.len());
            tracing::warn!(
                most,
                all,
                "not every app can hear of a sign-out in the browser"
            );
        }
        let leaving = Leaving {
            frames: fitting,
            to: to.to_owned(),
            expires_at: now.saturating_add(COUNTS_MS),
        };
        let sealed = sealed::seal(&self.keys, Purpose::OauthRequest, SEALED_AS, &leaving);
        format!("{LEAVING}?page={}", component(&sealed))
    }

    /// What such an address says; `None` if it is not ours, or late.
    pub fn oauth_left(&self, page: &str, now: i64) -> Option<Leaving> {
        let purpose = Purpose::OauthRequest;
        let opened: Option<Leaving> = sealed::open(&self.keys, purpose, SEALED_AS, page);
        opened.filter(|leaving| leaving.expires_at > now)
    }
}
