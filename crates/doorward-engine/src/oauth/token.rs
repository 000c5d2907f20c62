//! The token endpoint: from a code, a refresh token or a client's own proof to tokens.
//!
//! Owns the phases that all ways share: who is the client, may it go this way, and what is answered.
//! Leaves each way to its file. Rule: whatever takes time is made before the transaction, and in it
//! one conditional write decides who gets it.

mod bound;
mod code;
mod device;
mod exchange;
mod machine;
mod refresh;

use std::sync::Arc;

use doorward_protocol::oauth::{
    ErrorCode, Parameters, Presented, PresentedError, Proof, ProofError, Scopes,
};
use doorward_store::grant::{self, GrantTokenRow, TokenKind};
use doorward_store::{StoreError, Tx};
use serde::Serialize;
use serde_json::json;

pub(super) use self::exchange::TOKEN_EXCHANGE;
use self::machine::Acting;
pub(crate) use self::machine::remove_account;
use super::client::Client;
use super::device::DEVICE_CODE;
use super::grant::Granted;
use super::mint::{Minted, Wanted};
use super::proof;
use super::subject::{self, ANOTHERS};
use crate::broken::{self, Mutant};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::{self, Action};
use crate::person::Person;
use crate::session::hash_text;
use crate::snapshot::Snapshot;

/// Tokens, as RFC 6749 §5.1 and OpenID Connect Core §3.1.3.3 answer them. No `Debug`.
#[derive(Serialize)]
pub struct TokenAnswer {
    access_token: String,
    token_type: &'static str,
    scope: String,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// RFC 8693 §2.2.1
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
}

/// Why there are none (RFC 6749 §5.2).
#[derive(Debug)]
pub enum TokenRefusal {
    /// The client's fault.
    Refused {
        /// The word.
        code: ErrorCode,
        /// For its developer.
        why: String,
    },
    /// Too many wrong tries; in so many seconds there is another one.
    Slow {
        /// At least one.
        wait_s: u32,
    },
    /// Ours.
    Fault(Fault),
}

impl TokenRefusal {
    pub(super) fn slow(until: i64, now: i64) -> Self {
        let wait_s = until.saturating_sub(now).div_euclid(1000) + 1;
        let wait_s = u32::try_from(wait_s).unwrap_or(1);
        Self::Slow { wait_s }
    }

    pub(super) fn new(code: ErrorCode, why: impl Into<String>) -> Self {
        let why = why.into();
        Self::Refused { code, why }
    }

    /// Unknown and unproven look alike.
    pub(super) fn client() -> Self {
        let why = "There is no such client, or this does not prove that it asks.";
        Self::new(ErrorCode::InvalidClient, why)
    }

    /// Whether it is this one.
    pub fn is(&self, wanted: ErrorCode) -> bool {
        matches!(self, Self::Refused { code, .. } if *code == wanted)
    }

    /// Unknown, late, used, another's: they look alike.
    fn grant() -> Self {
        let why = "It is unknown, too old, was used before, or belongs to another client.";
        Self::new(ErrorCode::InvalidGrant, why)
    }
}

impl<E: Into<Fault>> From<E> for TokenRefusal {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// A request of a client that has proven who it is.
struct Exchange<'a> {
    engine: &'a Engine,
    snapshot: &'a Snapshot,
    ctx: &'a Context,
    client: &'a Arc<Client>,
    parameters: &'a Parameters,
    /// That it holds a key (RFC 9449).
    proof: Option<Proof>,
}

impl Engine {
    /// The client that a request comes from, proven as far as it can be.
    ///
    /// # Errors
    ///
    /// `invalid_client`, or `invalid_request` if it names itself in two ways.
    pub async fn oauth_client(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        presented: &Result<Presented, PresentedError>,
    ) -> Result<Arc<Client>, TokenRefusal> {
        let presented = presented.as_ref().map_err(|error| {
            let code = match error {
                PresentedError::Several => ErrorCode::InvalidRequest,
                _ => ErrorCode::InvalidClient,
            };
            TokenRefusal::new(code, error.to_string())
        })?;
        if let Presented::Assertion { id, assertion } = presented {
            return self
                .asserting(snapshot, ctx, id.as_deref(), assertion)
                .await;
        }
        let client = presented.id().and_then(|id| snapshot.oauth.named(id));
        let client = client.ok_or_else(TokenRefusal::client)?;
        self.prove(ctx, client, presented).await
    }

