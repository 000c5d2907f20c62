//! Every tag of api-and-model.md 4.3, looked up by what it makes of a user's attributes.

use serde_json::{Value, json};

use crate::Engine;
use crate::blueprint::{Origin, Source, apply_source, apply_text};
use crate::context::Context;
use crate::testing::{NOW, every_engine};

/// A blueprint that gives a person these attributes.
fn person(attributes: &str) -> String {
    format!(
        "version: 1\ncontext:\n  name: Mia\n  nested: {{a: {{b: 1}}, list: [x, y]}}\nentries:\n\
         - model: authentik_core.group\n  id: crew\n  identifiers: {{name: crew}}\n  attrs: {{attributes: {{color: blue, rank: 7}}}}\n\
         - model: authentik_core.user\n  identifiers: {{username: eve}}\n  attrs:\n    name: Eve\n    attributes:\n      made: {attributes}\n"
    )
}

async fn engine() -> (Engine, doorward_store::testing::TestStore) {
    let store = doorward_store::testing::sqlite().await;
    (crate::testing::engine(&store.store).await, store)
}

async fn made(engine: &Engine, text: &str) -> Result<Value, String> {
    apply_text(engine, NOW, &person(text))
        .await
        .map_err(|error| error.to_string())?;
    let mut tx = engine.store.read().await.expect("a transaction");
    let row = doorward_store::user::find_by_username(&mut tx, "eve").await;
    let attributes = row.expect("an answer").expect("a user").attributes;
    let attributes: Value = serde_json::from_str(&attributes).expect("JSON");
    Ok(attributes["made"].clone())
}

#[tokio::test]
async fn tags_make_what_the_format_says() {
    let (engine, _store) = engine().await;
    for (text, expected) in [
        ("!Context name", json!("Mia")),
        ("!Context [none, [1, 2]]", json!([1, 2])),
        ("!Context none", Value::Null),
        ("!Context goauthentik.io/enterprise/licensed", json!(false)),
        (
            "!AtIndex [!Context goauthentik.io/rbac/models, authentik_core.user]",
            json!("authentik.core"),
        ),
        ("!Env [DOORWARD_TEST_NONE, x]", json!("x")),
        ("!Env DOORWARD_TEST_NONE", Value::Null),
        (
            "!Format [\"%s is %d %%\", !Context name, 7]",
            json!("Mia is 7 %"),
        ),
        ("!If [!Context name]", json!(true)),
        (
            "!If [!Context none, 1, {deep: !Context name}]",
            json!({ "deep": "Mia" }),
        ),
        (
            "!If [!Condition [EQ, !Context name, Mia], yes it is, 2]",
            json!("yes it is"),
        ),
        ("!AtIndex [!Context nested, a]", json!({ "b": 1 })),
        ("!AtIndex [[1, 2, 3], -1]", json!(3)),
        ("!AtIndex [{}, missing, d]", json!("d")),
        ("!ParseJSON '{\"a\": [1, null]}'", json!({ "a": [1, null] })),
        (
            "!Enumerate [[a, b], SEQ, !Format [\"%s%s\", !Index 0, !Value 0]]",
            json!(["0a", "1b"]),
        ),
        (
            "!Enumerate [{x: 1, y: 2}, MAP, [!Value 0, !Index 0]]",
            json!({ "1": "x", "2": "y" }),
        ),
        (
            "!Enumerate [[a, b], SEQ, !Enumerate [[c, d], SEQ, !Format [\"%s%s\", !Value 1, !Value 0]]]",
            json!([["ac", "ad"], ["bc", "bd"]]),
        ),
        (
            "!FindObject [authentik_core.group, [name, crew]]",
            Value::Null,
        ),
    ] {
        let found = made(&engine, text).await.expect(text);
        if text.starts_with("!FindObject") {
            assert_eq!(found["attributes"]["color"], "blue", "{found}");
        } else {
            assert_eq!(found, expected, "{text}");
        }
    }
}

#[tokio::test]
async fn conditions_have_eight_modes() {
    let (engine, _store) = engine().await;
    for (mode, both, one, none) in [
        ("AND", true, false, false),
        ("NAND", false, true, true),
        ("OR", true, true, false),
        ("NOR", false, false, true),
        ("XOR", false, true, false),
        ("XNOR", true, false, true),
        ("EQ", true, false, true),
        ("NEQ", false, true, false),
    ] {
        let text = format!(
            "[!Condition [{mode}, true, true], !Condition [{mode}, true, false], !Condition [{mode}, false, false]]"
        );
        let found = made(&engine, &text).await.expect(mode);
        assert_eq!(found, json!([both, one, none]), "{mode}");
    }
}

