//! What scopes say about a person: operators' own texts, and the shipped ones without asking an
//! interpreter.
//!
//! Rule: a text that fails takes its own scope's claims away and nothing else, and leaves an event.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value, json};

use super::client::Client;
use crate::blueprint;
use crate::broken::{self, Mutant};
use crate::engine::Engine;
use crate::entitlement;
use crate::expression::Kind;
use crate::person::{Person, merge};
use crate::policy::{FlowFacts, Question, told_application};
use crate::snapshot::{Object, Snapshot};
use doorward_protocol::oauth::Scopes;

const MAPPING: &str = "authentik_providers_oauth2.scopemapping";
/// authentik's names of the shipped ones begin so.
const SHIPPED: &str = "goauthentik.io/providers/oauth2/scope-";
/// What was shipped before there were entitlements, and stands where nobody has changed it.
const BEFORE_ENTITLEMENTS: &str = "# Doorward has no entitlements of applications yet; add your own here.\n\
    return {\"entitlements\": [], \"roles\": []}";

/// One scope that a client may be granted.
#[derive(Clone, Debug)]
pub(super) struct ScopeMapping {
    /// The word.
    pub(super) scope_name: String,
    /// What people read when they are asked; empty: they are not told of it.
    pub(super) description: String,
    says: Says,
}

#[derive(Clone, Debug)]
enum Says {
    /// Nothing.
    Nothing,
    /// The shipped `email`.
    Email,
    /// The shipped `profile`.
    Profile,
    /// The shipped `entitlements`.
    Entitlements,
    /// An operator's text.
    Text(Arc<str>),
}

impl ScopeMapping {
    /// Those of `pks` that are scopes, in the order of their words: later ones win.
    pub(super) fn all(snapshot: &Snapshot, pks: &[String]) -> Vec<Self> {
        let found = pks.iter().filter_map(|pk| snapshot.object(MAPPING, pk));
        let mut all: Vec<_> = found.map(|object| Self::read(object)).collect();
        all.sort_by(|one, other| one.scope_name.cmp(&other.scope_name));
        all
    }

    /// The word of one, if it is a scope.
    pub(super) fn word(snapshot: &Snapshot, pk: &str) -> Option<String> {
        let object = snapshot.object(MAPPING, pk)?;
        object.config.get("scope_name")?.as_str().map(str::to_owned)
    }

    fn read(object: &Object) -> Self {
        let text = |key| object.config.get(key).and_then(Value::as_str);
        let expression = text("expression").unwrap_or_default();
        Self {
            scope_name: text("scope_name").unwrap_or_default().to_owned(),
            description: text("description").unwrap_or_default().to_owned(),
            says: Says::read(text("managed").unwrap_or_default(), expression),
        }
    }
}

impl ScopeMapping {
    /// Whether it says a claim of this name of everybody.
    pub(super) fn surely_says(&self, name: &str) -> bool {
        match &self.says {
            Says::Nothing | Says::Text(_) => false,
            Says::Email => EMAIL.contains(&name),
            Says::Profile => PROFILE.contains(&name),
            Says::Entitlements => ENTITLEMENTS.contains(&name),
        }
    }

    /// Whether it may say a claim of this name; what a text says is known once it was run.
    pub(super) fn may_say(&self, name: &str) -> bool {
        matches!(self.says, Says::Text(_)) || self.surely_says(name)
    }
}

/// What the shipped `email` says.
const EMAIL: [&str; 2] = ["email", "email_verified"];
/// What the shipped `entitlements` says.
const ENTITLEMENTS: [&str; 2] = ["entitlements", "roles"];
/// What the shipped `profile` says.
const PROFILE: [&str; 5] = [
    "name",
    "given_name",
    "preferred_username",
    "nickname",
    "groups",
];

impl Says {
    /// A shipped text that nobody has changed is known without being run.
    fn read(managed: &str, expression: &str) -> Self {
        static TEXTS: LazyLock<HashMap<String, String>> = LazyLock::new(shipped_texts);
        let expression_now = expression.trim_end();
        let is_shipped = TEXTS
            .get(managed)
            .is_some_and(|text| text == expression_now || BEFORE_ENTITLEMENTS == expression_now);
        match managed.strip_prefix(SHIPPED).filter(|_| is_shipped) {
            Some("openid" | "offline_access" | "authentik_api" | "bound_key") => Self::Nothing,
            Some("email") => Self::Email,
            Some("profile") => Self::Profile,
            Some("entitlements") => Self::Entitlements,
            _ => Self::Text(expression.into()),
        }
    }
}

