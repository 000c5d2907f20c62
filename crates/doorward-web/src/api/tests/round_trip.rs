//! Every write of every kind, generated from the registry, on every engine.

use doorward_engine::resource::field::Access;
use doorward_engine::resource::world::{is_integer_target, kinds_of};
use doorward_engine::resource::{
    Field, FieldType, GROUP, Kind, Op, Storage, Target, USER, registry,
};
use serde_json::{Map, Value, json};

use super::kit::{Role, Server, pair};
use super::written;

/// A body that fits all of a kind's fields; two turns make two bodies that differ in every field
/// that can differ.
pub(super) async fn body(server: &Server, kind: &Kind, turn: usize) -> Map<String, Value> {
    let mut body = Map::new();
    for field in kind.fields.iter().filter(|field| field.is_taken()) {
        if let Some(value) = value(server, kind, field, turn).await {
            body.insert(field.key.into(), value);
        }
    }
    special(server, kind, turn, &mut body).await;
    body
}

async fn value(server: &Server, kind: &Kind, field: &Field, turn: usize) -> Option<Value> {
    Some(match field.holds {
        FieldType::Text { .. } => json!(format!("{} {} {turn}", kind.schema, field.key)),
        FieldType::Slug { .. } => json!(format!("{}-{}-{turn}", kind.schema, field.key)),
        FieldType::Integer { max, .. } => {
            json!((3 + i64::try_from(turn).unwrap()).min(max))
        }
        FieldType::Integers { .. } => json!([64500 + turn]),
        FieldType::Number => json!([1.5, 2.0][turn]),
        FieldType::Bool => json!(turn == 0),
        FieldType::Object | FieldType::Json => json!({ "turn": turn }),
        FieldType::KeySet => key_set(turn),
        FieldType::Choice(words, _) => json!(words[turn % words.len()]),
        FieldType::Choices(words, _) => json!([words[turn % words.len()]]),
        FieldType::Entries(fields, _) => {
            let mut one = Map::new();
            for field in fields {
                one.insert(
                    field.key.into(),
                    Box::pin(value(server, kind, field, turn)).await?,
                );
            }
            json!([one])
        }
        FieldType::Duration => json!(format!("hours={}", turn + 2)),
        FieldType::Url { .. } => json!(format!(
            "https://{}-{turn}.example.org",
            field.key.replace('_', "-")
        )),
        FieldType::Email => json!(format!("turn{turn}@example.org")),
        FieldType::Expression => json!(format!("return {turn}")),
        FieldType::Secret => json!(format!("a secret {turn}")),
        FieldType::DateTime => json!(format!("203{turn}-01-02T03:04:05Z")),
        FieldType::Uuid => json!(uuid::Uuid::from_u128(turn as u128).to_string()),
        FieldType::One(target, _) => {
            let keys = keys(server, target).await;
            keys.get(turn % keys.len().max(1))?.clone()
        }
        FieldType::Many(target) => {
            let keys = keys(server, target).await;
            json!(keys.iter().skip(turn).take(2).collect::<Vec<_>>())
        }
    })
}

/// Two keys, as far as there are, of what a relation may point to.
async fn keys(server: &Server, target: Target) -> Vec<Value> {
    let snapshot = server.engine.snapshot();
    match target {
        Target::Kind(USER) => vec![json!(server.mia), json!(server.admin)],
        Target::Kind(GROUP) => {
            let list = server.get("/core/groups/?ordering=name").await.body;
            let rows = list["results"].as_array().unwrap();
            rows.iter().map(|row| row["pk"].clone()).collect()
        }
        target => kinds_of(target)
            .flat_map(|kind| snapshot.objects(kind.model))
            .map(|object| {
                if is_integer_target(target) {
                    json!(object.id.parse::<i64>().unwrap())
                } else {
                    json!(object.id)
                }
            })
            .take(3)
            .collect(),
    }
}

