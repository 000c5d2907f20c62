//! Requests to authorize that a client sends ahead (RFC 9126), and how a browser brings them.
//!
//! Rules: what was sent ahead is judged as at the authorization endpoint before it is kept, and again
//! when it is brought; what stands beside its name in an address is not looked at; its client alone
//! can use it, and once: it is spent with the commit that answers it, so that whoever has to sign
//! in first can come back with it.

use doorward_protocol::encoding;
use doorward_protocol::oauth::{
    ErrorCode, Parameters, Presented, PresentedError, Proof, ProofError,
};
use doorward_store::StoreError;
use doorward_store::Tx;
use doorward_store::attempt::Limit;
use doorward_store::pushed_request::{self, PushedRequestRow};
use serde::Serialize;

use super::request::{Refusal, Request};
use super::{PageRefusal, REAUTHENTICATION_MS, Unanswerable};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::oauth::client::Client;
use crate::oauth::proof;
use crate::oauth::token::TokenRefusal;
use crate::session::hash_text;
use crate::snapshot::Snapshot;
use crate::throttle;

/// Every name of a request that was sent ahead begins so (RFC 9126 §2.2).
const NAME: &str = "urn:ietf:params:oauth:request_uri:";
/// A browser has to bring it within this, seconds.
const OPENS_S: i64 = 90;
/// The most that is kept of one request.
const BYTES_MAX: usize = 16 * 1024;
/// From one network clients that prove nothing may send so many.
const UNPROVEN: Limit = Limit {
    free: 60,
    pause_ms: 1_000,
    window_ms: 600_000,
};
/// What says who the client is, and is no part of its request.
const PROOFS: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// A request to authorize with whatever a browser's address stands for.
#[derive(Clone, PartialEq, Eq)]
pub struct Brought {
    /// As the address has it.
    pub(super) address: Parameters,
    again: Parameters,
    asked: Parameters,
    way: Way,
}

#[derive(Clone, PartialEq, Eq)]
enum Way {
    /// Everything stands in the address.
    InAddress,
    /// It is being sent ahead.
    Ahead,
    /// It was sent ahead; the hash of its name.
    Pushed(String),
}

/// Why what an address stands for is not known.
pub enum NotBrought {
    /// The browser's or the client's fault: a page says why.
    Page(Box<Unanswerable>),
    /// Ours.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for NotBrought {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

impl Brought {
    /// The name that the client gives itself; empty if none.
    pub fn client_id(&self) -> &str {
        self.asked.get("client_id").unwrap_or_default()
    }

    fn in_address(address: Parameters) -> Self {
        Self {
            again: address.clone(),
            asked: address.clone(),
            address,
            way: Way::InAddress,
        }
    }

    fn ahead(asked: Parameters) -> Self {
        Self {
            way: Way::Ahead,
            ..Self::in_address(asked)
        }
    }

    /// What is asked, wherever it stood.
    pub(in crate::oauth) fn asked(&self) -> &Parameters {
        &self.asked
    }

    /// The parameters with which the browser comes back.
    pub fn again(&self) -> &Parameters {
        &self.again
    }

    /// As one text.
    pub(crate) fn text(&self) -> String {
        self.address.encoded()
    }

    pub(super) fn is_pushed(&self) -> bool {
        self.way != Way::InAddress
    }

    /// The hash by which it is spent.
    pub(super) fn spent_by(&self) -> Option<&str> {
        match &self.way {
            Way::Pushed(hash) => Some(hash),
            Way::InAddress | Way::Ahead => None,
        }
    }
}

/// What a client gets for a request that it sent ahead (RFC 9126 §2.2). No `Debug`.
#[derive(Serialize)]
pub struct PushedAnswer {
    request_uri: String,
    expires_in: i64,
}

impl Engine {
    /// What an address at the authorization endpoint stands for. One that was brought in time may
    /// come back later, with our own mark.
    ///
    /// # Errors
    ///
    /// [`NotBrought`]: unknown, late, used and another client's look alike.
    pub async fn oauth_brought(
        &self,
        snapshot: &Snapshot,
        address: Parameters,
        now: i64,
    ) -> Result<Brought, NotBrought> {
        let Some(name) = address
            .get("request_uri")
            .filter(|one| one.starts_with(NAME))
        else {
            return Ok(Brought::in_address(address));
        };
        let client = client_of(snapshot, &address)?;
        let hash = hash_text(name);
        let mut tx = self.store.read().await?;
        let row = pushed_request::find_live(&mut tx, &hash, now).await?;
        drop(tx);
        let was_in_time = self.since(&address, now).is_some();
        let is_its = |row: &PushedRequestRow| {
            row.provider_id == client.provider.pk && (row.opens_until > now || was_in_time)
        };
        let row = row.filter(is_its);
        let row = row.ok_or_else(|| Unanswerable::page(PageRefusal::Pushed, Some(client)))?;
        let again = if was_in_time {
            address.clone()
        } else {
            self.with_since(&address, now)
        };
        let asked = Parameters::read(row.parameters.as_bytes());
        Ok(Brought {
            asked: asked.map_err(|error| Fault::Broken(error.to_string()))?,
            again,
            address,
            way: Way::Pushed(hash),
        })
    }

