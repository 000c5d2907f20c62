//! Somebody may open the application: what is granted for it, and what that is answered with.
//!
//! Rule: whatever takes time (claims, signatures) is made before the transaction; the grant, its
//! code, its tokens and the event are one commit.

use doorward_protocol::encoding;
use doorward_protocol::oauth::Scopes;
use doorward_store::relying_session::{self, RelyingSessionRow};
use doorward_store::{StoreError, Tx};
use serde_json::json;

use super::Answer;
use super::request::Request;
use crate::broken::{self, Mutant};
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::event::{self, Action};
use crate::oauth::client::Client;
use crate::oauth::grant::{CodeData, Facts, NewGrant};
use crate::oauth::mint::Minted;
use crate::snapshot::Snapshot;

/// A request that somebody may be answered.
pub(crate) struct Opening {
    request: Request,
    session: String,
    signed_in_at: i64,
}

/// The same, with everything made that takes time.
pub(crate) struct Prepared {
    request: Request,
    grant: NewGrant,
    code: Option<String>,
    tokens: Minted,
    /// What the app knows the person by.
    sub: String,
}

impl Opening {
    pub(crate) fn new(request: Request, session: &str, signed_in_at: i64) -> Self {
        Self {
            request,
            session: session.to_owned(),
            signed_in_at,
        }
    }

    /// Makes what is answered.
    pub(crate) async fn prepare(
        self,
        engine: &Engine,
        snapshot: &Snapshot,
        ctx: &Context,
    ) -> Result<Prepared, Fault> {
        let Self {
            request,
            session,
            signed_in_at,
        } = self;
        let person = ctx.actor.person().cloned();
        let person = person.ok_or_else(|| Fault::Broken("nobody acts".to_owned()))?;
        let facts = Facts {
            nonce: request.nonce.clone(),
            resources: request.resources.clone(),
            claims: request.claims.clone(),
            ..signed_in(engine, &session, signed_in_at, ctx.now).await?
        };
        let grant = NewGrant::new(
            &request.client,
            &person,
            Some(&session),
            &request.scopes,
            facts,
            ctx.now,
        );
        let kind = request.response_type;
        let code = kind
            .has_code()
            .then(|| format!("dwc_{}", encoding::random_token(32)));
        let wanted = crate::oauth::mint::Wanted {
            access: kind.has_token(),
            id: kind.has_id_token(),
            claims_in_id: !kind.has_code() && !kind.has_token(),
            code: code.as_deref(),
            jkt: None,
            id_key: None,
            lives_ms: None,
        };
        let tokens = engine
            .mint(
                snapshot,
                ctx,
                &request.client,
                &grant.about(&person),
                wanted,
            )
            .await?;
        Ok(Prepared {
            sub: request.client.sub(snapshot, &person),
            request,
            grant,
            code,
            tokens,
        })
    }
}

impl Prepared {
    /// Writes the grant with its code and tokens; answers what the browser takes to the client, or
    /// `None` if what was sent ahead has been used: then nothing of the transaction may stay.
    pub(crate) async fn write(
        self,
        engine: &Engine,
        tx: &mut Tx,
        ctx: &Context,
    ) -> Result<Option<Answer>, StoreError> {
        let request = &self.request;
        if !request.spend(tx, ctx.now).await? {
            return Ok(None);
        }
        self.grant.insert(tx).await?;
        self.note_session(tx, ctx).await?;
        if let Some(code) = &self.code {
            let data = CodeData {
                redirect_uri: request.redirect_uri.clone(),
                challenge: request.challenge.clone(),
                jkt: request.jkt.clone(),
            };
            self.grant
                .insert_code(tx, &request.client, code, &data)
                .await?;
        }
        self.tokens.insert(tx, &self.grant.row).await?;
        record(engine, tx, ctx, &request.client, &request.scopes).await?;
        Ok(Some(self.answer()))
    }

    /// Notes that the app is in this session, so that it hears of its end.
    async fn note_session(&self, tx: &mut Tx, ctx: &Context) -> Result<(), StoreError> {
        let row = &self.grant.row;
        let Some(session_id) = row.session_id.clone() else {
            return Ok(());
        };
        let row = RelyingSessionRow {
            session_id,
            provider_id: row.provider_id,
            user_id: row.user_id,
            sub: self.sub.clone(),
            created_at: ctx.now,
        };
        relying_session::insert(tx, &row).await
    }

    /// The same, as an address for the end of a flow.
    pub(crate) async fn write_location(
        self,
        engine: &Engine,
        tx: &mut Tx,
        ctx: &Context,
    ) -> Result<Option<String>, StoreError> {
        let session = self.grant.row.session_id.clone().unwrap_or_default();
        let answer = self.write(engine, tx, ctx).await?;
        Ok(answer.map(|answer| answer.location_or_page(engine, &session, ctx.now)))
    }

    fn answer(self) -> Answer {
        let Self {
            request,
            code,
            tokens,
            ..
        } = self;
        let mut parameters = Vec::new();
        let mut add = |name: &str, value: Option<String>| {
            parameters.extend(value.map(|value| (name.to_owned(), value)));
        };
        add("code", code);
        if let Some(access) = tokens.access {
            add("expires_in", Some(access.expires_in_s.to_string()));
            add("scope", Some(request.scopes.to_string()));
            add("token_type", Some("Bearer".to_owned()));
            add("access_token", Some(access.token));
        }
        add("id_token", tokens.id);
        add(
            "state",
            request.state.filter(|_| !broken::is(Mutant::StateDropped)),
        );
        add("iss", Some(request.issuer));
        Answer {
            uri: request.redirect_uri,
            mode: request.mode,
            parameters,
        }
    }
}

/// When and how somebody signed in whose session this is.
pub(in crate::oauth) async fn signed_in(
    engine: &Engine,
    session: &str,
    at: i64,
    now: i64,
) -> Result<Facts, StoreError> {
    let mut tx = engine.store.read().await?;
    let row = doorward_store::session::find(&mut tx, session, now).await?;
    let method = row.map(|row| row.auth_method).unwrap_or_default();
    Ok(Facts {
        auth_time: if broken::is(Mutant::AuthTimeStays) {
            at / 3_600_000 * 3600
        } else {
            at / 1000
        },
        amr: amr(&method),
        ..Facts::default()
    })
}

/// RFC 8176, as authentik uses it.
fn amr(method: &str) -> Vec<String> {
    let words: &[&str] = match method {
        "auth_webauthn_pwl" => &["user"],
        "auth_mfa" => &["pwd", "mfa"],
        "password" => &["pwd"],
        _ => &[],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Leaves an event that somebody let a client in.
pub(in crate::oauth) async fn record(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    client: &Client,
    scopes: &Scopes,
) -> Result<(), StoreError> {
    let application = &client.application;
    let told = json!({
        "authorized_application": {
            "pk": application.pk, "name": application.name, "model_name": "application",
            "app": "authentik_core",
        },
        "flow": null,
        "scopes": scopes.to_string(),
    });
    let action = Action::AuthorizeApplication;
    event::record(engine, tx, ctx, action, "authentik.providers.oauth2", told).await
}
