//! Somebody can always administer: no write takes that from the last one who could.
//!
//! Rule: an installation that had an active person in a superuser group, with a password or a passkey, has
//! one after each write. One that had none (before the first run, or by its own database) is not held up.

use doorward_store::{Topic, group};

use super::Writing;
use crate::resource::refusal::Refusal;
use crate::resource::validate::{Errors, WHOLE};

const LAST: &str = "After this nobody could administer Doorward any more: there has to be an active person \
                    with a password or a passkey in a group of superusers. Add another one first.";

/// Refuses what would lock everybody out.
pub(super) async fn check_last(writing: &mut Writing<'_>) -> Result<(), Refusal> {
    let is_about = writing.tx.touches(Topic::User) || writing.tx.touches(Topic::Group);
    if !is_about || group::has_admin(&mut writing.tx).await? {
        return Ok(());
    }
    // As it is for everybody else until this is committed.
    let mut before = writing.engine.store.read().await?;
    if group::has_admin(&mut before).await? {
        return Err(Errors::one(WHOLE, LAST).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use doorward_store::{Topic, change, user};
    use serde_json::{Value, json};

    use crate::context::Context;
    use crate::engine::Engine;
    use crate::resource::actions::group::{Membership, change_member};
    use crate::resource::write::Writing;
    use crate::resource::{self, GROUP, Mode, Refusal, USER};
    use crate::testing::{NOW, add_user, every_engine};

    async fn set_password(engine: &Engine, id: i64) {
        let mut tx = engine.store.begin().await.unwrap();
        let set = user::set_password(&mut tx, id, "argon2$something", NOW);
        assert!(set.await.unwrap());
        change::record(&mut tx, Topic::User, id, NOW).await.unwrap();
        engine.commit(tx).await.unwrap();
    }

    async fn add_group(engine: &Engine, body: Value) -> String {
        let ctx = Context::system(NOW);
        let mut writing = Writing::begin(engine, &ctx).await.unwrap();
        let kind = resource::registered(GROUP);
        let key = writing.insert(kind, &body, None).await.unwrap();
        writing.commit().await.unwrap();
        key
    }

    async fn patch(engine: &Engine, kind: &str, key: &str, body: Value) -> Result<(), Refusal> {
        let (ctx, kind) = (Context::system(NOW), resource::registered(kind));
        let patched = resource::update(engine, &ctx, kind, key, &body, Mode::Patch);
        patched.await.map(drop)
    }

    #[track_caller]
    fn refused(outcome: Result<(), Refusal>) {
        let Err(Refusal::Invalid(errors)) = outcome else {
            panic!("{outcome:?}");
        };
        let said = errors.sentences();
        assert!(said[0].1.contains("nobody could administer"), "{said:?}");
    }

    #[tokio::test]
    async fn nobody_takes_administration_from_the_last_one_who_can() {
        for (engine, _store) in every_engine().await {
            let ctx = Context::system(NOW);
            add_user(&engine, 1, "mia").await;
            add_user(&engine, 2, "max").await;
            set_password(&engine, 1).await;
            let above = json!({ "name": "admins", "is_superuser": true });
            let above = add_group(&engine, above).await;
            let inner = json!({ "name": "inner", "parents": [above], "users": [1, 2] });
            let inner = add_group(&engine, inner).await;

            // Max has no password yet, so mia is the last one.
            refused(patch(&engine, USER, "1", json!({ "is_active": false })).await);
            refused(patch(&engine, USER, "1", json!({ "groups": [] })).await);
            refused(patch(&engine, GROUP, &above, json!({ "is_superuser": false })).await);
            refused(patch(&engine, GROUP, &inner, json!({ "users": [2] })).await);
            refused(patch(&engine, GROUP, &inner, json!({ "parents": [] })).await);
            let body = json!({ "pk": 1 });
            let out = Membership::Remove;
            refused(change_member(&engine, &ctx, &inner, &body, out).await);
            for (kind, key) in [(USER, "1"), (GROUP, &*above), (GROUP, &*inner)] {
                let kind = resource::registered(kind);
                refused(resource::delete(&engine, &ctx, kind, key).await);
            }
            // A refused write leaves nothing behind, and others go on.
            patch(&engine, USER, "1", json!({ "name": "Mia" }))
                .await
                .unwrap();
            set_password(&engine, 2).await;
            patch(&engine, USER, "1", json!({ "is_active": false }))
                .await
                .unwrap();
            refused(patch(&engine, USER, "2", json!({ "is_active": false })).await);
        }
    }

    #[tokio::test]
    async fn an_installation_without_an_administrator_is_not_held_up() {
        for (engine, _store) in every_engine().await {
            add_user(&engine, 1, "mia").await;
            let group = json!({ "name": "admins", "is_superuser": true, "users": [1] });
            let group = add_group(&engine, group).await;
            patch(&engine, GROUP, &group, json!({ "users": [] }))
                .await
                .unwrap();
            patch(&engine, USER, "1", json!({ "is_active": false }))
                .await
                .unwrap();
        }
    }
}
