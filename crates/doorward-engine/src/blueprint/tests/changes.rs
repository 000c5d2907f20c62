//! Differences, repetitions, and instances.

use std::fs;

use serde_json::{Value, json};

use crate::blueprint::instance::{self, MODEL};
use crate::blueprint::watch::Watch;
use crate::blueprint::{Folders, Outcome, Source, apply_defaults, apply_text, preview};
use crate::context::Context;
use crate::testing::{NOW, engine_with, every_engine, settings};
use crate::{Engine, Settings};

const CREW: &str = "version: 1\nmetadata: {name: Crew}\nentries:\n\
    - model: authentik_core.group\n  id: crew\n  identifiers: {name: crew}\n  attrs: {attributes: {color: blue}}\n\
    - model: authentik_core.user\n  identifiers: {username: eve}\n  attrs: {name: Eve, password: long enough, groups: [!KeyOf crew]}\n\
    - model: authentik_crypto.certificatekeypair\n  identifiers: {name: pair}\n  attrs: {certificate_data: !Context certificate, key_data: !Context key}\n";

async fn count_of_events(engine: &Engine) -> i64 {
    use doorward_store::list::{Query, page};
    let mut tx = engine.store.read().await.expect("a transaction");
    let query = Query {
        order: vec![("id", false)],
        limit: 1,
        ..Query::default()
    };
    let columns = doorward_store::event::COLUMNS;
    let events = page::<doorward_store::event::EventRow>(&mut tx, "events", columns, &query);
    events.await.expect("events").count
}

fn crew() -> Source {
    let pair = crate::blueprint::self_signed(NOW).expect("a pair");
    let context = json!({ "certificate": pair.certificate, "key": pair.private_key });
    Source {
        context: context.as_object().cloned().expect("a map"),
        ..Source::of_operator(CREW)
    }
}

#[tokio::test]
async fn a_second_run_writes_nothing_also_with_passwords_keys_and_relations() {
    for (engine, _store) in every_engine().await {
        let (ctx, source) = (Context::system(NOW), crew());
        let first = super::super::apply_source(&engine, &ctx, &source).await;
        assert_eq!(first.expect("it applies").changes().count(), 3);
        let (events, generation) = (count_of_events(&engine).await, engine.snapshot().generation);
        let second = super::super::apply_source(&engine, &ctx, &source).await;
        let second = second.expect("it applies again");
        assert!(second.is_empty(), "{second:?}");
        assert_eq!(count_of_events(&engine).await, events);
        assert_eq!(engine.snapshot().generation, generation);
    }
}

#[tokio::test]
async fn a_preview_tells_every_field_masks_secrets_and_leaves_nothing() {
    for (engine, _store) in every_engine().await {
        let (ctx, source) = (Context::system(NOW), crew());
        let report = preview(&engine, &ctx, &source).await.expect("a report");
        let text = report.to_json().to_string();
        assert!(
            text.contains("\"blue\"") && text.contains("\"create\""),
            "{text}"
        );
        assert!(
            !text.contains("long enough") && !text.contains("PRIVATE"),
            "{text}"
        );
        let again = preview(&engine, &ctx, &source).await.expect("a report");
        assert_eq!(report.changes().count(), again.changes().count());
        assert_eq!(count_of_events(&engine).await, 0);
        super::super::apply_source(&engine, &ctx, &source)
            .await
            .expect("it applies");
        let other = CREW
            .replace("blue", "red")
            .replace("long enough", "another one");
        let other = Source {
            text: other,
            ..source
        };
        let report = preview(&engine, &ctx, &other).await.expect("a report");
        let fields: Vec<_> = report
            .changes()
            .flat_map(|step| step.outcome.fields())
            .collect();
        let named: Vec<_> = fields
            .iter()
            .map(|one| (one.field.as_str(), one.after.clone()))
            .collect();
        assert_eq!(named[0], ("attributes", json!({ "color": "red" })));
        assert_eq!(named[1].0, "password");
        assert_eq!(named.len(), 2);
        assert_eq!(fields[0].before, json!({ "color": "blue" }));
    }
}

