//! Every change leaves a version, no secret does, and each way back is a change like any other.

use serde_json::{Map, Value, json};

use super::{History, What, deleted, history, restore};
use crate::context::{Actor, Context};
use crate::resource::look::{MEANWHILE, look, update_seen};
use crate::resource::validate::Mode;
use crate::resource::{self, GROUP, Kind, Refusal, USER, create, delete, kind, update};
use crate::testing::{NOW, add_user, every_engine};
use crate::{Engine, blueprint};

const APPLICATION: &str = "authentik_core.application";
const DUMMY: &str = "authentik_policies_dummy.dummypolicy";
const BINDING: &str = "authentik_policies.policybinding";
const CAPTCHA: &str = "authentik_stages_captcha.captchastage";

fn of(model: &str) -> &'static Kind {
    kind(model).expect("a kind")
}

async fn made(engine: &Engine, model: &str, body: Value) -> String {
    let ctx = Context::system(NOW);
    let made = create(engine, &ctx, of(model), &body).await;
    let made = made.expect("an object");
    resource::value::plain(&made[of(model).lookup])
}

async fn changed(engine: &Engine, ctx: &Context, model: &str, key: &str, body: Value) {
    let done = update(engine, ctx, of(model), key, &body, Mode::Patch).await;
    done.expect("a change");
}

async fn versions(engine: &Engine, model: &str, key: &str) -> History {
    let ctx = Context::system(NOW);
    history(engine, &ctx, of(model), key)
        .await
        .expect("a history")
}

fn whats(history: &History) -> Vec<(i64, What)> {
    let each = history.versions.iter();
    each.map(|one| (one.number, one.what)).collect()
}

fn fields(history: &History, at: usize) -> Vec<&'static str> {
    let changes = history.versions[at].changes.iter();
    changes.map(|one| one.field.key).collect()
}

