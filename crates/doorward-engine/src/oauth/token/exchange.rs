//! One token for another (RFC 8693): a client acts on for somebody whose token it holds.
//!
//! Rules: what is issued never says more than the token that was brought: not for somebody else, not
//! for longer, not for more scopes, and it ends with that token. A token of another client counts if
//! an operator said so (CVE-2026-56668); nobody who administrates is impersonated
//! (CVE-2026-109374). The store decides whether a token is live, never its signature alone
//! ([decision 42](../../../../../docs/decisions/0042-token-exchange.md)).

use std::sync::Arc;

use doorward_protocol::oauth::{ErrorCode, Scopes};
use doorward_store::grant;
use serde_json::{Value, json};

use super::{Exchange, TokenAnswer, TokenRefusal, answer};
use crate::event::{self, Action};
use crate::oauth::authorize::resources;
use crate::oauth::bearer::{Bearer, BearerRefusal};
use crate::oauth::bound_key::BOUND_KEY;
use crate::oauth::client::Client;
use crate::oauth::grant::{Facts, NewGrant};
use crate::oauth::mint::Wanted;
use crate::person::Person;

/// The grant type.
pub(in crate::oauth) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// An app password, by authentik's name.
const AUTHENTIK_TOKEN: &str = "goauthentik.io/oauth/token-type/authentik_token";
/// So many act for one another (RFC 8693 §4.1); a longer chain is refused.
const ACTORS_MAX: usize = 4;
/// What administrates without being a superuser.
const OUTPOSTS: &str = "internal_service_account";

/// A live token of whoever is spoken for.
struct Subject {
    bearer: Bearer,
    held: Held,
}

/// By what right the client holds it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    /// It was issued to this very client.
    Given,
    /// To a provider that this client's provider trusts.
    Trusted,
    /// It names this client in its `aud`.
    Named,
}

/// What the issued token is for.
struct Target {
    /// Another provider, that trusts this one.
    client: Option<Arc<Client>>,
    audience: Vec<String>,
}

/// Everything that the request asks for and may have.
struct Agreed {
    subject: Subject,
    actor: Option<Arc<Person>>,
    target: Target,
    scopes: Scopes,
}

