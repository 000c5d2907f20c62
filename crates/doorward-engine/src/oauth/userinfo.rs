//! What userinfo says (OpenID Connect Core §5.3).

use bytes::Bytes;
use doorward_protocol::encoding;
use doorward_protocol::jose::{ContentEncryption, JoseError, Typ, encrypt, sign};
use doorward_protocol::oauth::ErrorCode;
use serde_json::{Map, Value, json};

use super::bearer::{Bearer, BearerRefusal};
use super::claims::{self, scope_claims_at_once};
use super::client::Client;
use super::mint::OURS;
use super::subject::{self, ANOTHERS};
use crate::broken::{self, Mutant};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::person::Person;
use crate::policy::Question;
use crate::snapshot::Snapshot;

impl Engine {
    /// Who the token's person is, as far as its scopes go, as of now.
    ///
    /// # Errors
    ///
    /// [`BearerRefusal`]; a token without `openid` is for something else.
    pub async fn oauth_userinfo(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        bearer: &Bearer,
    ) -> Result<Map<String, Value>, BearerRefusal> {
        if !bearer.scopes.contains("openid") {
            let why = "The access token was not granted the scope openid.";
            return Err(BearerRefusal::Refused(ErrorCode::InsufficientScope, why));
        }
        let person = &bearer.granted.person;
        if self.is_anothers(ctx, &bearer.client, person).await? {
            return Err(BearerRefusal::Refused(ErrorCode::InvalidToken, ANOTHERS));
        }
        let question = Question::new(snapshot, ctx, Some(person));
        let about = claims::About {
            client: &bearer.client,
            scopes: &bearer.scopes,
            person,
            token: &bearer.claims,
        };
        let mut said = self.scope_claims(&question, &about).await;
        let wishes = &bearer.granted.facts.claims.userinfo;
        let beyond = self.wished_claims(&question, &about, wishes, &said).await;
        said.extend(beyond);
        Ok(named(said, snapshot, &bearer.client, person))
    }

    /// The same as a token, for a client that wants that (OpenID Connect Core §5.3.2).
    ///
    /// # Errors
    ///
    /// Only if we fail.
    pub fn oauth_signed_userinfo(
        &self,
        snapshot: &Snapshot,
        client: &Client,
        said: &Map<String, Value>,
    ) -> Result<Option<String>, Fault> {
        let Some(key) = client.keys.userinfo() else {
            return Ok(None);
        };
        let at = client.addresses(snapshot.public_url().as_ref());
        let at = at.ok_or_else(|| Fault::Broken("the public address is not known".to_owned()))?;
        let mut claims = said.clone();
        claims.insert("iss".to_owned(), json!(at.issuer()));
        claims.insert("aud".to_owned(), json!(client.id()));
        let broken = |error: JoseError| Fault::Broken(error.to_string());
        let token = sign(key, Typ::Jwt, &claims).map_err(broken)?;
        let encrypted = client.keys.encryption();
        let encrypted = encrypted.map(|to| encrypt(&token, to, ContentEncryption::A256CbcHs512));
        encrypted.unwrap_or(Ok(token)).map(Some).map_err(broken)
    }

    /// The same as JSON, with its client, if the token is in memory and no operator's text has to be run:
    /// no waiting, no store.
    pub fn oauth_userinfo_at_once<'a>(
        &self,
        snapshot: &'a Snapshot,
        token: &str,
        now: i64,
    ) -> Option<(&'a Client, Bytes)> {
        let known = self.known_token(&encoding::sha256(token.as_bytes()), now)?;
        let client = snapshot.oauth.of_provider(known.provider())?;
        let made = |bearer: &Bearer| said_at_once(snapshot, client, bearer);
        Some((client, known.said(snapshot.generation, made)?))
    }
}

fn said_at_once(snapshot: &Snapshot, client: &Client, bearer: &Bearer) -> Option<Bytes> {
    // A token that is bound to a key proves nothing by itself (RFC 9449 §7.1).
    let is_plain = bearer.scopes.contains("openid")
        && !bearer.claims.contains_key("cnf")
        && bearer.granted.facts.claims.userinfo.is_empty()
        && client.keys.userinfo().is_none();
    let person = is_plain.then_some(&bearer.granted.person)?;
    // The store knows whose a word is that could be somebody else's.
    if subject::guarded(client, person).is_some() {
        return None;
    }
    let said = scope_claims_at_once(client, &bearer.scopes, person)?;
    let said = Value::Object(named(said, snapshot, client, person));
    Some(said.to_string().into())
}

/// With the one name that is ours to say.
fn named(
    mut said: Map<String, Value>,
    snapshot: &Snapshot,
    client: &Client,
    person: &Person,
) -> Map<String, Value> {
    said.retain(|name, _| !OURS.contains(&name.as_str()));
    let mut sub = client.sub(snapshot, person);
    if broken::is(Mutant::UserinfoSubWrong) {
        sub.push('x');
    }
    said.insert("sub".to_owned(), json!(sub));
    said
}
