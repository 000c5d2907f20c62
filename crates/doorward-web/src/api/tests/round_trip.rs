//! Every write of every kind, generated from the registry, on every engine.

use doorward_engine::resource::field::Access;
use doorward_engine::resource::{
    Field, FieldType, GROUP, Kind, Op, Storage, Target, USER, registry,
};
use serde_json::{Map, Value, json};

use super::kit::{Role, Server};

/// A certificate of nobody (Ed25519), made for this test.
pub(super) const CERTIFICATE: &str =
    "-----BEGIN CERTIFICATE-----\nMAUGAytlcA==\n-----END CERTIFICATE-----";

/// A body that fits all of a kind's fields; `turn` makes two bodies differ.
async fn body(server: &Server, kind: &Kind, turn: u32) -> Map<String, Value> {
    let mut body = Map::new();
    for field in kind.fields.iter().filter(|field| field.is_taken()) {
        if let Some(value) = value(server, kind, field, turn) {
            body.insert(field.key.into(), value);
        }
    }
    special(server, kind, turn, &mut body).await;
    body
}

fn value(server: &Server, kind: &Kind, field: &Field, turn: u32) -> Option<Value> {
    Some(match field.holds {
        FieldType::Text { .. } => json!(format!("{} {} {turn}", kind.schema, field.key)),
        FieldType::Slug { .. } => json!(format!("{}-{}-{turn}", kind.schema, field.key)),
        FieldType::Integer { max, .. } => json!(i64::from(turn + 3).min(max)),
        FieldType::Bool => json!(turn == 0),
        FieldType::Object => json!({ "turn": turn }),
        FieldType::Choice(words, _) => json!(words[usize::try_from(turn).unwrap() % words.len()]),
        FieldType::Choices(words, _) => json!([words[0]]),
        FieldType::Duration => json!(format!("hours={}", turn + 2)),
        FieldType::Url { .. } => json!(format!(
            "https://{}-{turn}.example.org",
            field.key.replace('_', "-")
        )),
        FieldType::Email => json!(format!("turn{turn}@example.org")),
        FieldType::Secret => json!("a secret"),
        FieldType::DateTime => json!("2030-01-02T03:04:05Z"),
        FieldType::One(Target::Kind("authentik_flows.flow"), _) => {
            json!(server.flow("default-invalidation-flow"))
        }
        FieldType::Many(_) => json!([]),
        FieldType::Uuid | FieldType::Json | FieldType::One(..) => return None,
    })
}

/// What the types alone cannot know.
async fn special(server: &Server, kind: &Kind, turn: u32, body: &mut Map<String, Value>) {
    let stage = || {
        server.pk(
            "authentik_stages_user_login.userloginstage",
            "default-authentication-login",
        )
    };
    let mut set = |key: &str, value: Value| drop(body.insert(key.to_owned(), value));
    match kind.model {
        "authentik_providers_proxy.proxyprovider" => {
            set(
                "mode",
                json!(["forward_single", "proxy"][usize::try_from(turn).unwrap()]),
            );
            set("skip_path_regex", json!("^/public"));
        }
        "authentik_flows.flowstagebinding" => set("stage", json!(stage())),
        "authentik_policies.policybinding" => {
            set("target", json!(server.flow("default-invalidation-flow")));
            set("user", json!(server.mia));
        }
        "authentik_outposts.outpost" => {
            set("type", json!("proxy"));
            set(
                "providers",
                json!([server.provider(&format!("outpost-{turn}")).await]),
            );
            set(
                "config",
                json!({ "authentik_host": "https://auth.example.org", "log_level": "trace" }),
            );
        }
        "authentik_crypto.certificatekeypair" => set("certificate_data", json!(CERTIFICATE)),
        "authentik_brands.brand" => {
            set("domain", json!(format!("brand-{turn}.example.org")));
            set("default", json!(false));
        }
        "authentik_core.token" => {
            set(
                "intent",
                json!(["api", "app_password"][usize::try_from(turn).unwrap()]),
            );
            set("user", json!(server.mia));
            // What does not expire has no time at which it does.
            set("expiring", json!(true));
        }
        USER => {
            set(
                "type",
                json!(["internal", "external"][usize::try_from(turn).unwrap()]),
            );
            set("path", json!(format!("users/{turn}")));
        }
        GROUP => set("users", json!([server.mia])),
        "authentik_core.application" => set(
            "provider",
            json!(server.provider(&format!("app-{turn}")).await),
        ),
        _ => {}
    }
}

/// Every given field that is shown came back as it was given.
#[track_caller]
fn shows(kind: &Kind, given: &Map<String, Value>, answer: &Value) {
    for field in kind
        .fields
        .iter()
        .filter(|field| field.access == Access::ReadWrite)
    {
        let Some(value) = given.get(field.key) else {
            continue;
        };
        assert_eq!(&answer[field.key], value, "{}.{}", kind.model, field.key);
    }
    for field in kind.fields.iter().filter(|field| !field.is_shown()) {
        assert!(
            answer.get(field.key).is_none(),
            "{}.{} is shown",
            kind.model,
            field.key
        );
    }
}

