//! A client that proves itself by a signed word (RFC 7523 §2.2 and §3): `private_key_jwt`.
//!
//! Rules: it is signed with a key that was registered for this very client, names it as `iss` and
//! `sub`, is meant for us, ends soon, and counts once.

use std::sync::Arc;

use doorward_protocol::encoding::from_base64url;
use doorward_protocol::jose::{Algorithm, TOKEN_MAX_BYTES, Typ, VerifyingKey, read_set};
use doorward_store::one_time::{self, Purpose};
use serde_json::{Map, Value};

use super::client::Client;
use super::token::TokenRefusal;
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::session::hash_text;
use crate::snapshot::Snapshot;

/// The furthest end of an assertion: its `jti` is kept until then.
const LIFE_S_MAX: i64 = 3600;
/// Clocks may disagree so much.
const SKEW_S: i64 = 30;
const JTI_BYTES_MAX: usize = 255;

/// The keys of a client, as an administrator wrote them down; `Err` says what is wrong with them.
pub(crate) fn client_keys(set: &Value) -> Result<Vec<VerifyingKey>, String> {
    if set.is_null() || set.as_object().is_some_and(Map::is_empty) {
        return Ok(Vec::new());
    }
    let keys = read_set(set.to_string().as_bytes()).map_err(|error| error.to_string())?;
    let keys: Vec<_> = keys
        .iter()
        .filter_map(|jwk| VerifyingKey::new(jwk).ok())
        .collect();
    if keys.is_empty() {
        return Err("No key of this set can verify a signature.".to_owned());
    }
    Ok(keys)
}

impl Engine {
    /// The client that signed this, if it counts. Whatever is wrong with it looks alike.
    pub(super) async fn asserting(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        named: Option<&str>,
        assertion: &str,
    ) -> Result<Arc<Client>, TokenRefusal> {
        let said = said_subject(assertion).ok_or_else(TokenRefusal::client)?;
        if named.is_some_and(|named| named != said) {
            return Err(TokenRefusal::client());
        }
        let client = snapshot.oauth.named(&said);
        let client = client.filter(|client| !client.is_public());
        let client = client.ok_or_else(TokenRefusal::client)?;
        let signed = self.verify_own(client, assertion, Typ::Jwt, ctx.now).await;
        let claims = signed.map_err(|_| TokenRefusal::client())?.claims;
        let now_s = ctx.now / 1000;
        let end_s = times(&claims, now_s).ok_or_else(TokenRefusal::client)?;
        let is_its = ["iss", "sub"]
            .into_iter()
            .all(|name| claims.get(name).and_then(Value::as_str) == Some(client.id()));
        if !is_its || !client.is_addressed(snapshot, &claims) {
            return Err(TokenRefusal::client());
        }
        let jti = claims.get("jti").and_then(Value::as_str);
        let jti = jti.filter(|jti| !jti.is_empty() && jti.len() <= JTI_BYTES_MAX);
        let jti = jti.ok_or_else(TokenRefusal::client)?;
        if !self.is_first_use(client, jti, end_s).await? {
            return Err(TokenRefusal::client());
        }
        Ok(Arc::clone(client))
    }

    async fn is_first_use(&self, client: &Client, jti: &str, end_s: i64) -> Result<bool, Fault> {
        let hash = hash_text(&format!("assertion\0{}\0{jti}", client.provider.pk));
        let until = (end_s + SKEW_S).saturating_mul(1000);
        let mut tx = self.store.begin().await?;
        let is_first =
            one_time::insert_new(&mut tx, &hash, Purpose::Assertion, "{}", until).await?;
        self.commit(tx).await?;
        Ok(is_first)
    }
}

impl Client {
    /// How its assertions may be signed; none, if it cannot prove itself by one.
    pub(super) fn asserted_by(&self) -> Vec<&'static str> {
        if self.is_public() {
            return Vec::new();
        }
        let keys = self.own_keys.iter().map(VerifyingKey::algorithm);
        // What it publishes may change.
        let publishes = !self.provider.client_jwks_uri.is_empty();
        let any = Algorithm::ALL.into_iter().filter(|_| publishes);
        let all = keys.chain(any).filter(|one| *one != Algorithm::Hs256);
        let mut words: Vec<_> = all.map(Algorithm::word).collect();
        words.sort_unstable();
        words.dedup();
        words
    }

    /// Whether we are the one that an assertion is for: by our name for this client, or by an
    /// endpoint (RFC 9126 §2). One that has to send its requests ahead names us, and nobody beside
    /// (FAPI 2.0 Security Profile §5.3.2.1).
    fn is_addressed(&self, snapshot: &Snapshot, claims: &Map<String, Value>) -> bool {
        let base = snapshot.public_url();
        self.addresses(base.as_ref()).is_some_and(|at| {
            let endpoints = [at.shared("token"), at.shared("par")];
            if self.provider.require_pushed_authorization_requests {
                return claims.get("aud").and_then(Value::as_str) == Some(at.issuer());
            }
            audience(claims).any(|one| one == at.issuer() || endpoints.iter().any(|at| at == one))
        })
    }

    /// Whether a token of another provider is meant for this client.
    pub(super) fn is_meant(&self, snapshot: &Snapshot, claims: &Map<String, Value>) -> bool {
        audience(claims).any(|one| one == self.id()) || self.is_addressed(snapshot, claims)
    }

    /// Whether a token names this client and no other: by its id, or by its application's address,
    /// if that is its own: one that registered itself has that of whom it registered with.
    pub(super) fn is_named(&self, snapshot: &Snapshot, claims: &Map<String, Value>) -> bool {
        let at = self.addresses(snapshot.public_url().as_ref());
        let own = at.filter(|_| self.is_issuer()).map(|at| at.own(""));
        audience(claims).any(|one| one == self.id() || own.as_deref() == Some(one))
    }
}

/// The words of `aud`, one or several.
fn audience(claims: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let (one, several) = match claims.get("aud") {
        Some(Value::Array(all)) => (None, Some(all)),
        other => (other, None),
    };
    let all = one.into_iter().chain(several.into_iter().flatten());
    all.filter_map(Value::as_str)
}

/// When it ends, Unix seconds, if it has begun, has not ended and does not last too long.
fn times(claims: &Map<String, Value>, now_s: i64) -> Option<i64> {
    let seconds = |name: &str| match claims.get(name) {
        None => Some(None),
        Some(value) => value.as_i64().map(Some),
    };
    let end_s = seconds("exp")??;
    let began = [seconds("iat")?, seconds("nbf")?];
    let has_begun = began.into_iter().flatten().all(|at| at <= now_s + SKEW_S);
    let is_live = end_s > now_s - SKEW_S && end_s <= now_s + LIFE_S_MAX;
    (has_begun && is_live).then_some(end_s)
}

/// Who it says it is, before anything of it is believed.
fn said_subject(assertion: &str) -> Option<String> {
    if assertion.len() > TOKEN_MAX_BYTES {
        return None;
    }
    let payload = from_base64url(assertion.split('.').nth(1)?)?;
    let claims: Map<String, Value> = serde_json::from_slice(&payload).ok()?;
    claims.get("sub")?.as_str().map(str::to_owned)
}