impl Exchange<'_> {
    pub(super) async fn token_exchange(&self) -> Result<TokenAnswer, TokenRefusal> {
        if self.client.is_public() {
            return Err(TokenRefusal::new(ErrorCode::UnauthorizedClient, PUBLIC));
        }
        let issued = self.requested_type()?;
        let target = self.target()?;
        let actor = self.actor().await?;
        let subject = self.subject().await?;
        subject.check_right(actor.is_some(), target.client.is_some())?;
        let scopes = self.scopes_within(&subject.bearer.scopes)?;
        let agreed = Agreed {
            subject,
            actor,
            target,
            scopes,
        };
        self.check_bindings(&agreed).await?;
        self.issued(&agreed, issued).await
    }

    /// What is to be issued: an access token, which is a JWT.
    fn requested_type(&self) -> Result<&'static str, TokenRefusal> {
        match self.parameters.get("requested_token_type") {
            None | Some(ACCESS_TOKEN) => Ok(ACCESS_TOKEN),
            Some(JWT) => Ok(JWT),
            Some(_) => Err(invalid("Only access tokens are issued for another token.")),
        }
    }

    /// RFC 8693 §2.1: `audience` by name, `resource` by address (RFC 8707).
    fn target(&self) -> Result<Target, TokenRefusal> {
        let refused = |why: &str| TokenRefusal::new(ErrorCode::InvalidTarget, why);
        let resources = resources(self.client, self.parameters).map_err(refused)?;
        let mut asked = self.parameters.all("audience");
        let (name, more) = (asked.next(), asked.next());
        if more.is_some() {
            return Err(refused("A token is issued for one audience."));
        }
        let found = |name| {
            let clients = &self.snapshot.oauth;
            clients.named(name).or_else(|| clients.of_application(name))
        };
        let own = self.client.provider.pk;
        let client = match name.map(found) {
            None => None,
            Some(Some(client)) if client.provider.pk == own => None,
            Some(Some(client)) if client.trusts(own) => Some(Arc::clone(client)),
            Some(_) => return Err(refused(NO_TARGET)),
        };
        let named = name.map(|_| client.as_ref().unwrap_or(self.client).id().to_owned());
        Ok(Target {
            audience: named.into_iter().chain(resources).collect(),
            client,
        })
    }

    async fn subject(&self) -> Result<Subject, TokenRefusal> {
        let token = self.required("subject_token")?;
        match self.required("subject_token_type")? {
            ACCESS_TOKEN | JWT => {}
            _ => return Err(invalid(SUBJECT_TYPE)),
        }
        let bearer = self.brought(token).await?;
        let issued_to = bearer.client.provider.pk;
        let held = if issued_to == self.client.provider.pk {
            Held::Given
        } else if self.client.trusts(issued_to) {
            Held::Trusted
        } else if self.client.is_named(self.snapshot, &bearer.claims) {
            Held::Named
        } else {
            return Err(not_counted());
        };
        Ok(Subject { bearer, held })
    }

    /// A live access token that no key has to be proven for.
    async fn brought(&self, token: &str) -> Result<Bearer, TokenRefusal> {
        let bearer = self.engine.oauth_bearer(self.snapshot, self.ctx, token);
        let bearer = match bearer.await {
            Ok(bearer) => bearer,
            Err(BearerRefusal::Refused(..)) => return Err(not_counted()),
            Err(BearerRefusal::Fault(fault)) => return Err(fault.into()),
        };
        if bearer.claims.contains_key("cnf") {
            return Err(invalid(BOUND));
        }
        Ok(bearer)
    }

    /// Who acts: whoever a token of this client's own speaks of, or the holder of an app password.
    async fn actor(&self) -> Result<Option<Arc<Person>>, TokenRefusal> {
        let said = |name| self.parameters.get(name);
        let (token, kind) = match (said("actor_token"), said("actor_token_type")) {
            (None, None) => return Ok(None),
            (Some(token), Some(kind)) => (token, kind),
            _ => return Err(invalid("An actor_token comes with its actor_token_type.")),
        };
        let person = match kind {
            ACCESS_TOKEN | JWT => {
                let bearer = self.brought(token).await?;
                let is_own = bearer.client.provider.pk == self.client.provider.pk;
                is_own.then_some(bearer.granted.person)
            }
            AUTHENTIK_TOKEN => self.engine.owner_of(token, None, self.ctx.now).await?,
            _ => return Err(invalid("The actor_token_type is not known.")),
        };
        person.map(Some).ok_or_else(not_counted)
    }

    /// Those that were asked for, if the subject's token has each, and this client may be granted
    /// it. None that was not asked for: a new token begins with nothing.
    fn scopes_within(&self, subject: &Scopes) -> Result<Scopes, TokenRefusal> {
        let asked = self.parameters.get("scope").unwrap_or_default();
        let asked = Scopes::parse(asked)
            .map_err(|why| TokenRefusal::new(ErrorCode::InvalidScope, why.to_string()))?;
        let asked = asked.only(|word| !["offline_access", BOUND_KEY].contains(&word));
        if asked.is_within(subject) && asked.is_within(&self.client.known(&asked)) {
            return Ok(asked);
        }
        Err(TokenRefusal::new(ErrorCode::InvalidScope, WIDER))
    }

    /// Everybody whom it concerns may open what it opens.
    async fn check_bindings(&self, agreed: &Agreed) -> Result<(), TokenRefusal> {
        let person = &agreed.subject.bearer.granted.person;
        let all = [Some(person), agreed.actor.as_ref()];
        for one in all.into_iter().flatten() {
            if !self.may_open(one, &agreed.scopes).await {
                return Err(invalid(MAY_NOT));
            }
        }
        let Some(target) = &agreed.target.client else {
            return Ok(());
        };
        let ctx = self.ctx.acting_as(person);
        let (engine, scopes) = (self.engine, &agreed.scopes);
        let asked = engine.may_use(self.snapshot, &ctx, target, scopes, TOKEN_EXCHANGE);
        if asked.await.passing {
            return Ok(());
        }
        Err(TokenRefusal::new(ErrorCode::InvalidTarget, MAY_NOT))
    }

    /// Makes the token and stores it below a grant that ends with the subject's token.
    async fn issued(
        &self,
        agreed: &Agreed,
        kind: &'static str,
    ) -> Result<TokenAnswer, TokenRefusal> {
        let (engine, now, client) = (self.engine, self.ctx.now, self.client);
        let bearer = &agreed.subject.bearer;
        let left_ms = bearer.expires_at - now;
        let lives_ms = client.access_ms().min(left_ms);
        if lives_ms < 1000 {
            return Err(not_counted());
        }
        let grant = self.new_grant(agreed, lives_ms)?;
        let wanted = Wanted {
            access: true,
            jkt: self.jkt(),
            lives_ms: Some(lives_ms),
            ..Wanted::default()
        };
        let granted = grant.about(&bearer.granted.person);
        let minted = engine.mint(self.snapshot, self.ctx, client, &granted, wanted);
        let minted = minted.await?;
        let mut tx = engine.store.begin().await?;
        if !bearer.hold(&mut tx, now).await? {
            return Err(not_counted());
        }
        grant.insert(&mut tx).await?;
        grant::tie(&mut tx, &grant.row.id, bearer.token).await?;
        self.spend_proof(&mut tx).await?;
        minted.insert(&mut tx, &grant.row).await?;
        self.tell_exchange(&mut tx, agreed).await?;
        engine.commit(tx).await?;
        let told = answer(minted, &agreed.scopes, None)?;
        Ok(TokenAnswer {
            issued_token_type: Some(kind),
            ..told
        })
    }

    fn new_grant(&self, agreed: &Agreed, lives_ms: i64) -> Result<NewGrant, TokenRefusal> {
        let of = &agreed.subject.bearer.granted;
        let facts = Facts {
            auth_time: of.facts.auth_time,
            amr: of.facts.amr.clone(),
            resources: agreed.target.audience.clone(),
            act: self.acting(agreed)?,
            links: of.facts.next_links().ok_or_else(|| invalid(TOO_LONG))?,
            ..Facts::default()
        };
        let session = of.row.session_id.as_deref();
        let (client, now, scopes) = (self.client, self.ctx.now, &agreed.scopes);
        let mut grant = NewGrant::new(client, &of.person, session, scopes, facts, now);
        grant.row.ends_with_session = of.row.ends_with_session;
        grant.row.expires_at = now.saturating_add(lives_ms);
        Ok(grant)
    }

    /// RFC 8693 §4.1: the last who acts stands outside, those before within.
    fn acting(&self, agreed: &Agreed) -> Result<Option<Value>, TokenRefusal> {
        let before = agreed.subject.bearer.claims.get("act").cloned();
        let Some(actor) = &agreed.actor else {
            return Ok(before);
        };
        let mut act = json!({ "sub": self.client.sub(self.snapshot, actor) });
        if let Some(before) = before {
            act["act"] = before;
        }
        if actors(&act) > ACTORS_MAX {
            return Err(invalid("Too many act for one another already."));
        }
        Ok(Some(act))
    }

    async fn tell_exchange(
        &self,
        tx: &mut doorward_store::Tx,
        agreed: &Agreed,
    ) -> Result<(), doorward_store::StoreError> {
        let application = &self.client.application;
        let bearer = &agreed.subject.bearer;
        let told = json!({
            "authorized_application": {
                "pk": application.pk, "name": application.name, "model_name": "application",
                "app": "authentik_core",
            },
            "flow": null,
            "scopes": agreed.scopes.to_string(),
            "token_exchange": {
                "token_of": bearer.client.provider.name,
                "audience": agreed.target.audience,
                "actor": agreed.actor.as_ref().map(|actor| &actor.username),
            },
        });
        let ctx = self.ctx.acting_as(&bearer.granted.person);
        let (action, app) = (Action::AuthorizeApplication, "authentik.providers.oauth2");
        event::record(self.engine, tx, &ctx, action, app, told).await
    }
}