    /// Keeps a request that a client sends ahead.
    ///
    /// # Errors
    ///
    /// [`TokenRefusal`]; `slow_down` if too many wait.
    pub async fn oauth_push(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        presented: &Result<Presented, PresentedError>,
        parameters: &Parameters,
        proofs: &[String],
    ) -> Result<PushedAnswer, TokenRefusal> {
        let client = self.oauth_client(snapshot, ctx, presented).await?;
        let proof = proof::at_endpoint((snapshot, ctx), &client, "par", proofs)?;
        let asked = bound(sent(&client, parameters)?, proof.as_ref())?;
        judge(snapshot, &asked)?;
        let name = format!("{NAME}dwp_{}", encoding::random_token(32));
        let opens_until = ctx.now.saturating_add(OPENS_S * 1000);
        let row = PushedRequestRow {
            hash: hash_text(&name),
            provider_id: client.provider.pk,
            parameters: asked.encoded(),
            opens_until,
            expires_at: opens_until.saturating_add(REAUTHENTICATION_MS),
        };
        let mut tx = self.store.begin().await?;
        self.check_room(&mut tx, ctx, &client).await?;
        if let Some(proof) = &proof
            && !self.spend_proof(&mut tx, proof).await?
        {
            return Err(ProofError::Used.into());
        }
        if !pushed_request::insert(&mut tx, &row, ctx.now).await? {
            return Err(too_many());
        }
        self.commit(tx).await?;
        Ok(PushedAnswer {
            request_uri: name,
            expires_in: OPENS_S,
        })
    }

    /// Whoever proves nothing could fill a client's room from anywhere: networks are counted.
    async fn check_room(
        &self,
        tx: &mut Tx,
        ctx: &Context,
        client: &Client,
    ) -> Result<(), TokenRefusal> {
        if !client.is_public() {
            return Ok(());
        }
        let network = throttle::network(ctx.client_ip);
        let name = format!("pushed requests from {network}");
        let blocked = throttle::count(self, tx, &name, UNPROVEN, ctx.now).await?;
        blocked.map_or(Ok(()), |_| Err(too_many()))
    }
}

impl Request {
    /// Uses up what was sent ahead; answers whether nobody else has, or there is nothing to use up.
    pub(super) async fn spend(&self, tx: &mut Tx, now: i64) -> Result<bool, StoreError> {
        match &self.pushed {
            Some(hash) => pushed_request::spend(tx, hash, now).await,
            None => Ok(true),
        }
    }
}

fn too_many() -> TokenRefusal {
    let why = "Too many requests were sent ahead and not used. Try again in a minute.";
    TokenRefusal::new(ErrorCode::SlowDown, why)
}

fn client_of<'a>(
    snapshot: &'a Snapshot,
    address: &Parameters,
) -> Result<&'a std::sync::Arc<Client>, NotBrought> {
    let id = address.get("client_id");
    let id = id.ok_or_else(|| Unanswerable::page(PageRefusal::NoClient, None))?;
    let client = snapshot.oauth.named(id);
    client.ok_or_else(|| Unanswerable::page(PageRefusal::UnknownClient, None).into())
}

impl From<Unanswerable> for NotBrought {
    fn from(told: Unanswerable) -> Self {
        Self::Page(Box::new(told))
    }
}

/// What is kept of what a client sends (RFC 9126 §2.1).
fn sent(client: &Client, parameters: &Parameters) -> Result<Parameters, TokenRefusal> {
    if parameters.get("request_uri").is_some() {
        let why = "A request that is sent ahead cannot name another one (request_uri).";
        return Err(TokenRefusal::new(ErrorCode::InvalidRequest, why));
    }
    let mut asked = parameters.clone().without(super::SINCE);
    for name in PROOFS {
        asked = asked.without(name);
    }
    let asked = asked.without("client_id").with("client_id", client.id());
    if asked.encoded().len() > BYTES_MAX {
        let why = format!("The request is longer than {BYTES_MAX} bytes.");
        return Err(TokenRefusal::new(ErrorCode::InvalidRequest, why));
    }
    Ok(asked)
}

/// A proof that comes along binds the code to its key, as `dpop_jkt` would (RFC 9449 §10.1).
fn bound(asked: Parameters, proof: Option<&Proof>) -> Result<Parameters, TokenRefusal> {
    let Some(proof) = proof else {
        return Ok(asked);
    };
    if asked.get("dpop_jkt").is_some_and(|jkt| jkt != proof.jkt) {
        return Err(ProofError::Key.into());
    }
    Ok(asked.without("dpop_jkt").with("dpop_jkt", &proof.jkt))
}

/// Says now what the authorization endpoint would say (RFC 9126 §2.3).
fn judge(snapshot: &Snapshot, asked: &Parameters) -> Result<(), TokenRefusal> {
    let Err(refusal) = Request::read(snapshot, &Brought::ahead(asked.clone())) else {
        return Ok(());
    };
    Err(match refusal {
        Refusal::Answer(refused) => TokenRefusal::new(refused.code, refused.why),
        Refusal::Page(told) => match told.refusal {
            PageRefusal::RedirectUri { why, .. } => TokenRefusal::new(
                ErrorCode::InvalidRequest,
                format!("The redirect_uri: {why}."),
            ),
            other => Fault::Broken(format!("a request cannot be judged: {other:?}")).into(),
        },
    })
}
