//! Deleting, with what hangs on the deleted.
//!
//! Rule: the links in the store decide what goes along (`cascade`), what forgets the deleted
//! (`set_null`, `remove`), and exactly that is what `used_by` shows before.

use std::collections::HashSet;

use doorward_store::consent::ConsentRow;
use doorward_store::grant::TokenKind;
use doorward_store::resource as rows;
use doorward_store::{
    StoreError, Topic, change, client_logo, client_registration, consent, device, event, favourite,
    grant, group, pushed_request, reputation, subject, token, user,
};
use serde_json::{Map, Value};

use super::field::Family;
use super::history::What;
use super::kind as kind_of;
use super::kind::Kind;
use super::list::member;
use super::permit::{Grant, Verb, permitted};
use super::refusal::Refusal;
use super::tables::device::check_recent;
use super::tables::{self, Row, object_name};
use super::validate::{Errors, WHOLE};
use super::write::{Writing, Wrote};
use crate::context::Context;
use crate::engine::Engine;
use crate::event::Action;
use crate::model::EMBEDDED_OUTPOST;
use crate::session;

/// The field by which a registered client hangs on the provider that it registered with.
pub(super) const REGISTERED_WITH: &str = "issuer_provider";

/// Deletes an object and what hangs on it.
///
/// # Errors
///
/// [`Refusal`].
pub async fn delete(
    engine: &Engine,
    ctx: &Context,
    kind: &'static Kind,
    key: &str,
) -> Result<(), Refusal> {
    let mut writing = Writing::begin(engine, ctx).await?;
    let row = writing.reach(Verb::Delete, kind, key).await?;
    if !kind.verbs.delete {
        return Err(Refusal::NotAllowed);
    }
    writing.remove(kind, &row).await?;
    writing.finish().await
}

/// Deletes an object of a family.
///
/// # Errors
///
/// [`Refusal`].
pub async fn delete_family(
    engine: &Engine,
    ctx: &Context,
    family: Family,
    key: &str,
) -> Result<(), Refusal> {
    let kind = member(engine, ctx, family, key)?;
    delete(engine, ctx, kind, key).await
}

