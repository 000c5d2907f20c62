//! Events: what happened, in authentik's words, written with what it records.
//!
//! Rule: no secret ever enters a context; [`cleanse`] replaces what a key's name gives away.

use doorward_store::{StoreError, Tx, event};
use serde_json::{Value, json};

use crate::context::{Actor, Context};
use crate::engine::Engine;

/// What happened. The words are the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Somebody signed in.
    Login,
    /// Somebody tried to.
    LoginFailed,
    /// Somebody signed out.
    Logout,
    /// A password was set.
    PasswordSet,
    /// Somebody's account was made or changed by themselves.
    UserWrite,
    /// An invitation was used.
    InvitationUsed,
    /// A secret was shown.
    SecretView,
    /// A secret was replaced.
    SecretRotate,
    /// Somebody was let into an application.
    AuthorizeApplication,
    /// Somebody asked to be let into an application.
    AccessRequestCreated,
    /// A request that only an attacker or a broken client makes.
    SuspiciousRequest,
    /// Bindings decided about somebody, and the operator should know.
    PolicyExecution,
    /// A policy failed to answer.
    PolicyException,
    /// An operator's text that is no policy's failed.
    PropertyMappingException,
    /// A letter was sent.
    EmailSent,
    /// The set-up of a proxy or of Doorward is wrong.
    ConfigurationError,
    /// An object was made.
    ModelCreated,
    /// An object was changed.
    ModelUpdated,
    /// An object was removed.
    ModelDeleted,
}

impl Action {
    /// The word in the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::LoginFailed => "login_failed",
            Self::Logout => "logout",
            Self::PasswordSet => "password_set",
            Self::UserWrite => "user_write",
            Self::InvitationUsed => "invitation_used",
            Self::SecretView => "secret_view",
            Self::SecretRotate => "secret_rotate",
            Self::AuthorizeApplication => "authorize_application",
            Self::AccessRequestCreated => "access_request_created",
            Self::SuspiciousRequest => "suspicious_request",
            Self::PolicyExecution => "policy_execution",
            Self::PolicyException => "policy_exception",
            Self::PropertyMappingException => "property_mapping_exception",
            Self::EmailSent => "email_sent",
            Self::ConfigurationError => "configuration_error",
            Self::ModelCreated => "model_created",
            Self::ModelUpdated => "model_updated",
            Self::ModelDeleted => "model_deleted",
        }
    }
}

/// Writes an event in the transaction of what it records.
///
/// # Errors
///
/// Only if the database fails.
pub async fn record(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    action: Action,
    app: &str,
    context: Value,
) -> Result<(), StoreError> {
    record_as(engine, tx, ctx, action.word(), app, context).await
}

/// The same with a word of an operator's own, as expressions have them.
pub(crate) async fn record_as(
    engine: &Engine,
    tx: &mut Tx,
    ctx: &Context,
    action: &str,
    app: &str,
    context: Value,
) -> Result<(), StoreError> {
    event::insert(tx, &row(engine, ctx, action, app, context)).await
}

/// What [`record_as`] writes.
pub(crate) fn row(
    engine: &Engine,
    ctx: &Context,
    action: &str,
    app: &str,
    mut context: Value,
) -> event::EventRow {
    cleanse(&mut context);
    context["http_request"] =
        json!({ "request_id": &*ctx.request_id, "user_agent": &*ctx.user_agent });
    let geo = &engine.settings.geo;
    for (key, value) in [
        ("geo", geo.place_value(ctx.client_ip)),
        ("asn", geo.network_value(ctx.client_ip)),
    ] {
        if !value.is_null() {
            context[key] = value;
        }
    }
    let person = ctx.actor.person();
    let retention_ms = engine.snapshot_ref().event_retention_ms();
    event::EventRow {
        // In the order of time, so that many in one commit stand on few pages.
        id: uuid::Uuid::now_v7().to_string(),
        action: action.to_owned(),
        app: app.to_owned(),
        username: person.map_or_else(String::new, |person| person.username.to_string()),
        actor: actor(&ctx.actor).to_string(),
        context: context.to_string(),
        client_ip: ctx.client_ip.to_string(),
        created_at: ctx.now,
        expires_at: ctx.now.saturating_add(retention_ms),
    }
}

fn actor(actor: &Actor) -> Value {
    match actor {
        Actor::Person(person) => {
            json!({ "pk": person.id, "username": &*person.username, "email": &*person.email })
        }
        Actor::Anonymous | Actor::System => {
            json!({ "pk": -1, "username": "AnonymousUser", "email": "", "is_anonymous": true })
        }
    }
}

/// What stands in place of a secret.
pub const CLEANSED: &str = "********************";

/// Replaces the values of keys whose names say that they are secret, at any depth.
pub fn cleanse(value: &mut Value) {
    match value {
        Value::Object(map) => map.iter_mut().for_each(|(key, value)| {
            if is_secret_name(key) {
                *value = Value::String(CLEANSED.to_owned());
            } else {
                cleanse(value);
            }
        }),
        Value::Array(list) => list.iter_mut().for_each(cleanse),
        _ => {}
    }
}

fn is_secret_name(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    [
        "password",
        "secret",
        "token_key",
        "private_key",
        "key_data",
        "cookie",
        "authorization",
    ]
    .iter()
    .any(|word| key.contains(word))
        || key == "key"
        || key == "token"
}
