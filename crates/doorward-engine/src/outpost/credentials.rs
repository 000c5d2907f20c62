//! Whoever proves themselves with the request's own `Authorization` (forward-auth.md 13): scripts
//! and clients that keep no cookies.
//!
//! Owns whose an app password is. Rule: nothing is written and no session begins; the token is
//! looked up by its hash each time, so one that was taken back opens nothing from then on, and shows the
//! application nothing that was made for it.

use std::collections::HashMap;
use std::sync::Arc;

use doorward_protocol::forward_auth::Credentials;
use doorward_store::{StoreError, token, user};

use super::App;
use super::check::patient;
use super::{Missing, Standing};
use crate::context::Context;
use crate::engine::Engine;
use crate::person::Person;
use crate::session::hash_text;
use crate::snapshot::Snapshot;

/// The intent of tokens that stand for a password.
const APP_PASSWORD: &str = "app_password";

impl Engine {
    /// The standing of whoever brings these credentials.
    ///
    /// # Errors
    ///
    /// If the store does not answer within two seconds.
    pub async fn standing_of(
        &self,
        snapshot: &Snapshot,
        app: &App,
        credentials: &Credentials,
        ctx: &Context,
    ) -> Result<Standing, StoreError> {
        patient(async {
            let (key, named) = match credentials {
                Credentials::Token(key) => (key, None),
                Credentials::Password { user, password } => (password, Some(&**user)),
            };
            let Some((person, ends_at)) = self.owned(key, named, ctx.now).await? else {
                return Ok(Standing::Nobody(Missing::WrongCredentials));
            };
            let no_login = HashMap::new();
            let asked = self.standing_at(snapshot, app, &person, ctx, &no_login);
            let mut standing = asked.await.0;
            if let Standing::In(admitted) = &mut standing {
                let held = (&**key, ends_at);
                let jwt = self.app_password_jwt(snapshot, app, held, &person, ctx);
                admitted.jwt = jwt.await;
            }
            Ok(standing)
        })
        .await
    }

    /// Whose app password this is, if it is that of whoever is named; active or not.
    pub(crate) async fn owner_of(
        &self,
        key: &str,
        named: Option<&str>,
        now: i64,
    ) -> Result<Option<Arc<Person>>, StoreError> {
        let owned = self.owned(key, named, now).await?;
        Ok(owned.map(|(person, _)| person))
    }

    /// The same, and until when it counts, Unix milliseconds.
    async fn owned(
        &self,
        key: &str,
        named: Option<&str>,
        now: i64,
    ) -> Result<Option<(Arc<Person>, i64)>, StoreError> {
        let named = named.map(user::fold);
        self.trust_memory(now)?;
        let mut tx = self.store.read().await?;
        let found = token::find_live(&mut tx, &hash_text(key), now).await?;
        drop(tx);
        let Some(found) = found.filter(|token| token.intent == APP_PASSWORD) else {
            return Ok(None);
        };
        let person = self.person(found.user_id).await?;
        let is_named = |person: &Arc<Person>| {
            named
                .as_ref()
                .is_none_or(|named| *named == user::fold(&person.username))
        };
        let ends_at = found.expires_at.filter(|_| found.expiring);
        let person = person.filter(is_named);
        Ok(person.map(|person| (person, ends_at.unwrap_or(i64::MAX))))
    }
}