impl Says {
    /// What is said as long as the person and the configuration stay the same; `None` of what an
    /// operator's text says, and of entitlements, for what is bound to them may run out.
    fn at_once(&self, person: &Person) -> Option<Map<String, Value>> {
        match self {
            Self::Nothing => Some(Map::new()),
            Self::Email => Some(email(person)),
            Self::Profile => Some(profile(person)),
            Self::Entitlements | Self::Text(_) => None,
        }
    }
}

/// The same as [`Engine::scope_claims`]; `None` if that may change by itself.
pub(super) fn scope_claims_at_once(
    client: &Client,
    scopes: &Scopes,
    person: &Person,
) -> Option<Map<String, Value>> {
    let mut claims = Map::new();
    for mapping in granted(client, scopes) {
        merge(&mut claims, mapping.says.at_once(person)?);
    }
    Some(claims)
}

fn granted<'a>(client: &'a Client, scopes: &Scopes) -> impl Iterator<Item = &'a ScopeMapping> {
    let is_granted = move |one: &&ScopeMapping| {
        scopes.contains(&one.scope_name) || broken::is(Mutant::ClaimsUnasked)
    };
    client.scopes.iter().filter(is_granted)
}

fn shipped_texts() -> HashMap<String, String> {
    let texts = blueprint::shipped_mappings();
    texts
        .into_iter()
        .map(|(managed, text)| (managed, text.trim_end().to_owned()))
        .collect()
}

/// For whom and for what claims are asked.
pub(super) struct About<'a> {
    pub(super) client: &'a Client,
    pub(super) scopes: &'a Scopes,
    pub(super) person: &'a Person,
    /// What the token will say without them.
    pub(super) token: &'a Map<String, Value>,
}

impl Engine {
    /// What the granted scopes say, merged in the order of their words.
    pub(super) async fn scope_claims(
        &self,
        question: &Question<'_>,
        about: &About<'_>,
    ) -> Map<String, Value> {
        let mut claims = Map::new();
        for mapping in granted(about.client, about.scopes) {
            merge(&mut claims, self.says(question, about, mapping).await);
        }
        claims
    }

    /// What one scope says.
    pub(super) async fn says(
        &self,
        question: &Question<'_>,
        about: &About<'_>,
        mapping: &ScopeMapping,
    ) -> Map<String, Value> {
        match &mapping.says {
            Says::Text(text) => self.said(question, about, mapping, text).await,
            Says::Entitlements => entitlements(question, about),
            known => known.at_once(about.person).unwrap_or_default(),
        }
    }

    async fn said(
        &self,
        question: &Question<'_>,
        about: &About<'_>,
        mapping: &ScopeMapping,
        text: &str,
    ) -> Map<String, Value> {
        let provider = json!({
            "pk": about.client.provider.pk, "name": about.client.provider.name,
            "client_id": about.client.id(), "application": told_application(&about.client.application),
        });
        let token = json!({ "scope": about.scopes, "id_token": about.token });
        let facts = FlowFacts {
            context: vec![
                ("provider".to_owned(), Kind::Provider, provider),
                ("token".to_owned(), Kind::Json, token),
            ],
            ..question.flow.cloned().unwrap_or_default()
        };
        let question = Question {
            flow: Some(&facts),
            application: Some(&about.client.application),
            ..*question
        };
        match self.run_text(&question, text).await {
            Ok(run) => match run.outcome.result {
                Value::Object(said) => said,
                Value::Null => Map::new(),
                _ => self.unsaid(&question, mapping, "It must return a dictionary."),
            },
            Err(why) => self.unsaid(&question, mapping, &why),
        }
    }

    fn unsaid(
        &self,
        question: &Question<'_>,
        mapping: &ScopeMapping,
        why: &str,
    ) -> Map<String, Value> {
        let message = format!("The scope {} says nothing: {why}", mapping.scope_name);
        let told = json!({ "message": message, "mapping": mapping.scope_name });
        self.tell_text_failure(question, &mapping.scope_name, told);
        Map::new()
    }
}

fn email(person: &Person) -> Map<String, Value> {
    object(json!({ "email": person.email, "email_verified": false }))
}

/// Both names are asked for by apps.
fn entitlements(question: &Question<'_>, about: &About<'_>) -> Map<String, Value> {
    let (snapshot, now) = (question.snapshot, question.ctx.now);
    let application = &about.client.application.pk;
    let held = entitlement::names(snapshot, application, about.person, now);
    object(json!({ "entitlements": held, "roles": held }))
}

fn profile(person: &Person) -> Map<String, Value> {
    let groups: Vec<_> = person.groups.iter().map(|group| &*group.name).collect();
    object(json!({
        "name": person.name, "given_name": person.name, "preferred_username": person.username,
        "nickname": person.username, "groups": groups,
    }))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
