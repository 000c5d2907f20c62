//! The keys that clients publish themselves (`jwks_uri`), remembered.
//!
//! Rules: a client's server is asked when a signature needs its keys, and at most once in ten seconds,
//! whoever sends what and however many at once; a key that is not known yet is a reason to ask again,
//! so a new one counts at once; keys that were taken out count no longer than ten minutes, or an
//! hour if their server does not answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use doorward_protocol::jose::{
    JoseError, KEY_SET_MAX_BYTES, Signed, Typ, VerifyingKey, read_set, verify,
};

use super::client::Client;
use crate::broken::{self, Mutant};
use crate::engine::Engine;
use crate::remote::Bounds;

const BOUNDS: Bounds = Bounds {
    patience: Duration::from_secs(5),
    most: KEY_SET_MAX_BYTES,
};
/// A server is left alone for so long, milliseconds.
const PAUSE_MS: i64 = 10_000;
/// Keys are asked for again after so long.
const FRESH_MS: i64 = 10 * 60_000;
/// Keys whose server does not answer any more count for so long.
const USABLE_MS: i64 = 60 * 60_000;
const PLACES_MAX: usize = 10_000;

/// By provider.
#[derive(Default)]
pub(crate) struct PublishedKeys(Mutex<HashMap<i64, Arc<Place>>>);

/// Where one client publishes.
struct Place {
    uri: String,
    kept: Mutex<Kept>,
    /// One question at a time.
    asking: tokio::sync::Mutex<()>,
}

/// What was found there. Times are Unix milliseconds.
#[derive(Clone, Default)]
struct Kept {
    keys: Arc<[VerifyingKey]>,
    fetched_at: Option<i64>,
    asked_at: Option<i64>,
}

impl Kept {
    fn is_within(at: Option<i64>, span_ms: i64, now: i64) -> bool {
        at.is_some_and(|at| now < at.saturating_add(span_ms))
    }

    /// The keys that count if they were fetched so lately.
    fn keys(&self, span_ms: i64, now: i64) -> &[VerifyingKey] {
        if Self::is_within(self.fetched_at, span_ms, now) {
            &self.keys
        } else {
            &[]
        }
    }
}

impl Place {
    fn kept(&self) -> Kept {
        let kept = self.kept.lock();
        kept.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, kept: Kept) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept;
    }
}

impl PublishedKeys {
    /// The place of a client; an address that was changed is another place.
    fn place(&self, provider: i64, uri: &str) -> Arc<Place> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.get(&provider).filter(|place| place.uri == uri) {
            return Arc::clone(place);
        }
        if places.len() >= PLACES_MAX {
            places.clear();
        }
        let place = Arc::new(Place {
            uri: uri.to_owned(),
            kept: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        });
        places.insert(provider, Arc::clone(&place));
        place
    }
}

impl Engine {
    /// Verifies what a client has signed with its own keys: those that are written down, else those
    /// that it publishes.
    ///
    /// # Errors
    ///
    /// [`JoseError`], as [`verify`].
    pub(super) async fn verify_own(
        &self,
        client: &Client,
        token: &str,
        typ: Typ,
        now: i64,
    ) -> Result<Signed, JoseError> {
        let outcome = verify(token, typ, &client.own_keys);
        let uri = &client.provider.client_jwks_uri;
        let is_told = !uri.is_empty() && !broken::is(Mutant::JwksUriIgnored);
        if !is_told || !wants_another_key(&outcome) {
            return outcome;
        }
        let place = self.published_keys.place(client.provider.pk, uri);
        let outcome = verify(token, typ, place.kept().keys(FRESH_MS, now));
        if !wants_another_key(&outcome) {
            return outcome;
        }
        self.ask_for_keys(&place, now).await;
        verify(token, typ, place.kept().keys(USABLE_MS, now))
    }

    /// Asks a client's server, unless somebody just has.
    async fn ask_for_keys(&self, place: &Place, now: i64) {
        let _one_at_a_time = place.asking.lock().await;
        let kept = place.kept();
        if Kept::is_within(kept.asked_at, PAUSE_MS, now) {
            return;
        }
        let asked = Kept {
            asked_at: Some(now),
            ..kept
        };
        place.keep(asked.clone());
        match self.fetch_keys(&place.uri).await {
            Ok(keys) => place.keep(Kept {
                keys: keys.into(),
                fetched_at: Some(now),
                ..asked
            }),
            Err(why) => {
                tracing::warn!(
                    address = place.uri,
                    why,
                    "a client's keys cannot be fetched"
                );
            }
        }
    }

    async fn fetch_keys(&self, uri: &str) -> Result<Vec<VerifyingKey>, String> {
        let answer = self.guarded.get(uri, BOUNDS).await?;
        if answer.status != 200 {
            return Err(format!("it answered {}", answer.status));
        }
        let set = read_set(&answer.body).map_err(|error| error.to_string())?;
        let keys = set.iter().filter_map(|jwk| VerifyingKey::new(jwk).ok());
        Ok(keys.collect())
    }
}

/// Whether a key that we do not have could make it good.
fn wants_another_key<T>(outcome: &Result<T, JoseError>) -> bool {
    matches!(outcome, Err(JoseError::UnknownKey | JoseError::Signature))
}
