//! What an application would be told about somebody.

use std::sync::Arc;

use doorward_protocol::oauth::Scopes;
use serde_json::{Map, Value};

use super::client::Client;
use super::grant::{Facts, NewGrant};
use super::mint::Minting;
use crate::context::Context;
use crate::engine::{Engine, Fault};
use crate::person::Person;
use crate::snapshot::Snapshot;

impl Engine {
    /// The claims of the ID token, of the access token and of userinfo, as they would be for
    /// `person` with every scope of the client's, had they signed in just now.
    ///
    /// # Errors
    ///
    /// Only while the public address is not known.
    pub(crate) async fn oauth_preview(
        &self,
        snapshot: &Snapshot,
        ctx: &Context,
        client: &Client,
        person: &Arc<Person>,
    ) -> Result<[Map<String, Value>; 3], Fault> {
        let mut scopes = Scopes::default();
        scopes.add("openid");
        for mapping in &client.scopes {
            scopes.add(&mapping.scope_name);
        }
        let facts = Facts {
            auth_time: ctx.now / 1000,
            ..Facts::default()
        };
        let grant = NewGrant::new(client, person, Some("preview"), &scopes, facts, ctx.now);
        let minting = Minting {
            engine: self,
            snapshot,
            ctx,
            client,
            granted: &grant.about(person),
            scopes: &scopes,
        };
        minting.preview().await
    }
}
