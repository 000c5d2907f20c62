//! Grants that begin with their token, and what uses a code.

use super::NOW;
use crate::event::{self, EventRow};
use crate::grant::{self, GrantRow, GrantTokenRow, Redemption, TokenKind};
use crate::testing::{every_engine, user_row};
use crate::{Store, user};

fn grant(user_id: i64) -> GrantRow {
    GrantRow {
        id: "g1".into(),
        provider_id: 5,
        user_id,
        session_id: None,
        ends_with_session: false,
        scopes: "openid email".into(),
        facts: r#"{"auth_time":1}"#.into(),
        created_at: NOW,
        expires_at: NOW + 60_000,
    }
}

fn token(kind: TokenKind, user_id: i64) -> GrantTokenRow {
    GrantTokenRow {
        id: 0,
        grant_id: "g1".into(),
        provider_id: 5,
        user_id,
        kind: kind.word().into(),
        hash: "a hash".into(),
        scopes: "email".into(),
        data: r#"{"jti":"j"}"#.into(),
        created_at: NOW,
        expires_at: NOW + 50_000,
        used_at: None,
    }
}

async fn account(store: &Store) -> i64 {
    let mut tx = store.begin().await.unwrap();
    let row = user_row(7, "mia", NOW);
    user::insert(&mut tx, &row).await.unwrap();
    drop(tx.commit().await.unwrap());
    row.id
}

#[tokio::test]
async fn a_grant_that_begins_with_its_token_is_three_whole_rows_or_none() {
    for test in every_engine().await {
        let user_id = account(&test.store).await;
        let (grant, token) = (grant(user_id), token(TokenKind::Access, user_id));
        let event = EventRow {
            id: "e1".into(),
            action: "login".into(),
            app: "authentik.providers.oauth2".into(),
            username: "mia".into(),
            actor: r#"{"pk":7}"#.into(),
            context: r#"{"authorized_application":{"pk":"a1"}}"#.into(),
            client_ip: "203.0.113.7".into(),
            created_at: NOW,
            expires_at: NOW + 1,
        };
        let mut tx = test.store.begin().await.unwrap();
        grant::issue::issue(&mut tx, &grant, &token, &event)
            .await
            .unwrap();
        drop(tx.commit().await.unwrap());

        let mut tx = test.store.begin().await.unwrap();
        assert_eq!(
            grant::find(&mut tx, "g1").await.unwrap(),
            Some(grant.clone())
        );
        let found = grant::find_token(&mut tx, "a hash", TokenKind::Access).await;
        let found = found.unwrap().unwrap();
        assert_eq!(GrantTokenRow { id: 0, ..found }, token);
        assert_eq!(
            event::find(&mut tx, "e1").await.unwrap(),
            Some(event.clone())
        );
        let of_mia = event::latest(&mut tx, 7, "", "login", 5).await.unwrap();
        assert_eq!(
            of_mia,
            std::slice::from_ref(&event),
            "its columns for lists are written as well"
        );

        let (again, anew) = (
            GrantRow {
                id: "g2".into(),
                ..grant
            },
            EventRow {
                id: "e2".into(),
                ..event
            },
        );
        let twice = grant::issue::issue(&mut tx, &again, &token, &anew).await;
        assert!(twice.is_err(), "the hash is taken");
        drop(tx);
        let mut tx = test.store.read().await.unwrap();
        assert_eq!(grant::find(&mut tx, "g2").await.unwrap(), None);
        assert_eq!(event::find(&mut tx, "e2").await.unwrap(), None);
    }
}

const RIGHT: Redemption<'static> = Redemption {
    grant_id: "g1",
    hash: "a hash",
    kind: TokenKind::Code,
    provider_id: 5,
    until: NOW + 70_000,
};

fn wrong() -> [(Redemption<'static>, i64, &'static str); 5] {
    let kind = TokenKind::Refresh;
    [
        (
            Redemption {
                grant_id: "g2",
                ..RIGHT
            },
            NOW,
            "of another grant",
        ),
        (
            Redemption {
                hash: "another",
                ..RIGHT
            },
            NOW,
            "unknown",
        ),
        (Redemption { kind, ..RIGHT }, NOW, "another kind"),
        (
            Redemption {
                provider_id: 6,
                ..RIGHT
            },
            NOW,
            "another client's",
        ),
        (RIGHT, NOW + 50_000, "too late"),
    ]
}

#[tokio::test]
async fn a_code_is_used_once_by_its_client_in_time_and_lets_its_grant_live() {
    for test in every_engine().await {
        let user_id = account(&test.store).await;
        let mut tx = test.store.begin().await.unwrap();
        grant::insert(&mut tx, &grant(user_id)).await.unwrap();
        grant::insert_token(&mut tx, &token(TokenKind::Code, user_id))
            .await
            .unwrap();
        for (it, now, what) in wrong() {
            assert!(!grant::redeem(&mut tx, it, now).await.unwrap(), "{what}");
        }
        let shorter = Redemption {
            until: NOW,
            ..RIGHT
        };
        assert!(grant::redeem(&mut tx, shorter, NOW + 1).await.unwrap());
        assert!(
            !grant::redeem(&mut tx, RIGHT, NOW + 2).await.unwrap(),
            "once"
        );
        let row = grant::find(&mut tx, "g1").await.unwrap().unwrap();
        assert_eq!(
            row.expires_at,
            NOW + 70_000,
            "it is prolonged and never cut short"
        );
        let code = grant::find_token(&mut tx, "a hash", TokenKind::Code).await;
        assert_eq!(code.unwrap().unwrap().used_at, Some(NOW + 1));
    }
}