#[tokio::test]
async fn what_the_kernel_would_pass_over_is_noted_and_permissions_are_refused() {
    let store = doorward_store::testing::sqlite().await;
    let engine = crate::testing::engine(&store.store).await;
    let text = "version: 1\nentries:\n- model: authentik_core.group\n  identifiers: {name: crew}\n  atrs: {}\n  attrs: {colour: red}\n";
    let notes = apply_text(&engine, NOW, text)
        .await
        .expect("it applies")
        .notes;
    assert!(notes.iter().any(|note| note.contains("atrs")), "{notes:?}");
    assert!(
        notes.iter().any(|note| note.contains("colour")),
        "{notes:?}"
    );
    let permissions = text.replace("atrs: {}", "permissions: [{permission: x, user: 1}]");
    let said = apply_text(&engine, NOW, &permissions)
        .await
        .expect_err("no roles")
        .to_string();
    assert!(said.contains("roles"), "{said}");
    let counted = text
        .replace("{name: crew}", "{pk: 7, username: x}")
        .replace("core.group", "core.user");
    let said = apply_text(&engine, NOW, &counted)
        .await
        .expect_err("a number")
        .to_string();
    assert!(said.contains("identify it by name"), "{said}");
    let id = "6f1e4b9a-8f6c-4c0e-9d0f-2d5b8f3a7c11";
    let chosen = text.replace("{name: crew}", &format!("{{pk: {id}, name: chosen}}"));
    apply_text(&engine, NOW, &chosen)
        .await
        .expect("a key of its own");
    assert!(
        apply_text(&engine, NOW, &chosen)
            .await
            .expect("again")
            .is_empty()
    );
}

/// An engine over the store whose blueprints are in a folder.
async fn watching(store: &doorward_store::Store, folder: &std::path::Path) -> Engine {
    let settings = Settings {
        blueprints: Folders {
            blueprints: Some(folder.to_owned()),
            files: Vec::new(),
        },
        ..settings()
    };
    engine_with(store, settings).await
}

fn group(name: &str, color: &str) -> String {
    format!(
        "version: 1\nmetadata:\n  name: Group {name}\nentries:\n- model: authentik_core.group\n  identifiers: {{name: {name}}}\n  attrs: {{attributes: {{color: {color}}}}}\n"
    )
}

async fn color(engine: &Engine, name: &str) -> Option<Value> {
    let mut tx = engine.store.read().await.expect("a transaction");
    let row = doorward_store::group::find_by_name(&mut tx, name)
        .await
        .expect("an answer")?;
    let attributes: Value = serde_json::from_str(&row.attributes).expect("JSON");
    Some(attributes["color"].clone())
}

fn instances(engine: &Engine) -> Vec<(String, String)> {
    let text =
        |one: &crate::Object, key: &str| one.config[key].as_str().unwrap_or_default().to_owned();
    let snapshot = engine.snapshot();
    let mut all: Vec<_> = snapshot
        .objects(MODEL)
        .iter()
        .map(|one| (text(one, "name"), text(one, "status")))
        .collect();
    all.sort();
    all
}

fn named(name: &str, status: &str) -> (String, String) {
    (name.to_owned(), status.to_owned())
}

#[tokio::test]
async fn files_become_instances_change_and_go_with_them() {
    for store in doorward_store::testing::every_engine().await {
        let folder = tempfile::tempdir().expect("a folder");
        let write =
            |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
        let engine = watching(&store.store, folder.path()).await;
        let mut watch = Watch::default();
        write("a.yaml", &group("crew", "blue"));
        write(
            "b.yaml",
            "version: 1\nentries:\n- model: authentik_core.nothing\n  identifiers: {a: b}\n",
        );
        write(
            "c.yaml",
            &group("c", "x").replace(
                "name: Group c",
                "name: c\n  labels: {blueprints.goauthentik.io/instantiate: \"false\"}",
            ),
        );
        watch.look(&engine, NOW).await.expect("a look");
        assert_eq!(
            instances(&engine),
            [named("Group crew", "successful"), named("b.yaml", "error")]
        );
        assert_eq!(color(&engine, "crew").await, Some(json!("blue")));
        let events = count_of_events(&engine).await;
        watch.look(&engine, NOW).await.expect("a look");
        Watch::default().look(&engine, NOW).await.expect("a start");
        assert_eq!(
            count_of_events(&engine).await,
            events,
            "nothing new, no event"
        );
        write("a.yaml", &group("crew", "green"));
        fs::remove_file(folder.path().join("b.yaml")).expect("it was there");
        watch.look(&engine, NOW + 1).await.expect("a look");
        assert_eq!(color(&engine, "crew").await, Some(json!("green")));
        assert_eq!(instances(&engine), [named("Group crew", "successful")]);
        fs::remove_dir_all(folder.path()).expect("it was there");
        watch.look(&engine, NOW).await.expect("a look");
        assert_eq!(
            instances(&engine).len(),
            1,
            "a folder that is away takes nothing away"
        );
    }
}