/// What the types alone cannot know of policies.
fn of_policy(model: &str, turn: usize) -> Value {
    match model {
        "authentik_policies_event_matcher.eventmatcherpolicy" => {
            json!({ "client_ip": format!("192.0.2.{turn}"), "query": null })
        }
        "doorward_policies.hours" => json!({
            "begins": format!("0{turn}:30"), "ends": "18:00", "time_zone": (["Europe/Zurich", "UTC"][turn]),
        }),
        "doorward_policies.networks" => json!({ "networks": format!("192.168.{turn}.0/24") }),
        _ => json!({}),
    }
}

/// The public key of RFC 7517 A.1, by another name each time.
fn key_set(turn: usize) -> Value {
    json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "kid": format!("key-{turn}"),
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    }] })
}

/// Entitlements need an application, and there is none; two are made for both turns.
async fn application(server: &Server, turn: usize) -> Value {
    let mut made = Vec::new();
    for number in 0..2 {
        let slug = format!("entitled-{number}");
        let body = json!({ "name": slug, "slug": slug });
        made.push(server.post("/core/applications/", &body).await["pk"].clone());
    }
    made.swap_remove(turn)
}

/// A name that nothing has.
fn fresh() -> String {
    format!("fresh-{}", uuid::Uuid::new_v4())
}

/// What the types alone cannot know.
#[expect(
    clippy::too_many_lines,
    reason = "a table: one line for each field that its type does not tell"
)]
async fn special(server: &Server, kind: &Kind, turn: usize, body: &mut Map<String, Value>) {
    if kind.model == "authentik_core.applicationentitlement" && !body.contains_key("app") {
        body.insert("app".into(), application(server, turn).await);
    }
    let url = format!("https://turn{turn}.example.org/");
    let more = match kind.model {
        "authentik_providers_proxy.proxyprovider" => json!({
            "mode": (["forward_single", "proxy"][turn]),
            "skip_path_regex": format!("^/public{turn}"),
        }),
        "authentik_providers_oauth2.oauth2provider" => json!({
            "signing_key": server.own_pair(),
            "encryption_key": server.own_pair(),
            "issuer_provider": server.oauth_provider(&fresh()).await,
            "redirect_uris": [{
                "matching_mode": "strict", "url": url,
                "redirect_uri_type": (["authorization", "logout"][turn]),
            }],
        }),
        "authentik_providers_oauth2.oauth2dynamicclientregistration" => {
            json!({ "provider": server.oauth_provider(&fresh()).await })
        }
        "authentik_outposts.outpost" => json!({
            "type": "proxy",
            "providers": [server.provider(&format!("outpost-{turn}")).await],
            "config": { "authentik_host": format!("https://auth{turn}.example.org"), "log_level": "trace" },
        }),
        "authentik_crypto.certificatekeypair" => json!({
            "certificate_data": pair(turn).certificate.trim(),
            "key_data": pair(turn).private_key,
        }),
        "authentik_stages_authenticator_static.authenticatorstaticstage" => {
            json!({ "token_length": 8 + turn })
        }
        "authentik_stages_prompt.prompt" => {
            json!({ "placeholder": format!("return {turn}"), "initial_value": format!("return {turn}") })
        }
        "authentik_blueprints.blueprintinstance" => json!({
            "path": format!("folder/{turn}.yaml"),
            "content": format!("version: 1\nentries: []\ncontext: {{turn: {turn}}}"),
        }),
        "authentik_stages_captcha.captchastage" => json!({ "js_url": url, "api_url": url }),
        "authentik_stages_redirect.redirectstage" => json!({ "target_static": url }),
        "authentik_events.event" => json!({ "client_ip": format!("192.0.2.{turn}") }),
        "authentik_brands.brand" => {
            json!({ "domain": format!("brand-{turn}.example.org"), "default": false })
        }
        // What does not expire has no time at which it does.
        "authentik_core.token" => {
            json!({ "intent": (["api", "app_password"][turn]), "expiring": true })
        }
        USER => json!({
            "type": (["internal", "external"][turn]),
            "path": format!("users/{turn}"),
        }),
        "authentik_core.application" => json!({
            "provider": server.provider(&format!("app-{turn}")).await,
            "backchannel_providers": [server.provider(&format!("back-{turn}")).await],
        }),
        model => of_policy(model, turn),
    };
    body.extend(more.as_object().cloned().unwrap());
    if kind.model == "authentik_policies.policybinding" {
        // Exactly one of the three.
        body.remove("policy");
        body.remove(["group", "user"][turn]);
    }
}

