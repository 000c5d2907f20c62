//! Users, groups, memberships, and who may sign in.

use super::NOW;
use crate::testing::{every_engine, user_row};
use crate::{Store, StoreError, group, user};

fn mia(id: i64) -> user::UserRow {
    user::UserRow {
        name: "Mia".into(),
        name_key: "mia".into(),
        email: "Mia@Example.org".into(),
        email_key: "mia@example.org".into(),
        ..user_row(id, &format!("José{id}"), NOW)
    }
}

pub(super) async fn with_user(store: &Store, id: i64) -> user::UserRow {
    let mut tx = store.begin().await.unwrap();
    user::insert(&mut tx, &mia(id)).await.unwrap();
    let row = user::find(&mut tx, id).await.unwrap().unwrap();
    drop(tx.commit().await.unwrap());
    row
}

fn a_group(name: &str, is_superuser: bool) -> group::GroupRow {
    let id = uuid::Uuid::new_v4();
    group::GroupRow {
        num_pk: group::num_pk(&id),
        id: id.to_string(),
        name: name.into(),
        name_key: name.into(),
        is_superuser,
        attributes: "{}".into(),
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    }
}

#[tokio::test]
async fn a_user_comes_back_as_it_was_saved_and_a_stale_save_is_refused() {
    for test in every_engine().await {
        let row = with_user(&test.store, 7).await;
        let mut tx = test.store.begin().await.unwrap();
        assert_eq!(
            user::find_by_username_key(&mut tx, "josé7")
                .await
                .unwrap()
                .len(),
            1
        );
        let changed = user::UserRow {
            name: "Mia M.".into(),
            ..row.clone()
        };
        assert!(user::save(&mut tx, &changed).await.unwrap());
        assert!(
            !user::save(&mut tx, &row).await.unwrap(),
            "the version has moved on"
        );
        let found = user::find(&mut tx, 7).await.unwrap().unwrap();
        assert_eq!((found.name.as_str(), found.version), ("Mia M.", 2));
    }
}

#[tokio::test]
async fn a_taken_name_is_a_conflict_on_both_engines() {
    for test in every_engine().await {
        with_user(&test.store, 7).await;
        let mut tx = test.store.begin().await.unwrap();
        let twin = user::UserRow {
            id: 8,
            username: "José7".into(),
            ..mia(8)
        };
        assert!(matches!(
            user::insert(&mut tx, &twin).await,
            Err(StoreError::Conflict)
        ));
    }
}

#[tokio::test]
async fn membership_reaches_every_ancestor_even_in_a_cycle() {
    for test in every_engine().await {
        with_user(&test.store, 7).await;
        let groups: Vec<_> = ["child", "parent", "top"]
            .map(|name| a_group(name, name == "top"))
            .into();
        let mut tx = test.store.begin().await.unwrap();
        for one in &groups {
            group::insert(&mut tx, one).await.unwrap();
        }
        group::set_parents(&mut tx, &groups[0].id, &[groups[1].id.clone()])
            .await
            .unwrap();
        group::set_parents(&mut tx, &groups[1].id, &[groups[2].id.clone()])
            .await
            .unwrap();
        group::set_parents(&mut tx, &groups[2].id, &[groups[0].id.clone()])
            .await
            .unwrap();
        group::add_member(&mut tx, &groups[0].id, 7).await.unwrap();
        let names: Vec<_> = group::of_user(&mut tx, 7)
            .await
            .unwrap()
            .into_iter()
            .map(|one| one.name)
            .collect();
        assert_eq!(names, ["child", "parent", "top"]);
        assert_eq!(user::count_superusers(&mut tx).await.unwrap(), 1);
        assert_eq!(
            group::ancestors(&mut tx, &groups[0].id)
                .await
                .unwrap()
                .len(),
            3
        );
    }
}

#[tokio::test]
async fn every_place_has_somebodys_hash_as_long_as_there_is_anybody() {
    for test in every_engine().await {
        let mut tx = test.store.begin().await.unwrap();
        assert_eq!(user::password_of_somebody(&mut tx, 7).await.unwrap(), None);
        for id in [1, 5, 900] {
            let (uuid, username) = (format!("uuid-{id}"), format!("user-{id}"));
            let row = user::UserRow {
                uuid,
                username,
                ..mia(id)
            };
            user::insert(&mut tx, &row).await.unwrap();
        }
        for place in [0, 1, 30_000, u16::MAX] {
            assert!(
                user::password_of_somebody(&mut tx, place)
                    .await
                    .unwrap()
                    .is_some()
            );
        }
    }
}

/// A sign-in with an old password loses against a change of the password, whoever comes first.
#[tokio::test]
async fn a_login_is_claimed_only_with_the_password_that_was_proven() {
    for test in every_engine().await {
        let row = with_user(&test.store, 7).await;
        let mut tx = test.store.begin().await.unwrap();
        assert!(
            user::claim_login(&mut tx, 7, row.password_changed_at, NOW)
                .await
                .unwrap()
        );
        user::set_password(&mut tx, 7, "other", NOW + 1)
            .await
            .unwrap();
        assert!(
            !user::claim_login(&mut tx, 7, row.password_changed_at, NOW)
                .await
                .unwrap()
        );
        let row = user::find(&mut tx, 7).await.unwrap().unwrap();
        user::save(
            &mut tx,
            &user::UserRow {
                is_active: false,
                ..row
            },
        )
        .await
        .unwrap();
        assert!(!user::claim_login(&mut tx, 7, NOW + 1, NOW).await.unwrap());
    }
}

/// What was issued under the old password is told apart by the time of the new one.
#[tokio::test]
async fn a_new_password_has_a_later_time_even_if_the_clock_went_back() {
    for test in every_engine().await {
        let row = with_user(&test.store, 7).await;
        let mut tx = test.store.begin().await.unwrap();
        let mut last = row.password_changed_at;
        for now in [last, last - 3_600_000, last + 5] {
            user::set_password(&mut tx, 7, "other", now).await.unwrap();
            let row = user::find(&mut tx, 7).await.unwrap().unwrap();
            assert!(row.password_changed_at > last, "{now}");
            last = row.password_changed_at;
        }
    }
}