    /// Answers a request for tokens.
    ///
    /// # Errors
    ///
    /// [`TokenRefusal`].
    pub async fn oauth_token(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        presented: &Result<Presented, PresentedError>,
        parameters: &Parameters,
        proofs: &[String],
    ) -> Result<TokenAnswer, TokenRefusal> {
        let Some(way) = parameters.get("grant_type") else {
            let why = "The grant_type is missing.";
            return Err(TokenRefusal::new(ErrorCode::InvalidRequest, why));
        };
        let (client, acting) = match way {
            "client_credentials" | "password" => {
                self.machine(snapshot, ctx, presented, parameters).await?
            }
            _ => {
                let client = self.oauth_client(snapshot, ctx, presented).await?;
                (client, Acting::Itself)
            }
        };
        let exchange = Exchange {
            engine: self,
            snapshot,
            ctx,
            client: &client,
            parameters,
            proof: proof::at_endpoint((snapshot, ctx), &client, "token", proofs)?,
        };
        exchange.check_way(way)?;
        if client.provider.dpop_bound_access_tokens && exchange.proof.is_none() {
            return Err(ProofError::Missing.into());
        }
        match way {
            "authorization_code" => exchange.code().await,
            "refresh_token" => exchange.refresh().await,
            DEVICE_CODE => exchange.device().await,
            TOKEN_EXCHANGE => exchange.token_exchange().await,
            "client_credentials" | "password" => exchange.credentials(acting).await,
            _ => Err(TokenRefusal::new(
                ErrorCode::UnsupportedGrantType,
                UNKNOWN_WAY,
            )),
        }
    }
}

const UNKNOWN_WAY: &str = "There is no such grant_type.";

impl Client {
    /// The scopes that are asked for, as far as the provider has them. GitHub's are for apps that
    /// send somebody to be asked.
    pub(super) fn asked_scopes(&self, parameters: &Parameters) -> Result<Scopes, TokenRefusal> {
        let asked = parameters.get("scope").unwrap_or_default();
        let asked = Scopes::parse(asked)
            .map_err(|why| TokenRefusal::new(ErrorCode::InvalidScope, why.to_string()))?;
        let known = self.known(&asked);
        Ok(known.only(|word| word == "openid" || self.scope(word).is_some()))
    }
}

