//! `group.users.all()` (api-and-model.md 6.3), over every engine.

use doorward_store::{group, user};

use super::*;

const FAMILY: &str = "0d3d1c5e-0000-4000-8000-000000000001";
const HOUSE: &str = "0d3d1c5e-0000-4000-8000-000000000002";

async fn add_group(engine: &Engine, id: &str, name: &str) {
    let row = group::GroupRow {
        id: id.to_owned(),
        num_pk: 1,
        name: name.to_owned(),
        name_key: name.to_owned(),
        is_superuser: id == HOUSE,
        attributes: json!({ name: true }).to_string(),
        created_at: NOW,
        updated_at: NOW,
        version: 1,
    };
    let mut tx = engine.store.begin().await.unwrap();
    group::insert(&mut tx, &row).await.unwrap();
    engine.commit(tx).await.unwrap();
}

/// So many more people, all of them in the family.
async fn add_members(engine: &Engine, ids: std::ops::Range<i64>) {
    let mut tx = engine.store.begin().await.unwrap();
    for id in ids {
        let row = doorward_store::testing::user_row(id, &format!("u{id}"), NOW);
        user::insert(&mut tx, &row).await.unwrap();
        group::add_member(&mut tx, FAMILY, id).await.unwrap();
    }
    engine.commit(tx).await.unwrap();
}

async fn asked(engine: &Engine) -> (Result<Value, String>, u64) {
    let before = engine.store.asked();
    let told = engine.group_users(&json!({ "group": FAMILY })).await;
    (told, engine.store.asked() - before)
}

#[tokio::test]
async fn fifty_members_are_told_with_as_many_statements_as_one_and_each_as_by_name() {
    for (engine, _store) in every_engine().await {
        add_group(&engine, FAMILY, "family").await;
        add_group(&engine, HOUSE, "house").await;
        let mut tx = engine.store.begin().await.unwrap();
        let parents = [HOUSE.to_owned()];
        group::set_parents(&mut tx, FAMILY, &parents).await.unwrap();
        engine.commit(tx).await.unwrap();
        assert_eq!(asked(&engine).await.0, Ok(json!([])));
        add_members(&engine, 100..101).await;
        let (_, for_one) = asked(&engine).await;
        add_members(&engine, 101..150).await;
        let (told, for_fifty) = asked(&engine).await;
        assert_eq!(for_fifty, for_one);
        let told = told.unwrap();
        assert_eq!(told.as_array().unwrap().len(), 50);
        for one in told.as_array().unwrap() {
            let alone = engine.told_person(one["pk"].as_i64()).await.unwrap();
            assert_eq!(*one, alone);
            assert_eq!(one["is_superuser"], true);
        }
        add_members(&engine, 150..151).await;
        let (told, _) = asked(&engine).await;
        let failure = told.unwrap_err();
        assert!(failure.contains("has 51 members"), "{failure}");
    }
}