fn message(refusal: &Refusal, field: &str) -> String {
    match refusal {
        Refusal::Invalid(errors) => errors.clone().into_value()[field][0].to_string(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn what_was_made_changed_and_deleted_comes_back_as_it_was() {
    for (engine, _store) in every_engine().await {
        let ctx = Context::system(NOW);
        let body = json!({ "name": "Sonarr", "slug": "sonarr" });
        made(&engine, APPLICATION, body).await;
        let first = versions(&engine, APPLICATION, "sonarr").await;
        assert_eq!(whats(&first), [(1, What::Created)]);
        assert_eq!(fields(&first, 0), ["name", "slug"]);
        changed(
            &engine,
            &ctx,
            APPLICATION,
            "sonarr",
            json!({ "group": "Media" }),
        )
        .await;
        let second = versions(&engine, APPLICATION, "sonarr").await;
        assert_eq!(whats(&second), [(2, What::Changed), (1, What::Created)]);
        let change = &second.versions[0].changes[0];
        assert_eq!(change.field.key, "group");
        assert_eq!(
            (&change.before, &change.after),
            (&json!(""), &json!("Media"))
        );
        restore(&engine, &ctx, of(APPLICATION), "sonarr", 1)
            .await
            .expect("the first version");
        let third = versions(&engine, APPLICATION, "sonarr").await;
        assert_eq!(whats(&third)[0], (3, What::Restored));
        assert_eq!(fields(&third, 0), ["group"]);
        delete(&engine, &ctx, of(APPLICATION), "sonarr")
            .await
            .expect("a delete");
        let gone = versions(&engine, APPLICATION, &third.id).await;
        assert!(!gone.exists);
        assert_eq!(whats(&gone)[0], (4, What::Deleted));
        let listed = deleted(&engine, &ctx, of(APPLICATION))
            .await
            .expect("a list");
        assert_eq!(listed.len(), 1);
        let id = restore(&engine, &ctx, of(APPLICATION), &third.id, 2)
            .await
            .expect("it is made again");
        assert_eq!(id, third.id);
        let back = look(&engine, &ctx, of(APPLICATION), &id).await.expect("it");
        assert_eq!(back.shown["group"], "Media");
        assert_eq!(
            deleted(&engine, &ctx, of(APPLICATION))
                .await
                .expect("a list"),
            []
        );
    }
}

/// Whatever was there before anything was kept, or was changed by another way, is written down first.
#[tokio::test]
async fn what_was_there_before_is_kept_as_found() {
    for (engine, _store) in every_engine().await {
        add_user(&engine, 77, "mia").await;
        let ctx = Context::system(NOW);
        changed(&engine, &ctx, USER, "77", json!({ "name": "Mia" })).await;
        let history = versions(&engine, USER, "77").await;
        assert_eq!(whats(&history), [(1, What::Changed), (0, What::Found)]);
        assert_eq!(fields(&history, 0), ["name"]);
        let group = made(&engine, GROUP, json!({ "name": "media" })).await;
        changed(&engine, &ctx, USER, "77", json!({ "groups": [group] })).await;
        changed(&engine, &ctx, GROUP, &group, json!({ "name": "films" })).await;
        let history = versions(&engine, GROUP, &group).await;
        let expected = [(3, What::Changed), (2, What::Found), (1, What::Created)];
        assert_eq!(whats(&history), expected);
        assert_eq!(
            (fields(&history, 0), fields(&history, 1)),
            (vec!["name"], vec!["users"])
        );
    }
}

#[tokio::test]
async fn of_a_secret_only_that_it_changed_is_kept() {
    for (engine, _store) in every_engine().await {
        let ctx = Context::system(NOW);
        let body = json!({ "name": "c", "public_key": "p", "private_key": "first-secret" });
        let id = made(&engine, CAPTCHA, body).await;
        changed(
            &engine,
            &ctx,
            CAPTCHA,
            &id,
            json!({ "private_key": "second-secret" }),
        )
        .await;
        changed(&engine, &ctx, CAPTCHA, &id, json!({ "name": "d" })).await;
        let history = versions(&engine, CAPTCHA, &id).await;
        assert_eq!(fields(&history, 0), ["name"]);
        assert_eq!(fields(&history, 1), ["private_key"]);
        let change = &history.versions[1].changes[0];
        assert!(change.is_secret && change.before.is_null() && change.after.is_null());
        let text = format!("{history:?}");
        assert!(!text.contains("first-secret") && !text.contains("second-secret"));
        let sealed =
            engine.snapshot().object(CAPTCHA, &id).expect("it").config["private_key"].clone();
        assert!(!text.contains(sealed.as_str().expect("sealed")));
        restore(&engine, &ctx, of(CAPTCHA), &id, 1)
            .await
            .expect("the name");
        let after =
            &engine.snapshot().object(CAPTCHA, &id).expect("it").config["private_key"].clone();
        assert_eq!(*after, sealed, "a secret is not brought back");
    }
}

#[tokio::test]
async fn a_version_that_names_what_is_gone_is_refused_in_words() {
    for (engine, _store) in every_engine().await {
        let ctx = Context::system(NOW);
        made(&engine, APPLICATION, json!({ "name": "S", "slug": "s" })).await;
        let app = look(&engine, &ctx, of(APPLICATION), "s").await.expect("it");
        let policy = made(&engine, DUMMY, json!({ "name": "d" })).await;
        let body = json!({ "target": app.id, "policy": policy, "order": 0 });
        let binding = made(&engine, BINDING, body).await;
        delete(&engine, &ctx, of(DUMMY), &policy)
            .await
            .expect("gone");
        let lost = versions(&engine, BINDING, &binding).await;
        assert_eq!(whats(&lost)[0].1, What::Deleted, "it went along");
        let refused = restore(&engine, &ctx, of(BINDING), &binding, 1).await;
        let refused = refused.expect_err("its policy is gone");
        assert!(message(&refused, "policy").contains("Bring that back first"));
        restore(&engine, &ctx, of(DUMMY), &policy, 1)
            .await
            .expect("the policy");
        restore(&engine, &ctx, of(BINDING), &binding, 1)
            .await
            .expect("the binding");
    }
}

#[tokio::test]
async fn nobody_but_who_may_looks_at_a_past_or_brings_it_back() {
    for (engine, _store) in every_engine().await {
        add_user(&engine, 77, "mia").await;
        let system = Context::system(NOW);
        made(&engine, APPLICATION, json!({ "name": "S", "slug": "s" })).await;
        let mia = engine.person(77).await.expect("an answer").expect("mia");
        let hers = Context {
            actor: Actor::Person(mia),
            ..system.clone()
        };
        let id = versions(&engine, APPLICATION, "s").await.id;
        assert!(history(&engine, &hers, of(APPLICATION), "s").await.is_err());
        assert!(
            restore(&engine, &hers, of(APPLICATION), "s", 1)
                .await
                .is_err()
        );
        delete(&engine, &system, of(APPLICATION), "s")
            .await
            .expect("gone");
        assert!(history(&engine, &hers, of(APPLICATION), &id).await.is_err());
        assert!(
            restore(&engine, &hers, of(APPLICATION), &id, 1)
                .await
                .is_err()
        );
        assert_eq!(
            deleted(&engine, &hers, of(APPLICATION))
                .await
                .expect("none"),
            []
        );
    }
}

#[tokio::test]
async fn two_people_do_not_overwrite_each_other_unseen() {
    for (engine, _store) in every_engine().await {
        let ctx = Context::system(NOW);
        made(&engine, APPLICATION, json!({ "name": "S", "slug": "s" })).await;
        let app = of(APPLICATION);
        let seen = look(&engine, &ctx, app, "s").await.expect("it").stamp;
        let body = json!({ "name": "T" });
        update_seen(&engine, &ctx, app, "s", &body, &seen)
            .await
            .expect("first");
        let refused = update_seen(&engine, &ctx, app, "s", &json!({ "name": "U" }), &seen).await;
        assert!(message(&refused.expect_err("seen before"), MEANWHILE).contains("Somebody else"));
        let seen = look(&engine, &ctx, app, "s").await.expect("it").stamp;
        update_seen(&engine, &ctx, app, "s", &body, &seen)
            .await
            .expect("so already");
        assert_eq!(versions(&engine, APPLICATION, "s").await.versions.len(), 2);
    }
}

#[tokio::test]
async fn a_past_is_bounded_and_ends_with_the_events() {
    for (engine, _store) in every_engine().await {
        let ctx = Context::system(NOW);
        let id = made(&engine, DUMMY, json!({ "name": "n0" })).await;
        for number in 1..=104 {
            changed(
                &engine,
                &ctx,
                DUMMY,
                &id,
                json!({ "name": format!("n{number}") }),
            )
            .await;
        }
        let history = versions(&engine, DUMMY, &id).await;
        let numbers: Vec<_> = history.versions.iter().map(|one| one.number).collect();
        assert_eq!(numbers, (6..=105).rev().collect::<Vec<_>>());
        let late = NOW + engine.snapshot().event_retention_ms();
        engine.purge(late).await.expect("a purge");
        let count = doorward_store::testing::row_counts(&engine.store).await["versions"];
        assert_eq!(count, 0);
    }
}

#[tokio::test]
async fn the_defaults_of_a_first_start_keep_no_secret() {
    for (engine, _store) in every_engine().await {
        blueprint::apply_defaults(&engine, NOW)
            .await
            .expect("the defaults");
        let ctx = Context::system(NOW);
        for kind in resource::registry().filter(|kind| super::is_kept(kind)) {
            let world = resource::World::of(&engine.snapshot());
            for object in world.objects(kind.model) {
                let history =
                    history(&engine, &ctx, kind, &key(kind, &object.config, &object.id)).await;
                let history = history.expect("a history");
                let text = format!("{:?}", history.versions);
                assert!(!text.contains("v1."), "something sealed in {}", kind.model);
                assert_eq!(history.versions.last().expect("one").what, What::Created);
            }
        }
    }
}

fn key(kind: &Kind, config: &Map<String, Value>, id: &str) -> String {
    let named = config.get(kind.lookup).and_then(Value::as_str);
    named.unwrap_or(id).to_owned()
}

#[tokio::test]
async fn passwords_among_attributes_are_not_kept_and_stay_what_they_are_when_a_version_comes_back()
{
    for (engine, _store) in every_engine().await {
        let ctx = Context::system(NOW);
        let attributes = |password: &str| {
            let radarr = json!({ "radarr": { "password": password }, "team": "blue" });
            json!({ "attributes": radarr })
        };
        let id = made(&engine, GROUP, json!({ "name": "media" })).await;
        changed(&engine, &ctx, GROUP, &id, attributes("opens-radarr-1")).await;
        let mut later = attributes("opens-radarr-2");
        later["attributes"]["team"] = json!("red");
        changed(&engine, &ctx, GROUP, &id, later).await;
        let history = versions(&engine, GROUP, &id).await;
        let text = format!("{history:?}");
        assert!(text.contains("blue") && text.contains("red"), "{text}");
        assert!(!text.contains("opens-radarr"), "{text}");
        restore(&engine, &ctx, of(GROUP), &id, 2)
            .await
            .expect("the team");
        let params = resource::Params::default();
        let now = resource::retrieve(&engine, &ctx, of(GROUP), &id, &params).await;
        let now = now.expect("the group");
        assert_eq!(now["attributes"]["team"], "blue");
        assert_eq!(now["attributes"]["radarr"]["password"], "opens-radarr-2");
    }
}

#[tokio::test]
async fn a_name_that_looks_like_a_key_is_a_name() {
    for (engine, _store) in every_engine().await {
        add_user(&engine, 81, "mia").await;
        add_user(&engine, 82, "81").await;
        let target = resource::Target::Kind(USER);
        for (text, id) in [("mia", 81), ("81", 82), ("82", 82)] {
            let found = resource::look::named(&engine, target, text).await;
            assert_eq!(found.expect("an answer"), Some(json!(id)), "{text}");
        }
    }
}
