//! A client that asks to be answered where it has not registered: the operator is told, and whoever
//! may change its provider sees what differs and may allow the address.
//!
//! Owns the event, the comparison and the proposal that the page carries. Leaves the words of the
//! comparison to `protocol::redirect::difference` and the write to the resource kernel. Rules: one
//! address of a client is told once in ten minutes, few of one client and of all, and no client
//! hides another; what is registered is shown to those alone who may change it; only what could be
//! registered by hand is proposed, as an address that is compared byte by byte.

use doorward_protocol::oauth::Parameters;
use doorward_protocol::redirect::difference::{Difference, Part, difference};
use doorward_protocol::redirect::registered::{RedirectUse, RegisteredUri, UriRefusal};
use doorward_protocol::seal::Purpose;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::client::Client;
use crate::context::Context;
use crate::engine::Engine;
use crate::event::Action;
use crate::outpost::sealed;
use crate::resource::actions::oauth2::allow_redirect;
use crate::resource::permit::{Subject, Verb, permitted};
use crate::resource::{Grant, OAUTH2_PROVIDER, Refusal};
use crate::session::LiveSession;
use crate::snapshot::Snapshot;

/// So much of an address stands in an event.
const TOLD_CHARS_MAX: usize = 300;
/// Within ten minutes so many events about one client, and about all; the first about each is always
/// told.
const TOLD_MAX: (usize, usize) = (10, 100);
/// So many addresses are compared.
const COMPARED_MAX: usize = 10;
/// How long a proposal stands, milliseconds.
const PROPOSAL_MS: i64 = 600_000;
/// What proposals are sealed as.
const SEALED_AS: &str = "redirect address";

/// A registered address beside the one that was sent.
pub struct Compared<'a> {
    /// As it is registered.
    pub registered: &'a str,
    /// In what they differ; `None` if it is an expression.
    pub difference: Option<Difference<'a>>,
}

/// What a page proposes to allow.
#[derive(Serialize, Deserialize)]
struct Proposal {
    session: String,
    provider: i64,
    address: String,
    request: String,
    expires_at: i64,
}

/// What came of it.
pub struct Allowed {
    /// The application.
    pub application: String,
    /// What may be gone to from now on.
    pub address: String,
    /// The parameters of the request that was refused.
    pub request: String,
}

impl Client {
    /// The addresses that it may be answered at beside one that it may not, the nearest first.
    pub fn compared<'a>(&'a self, sent: &'a str) -> Vec<Compared<'a>> {
        let uris = self.redirect_uris.iter();
        let uris = uris.filter(|uri| uri.purpose == RedirectUse::Authorization);
        let mut all: Vec<_> = uris.map(|uri| compared(sent, uri)).collect();
        all.sort_by_key(|one| one.difference.as_ref().map_or(usize::MAX, distance));
        all.truncate(COMPARED_MAX);
        all
    }
}

fn compared<'a>(sent: &'a str, uri: &'a RegisteredUri) -> Compared<'a> {
    Compared {
        registered: uri.text(),
        difference: uri.address().map(|address| difference(sent, address)),
    }
}

/// Another host is farther than anything else.
fn distance(difference: &Difference<'_>) -> usize {
    let is_elsewhere = difference.parts.contains(&Part::Host);
    let marked = difference.sent.differing.len() + difference.registered.differing.len();
    usize::from(is_elsewhere) * 100_000 + difference.parts.len() * 10_000 + marked
}

impl Engine {
    /// Tells the operator that a client asked to be answered at an address that it has not
    /// registered; answers whether this was news.
    pub fn oauth_mismatch(
        &self,
        ctx: &Context,
        client: &Client,
        sent: &str,
        why: &UriRefusal,
    ) -> bool {
        let sent: String = sent.chars().take(TOLD_CHARS_MAX).collect();
        let whose = ("redirect address", client.provider.pk);
        let is_news = self.told.admits_each(whose, &sent, TOLD_MAX, ctx.now);
        if is_news {
            let app = &client.application.name;
            let registered = client.compared(&sent);
            let registered: Vec<_> = registered.iter().map(|one| one.registered).collect();
            let told = json!({
                "message": format!("“{app}” asked to be answered at an address that cannot be used: {why}."),
                "provider": client.provider.name, "application": app,
                "redirect_uri": sent, "registered": registered,
            });
            let what = ("authentik.providers.oauth2", Action::ConfigurationError);
            self.tell(ctx, what, told);
        }
        is_news
    }

    /// Whether whoever acts may change where a client is answered.
    pub fn oauth_may_allow(&self, snapshot: &Snapshot, ctx: &Context, client: &Client) -> bool {
        let kind = crate::resource::registered(OAUTH2_PROVIDER);
        let id = client.provider.pk.to_string();
        let subject = Subject {
            id: &id,
            owner: None,
        };
        let grant = permitted(&ctx.actor, Verb::Change, kind, Some(subject), snapshot);
        matches!(grant, Grant::Everything)
    }

    /// What a page carries that proposes to allow the address of a request, in this session alone;
    /// `None` if it cannot be registered.
    pub fn oauth_propose(
        &self,
        ctx: &Context,
        session: &LiveSession,
        client: &Client,
        (address, request): (&str, &Parameters),
    ) -> Option<String> {
        RegisteredUri::exact(address, RedirectUse::Authorization).ok()?;
        let proposal = Proposal {
            session: session.id.to_string(),
            provider: client.provider.pk,
            address: address.to_owned(),
            request: request.encoded(),
            expires_at: ctx.now.saturating_add(PROPOSAL_MS),
        };
        let purpose = Purpose::OauthRequest;
        Some(sealed::seal(&self.keys, purpose, SEALED_AS, &proposal))
    }

    /// Allows what was proposed; `None` if it was not in this session, or is too old.
    ///
    /// # Errors
    ///
    /// [`Refusal`]: whoever acts may not change the provider, or the database fails.
    pub async fn oauth_allow(
        &self,
        ctx: &Context,
        session: &LiveSession,
        proposal: &str,
    ) -> Result<Option<Allowed>, Refusal> {
        let purpose = Purpose::OauthRequest;
        let opened: Option<Proposal> = sealed::open(&self.keys, purpose, SEALED_AS, proposal);
        let is_own = |one: &Proposal| one.session == *session.id && one.expires_at > ctx.now;
        let Some(proposal) = opened.filter(is_own) else {
            return Ok(None);
        };
        let pk = proposal.provider.to_string();
        allow_redirect(self, ctx, &pk, &proposal.address).await?;
        let snapshot = self.snapshot();
        let client = snapshot.oauth.of_provider(proposal.provider);
        Ok(client.map(|client| Allowed {
            application: client.application.name.clone(),
            address: proposal.address,
            request: proposal.request,
        }))
    }
}
