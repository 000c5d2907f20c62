//! Whether the bindings of an application let somebody in who comes for tokens, not with a browser's
//! request to authorize.

use doorward_protocol::oauth::Scopes;
use serde_json::json;

use super::client::Client;
use crate::context::Context;
use crate::engine::Engine;
use crate::expression::Kind;
use crate::policy::{FlowFacts, Question, Verdict};
use crate::snapshot::Snapshot;

impl Engine {
    /// What they say of whoever acts; policies see the way and the scopes by authentik's names.
    pub(super) async fn may_use(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        client: &Client,
        scopes: &Scopes,
        way: &str,
    ) -> Verdict {
        let told = [
            ("oauth_scopes", json!(scopes)),
            ("oauth_grant_type", json!(way)),
        ];
        let facts = FlowFacts {
            context: told
                .map(|(key, value)| (key.to_owned(), Kind::Json, value))
                .into(),
            ..FlowFacts::default()
        };
        let person = ctx.actor.person();
        let question = Question {
            flow: Some(&facts),
            ..Question::new(snapshot, ctx, person.map(|person| &**person))
        };
        let mut verdict = self.lets_in(&question, client).await;
        if let Some(person) = person.filter(|_| verdict.passing) {
            // What cannot be asked is no.
            let is_anothers = self.is_anothers(ctx, client, person).await;
            verdict.passing = matches!(is_anothers, Ok(false));
        }
        verdict
    }
    /// What the bindings of its application say, and of a client that registered itself those of the
    /// application that it registered with as well: they may have changed since.
    pub(super) async fn lets_in(&self, question: &Question<'_>, client: &Client) -> Verdict {
        let own = self.may_open(question, &client.application).await;
        match &client.issuer_application {
            Some(issuers) if own.passing => self.may_open(question, issuers).await,
            _ => own,
        }
    }
}