#[tokio::test]
async fn a_file_that_needs_another_is_applied_after_it() {
    let store = doorward_store::testing::sqlite().await;
    let folder = tempfile::tempdir().expect("a folder");
    let engine = watching(&store.store, folder.path()).await;
    let needs = "version: 1\nmetadata: {name: A}\nentries:\n- model: authentik_core.user\n  identifiers: {username: eve}\n  attrs: {name: Eve, groups: [!Find [authentik_core.group, [name, crew]]]}\n";
    fs::write(folder.path().join("a.yaml"), needs).expect("a file");
    fs::write(folder.path().join("b.yaml"), group("crew", "blue")).expect("a file");
    Watch::default().look(&engine, NOW).await.expect("a look");
    assert_eq!(
        instances(&engine),
        [named("A", "successful"), named("Group crew", "successful")]
    );
}

#[tokio::test]
async fn two_servers_on_one_store_apply_a_file_once() {
    for store in doorward_store::testing::every_engine().await {
        let folder = tempfile::tempdir().expect("a folder");
        let left = watching(&store.store, folder.path()).await;
        let right = watching(&store.store, folder.path()).await;
        fs::write(folder.path().join("a.yaml"), group("crew", "blue")).expect("a file");
        let (mut one, mut other) = (Watch::default(), Watch::default());
        let (one, other) = tokio::join!(one.look(&left, NOW), other.look(&right, NOW));
        one.and(other).expect("both look");
        // The instance and the group: each made once.
        assert_eq!(count_of_events(&left).await, 2);
        right.forget_everything().await.expect("a reload");
        assert_eq!(instances(&right), [named("Group crew", "successful")]);
    }
}

#[tokio::test]
async fn drift_is_what_applying_again_would_change_back() {
    for store in doorward_store::testing::every_engine().await {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = watching(&store.store, folder.path()).await;
        fs::write(folder.path().join("a.yaml"), group("crew", "blue")).expect("a file");
        Watch::default().look(&engine, NOW).await.expect("a look");
        let instance = engine.snapshot().objects(MODEL)[0].clone();
        let ctx = Context::system(NOW);
        let drift = instance::drift(&engine, &ctx, &instance)
            .await
            .expect("a report");
        assert!(drift.is_empty());
        apply_text(&engine, NOW, &group("crew", "red"))
            .await
            .expect("somebody changes it");
        let drift = instance::drift(&engine, &ctx, &instance)
            .await
            .expect("a report");
        let field = drift.changes().next().expect("a change").outcome.fields()[0].clone();
        assert_eq!(
            (field.before, field.after),
            (json!({ "color": "red" }), json!({ "color": "blue" }))
        );
        assert_eq!(
            color(&engine, "crew").await,
            Some(json!("red")),
            "looking changes nothing"
        );
    }
}

#[tokio::test]
async fn a_blueprint_applies_another_in_the_same_transaction_but_never_in_circles() {
    let store = doorward_store::testing::sqlite().await;
    let folder = tempfile::tempdir().expect("a folder");
    let engine = watching(&store.store, folder.path()).await;
    apply_defaults(&engine, NOW).await.expect("the defaults");
    let apply = |name: &str| {
        format!(
            "- model: authentik_blueprints.metaapplyblueprint\n  attrs: {{identifiers: {{name: {name}}}}}\n"
        )
    };
    let text = |entries: &str| format!("version: 1\nentries:\n{entries}");
    fs::write(folder.path().join("a.yaml"), group("crew", "blue")).expect("a file");
    fs::write(folder.path().join("me.yaml"), text(&apply("me.yaml"))).expect("a file");
    Watch::default().look(&engine, NOW).await.expect("a look");
    assert_eq!(
        instances(&engine),
        [named("Group crew", "successful"), named("me.yaml", "error")]
    );
    apply_text(&engine, NOW, &group("crew", "red"))
        .await
        .expect("somebody changes it");
    let report = apply_text(&engine, NOW, &text(&apply("Group crew")))
        .await
        .expect("it applies");
    assert!(matches!(report.steps[0].outcome, Outcome::Changed(_)));
    assert_eq!(color(&engine, "crew").await, Some(json!("blue")));
    let said = apply_text(&engine, NOW, &text(&apply("nobody")))
        .await
        .expect_err("none")
        .to_string();
    assert!(said.contains("there is no blueprint"), "{said}");
    let optional = apply("nobody").replace("}}", "}, required: false}");
    apply_text(&engine, NOW, &text(&optional))
        .await
        .expect("it need not be there");
    apply_text(&engine, NOW, &text(&apply("Default - Authentication flow")))
        .await
        .expect("ours stand in");
}