#[tokio::test]
async fn look_ups_follow_relations_json_and_operators() {
    let text = "version: 1\nentries:\n\
        - model: authentik_core.group\n  id: crew\n  identifiers: {name: crew}\n  attrs: {attributes: {color: blue, rank: 7}}\n\
        - model: authentik_core.user\n  identifiers: {username: ada}\n  attrs: {name: Ada, email: ada@example.org, groups: [!KeyOf crew], attributes: {a: {b: c}}}\n\
        - model: authentik_flows.flow\n  id: flow\n  identifiers: {slug: mine}\n  attrs: {name: Mine, title: Mine, designation: authorization}\n\
        - model: authentik_policies.policybinding\n  identifiers: {target: !KeyOf flow, order: 3}\n  attrs: {group: !KeyOf crew}\n";
    for (engine, _store) in every_engine().await {
        apply_text(&engine, NOW, text).await.expect("it applies");
        for (find, is_there) in [
            ("authentik_core.group, [name__icontains, RE]", true),
            ("authentik_core.group, [name__in, [other, crew]]", true),
            ("authentik_core.group, [attributes__rank__gte, 7]", true),
            ("authentik_core.group, [attributes__rank__gt, 7]", false),
            ("authentik_core.group, [attributes, {color: blue}]", true),
            ("authentik_core.group, [attributes, {color: red}]", false),
            ("authentik_core.user, [email, ada@example.org]", true),
            (
                "authentik_core.user, [username, ada], [email, other@example.org]",
                false,
            ),
            ("authentik_core.user, [attributes__a__b, c]", true),
            ("authentik_core.user, [groups__name, crew]", true),
            ("authentik_core.user, [groups__name__startswith, x]", false),
            (
                "authentik_policies.policybinding, [target__slug, mine], [order, 3]",
                true,
            ),
            (
                "authentik_policies.policybinding, [group__attributes__color, blue]",
                true,
            ),
            (
                "authentik_policies.policybinding, [policy__isnull, true]",
                true,
            ),
            ("authentik_flows.stage, [name, none]", false),
        ] {
            let made = made(&engine, &format!("!Find [{find}]")).await.expect(find);
            assert_eq!(!made.is_null(), is_there, "{find}: {made}");
        }
        for (find, words) in [
            ("authentik_core.group, [nmae, crew]", "has no field nmae"),
            ("authentik_core.group, [name__like, crew]", "is no look-up"),
            ("authentik_core.nothing, [name, crew]", "no model"),
            ("authentik_core.group, name", "!Find wants"),
        ] {
            let said = made(&engine, &format!("!Find [{find}]"))
                .await
                .expect_err(find);
            assert!(said.contains(words), "{find}: {said}");
        }
    }
}

#[tokio::test]
async fn wrong_tags_are_told_with_entry_line_and_reason() {
    let (engine, _store) = engine().await;
    for (text, words) in [
        ("!Nothing x", "the tag !Nothing is not known"),
        ("!KeyOf later", "no earlier entry has this id"),
        ("!Format [\"%s %s\", 1]", "too few arguments"),
        ("!Format [\"%s\", 1, 2]", "1 arguments are not used"),
        ("!Format [\"%x\", 1]", "%s, %d and %% are understood"),
        ("!If [1, 2]", "!If wants"),
        ("!Condition [MAYBE, 1]", "!Condition wants"),
        ("!Condition [AND]", "!Condition wants"),
        ("!Enumerate [7, SEQ, x]", "!Enumerate wants"),
        ("!Enumerate [[1], MAP, x]", "a body of [key, value]"),
        ("!Value 0", "the depth of an !Enumerate"),
        (
            "!Enumerate [[1], SEQ, !Value 1]",
            "the depth of an !Enumerate",
        ),
        ("!AtIndex [[1], 5]", "there is nothing at 5"),
        ("!ParseJSON '{'", "!ParseJSON"),
        ("!Context [[a]]", "is not text"),
    ] {
        let said = made(&engine, text).await.expect_err(text);
        assert!(said.contains(words), "{text}: {said}");
        let place = "entry 2 (line 10), authentik_core.user: ";
        assert!(said.starts_with(place), "{text}: {said}");
    }
}

#[tokio::test]
async fn contexts_are_merged_at_every_depth_the_last_one_wins() {
    let (engine, _store) = engine().await;
    let source = Source {
        text: person("!Context nested"),
        origin: Origin::Operator(Vec::new()),
        context: json!({ "nested": { "a": { "c": 2 }, "list": [] } })
            .as_object()
            .cloned()
            .expect("a map"),
    };
    let ctx = Context::system(NOW);
    apply_source(&engine, &ctx, &source)
        .await
        .expect("it applies");
    let mut tx = engine.store.read().await.expect("a transaction");
    let row = doorward_store::user::find_by_username(&mut tx, "eve").await;
    let attributes: Value =
        serde_json::from_str(&row.expect("an answer").expect("a user").attributes).expect("JSON");
    assert_eq!(
        attributes["made"],
        json!({ "a": { "b": 1, "c": 2 }, "list": [] })
    );
}
