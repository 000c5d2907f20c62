//! What a guarded application is told of a session, or of whoever comes with an app password: an ID
//! token, as authentik's outposts have one, for a proxy provider is a client there.
//!
//! Leaves remembering it to `outpost::jwt`. Rule: a proxy provider is a client for this alone: nobody
//! names it at an endpoint, and no code or token row exists for it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use doorward_protocol::oauth::Scopes;

use super::authorize::signed_in;
use super::client::Client;
use super::grant::{Facts, NewGrant};
use super::mint::{Minting, Wanted};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::person::Person;
use crate::policy::Question;
use crate::session::LiveSession;
use crate::snapshot::Snapshot;

/// The longest life of a token: it goes along with every request, and is made again in time.
const LIFE_MS_MAX: i64 = 3_600_000;

/// A proxy provider as a client.
#[derive(Debug)]
pub(crate) struct Door {
    client: Arc<Client>,
    /// Another one when a token would say something else.
    pub(crate) stamp: u64,
    /// Where the keys are.
    pub(crate) jwks: String,
}

impl Door {
    /// `None` while it cannot sign, or nobody knows the public address.
    pub(crate) fn of(snapshot: &Snapshot, provider: i64) -> Option<Self> {
        let client = snapshot.oauth.door(provider)?;
        let at = client.addresses(snapshot.public_url().as_ref())?;
        let mut stamp = DefaultHasher::new();
        let version = snapshot
            .object(PROXY_PROVIDER, &provider.to_string())?
            .version;
        (at.issuer(), client.keys.signing().kid(), version).hash(&mut stamp);
        Some(Self {
            client: Arc::clone(client),
            stamp: stamp.finish(),
            jwks: at.own("jwks/"),
        })
    }

    /// How long its tokens are good, milliseconds.
    pub(crate) fn lives_ms(&self) -> i64 {
        self.client.access_ms().min(LIFE_MS_MAX)
    }

    fn scopes(&self) -> Scopes {
        let words = self.client.scopes.iter().map(|one| &*one.scope_name);
        let all: Vec<_> = std::iter::once("openid").chain(words).collect();
        Scopes::parse(&all.join(" ")).unwrap_or_default()
    }
}

/// Whom a token is about, and how they came.
pub(crate) struct Come<'a> {
    pub(crate) person: &'a Arc<Person>,
    /// `None`: with an app password, so that nobody saw a sign-in.
    pub(crate) session: Option<&'a LiveSession>,
    /// How long the token is good, milliseconds.
    pub(crate) lives_ms: i64,
}

/// The model of proxy providers.
pub(super) const PROXY_PROVIDER: &str = "authentik_providers_proxy.proxyprovider";

impl Engine {
    /// An ID token of whoever has come.
    pub(crate) async fn door_token(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        door: &Door,
        come: &Come<'_>,
    ) -> Result<String, Fault> {
        let facts = match come.session {
            Some(session) => {
                let at = session.proven_at().unwrap_or_default();
                signed_in(self, &session.id, at, ctx.now).await?
            }
            None => Facts::default(),
        };
        let (person, scopes) = (come.person, door.scopes());
        let id = come.session.map(|session| &*session.id);
        let grant = NewGrant::new(&door.client, person, id, &scopes, facts, ctx.now);
        let minting = Minting {
            engine: self,
            snapshot,
            ctx,
            client: &door.client,
            granted: &grant.about(person),
            scopes: &scopes,
        };
        let wanted = Wanted {
            id: true,
            claims_in_id: true,
            lives_ms: Some(come.lives_ms),
            ..Wanted::default()
        };
        let question = Question::new(snapshot, ctx, Some(person));
        let minted = minting.make_asking(wanted, &question).await?;
        minted
            .id
            .ok_or_else(|| Fault::Broken("an ID token was not made".to_owned()))
    }
}
