//! Links and passwords on a real store.

use doorward_store::testing::TestStore;
use serde_json::Value;

use super::*;
use crate::first_run::tests::context;
use crate::resource::actions::password::{PasswordForm, set_password};
use crate::{blueprint, testing};

const HOUR: Duration = Duration::from_hours(1);

async fn with_mia() -> Vec<(Engine, TestStore)> {
    let engines = testing::every_engine().await;
    for (engine, _) in &engines {
        first_run::create_admin(engine, &context(), "Mia", "", "the old one".into())
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
        let uses = (0..50).map(|_| use_link(&engine, &ctx, &key, None));
        let uses = futures_util::future::join_all(uses).await;
        let mut won: Vec<_> = uses.into_iter().filter_map(|used| used.unwrap()).collect();
        assert_eq!(won.len(), 1, "of fifty at once");
        let signed_in = won.remove(0);
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
        let refused = change_password(&engine, &context(), "nobody", "the new one".into()).await;
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
        let refused = change_password(&engine, &ctx, "Mia", "7 chars".into()).await;
        assert!(matches!(
            refused,
            Err(RecoveryError::Unusable(PasswordError::TooShort))
        ));
        change_password(&engine, &ctx, "Mia", "the new one".into())
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

/// Whoever may set a password.
#[derive(Clone, Copy, Debug)]
enum By {
    ChangePassword,
    CreateAdmin,
    Api(PasswordForm),
    Blueprint,
}

impl By {
    const ALL: [Self; 5] = [
        Self::ChangePassword,
        Self::CreateAdmin,
        Self::Api(PasswordForm::Clear),
        Self::Api(PasswordForm::Hash),
        Self::Blueprint,
    ];

    async fn set(self, engine: &Engine, ctx: &Context, id: i64, password: &str) {
        match self {
            Self::ChangePassword => change_password(engine, ctx, "Mia", password.into())
                .await
                .unwrap(),
            Self::CreateAdmin => first_run::create_admin(engine, ctx, "Mia", "", password.into())
                .await
                .unwrap(),
            Self::Api(form) => {
                let given = match form {
                    PasswordForm::Clear => password.to_owned(),
                    PasswordForm::Hash => {
                        let encoded = engine.hashes.hash(password.into()).await;
                        encoded.unwrap().unwrap()
                    }
                };
                let body: Value = json!({ "password": given });
                set_password(engine, ctx, &id.to_string(), &body, form)
                    .await
                    .unwrap();
            }
            Self::Blueprint => {
                let entry = format!(
                    "version: 1\nmetadata: {{ name: test }}\nentries:\n  \
                     - model: authentik_core.user\n    identifiers: {{ username: Mia }}\n    \
                     attrs: {{ name: Mia, password: {password} }}\n"
                );
                blueprint::apply_text(engine, ctx.now, &entry)
                    .await
                    .unwrap();
            }
        }
    }
}

/// A link that leaked must not outlive the cure, not even by a clock that stands still.
#[tokio::test]
async fn a_link_is_void_once_the_password_is_another_whoever_set_it() {
    for (engine, _store) in with_mia().await {
        let ctx = context();
        for (n, by) in By::ALL.into_iter().enumerate() {
            let key = make_link(&engine, &ctx, "Mia", HOUR).await.unwrap();
            let mut tx = engine.store.read().await.unwrap();
            let mia = find(&mut tx, "Mia").await.unwrap().unwrap();
            drop(tx);
            by.set(&engine, &ctx, mia.id, &format!("a-new-password-{n}"))
                .await;
            assert_eq!(holder(&engine, &ctx, &key).await.unwrap(), None, "{by:?}");
            let used = use_link(&engine, &ctx, &key, None).await.unwrap();
            assert!(used.is_none(), "{by:?}");
            let next = make_link(&engine, &ctx, "Mia", HOUR).await.unwrap();
            let used = use_link(&engine, &ctx, &next, None).await.unwrap();
            assert!(used.is_some(), "{by:?}: a link made since works");
        }
    }
}

/// The link that the one letter in the queue carries.
async fn mailed(engine: &Engine) -> url::Url {
    use doorward_protocol::seal::Purpose;
    let mut tx = engine.store.begin().await.unwrap();
    let now = testing::NOW * 2;
    let row = doorward_store::mail::claim(&mut tx, testing::NOW, now).await;
    let row = row.unwrap().expect("a letter");
    engine.commit(tx).await.unwrap();
    let body = engine
        .keys
        .open(Purpose::AtRest, row.id.as_bytes(), &row.body);
    let letter: Letter = serde_json::from_slice(&body.unwrap()).unwrap();
    assert_eq!(letter.to, "mia@example.org");
    letter.url.unwrap().parse().unwrap()
}

/// CVE-2026-115770: a link is worth nothing once the address is another's or the account's no more.
/// GHSA-2wmj-46rj-qm2w: it leads to the configured address.
#[tokio::test]
async fn a_mailed_link_leads_to_the_configured_address_and_only_while_it_was_sent_to_theirs() {
    for store in doorward_store::testing::every_engine().await {
        let settings = crate::Settings {
            base_url: Some("https://auth.example.org".parse().unwrap()),
            mail: Some(mail::tests::smtp(9)),
            ..testing::settings()
        };
        let engine = testing::engine_with(&store.store, settings).await;
        let ctx = Context {
            now: testing::NOW,
            ..context()
        };
        let email = "mia@example.org";
        first_run::create_admin(&engine, &ctx, "Mia", email, "the old one".into())
            .await
            .unwrap();
        for address in [email, "other@example.org"] {
            let sent = mail_link(&engine, &ctx, "mia", HOUR, None).await.unwrap();
            assert_eq!(sent, email);
            let url = mailed(&engine).await;
            assert_eq!(
                url.origin().ascii_serialization(),
                "https://auth.example.org"
            );
            let key = url.path_segments().unwrap().nth(2).unwrap();
            let mut tx = engine.store.begin().await.unwrap();
            let row = user::find_by_username(&mut tx, "Mia")
                .await
                .unwrap()
                .unwrap();
            let changed = UserRow {
                email: address.to_owned(),
                ..row
            };
            assert!(user::save(&mut tx, &changed).await.unwrap());
            engine.commit(tx).await.unwrap();
            let signed_in = use_link(&engine, &ctx, key, None).await.unwrap();
            assert_eq!(signed_in.is_some(), address == email);
            if let Some(signed_in) = signed_in {
                let session = engine.session(&signed_in.sid, ctx.now).await.unwrap();
                let proven = session.unwrap().proven_at();
                assert_eq!(proven, None, "a mailbox is no proof of a person");
            }
        }
    }
}

#[tokio::test]
async fn without_an_address_on_either_side_nothing_is_mailed() {
    for (engine, _store) in with_mia().await {
        let refused = mail_link(&engine, &context(), "mia", HOUR, None).await;
        assert!(matches!(refused, Err(RecoveryError::NoPublicAddress)));
    }
}
