//! Access tokens that nobody came for: an operator's text hands them out (`ak_create_jwt`).
//!
//! Rule: it is a token as any other, with its row below a grant of its own, so that it is looked into
//! and revoked like any other; it tells of no sign-in, for there was none. It is bound to no key, so
//! whose tokens have to be (`dpop_bound_access_tokens`), hands out none. It opens no API here: whoever may
//! write a text would have the rights of everybody whom it can name.

use std::sync::Arc;

use doorward_protocol::oauth::Scopes;

use super::api::API_SCOPE;
use super::bound_key::BOUND_KEY;
use super::client::Client;
use super::grant::{Facts, NewGrant};
use super::mint::{Minting, Wanted};
use crate::engine::{Engine, Fault};
use crate::person::Person;
use crate::policy::Question;

/// What is handed out.
pub(crate) struct Handed<'a> {
    /// By whom.
    pub(crate) client: &'a Client,
    /// About whom.
    pub(crate) person: &'a Arc<Person>,
    /// Those of them that the provider knows.
    pub(crate) scopes: &'a Scopes,
    /// For how long.
    pub(crate) lives_ms: i64,
}

impl Engine {
    /// Makes and stores one; `question` is what its scopes' texts are asked with.
    ///
    /// # Errors
    ///
    /// Only if we fail.
    pub(crate) async fn oauth_hand_out(
        &self,
        question: &Question<'_>,
        handed: &Handed<'_>,
    ) -> Result<String, Fault> {
        let (ctx, client) = (question.ctx, handed.client);
        let scopes = client.known(handed.scopes);
        let scopes = scopes.only(|word| ![API_SCOPE, BOUND_KEY].contains(&word));
        let facts = Facts::default();
        let mut grant = NewGrant::new(client, handed.person, None, &scopes, facts, ctx.now);
        grant.row.expires_at = ctx.now.saturating_add(handed.lives_ms);
        let minting = Minting {
            engine: self,
            snapshot: question.snapshot,
            ctx,
            client,
            granted: &grant.about(handed.person),
            scopes: &scopes,
        };
        let wanted = Wanted {
            access: true,
            lives_ms: Some(handed.lives_ms),
            ..Wanted::default()
        };
        let minted = minting.make_asking(wanted, question).await?;
        let mut tx = self.store.begin().await?;
        grant.insert(&mut tx).await?;
        minted.insert(&mut tx, &grant.row).await?;
        self.commit(tx).await?;
        let access = minted.access.map(|access| access.token);
        access.ok_or_else(|| Fault::Broken("an access token was not made".to_owned()))
    }
}