impl Subject {
    /// Whether the client may speak for them. Acting in one's own name for somebody (`act`) needs a
    /// token that one was meant to have; speaking as somebody needs one's own, or an operator's
    /// word. Whoever administrates is spoken for by nobody who was not given their token for it.
    fn check_right(&self, is_delegated: bool, goes_on: bool) -> Result<(), TokenRefusal> {
        let person = &self.bearer.granted.person;
        let is_protected = is_protected(person);
        let stays = self.held == Held::Given && !goes_on;
        match self.held {
            _ if is_delegated || stays => Ok(()),
            Held::Named => Err(invalid(NEEDS_ACTOR)),
            Held::Given | Held::Trusted if is_protected => Err(invalid(PROTECTED)),
            Held::Given | Held::Trusted => Ok(()),
        }
    }
}

/// Whether somebody administrates: nobody else speaks as them.
pub(super) fn is_protected(person: &Person) -> bool {
    person.is_superuser || &*person.kind == OUTPOSTS
}

impl Client {
    /// Whether an operator has said that tokens of this provider count here.
    fn trusts(&self, provider: i64) -> bool {
        self.provider.jwt_federation_providers.contains(&provider)
    }
}

/// How many act for one another.
fn actors(act: &Value) -> usize {
    let mut count = 1;
    let mut at = act;
    while let Some(inner) = at.get("act") {
        count += 1;
        at = inner;
    }
    count
}

/// RFC 8693 §2.2.2: a token that does not count is an `invalid_request`.
fn invalid(why: &str) -> TokenRefusal {
    TokenRefusal::new(ErrorCode::InvalidRequest, why)
}

/// Unknown, late, revoked and foreign look alike.
fn not_counted() -> TokenRefusal {
    invalid("A token is unknown, too old, was revoked, or is none that this client may bring.")
}

const PUBLIC: &str = "A public client proves nothing, so it exchanges no tokens.";
const SUBJECT_TYPE: &str = "Only an access token can be exchanged (subject_token_type).";
const BOUND: &str = "A token that is bound to a key (cnf) is not exchanged.";
const WIDER: &str =
    "A scope is asked for that the subject_token or this client's provider does not have.";
const NO_TARGET: &str =
    "There is no such audience, or it does not trust tokens of this client's provider.";
const MAY_NOT: &str = "An account of this request may not open the application.";
const TOO_LONG: &str =
    "The subject_token is the last of too many that were exchanged for one another.";
const NEEDS_ACTOR: &str = "The token was issued to a client that this one does not trust: say who acts \
     (actor_token).";
const PROTECTED: &str = "Nobody speaks as an administrator: say who acts (actor_token).";