impl Exchange<'_> {
    fn check_way(&self, way: &str) -> Result<(), TokenRefusal> {
        if !crate::resource::OAUTH2_GRANT_TYPES.contains(&way) {
            return Err(TokenRefusal::new(
                ErrorCode::UnsupportedGrantType,
                UNKNOWN_WAY,
            ));
        }
        // A hybrid answer has a code as well.
        let may = self.client.may(way) || way == "authorization_code" && self.client.may("hybrid");
        if may {
            return Ok(());
        }
        let why = "The client's grant types do not have this one.";
        Err(TokenRefusal::new(ErrorCode::UnauthorizedClient, why))
    }

    /// What is made for these scopes, bound to the key of the proof, if there is one.
    fn wanted(&self, scopes: &Scopes) -> Wanted<'_> {
        Wanted {
            jkt: self.jkt(),
            ..Wanted::for_scopes(scopes)
        }
    }

    fn jkt(&self) -> Option<&str> {
        self.proof.as_ref().map(|proof| &*proof.jkt)
    }

    /// Uses the proof up, if there is one, in the commit that it is used for: after grants, tokens and
    /// words, in every way, or two of them would wait for each other.
    async fn spend_proof(&self, tx: &mut Tx) -> Result<(), TokenRefusal> {
        let Some(proof) = &self.proof else {
            return Ok(());
        };
        if self.engine.spend_proof(tx, proof).await? {
            return Ok(());
        }
        Err(ProofError::Used.into())
    }

    /// Whether the proof is of the key that something is bound to (RFC 9449 §5 and §10).
    fn is_of(&self, jkt: Option<&str>) -> bool {
        jkt.is_none_or(|jkt| self.proof.as_ref().is_some_and(|proof| proof.jkt == jkt))
    }

    /// Whether the client would take somebody for another account by what it is about to be told.
    async fn check_word(&self, person: &Arc<Person>) -> Result<(), TokenRefusal> {
        let ctx = self.ctx.acting_as(person);
        if self.engine.is_anothers(&ctx, self.client, person).await? {
            return Err(anothers());
        }
        Ok(())
    }

    /// Notes what tokens call somebody, in the commit that stores these: of two accounts with one word
    /// one gets tokens.
    async fn hold_word(&self, tx: &mut Tx, person: &Person) -> Result<(), TokenRefusal> {
        if subject::hold(tx, self.client, person, self.ctx.now).await? {
            return Ok(());
        }
        Err(anothers())
    }

    fn required(&self, name: &str) -> Result<&str, TokenRefusal> {
        let why = || format!("The parameter {name} is missing.");
        let found = self.parameters.get(name);
        found.ok_or_else(|| TokenRefusal::new(ErrorCode::InvalidRequest, why()))
    }

    /// Whether the application's bindings let somebody in who comes this way.
    async fn may_open(&self, person: &Arc<Person>, scopes: &Scopes) -> bool {
        let way = self.parameters.get("grant_type").unwrap_or_default();
        let ctx = self.ctx.acting_as(person);
        let (engine, client) = (self.engine, self.client);
        let asked = engine.may_use(self.snapshot, &ctx, client, scopes, way);
        asked.await.passing
    }

    /// A code or refresh token of this client, with its grant and an active person. One that was
    /// used before is answered as well: what that means is the caller's to say.
    async fn read(
        &self,
        value: &str,
        kind: TokenKind,
    ) -> Result<(GrantTokenRow, Granted), TokenRefusal> {
        let mut tx = self.engine.store.read().await?;
        let row = grant::find_token(&mut tx, &hash_text(value), kind).await?;
        let row = row.ok_or_else(TokenRefusal::grant)?;
        let grant = grant::find_live(&mut tx, &row.grant_id, self.ctx.now).await?;
        drop(tx);
        let is_ours = |grant: &grant::GrantRow| {
            grant.provider_id == self.client.provider.pk || broken::is(Mutant::RefreshOfOthers)
        };
        let grant = grant.filter(is_ours).ok_or_else(TokenRefusal::grant)?;
        if row.expires_at <= self.ctx.now {
            return Err(TokenRefusal::grant());
        }
        let person = self.engine.person(grant.user_id).await?;
        let person = person.filter(|person| person.is_active);
        let why = "The account that granted this is gone or was shut.";
        let person = person.ok_or_else(|| TokenRefusal::new(ErrorCode::InvalidGrant, why))?;
        Ok((row, Granted::new(grant, person)))
    }

    /// Somebody has used a thing twice, or guesses: everything that hangs on the grant ends.
    async fn revoke(&self, granted: &Granted, what: &str) -> Result<TokenRefusal, StoreError> {
        if broken::is(Mutant::ReuseForgiven) {
            return Ok(TokenRefusal::grant());
        }
        let mut tx = self.engine.store.begin().await?;
        // One that is gone meanwhile, with whoever came second as well, is told once.
        if grant::delete(&mut tx, &granted.row.id, self.ctx.now).await? {
            self.tell_suspicious(&mut tx, granted, what).await?;
        }
        self.engine.commit(tx).await?;
        Ok(TokenRefusal::grant())
    }

    async fn tell_suspicious(
        &self,
        tx: &mut Tx,
        granted: &Granted,
        what: &str,
    ) -> Result<(), StoreError> {
        let told = json!({
            "message": what, "provider": self.client.provider.name,
            "application": self.client.application.name,
            "user": { "pk": granted.person.id, "username": granted.person.username },
        });
        let action = Action::SuspiciousRequest;
        let app = "authentik.providers.oauth2";
        event::record(self.engine, tx, self.ctx, action, app, told).await
    }
}

fn anothers() -> TokenRefusal {
    TokenRefusal::new(ErrorCode::InvalidGrant, ANOTHERS)
}

fn not_made() -> Fault {
    Fault::Broken("no access token was made".to_owned())
}

fn answer(
    minted: Minted,
    scopes: &Scopes,
    refresh_token: Option<String>,
) -> Result<TokenAnswer, Fault> {
    let access = minted.access;
    let access = access.ok_or_else(not_made)?;
    Ok(TokenAnswer {
        token_type: access.scheme(),
        access_token: access.token,
        scope: scopes.to_string(),
        expires_in: access.expires_in_s,
        id_token: minted.id,
        refresh_token,
        issued_token_type: None,
    })
}
