//! Apps that know people by what can be given to others: a user name, an address, a UPN.
//!
//! Rules: an address that belongs to several accounts stands for none of them, and a word that stood
//! for one account with an app never stands for another, also once that account is gone: else whoever
//! is called so next inherits what the app has stored ([decision
//! 45](../../../../docs/decisions/0045-names-are-not-inherited.md)). `compatibility` keeps authentik's
//! way.

use doorward_store::user::{self, fold};
use doorward_store::{StoreError, Tx, subject};
use serde_json::json;

use super::client::Client;
use super::provider::SubMode;
use crate::context::Context;
use crate::engine::Engine;
use crate::event::Action;
use crate::person::Person;

/// What an app is told that asks for somebody whose word is another's.
pub(super) const ANOTHERS: &str =
    "What the application knows this account by belongs to another account, or did before.";

/// What a client knows somebody by, if it could be somebody else's.
pub(super) fn word(client: &Client, person: &Person) -> Option<String> {
    if client.sector.is_some() {
        return None;
    }
    let word = match client.provider.sub_mode {
        SubMode::UserUsername => &*person.username,
        SubMode::UserEmail => &*person.email,
        SubMode::UserUpn => person.upn.as_deref().unwrap_or_default(),
        SubMode::HashedUserId | SubMode::UserId | SubMode::UserUuid => return None,
    };
    (!word.is_empty()).then(|| fold(word))
}

/// The same where it matters whose it is.
pub(super) fn guarded(client: &Client, person: &Person) -> Option<String> {
    word(client, person).filter(|_| !client.provider.compatibility)
}

/// Notes what a client is about to know somebody by; answers whether it is theirs.
pub(super) async fn hold(
    tx: &mut Tx,
    client: &Client,
    person: &Person,
    now: i64,
) -> Result<bool, StoreError> {
    let Some(word) = word(client, person) else {
        return Ok(true);
    };
    let provider = client.provider.pk;
    subject::hold(tx, provider, &word, person.id, now).await?;
    let owner = subject::owner(tx, provider, &word).await?;
    Ok(owner == Some(person.id) || client.provider.compatibility)
}

impl Engine {
    /// Whether an app would take this person for somebody else. An operator hears of it.
    ///
    /// # Errors
    ///
    /// Only if the database fails.
    pub(super) async fn is_anothers(
        &self,
        ctx: &Context,
        client: &Client,
        person: &Person,
    ) -> Result<bool, StoreError> {
        let Some(word) = guarded(client, person) else {
            return Ok(false);
        };
        let mut tx = self.store.read().await?;
        let owner = subject::owner(&mut tx, client.provider.pk, &word).await?;
        let is_anothers = owner.is_some_and(|owner| owner != person.id)
            || is_shared(&mut tx, client, &word).await?;
        if is_anothers {
            self.tell_anothers(ctx, client, person);
        }
        Ok(is_anothers)
    }

    fn tell_anothers(&self, ctx: &Context, client: &Client, person: &Person) {
        let subject = format!("{} {}", client.provider.pk, person.id);
        if !self.told.admits("somebody else's name", subject, ctx.now) {
            return;
        }
        let told = json!({
            "message": ANOTHERS, "provider": client.provider.name,
            "application": client.application.name,
            "user": { "pk": person.id, "username": person.username },
        });
        let what = ("authentik.providers.oauth2", Action::ConfigurationError);
        self.tell(ctx, what, told);
    }
}

/// User names and UPNs are unique; addresses are not.
async fn is_shared(tx: &mut Tx, client: &Client, word: &str) -> Result<bool, StoreError> {
    if client.provider.sub_mode != SubMode::UserEmail {
        return Ok(false);
    }
    Ok(user::find_by_email_key(tx, word).await?.len() > 1)
}
