//! Links and passwords on a real store.

use doorward_store::testing::TestStore;

use super::*;
use crate::first_run::tests::context;
use crate::testing;

const HOUR: Duration = Duration::from_hours(1);

async fn with_mia() -> Vec<(Engine, TestStore)> {
    let engines = testing::every_engine().await;
    for (engine, _) in &engines {
        first_run::create_admin(engine, &context(), "Mia", "", "old".into())
            .await
            .unwrap();
    }
    engines
}

#[tokio::test]
async fn a_link_signs_in_once() {
    for (engine, _store) in with_mia().await {
        let ctx = context();
        let key = make_link(&engine, &ctx, "mia", HOUR).await.unwrap();
        assert_eq!(
            holder(&engine, &ctx, &key).await.unwrap().as_deref(),
            Some("Mia")
        );
        let (first, second) = tokio::join!(
            use_link(&engine, &ctx, &key, None),
            use_link(&engine, &ctx, &key, None)
        );
        let (first, second) = (first.unwrap(), second.unwrap());
        assert!(first.is_some() != second.is_some(), "one of two at once");
        let signed_in = first.or(second).unwrap();
        assert!(
            engine
                .session(&signed_in.sid, ctx.now)
                .await
                .unwrap()
                .is_some()
        );
        assert!(holder(&engine, &ctx, &key).await.unwrap().is_none());
        assert!(use_link(&engine, &ctx, &key, None).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_late_unknown_or_inactive_link_signs_nobody_in() {
    for (engine, _store) in with_mia().await {
        let ctx = context();
        let key = make_link(&engine, &ctx, "Mia", HOUR).await.unwrap();
        let late = Context {
            now: ctx.now + 3_600_000,
            ..ctx.clone()
        };
        assert!(
            use_link(&engine, &late, &key, None)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            use_link(&engine, &ctx, "unknown", None)
                .await
                .unwrap()
                .is_none()
        );
        let mut tx = engine.store.begin().await.unwrap();
        let row = find(&mut tx, "Mia").await.unwrap().unwrap();
        assert!(
            user::save(
                &mut tx,
                &UserRow {
                    is_active: false,
                    ..row
                }
            )
            .await
            .unwrap()
        );
        engine.commit(tx).await.unwrap();
        assert!(holder(&engine, &ctx, &key).await.unwrap().is_none());
        assert!(use_link(&engine, &ctx, &key, None).await.unwrap().is_none());
        let refused = make_link(&engine, &ctx, "Mia", HOUR).await;
        assert!(matches!(refused, Err(RecoveryError::Inactive)));
    }
}

#[tokio::test]
async fn nobody_is_helped_who_does_not_exist() {
    for (engine, _store) in with_mia().await {
        let refused = make_link(&engine, &context(), "nobody", HOUR).await;
        assert!(matches!(refused, Err(RecoveryError::NoSuchUser)));
        let refused = change_password(&engine, &context(), "nobody", "x".into()).await;
        assert!(matches!(refused, Err(RecoveryError::NoSuchUser)));
    }
}

#[tokio::test]
async fn a_changed_password_ends_every_session() {
    for (engine, _store) in with_mia().await {
        let ctx = context();
        let key = make_link(&engine, &ctx, "Mia", HOUR).await.unwrap();
        let signed_in = use_link(&engine, &ctx, &key, None).await.unwrap().unwrap();
        assert!(
            engine
                .session(&signed_in.sid, ctx.now)
                .await
                .unwrap()
                .is_some()
        );
        let refused = change_password(&engine, &ctx, "Mia", String::new()).await;
        assert!(matches!(
            refused,
            Err(RecoveryError::Unusable(Unusable::PasswordTooShort))
        ));
        change_password(&engine, &ctx, "Mia", "new".into())
            .await
            .unwrap();
        assert!(
            engine
                .session(&signed_in.sid, ctx.now)
                .await
                .unwrap()
                .is_none()
        );
    }
}