/// The keys of a relation to many in any one order: members have none.
fn sorted(field: &Field, value: &Value) -> Value {
    let mut value = value.clone();
    if let (FieldType::Many(_), Some(list)) = (field.holds, value.as_array_mut()) {
        list.sort_by_key(ToString::to_string);
    }
    value
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
        assert_eq!(
            sorted(field, &answer[field.key]),
            sorted(field, value),
            "{}.{}",
            kind.model,
            field.key
        );
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

/// What is sent and what is answered is judged by authentik's published OpenAPI file, too.
#[tokio::test]
async fn every_kind_is_made_read_listed_changed_and_deleted_on_every_engine() {
    for server in Server::every().await {
        for kind in registry().filter(|kind| kind.verbs == doorward_engine::resource::Verbs::ALL) {
            round_trip(&server, kind).await;
        }
        written::judge(server.written());
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
    let put = change(server, "put", &item(&made), kind, &second).await;
    assert_eq!(put[kind.pk_field], made[kind.pk_field]);
    let patched = field_by_field(server, kind, &put, &first).await;
    let put = change(server, "patch", &item(&patched), kind, &second).await;
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
    let mut kept = 0;
    for kind in registry().filter(|kind| kind.fields.iter().any(|field| field.ours)) {
        let mut body = body(&server, kind, 0).await;
        let whole = Value::Object(body.clone());
        let made = server.post(&format!("/{}/", kind.path), &whole).await;
        body.retain(|key, _| !kind.field(key).unwrap().ours);
        let path = address(kind, &made);
        let put = server
            .call(Role::Admin, "put", &path, &Value::Object(body))
            .await;
        let put = Server::expect(put, 200);
        for field in kind.fields.iter().filter(|field| field.ours) {
            let default = field.default.value();
            assert_ne!(Some(&made[field.key]), default.as_ref(), "{}", field.key);
            assert_eq!(put[field.key], made[field.key], "{}", field.key);
            kept += 1;
        }
    }
    assert!(kept > 0);
}

/// Changes an object and sees that every field came back as it was given.
async fn change(
    server: &Server,
    method: &str,
    path: &str,
    kind: &Kind,
    body: &Map<String, Value>,
) -> Value {
    let mut body = body.clone();
    let names_subject = body.contains_key("group") || body.contains_key("user");
    if kind.model == "authentik_policies.policybinding" && names_subject {
        // The other subject gives way.
        for key in ["group", "user"] {
            body.entry(key).or_insert(Value::Null);
        }
    }
    for (secret, places) in kind.sent_to {
        // It goes nowhere else without being entered again.
        if places.iter().any(|place| body.contains_key(*place)) {
            body.entry(*secret).or_insert(json!("entered again"));
        }
    }
    let seen = server
        .call(Role::Admin, method, path, &Value::Object(body.clone()))
        .await;
    let answer = Server::expect(seen, 200);
    shows(kind, &body, &answer);
    answer
}

/// Changes one field after the other; each changes nothing but itself.
async fn field_by_field(
    server: &Server,
    kind: &'static Kind,
    object: &Value,
    wanted: &Map<String, Value>,
) -> Value {
    let mut object = object.clone();
    for (key, value) in wanted {
        let body: Map<_, _> = match kind.model {
            // A certificate comes with its key, a binding's subject instead of the other.
            "authentik_crypto.certificatekeypair" => wanted.clone(),
            "authentik_policies.policybinding" if key == "user" || key == "group" => continue,
            _ => [(key.clone(), value.clone())].into_iter().collect(),
        };
        let after = change(server, "patch", &address(kind, &object), kind, &body).await;
        for other in kind
            .fields
            .iter()
            .filter(|one| one.is_shown() && one.key != *key)
        {
            let is_given = body.contains_key(other.key) || other.access != Access::ReadWrite;
            let is_same = after[other.key] == object[other.key];
            assert!(
                is_given || is_same,
                "{}.{key} changed {}",
                kind.model,
                other.key
            );
        }
        object = after;
    }
    object
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