/// Every filter that names a given field finds the object, and with another value does not.
async fn filters(server: &Server, kind: &Kind, answer: &Value) {
    for filter in kind
        .filters
        .iter()
        .filter(|filter| matches!(filter.op, Op::Exact))
    {
        let key = if filter.field == "pk" {
            kind.pk_field
        } else {
            filter.field
        };
        let wanted = match &answer[key] {
            Value::String(text) if !text.is_empty() => text.clone(),
            Value::Bool(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            _ => continue,
        };
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair(filter.param, &wanted)
            .append_pair("page_size", "100")
            .append_pair("superuser_full_list", "true")
            .finish();
        let list = Server::expect(server.get(&format!("/{}/?{query}", kind.path)).await, 200);
        let found = list["results"].as_array().unwrap();
        assert!(
            found
                .iter()
                .any(|one| one[kind.pk_field] == answer[kind.pk_field]),
            "{} {query}",
            kind.model
        );
        assert!(
            found.iter().all(|one| one[key] == answer[key]),
            "{} {query}",
            kind.model
        );
    }
}

#[tokio::test]
async fn every_kind_is_made_read_listed_changed_and_deleted_on_every_engine() {
    for server in Server::every().await {
        for kind in registry().filter(|kind| kind.verbs == doorward_engine::resource::Verbs::ALL) {
            round_trip(&server, kind).await;
        }
    }
}

async fn round_trip(server: &Server, kind: &'static Kind) {
    let collection = format!("/{}/", kind.path);
    let first = body(server, kind, 0).await;
    let made = server
        .post(&collection, &Value::Object(first.clone()))
        .await;
    shows(kind, &first, &made);
    let item = |object: &Value| address(kind, object);
    let read = Server::expect(server.get(&item(&made)).await, 200);
    assert_eq!(read, made, "{}", kind.model);
    filters(server, kind, &made).await;
    let used = Server::expect(server.get(&format!("{}used_by/", item(&made))).await, 200);
    assert!(used.is_array());
    let second = body(server, kind, 1).await;
    let put = server
        .call(
            Role::Admin,
            "put",
            &item(&made),
            &Value::Object(second.clone()),
        )
        .await;
    let put = Server::expect(put, 200);
    shows(kind, &second, &put);
    assert_eq!(put[kind.pk_field], made[kind.pk_field]);
    let patched = server
        .call(Role::Admin, "patch", &item(&put), &json!({ "unknown": 1 }))
        .await;
    let patched = Server::expect(patched, 200);
    shows(kind, &second, &patched);
    let gone = server
        .call(Role::Admin, "delete", &item(&put), &Value::Null)
        .await;
    Server::expect(gone, 204);
    Server::expect(server.get(&item(&put)).await, 404);
    if kind.storage == Storage::Snapshot {
        assert!(
            server
                .engine
                .snapshot()
                .object(kind.model, made[kind.pk_field].as_str().unwrap_or("0"))
                .is_none()
        );
    }
}

#[tokio::test]
async fn a_put_without_the_fields_that_only_doorward_has_keeps_them() {
    let server = Server::sqlite().await;
    let pk = server.provider("kept").await;
    let path = format!("/providers/proxy/{pk}/");
    let on = json!({ "hide_session_cookie": true });
    let mut body = Server::expect(server.call(Role::Admin, "patch", &path, &on).await, 200);
    assert_eq!(body["hide_session_cookie"], true);
    body.as_object_mut().unwrap().remove("hide_session_cookie");
    let put = Server::expect(server.call(Role::Admin, "put", &path, &body).await, 200);
    assert_eq!(put["hide_session_cookie"], true);
}

/// Where an object is.
fn address(kind: &Kind, object: &Value) -> String {
    let key = &object[kind.lookup];
    let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
    format!("/{}/{key}/", kind.path)
}

/// Whatever a field is given, the answer is a success or names what is wrong; never a fault, and the
/// object can still be read.
#[tokio::test]
async fn no_value_of_any_field_is_a_fault_on_any_engine() {
    let strange = [
        json!(null),
        json!(-1),
        json!(9_223_372_036_854_775_807_i64),
        json!(""),
        json!("nul\u{0}"),
        json!("é\u{202e}😀\r\nx: y"),
        json!("x".repeat(8192)),
        json!([null, {}]),
        json!({ "a": [1.5] }),
    ];
    for server in Server::every().await {
        for kind in registry().filter(|kind| kind.verbs.create && kind.verbs.update) {
            let body = Value::Object(body(&server, kind, 0).await);
            let mut object = server.post(&format!("/{}/", kind.path), &body).await;
            for field in kind.fields.iter().filter(|field| field.is_taken()) {
                for value in &strange {
                    let change = json!({ field.key: value });
                    let path = address(kind, &object);
                    let seen = server.call(Role::Admin, "patch", &path, &change).await;
                    match seen.status.as_u16() {
                        200 => object = seen.body,
                        400 => assert!(seen.body.is_object()),
                        other => panic!("{other} {}.{change}: {}", kind.model, seen.body),
                    }
                }
            }
            let read = Server::expect(server.get(&address(kind, &object)).await, 200);
            assert_eq!(read, object, "{}", kind.model);
        }
    }
}