impl Writing<'_> {
    /// Deletes a row and what hangs on it.
    pub(super) async fn remove(&mut self, kind: &'static Kind, row: &Row) -> Result<(), Refusal> {
        if let Row::Object(object) = row
            && object
                .config
                .get("managed")
                .is_some_and(|managed| managed == EMBEDDED_OUTPOST)
        {
            return Err(Errors::one(WHOLE, "The embedded outpost cannot be deleted.").into());
        }
        let values = tables::values(&mut self.tx, row).await?;
        let mut seen = HashSet::new();
        self.unlink(kind.model, &row.id(), &mut seen).await?;
        self.remove_row(kind, row).await?;
        self.keep_last(kind, &row.id(), &row.name(), &values)
            .await?;
        self.record(kind, Action::ModelDeleted, &row.id(), &row.name())
            .await
    }

    /// Keeps what a deleted object was.
    async fn keep_last(
        &mut self,
        kind: &Kind,
        id: &str,
        name: &str,
        values: &Map<String, Value>,
    ) -> Result<(), StoreError> {
        let wrote = Wrote {
            id,
            name,
            what: What::Deleted,
            before: None,
            after: values,
        };
        self.keep(kind, wrote).await
    }

    async fn remove_row(&mut self, kind: &'static Kind, row: &Row) -> Result<(), Refusal> {
        let now = self.ctx.now;
        match row {
            Row::Object(object) => self.remove_object(kind, &object.id).await?,
            Row::User(row) => {
                session::end_all_of(&mut self.tx, row.id, "", now).await?;
                user::delete(&mut self.tx, row.id).await?;
                change::record(&mut self.tx, Topic::User, row.id, now).await?;
            }
            Row::Group(row) => {
                group::delete(&mut self.tx, &row.id).await?;
                change::record(&mut self.tx, Topic::Group, &row.id, now).await?;
            }
            Row::Token(row) => drop(token::delete(&mut self.tx, &row.identifier).await?),
            Row::Session(row) => drop(session::end(&mut self.tx, &row.id, now).await?),
            Row::Device(row) => {
                check_recent(self.ctx, row)?;
                device::delete(&mut self.tx, row.id, &row.kind).await?;
                change::record(&mut self.tx, Topic::User, row.user_id, now).await?;
            }
            Row::Consent(row) => {
                consent::delete(&mut self.tx, row.id).await?;
                self.end_grants(row).await?;
            }
            // A refresh token stands for all that follows from it.
            Row::Grant(row) if row.kind == TokenKind::Refresh.word() => {
                grant::delete(&mut self.tx, &row.grant_id, now).await?;
            }
            Row::Grant(row) => drop(grant::delete_token(&mut self.tx, row.id, now).await?),
            Row::Event(row) => drop(event::delete(&mut self.tx, &row.id).await?),
            Row::Reputation(row) => drop(reputation::delete(&mut self.tx, &row.id).await?),
        }
        Ok(())
    }

    /// Whoever takes a consent back ends what the application was granted.
    async fn end_grants(&mut self, row: &ConsentRow) -> Result<(), Refusal> {
        let application = self
            .world
            .object("authentik_core.application", &row.application);
        let provider = application.and_then(|one| one.config.get("provider")?.as_i64());
        if let Some(provider) = provider {
            grant::delete_of(&mut self.tx, row.user_id, provider, self.ctx.now).await?;
        }
        Ok(())
    }

    async fn remove_object(&mut self, kind: &'static Kind, id: &str) -> Result<(), Refusal> {
        let removed = self.world.object(kind.model, id).cloned();
        let config = removed.map(|one| one.config.clone()).unwrap_or_default();
        let provider = config.get("provider").and_then(Value::as_i64);
        rows::delete(&mut self.tx, kind.model, id).await?;
        change::record(&mut self.tx, Topic::Configuration, id, self.ctx.now).await?;
        self.world.remove(kind.model, id);
        if kind.model == "authentik_core.application" {
            consent::delete_of_application(&mut self.tx, id).await?;
            favourite::delete_of_application(&mut self.tx, id).await?;
            if let Some(provider) = provider {
                grant::delete_of_provider(&mut self.tx, provider, self.ctx.now).await?;
            }
        }
        if kind.model == super::OAUTH2_PROVIDER
            && let Ok(pk) = id.parse()
        {
            grant::delete_of_provider(&mut self.tx, pk, self.ctx.now).await?;
            subject::delete_of_provider(&mut self.tx, pk).await?;
            client_registration::delete(&mut self.tx, pk).await?;
            client_logo::delete(&mut self.tx, pk).await?;
            pushed_request::delete_of_provider(&mut self.tx, pk).await?;
            crate::oauth::remove_account(self, &config).await?;
        }
        if kind.model == "authentik_outposts.outpost" {
            super::actions::outpost::remove_account(self, id).await?;
        }
        Ok(())
    }

    /// Follows the links to `id`: deletes or changes their owners. A client that registered itself is
    /// an application, too, which nobody made by hand: it goes with its provider.
    async fn unlink(
        &mut self,
        model: &str,
        id: &str,
        seen: &mut HashSet<(String, String)>,
    ) -> Result<(), Refusal> {
        let mut work = vec![(model.to_owned(), id.to_owned(), false)];
        while let Some((model, id, is_whole)) = work.pop() {
            if !seen.insert((model.clone(), id.clone())) {
                continue;
            }
            for (owner_kind, owner, field, on_delete) in
                rows::owners(&mut self.tx, &model, &id).await?
            {
                let Some(kind) = kind_of(&owner_kind) else {
                    continue;
                };
                if on_delete == "cascade" || (is_whole && field == "provider") {
                    let is_whole = field == REGISTERED_WITH;
                    work.push((owner_kind, owner.clone(), is_whole));
                    self.remove_owner(kind, &owner).await?;
                } else {
                    self.forget(kind, &owner, &field, &id).await?;
                }
            }
        }
        Ok(())
    }

    /// Deletes an owner; its own keys and links go with it, but who points to it is still to be asked.
    async fn remove_owner(&mut self, kind: &'static Kind, id: &str) -> Result<(), Refusal> {
        let object = self.world.object(kind.model, id).cloned();
        let name = object.as_deref().map(object_name).unwrap_or_default();
        self.remove_object(kind, id).await?;
        if let Some(object) = &object {
            self.keep_last(kind, id, &name, &object.config).await?;
        }
        self.record(kind, Action::ModelDeleted, id, &name).await
    }

    /// Takes a reference out of an owner's field.
    async fn forget(
        &mut self,
        kind: &'static Kind,
        owner: &str,
        field: &str,
        gone: &str,
    ) -> Result<(), Refusal> {
        let Some(object) = self.world.object(kind.model, owner).cloned() else {
            return Ok(());
        };
        let mut config = object.config.clone();
        let is_gone = |value: &Value| value.as_str() == Some(gone) || is_number(value, gone);
        match config.get_mut(field) {
            Some(Value::Array(list)) => list.retain(|value| !is_gone(value)),
            Some(value) => *value = Value::Null,
            None => {}
        }
        self.save_object(kind, &object, config.clone()).await?;
        let wrote = Wrote {
            id: owner,
            name: &object_name(&object),
            what: What::Changed,
            before: Some(&object.config),
            after: &config,
        };
        Ok(self.keep(kind, wrote).await?)
    }
}

/// Ends every session of some users; answers how many.
///
/// # Errors
///
/// [`Refusal`].
pub async fn end_sessions_of(
    engine: &Engine,
    ctx: &Context,
    users: &[i64],
) -> Result<usize, Refusal> {
    let kind = super::registered("authentik_core.authenticatedsession");
    match permitted(&ctx.actor, Verb::Delete, kind, None, &engine.snapshot()) {
        Grant::Everything => {}
        Grant::Refused(refusal) => return Err(refusal),
        Grant::Own | Grant::Outpost(_) => return Err(Refusal::Forbidden),
    }
    let mut tx = engine.store.begin().await?;
    let mut ended = 0;
    for user in users {
        ended += session::end_all_of(&mut tx, *user, "", ctx.now).await?;
    }
    engine
        .commit(tx)
        .await
        .map_err(|error: StoreError| Refusal::from(error))?;
    Ok(ended)
}

/// Whether a value is this integer key.
fn is_number(value: &Value, key: &str) -> bool {
    value.as_i64().is_some_and(|id| key.parse() == Ok(id))
}
